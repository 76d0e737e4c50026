//! Curves over the steps of a training: the raw measurements faint, the median of 9 on top, A blue and
//! solid, B orange-red and dashed, validation dashed, the last value at the line's end.
//!
//! Painted here and not by egui_plot: its axes take the width that their numbers need, and every chart of
//! a page must share one axis with the scrubber to the point.

use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use super::{series, strokes};
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Room for numbers at the left, for last values at the right, for the name above, for steps below.
const LEFT: f32 = 48.0;
const RIGHT: f32 = 64.0;
const ABOVE: f32 = 26.0;
const BELOW: f32 = 20.0;
const FOOT: f32 = 6.0;
/// Space between the names of lines, and least distance of last values from each other.
const NAMES: f32 = 14.0;
const APART: f32 = 16.0;
/// Dash and gap of a validation curve.
const FINE_DASH: [f32; 2] = [3.0, 3.0];

/// Which network a curve is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first: blue and solid.
    A,
    /// The second: orange-red and dashed.
    B,
    /// One of many: this colour.
    Of(Color32),
}

impl Side {
    /// Its colour.
    pub fn ink(self, ui: &Ui) -> Color32 {
        match self {
            Self::A => theme::of(ui).blue,
            Self::B => theme::of(ui).b,
            Self::Of(ink) => ink,
        }
    }
}

/// A curve.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    /// Which network it is of.
    pub side: Side,
    /// Whether it was measured on samples that are not trained on.
    pub validation: bool,
    /// Whether it is noisy: drawn faint, with its median on top.
    pub noisy: bool,
    /// Step and value, in the order of the steps; NaN makes a gap.
    pub points: &'a [[f32; 2]],
}

/// A chart of curves.
#[derive(Clone, Copy, Debug)]
pub struct Chart<'a> {
    /// Its name.
    pub name: &'a str,
    /// Said at the right of the name, such as what lies off the scale.
    pub remark: &'a str,
    /// The curves.
    pub series: &'a [Series<'a>],
    /// What was trained before a branch, faint.
    pub old: &'a [&'a [[f32; 2]]],
    /// Steps, the same for all charts of a page.
    pub steps: Axis,
    /// Values.
    pub values: Axis,
    /// The step that is shown everywhere.
    pub now: Option<f32>,
    /// What guessing would give, and how that is said.
    pub chance: Option<(f32, &'a str)>,
    /// Steps at which something was changed, in words.
    pub marks: &'a [(f32, &'a str)],
    /// From which difference on the gap between training and validation is shaded and named.
    pub gap: Option<f32>,
    /// How values are written.
    pub write: fn(f64) -> String,
    /// Whether the steps are written below.
    pub ticks: bool,
}

/// What was done with a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChartEvent {
    /// This step is pointed at.
    Hovered(f32),
    /// This step is to be shown.
    Seek(f32),
}

/// Where a chart in `rect` has its curves. All charts of one width, the scrubber and the heats share its
/// left and right.
pub fn frame(rect: Rect, ticks: bool) -> Rect {
    let foot = if ticks { BELOW } else { FOOT };
    let min = rect.min + vec2(LEFT.min(rect.width() / 3.0), ABOVE.min(rect.height() / 3.0));
    let max = rect.max - vec2(RIGHT.min(rect.width() / 3.0), foot.min(rect.height() / 3.0));
    Rect::from_min_max(min, max.max(min))
}

