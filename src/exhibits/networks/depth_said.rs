//! The sentence of the page on feature learning.

use super::depth::{BLOCKS, Which, have_learned, read};
use super::depth_drawn::Drawn;
use super::flattened_drawn::best;
use crate::viz::{Caption, View, words};

/// Numbers of panels: the head, and the bars of the probes.
const HEAD: usize = BLOCKS + 1;
const PROBES: usize = BLOCKS + 2;

/// What is to be seen, once its numbers are there.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    for network in &of.of.networks {
        drop(view.values(&network.shares));
    }
    let shares = view.values(&of.blocks().shares);
    let means = view.values(&of.blocks().means[of.block]);
    let player = view.player().filter(|player| have_learned(player));
    let read = player.map(read).unwrap_or_default();
    let percent = |share: f32| words::percent(share.into());
    let [first, last] = [read[0], read[BLOCKS - 1]];
    if let ([Some(a), Some(b)], [Some(c), Some(d)]) = (first, last) {
        let [a, b, c, d] = [a, b, c, d].map(percent);
        return Some(match of.seen() {
            Which::Trained => Caption::plain(&format!(
                "A linear probe reads [{a}](a {PROBES}) after block 1, [{c}](a {PROBES}) after block {BLOCKS}; with random \
                 weights [{b}](b {PROBES}) and [{d}](b {PROBES})."
            )),
            Which::Random => Caption::broken(&format!(
                "Random weights: a probe reads [{b}](bad {PROBES}) after block 1, [{d}](bad {PROBES}) after block \
                 {BLOCKS}. [Trained weights](good) take it from {a} to {c}."
            )),
        });
    }
    let shares = shares?;
    let class = best(&shares);
    let (name, share) = (&of.blocks().classes[class], percent(shares[class]));
    if of.seen() == Which::Random {
        return Some(Caption::broken(&format!(
            "Random weights, the same blocks: the head calls the {} {name}, [{share}](bad {HEAD}), a guess among {}. \
             [Trained weights](good) mend it.",
            of.source,
            shares.len()
        )));
    }
    let means = means?;
    let block = of.block + 1;
    let [sees, _] = of.blocks().sees[of.block];
    let active = means.iter().filter(|mean| **mean > 0.0).count();
    if of.of.is_photo() {
        return Some(Caption::plain(&format!(
            "EfficientNet-Lite0: a cell of [block {block}](value {block}) sees {sees} × {sees} pixels of the photo, {active} of \
             {} maps answer, and the head says [{name} {share}](value {HEAD}).",
            means.len()
        )));
    }
    Some(Caption::plain(&format!(
        "A cell of [block {block}](value {block}) sees {sees} × {sees} pixels; {active} of {} maps answer, and the head \
         says [{name} {share}](value {HEAD}). Play probes all blocks.",
        means.len()
    )))
}
