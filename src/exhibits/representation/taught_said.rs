//! The sentence of a head that learns the user's own pictures.

use super::taught::{FEATURES, PIXELS, Taught};
use super::transferred::unseen_of;
use crate::viz::{Caption, View, words};

/// Number of the first of the measured figures among the panels.
const MEASURED: usize = 1;
/// What one head has to be ahead by to be called better.
const AHEAD: f64 = 0.1;

/// What is to be seen, once its numbers are there.
pub fn said(of: &Taught, view: &View<'_>) -> Option<Caption> {
    let player = view.player()?;
    let groups = of.pictures.groups.len();
    let [learned, held_back] = [false, true].map(|held_back| of.pictures.set(held_back).count());
    let learned = words::plural(learned, "picture", "pictures");
    if player.target() == 0 {
        return Some(Caption::plain(&format!(
            "[{learned}](value 0) of {groups} groups; one new layer learns on what EfficientNet sees in them, another on pixels. Play."
        )));
    }
    let right = [FEATURES, PIXELS].map(|head| unseen_of(player, head));
    let [features, pixels] = right.map(words::percent);
    let at = [FEATURES, PIXELS].map(|head| MEASURED + head);
    let means = match right[FEATURES] - right[PIXELS] {
        ahead if ahead > AHEAD => "Features that were learned elsewhere know what matters.",
        ahead if ahead < -AHEAD => "Here pixels tell more.",
        _ => "Here pixels tell as much.",
    };
    Some(Caption::plain(&format!(
        "Of {held_back} unseen, [{features}](value {}) are right on features, on pixels [{pixels}](value {}). {means}",
        at[0], at[1],
    )))
}
