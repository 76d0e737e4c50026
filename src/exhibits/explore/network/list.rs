//! The network as a list: number, operator, settings, shape, parameters.

use egui::style::ScrollAnimation;
use egui::{Align2, Rect, ScrollArea, Sense, Ui, vec2};

use super::shown::{Shown, size};
use super::strip::family;
use crate::models::network::LayerId;
use crate::viz::facts::grouped;
use crate::viz::{theme, words};

/// Height of a row, and of the list.
const ROW: f32 = 19.0;
const HEIGHT: f32 = 168.0;
/// Width of the mark, and of mark and number.
const MARK: f32 = 14.0;
const NUMBER: f32 = 46.0;
/// Where the other columns begin, as shares of the rest.
const COLUMNS: [f32; 5] = [0.0, 0.19, 0.51, 0.69, 0.87];
const HEADS: [&str; 6] = ["", "Operator", "Name", "Settings", "Shape", "Parameters"];

/// Draws the list; returns the layer that was clicked. `follow`: bring the selected one into view.
pub fn list(ui: &mut Ui, shown: &Shown, selected: LayerId, follow: bool) -> Option<LayerId> {
    let mut clicked = None;
    let faint = theme::faint(ui.visuals());
    let write = |ui: &Ui, rect: Rect, texts: &[String], ink| {
        let share = |share: f32| rect.left() + NUMBER + (rect.width() - NUMBER) * share;
        let start = |i: usize| match i {
            0 => rect.left() + MARK,
            _ => share(COLUMNS.get(i - 1).copied().unwrap_or(1.0)),
        };
        for (i, text) in texts.iter().enumerate() {
            let own = Rect::from_x_y_ranges(start(i)..=start(i + 1) - 6.0, rect.y_range());
            words::write(ui, own, Align2::LEFT_CENTER, text, theme::regular(12.0), ink);
        }
    };
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    write(ui, head, &HEADS.map(str::to_owned), faint);
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt("layers").max_height(HEIGHT).auto_shrink(false);
    area.show_rows(ui, ROW, shown.ids.len(), |ui, rows| {
        if follow && let Some(at) = shown.ids.iter().position(|&id| id == selected) {
            let top = ui.max_rect().top() + (at as f32 - rows.start as f32) * ROW;
            let own = Rect::from_x_y_ranges(ui.max_rect().x_range(), top..=top + ROW);
            ui.scroll_to_rect_animation(own, None, ScrollAnimation::none());
        }
        for at in rows {
            let id = shown.ids[at];
            let layer = &shown.layers[id];
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
            let text = format!("{} {}", layer.operator, layer.name);
            response
                .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, id == selected, &text));
            if id == selected {
                ui.painter().rect_filled(rect, 2.0, ui.visuals().selection.bg_fill);
            } else if response.hovered() {
                ui.painter().rect_filled(rect, 2.0, ui.visuals().widgets.hovered.weak_bg_fill);
            }
            let mark = Rect::from_center_size(rect.left_center() + vec2(6.0, 0.0), vec2(8.0, 8.0));
            ui.painter().rect_filled(mark, 2.0, theme::FAMILIES[family(&layer.operator)]);
            let parameters =
                if layer.parameters > 0 { grouped(layer.parameters as u64) } else { String::new() };
            let texts = [
                (at + 1).to_string(),
                layer.operator.clone(),
                layer.name.clone(),
                layer.detail.clone(),
                size(&layer.shape),
                parameters,
            ];
            write(ui, rect, &texts, ui.visuals().text_color());
            if response.clicked() {
                clicked = Some(id);
            }
        }
    });
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.add_space(4.0);
    clicked
}
