//! Questions of the page on attention, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, reference};
use crate::lessons::{Answer, Question};
use crate::ops::attention::{AttentionOptions, attention_stages};
use crate::ops::philox::Rng;
use crate::ops::position::sinusoidal;

/// On attention mechanisms.
pub fn mechanisms(rng: &mut Rng) -> Option<Question> {
    if rng.below(2) == 1 {
        let d_k = [8_u32, 64, 128, 512][rng.below(4) as usize];
        let n = f64::from(d_k);
        return Some(Question {
            ask: format!(
                "Components of q and k are independent with mean 0 and variance 1, and d_k = {n}. What is the standard deviation of q·k, before it is scaled?"
            ),
            answer: Answer::number(n.sqrt(), ""),
            show: Some(format!("source=random weights&d_k={n}&scale=off")),
            how: format!(
                "A sum of {n} independent terms of variance 1 has variance {n}, so √{n} = {:.2}: the scale divides by it.",
                n.sqrt()
            ),
        });
    }
    let d = 4_usize;
    let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.below(5) as f32 - 2.0).collect() };
    let (q, k) = (draw(d), draw(2 * d));
    let mut plan = Plan::new();
    let tq = plan.constant("q", &[1, d], q.clone());
    let tk = plan.constant("k", &[2, d], k.clone());
    let stages = attention_stages(&mut plan, &tq, &tk, &tk, &AttentionOptions::default()).ok()?;
    let values = reference::run(&plan, &BTreeMap::new());
    let scores = values.get(stages.scores.buf.0)?;
    Some(Question {
        ask: format!(
            "q = {q:?}, k₁ = {:?}, k₂ = {:?}, d_k = {d}. Which weight does k₁ get in scaled dot-product attention?",
            &k[..d],
            &k[d..]
        ),
        answer: Answer::number(*values.get(stages.probabilities.buf.0)?.first()?, ""),
        show: Some("source=random weights&d_k=2&heads=1&scale=on".into()),
        how: format!(
            "The scores are {} and {}; divided by √4 = 2 and put through the softmax.",
            scores[0], scores[1]
        ),
    })
}

/// On positions.
pub fn positions(rng: &mut Rng) -> Option<Question> {
    let width = [8_usize, 16, 64][rng.below(3) as usize];
    if rng.below(3) == 0 {
        let base = [100_u32, 10_000][rng.below(2) as usize];
        let (pairs, wave) = (width / 2, std::f64::consts::TAU);
        let longest = wave * f64::from(base).powf((width - 2) as f64 / width as f64);
        return Some(Question {
            ask: format!(
                "Sinusoids with d = {width} and base {base}: counted from 0, which pair of dimensions has the longest wavelength?"
            ),
            answer: Answer::number((pairs - 1) as f64, ""),
            show: Some(format!("kind=sinusoidal&base={base}")),
            how: format!(
                "Pair i has the wavelength 2π·{base}^(2i/{width}), which grows with i: the last, {}, with {longest:.0} positions.",
                pairs - 1
            ),
        });
    }
    let (at, i) = (1 + rng.below(12) as usize, rng.below(4) as usize);
    let by = 1 + rng.below(3) as usize;
    let mut plan = Plan::new();
    let table = sinusoidal(&mut plan, [0, at + by + 1], width, 10_000.0).ok()?;
    let values = reference::run(&plan, &BTreeMap::new());
    let values = values.get(table.buf.0)?;
    let value = *values.get(at * width + i)?;
    if rng.below(3) == 0 {
        // Sine and cosine of a pair: the angle from one place to the other.
        let pair = 1 + i % 2;
        let wave =
            |at: usize| Some([*values.get(at * width + 2 * pair)?, *values.get(at * width + 2 * pair + 1)?]);
        let ([s, c], [sine, cosine]) = (wave(at)?, wave(at + by)?);
        let angle = (sine * c - cosine * s).atan2(cosine * c + sine * s);
        return Some(Question {
            ask: format!(
                "Sinusoids with d = {width} and base 10,000: PE({at} + {by}) is PE({at}) with each pair of dimensions turned, by how many radians is pair {pair} (counted from 0)?"
            ),
            answer: Answer::number((angle * 1e4).round() / 1e4, ""),
            show: Some(format!("kind=sinusoidal&position={}&dimension={}", at + by, 2 * pair)),
            how: format!(
                "Pair i turns by 1/10,000^(2i/{width}) a position: {by}/10,000^({}/{width}).",
                2 * pair
            ),
        });
    }
    let wave = if i.is_multiple_of(2) { "sin" } else { "cos" };
    Some(Question {
        ask: format!(
            "Sinusoids with d = {width} and base 10,000: what is PE({at}, {i}), the value of dimension {i} at position {at}?"
        ),
        answer: Answer::number((value * 1e4).round() / 1e4, ""),
        show: Some(format!("kind=sinusoidal&position={at}&dimension={i}")),
        how: format!("Dimension {i} belongs to pair {}: {wave}({at}/10,000^({}/{width})).", i / 2, i / 2 * 2),
    })
}
