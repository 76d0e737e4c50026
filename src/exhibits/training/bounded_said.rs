//! The sentence of the page on layers and units.

use super::bounded::{Bounded, Size, right};
use super::bounded_drawn::{ALL_UNITS, PARAMETERS, PLANES};
use crate::viz::{Caption, View, words};

/// So few units in the first layer that their edges enclose nothing.
const TOO_FEW: usize = 2;
/// Share of unseen points from which on a network has solved them, and distance from the batches that is learning by heart.
const SOLVED: f64 = 0.95;
const BY_HEART: f64 = 0.1;
/// Parameters for each point to learn from, from which on the points can be learned by heart.
const FOR_EACH: usize = 8;

/// What is to be seen, once its numbers are there.
pub fn said(of: &Bounded, view: &View<'_>) -> Option<Caption> {
    let [a, b] = of.sizes;
    let [own, other] = [right(view, 0)?, right(view, 1)?];
    let steps = view.player()?.target();
    let [unseen, rival] = [own[1], other[1]].map(words::percent);
    let [at_a, at_b] = PLANES;
    let few = a.units <= TOO_FEW;
    let mends = "[Enough units](good) mends it.";
    let counts = [a, b].map(Size::parameters);
    let both = if counts[0] == counts[1] {
        format!("[{} parameters](value {PARAMETERS}) each", counts[0])
    } else {
        format!("[{} and {} parameters](value {PARAMETERS})", counts[0], counts[1])
    };
    if steps == 0 {
        let points = of.points[0].len();
        return Some(if counts[0] >= FOR_EACH * points {
            Caption::broken(&format!(
                "{both} for [{points} points](bad {at_a}): enough to learn every one of them by heart, noise and all. Play. \
                 [More points](good) mend it.",
            ))
        } else if few {
            Caption::broken(&format!(
                "A has [{}](bad {ALL_UNITS}) a layer, {both}: {} cannot enclose a region. Play, then look at [A](a {at_a}). {mends}",
                words::plural(a.units, "unit", "units"),
                words::plural(a.units, "edge", "edges"),
            ))
        } else {
            Caption::plain(&format!(
                "{both}: [{}](a {at_a}) against [{}](b {at_b}). First layers draw straight edges, later ones bend them. Play.",
                a.name(),
                b.name(),
            ))
        });
    }
    let text = format!(
        "After {steps} steps, {both}: [{}, {unseen}](a {at_a}) of unseen points right; [{}, {rival}](b {at_b}).",
        a.name(),
        b.name(),
    );
    if few && own[1] < SOLVED {
        return Some(Caption::broken(&format!("{text} {mends}")));
    }
    if own[0] - own[1] > BY_HEART {
        return Some(Caption::broken(&format!(
            "After {steps} steps A, [{}](a {at_a}), has {} of its points right, [{unseen}](bad {at_a}) of the unseen: learned by heart. \
             [More points](good) mend it.",
            a.name(),
            words::percent(own[0]),
        )));
    }
    Some(if own[1] >= SOLVED { Caption::good(&text) } else { Caption::plain(&text) })
}
