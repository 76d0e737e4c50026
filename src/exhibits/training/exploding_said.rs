//! The sentences of the page on exploding gradients.

use super::recurrent::{Cell, TURNS, Told};
use super::recurrent_drawn::{CLIPPED, TAKEN, plain};
use crate::exhibits::deep::drawn::{CURVES, NETWORKS};
use crate::exhibits::deep::rivals::{Broke, Rival, broke, whole_norm};
use crate::nn::RunId;
use crate::nn::player::Run;
use crate::viz::{Caption, View, words};

/// Norms from which on a gradient has exploded, and from which on not even a clipped step helps.
const EXPLODED: f32 = 100.0;
const HOPELESS: f32 = 1e12;
/// Growth and loss over fifty steps that are worth a word.
const GROWN: f64 = 100.0;
const GONE: f64 = 0.01;

/// What the sentence on the deep networks speaks of.
pub struct Said<'a> {
    /// Both networks.
    pub rivals: &'a [Rival; 2],
    /// The largest norm that B lets through.
    pub clip: f32,
    /// Whether they differ in how they begin, and not in clipping.
    pub begins: bool,
}

impl Said<'_> {
    /// What B does, in words.
    fn other(&self) -> String {
        if self.begins { "begun with gain 1".into() } else { format!("clipped at {}", plain(self.clip)) }
    }
}

/// Where a run broke, in words.
fn place(at: Broke) -> String {
    let Broke { step, layer, backward } = at;
    let what = if backward { "its gradient" } else { "its output" };
    format!("Step {step}, layer {layer}: {what} is no finite number any more")
}

/// What a run has right, or that it is broken.
fn right(run: &Run, share: Option<f32>, until: u64) -> String {
    match (broke(run, until), share) {
        (Some(at), _) => format!("broken since step {}", at.step),
        (None, Some(share)) => words::percent(share.into()),
        _ => "not judged yet".into(),
    }
}

/// What is to be seen of the deep networks, once its numbers are there.
pub fn deep(of: &Said<'_>, view: &mut View<'_>) -> Option<Caption> {
    let [a, b] = [whole_norm(view, 0)?, whole_norm(view, 1)?];
    let player = view.player()?;
    let (now, runs) = (player.target(), player.runs());
    let [gain, layers] = [f64::from(of.rivals[0].gain), runs[0].trainer().watched_layers().len() as f64];
    let gain = words::short((gain * 100.0).round() / 100.0);
    let other = of.other();
    if now > 0 {
        let told = [0, 1].map(|run| right(&runs[run], player.unseen(RunId(run)), now));
        let [first, second] = [0, 1].map(|run| broke(&runs[run], now));
        return Some(match (first, second) {
            (Some(at), None) => Caption::plain(&format!(
                "[{}](bad {NETWORKS}) in A. B, {other}, is finite after {now} steps: [{}](b {CURVES}) right.",
                place(at),
                told[1]
            )),
            (Some(at), Some(_)) => Caption::broken(&format!(
                "[{}](bad {NETWORKS}) in A, and B, {other}, is [{}](bad {NETWORKS}). [Gain 1](good) mends it.",
                place(at),
                told[1]
            )),
            _ => Caption::plain(&format!(
                "After {now} steps: {} [{}](a {CURVES}), {} [{}](b {CURVES}) right. Only the {} differs.",
                of.rivals[0].name,
                told[0],
                of.rivals[1].name,
                told[1],
                if of.begins { "gain" } else { "clipping" }
            )),
        });
    }
    let loss = player.runs()[0].evaluations().first().map_or(f32::NAN, |(_, e)| e.loss);
    let [norm, other_norm] = [a, b].map(|norm| words::short(norm.into()));
    let begins = format!("Gain {gain} over {layers} layers: the gradient's norm is");
    Some(match (of.begins, a) {
        (true, a) if !(a < EXPLODED) => Caption::good(&format!(
            "{begins} [{norm}](bad {NETWORKS}). Begun with gain 1, as its scheme says, it is [{other_norm}](good {NETWORKS}): nothing \
             to clip.",
        )),
        (true, _) => Caption::plain(&format!(
            "{begins} [{norm}](a {NETWORKS}), with gain 1 [{other_norm}](b {NETWORKS}). Neither has exploded.",
        )),
        (false, a) if !(a < HOPELESS) => Caption::broken(&format!(
            "{begins} [{norm}](bad {NETWORKS}), the loss [{}](bad {CURVES}): a step of norm {} hardly helps. [Gain 1](good) mends it.",
            words::short(loss.into()),
            plain(of.clip)
        )),
        (false, a) if a > of.clip && a > EXPLODED => Caption::plain(&format!(
            "{begins} [{norm}](a {NETWORKS}), the loss [{}](a {CURVES}). A takes such a step as it is, B shortens it to \
             [{}](b {NETWORKS}).",
            words::short(loss.into()),
            plain(of.clip)
        )),
        (false, a) if a > of.clip => Caption::plain(&format!(
            "{begins} [{norm}](a {NETWORKS}). Nothing has exploded; clipping at [{}](b {NETWORKS}) only shortens the steps of B.",
            plain(of.clip)
        )),
        _ => Caption::plain(&format!(
            "{begins} [{norm}](a {NETWORKS}). That is within [{}](b {NETWORKS}): nothing has exploded, and nothing is clipped.",
            plain(of.clip)
        )),
    })
}

/// What is to be seen of the recurrent net.
pub fn recurrent(told: &Told, gain: f32, clip: f32, cell: Cell) -> Caption {
    let left = f64::from(told.norms[0][0]);
    let [before, after] = told.whole.map(|norm| words::short(norm.into()));
    let back = TURNS - 1;
    let cell = if cell == Cell::Tanh { " with tanh" } else { "" };
    let begins = format!("Gain {}{cell}: {back} steps back the gradient", plain(gain));
    match left {
        left if left > GROWN => Caption::broken(&format!(
            "{begins} is [{} times](bad {TAKEN}) as large. That of W, [{before}](bad {TAKEN}), is clipped to [{after}](b {CLIPPED}); \
             [Recurrent, 1](good) mends it.",
            words::short(left)
        )),
        left if left < GONE => Caption::plain(&format!(
            "{begins} has shrunk to [{}](bad {TAKEN}). Clipping at {} cannot help: it shortens, and brings nothing back.",
            words::short(left),
            plain(clip)
        )),
        left => Caption::good(&format!(
            "{begins} is [{left:.2}](good {TAKEN}) of what it is at the last step: it neither explodes nor vanishes. That of W: \
             [{before}](a {TAKEN}).",
        )),
    }
}
