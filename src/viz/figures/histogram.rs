//! Histograms: one, A above against B below with the same bins, and a ridge of many.

use egui::{Align2, Color32, Mesh, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use super::strokes;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Height of the line of words below.
const FOOT: f32 = 20.0;

/// A histogram.
#[derive(Clone, Copy, Debug)]
pub struct Histogram<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    /// Counts of each bin.
    pub a: &'a [f32],
    /// Counts of the other network, in the same bins; empty: there is none.
    pub b: &'a [f32],
    /// Values of the first bin's begin and the last bin's end.
    pub range: Axis,
    /// Greatest count that the height has room for; `None`: that of these counts.
    pub most: Option<f32>,
    /// Whether heights go with the square root of the count.
    pub root: bool,
    /// Said below, in the middle.
    pub remark: &'a str,
}

/// The share of the height that `count` takes.
fn tall(count: f32, most: f32, root: bool) -> f32 {
    let share = if count > 0.0 && most > 0.0 { (count / most).min(1.0) } else { 0.0 };
    if root { share.sqrt() } else { share }
}

fn most(counts: &[f32]) -> f32 {
    counts.iter().copied().filter(|c| c.is_finite()).fold(0.0, f32::max)
}

/// Draws a histogram into `rect`; gives the bin that is pointed at.
pub fn histogram(ui: &mut Ui, rect: Rect, of: &Histogram<'_>) -> Option<usize> {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("histogram", of.name)), Sense::hover());
    let bins = of.a.len().max(of.b.len());
    let ends = [of.range.lo, of.range.hi].map(|v| words::short(v.into()));
    let spoken = format!("{}: histogram of {bins} bins from {} to {}", of.name, ends[0], ends[1]);
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    offer::table(ui, of.name, rect, || {
        let end = |bin: usize| of.range.value(bin as f32 / bins.max(1) as f32);
        let count = |counts: &[f32], bin: usize| counts.get(bin).copied();
        let row = |i| [Some(end(i)), Some(end(i + 1)), count(of.a, i), count(of.b, i)];
        let names =
            ["from", "to"].into_iter().chain(if of.b.is_empty() { vec!["count"] } else { vec!["A", "B"] });
        Table::numbers(names, (0..bins).map(|i| row(i).into_iter().flatten().collect()))
    });
    let plot = Rect::from_min_max(rect.min, rect.max - vec2(0.0, FOOT));
    let base = if of.b.is_empty() { plot.bottom() - 1.0 } else { plot.center().y.round() };
    let room = base - plot.top();
    let greatest = of.most.unwrap_or_else(|| most(of.a).max(most(of.b)));
    let step = plot.width() / bins.max(1) as f32;
    let hovered = response
        .hover_pos()
        .filter(|at| plot.contains(*at) && bins > 0)
        .map(|at| (((at.x - plot.left()) / step) as usize).min(bins - 1));
    for (counts, up, ink) in [(of.a, true, c.blue), (of.b, false, c.b)] {
        for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            // A single one must not vanish beside a million.
            let high = (room * tall(count, greatest, of.root)).max(1.0);
            let x = plot.left() + i as f32 * step;
            let gap = if step > 3.0 { 1.0 } else { 0.0 };
            let (top, bottom) = if up { (base - high, base) } else { (base + 1.0, base + 1.0 + high) };
            let bar = Rect::from_min_max(pos2(x, top), pos2(x + step - gap, bottom.min(plot.bottom())));
            let ink = if hovered == Some(i) { ink.lerp_to_gamma(c.text, 0.4) } else { ink };
            ui.painter().rect_filled(bar, 0.0, ink);
        }
    }
    ui.painter().hline(plot.x_range(), base + 0.5, Stroke::new(1.0, c.faint));
    foot(ui, rect, plot, of, &ends);
    if let Some(bin) = hovered {
        let end = |i: usize| words::short(of.range.value(i as f32 / bins as f32).into());
        let said = |name: &str, counts: &[f32]| {
            counts.get(bin).map(|n| format!("{name}{}", words::count(f64::from(*n))))
        };
        let (a, b) = if of.b.is_empty() { ("", "") } else { ("A ", "B ") };
        let counts: Vec<String> = [said(a, of.a), said(b, of.b)].into_iter().flatten().collect();
        response.on_hover_text(format!("{} from {} to {}", counts.join(", "), end(bin), end(bin + 1)));
    }
    hovered
}

fn foot(ui: &Ui, rect: Rect, plot: Rect, of: &Histogram<'_>, ends: &[String; 2]) {
    let c = theme::of(ui);
    let line = Rect::from_min_max(pos2(rect.left(), plot.bottom()), rect.max);
    let lo = words::write(ui, line, Align2::LEFT_CENTER, &ends[0], theme::small(), c.faint);
    let hi = words::write(ui, line, Align2::RIGHT_CENTER, &ends[1], theme::small(), c.faint);
    let mut rest =
        Rect::from_min_max(pos2(lo.right() + 10.0, line.top()), pos2(hi.left() - 10.0, line.bottom()));
    if of.range.lo < 0.0 && of.range.hi > 0.0 {
        let x = of.range.place(0.0, plot.x_range());
        ui.painter().extend(Shape::dashed_line(
            &[pos2(x, plot.top()), pos2(x, plot.bottom())],
            Stroke::new(1.0, c.pad),
            2.0,
            3.0,
        ));
        if rest.x_range().shrink(6.0).contains(x) && of.remark.is_empty() {
            words::put(ui, pos2(x, line.center().y), Align2::CENTER_CENTER, "0", theme::small(), c.faint);
        }
    }
    rest.max.x = rest.max.x.max(rest.min.x);
    if !of.remark.is_empty() && rest.width() > 40.0 {
        words::write(ui, rest, Align2::CENTER_CENTER, of.remark, theme::small(), c.faint);
    }
}

