//! The sentence vectors as strips of colour, with and without the muted heads.

use egui::{Align2, FontId, Sense, Ui, vec2};

use super::recorded::Recorded;
use crate::viz::{Look, MapStyle, View, theme};

/// Height of a strip in points.
const HEIGHT: f32 = 12.0;
/// Width of its name.
const NAME: f32 = 76.0;

/// Draws the vectors of the sentences, one below the other.
pub fn strips(ui: &mut Ui, view: &mut View<'_>, recorded: &Recorded) {
    let width = recorded.first.shown.sentence.len();
    let mut all = Vec::new();
    for (name, side) in [("embedding", Some(&recorded.first)), ("second", recorded.second.as_ref())] {
        let Some(side) = side else { continue };
        all.push((name, format!("Mean over the tokens, scaled to length 1: {width} numbers"), &side.shown));
        if !recorded.muted.is_empty() {
            all.push(("… unmuted", "The same with all heads at work".to_owned(), &side.intact));
        }
    }
    let size = vec2(ui.available_width() - NAME, HEIGHT);
    ui.spacing_mut().item_spacing = vec2(0.0, 4.0);
    for (name, about, side) in all {
        ui.horizontal_top(|ui| {
            ui.set_min_height(HEIGHT);
            let (rect, label) = ui.allocate_exact_size(vec2(NAME, HEIGHT), Sense::hover());
            let (font, ink) = (FontId::proportional(12.0), theme::faint(ui.visuals()));
            ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, name, font, ink);
            label.on_hover_text(about);
            let style = MapStyle::new(name, Look::Diverging, 0.0).size(size).stretched().without_bar();
            view.map(ui, &side.sentence, 0, style.untitled());
        });
    }
}
