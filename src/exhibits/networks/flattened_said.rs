//! The sentence of the page on flattening.

use super::flattened::Layout;
use super::flattened_drawn::{Drawn, best};
use crate::settings::Choice as _;
use crate::viz::facts::grouped;
use crate::viz::{Caption, View, words};

/// Scores that differ by less are alike: sums in another order.
const ALIKE: f32 = 1e-3;

/// What is to be seen, once its numbers are there.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let order = of.of.order;
    let [c, h, _] = order.sizes;
    let count = grouped(order.count() as u64);
    let [read, meant, averaged] = of.of.shares.each_ref().map(|tensor| view.values(tensor));
    let differs = view.values(&of.of.differs)?;
    let (read, meant, averaged, differs) = (read?, meant?, averaged?, *differs.get(1)?);
    let class = best(&meant);
    let [before, after, pooled] =
        [&meant, &read, &averaged].map(|shares| words::percent(shares[class].into()));
    if of.pooled {
        let [flat, small] = of.of.parameters(of.classes.len()).map(|n| grouped(n as u64));
        return Some(Caption::plain(&format!(
            "The means of {} replace [{count}](2) numbers: [{small}](value 6) parameters, not [{flat}](value 5). Places are \
             forgotten: without new training {} has [{pooled}](value 3).",
            words::plural(c, "map", "maps"),
            of.classes[class],
        )));
    }
    if of.expects != order.layout && differs > ALIKE {
        let changed = match before == after {
            true => format!("[scores are off by {}](bad 7)", words::short(differs.into())),
            false => format!("[{} goes from {before} to {after}](bad 3)", of.classes[class]),
        };
        return Some(Caption::broken(&format!(
            "A strip {} meets weights sorted {}: {changed}. [Reordered](good) mends it.",
            order.layout.name(),
            of.expects.name(),
        )));
    }
    let [c, y, x] = order.cell(of.at);
    let [next, below, _] = order.strides();
    let below = match y + 1 < h {
        true => {
            let on = if below == 1 { "place on" } else { "places on" };
            format!("the cell below is [{below}](value 4) {on}")
        }
        false => "no cell is below".to_owned(),
    };
    let index = order.index([c, y, x]);
    let maps = order.sizes[0];
    let other = if c + 1 < maps { "next map" } else { "map before" };
    let other = match maps {
        1 => "there is no other map".to_owned(),
        _ => format!("the same cell of the {other} [{next}](value 4)"),
    };
    Some(match (of.expects, order.layout) {
        (Layout::Last, Layout::Last) => Caption::good(&format!(
            "Strip and weights channels last, the scores differ by [{}](good 3): cell ({c}, {y}, {x}) is number \
             [{index}](focus 2) of {count}, {below}.",
            words::short(differs.into())
        )),
        _ => Caption::plain(&format!(
            "Cell ({c}, {y}, {x}) becomes number [{index}](focus 2) of {count}, counted from 0; {below}, {other}."
        )),
    })
}
