//! The sentence of the page on ReLU.

use super::rectified::{Activation, ONE, PICTURES, Told};
use super::rectified_drawn::{Drawn, plain};
use crate::nn::RunId;
use crate::recipes::blocks::WIDTH;
use crate::recipes::gated::GATES;
use crate::viz::{Caption, View, words};

/// Numbers of panels: the map behind the activation, the gradient that passed; the measured figures.
const AFTER: usize = 1;
const PASSED: usize = 3;
const ZEROS: usize = 11;
const DEAD: usize = 13;
const PAIR: usize = 14;
/// The curves of the training.
const CURVES: usize = 15;

/// What is to be seen, once its numbers are there.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let told = of.of.read(view)?;
    let trained = trained(view);
    let Told { zeros, passes, apart, dead, .. } = told;
    let asked = of.of.asked;
    let (chosen, name) = (asked.activation as usize, of.name());
    let apart = apart.map(words::short);
    let share = words::percent(zeros[chosen]);
    let pass = words::percent(passes[chosen]);
    let (map, number) = (words::percent(told.map), asked.map + 1);
    if dead[0] > 0 && asked.bias < 0.0 {
        let end = trained.as_ref().map_or_else(
            || "no gradient reaches them".to_owned(),
            |(steps, [a, _])| format!("after {steps} steps [ReLU: {}](bad {CURVES})", a.told(true)),
        );
        return Some(Caption::broken(&format!(
            "Bias {}: [{} of {WIDTH} maps](bad {DEAD}) are 0 for all {PICTURES} pictures, {end}. [Leaky instead](good) mends it.",
            plain(asked.bias),
            dead[0],
        )));
    }
    if let Some((steps, [a, b])) = trained {
        let [first, second] = of.raced();
        return Some(Caption::plain(&format!(
            "After {steps} steps: [{first}: {}](a {CURVES}), [{second}: {}](b {CURVES}). Only the activation differs.",
            a.told(true),
            b.told(false),
        )));
    }
    Some(match asked.activation {
        Activation::None => Caption::plain(&format!(
            "Without an activation two convolutions are one of {ONE} × {ONE}: difference [{}](value {PAIR}). With ReLU it is \
             [{}](value {PAIR}) of the largest value.",
            apart[0], apart[1]
        )),
        Activation::Leaky if dead[1] > 0 => Caption::good(&format!(
            "A slope of {} below 0 passes [{pass}](good {PASSED}) of the gradient: [{} of {WIDTH} maps](good {DEAD}) are dead, with \
             ReLU **{}**.",
            plain(asked.slope),
            dead[0],
            dead[1],
        )),
        Activation::Relu if dead[0] > 0 => Caption::plain(&format!(
            "With ReLU [{share}](value {ZEROS}) of the cells are 0. Training has left [{} of {WIDTH} maps](value {DEAD}) dead: 0 \
             for all {PICTURES} test pictures.",
            dead[0]
        )),
        Activation::Relu => Caption::plain(&format!(
            "With ReLU [{share}](value {ZEROS}) of cells are 0 ([{map}](value {AFTER}) of map {number}), [{pass}](value {PASSED}) of the \
             gradient passes. Without it two convolutions are one, but for [{}](value {PAIR}).",
            apart[0]
        )),
        _ => Caption::plain(&format!(
            "With {name} [{share}](value {ZEROS}) of the cells are exactly 0, with ReLU **{}**; [{pass}](value {PASSED}) of the gradient \
             passes, with ReLU **{}**.",
            words::percent(zeros[Activation::Relu as usize]),
            words::percent(passes[Activation::Relu as usize]),
        )),
    })
}

/// What a network has come to.
struct Learned {
    /// Maps that were dead in the last batch.
    dead: usize,
    /// Share of unseen pictures that it had right when it was judged last.
    right: Option<f32>,
}

impl Learned {
    /// In words, with how many maps there are or without.
    fn told(&self, whole: bool) -> String {
        let of = if whole { format!(" of {GATES} maps") } else { String::new() };
        let right = self.right.map(|share| format!(", {} right", words::percent(share.into())));
        format!("{}{of} dead{}", self.dead, right.unwrap_or_default())
    }
}

/// The steps that were trained, and what both networks have come to.
fn trained(view: &View<'_>) -> Option<(u64, [Learned; 2])> {
    let player = view.player().filter(|player| player.target() > 0 && player.runs().len() == 2)?;
    let of = |run: usize| {
        let last = player.runs()[run].noted(0).take(player.target() as usize).last()?;
        Some(Learned { dead: last[1] as usize, right: player.unseen(RunId(run)) })
    };
    Some((player.target(), [of(0)?, of(1)?]))
}
