//! Pairs of columns, one of A and one of B, each pair below the thing that it measures: shares of one whole.

use egui::{Align2, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::data::table::{Cell, Table};
use crate::viz::{offer, theme, words};

/// Height of a number above its column, and of the line of names below.
const NUMBER: f32 = 17.0;
/// Widest column, and the space between two.
const WIDE: f32 = 46.0;
const BETWEEN: f32 = 4.0;

/// Two shares and where their columns stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Stair {
    /// What they are of, for a screen reader.
    pub name: String,
    /// From where to where they may stand.
    pub room: Rangef,
    /// A and B, 0 to 1; none while they are not measured.
    pub shares: [Option<f32>; 2],
}

/// Draws pairs of columns into `rect`, full height for 1, with a line at what guessing gives; gives the pair that was
/// clicked.
pub fn stairs(ui: &mut Ui, rect: Rect, name: &str, of: &[Stair], guess: f32, chosen: usize) -> Option<usize> {
    let c = theme::of(ui);
    offer::table(ui, name, rect, || Table {
        rows: of
            .iter()
            .map(|stair| {
                let [a, b] = stair.shares.map(|share| Cell::Number(share.unwrap_or(f32::NAN)));
                vec![Cell::Text(stair.name.clone()), a, b]
            })
            .collect(),
        ..Table::new(["name", "A", "B"])
    });
    let base = rect.bottom() - 1.0;
    let height = |share: f32| (base - rect.top() - NUMBER) * share.clamp(0.0, 1.0);
    let guessed = |across: Rangef| {
        let y = base - height(guess);
        let line = [pos2(across.min, y), pos2(across.max, y)];
        ui.painter().extend(egui::Shape::dashed_line(&line, Stroke::new(1.0, c.faint), 1.5, 3.5));
    };
    guessed(rect.x_range());
    let mut clicked = None;
    for (i, stair) in of.iter().enumerate() {
        let own = Rect::from_x_y_ranges(stair.room, rect.y_range());
        let response = ui.interact(own, ui.scope_id().with((name, i)), Sense::click());
        let said =
            |share: Option<f32>| share.map_or_else(|| "–".to_owned(), |share| words::percent(share.into()));
        let [a, b] = stair.shares.map(said);
        let spoken = format!("{name}, {}: A {a}, B {b}", stair.name);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, i == chosen, &spoken));
        let ground = match response.hovered() || response.has_focus() {
            _ if i == chosen => c.blue_fill,
            true => c.hover,
            false => c.ground,
        };
        ui.painter().rect_filled(own, theme::RADIUS_TAG, ground);
        guessed(own.x_range());
        let wide = ((own.width() - 3.0 * BETWEEN) / 2.0).min(WIDE);
        for (side, (share, text)) in stair.shares.iter().zip([a, b]).enumerate() {
            let ink = if side == 0 { c.blue } else { c.b };
            let left = own.center().x - wide - BETWEEN / 2.0 + side as f32 * (wide + BETWEEN);
            let top = base - height(share.unwrap_or(0.0));
            ui.painter().rect_filled(Rect::from_min_max(pos2(left, top), pos2(left + wide, base)), 1.0, ink);
            let line = Rect::from_min_size(pos2(left - 2.0, top - NUMBER), vec2(wide + 4.0, NUMBER));
            // The line of guessing does not go through it.
            ui.painter().rect_filled(line, 0.0, ground);
            words::write(ui, line, Align2::CENTER_CENTER, &text, theme::medium(12.0), c.text);
        }
        if response.clicked() {
            clicked = Some(i);
        }
    }
    ui.painter().hline(rect.x_range(), base + 0.5, Stroke::new(1.0, c.faint));
    clicked
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn numbers_stand_above_their_columns_and_a_click_chooses() {
        let rect = Rect::from_min_size(pos2(2.0, 2.0), vec2(320.0, 90.0));
        let stair = |i: usize, shares| Stair {
            name: format!("block {}", i + 1),
            room: Rangef::new(2.0 + 80.0 * i as f32, 76.0 + 80.0 * i as f32),
            shares,
        };
        let of = [
            stair(0, [Some(0.41), Some(1.0)]),
            stair(1, [Some(0.0), None]),
            stair(2, [None, None]),
            stair(3, [Some(0.88), Some(0.5)]),
        ];
        for dark in [true, false] {
            let mut trial = Trial::new(dark, vec2(324.0, 94.0));
            let event = trial.click(pos2(280.0, 60.0), |ui| stairs(ui, rect, "Probes", &of, 0.1, 0));
            assert_eq!(event, Some(3));
            trial.inside(rect);
            trial.apart();
            trial.says("Probes, block 4: A 88 %, B 50 %");
        }
    }
}
