//! Columns of numbers, one place a class, beside each other where several series stand at one place; each number is
//! written at its end. What is no number is named and hatched. Columns can be dragged to another number.

use egui::{Align2, Color32, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use super::strokes;
use crate::data::table::{Cell, Table};
use crate::viz::{offer, theme, words};

/// Height of the line of names, and room for a number beyond the end of a column.
const NAMES: f32 = 18.0;
const NUMBER: f32 = 15.0;
/// Share of a place that its column takes, or its columns, and widest column in points.
const FILLED: [f32; 2] = [0.72, 0.92];
const WIDEST: f32 = 46.0;
/// Space between the axis' numbers and the columns.
const INDENT: f32 = 5.0;
/// Most marks of the axis.
const TICKS: usize = 3;

/// Numbers of one kind, one a place.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// What they are, where they are taken away.
    pub name: &'a str,
    /// The numbers.
    pub values: &'a [f32],
    /// Colour of the columns.
    pub ink: Color32,
    /// What each should be: a dashed outline; empty where nothing is wanted.
    pub wanted: &'a [f32],
    /// What each was before: a line; empty for none.
    pub was: &'a [f32],
}

/// Columns to draw.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    /// Names of the places.
    pub labels: &'a [String],
    /// What stands at each.
    pub series: &'a [Series<'a>],
    /// What lies at the lower and at the upper end; holds 0.
    pub range: Axis,
    /// The place that is looked at.
    pub focus: Option<usize>,
    /// Whether the columns of the first series can be dragged.
    pub drags: bool,
    /// How numbers are written.
    pub write: fn(f64) -> String,
}

/// What was done with a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ColumnsEvent {
    /// It is pointed at.
    Hovered(usize),
    /// It was clicked.
    Clicked(usize),
    /// Its column was dragged to this number.
    Dragged(usize, f32),
}

/// Draws columns into `rect`.
pub fn columns(ui: &mut Ui, rect: Rect, of: &Columns<'_>) -> Option<ColumnsEvent> {
    let c = theme::of(ui);
    offer::table(ui, of.name, rect, || table(of));
    let ticks = of.range.ticks(TICKS);
    let widths = ticks.iter().map(|tick| words::width(ui, &words::cell((*tick).into()), theme::small()));
    let left = rect.left() + widths.fold(0.0, f32::max).ceil() + INDENT;
    let below = if of.range.lo < 0.0 { NUMBER } else { 0.0 };
    let plot = Rect::from_min_max(
        pos2(left, rect.top() + NUMBER),
        pos2(rect.right(), rect.bottom() - NAMES - below),
    );
    let up = Rangef::new(plot.bottom(), plot.top());
    for tick in ticks {
        let y = of.range.place(tick, up);
        let ink = if tick == 0.0 { c.faint } else { c.line };
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, ink));
        let room = Rect::from_min_max(pos2(rect.left(), y - 8.0), pos2(left - INDENT + 1.0, y + 8.0));
        words::write(ui, room, Align2::RIGHT_CENTER, &words::cell(tick.into()), theme::small(), c.faint);
    }
    let each = plot.width() / of.labels.len().max(1) as f32;
    let mut event = None;
    for (i, label) in of.labels.iter().enumerate() {
        let place = Rangef::new(plot.left() + i as f32 * each, plot.left() + (i + 1) as f32 * each);
        let whole = Rect::from_x_y_ranges(place, rect.y_range());
        let sense = if of.drags { Sense::click_and_drag() } else { Sense::click() };
        let response = ui.interact(whole, ui.scope_id().with((of.name, i)), sense);
        response.widget_info(|| {
            let role = if of.drags { Role::SpinButton } else { Role::Button };
            WidgetInfo::labeled(role, true, spoken(of, i))
        });
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(whole, theme::RADIUS_TAG, c.hover.gamma_multiply(0.5));
        }
        stand(ui, of, i, plot.with_min_x(place.min).with_max_x(place.max));
        let focus = of.focus == Some(i);
        let ink = if focus { c.focus_text } else { c.dim };
        let line = whole.with_min_y(rect.bottom() - NAMES);
        words::write(ui, line, Align2::CENTER_CENTER, label, theme::small(), ink);
        if focus {
            strokes::focus(ui.painter(), whole.shrink2(vec2(1.0, 1.0)), c.focus);
        }
        let to = response.interact_pointer_pos().filter(|_| of.drags && response.dragged());
        if let Some(to) = to {
            let share = (up.min - to.y) / (up.min - up.max).max(1.0);
            event = Some(ColumnsEvent::Dragged(i, of.range.value(share.clamp(0.0, 1.0))));
        } else if response.clicked() {
            event = Some(ColumnsEvent::Clicked(i));
        } else if response.hovered() && event.is_none() {
            event = Some(ColumnsEvent::Hovered(i));
        }
    }
    event
}

/// The numbers as they are taken away.
fn table(of: &Columns<'_>) -> Table {
    let row = |(i, label): (usize, &String)| {
        let numbers = of.series.iter().map(|s| s.values.get(i).map_or(Cell::Empty, |v| Cell::Number(*v)));
        std::iter::once(Cell::Text(label.clone())).chain(numbers).collect()
    };
    let names = std::iter::once("name").chain(of.series.iter().map(|s| s.name));
    Table { rows: of.labels.iter().enumerate().map(row).collect(), ..Table::new(names) }
}

