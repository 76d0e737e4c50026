//! The sentence of the page on zeros.

use super::twins::{Scheme, Twins, plain};
use super::twins_drawn::{BELOWS, Drawn, MEASURED, NETWORKS, size};
use crate::nn::RunId;
use crate::viz::{Caption, View, words};

/// What is to be seen, once its numbers are there.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let [a, b] = [0, 1].map(|run| Twins::read(view, RunId(run)));
    let (a, b) = (a?, b?);
    let player = view.player()?;
    let steps = player.target();
    let right = [0, 1].map(|run| player.unseen(RunId(run)).map(|share| words::percent(share.into())));
    let right = match (&right, steps) {
        ([Some(a), Some(b)], 1..) => Some([a, b]),
        _ => None,
    };
    let start = of.starts[0];
    let (units, rival) = (a.units(), of.starts[1].name());
    let cosine = a.told_least();
    let (network, distinct) = (NETWORKS[0], MEASURED);
    if a.hidden == 0.0 {
        let mends = "[All different](good) mends it.";
        return Some(Caption::broken(&match right {
            Some([one, other]) if a.out[0] == 0.0 => format!(
                "After {steps} steps the hidden gradient is still [exactly 0](bad {network}): only the output bias learns. \
                 [{one} right](a {BELOWS}), {rival} [{other}](b {BELOWS}). {mends}"
            ),
            _ if a.out[0] == 0.0 => format!(
                "{}: the gradient of all {units} hidden units is [exactly 0](bad {network}), only the output bias gets \
                 [{}](value {network}). {mends}",
                capital(&start.name()),
                size(a.out[1])
            ),
            _ => format!(
                "{}: in the first step the gradient of all {units} hidden units is [exactly 0](bad {network}); later all get \
                 the same. {mends}",
                capital(&start.name())
            ),
        }));
    }
    if a.distinct < units {
        let one = words::plural(a.distinct, "unit", "units");
        let text = match right {
            Some([own, other]) => format!(
                "After {steps} steps all {units} hidden units are still [{one}](value {distinct}) (cosine \
                 [{cosine}](value {BELOWS})): [{own} right](a {BELOWS}), {rival} [{other}](b {BELOWS})."
            ),
            None => format!(
                "{}: all {units} hidden units begin as [{one}](value {distinct}) (cosine [{cosine}](value {BELOWS})) and get \
                 one gradient, so no step parts them. Play.",
                capital(&start.name())
            ),
        };
        return Some(if start.scheme == Scheme::Zeros {
            Caption::broken(&format!("{text} [All different](good) mends it."))
        } else {
            Caption::plain(&text)
        });
    }
    Some(match (start.is_noisy(), right) {
        (true, None) => Caption::plain(&format!(
            "Noise of {} makes [{} of {units}](value {distinct}) units distinct, the least cosine being \
             [{cosine}](value {BELOWS}): Play, and steps widen what differs.",
            plain(start.noise),
            a.distinct
        )),
        (true, Some([one, other])) => Caption::plain(&format!(
            "After {steps} steps noise of {} has parted the {units} units: least cosine [{cosine}](value {BELOWS}), \
             [{one} right](a {BELOWS}), {rival} [{other}](b {BELOWS}).",
            plain(start.noise)
        )),
        (false, None) => Caption::good(&format!(
            "Random weights: [{} of {units}](good {distinct}) units are distinct, cosines go down to \
             [{cosine}](value {BELOWS}). B, {rival}, begins as [{}](b {}).",
            a.distinct,
            words::plural(b.distinct, "unit", "units"),
            NETWORKS[1]
        )),
        (false, Some([one, other])) => Caption::good(&format!(
            "After {steps} steps [{} distinct units](good {distinct}) have [{one} right](a {BELOWS}); B, {rival}, is still \
             [{}](b {}): [{other}](b {BELOWS}).",
            a.distinct,
            words::plural(b.distinct, "unit", "units"),
            NETWORKS[1]
        )),
    })
}

/// With a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
