//! Attention with all that transformers in use ask of it, composed of stages that can be looked at:
//! grouped queries, masks of numbers or of truth values, a cap on the scores, a cache of past keys.
//!
//! `q [B, H, TQ, D]`, `k [B, KH, TK, D]`, `v [B, KH, TK, DV]`, `o [B, H, TQ, DV]`, or with the heads
//! side by side, `[B, T, H·D]`. H is a multiple of KH: neighbouring query heads share a key head, and
//! their queries lie after each other, so that one product serves them all. Sources: Ainslie et al.,
//! "GQA", 2023; cap: Gemma Team, "Gemma 2", 2024; ONNX Attention.

use super::sizes::{AttentionMask, AttentionOptions, MASKED};
use super::stages;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary, broadcast};
use crate::ops::layout::{PadMode, concat, fill, pad, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::select::where_;
use crate::ops::softmax::{self, softmax};
use crate::ops::unary::{Act, activation};
use crate::ops::{OpError, dim, limit_elements};

/// Which keys a query may look at, beside causality; its shape is repeated to `[B, H, TQ, TK]` as in
/// NumPy, and missing keys at the end are masked.
#[derive(Clone, Copy, Debug)]
pub enum Mask<'a> {
    /// All.
    None,
    /// Those with 1; those with 0 are masked.
    Keep(&'a Tensor),
    /// Added to the scores.
    Bias(&'a Tensor),
}

/// Settings of general attention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneralAttentionOptions {
    /// Query heads and key heads; needed where the heads lie side by side.
    pub heads: Option<[usize; 2]>,
    /// Factor of the scores; `None` is `1/√D`.
    pub scale: Option<f32>,
    /// Query i looks at keys up to i plus the number of past keys only.
    pub causal: bool,
    /// Scores s become `c·tanh(s/c)`; 0 leaves them.
    pub softcap: f32,
    /// Cap after the mask, as opset 23 had it first, instead of before.
    pub cap_after_mask: bool,
}

impl Default for GeneralAttentionOptions {
    fn default() -> Self {
        Self { heads: None, scale: None, causal: false, softcap: 0.0, cap_after_mask: false }
    }
}

/// The tensors of general attention.
#[derive(Clone, Debug)]
pub struct GeneralAttention {
    /// Of the layout of `q`, with DV channels a head.
    pub output: Tensor,
    /// Keys, those of the past first, `[B, KH, TK, D]`.
    pub present_key: Tensor,
    /// Values, those of the past first, `[B, KH, TK, DV]`.
    pub present_value: Tensor,
    /// `scale·q·kᵀ [B, H, TQ, TK]`.
    pub scores: Tensor,
    /// After the first of cap and mask, `[B, H, TQ, TK]`.
    pub second: Tensor,
    /// After both, `[B, H, TQ, TK]`.
    pub third: Tensor,
    /// Softmax over the keys, `[B, H, TQ, TK]`.
    pub probabilities: Tensor,
}

impl GeneralAttention {
    /// What ONNX calls `qk_matmul_output`, for a `qk_matmul_output_mode` of 0 to 3.
    pub fn qk_output(&self, mode: usize) -> Option<&Tensor> {
        [&self.scores, &self.second, &self.third, &self.probabilities].get(mode).copied()
    }
}

fn wrong(what: &'static str, have: &[usize], want: String) -> OpError {
    OpError::Shape { op: "attention", what, have: have.to_vec(), want }
}

/// Records `[B, T, H·D]` as `[B, H, T, D]`; what has four axes stays.
fn split_heads(
    plan: &mut Plan,
    what: &'static str,
    x: &Tensor,
    heads: Option<usize>,
) -> Result<Tensor, OpError> {
    match (&x.shape[..], heads) {
        (&[_, have, _, _], heads) if heads.is_none_or(|want| want == have) => Ok(x.clone()),
        (&[b, t, width], Some(heads)) if heads > 0 && width % heads == 0 => {
            transpose(plan, &x.view(&[b, t, heads, width / heads]), &[0, 2, 1, 3])
        }
        (&[_, _, channels], Some(heads)) => {
            Err(OpError::Heads { heads, channels, which: if what == "q" { "query" } else { "value" } })
        }
        (have, _) => Err(wrong(what, have, "[B, H, T, D], or [B, T, H·D] with the heads named".into())),
    }
}

/// Records a past and its present, `[B, KH, T, D]` each.
fn append(plan: &mut Plan, what: &'static str, past: Option<&Tensor>, x: &Tensor) -> Result<Tensor, OpError> {
    let Some(past) = past else { return Ok(x.clone()) };
    let fits = past.shape.len() == 4 && [0, 1, 3].iter().all(|&a| past.shape[a] == x.shape[a]);
    if !fits {
        return Err(wrong(what, &past.shape, format!("{:?} but for the third axis", x.shape)));
    }
    concat(plan, &[past, x], 2)
}

/// Records the mask of `scores [B, H, TQ, TK]`.
fn masked(
    plan: &mut Plan,
    scores: &Tensor,
    mask: Mask<'_>,
    causal: Option<usize>,
) -> Result<Tensor, OpError> {
    let tk = scores.shape[3];
    let full = |plan: &mut Plan, mask: &Tensor, outside| {
        let missing = tk.saturating_sub(mask.shape.last().copied().unwrap_or(tk));
        // One key stands for all of them.
        let mask = if missing == 0 || missing == tk - 1 {
            mask.clone()
        } else {
            let mut pads = vec![(0, 0); mask.shape.len()];
            *pads.last_mut().expect("a mask shorter than the keys has an axis") = (0, missing as isize);
            pad(plan, mask, &pads, PadMode::Constant(outside))?
        };
        if broadcast(&mask.shape, &scores.shape).as_deref() != Some(&scores.shape[..]) {
            return Err(wrong("the mask", &mask.shape, format!("the scores: {:?}", scores.shape)));
        }
        Ok(mask)
    };
    let t = match mask {
        Mask::None => scores.clone(),
        Mask::Bias(bias) => {
            let bias = full(plan, bias, MASKED)?;
            // Beside −∞, which masks use as well, what causality masks would no longer be the least.
            let lowest = fill(plan, "masked", &[], MASKED);
            let bias = binary(plan, &bias, &lowest, Op::Maximum)?;
            binary(plan, scores, &bias, Op::Add)?
        }
        Mask::Keep(keep) => {
            let keep = full(plan, keep, 0.0)?;
            let hidden = fill(plan, "masked", &[], MASKED);
            where_(plan, &keep, scores, &hidden)?
        }
    };
    Ok(match causal {
        Some(offset) => causal_mask(plan, &t, offset, MASKED),
        None => t,
    })
}

/// Records `x [B, H, TQ, TK]` with `masked` where the key lies past query i plus `offset`.
fn causal_mask(plan: &mut Plan, x: &Tensor, offset: usize, masked: f32) -> Tensor {
    let [b, h, tq, tk] = [0, 1, 2, 3].map(|axis| dim(x.shape[axis]));
    let (rows, offset) = (b * h, offset as i32);
    let p = AttentionMask { rows, tq, tk, causal: 1, offset, valid: tk, scale: 1.0, masked };
    stages::mask(plan, p, x)
}

/// Records attention of `q`, `k` and `v`, with keys and values of the past if there are some.
///
/// A query that a mask lets look at no key has equal probabilities, but none for keys that causality
/// hides from it.
pub fn general_attention(
    plan: &mut Plan,
    [q, k, v]: [&Tensor; 3],
    mask: Mask<'_>,
    past: Option<[&Tensor; 2]>,
    settings: &GeneralAttentionOptions,
) -> Result<GeneralAttention, OpError> {
    let side_by_side = q.shape.len() == 3;
    let [q_heads, kv_heads] = [0, 1].map(|i| settings.heads.map(|heads| heads[i]));
    let q = split_heads(plan, "q", q, q_heads)?;
    let k = split_heads(plan, "k", k, kv_heads)?;
    let v = split_heads(plan, "v", v, kv_heads)?;
    let past_keys = past.map_or(0, |past| past[0].shape.get(2).copied().unwrap_or(0));
    let k = append(plan, "the past key", past.map(|p| p[0]), &k)?;
    let v = append(plan, "the past value", past.map(|p| p[1]), &v)?;
    let (&[b, h, tq, d], &[kb, kh, tk, kd], &[vb, vh, vk, dv]) = (&q.shape[..], &k.shape[..], &v.shape[..])
    else {
        unreachable!("split heads have four axes")
    };
    if (kb, kd) != (b, d) || kh == 0 || h % kh != 0 {
        return Err(wrong(
            "k",
            &k.shape,
            format!("q {:?}: a divisor of {h} heads, [{b}, KH, TK, {d}]", q.shape),
        ));
    }
    if (vb, vh, vk) != (b, kh, tk) {
        return Err(wrong("v", &v.shape, format!("the keys: [{b}, {kh}, {tk}, DV]")));
    }
    if !(settings.softcap >= 0.0 && settings.softcap.is_finite()) {
        let value = settings.softcap;
        return Err(OpError::OutOfRange { what: "the cap of the scores", value, lo: 0.0, hi: f32::INFINITY });
    }
    limit_elements("attention scores", &[b, h, tq, tk])?;
    // The query heads that share a key head are rows of one product.
    let rows = h / kh * tq;
    let alpha = AttentionOptions { scale: settings.scale, ..Default::default() }.factor(d);
    let gemm = Gemm { alpha, ..Gemm::NT };
    let scores = matmul(plan, &q.view(&[b * kh, rows, d]), &k.view(&[b * kh, tk, d]), None, &gemm)?;
    plan.name(&scores, "scores");
    let scores = scores.view(&[b, h, tq, tk]);
    let cap = |plan: &mut Plan, s: &Tensor| match settings.softcap {
        0.0 => s.clone(),
        c => {
            let small = affine(plan, s, 1.0 / c, 0.0);
            let tanh = activation(plan, &small, Act::TANH);
            affine(plan, &tanh, c, 0.0)
        }
    };
    let causal = settings.causal.then_some(past_keys);
    let (second, third) = if settings.cap_after_mask {
        let second = masked(plan, &scores, mask, causal)?;
        let third = cap(plan, &second);
        (second, third)
    } else {
        let second = cap(plan, &scores);
        let third = masked(plan, &second, mask, causal)?;
        (second, third)
    };
    let mut probabilities = softmax(plan, &third, 3, &softmax::SoftmaxOptions::default())?;
    // Where a mask hides every key, those that causality hides are no less likely than the others; a cap
    // after the mask makes hidden keys visible by definition.
    if let Some(offset) = causal.filter(|_| !settings.cap_after_mask) {
        probabilities = causal_mask(plan, &probabilities, offset, 0.0);
    }
    let weights = probabilities.view(&[b * kh, rows, tk]);
    let output = matmul(plan, &weights, &v.view(&[b * kh, tk, dv]), None, &Gemm::NN)?;
    plan.name(&output, "attention output");
    let mut output = output.view(&[b, h, tq, dv]);
    if side_by_side {
        output = transpose(plan, &output, &[0, 2, 1, 3])?.view(&[b, tq, h * dv]);
    }
    Ok(GeneralAttention { output, present_key: k, present_value: v, scores, second, third, probabilities })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{AttentionOptions, attention};
    use super::*;
    use crate::gpu::reference;
    use crate::ops::gradient;

    fn wave(plan: &mut Plan, name: &str, shape: &[usize], step: f32) -> Tensor {
        let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (step * i as f32).sin()).collect();
        plan.constant(name, shape, values)
    }

    fn close(plan: &Plan, a: &Tensor, b: &Tensor) {
        let values = reference::run(plan, &BTreeMap::new());
        let (a, b) = (&values[a.buf.0], &values[b.buf.0]);
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-7), "{a:?}\n{b:?}");
    }

    #[test]
    fn heads_side_by_side_give_what_the_one_kernel_gives() {
        let mut plan = Plan::new();
        let [q, k, v] =
            [("q", 0.3), ("k", 0.7), ("v", 1.1)].map(|(name, step)| wave(&mut plan, name, &[2, 5, 8], step));
        let one = AttentionOptions { heads: 2, causal: true, ..Default::default() };
        let one = attention(&mut plan, &q, &k, &v, &one).unwrap();
        let settings = GeneralAttentionOptions { heads: Some([2, 2]), causal: true, ..Default::default() };
        let all = general_attention(&mut plan, [&q, &k, &v], Mask::None, None, &settings).unwrap();
        assert_eq!(all.output.shape, [2, 5, 8]);
        close(&plan, &one, &all.output);
    }

    #[test]
    fn grouped_queries_share_keys_as_if_those_were_repeated() {
        let mut plan = Plan::new();
        let q = wave(&mut plan, "q", &[1, 4, 3, 2], 0.3);
        let [k, v] = [("k", 0.7), ("v", 1.1)].map(|(name, step)| wave(&mut plan, name, &[1, 2, 5, 2], step));
        let [k4, v4] = [&k, &v].map(|x| {
            let heads = [0, 0, 1, 1].map(|h| crate::ops::layout::narrow(&mut plan, x, 1, h, 1).unwrap());
            concat(&mut plan, &heads.iter().collect::<Vec<_>>(), 1).unwrap()
        });
        let settings = GeneralAttentionOptions { softcap: 0.5, ..Default::default() };
        let grouped = general_attention(&mut plan, [&q, &k, &v], Mask::None, None, &settings).unwrap();
        let repeated = general_attention(&mut plan, [&q, &k4, &v4], Mask::None, None, &settings).unwrap();
        close(&plan, &grouped.output, &repeated.output);
    }

    #[test]
    fn a_past_continues_where_it_ended() {
        let mut plan = Plan::new();
        let [q, k, v] = [("q", 0.3), ("k", 0.7), ("v", 1.1)]
            .map(|(name, step)| wave(&mut plan, name, &[1, 2, 4, 3], step));
        let settings = GeneralAttentionOptions { causal: true, ..Default::default() };
        let whole = general_attention(&mut plan, [&q, &k, &v], Mask::None, None, &settings).unwrap();
        let mut cut =
            |x: &Tensor, start, len| crate::ops::layout::narrow(&mut plan, x, 2, start, len).unwrap();
        let past = [cut(&k, 0, 3), cut(&v, 0, 3)];
        let last = [cut(&q, 3, 1), cut(&k, 3, 1), cut(&v, 3, 1)];
        let want = cut(&whole.output, 3, 1);
        let [a, b, c] = &last;
        let next = general_attention(&mut plan, [a, b, c], Mask::None, Some([&past[0], &past[1]]), &settings)
            .unwrap();
        assert_eq!(next.present_key.shape, [1, 2, 4, 3]);
        close(&plan, &want, &next.output);
    }

    #[test]
    fn both_kinds_of_masks_hide_keys_and_let_gradients_pass() {
        let mut plan = Plan::new();
        let [q, k, v] = [("q", 0.3), ("k", 0.7), ("v", 1.1)]
            .map(|(name, step)| wave(&mut plan, name, &[1, 1, 3, 2], step));
        let keep = plan.constant("keep", &[3, 2], vec![1.0_f32, 1.0, 0.0, 1.0, 1.0, 0.0]);
        let bias = plan.constant(
            "bias",
            &[3, 3],
            [0.0, 0.0, MASKED, MASKED, 0.0, MASKED, 0.0, MASKED, MASKED].to_vec(),
        );
        let settings = GeneralAttentionOptions::default();
        let a = general_attention(&mut plan, [&q, &k, &v], Mask::Keep(&keep), None, &settings).unwrap();
        let b = general_attention(&mut plan, [&q, &k, &v], Mask::Bias(&bias), None, &settings).unwrap();
        close(&plan, &a.output, &b.output);
        let [da, db] = [a, b].map(|x| gradient::backward(&mut plan, &x.output, None, &[&q, &k, &v]).unwrap());
        for x in [&q, &k, &v] {
            close(&plan, &da.of(x).unwrap(), &db.of(x).unwrap());
        }
    }

    #[test]
    fn no_query_looks_ahead_even_if_a_bias_of_minus_infinity_hides_all_it_may_see() {
        let mut plan = Plan::new();
        let [q, k, v] = [("q", 0.3), ("k", 0.7), ("v", 1.1)]
            .map(|(name, step)| wave(&mut plan, name, &[1, 1, 3, 2], step));
        let bias = plan.constant("bias", &[3], vec![f32::NEG_INFINITY, 0.0, 0.0]);
        let settings = GeneralAttentionOptions { causal: true, ..Default::default() };
        let all = general_attention(&mut plan, [&q, &k, &v], Mask::Bias(&bias), None, &settings).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        let w = &values[all.probabilities.buf.0];
        assert!(w.iter().all(|w| w.is_finite()), "{w:?}");
        assert_eq!([w[1], w[2], w[5]], [0.0; 3]);
        assert_eq!([w[3], w[4]], [0.0, 1.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut plan = Plan::new();
        let q = wave(&mut plan, "q", &[1, 4, 3, 2], 0.3);
        let k = wave(&mut plan, "k", &[1, 3, 5, 2], 0.3);
        let settings = GeneralAttentionOptions::default();
        assert!(general_attention(&mut plan, [&q, &k, &k], Mask::None, None, &settings).is_err());
        let flat = q.view(&[4, 3, 2]);
        assert!(general_attention(&mut plan, [&flat, &flat, &flat], Mask::None, None, &settings).is_err());
        let mask = wave(&mut plan, "mask", &[2, 3], 0.1);
        assert!(general_attention(&mut plan, [&q, &q, &q], Mask::Bias(&mask), None, &settings).is_err());
    }
}
