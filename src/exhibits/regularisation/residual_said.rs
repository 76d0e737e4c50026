//! The sentence of the page on residual learning.

use super::residual_read::back;
use crate::exhibits::deep::drawn::{CURVES, NETWORKS};
use crate::exhibits::deep::rivals::{norms, reaches};
use crate::nn::RunId;
use crate::viz::figures::series::smoothed;
use crate::viz::{Caption, View, words};

/// Share of the last layer's gradient under which the first one's has vanished.
const VANISHED: f64 = 1e-6;
/// Share of what the other network's block hands back under which the missing skip is told as what is broken.
const STARVED: f64 = 0.2;

/// Share of it from which on nobody would call the first one's small.
const SOUND: f64 = 0.1;
/// Share of the plain network's loss under which the residual one has learned more.
const LESS: f64 = 0.7;

/// What the sentence speaks of.
pub struct Said {
    /// The block, from 1, whose skip B lacks; `None`: A has no skips, B has all.
    pub cut: Option<usize>,
}

/// The loss at the end of a run's curve, up to the step that is shown.
fn loss(view: &View<'_>, run: usize) -> Option<f64> {
    let player = view.player()?;
    let history = player.run(RunId(run)).history();
    let until = (player.target() as usize).min(history.len());
    let points: Vec<[f32; 2]> = history[..until].iter().map(|r| [r.step as f32 + 1.0, r.loss]).collect();
    Some(f64::from(smoothed(&points, until.checked_sub(1)?)))
}

/// What is to be seen, once its numbers are there.
pub fn said(of: &Said, view: &mut View<'_>) -> Option<Caption> {
    match of.cut {
        Some(block) => one(block, view),
        None => all(view),
    }
}

/// Plain against residual.
fn all(view: &mut View<'_>) -> Option<Caption> {
    let read = [norms(view, 0)?, norms(view, 1)?];
    let layers = read[0].len();
    let [a, b] = [reaches(&read[0]), reaches(&read[1])];
    let told = |share: f64| if share == 0.0 { "under 10⁻¹⁸".into() } else { words::short(share) };
    let [from_a, from_b] = [a, b].map(told);
    let steps = view.player()?.target();
    if steps > 0 {
        let losses = [loss(view, 0)?, loss(view, 1)?];
        let [loss_a, loss_b] = losses.map(words::short);
        let so = consequence([a, b], losses);
        return Some(Caption::plain(&format!(
            "After {steps} steps: training loss [plain {loss_a}](a {CURVES}), [residual {loss_b}](b {CURVES}). First gradient over \
             last: [{from_a}](a {NETWORKS}) and [{from_b}](b {NETWORKS}){so}."
        )));
    }
    let reaches = format!(
        "The first of {layers} layers gets [{from_a}](a {NETWORKS}) times the last one's gradient plain, \
         [{from_b}](b {NETWORKS}) with skips"
    );
    Some(match (a < VANISHED, b < VANISHED) {
        (true, false) => Caption::good(&format!("{reaches}: the way around carries it. Play: who learns?")),
        (false, false) => Caption::plain(&format!("{reaches}: it vanishes in neither. Play: who learns?")),
        _ => Caption::plain(&format!("{reaches}: both have next to nothing to learn from.")),
    })
}

/// What follows from the first layer's share of the gradient and the loss, plain and residual.
fn consequence([a, b]: [f64; 2], losses: [f64; 2]) -> &'static str {
    if ![a, b, losses[0], losses[1]].iter().all(|v| v.is_finite()) {
        return ": numbers have overflowed";
    }
    match (a < VANISHED, b < VANISHED) {
        (true, false) => ": only with skips it arrives",
        (false, true) => ": only without skips it arrives",
        (true, true) => ": it arrives in neither",
        (false, false) if losses[1] < LESS * losses[0] && a < SOUND => {
            ": small in plain, but it has not vanished"
        }
        (false, false) if losses[1] < LESS * losses[0] => ", so vanishing is not what holds plain back",
        (false, false) if losses[0] < LESS * losses[1] => ": it arrives in both, and plain is ahead",
        (false, false) => ": it arrives in both",
    }
}

/// All skips against all but one.
fn one(block: usize, view: &mut View<'_>) -> Option<Caption> {
    let [a, b] = [back(view, 0, block - 1, true), back(view, 1, block - 1, false)];
    let [a, b] = [a?, b?].map(|of| of.on / of.arrives);
    let [on, off] = [a, b].map(words::short);
    let starved = b < STARVED * a;
    let voice = if starved { "bad" } else { "b" };
    let mended = if starved { " [Put it back](good) mends it." } else { "" };
    let steps = view.player()?.target();
    let text = if steps > 0 {
        let [loss_a, loss_b] = [words::short(loss(view, 0)?), words::short(loss(view, 1)?)];
        format!(
            "After {steps} steps: loss [{loss_a}](a {CURVES}) with skip {block}, [{loss_b}]({voice} {CURVES}) without; its block \
             hands back [{on}](a {NETWORKS}) and [{off}]({voice} {NETWORKS}) times its gradient.{mended}"
        )
    } else {
        format!(
            "With skip {block} its block hands back [{on}](a {NETWORKS}) times the gradient that arrives, without it \
             [{off}]({voice} {NETWORKS}).{mended}"
        )
    };
    Some(if starved { Caption::broken(&text) } else { Caption::plain(&text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_told_whatever_has_vanished() {
        assert_eq!(consequence([2.7, 2.5], [2.3, 1.1]), ", so vanishing is not what holds plain back");
        assert_eq!(consequence([2.7, 2.5], [1.3, 1.1]), ": it arrives in both");
        assert_eq!(consequence([0.005, 3.1], [2.3, 1.1]), ": small in plain, but it has not vanished");
        assert_eq!(consequence([1e-14, 0.5], [2.3, 1.5]), ": only with skips it arrives");
        assert_eq!(consequence([0.5, f64::NAN], [2.3, 1.5]), ": numbers have overflowed");
    }
}
