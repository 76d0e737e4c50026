//! The picture as the network gets it, with what a unit sees and which places speak for the class.

use egui::{Color32, RichText, Stroke, StrokeKind, Ui};

use super::shown::Shown;
use crate::models::network::{LayerId, Sight};
use crate::viz::{Look, MapStyle, View, theme};

/// Draws the picture; `opacity` of the class-activation map over it.
pub fn photo(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, selected: LayerId, opacity: f32) {
    let Some(photo) = &shown.photo else { return };
    let layer = &shown.layers[selected];
    let side = ui.available_width().min(ui.available_height() * 0.5).max(96.0);
    // Read before the picture itself may be pointed at.
    let spot = view.stage.inspection.spot().filter(|s| {
        layer.output.as_ref().is_some_and(|output| output.buf == s.element.buf) && layer.operator != "Input"
    });
    let map = view.map(ui, photo, 0, MapStyle::new("", Look::Rgb, side));
    let activation = shown.activation.as_ref().and_then(|maps| maps.as_ref().ok());
    // Layers without places, such as the scores, are shown with the last that had some.
    let activation = activation.and_then(|maps| maps.range(..=selected).next_back());
    if let Some((&id, places)) = activation {
        let stats = view.overlay(ui, map.rect, places, 0, Look::Heat, opacity);
        let name = &shown.layers[id].name;
        let text = match stats {
            Some(stats) if stats.hi <= 0.0 => Some(format!("Nothing in {name} speaks for this class")),
            _ if id != selected => Some(format!("Class activation of {name}")),
            _ => None,
        };
        if let Some(text) = text {
            let text = RichText::new(text).small().color(theme::faint(ui.visuals()));
            ui.add(egui::Label::new(text).truncate());
        }
    }
    let sides = [photo.shape[1], photo.shape[2]];
    let field = spot.and_then(|spot| match layer.sight {
        Sight::Part(field) => Some(field.of([spot.place[1], spot.place[2]], sides)),
        Sight::All => Some([0.0, 0.0, sides[0] as f32, sides[1] as f32]),
        Sight::Unknown => None,
    });
    if let Some([top, left, tall, wide]) = field {
        let rect = map.cells(top, left, tall, wide);
        let painter = ui.painter_at(map.rect.expand(2.0));
        painter.rect_stroke(rect, 0.0, Stroke::new(4.0, Color32::from_black_alpha(160)), StrokeKind::Middle);
        painter.rect_stroke(rect, 0.0, Stroke::new(2.0, theme::ACCENT), StrokeKind::Middle);
    }
    let text = match field {
        Some([_, _, tall, wide]) => {
            format!("The unit sees {wide:.0} × {tall:.0} of {} × {}", sides[1], sides[0])
        }
        None if spot.is_some() => {
            "What a unit of this layer sees cannot be told from its operators".to_owned()
        }
        None => "Point at a map to see what its unit sees".to_owned(),
    };
    let text = RichText::new(text).small().color(theme::faint(ui.visuals()));
    ui.add(egui::Label::new(text).wrap());
}
