//! Other ways for a query to look at keys, from before and beside scaled dot products.
//!
//! Queries `q [B, TQ, D]`, keys `k [B, TK, DK]`, the batch optional; scores and probabilities
//! `[B, TQ, TK]`. Each is composed of steps that can be looked at. Sources: Bahdanau, Cho and Bengio,
//! "Neural machine translation by jointly learning to align and translate", 2015; Luong, Pham and
//! Manning, "Effective approaches to attention-based neural machine translation", 2015.

use super::sizes::MASKED;
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{ConvOptions, conv1d};
use crate::ops::layout::{fill, narrow};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::select::where_;
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

fn wrong(op: &'static str, what: &'static str, have: &[usize], want: &str) -> OpError {
    OpError::Shape { op, what, have: have.to_vec(), want: want.into() }
}

/// The axes before the last two, and those.
fn rows<'a>(
    op: &'static str,
    what: &'static str,
    x: &'a Tensor,
) -> Result<(&'a [usize], [usize; 2]), OpError> {
    match &x.shape[..] {
        [batch @ .., t, d] if batch.len() < 2 => Ok((batch, [*t, *d])),
        have => Err(wrong(op, what, have, "[T, D] or [B, T, D]")),
    }
}

/// Records additive scores, `s_ij = vᵀ·tanh(W_q·q_i + W_k·k_j)`: `w_q [A, D]`, `w_k [A, DK]`, `v [A]`.
/// Source: Bahdanau et al., 2015.
pub fn additive_scores(
    plan: &mut Plan,
    q: &Tensor,
    k: &Tensor,
    [w_q, w_k, v]: [&Tensor; 3],
) -> Result<Tensor, OpError> {
    let op = "additive_scores";
    let ((batch, [tq, _]), (_, [tk, _])) = (rows(op, "q", q)?, rows(op, "k", k)?);
    let &[a] = &v.shape[..] else { return Err(wrong(op, "v", &v.shape, "[A]")) };
    for (what, w) in [("w_q", w_q), ("w_k", w_k)] {
        if w.shape.len() != 2 || w.shape[0] != a {
            return Err(wrong(op, what, &w.shape, &format!("v [{a}]: [{a}, D]")));
        }
    }
    let queries = matmul(plan, q, w_q, None, &Gemm::NT)?.view(&[batch, &[tq, 1, a]].concat());
    let keys = matmul(plan, k, w_k, None, &Gemm::NT)?.view(&[batch, &[1, tk, a]].concat());
    bent_sum(plan, &queries, &keys, v)
}

/// `vᵀ·tanh(queries + keys)`: `[.., TQ, 1, A]` and `[.., 1, TK, A]` give `[.., TQ, TK]`.
fn bent_sum(plan: &mut Plan, queries: &Tensor, keys: &Tensor, v: &Tensor) -> Result<Tensor, OpError> {
    let sum = binary(plan, queries, keys, Op::Add)?;
    let bent = activation(plan, &sum, Act::TANH);
    let (a, pairs) = (v.len(), bent.len() / v.len());
    let scores = matmul(plan, &bent.view(&[pairs, a]), &v.view(&[1, a]), None, &Gemm::NT)?;
    plan.name(&scores, "additive scores");
    Ok(scores.view(&bent.shape[..bent.shape.len() - 1]))
}

/// Records additive scores that know where a key stands, `s_ij = vᵀ·tanh(W_q·q_i + W_k·k_j + p_j)`: `places
/// [TK, A]` or `[B, TK, A]` holds what is added for its place, such as the sum of a row of a table for its distance to
/// each of two marked entities. Source: Zhang et al., "Position-aware attention and supervised data improve slot
/// filling", 2017, whose query is the sentence's last state.
pub fn place_aware_scores(
    plan: &mut Plan,
    q: &Tensor,
    k: &Tensor,
    [w_q, w_k, v]: [&Tensor; 3],
    places: &Tensor,
) -> Result<Tensor, OpError> {
    let op = "place_aware_scores";
    let ((batch, [tq, _]), (_, [tk, _])) = (rows(op, "q", q)?, rows(op, "k", k)?);
    let a = v.len();
    if places.shape != [batch, &[tk, a]].concat() {
        return Err(wrong(op, "the places", &places.shape, &format!("a row of {a} for each of {tk} keys")));
    }
    let queries = matmul(plan, q, w_q, None, &Gemm::NT)?.view(&[batch, &[tq, 1, a]].concat());
    let keys = matmul(plan, k, w_k, None, &Gemm::NT)?;
    let keys = binary(plan, &keys, places, Op::Add)?.view(&[batch, &[1, tk, a]].concat());
    bent_sum(plan, &queries, &keys, v)
}

