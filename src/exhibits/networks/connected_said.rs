//! The sentence of the page on dense layers.

use super::connected::Asked;
use super::connected_drawn::{Drawn, Read, signed};
use super::seen::short;
use crate::viz::facts::grouped;
use crate::viz::{Caption, View, words};

/// What is to be seen, once its numbers are there.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let read = Read::of(of.of, view)?;
    let [class, next] = read.pair.map(|class| short(of.classes, class));
    let Asked { feature, gain, .. } = of.asked;
    let (own, lead) = (signed(read.product(feature)), read.lead());
    if gain == 1.0 {
        let leads = format!(
            "**{class}** {} {next} by [{}](value 4)",
            if lead >= 0.0 { "leads" } else { "is behind" },
            words::short(lead.abs())
        );
        if of.folded {
            let [c, h, w] = of.of.kernel;
            return Some(Caption::good(&format!(
                "One kernel of {h} × {w} × {c} a class gives the same logits: difference [{}](good 9). {leads}, \
                 [{own}](focus 3) by feature {feature}.",
                words::short(read.differs)
            )));
        }
        let [first, second] = read.strongest();
        let all = match first == feature || second == feature {
            true => format!("{} products and a bias add up to it", grouped(of.of.sizes[0] as u64)),
            false => format!("feature {feature} gives [{own}](focus 3)"),
        };
        return Some(Caption::plain(&format!(
            "{leads}: [{}](value 3) from feature {first}, [{}](value 3) from {second}; {all}.",
            signed(read.product(first)),
            signed(read.product(second)),
        )));
    }
    let share = |of: &[f32]| words::percent(of[read.pair[0]].into());
    let from = format!("Feature {feature} × {}", words::short(f64::from((gain * 100.0).round() / 100.0)));
    let [before, now] = read.shares.each_ref().map(|shares| share(shares));
    Some(match lead < 0.0 {
        true => Caption::broken(&format!(
            "{from}: {class} goes from {before} to [{now}](bad 5), and [{next} wins by {}](bad 4). [Feature as it was](good) mends it.",
            words::short(-lead)
        )),
        false => Caption::plain(&format!(
            "{from} counts [{own}](focus 3) for {class}, which leads {next} by [{}](value 4): it goes from {before} to \
             [{now}](value 5).",
            words::short(lead)
        )),
    })
}
