//! A window that is larger than the map it should slide over.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use crate::viz::figures::strokes;
use crate::viz::{theme, words};

/// Largest side of a cell in points.
const CELL: f32 = 14.0;

/// Draws into `rect`, cell by cell, a window of rows and columns laid over a map and its padding. Both have
/// one scale, larger than that of the network.
pub fn misfit(ui: &mut Ui, rect: Rect, window: [usize; 2], map: [usize; 2], pad: usize) {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("misfit"), Sense::hover());
    let size = |[h, w]: [usize; 2]| format!("{h}×{w}");
    let [of_window, of_map] = [format!("window {}", size(window)), format!("map {}", size(map))];
    let spoken = format!("{of_window} on {of_map}, padding {pad}");
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    let line = 16.0;
    let padded = map.map(|side| side + 2 * pad);
    let room = (rect.size() - vec2(4.0, 2.0 * line + 4.0)).max(Vec2::ZERO);
    let cells = [window[0].max(padded[0]), window[1].max(padded[1])].map(|side| side.max(1) as f32);
    let cell = CELL.min(room.x / cells[1]).min(room.y / cells[0]);
    let whole = Rect::from_center_size(rect.center(), vec2(cells[1], cells[0]) * cell);
    let block = |[h, w]: [usize; 2], from: usize| {
        Rect::from_min_size(whole.min + Vec2::splat(from as f32 * cell), vec2(w as f32, h as f32) * cell)
    };
    let filled = block(map, pad);
    ui.painter().rect_filled(whole, 0.0, c.ground);
    ui.painter().rect_filled(filled, 0.0, c.ground.lerp_to_gamma(theme::FAMILIES[0], 0.5));
    if pad > 0 {
        strokes::dashed(ui.painter(), block(padded, 0), c.pad);
    }
    let own = block(window, 0);
    let line_of = Stroke::new(1.0, c.broken_line);
    for i in 1..window[0].max(window[1]) {
        if i < window[1] {
            ui.painter().vline(own.left() + i as f32 * cell, own.y_range(), line_of);
        }
        if i < window[0] {
            ui.painter().hline(own.x_range(), own.top() + i as f32 * cell, line_of);
        }
    }
    ui.painter().rect_stroke(own, 0.0, Stroke::new(theme::FOCUS_STROKE, c.broken), StrokeKind::Middle);
    let above =
        Rect::from_min_max(rect.left_top(), rect.right_top() + vec2(0.0, whole.top() - rect.top() - 2.0));
    let below =
        Rect::from_min_max(rect.left_bottom() - vec2(0.0, rect.bottom() - whole.bottom() - 2.0), rect.max);
    words::write(ui, above, Align2::CENTER_BOTTOM, &of_window, theme::small(), c.broken);
    words::write(ui, below, Align2::CENTER_TOP, &of_map, theme::small(), c.dim);
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::super::super::trial::Trial;
    use super::*;

    #[test]
    fn names_both_sizes_inside_its_room() {
        for (window, map, pad) in [([5, 5], [2, 2], 0), ([9, 3], [4, 8], 1), ([64, 64], [1, 1], 3)] {
            let rect = Rect::from_min_size(pos2(4.0, 4.0), vec2(110.0, 130.0));
            let mut trial = Trial::new(true, vec2(120.0, 140.0));
            trial.frame(vec![], |ui| {
                misfit(ui, rect, window, map, pad);
                None::<()>
            });
            trial.inside(rect);
            trial.apart();
            trial.says(&format!("window {}×{} on map", window[0], window[1]));
        }
    }
}