/// Draws a chart into `rect`.
pub fn chart(ui: &mut Ui, rect: Rect, chart: &Chart<'_>) -> Option<ChartEvent> {
    let plot = frame(rect, chart.ticks);
    let sense = if ui.is_enabled() { Sense::click_and_drag() } else { Sense::hover() };
    let response = ui.interact(plot, ui.scope_id().with(("chart", chart.name)), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, spoken(chart)));
    let place = Place { plot, steps: chart.steps, values: chart.values };
    offer::table(ui, chart.name, rect, || numbers(chart));
    grid(ui, rect, &place, chart);
    title(ui, rect, chart);
    let calm: Vec<_> = chart.series.iter().map(|s| place.calm(s)).collect();
    let painter = ui.painter_at(plot.expand2(vec2(1.0, 2.0)));
    gaps(ui, &painter, &place, chart, &calm);
    let faint = theme::of(ui).faint.gamma_multiply(0.6);
    for points in chart.old {
        let lines = series::calm(series::within(points, place.span()), place.span(), place.columns(), true);
        place.draw(&painter, &lines, Stroke::new(1.0, faint), None);
    }
    for (series, calm) in chart.series.iter().zip(&calm) {
        curve(ui, &painter, &place, series, calm);
    }
    marks(ui, rect, &place, chart);
    if let Some(now) = chart.now.filter(|now| chart.steps.lo <= *now && *now <= chart.steps.hi) {
        let x = chart.steps.place(now, plot.x_range());
        let stroke = Stroke::new(1.0, theme::of(ui).dim.gamma_multiply(0.8));
        ui.painter_at(rect).vline(x, plot.y_range(), stroke);
    }
    ends(ui, rect, &place, chart, &calm);
    let step = |at: Pos2| {
        let share = ((at.x - plot.left()) / plot.width().max(1.0)).clamp(0.0, 1.0);
        chart.steps.value(share)
    };
    if response.dragged() || response.clicked() {
        return response.interact_pointer_pos().map(|at| ChartEvent::Seek(step(at)));
    }
    response.hover_pos().map(|at| ChartEvent::Hovered(step(at)))
}

/// A row for each step, a column for each curve.
fn numbers(chart: &Chart<'_>) -> Table {
    let name = |s: &Series<'_>| if s.validation { format!("{}, unseen", s.name) } else { s.name.to_owned() };
    Table::over("step", &chart.series.iter().map(|s| (name(s), s.points)).collect::<Vec<_>>())
}

fn spoken(chart: &Chart<'_>) -> String {
    let last = |s: &Series<'_>| {
        let value = s.points.last().map_or("no value yet".into(), |p| (chart.write)(f64::from(p[1])));
        format!("{} {value}", s.name)
    };
    let all: Vec<String> = chart.series.iter().map(last).collect();
    format!("{}: {}", chart.name, all.join(", "))
}

/// From steps and values to points.
struct Place {
    plot: Rect,
    steps: Axis,
    values: Axis,
}

impl Place {
    fn span(&self) -> [f32; 2] {
        [self.steps.lo, self.steps.hi]
    }

    fn columns(&self) -> usize {
        (self.plot.width() as usize).max(2)
    }

    fn calm(&self, s: &Series<'_>) -> Vec<Vec<[f32; 2]>> {
        series::calm(series::within(s.points, self.span()), self.span(), self.columns(), s.noisy)
    }

    fn at(&self, [step, value]: [f32; 2]) -> Pos2 {
        let x = self.steps.place(step, self.plot.x_range());
        // What lies far beyond the axis is cut there, so that lines keep their direction near it.
        let share = self.values.share(value).clamp(-0.5, 1.5);
        pos2(x, self.plot.bottom() - share * self.plot.height())
    }

    fn draw(&self, painter: &Painter, lines: &[Vec<[f32; 2]>], stroke: Stroke, dash: Option<[f32; 2]>) {
        for line in lines {
            let points: Vec<Pos2> = line.iter().map(|p| self.at(*p)).collect();
            if let [alone] = points[..] {
                painter.circle_filled(alone, stroke.width, stroke.color);
            }
            strokes::line(painter, points, stroke, dash);
        }
    }
}

fn dash(s: &Series<'_>) -> Option<[f32; 2]> {
    match (s.validation, s.side) {
        (true, _) => Some(FINE_DASH),
        (false, Side::B) => Some(theme::DASH),
        _ => None,
    }
}

fn curve(ui: &Ui, painter: &Painter, place: &Place, s: &Series<'_>, calm: &[Vec<[f32; 2]>]) {
    let ink = s.side.ink(ui);
    if s.noisy {
        let raw = series::raw(series::within(s.points, place.span()), place.span(), place.columns());
        place.draw(painter, &raw, Stroke::new(1.0, ink.gamma_multiply(0.35)), None);
    }
    place.draw(painter, calm, Stroke::new(theme::CURVE, ink), dash(s));
}

