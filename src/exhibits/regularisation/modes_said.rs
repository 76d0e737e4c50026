//! The sentence of the page on batch norm and dropout.

use super::modes::{BOTH, DROPOUT, NETWORKS, NORM, Order, Told};
use super::modes_drawn::{MEASURED, fits, spread};
use crate::nn::RunId;
use crate::viz::{Caption, View, words};

/// Pictures of a batch up to which its statistics are chance.
const FEW: usize = 16;
/// Shares of unseen pictures under which a network is hardly better than guessing, and from which it has learned.
const GUESSES: f32 = 0.25;
const LEARNED: f32 = 0.5;

/// What is to be seen, once its numbers are there, with `batch` pictures a step.
pub fn said(order: Order, batch: usize, view: &mut View<'_>) -> Option<Caption> {
    let all: [Option<Told>; NETWORKS] = std::array::from_fn(|run| Told::read(view, RunId(run)));
    let [Some(_), Some(norm), Some(dropout), Some(both)] = all else { return None };
    let player = view.player()?;
    let steps = player.target();
    let unseen = [0, NORM].map(|run| player.unseen(RunId(run)).unwrap_or(f32::NAN));
    let at = |network: usize| MEASURED + network;
    if steps == 0 {
        let [training, testing] = norm.spread.map(spread);
        return Some(Caption::plain(&format!(
            "Batch norm gives the batch a spread of [{training}](value {NORM}); running statistics, still those of the start, give \
             [{testing}](value {NORM}) in testing. Play: they follow.",
        )));
    }
    let [norm_gap, dropout_gap] = [&norm, &dropout].map(|told| words::percent(told.gap));
    if !fits(NORM, &norm) && batch > FEW {
        return Some(Caption::broken(&format!(
            "The running statistics lag behind the batches: with them batch norm differs by [{norm_gap}](bad {}) in testing. A lower \
             momentum mends it.",
            at(NORM),
        )));
    }
    if !fits(NORM, &norm) {
        return Some(Caption::broken(&format!(
            "A batch of {batch}: what batch norm takes for mean and variance is chance, and training and testing differ by \
             [{norm_gap}](bad {}). [A batch of 64](good) mends it.",
            at(NORM),
        )));
    }
    if order == Order::DropoutFirst {
        let kept = both.kept();
        let text = format!(
            "Dropout first: batch norm measures a variance that dropout has raised, so that in testing only \
             [{}](bad {}) of the spread is left.",
            words::percent(kept),
            at(BOTH),
        );
        return Some(if fits(BOTH, &both) {
            Caption::plain(&text.replace("(bad", "(value"))
        } else {
            Caption::broken(&format!("{text} [Norm first](good) mends it."))
        });
    }
    if unseen[0] < GUESSES && unseen[1] > LEARNED {
        let [without, with] = unseen.map(|share| words::percent(share.into()));
        return Some(Caption::plain(&format!(
            "Batch norm bears steps that are too large without it: [{without}](value 0) right without, [{with}](value {NORM}) with it, \
             after {steps} steps.",
        )));
    }
    Some(Caption::plain(&format!(
        "After {steps} steps of {batch}: training and testing differ by [{norm_gap}](value {}) with batch norm, by \
         [{dropout_gap}](value {}) with dropout, whose masks are noise.",
        at(NORM),
        at(DROPOUT),
    )))
}
