//! The sentence of the page on the two cross-entropies.

use super::labels::Numbers;
use super::labels_drawn::{Drawn, Format};
use crate::viz::{Caption, View, words};

/// Mean loss below which a batch counts as learned.
const LEARNED: f64 = 0.05;
/// Classes from which on the memory of labels is the subject.
const MANY: usize = 100;

/// What is to be seen, once its numbers are there. Panels: labels as vectors, gradient, indices, sparse gradient, logits,
/// sample, losses, bytes, then the measured figures.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let numbers = Numbers::of(of.of, view)?;
    let [n, k] = of.of.asked.sizes;
    let [a, b] = numbers.sides.each_ref().map(|side| words::short(side.mean));
    let [loss, gradient] = numbers.differ.map(words::short);
    let [vectors, indices] = of.of.asked.bytes();
    let less = words::ratio(vectors as f64, indices as f64);
    let bytes = [vectors, indices].map(words::bytes);
    if of.of.soft {
        return Some(match of.format {
            Format::Indices => Caption::broken(&format!(
                "An index keeps the argmax of a soft label alone: loss [{b}](bad 9) instead of [{a}](a 8), gradients off by \
                 [{gradient}](bad 3). [Soft as vectors](good) mends it."
            )),
            Format::Vectors => Caption::good(&format!(
                "As vectors, soft labels keep all {k} numbers of a row: loss [{a}](a 8). Indices would give [{b}](b 9), gradients off \
                 by [{gradient}](value 10)."
            )),
        });
    }
    Some(if k >= MANY {
        Caption::plain(&format!(
            "{k} classes: {n} one-hot labels take [{}](a 7), {n} indices [{}](b 7), [{less}](value 12). Loss [{a}](a 8) \
             both ways, gradients differ by {gradient}.",
            bytes[0], bytes[1]
        ))
    } else if numbers.sides[0].mean < LEARNED {
        let largest = numbers.sides[0].gradient.iter().fold(0.0_f32, |most, d| most.max(d.abs()));
        Caption::plain(&format!(
            "Sure and right: both losses are [{a}](a 8), difference [{loss}](value 10), and no gradient is above \
             [{}](a 1).",
            words::short(largest.into())
        ))
    } else {
        Caption::plain(&format!(
            "Loss [{a}](a 8) and [{b}](b 9), gradients differ by [{gradient}](value 10): one-hot labels take \
             [{}](a 7), indices [{}](b 7).",
            bytes[0], bytes[1]
        ))
    })
}