fn title(ui: &Ui, rect: Rect, chart: &Chart<'_>) {
    let (c, plot, bold) = (theme::of(ui), frame(rect, chart.ticks), theme::semibold(13.0));
    let wide = |text: &str| words::width(ui, text, bold.clone());
    // Which line is whose, each in its own colour; over the axis too where they would not fit beside it.
    let lines = || chart.series.iter().filter(|s| !s.validation);
    let all = wide(chart.name) + lines().map(|s| NAMES + wide(s.name)).sum::<f32>();
    let left = if plot.left() + all < rect.right() { plot.left() } else { rect.left() };
    let line = Rect::from_min_max(pos2(left, rect.top()), pos2(rect.right(), rect.top() + 20.0));
    let name = words::write(ui, line, Align2::LEFT_CENTER, chart.name, bold.clone(), c.text);
    let mut end = name.right() + NAMES;
    // Of many all or none: a few would be taken for all.
    let none = lines().count() > 2 && left + all >= rect.right();
    for series in lines().filter(|_| !none) {
        let to = end + wide(series.name);
        if to < rect.right() {
            let (own, ink) = (line.with_min_x(end).with_max_x(to + 1.0), series.side.ink(ui));
            words::write(ui, own, Align2::LEFT_CENTER, series.name, bold.clone(), ink);
            end = to + NAMES;
        }
    }
    let rest = line.with_min_x(end).with_max_x(plot.right() - 8.0);
    if !chart.remark.is_empty() && rest.width() > 60.0 {
        words::write(ui, rest, Align2::RIGHT_CENTER, chart.remark, theme::small(), c.faint);
    }
}

fn grid(ui: &Ui, rect: Rect, place: &Place, chart: &Chart<'_>) {
    let (c, plot) = (theme::of(ui), place.plot);
    let painter = ui.painter_at(rect);
    for value in chart.values.ticks(((plot.height() / 20.0) as usize).clamp(3, 5)) {
        let y = place.at([chart.steps.lo, value]).y.round();
        painter.hline(plot.x_range(), y, Stroke::new(1.0, c.line));
        let room = Rect::from_min_max(pos2(rect.left(), y - 9.0), pos2(plot.left() - 7.0, y + 9.0));
        let text = (chart.write)(f64::from(value));
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        words::write(ui, room, Align2::RIGHT_CENTER, text, theme::small(), c.faint);
    }
    if chart.ticks {
        ticks(ui, Rect::from_min_max(pos2(rect.left(), plot.bottom()), rect.max), chart.steps, plot);
    }
    if let Some((value, text)) = chart.chance {
        let y = place.at([chart.steps.lo, value]).y;
        let line = [pos2(plot.left(), y), pos2(plot.right(), y)];
        strokes::line(&painter, line.to_vec(), Stroke::new(1.0, c.faint), Some([1.5, 3.5]));
        let above = Rect::from_min_max(pos2(plot.left() + 8.0, y - 20.0), pos2(plot.right() - 8.0, y - 3.0));
        if plot.height() >= 5.0 * APART {
            words::write(ui, above, Align2::CENTER_CENTER, text, theme::small(), c.faint);
        }
    }
}

/// Steps at which something was changed, over the curves.
fn marks(ui: &Ui, rect: Rect, place: &Place, chart: &Chart<'_>) {
    let (c, plot) = (theme::of(ui), place.plot);
    let painter = ui.painter_at(rect);
    for (i, (step, text)) in chart.marks.iter().enumerate() {
        let x = chart.steps.place(*step, plot.x_range());
        painter.vline(x, plot.y_range(), Stroke::new(1.0, c.pad));
        let next =
            chart.marks.get(i + 1).map_or(plot.right(), |(step, _)| chart.steps.place(*step, plot.x_range()));
        let room = Rect::from_min_max(pos2(x + 4.0, plot.top()), pos2(next - 4.0, plot.top() + 16.0));
        if room.width() > 20.0 {
            let galley = words::line(ui, text, theme::small(), c.dim, room.width());
            let own = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), room);
            // Readable over curves.
            painter.rect_filled(
                own.expand2(vec2(3.0, 0.0)),
                theme::RADIUS_BAR,
                c.ground.gamma_multiply(0.85),
            );
            painter.galley(own.min, galley, c.dim);
        }
    }
}