/// Records scores from the previous alignment alone, `s_ij = vᵀ·tanh(F ∗ α_(i−1) + b)_j`: `alignment [.., TQ, TK]`
/// holds the previous one of each query, `w [C, 1, K]` with an odd K, `b [C]`, `v [1, C, 1]`. Source: Chorowski et
/// al., "Attention-based models for speech recognition", 2015, without its term of content.
pub fn convolved_scores(
    plan: &mut Plan,
    alignment: &Tensor,
    [w, b, v]: [&Tensor; 3],
) -> Result<Tensor, OpError> {
    let op = "convolved_scores";
    let (_, [_, tk]) = rows(op, "the alignment", alignment)?;
    let &[_, 1, k] = &w.shape[..] else { return Err(wrong(op, "w", &w.shape, "[C, 1, K]")) };
    let x = alignment.view(&[alignment.len() / tk.max(1), 1, tk]);
    let around = ConvOptions { pad: vec![k / 2; 2], act: Act::TANH, ..ConvOptions::new(1) };
    let features = conv1d(plan, &x, w, Some(b), &around)?;
    let scores = conv1d(plan, &features, v, None, &ConvOptions::new(1))?;
    plan.name(&scores, "scores from the previous alignment");
    Ok(scores.view(&alignment.shape))
}

/// Records Luong's dot scores, `s_ij = q_i·k_j`.
pub fn dot_scores(plan: &mut Plan, q: &Tensor, k: &Tensor) -> Result<Tensor, OpError> {
    matmul(plan, q, k, None, &Gemm::NT)
}

/// Records Luong's general scores, `s_ij = q_iᵀ·W·k_j`: `w [D, DK]`.
pub fn general_scores(plan: &mut Plan, q: &Tensor, k: &Tensor, w: &Tensor) -> Result<Tensor, OpError> {
    let turned = matmul(plan, q, w, None, &Gemm::NN)?;
    matmul(plan, &turned, k, None, &Gemm::NT)
}

/// Records Luong's concat scores, `s_ij = vᵀ·tanh(W·[q_i; k_j])`: `w [A, D + DK]`, `v [A]`. The product is
/// that of W's left part with the query plus that of its right part with the key.
pub fn concat_scores(
    plan: &mut Plan,
    q: &Tensor,
    k: &Tensor,
    [w, v]: [&Tensor; 2],
) -> Result<Tensor, OpError> {
    let op = "concat_scores";
    let ((_, [_, d]), (_, [_, dk])) = (rows(op, "q", q)?, rows(op, "k", k)?);
    if w.shape.len() != 2 || w.shape[1] != d + dk {
        return Err(wrong(op, "w", &w.shape, &format!("queries of {d} and keys of {dk}: [A, {}]", d + dk)));
    }
    let (w_q, w_k) = (narrow(plan, w, 1, 0, d)?, narrow(plan, w, 1, d, dk)?);
    additive_scores(plan, q, k, [&w_q, &w_k, v])
}

/// Records Luong's location-based scores, `s_i = W·q_i`, of which the first TK count: `w [S, D]` with S
/// at least `keys`.
pub fn location_scores(plan: &mut Plan, q: &Tensor, w: &Tensor, keys: usize) -> Result<Tensor, OpError> {
    let op = "location_scores";
    if w.shape.len() != 2 || w.shape[0] < keys {
        return Err(wrong(op, "w", &w.shape, &format!("{keys} keys: [S, D] with S at least {keys}")));
    }
    let scores = matmul(plan, q, w, None, &Gemm::NT)?;
    if w.shape[0] == keys {
        return Ok(scores);
    }
    narrow(plan, &scores, scores.shape.len() - 1, 0, keys)
}

