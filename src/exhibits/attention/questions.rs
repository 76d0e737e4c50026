//! Questions of the page on attention, with their answers.

use std::collections::BTreeMap;

use super::cost::pairs;
use crate::gpu::{Plan, reference};
use crate::lessons::{Answer, Question};
use crate::ops::attention::{AttentionOptions, attention_stages};
use crate::ops::philox::Rng;
use crate::ops::position::sinusoidal;

/// On attention mechanisms.
pub fn mechanisms(rng: &mut Rng) -> Option<Question> {
    match rng.below(6) {
        0 => Some(spread(rng)),
        1 => Some(products(rng)),
        2 => Some(window(rng)),
        3 => Some(kept(rng)),
        _ => weight(rng),
    }
}

fn one_of<const N: usize>(rng: &mut Rng, of: [u32; N]) -> u32 {
    of[rng.below(N as u32) as usize]
}

/// How far scores spread.
fn spread(rng: &mut Rng) -> Question {
    let d_k = one_of(rng, [8, 64, 128, 512]);
    let n = f64::from(d_k);
    Question {
        ask: format!(
            "Components of q and k are independent with mean 0 and variance 1, and d_k = {n}. What is the standard deviation of q·k, before it is scaled?"
        ),
        answer: Answer::number(n.sqrt(), ""),
        show: Some(format!("source=random weights&d_k={n}&scale=off")),
        how: format!(
            "A sum of {n} independent terms of variance 1 has variance {n}, so √{n} = {:.2}: the scale divides by it.",
            n.sqrt()
        ),
    }
}

/// Multiply-adds of all heads.
fn products(rng: &mut Rng) -> Question {
    let (n, heads) = (one_of(rng, [8, 16, 32, 64]), one_of(rng, [2, 4, 8, 12]));
    let d_k = one_of(rng, [16, 32, 64]);
    let d = heads * d_k;
    let all = 2 * u64::from(n) * u64::from(n) * u64::from(d);
    Question {
        ask: format!(
            "{n} tokens, {heads} heads of d_k = {d_k}, values as wide. How many multiply-adds do the scores and the weighted sums of all heads take, without projections?"
        ),
        answer: Answer::number(all as f64, "multiply-adds"),
        show: Some("mechanism=multi-head".into()),
        how: format!(
            "Each of {n} · {n} pairs takes {d_k} for its score and {d_k} for its value, in each of {heads} heads: 2 · {n}² · {d} = {all}. One head of width {d} takes as many."
        ),
    }
}

/// Pairs of a window.
fn window(rng: &mut Rng) -> Question {
    let (n, reach) = (8 + rng.below(17) as usize, 1 + rng.below(4) as usize);
    let both = rng.below(2) == 0;
    let count = pairs(n, reach, both);
    let (ask, mechanism) = if both {
        (format!("Local attention over {n} tokens: each sees itself and {reach} on each side."), "local-m")
    } else {
        (
            format!("A sliding window over {n} tokens: each sees itself and the {reach} before it."),
            "sliding window",
        )
    };
    let ends = reach * (reach + 1) / 2;
    let how = if both {
        format!("{n} · {} without the ends; at each end {ends} are missing: {count}.", 2 * reach + 1)
    } else {
        format!("{n} · {} without the beginning, where {ends} are missing: {count}.", reach + 1)
    };
    Question {
        ask: format!("{ask} How many pairs of a query and a key are scored?"),
        answer: Answer::number(count as f64, "pairs"),
        show: Some(format!("mechanism={mechanism}&window={reach}")),
        how,
    }
}

/// Memory of keys and values.
fn kept(rng: &mut Rng) -> Question {
    let groups = one_of(rng, [1, 2, 3, 4, 6]);
    let tokens = one_of(rng, [100, 1000, 4000]);
    let bytes = u64::from(tokens) * 2 * u64::from(groups) * 32 * 4;
    let show = match groups {
        1 => "mechanism=multi-query".to_owned(),
        _ => format!("mechanism=grouped-query&groups={groups}"),
    };
    Question {
        ask: format!(
            "A layer has 12 query heads of width 32 and {groups} of keys and values. How many bytes are its keys and values of {tokens} tokens, at 4 bytes a number?"
        ),
        answer: Answer::number(bytes as f64, "bytes"),
        show: Some(show),
        how: format!(
            "{tokens} tokens · 2 (keys and values) · {groups} · 32 · 4 bytes = {bytes}: {}× less than with 12 heads of keys and values.",
            12 / groups
        ),
    }
}

/// A weight from a query and two keys.
fn weight(rng: &mut Rng) -> Option<Question> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of a text in order.
    fn numbers(text: &str) -> Vec<f64> {
        let parts = text.split(|c: char| !(c.is_ascii_digit() || c == '-' || c == '.'));
        parts.filter_map(|part| part.trim_end_matches('.').parse().ok()).collect()
    }

    #[test]
    fn answers_are_those_of_the_formulas() {
        let mut kinds = [0; 5];
        for seed in 0..200 {
            let question = mechanisms(&mut Rng::new(seed)).unwrap();
            let Answer::Number { value, .. } = question.answer else { panic!("{question:?}") };
            let n = numbers(&question.ask);
            let (kind, want) = match &question.ask {
                ask if ask.starts_with("Components") => (0, n[2].powf(0.5)),
                ask if ask.contains("multiply-adds") => {
                    // Pair by pair, head by head, a score and a value.
                    let each = (0..n[0] as u64 * n[0] as u64).map(|_| 2.0 * n[2]).sum::<f64>();
                    (1, (0..n[1] as u64).map(|_| each).sum())
                }
                ask if ask.contains("pairs") => {
                    let (count, reach) = (n[0] as i64, n[1] as i64);
                    let before = |i: i64, j: i64| j <= i && i - j <= reach;
                    let seen = |i, j| before(i, j) || (ask.contains("each side") && before(j, i));
                    let all = (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
                    (2, all.filter(|(i, j)| seen(*i, *j)).count() as f64)
                }
                ask if ask.contains("bytes") => (3, n[3] * (n[2] * n[1] * 2.0) * n[4]),
                _ => {
                    let q = &n[..4];
                    let at = |from: usize| q.iter().zip(&n[from..]).map(|(q, k)| q * k).sum::<f64>() / 2.0;
                    let (first, second) = (at(4), at(8));
                    (4, 1.0 / (1.0 + (second - first).exp()))
                }
            };
            kinds[kind] += 1;
            assert!(
                (value - want).abs() <= 1e-6 * want.abs().max(1.0),
                "{}: {value}, not {want}",
                question.ask
            );
        }
        assert!(kinds.iter().all(|count| *count > 10), "{kinds:?}");
    }
}
