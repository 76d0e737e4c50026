//! Questions of the page on batch norm and dropout, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, reference};
use crate::lessons::{Answer, Question};
use crate::ops::norm::batch_norm_train;
use crate::ops::philox::Rng;

/// On both.
pub fn either(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        0 => normalised(rng),
        1 => running(rng),
        2 => before(rng),
        3 => two(rng),
        _ => Some(counted(rng)),
    }
}

/// One channel normalised by its own batch, by the operation of the page.
fn normalise(values: &[f32]) -> Option<Vec<f64>> {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[values.len(), 1], values.to_vec());
    let y = batch_norm_train(&mut plan, &x, None, None, 1e-12).ok()?.y;
    let values = reference::run(&plan, &BTreeMap::new());
    Some(values.get(y.buf.0)?.iter().map(|v| (v * 1e4).round() / 1e4 + 0.0).collect())
}

/// A small batch.
fn normalised(rng: &mut Rng) -> Option<Question> {
    let (middle, far) = (1 + rng.below(9), 1 + rng.below(4));
    let values = [middle, middle + 2 * far, middle + 4 * far, middle + 6 * far];
    let which = rng.below(4) as usize;
    let own = normalise(&values.map(|v| v as f32))?;
    let [a, b, c, d] = values;
    let mean = middle + 3 * far;
    Some(Question {
        ask: format!(
            "One channel has the values {a}, {b}, {c} and {d} in a batch. What does batch norm make of the value {} in training \
             (γ = 1, β = 0, ε = 0; two decimals)?",
            values[which]
        ),
        answer: Answer::number((own[which] * 100.0).round() / 100.0 + 0.0, ""),
        how: format!(
            "Mean {mean}, variance {} (divided by the count), so ({} − {mean}) / √{}.",
            5 * far * far,
            values[which],
            5 * far * far
        ),
        show: None,
    })
}

/// A running mean after a batch.
fn running(rng: &mut Rng) -> Option<Question> {
    let keep = [0.5, 0.8, 0.9][rng.below(3) as usize];
    let [old, new] = [0, 1].map(|_| 10 * rng.below(8));
    let after = ((keep * f64::from(old) + (1.0 - keep) * f64::from(new)) * 1e4).round() / 1e4;
    Some(Question {
        ask: format!(
            "The running mean of a channel is {old}. A batch has mean {new}, and leaves a share of {keep} of the running mean as it \
             is. What is it afterwards?"
        ),
        answer: Answer::number(after, ""),
        how: format!("{keep} · {old} + {:.1} · {new}", 1.0 - keep),
        show: Some(format!("momentum={keep}")),
    })
}

/// Dropout in front of a batch norm.
fn before(rng: &mut Rng) -> Option<Question> {
    let p = [0.19, 0.36, 0.51, 0.64, 0.75, 0.84][rng.below(6) as usize];
    let left = ((1.0 - p) * 1e4_f64).round() / 1e4;
    Some(Question {
        ask: format!(
            "Inverted dropout with p = {p} stands in front of a batch norm; its inputs have mean 0. Which share of the deviation that \
             batch norm gives in training is left in testing?"
        ),
        answer: Answer::number((left.sqrt() * 1e4).round() / 1e4, ""),
        how: format!(
            "In training the variance is 1/(1 − {p}) times as large, and the running variance follows it. Without dropout √(1 − {p}) is \
             left."
        ),
        show: Some(format!("order=dropout first&p={p}")),
    })
}

/// Two samples in a batch.
fn two(rng: &mut Rng) -> Option<Question> {
    let (low, apart) = (rng.below(20), 1 + rng.below(20));
    let own = normalise(&[low as f32, (low + apart) as f32])?;
    Some(Question {
        ask: format!(
            "A batch of 2 has the values {low} and {} in a channel of a dense layer. What does batch norm make of the larger one in \
             training (γ = 1, β = 0, ε = 0)?",
            low + apart
        ),
        answer: Answer::number(own[1].round(), ""),
        how: "Of two different values one is always −1 and the other 1: their distance is lost.".into(),
        show: Some("batch=2".into()),
    })
}

/// Parameters and statistics of a batch norm.
fn counted(rng: &mut Rng) -> Question {
    let channels = 8 * (1 + rng.below(16));
    Question {
        ask: format!(
            "A convolution has {channels} output channels. How many numbers does the batch norm behind it learn?"
        ),
        answer: Answer::number(f64::from(2 * channels), ""),
        how: format!(
            "γ and β of each channel: 2 · {channels}. The running mean and variance, as many again, are not learned by gradients."
        ),
        show: None,
    }
}