/// The tensors of local attention.
#[derive(Clone, Debug)]
pub struct LocalAttention {
    /// Where each query's window has its middle, `[TQ, 1]` or `[B, TQ, 1]`.
    pub position: Tensor,
    /// Scores, masked outside the window, `[B, TQ, TK]`.
    pub windowed: Tensor,
    /// Softmax over the keys; times the bell curve if positions are predicted, `[B, TQ, TK]`.
    pub probabilities: Tensor,
}

/// Key positions minus the windows' middles, `[.., TQ, TK]`, and the scores within `reach`.
fn window(plan: &mut Plan, scores: &Tensor, position: &Tensor, reach: f32) -> Result<[Tensor; 2], OpError> {
    if !(reach > 0.0 && reach.is_finite()) {
        return Err(OpError::NotPositive { what: "the reach of the window", value: reach });
    }
    let tk = scores.shape.last().copied().unwrap_or(0);
    let keys = plan.constant("key positions", &[1, tk], (0..tk).map(|j| j as f32).collect::<Vec<_>>());
    let distance = binary(plan, &keys, position, Op::Subtract)?;
    let far = activation(plan, &distance, Act::ABS);
    let reach = fill(plan, "reach", &[], reach);
    let inside = binary(plan, &far, &reach, Op::LessOrEqual)?;
    let hidden = fill(plan, "masked", &[], MASKED);
    Ok([distance, where_(plan, &inside, scores, &hidden)?])
}

/// Records Luong's local-m attention from scores: query i looks at keys i − D to i + D.
pub fn local_monotonic(plan: &mut Plan, scores: &Tensor, reach: usize) -> Result<LocalAttention, OpError> {
    let (_, [tq, _]) = rows("local_monotonic", "scores", scores)?;
    let position = plan.constant("positions", &[tq, 1], (0..tq).map(|i| i as f32).collect::<Vec<_>>());
    let [_, windowed] = window(plan, scores, &position, reach as f32 + 0.5)?;
    let axis = scores.shape.len() - 1;
    let probabilities = softmax(plan, &windowed, axis, &SoftmaxOptions::default())?;
    Ok(LocalAttention { position, windowed, probabilities })
}

/// Records Luong's local-p attention from scores: query i looks around the predicted position
/// `p_i = (TK − 1)·σ(vᵀ·tanh(W·q_i))`, within D of it, and the softmax there is multiplied by
/// `exp(−(j − p_i)²/(2·(D/2)²))`. `w [A, D]`, `v [A]`. Positions count from 0, so that the last key is
/// TK − 1.
pub fn local_predictive(
    plan: &mut Plan,
    scores: &Tensor,
    q: &Tensor,
    [w, v]: [&Tensor; 2],
    reach: usize,
) -> Result<LocalAttention, OpError> {
    let op = "local_predictive";
    let ((batch, [tq, tk]), _) = (rows(op, "scores", scores)?, rows(op, "q", q)?);
    if q.shape[..q.shape.len() - 1] != scores.shape[..scores.shape.len() - 1] {
        return Err(wrong(op, "q", &q.shape, &format!("scores {:?}: a row for each query", scores.shape)));
    }
    let bent = matmul(plan, q, w, None, &Gemm { act: Act::TANH, ..Gemm::NT })?;
    let part = matmul(plan, &bent, &v.view(&[1, v.len()]), None, &Gemm { act: Act::SIGMOID, ..Gemm::NT })?;
    let position = affine(plan, &part, tk.saturating_sub(1) as f32, 0.0).view(&[batch, &[tq, 1]].concat());
    plan.name(&position, "predicted positions");
    let [distance, windowed] = window(plan, scores, &position, reach as f32)?;
    let align = softmax(plan, &windowed, scores.shape.len() - 1, &SoftmaxOptions::default())?;
    let squares = activation(plan, &distance, Act::SQUARE);
    let sigma = reach as f32 / 2.0;
    let exponent = affine(plan, &squares, -0.5 / (sigma * sigma), 0.0);
    let bell = activation(plan, &exponent, Act::EXP);
    plan.name(&bell, "bell curve");
    let probabilities = binary(plan, &align, &bell, Op::Multiply)?;
    Ok(LocalAttention { position, windowed, probabilities })
}

