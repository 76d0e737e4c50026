//! Questions of the page on types of convolution, with their answers.

use super::typed::CHANNELS;
use crate::gpu::Plan;
use crate::lessons::{Answer, Question};
use crate::ops::conv::{Conv, Conv2d, ConvOptions, conv_transpose};
use crate::ops::philox::Rng;

/// Side of the six channels of the photo.
const SIDE: usize = 158;

/// A layer of the page on its own input, which it neither shrinks nor lets grow.
fn layer(size: usize, groups: usize) -> Option<Conv2d> {
    let conv = Conv { groups, pad: [size / 2; 4], ..Conv::default() };
    let w = [CHANNELS, CHANNELS / groups, size, size];
    Conv2d::new(&[1, CHANNELS, SIDE, SIDE], &w, false, &conv).ok()
}

/// Its weights.
fn weights(p: &Conv2d) -> u32 {
    p.k * (p.c / p.groups) * p.r * p.s
}

/// A question, one of seven kinds.
pub fn types(rng: &mut Rng) -> Option<Question> {
    let kind = rng.below(7);
    if kind == 0 {
        return enlarged(rng);
    }
    if kind == 1 {
        return Some(stacked(rng));
    }
    let size = 3 + 2 * rng.below(2) as usize;
    let [standard, alone, mixed] = [layer(size, 1)?, layer(size, CHANNELS)?, layer(1, 1)?];
    let (all, taps) = (weights(&standard), size * size);
    let case = format!("A {size} × {size} layer takes {CHANNELS} channels to {CHANNELS}");
    let product = format!("{taps}·{CHANNELS}·{CHANNELS} = {all}");
    let separable = weights(&alone) + weights(&mixed);
    let (ask, answer, how, show) = match kind {
        2 => {
            let groups = [2, 3, 6][rng.below(3) as usize];
            (
                format!("how many weights has it in {groups} groups?"),
                Answer::number(weights(&layer(size, groups)?).into(), "weights"),
                format!("{product} in one group, divided by {groups}."),
                format!("type=grouped&groups={groups}"),
            )
        }
        3 => {
            let dilation = 2 + rng.below(4) as usize;
            let span = dilation * (size - 1) + 1;
            (
                format!("how many cells a side does its window span at dilation {dilation}?"),
                Answer::number(span as f64, "cells"),
                format!("D(k − 1) + 1 = {dilation}·({size} − 1) + 1 = {span}."),
                format!("type=dilated&dilation={dilation}"),
            )
        }
        4 => (
            "how many weights has it, and how many has its depthwise-separable form?".to_owned(),
            Answer::Numbers(vec![all.into(), separable.into()]),
            format!(
                "{product} against {taps}·{CHANNELS} + {CHANNELS}·{CHANNELS} = {separable}: 1/{CHANNELS} + 1/{taps} of it."
            ),
            "type=separable".to_owned(),
        ),
        5 => {
            let share =
                (alone.multiply_adds() + mixed.multiply_adds()) as f64 / standard.multiply_adds() as f64;
            (
                "what share of its multiply-adds does the depthwise-separable form need, in percent?"
                    .to_owned(),
                Answer::number((share * 1000.0).round() / 10.0, "percent"),
                format!(
                    "The map has as many places in both: 1/C_out + 1/k² = 1/{CHANNELS} + 1/{taps} = {:.1} %.",
                    share * 100.0
                ),
                "type=separable".to_owned(),
            )
        }
        _ => {
            let options = ["1", "2", "3", "6"].map(str::to_owned).to_vec();
            let right = rng.below(4) as usize;
            let groups = [1, 2, 3, 6][right];
            (
                format!("in how many groups has it {} weights?", weights(&layer(size, groups)?)),
                Answer::OneOf { options, right },
                format!("{product} in one group; g groups have a g-th of it."),
                format!("type=grouped&groups={groups}"),
            )
        }
    };
    let pad = size / 2;
    let show = Some(format!("size={size}&padding={pad}&{show}"));
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On the output of a transposed layer.
fn enlarged(rng: &mut Rng) -> Option<Question> {
    let (size, stride) = (3 + rng.below(3) as usize, 2 + rng.below(2) as usize);
    let (padding, added) = (rng.below(2) as usize, rng.below(stride as u32) as usize);
    // What the page keeps of its channels before they are enlarged.
    let side = SIDE.div_ceil(stride);
    let mut plan = Plan::new();
    let x = plan.constant("input", &[1, 1, side, side], vec![0.0; side * side]);
    let w = plan.constant("kernel", &[1, 1, size, size], vec![0.0; size * size]);
    let setting = ConvOptions { pad: vec![padding; 4], stride: vec![stride; 2], ..ConvOptions::new(2) };
    let made = conv_transpose(&mut plan, &x, &w, None, &setting, &[added; 2]).ok()?.shape[2];
    let case = format!(
        "A {side} × {side} map goes through a transposed convolution, kernel {size}, stride {stride}, padding {padding}, output padding {added}"
    );
    let show =
        Some(format!("type=transposed&size={size}&stride={stride}&padding={padding}&output-padding={added}"));
    let (ask, answer, how) = if rng.below(2) == 0 {
        (
            "how many cells has a side of the output?",
            Answer::number(made as f64, "cells"),
            format!("({side} − 1)·{stride} − 2·{padding} + ({size} − 1) + {added} + 1 = {made}."),
        )
    } else {
        let options =
            ["all cells equally often", "some cells more often than others"].map(str::to_owned).to_vec();
        let right = usize::from(!size.is_multiple_of(stride));
        (
            "how does it write its output, borders aside?",
            Answer::OneOf { options, right },
            format!("Windows of {size} begin every {stride} cells: evenly only if {stride} divides {size}."),
        )
    };
    Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
}

/// On what a stack of dilated layers sees.
fn stacked(rng: &mut Rng) -> Question {
    let size = 3 + 2 * rng.below(2) as usize;
    let dilations: Vec<usize> = (0..3).map(|_| 1 + rng.below(4) as usize).collect();
    let written = dilations.iter().map(usize::to_string).collect::<Vec<_>>();
    let steps: usize = dilations.iter().map(|dilation| dilation * (size - 1)).sum();
    let terms = dilations.iter().map(|d| format!("{d}·{}", size - 1)).collect::<Vec<_>>().join(" + ");
    Question {
        ask: format!(
            "Three {size} × {size} layers of dilation {}, {} and {}, stride 1, follow each other: how many cells a side does \
             an output see?",
            written[0], written[1], written[2]
        ),
        answer: Answer::number((steps + 1) as f64, "cells"),
        how: format!("Each layer adds D(k − 1): 1 + {terms} = {}.", steps + 1),
        show: Some(format!("type=dilated&size={size}&dilation={}", dilations[0])),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whole numbers in a text, in order.
    fn numbers(text: &str) -> Vec<f64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
    }

    /// The answer by formulas alone, from what is asked.
    fn worked_out(question: &Question) -> Answer {
        let (ask, n) = (question.ask.as_str(), numbers(&question.ask));
        if ask.contains("follow each other") {
            return Answer::number(1.0 + (n[0] - 1.0) * (n[2] + n[3] + n[4]), "cells");
        }
        if ask.contains("transposed") {
            let [side, k, s, p, o] = [n[0], n[2], n[3], n[4], n[5]];
            if ask.contains("cells has a side") {
                return Answer::number((side - 1.0) * s - 2.0 * p + k + o, "cells");
            }
            let Answer::OneOf { options, .. } = &question.answer else { panic!("{ask}") };
            return Answer::OneOf { options: options.clone(), right: usize::from(k % s != 0.0) };
        }
        let k = n[0];
        let [all, separable] = [k * k * 36.0, k * k * 6.0 + 36.0];
        match ask {
            _ if ask.contains("weights has it in") => Answer::number(all / n[4], "weights"),
            _ if ask.contains("at dilation") => Answer::number(n[4] * (k - 1.0) + 1.0, "cells"),
            _ if ask.contains("how many has its") => Answer::Numbers(vec![all, separable]),
            _ if ask.contains("percent") => {
                Answer::number(((1.0 / 6.0 + 1.0 / (k * k)) * 1000.0).round() / 10.0, "percent")
            }
            _ => {
                let Answer::OneOf { options, .. } = &question.answer else { panic!("{ask}") };
                let right = options.iter().position(|g| numbers(g)[0] == all / n[4]);
                Answer::OneOf { options: options.clone(), right: right.unwrap() }
            }
        }
    }

    #[test]
    fn two_hundred_seeds_are_answered_as_the_formulas_say() {
        let mut kinds = BTreeSet::new();
        for seed in 0..200 {
            let question = types(&mut Rng::new(seed)).unwrap();
            assert_eq!(question.answer, worked_out(&question), "{}", question.ask);
            kinds.insert(question.ask.split(|c: char| c.is_ascii_digit()).collect::<String>());
        }
        assert!(kinds.len() >= 8, "{kinds:?}");
    }
}