/// Writes the steps into `line`, below what stands at `plot`.
pub fn ticks(ui: &Ui, line: Rect, steps: Axis, plot: Rect) {
    let ink = theme::of(ui).faint;
    let most = ((plot.width() / 90.0) as usize).clamp(2, 7);
    for step in steps.ticks(most) {
        let x = steps.place(step, plot.x_range());
        let text = words::count(f64::from(step));
        let text = if step == steps.lo { format!("step {text}") } else { text };
        let half = words::width(ui, &text, theme::small()) / 2.0;
        let x = x.clamp(line.left() + half, (line.right() - half).max(line.left() + half));
        words::put(ui, pos2(x, line.bottom()), Align2::CENTER_BOTTOM, &text, theme::small(), ink);
    }
}

/// Shades what lies between training and validation of one network, and names it.
fn gaps(ui: &Ui, painter: &Painter, place: &Place, chart: &Chart<'_>, calm: &[Vec<Vec<[f32; 2]>>]) {
    let (Some(least), all) = (chart.gap, chart.series) else { return };
    // Names of gaps that lie at one height stand side by side.
    let mut named: Vec<Rect> = Vec::new();
    for (i, validation) in all.iter().enumerate().filter(|(_, s)| s.validation) {
        let Some(train) = all.iter().position(|s| s.side == validation.side && !s.validation) else {
            continue;
        };
        let (upper, lower) = (&calm[train], &calm[i]);
        let Some(end) = [upper, lower].iter().filter_map(|l| l.last()?.last()).map(|p| p[0]).reduce(f32::min)
        else {
            continue;
        };
        let ink = validation.side.ink(ui);
        let mut mesh = Mesh::default();
        let mut before = false;
        for column in 0..=place.columns() / 3 {
            let step = place.steps.value(column as f32 * 3.0 / place.columns() as f32);
            let pair = series::at(upper, step).zip(series::at(lower, step)).filter(|_| step <= end);
            if let Some((a, b)) = pair {
                let at = mesh.vertices.len() as u32;
                for value in [a, b] {
                    mesh.colored_vertex(place.at([step, value]), ink.gamma_multiply(0.16));
                }
                if before {
                    mesh.add_triangle(at - 2, at - 1, at);
                    mesh.add_triangle(at - 1, at, at + 1);
                }
            }
            before = pair.is_some();
        }
        let both = series::at(upper, end).zip(series::at(lower, end));
        let Some((a, b)) = both.filter(|(a, b)| (a - b).abs() >= least) else { continue };
        let width = (a - b).abs();
        painter.add(mesh);
        let (a, b) = (place.at([end, a]), place.at([end, b]));
        let middle = a.lerp(b, 0.5);
        let mut room =
            Rect::from_min_max(pos2(place.plot.left(), middle.y - 9.0), pos2(middle.x - 8.0, middle.y + 9.0));
        let high = room.y_range();
        for other in named.iter().filter(|other| other.y_range().intersects(high)) {
            room.max.x = room.max.x.min(other.left() - 8.0);
        }
        if (a.y - b.y).abs() > 14.0 && room.width() > 30.0 {
            let text = format!("gap {}", (chart.write)(f64::from(width)));
            // On a ground of its own: the curves run below it.
            let size = vec2(words::width(ui, &text, theme::small()) + 8.0, 16.0);
            let ground = Align2::RIGHT_CENTER.align_size_within_rect(size, room);
            painter.rect_filled(ground, 3.0, theme::ground(ui.visuals()));
            named.push(words::write(ui, ground, Align2::CENTER_CENTER, &text, theme::small(), ink));
        }
    }
}