/// Records entity-aware scores: `bias []` is added where a query and a key name the same entity. The
/// labels, `[TQ]` and `[TK]`, are numbers from 1 on; 0 is no entity.
pub fn entity_scores(
    plan: &mut Plan,
    scores: &Tensor,
    [q_labels, k_labels]: [&Tensor; 2],
    bias: &Tensor,
) -> Result<Tensor, OpError> {
    let op = "entity_scores";
    let (_, [tq, tk]) = rows(op, "scores", scores)?;
    for (what, labels, count) in [("the query labels", q_labels, tq), ("the key labels", k_labels, tk)] {
        if labels.shape != [count] {
            return Err(wrong(op, what, &labels.shape, &format!("scores {:?}: [{count}]", scores.shape)));
        }
    }
    let (q, k) = (q_labels.view(&[tq, 1]), k_labels.view(&[1, tk]));
    let same = binary(plan, &q, &k, Op::Equal)?;
    let nothing = fill(plan, "no entity", &[], 0.0);
    let named = binary(plan, &q, &nothing, Op::Greater)?;
    let hits = binary(plan, &same, &named, Op::Multiply)?;
    let added = binary(plan, &hits, &bias.view(&[]), Op::Multiply)?;
    binary(plan, scores, &added, Op::Add)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;
    use crate::ops::gradient;

    fn wave(plan: &mut Plan, name: &str, shape: &[usize], step: f32) -> Tensor {
        let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (step * i as f32).sin()).collect();
        plan.constant(name, shape, values)
    }

    fn value(plan: &Plan, x: &Tensor) -> Vec<f64> {
        reference::run(plan, &BTreeMap::new())[x.buf.0].clone()
    }

    #[test]
    fn additive_scores_are_their_formula_and_concat_is_additive() {
        let mut plan = Plan::new();
        let (q, k) = (wave(&mut plan, "q", &[2, 3, 2], 0.3), wave(&mut plan, "k", &[2, 4, 3], 0.7));
        let (w, v) = (wave(&mut plan, "w", &[6, 5], 0.9), wave(&mut plan, "v", &[6], 0.4));
        let s = concat_scores(&mut plan, &q, &k, [&w, &v]).unwrap();
        assert_eq!(s.shape, [2, 3, 4]);
        let got = value(&plan, &s);
        let [q, k, w, v] = [&q, &k, &w, &v].map(|x| value(&plan, x));
        for (index, got) in got.iter().enumerate() {
            let (j, i, item) = (index % 4, index / 4 % 3, index / 12);
            let pair = [&q[(item * 3 + i) * 2..][..2], &k[(item * 4 + j) * 3..][..3]].concat();
            let hidden = |a: usize| (0..5).map(|c| w[a * 5 + c] * pair[c]).sum::<f64>().tanh();
            let want: f64 = (0..6).map(|a| v[a] * hidden(a)).sum();
            assert!((got - want).abs() < 1e-12);
        }
    }

    #[test]
    fn general_scores_with_the_identity_are_dot_scores_and_locations_ignore_the_keys() {
        let mut plan = Plan::new();
        let (q, k) = (wave(&mut plan, "q", &[3, 2], 0.3), wave(&mut plan, "k", &[4, 2], 0.7));
        let one = plan.constant("w", &[2, 2], vec![1.0_f32, 0.0, 0.0, 1.0]);
        let (dot, general) =
            (dot_scores(&mut plan, &q, &k).unwrap(), general_scores(&mut plan, &q, &k, &one).unwrap());
        assert_eq!(value(&plan, &dot), value(&plan, &general));
        let w = wave(&mut plan, "w", &[9, 2], 0.2);
        assert_eq!(location_scores(&mut plan, &q, &w, 4).unwrap().shape, [3, 4]);
        assert!(location_scores(&mut plan, &q, &w, 10).is_err());
    }

    #[test]
    fn windows_hide_what_is_far_and_predictions_have_gradients() {
        let mut plan = Plan::new();
        let (q, k) = (wave(&mut plan, "q", &[5, 2], 0.3), wave(&mut plan, "k", &[6, 2], 0.7));
        let scores = dot_scores(&mut plan, &q, &k).unwrap();
        let local = local_monotonic(&mut plan, &scores, 1).unwrap();
        for (index, p) in value(&plan, &local.probabilities).iter().enumerate() {
            let (j, i) = (index % 6, index / 6);
            assert_eq!(*p > 0.0, i.abs_diff(j) <= 1, "{i} {j}: {p}");
        }
        let (w, v) = (wave(&mut plan, "w", &[3, 2], 0.9), wave(&mut plan, "v", &[3], 0.4));
        let local = local_predictive(&mut plan, &scores, &q, [&w, &v], 2).unwrap();
        let positions = value(&plan, &local.position);
        for (index, p) in value(&plan, &local.probabilities).iter().enumerate() {
            let (j, i) = (index % 6, index / 6);
            assert_eq!(*p > 0.0, (j as f64 - positions[i]).abs() <= 2.0, "{i} {j}: {p}");
        }
        let grads = gradient::backward(&mut plan, &local.probabilities, None, &[&w, &v, &k]).unwrap();
        let dw = grads.of(&w).unwrap();
        assert!(value(&plan, &dw).iter().any(|d| d.abs() > 1e-3));
    }

    #[test]
    fn places_are_added_to_keys_and_the_previous_alignment_is_convolved() {
        let mut plan = Plan::new();
        let (q, k) = (wave(&mut plan, "q", &[3, 2], 0.3), wave(&mut plan, "k", &[4, 2], 0.7));
        let (w, v) = (wave(&mut plan, "w", &[5, 2], 0.9), wave(&mut plan, "v", &[5], 0.4));
        let nowhere = fill(&mut plan, "places", &[4, 5], 0.0);
        let plain = additive_scores(&mut plan, &q, &k, [&w, &w, &v]).unwrap();
        let placed = place_aware_scores(&mut plan, &q, &k, [&w, &w, &v], &nowhere).unwrap();
        assert_eq!(value(&plan, &plain), value(&plan, &placed));
        assert!(place_aware_scores(&mut plan, &q, &k, [&w, &w, &v], &q).is_err());
        // One channel that shifts by one: where the previous query looked, this one looks a word later.
        let alignment = plan.constant("alignment", &[2, 4], vec![1.0_f32, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let [w, b, v] = [vec![1.0_f32, 0.0, 0.0], vec![0.0], vec![2.0]].map(|of| {
            let shape = if of.len() == 1 { vec![1] } else { vec![1, 1, 3] };
            plan.constant("w", &shape, of)
        });
        let s = convolved_scores(&mut plan, &alignment, [&w, &b, &v.view(&[1, 1, 1])]).unwrap();
        let high = 2.0 * 1_f64.tanh();
        assert_eq!(value(&plan, &s), [0.0, high, 0.0, 0.0, 0.0, 0.0, 0.0, high]);
        let grads = gradient::backward(&mut plan, &s, None, &[&w]).unwrap();
        assert!(value(&plan, &grads.of(&w).unwrap())[0] > 0.5);
    }

    #[test]
    fn entities_attract_each_other() {
        let mut plan = Plan::new();
        let scores = fill(&mut plan, "scores", &[3, 3], 0.0);
        let labels = plan.constant("labels", &[3], vec![0.0_f32, 2.0, 2.0]);
        let bias = plan.constant("bias", &[], vec![1.5_f32]);
        let s = entity_scores(&mut plan, &scores, [&labels, &labels], &bias).unwrap();
        assert_eq!(value(&plan, &s), [0.0, 0.0, 0.0, 0.0, 1.5, 1.5, 0.0, 1.5, 1.5]);
        let grads = gradient::backward(&mut plan, &s, None, &[&bias]).unwrap();
        assert_eq!(value(&plan, &grads.of(&bias).unwrap()), [4.0]);
    }
}
