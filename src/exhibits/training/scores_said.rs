//! The sentence of the page on sigmoid and softmax.

use super::scores::{Form, Numbers};
use super::scores_drawn::{Drawn, total};
use crate::viz::{Caption, View, words};

/// What is to be seen, once its numbers are there. Panels: logits, softmax, sigmoid, worked class, gradients, moves, then
/// the measured figures.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let numbers = Numbers::of(of.of, view)?;
    let asked = &of.of.asked;
    let k = asked.logits.len();
    let [stable, naive] = &numbers.forms;
    let percent = |p: f32| words::percent(p.into());
    let [right, first] = [asked.right[0], *asked.right.last()?];
    let own = |i: usize, class: usize| percent(stable.shares[i][class]);
    let [sums, before] = [stable.sums()[1], numbers.before[1].iter().map(|p| f64::from(*p)).sum()];
    let largest = words::short(numbers.largest);
    let lost = naive.lost();
    if of.form == Form::Naive {
        return Some(match lost {
            0 if naive.sum.is_finite() => Caption::plain(&format!(
                "Naive softmax still agrees with the stable one, difference [{}](value 10): Σ e^x is [{}](a 3). In 32 bits \
                 e^89 is ∞.",
                words::short(numbers.forms_differ),
                words::short(naive.sum)
            )),
            0 => Caption::plain(&format!(
                "Worked out in 64 bits, e^{largest} still fits, and naive softmax differs by [{}](value 10). In 32 bits it \
                 is ∞.",
                words::short(numbers.forms_differ)
            )),
            _ => Caption::broken(&format!(
                "Logits near {largest}: Σ e^x is [{}](bad 3) in 32 bits, and [{lost} of {k}](bad 1) probabilities are NaN, \
                 gradients too. [Stable](good) mends it.",
                words::short(naive.sum)
            )),
        });
    }
    if lost > 0 {
        return Some(Caption::good(&format!(
            "Logits near {largest}, the largest taken off first: class {} keeps [{}](a 1). Naive, [{lost} of {k}](bad 10) \
             are NaN.",
            right + 1,
            own(0, right)
        )));
    }
    Some(if asked.shift != 0.0 {
        Caption::plain(&format!(
            "Add {} to every logit: softmax moves by [{}](a 1), while the sigmoids add up to [{}](b 2) instead of {}.",
            words::short(asked.shift.into()),
            words::short(numbers.shift_moves),
            total(sums),
            total(before)
        ))
    } else if first != right {
        Caption::plain(&format!(
            "Classes {} and {} are both right: sigmoid gives them [{}](b 2) and [{}](b 2), softmax makes them share: \
             [{}](a 1) and [{}](a 1).",
            right + 1,
            first + 1,
            own(1, right),
            own(1, first),
            own(0, right),
            own(0, first)
        ))
    } else if k == 2 {
        let gap = f64::from(numbers.x[0]) - f64::from(numbers.x[1]);
        Caption::plain(&format!(
            "Two classes: softmax gives class 1 [{}](a 1), the sigmoid of the difference {} of the logits; alone it has \
             [{}](b 2).",
            own(0, 0),
            words::short(gap),
            own(1, 0)
        ))
    } else {
        Caption::plain(&format!(
            "Softmax: {k} classes share [{}](a 1), class {} has [{}](a 1). Sigmoid: [{}](b 2) in all, each by itself.",
            total(stable.sums()[0]),
            right + 1,
            own(0, right),
            total(sums)
        ))
    })
}
