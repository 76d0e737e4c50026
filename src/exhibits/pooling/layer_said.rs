//! The sentence of the page on what is set of a pooling layer.

use super::layer::{Layer, Recorded, between};
use super::pooled::Kind;
use crate::viz::facts::grouped;
use crate::viz::{Caption, View, words};

/// What is to be seen, once its numbers are there. Panels: input, lens, output, the seven changes, then the measured
/// figures: output, never read, part windows, parameters.
pub fn said(of: &Recorded, view: &mut View<'_>) -> Option<Caption> {
    let Recorded { layer, p, .. } = of;
    let Layer { kind, window, stride, dilation, .. } = layer;
    let sizes = format!("{0} × {0} → [{1} × {1}](value 2)", p.h, p.oh);
    let at = match dilation {
        1 => format!("Window **{window}** at stride **{stride}**"),
        _ => format!("Window **{window}**, dilation **{dilation}**, stride **{stride}**"),
    };
    let (outputs, all) = ((p.oh * p.ow) as usize, (p.h * p.w) as usize);
    let (count, taps) = (|n: usize| grouped(n as u64), window.pow(2));
    let free = "[0](value 13) parameters are learned";
    let (parts, whole) = of.sorted();
    if !parts.is_empty() {
        let (least, most) = of.seen_by(&parts);
        let seen = between(least, most);
        let (fewest, others) = of.seen_by(&whole);
        let others = if fewest == others { others.to_string() } else { format!("up to {others}") };
        let share = format!("{} of {}", count(parts.len()), count(outputs));
        let adds = "Ceil mode adds a row and column of part windows";
        let noun = if *kind == Kind::Average { "averages" } else { "sums" };
        return Some(match kind {
            Kind::Max => Caption::plain(&format!(
                "{adds}: {sizes}. [{share}](value 2) maxima are of {seen} cells, the others of {others}."
            )),
            _ => Caption::broken(&format!(
                "{adds}: [{share}](bad 2) {noun} see {seen} cells, the others {others}. [Whole windows](good) mends it."
            )),
        });
    }
    if let Some(share) = of.darkened(view) {
        let share = format!("[{}](value 2)", words::percent(share));
        return Some(Caption::plain(&if layer.counts {
            format!(
                "Padding counts as 0: averages at the border fall to {share} of what their real cells give. {sizes}."
            )
        } else {
            format!(
                "Padding is left out of the averages: counted as 0 it would pull the border down to {share}. {sizes}."
            )
        }));
    }
    // The numbers are there, or a moment away: only an average over padding needs them.
    view.values(&of.y)?;
    let unread = of.unread().len();
    let never = format!("[{} of {}](value 0) cells", count(unread), count(all));
    let once = of.reads.iter().copied().max().unwrap_or(0);
    let whole = of.seen.iter().all(|seen| *seen as usize == taps);
    Some(match of.left_over() {
        Some(left) => {
            let last =
                if left == 1 { "row and column".to_owned() } else { format!("{left} rows and columns") };
            Caption::plain(&format!(
                "{at} fits [{}](value 2) into {} cells: the last {last}, {never}, stay unread. {free}.",
                words::plural(p.oh as usize, "time", "times"),
                p.h
            ))
        }
        None if unread > 0 => Caption::plain(&format!(
            "{at} leaves {never} unread, between what it reads: {sizes}; [0](value 13) parameters."
        )),
        None if layer.ceil && whole && *kind != Kind::Max => Caption::good(&format!(
            "{at} ends on the last cell: ceil mode adds nothing, and each of [{}](good 2) outputs sees **{}**.",
            count(outputs),
            words::plural(taps, "cell", "cells")
        )),
        None if once > 1 => Caption::plain(&format!(
            "{at} overlaps: {sizes}, every cell is read, some in [{once}](value 0) windows. {free}."
        )),
        None => Caption::plain(&format!("{at} reads every cell [once](value 0): {sizes}. {free}.")),
    })
}
