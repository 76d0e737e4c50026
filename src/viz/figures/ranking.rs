//! Names with a bar and a number each, close together: classes and their scores, terms of a sum. Bars of signed
//! numbers begin at a line for 0.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use crate::data::table::{Cell, Table};
use crate::viz::{offer, theme, words};

/// Least and greatest height of a row.
const ROW: [f32; 2] = [15.0, 30.0];
/// Most share of the width that names get, and space between the columns.
const NAMES: f32 = 0.47;
const SPACE: f32 = 8.0;
/// How far from its end the bar of a number beyond the range is broken.
const BREAK: f32 = 10.0;
/// Space at both ends of a row, so that no letter stands on its frame.
const INDENT: f32 = 4.0;

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Its name.
    pub name: String,
    /// Its number.
    pub value: f32,
    /// The number as it is written.
    pub text: String,
    /// What the number was before, or should be: a tick.
    pub was: Option<f32>,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether it is looked at.
    pub focus: bool,
    /// Colour of its bar.
    pub ink: Color32,
}

/// What was done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankedEvent {
    /// It is pointed at.
    Hovered(usize),
    /// It was clicked.
    Clicked(usize),
}

/// How many rows fit into a height.
pub fn room(height: f32) -> usize {
    (height / ROW[0]) as usize
}

/// Draws rows into `rect`, as many as have room; `range` says what lies at both ends of the bars and holds 0. The bar
/// of a number beyond it is broken.
pub fn ranking(ui: &mut Ui, rect: Rect, name: &str, rows: &[Ranked], range: Axis) -> Option<RankedEvent> {
    let c = theme::of(ui);
    offer::table(ui, name, rect, || Table {
        rows: rows.iter().map(|row| vec![Cell::Text(row.name.clone()), Cell::Number(row.value)]).collect(),
        ..Table::new(["name", "value"])
    });
    let high = (rect.height() / rows.len().max(1) as f32).clamp(ROW[0], ROW[1]);
    let shown = ((rect.height() + 0.5) / high) as usize;
    let rows = &rows[..rows.len().min(shown)];
    let widest = |text: fn(&Ranked) -> &str, font: egui::FontId| {
        rows.iter().map(|row| words::width(ui, text(row), font.clone())).fold(0.0, f32::max).ceil()
    };
    let names = (widest(|row| &row.name, theme::small()) + 1.0 + INDENT).min(rect.width() * NAMES);
    let numbers = widest(|row| &row.text, theme::medium(12.0)) + 1.0 + INDENT;
    let bars =
        rect.left() + names + SPACE..=(rect.right() - numbers - SPACE).max(rect.left() + names + SPACE);
    let bars = egui::Rangef::new(*bars.start(), *bars.end());
    let mut event = None;
    for (i, row) in rows.iter().enumerate() {
        let own = Rect::from_min_size(rect.min + vec2(0.0, i as f32 * high), vec2(rect.width(), high));
        let response = ui.interact(own, ui.scope_id().with((name, i)), Sense::click());
        let spoken = format!("{name}, {}: {}", row.name, row.text);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, row.chosen, &spoken));
        if row.chosen || response.hovered() || response.has_focus() {
            let fill = if row.chosen { c.blue_fill } else { c.hover };
            ui.painter().rect_filled(own, theme::RADIUS_TAG, fill);
        }
        let ink = match (row.focus, row.chosen) {
            (true, _) => c.focus_text,
            (_, true) => c.blue_text,
            _ => c.text,
        };
        let left = own.with_min_x(own.left() + INDENT).with_max_x(own.left() + names);
        words::write(ui, left, Align2::LEFT_CENTER, &row.name, theme::small(), ink);
        let right = own.with_min_x(own.right() - numbers).with_max_x(own.right() - INDENT);
        words::write(ui, right, Align2::RIGHT_CENTER, &row.text, theme::medium(12.0), ink);
        let at = |value: f32| range.place(value.clamp(range.lo, range.hi), bars).clamp(bars.min, bars.max);
        // Not by a rounding.
        let spare = 1e-3 * (range.hi - range.lo);
        let beyond = row.value < range.lo - spare || row.value > range.hi + spare;
        let (zero, end) = (at(0.0), at(row.value));
        let inner = own.shrink2(vec2(0.0, (high * 0.26).min(8.0)));
        let track = Rect::from_x_y_ranges(bars, inner.y_range());
        ui.painter().rect_filled(track, theme::RADIUS_BAR, c.track.gamma_multiply(0.6));
        // What is there is seen.
        let (from, to) = (zero.min(end), zero.max(end));
        let least = if row.value != 0.0 { 1.5 } else { 0.0 };
        let bar = Rect::from_x_y_ranges(from..=to.max(from + least), inner.y_range());
        if row.value.is_nan() {
            ui.painter().rect_filled(track, theme::RADIUS_BAR, theme::NAN);
        } else if bar.width() > 0.0 {
            ui.painter().rect_filled(bar, 1.0, row.ink);
        }
        if beyond {
            let x = end - BREAK * (end - zero).signum();
            let slanted = [pos2(x - 2.0, own.bottom() - 1.0), pos2(x + 2.0, own.top() + 1.0)];
            for aside in [-2.0, 2.0] {
                let line = slanted.map(|at| at + vec2(aside, 0.0));
                ui.painter().line_segment(line, Stroke::new(2.0, c.ground));
            }
        }
        if range.lo < 0.0 {
            ui.painter().vline(zero, own.y_range(), Stroke::new(1.0, c.faint));
        }
        if let Some(was) = row.was {
            ui.painter().vline(at(was), own.shrink2(vec2(0.0, 1.0)).y_range(), Stroke::new(2.0, c.text));
        }
        if row.focus {
            super::strokes::focus(ui.painter(), own.shrink(1.0), c.focus);
        }
        if response.clicked() {
            event = Some(RankedEvent::Clicked(i));
        } else if response.hovered() && event.is_none() {
            event = Some(RankedEvent::Hovered(i));
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn rows_keep_to_their_room_and_tell_what_was_clicked() {
        let row = |name: &str, value: f32| Ranked {
            name: name.into(),
            value,
            text: words::short(value.into()),
            was: Some(0.5),
            chosen: value > 2.0,
            focus: value < 0.0,
            ink: Color32::LIGHT_BLUE,
        };
        let rows =
            [row("ankle boot", 3.1), row("a very long name of a class, indeed", -1.25), row("bag", f32::NAN)];
        for dark in [true, false] {
            for size in [vec2(150.0, 46.0), vec2(280.0, 120.0)] {
                let rect = Rect::from_min_size(pos2(2.0, 2.0), size);
                let mut trial = Trial::new(dark, size + vec2(4.0, 4.0));
                let at = pos2(20.0, 2.0 + (size.y / 3.0).clamp(ROW[0], ROW[1]) * 1.5);
                let event = trial.click(at, |ui| ranking(ui, rect, "Scores", &rows, Axis::linear(-2.0, 4.0)));
                assert_eq!(event, Some(RankedEvent::Clicked(1)));
                trial.inside(rect);
                trial.apart();
                trial.says("Scores, ankle boot: 3.10");
            }
        }
    }
}