/// Draws histograms of one range below each other into `rect`, each a hill of its own height, the last
/// in front; gives the one that is pointed at. `names` stand at the left where there is room.
pub fn ridge(
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    hills: &[&[f32]],
    names: &[String],
    range: Axis,
    ink: Color32,
) -> Option<usize> {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("ridge", name)), Sense::click());
    let spoken = format!("{name}: {} histograms", hills.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    offer::table(ui, name, rect, || {
        let bins = hills.iter().map(|hill| hill.len()).max().unwrap_or(0);
        let end = |bin: usize| range.value(bin as f32 / bins.max(1) as f32);
        let named = |i: usize| names.get(i).cloned().unwrap_or_else(|| (i + 1).to_string());
        let columns = ["from".to_owned(), "to".to_owned()].into_iter().chain((0..hills.len()).map(named));
        let count = |i: usize| hills.iter().map(move |hill| hill.get(i).copied().unwrap_or(0.0));
        Table::numbers(columns, (0..bins).map(|i| [end(i), end(i + 1)].into_iter().chain(count(i)).collect()))
    });
    let wide = names.iter().map(|n| words::width(ui, n, theme::small())).fold(0.0, f32::max);
    let wide = if wide > 0.0 { wide.ceil() + 8.0 } else { 0.0 };
    let plot = Rect::from_min_max(rect.min + vec2(wide, 0.0), rect.max - vec2(0.0, FOOT));
    let pitch = plot.height() / (hills.len() as f32 + 1.5).max(1.0);
    let reach = pitch * 2.4;
    let base = |i: usize| plot.top() + pitch * (i as f32 + 2.4);
    let pointed = response.hover_pos().filter(|at| plot.contains(*at));
    let hovered =
        pointed.and_then(|at| (0..hills.len()).find(|i| at.y < base(*i)).or(hills.len().checked_sub(1)));
    let every = (16.0 / pitch.max(0.1)).ceil().max(1.0) as usize;
    for (i, counts) in hills.iter().enumerate() {
        let own = most(counts);
        let x = |bin: f32| plot.left() + plot.width() * bin / counts.len().max(1) as f32;
        let mut mesh = Mesh::default();
        let mut outline = Vec::with_capacity(counts.len());
        for (bin, count) in counts.iter().enumerate() {
            let top = pos2(x(bin as f32 + 0.5), base(i) - reach * tall(*count, own, false));
            let at = mesh.vertices.len() as u32;
            mesh.colored_vertex(top, c.ground.lerp_to_gamma(ink, 0.35));
            mesh.colored_vertex(pos2(top.x, base(i)), c.ground.lerp_to_gamma(ink, 0.12));
            if at > 0 {
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
            outline.push(top);
        }
        ui.painter_at(plot).add(mesh);
        let stroke = if hovered == Some(i) { Stroke::new(2.0, c.focus) } else { Stroke::new(1.25, ink) };
        if outline.len() > 1 {
            strokes::line(&ui.painter_at(plot), outline, stroke, None);
        }
        if let Some(text) = names.get(i).filter(|_| i % every == 0) {
            let room =
                Rect::from_min_max(pos2(rect.left(), base(i) - 15.0), pos2(plot.left() - 6.0, base(i) + 1.0));
            words::write(ui, room, Align2::RIGHT_BOTTOM, text, theme::small(), c.faint);
        }
    }
    let line = Rect::from_min_max(pos2(plot.left(), plot.bottom()), rect.max);
    words::write(ui, line, Align2::LEFT_CENTER, &words::short(range.lo.into()), theme::small(), c.faint);
    words::write(ui, line, Align2::RIGHT_CENTER, &words::short(range.hi.into()), theme::small(), c.faint);
    hovered
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn the_bin_under_the_pointer_is_told() {
        let (a, b) = ([0.0, 3.0, 9.0, 1e6], [50.0, 1.0, f32::NAN, 2.0]);
        for dark in [true, false] {
            for width in [252.0, 90.0] {
                let rect = Rect::from_min_size(pos2(3.0, 3.0), vec2(width, 130.0));
                let of = Histogram {
                    name: "Layer 9",
                    a: &a,
                    b: &b,
                    range: Axis::linear(-1.0, 1.0),
                    most: None,
                    root: true,
                    remark: "height: square root of the count",
                };
                let mut trial = Trial::new(dark, vec2(width + 6.0, 136.0));
                let at = rect.left_top() + vec2(width * 0.6, 40.0);
                assert_eq!(trial.click(at, |ui| histogram(ui, rect, &of)), Some(2));
                trial.says("Layer 9: histogram of 4 bins");
            }
        }
        assert!((tall(25.0, 100.0, true) - 0.5).abs() < 1e-6);
        assert_eq!(tall(f32::NAN, 1.0, true), 0.0);
    }

    #[test]
    fn a_ridge_of_thirty_names_what_is_pointed_at() {
        let hill: Vec<f32> = (0..40).map(|i| (-((i as f32 - 20.0) / 5.0).powi(2)).exp()).collect();
        let hills: Vec<&[f32]> = (0..30).map(|_| hill.as_slice()).collect();
        let names: Vec<String> = (1..=30).map(|i| i.to_string()).collect();
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(240.0, 260.0));
        let mut trial = Trial::new(false, rect.size());
        let draw =
            |ui: &mut Ui| ridge(ui, rect, "Outputs", &hills, &names, Axis::linear(-3.0, 3.0), Color32::BLUE);
        let event = trial.click(pos2(120.0, 232.0), draw);
        assert!(matches!(event, Some(28 | 29)), "{event:?}");
        trial.inside(rect);
        trial.apart();
    }
}
