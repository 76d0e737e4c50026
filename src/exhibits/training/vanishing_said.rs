//! The sentence of the page on vanishing gradients.

use crate::exhibits::deep::drawn::{CURVES, NETWORKS, slope_in_words};
use crate::exhibits::deep::rivals::{Rival, norms, reaches};
use crate::nn::RunId;
use crate::viz::{Caption, View, words};

/// Share of the last layer's gradient under which the first one's has vanished, and under which a step of it is lost in the
/// rounding of the weights.
const VANISHED: f64 = 1e-6;
const LOST: f64 = 1e-15;
/// What hardly differs from guessing.
const GUESSING: f32 = 0.16;

/// What the sentence speaks of.
pub struct Said<'a> {
    /// Both networks.
    pub rivals: &'a [Rival; 2],
    /// Whether they differ in skips, and not in their activation.
    pub skips: bool,
    /// The activation of A.
    pub own: &'a str,
}

/// A share of the last layer's gradient.
fn share(of: f64) -> String {
    match of {
        of if of.is_nan() => "NaN".into(),
        // Squares of less are 0 in f32.
        0.0 => "under 10⁻¹⁸".into(),
        of => words::short(of),
    }
}

/// The first letter large, to begin a sentence.
fn begun(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is to be seen, once its numbers are there. `tops`: the largest slope of each activation.
pub fn said(of: &Said<'_>, view: &mut View<'_>, tops: [f64; 2]) -> Option<Caption> {
    let read = [norms(view, 0)?, norms(view, 1)?];
    let layers = read[0].len();
    let [a, b] = [reaches(&read[0]), reaches(&read[1])];
    let names = [0, 1].map(|run| of.rivals[run].name.as_str());
    let [from_a, from_b] = [a, b].map(share);
    let player = view.player()?;
    if player.target() > 0 {
        let right = [0, 1].map(|run| player.unseen(RunId(run)));
        let told = |run: usize| match right[run] {
            Some(share) if share < GUESSING => format!("{}, guessing", words::percent(share.into())),
            Some(share) => words::percent(share.into()),
            None => "not judged yet".into(),
        };
        let text = format!(
            "After {} steps: [{} {}](a {CURVES}), [{} {}](b {CURVES}). First layer's gradient over the last one's: \
             [{from_a}](a {NETWORKS}) and [{from_b}](b {NETWORKS}).",
            player.target(),
            names[0],
            told(0),
            names[1],
            told(1),
        );
        return Some(Caption::plain(&text));
    }
    let slope = slope_in_words(tops[0]);
    let own = begun(of.own);
    if of.skips {
        let text = format!(
            "{own} with a way around each layer: the first of {layers} gets [{from_b}](b {NETWORKS}) times the last one's gradient, \
             plain [{from_a}](a {NETWORKS})."
        );
        return Some(if b > VANISHED && a < VANISHED { Caption::good(&text) } else { Caption::plain(&text) });
    }
    if a < LOST {
        return Some(Caption::broken(&format!(
            "{own}, {layers} layers: the first gets [{from_a}](bad {NETWORKS}) times the last one's gradient, too little to move a \
             weight; {}: [{from_b}](b {NETWORKS}). [Ways around](good) mend it.",
            names[1]
        )));
    }
    if a < VANISHED && b < VANISHED {
        return Some(Caption::broken(&format!(
            "The first of {layers} layers gets [{from_a}](bad {NETWORKS}) times the last one's gradient with {}, \
             [{from_b}](bad {NETWORKS}) with {}. [Ways around](good) mend it.",
            names[0], names[1]
        )));
    }
    Some(Caption::plain(&format!(
        "{own}: the first of {layers} layers gets [{from_a}](a {NETWORKS}) times the last one's gradient; {}: \
         [{from_b}](b {NETWORKS}). The slope of {} is at most **{slope}**.",
        names[1], of.own
    )))
}
