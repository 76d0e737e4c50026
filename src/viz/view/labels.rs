//! Names beside the rows and above the columns of a map.

use egui::{Align2, Color32, FontId, Pos2, Rect, Ui, Vec2, vec2};

use crate::viz::theme;

/// Space left of and above a map for its labels.
pub(super) fn gutter(ui: &Ui, rows: &[String], columns: &[String], scale: f32) -> Vec2 {
    let widest = |labels: &[String]| {
        let font = FontId::proportional(11.0);
        let width =
            |text: &String| ui.painter().layout_no_wrap(text.clone(), font.clone(), Color32::WHITE).size().x;
        labels.iter().map(width).fold(0.0, f32::max).min(96.0)
    };
    if scale < 9.0 {
        return Vec2::ZERO;
    }
    vec2(
        if rows.is_empty() { 0.0 } else { widest(rows) + 6.0 },
        if columns.is_empty() { 0.0 } else { widest(columns) + 6.0 },
    )
}

pub(super) fn paint_labels(ui: &Ui, rect: Rect, cell: Vec2, rows: &[String], columns: &[String]) {
    if cell.min_elem() < 9.0 {
        return;
    }
    let font = FontId::proportional(11.0);
    let ink = theme::faint(ui.visuals());
    for (i, text) in rows.iter().enumerate() {
        let at = rect.left_top() + vec2(-4.0, (i as f32 + 0.5) * cell.y);
        ui.painter().text(at, Align2::RIGHT_CENTER, text, font.clone(), ink);
    }
    for (i, text) in columns.iter().enumerate() {
        let galley = ui.painter().layout_no_wrap(text.clone(), font.clone(), ink);
        let height = galley.size().y;
        let at: Pos2 = rect.left_top() + vec2((i as f32 + 0.5) * cell.x - height / 2.0, -4.0);
        let shape = egui::epaint::TextShape::new(at, galley, ink).with_angle(-std::f32::consts::FRAC_PI_2);
        ui.painter().add(shape);
    }
}
