//! The sentence of the page on random weights.

use super::spread::{Activation, Spread};
use super::spread_drawn::{DEVIATIONS, FAR, RIDGES, told};
use crate::settings::Choice as _;
use crate::viz::{Caption, View, words};

/// What is to be seen, once its numbers are there.
pub fn said(of: &Spread, view: &mut View<'_>) -> Option<Caption> {
    let read = of.read(view)?;
    let asked = &of.asked;
    let [first, last] = [*read.forward.first()?, *read.forward.last()?];
    let [back, seed] = [*read.backward.first()?, *read.backward.last()?];
    let on = match asked.activation {
        Activation::None => "without an activation".to_owned(),
        act => format!("on {}", act.name()),
    };
    let (scheme, depth) = (asked.scheme.name(), asked.depth);
    let gain = words::short(f64::from(asked.gain));
    let name = format!("{scheme} {on}, gain {gain}");
    let name = name[..1].to_uppercase() + &name[1..];
    let [from, to] = [first, last].map(told);
    let (ratio, returned) = (last / first, back / seed);
    let kept = 1.0 / FAR..=FAR;
    if !kept.contains(&ratio) {
        let way = if ratio < 1.0 { "falls" } else { "grows" };
        return Some(Caption::broken(&format!(
            "{name}: the deviation {way} from [{from}](value {DEVIATIONS}) in layer 1 to [{to}](bad {}) in layer {depth}. \
             [He, uniform](good) mends it.",
            RIDGES[0]
        )));
    }
    if !kept.contains(&returned) {
        return Some(Caption::broken(&format!(
            "{name}: layer {depth} still has deviation [{to}](value {DEVIATIONS}), but layer 1 gets [{}](bad {}) of the gradient. \
             [He, uniform](good) mends it.",
            times(returned),
            RIDGES[1]
        )));
    }
    Some(Caption::plain(&format!(
        "{name}: layer 1 has deviation [{from}](value {DEVIATIONS}), layer {depth} still [{to}](a {}), and a gradient comes back \
         as [{}](b {}).",
        RIDGES[0],
        times(returned),
        RIDGES[1]
    )))
}

/// A factor in words.
fn times(factor: f64) -> String {
    format!("{}×", told(factor))
}