/// What a screen reader says of a place.
fn spoken(of: &Columns<'_>, i: usize) -> String {
    let one = |s: &Series<'_>| s.values.get(i).map(|v| format!("{} {}", s.name, (of.write)((*v).into())));
    let all: Vec<String> = of.series.iter().filter_map(one).collect();
    format!("{}, {}: {}", of.name, of.labels[i], all.join(", "))
}

/// The columns of a place.
fn stand(ui: &Ui, of: &Columns<'_>, i: usize, place: Rect) {
    let c = theme::of(ui);
    let up = Rangef::new(place.bottom(), place.top());
    let filled = FILLED[usize::from(of.series.len() > 1)];
    let own = (place.width() * filled / of.series.len().max(1) as f32).min(WIDEST);
    let first = place.center().x - own * of.series.len() as f32 / 2.0;
    let y = |value: f32| of.range.place(value.clamp(of.range.lo, of.range.hi), up);
    for (s, series) in of.series.iter().enumerate() {
        let Some(&value) = series.values.get(i) else { continue };
        let across = Rangef::new(first + s as f32 * own, first + (s + 1) as f32 * own);
        let across = across.shrink((own * 0.15).min(0.5));
        let between = |a: f32, b: f32| Rect::from_x_y_ranges(across, y(a.max(b))..=y(a.min(b)));
        if let Some(&wanted) = series.wanted.get(i) {
            strokes::dashed(ui.painter(), between(0.0, wanted).expand2(vec2(1.5, 0.0)), c.dim);
        }
        if value.is_finite() {
            // What is there is seen.
            let bar = between(0.0, value);
            let bar = if value == 0.0 || bar.height() >= 1.5 { bar } else { bar.expand2(vec2(0.0, 0.75)) };
            ui.painter().rect_filled(bar, 1.0, series.ink);
        } else {
            let ink = if value.is_nan() { theme::NAN } else { c.broken };
            let end = if value == f32::NEG_INFINITY { of.range.lo } else { of.range.hi };
            let gap = between(0.0, end);
            ui.painter().rect_filled(gap, 1.0, ink.gamma_multiply(0.2));
            strokes::hatch(ui.painter(), gap, ink);
        }
        if let Some(&was) = series.was.get(i) {
            let line = across.expand(2.0);
            ui.painter().hline(line, y(was), Stroke::new(2.0, c.text));
        }
        let text = (of.write)(value.into());
        let font = theme::medium(12.0);
        // Beside its neighbours' numbers, or not at all.
        let room = if of.series.len() == 1 { place.width() } else { own };
        if words::width(ui, &text, font.clone()) > room {
            continue;
        }
        let end = if value.is_nan() || value == f32::INFINITY { of.range.hi } else { value };
        let (at, align) = if end < 0.0 {
            (y(end) + 1.0, Align2::CENTER_TOP)
        } else {
            (y(end) - 1.0, Align2::CENTER_BOTTOM)
        };
        let ink = if value.is_finite() { c.text } else { c.broken };
        words::put(ui, pos2(across.center(), at), align, &text, font, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn columns_are_dragged_and_what_is_no_number_is_named() {
        let labels: Vec<String> = ["cat", "dog", "fox"].map(str::to_owned).to_vec();
        let series = |values| Series {
            name: "logit",
            values,
            ink: Color32::LIGHT_BLUE,
            wanted: &[1.0, 0.0, 0.0],
            was: &[0.5; 3],
        };
        let shown = [series(&[1.5, -1.0, f32::NAN])];
        let of = Columns {
            name: "Logits",
            labels: &labels,
            series: &shown,
            range: Axis::linear(-2.0, 2.0),
            focus: Some(1),
            drags: true,
            write: words::short,
        };
        for dark in [true, false] {
            let rect = Rect::from_min_size(pos2(2.0, 2.0), vec2(200.0, 160.0));
            let mut trial = Trial::new(dark, rect.size() + vec2(4.0, 4.0));
            let (from, to) = (pos2(50.0, 60.0), pos2(50.0, 17.0));
            let events = trial.drag(from, to, |ui| columns(ui, rect, &of));
            assert!(events.contains(&ColumnsEvent::Dragged(0, 2.0)), "{events:?}");
            trial.inside(rect);
            trial.apart();
            trial.says("Logits, fox: logit NaN");
        }
    }

    #[test]
    fn numbers_that_have_no_room_beside_each_other_are_left_out() {
        let labels: Vec<String> = (1..=8).map(|i| i.to_string()).collect();
        let values = [0.123; 8];
        let one = Series { name: "p", values: &values, ink: Color32::RED, wanted: &[], was: &[] };
        let of = Columns {
            name: "Shares",
            labels: &labels,
            series: &[one, Series { name: "q", ..one }],
            range: Axis::linear(0.0, 1.0),
            focus: None,
            drags: false,
            write: words::short,
        };
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(180.0, 100.0));
        let mut trial = Trial::new(true, rect.size());
        let event = trial.click(pos2(170.0, 50.0), |ui| columns(ui, rect, &of));
        assert_eq!(event, Some(ColumnsEvent::Clicked(7)));
        trial.inside(rect);
        trial.apart();
        assert!(trial.texts().iter().all(|(text, _)| text != "0.123"));
    }
}
