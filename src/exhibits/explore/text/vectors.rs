//! The sentence vectors as strips of colour, with and without the muted heads.

use egui::{Ui, vec2};

use super::recorded::Recorded;
use crate::viz::{Look, MapStyle, View};

/// Height of a strip in points.
const HEIGHT: f32 = 13.0;

/// Draws the vectors of the sentences, one below the other.
pub fn strips(ui: &mut Ui, view: &mut View<'_>, recorded: &Recorded) {
    let width = recorded.first.shown.sentence.len();
    let mut all = vec![(format!("Embedding: mean over the tokens, {width} numbers"), &recorded.first.shown)];
    if !recorded.muted.is_empty() {
        all.push(("The same with all heads".into(), &recorded.first.intact));
    }
    if let Some(second) = &recorded.second {
        all.push(("Embedding of the second sentence".into(), &second.shown));
        if !recorded.muted.is_empty() {
            all.push(("The same with all heads".into(), &second.intact));
        }
    }
    let size = vec2(ui.available_width(), HEIGHT);
    for (title, side) in all {
        let style = MapStyle::new(&title, Look::Diverging, 0.0).size(size).stretched().without_bar();
        view.map(ui, &side.sentence, 0, style);
    }
}