/// The value at the step that is shown, at the end of each line.
fn ends(ui: &Ui, rect: Rect, place: &Place, chart: &Chart<'_>, calm: &[Vec<Vec<[f32; 2]>>]) {
    let mut labels: Vec<(Pos2, String, Color32)> = Vec::new();
    let painter = ui.painter_at(rect);
    for (s, lines) in chart.series.iter().zip(calm) {
        let Some(last) = lines.last().and_then(|line| line.last()) else { continue };
        let shown = chart.now.and_then(|now| Some([now, series::at(lines, now)?])).unwrap_or(*last);
        let mut at = place.at(shown);
        at.y = at.y.clamp(place.plot.top(), place.plot.bottom());
        let ink = s.side.ink(ui);
        painter.circle_filled(at, 3.5, ink);
        let x = if shown[0] >= last[0] { at.x } else { place.plot.right() };
        labels.push((pos2(x + 10.0, at.y), (chart.write)(f64::from(shown[1])), ink));
    }
    labels.sort_by(|a, b| a.0.y.total_cmp(&b.0.y));
    labels.truncate(((place.plot.height() - 0.75 * APART) / APART).max(0.0) as usize + 1);
    let mut lowest = place.plot.top() + APART / 4.0;
    for label in &mut labels {
        label.0.y = label.0.y.max(lowest);
        lowest = label.0.y + APART;
    }
    let mut highest = place.plot.bottom() - APART / 2.0;
    for (at, text, ink) in labels.iter_mut().rev() {
        at.y = at.y.min(highest);
        highest = at.y - APART;
        let font = theme::semibold(13.0);
        let wide = words::width(ui, text, font.clone());
        let left = at.x.min(rect.right() - wide).max(rect.left());
        let room = Rect::from_min_max(pos2(left, at.y - APART / 2.0), pos2(rect.right(), at.y + APART / 2.0));
        // No dots of guessing through it.
        painter.rect_filled(room.with_max_x(left + wide), 0.0, theme::of(ui).ground);
        words::write(ui, room.expand2(vec2(0.5, 2.0)), Align2::LEFT_CENTER, text, font, *ink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn a_chart_keeps_its_words_within_and_seeks_where_it_is_dragged() {
        let a: Vec<[f32; 2]> = (0..=100).map(|i| [i as f32, 0.1 + (i % 7) as f32 * 0.01]).collect();
        let b: Vec<[f32; 2]> =
            (0..=100).map(|i| [i as f32, if i == 40 { f32::NAN } else { i as f32 / 110.0 }]).collect();
        let series = [
            Series { name: "plain", side: Side::A, validation: false, noisy: true, points: &a },
            Series { name: "residual", side: Side::B, validation: false, noisy: true, points: &b },
            Series {
                name: "residual, validation",
                side: Side::B,
                validation: true,
                noisy: false,
                points: &a,
            },
            Series { name: "nothing yet", side: Side::A, validation: true, noisy: false, points: &[] },
        ];
        let old: [&[[f32; 2]]; 1] = [&b];
        let of = Chart {
            name: "Correct on unseen pictures",
            remark: "begins off the scale",
            series: &series,
            old: &old,
            steps: Axis::linear(0.0, 150.0),
            values: Axis::linear(0.0, 1.0),
            now: Some(100.0),
            chance: Some((0.1, "guessing, 10 %")),
            marks: &[(30.0, "skip 9 cut"), (34.0, "put back")],
            gap: Some(0.05),
            write: words::percent,
            ticks: true,
        };
        for dark in [true, false] {
            for (w, h) in [(460.0, 150.0), (220.0, 90.0)] {
                let rect = Rect::from_min_size(pos2(6.0, 6.0), vec2(w, h));
                let mut trial = Trial::new(dark, vec2(w + 12.0, h + 12.0));
                let plot = frame(rect, true);
                let to = pos2(plot.center().x, plot.center().y);
                let events = trial.drag(plot.left_center(), to, |ui| chart(ui, rect, &of));
                let sought = |e: &ChartEvent| matches!(e, ChartEvent::Seek(s) if (s - 75.0).abs() < 1.0);
                assert!(events.iter().any(sought), "{events:?}");
                trial.inside(rect);
                trial.says("plain 12 %");
            }
        }
    }
}
