//! Attention stage by stage: scores, scale and mask, output.

use super::sizes::{
    Attention, AttentionMask, AttentionOptions, AttentionProduct, MASKED, output_shape, product,
};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::arithmetic::{number, sum_of_products};
use crate::ops::layout::transpose;
use crate::ops::{OpError, softmax};

impl AttentionMask {
    fn len(&self) -> usize {
        product([self.rows, self.tq, self.tk, 1])
    }

    /// Whether query i looks at key j, for the score at `index`.
    fn sees(&self, index: usize) -> bool {
        let (j, i) = (index % self.tk as usize, index / self.tk as usize % self.tq as usize);
        let ahead = self.causal != 0 && j as i64 > i as i64 + i64::from(self.offset);
        !ahead && j < self.valid as usize
    }
}

impl AttentionProduct {
    fn scores(&self) -> usize {
        product([self.batch, self.heads, self.tq, self.tk])
    }

    /// Elements of a tensor of `tokens` tokens.
    fn tokens(&self, tokens: u32) -> usize {
        product([self.batch, tokens, self.heads, self.d])
    }

    /// Where q's and k's rows for score `index` begin.
    fn rows(&self, index: usize) -> (usize, usize) {
        let [heads, tq, tk, d] = [self.heads, self.tq, self.tk, self.d].map(|v| v as usize);
        let (j, i, head, item) =
            (index % tk, index / tk % tq, index / (tk * tq) % heads, index / (tk * tq * heads));
        (((item * tq + i) * heads + head) * d, ((item * tk + j) * heads + head) * d)
    }

    /// Where the probabilities for output `index` begin, and its first value and their distance.
    fn column(&self, index: usize) -> (usize, usize, usize) {
        let [heads, tq, tk, d] = [self.heads, self.tq, self.tk, self.d].map(|v| v as usize);
        let (c, head, i, item) =
            (index % d, index / d % heads, index / (d * heads) % tq, index / (d * heads * tq));
        (((item * heads + head) * tq + i) * tk, (item * tk * heads + head) * d + c, heads * d)
    }
}

/// Scores of attention.
pub static ATTENTION_SCORES: Kernel<AttentionProduct> = Kernel {
    name: "attention_scores",
    about: "s[h,i,j] = q_i·k_j, each query against each key",
    ins: &[Slot::input("q", |p| p.tokens(p.tq)), Slot::input("k", |p| p.tokens(p.tk))],
    outs: &[Slot::output("s", AttentionProduct::scores)],
    reference: |p, ins, outs| {
        for (index, s) in outs[0].iter_mut().enumerate() {
            let (q, k) = p.rows(index);
            *s = (0..p.d as usize).map(|c| ins[0][q + c] * ins[1][k + c]).sum();
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let ds = step.d_outs[0].as_ref().expect("the one output has a gradient");
        let dq = weighted_sum(plan, *p, ds, step.input(1));
        let (turned, ds) = turn(plan, p, ds);
        vec![Some(dq), Some(weighted_sum(plan, turned, &ds, step.input(0)))]
    }),
    trace: Some(|p, ins, _, index| {
        let (q, k) = p.rows(index);
        let channels = 0..p.d as usize;
        let terms: Vec<_> =
            channels.clone().map(|c| (f64::from(ins[0][q + c]), f64::from(ins[1][k + c]))).collect();
        let reads = channels.clone().map(|c| (0, q + c)).chain(channels.map(|c| (1, k + c))).collect();
        Trace { reads, lines: sum_of_products(&terms, 4, None) }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("attention/attention_scores"),
            groups: |p| fold(p.scores(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows4",
            shader: crate::shader!("attention/attention_scores_rows4"),
            groups: |p| fold(product([p.batch, p.heads, p.tq.div_ceil(8), p.tk.div_ceil(16)]), 8),
            fits: |_, profile| profile.software,
            can: |p| p.d.is_multiple_of(4),
        },
    ],
    cases: || {
        let case = |name, [batch, heads, tq, tk, d]: [u32; 5]| {
            Case::normal(name, AttentionProduct { batch, heads, tq, tk, d }, 2)
        };
        vec![
            case("one element", [1, 1, 1, 1, 1]),
            case("odd sizes", [2, 3, 7, 11, 5]),
            case("multiples of four", [1, 2, 20, 12, 8]),
            case("extreme values", [1, 2, 9, 8, 4]).fills(vec![Fill::Extreme, Fill::Normal(1.0)]),
            case("more than one tile", [2, 3, 21, 37, 20]),
            case("12 heads, 128 tokens, d 32", [1, 12, 128, 128, 32]).timed(),
        ]
    },
    tolerance: Tolerance::SUMS,
    flops: |p| 2.0 * p.scores() as f64 * f64::from(p.d),
};

/// Why masked scores cannot be told by differences.
const DROWNED: &str = "in a sum with -3e38 all else is lost";

/// Scale and mask of attention.
pub static ATTENTION_MASK: Kernel<AttentionMask> = Kernel {
    name: "attention_mask",
    about: "t = scale·s, and −3e38 where a query must not look",
    ins: &[Slot::input("s", AttentionMask::len)],
    outs: &[Slot::output("t", AttentionMask::len)],
    reference: |p, ins, outs| {
        for (index, t) in outs[0].iter_mut().enumerate() {
            *t = if p.sees(index) { f64::from(p.scale) * ins[0][index] } else { f64::from(p.masked) };
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dt = step.d_outs[0].as_ref().expect("the one output has a gradient");
        vec![Some(mask(plan, AttentionMask { masked: 0.0, ..*p }, dt))]
    }),
    trace: Some(|p, ins, _, index| {
        let (j, i) = (index % p.tk as usize, index / p.tk as usize % p.tq as usize);
        let (s, scale) = (f64::from(ins[0][index]), f64::from(p.scale));
        let line = if p.sees(index) {
            format!("{}·{} = {}", number(scale), number(s), number(scale * s))
        } else if j >= p.valid as usize {
            format!("key {j} is padding: masked")
        } else {
            format!("key {j} comes after query {i}: masked")
        };
        Trace { reads: vec![(0, index)], lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("attention/attention_mask"),
        groups: |p| fold(p.len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [rows, tq, tk, causal, valid]: [u32; 5]| {
            let offset = tk as i32 - tq as i32;
            let params = AttentionMask { rows, tq, tk, causal, offset, valid, scale: 0.25, masked: MASKED };
            Case::normal(name, params, 1)
        };
        let with = |name, offset, masked| {
            let [rows, tq, tk, causal, valid] = [2, 5, 7, 1, 6];
            Case::normal(name, AttentionMask { rows, tq, tk, causal, offset, valid, scale: 1.5, masked }, 1)
        };
        vec![
            case("one element", [1, 1, 1, 1, 1]),
            case("no mask", [2, 7, 9, 0, 9]),
            case("causal", [2, 9, 9, 1, 9]).kinked(DROWNED),
            case("causal, more keys than queries", [1, 5, 9, 1, 9]).kinked(DROWNED),
            case("causal, more queries than keys", [1, 9, 5, 1, 5]).kinked(DROWNED),
            case("padding", [3, 6, 10, 0, 7]).kinked(DROWNED),
            case("all padding", [1, 3, 5, 0, 0]).kinked(DROWNED),
            case("causal and padding", [2, 8, 8, 1, 5]).kinked(DROWNED),
            with("the first keys alone, zeros", 0, 0.0),
            with("before the keys, a half", -3, 0.5),
            case("extreme values", [1, 8, 8, 1, 8]).fills(vec![Fill::Extreme]),
        ]
    },
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| p.len() as f64,
};

/// Output of attention from probabilities.
pub static ATTENTION_OUTPUT: Kernel<AttentionProduct> = Kernel {
    name: "attention_output",
    about: "o_i = Σ_j w[h,i,j]·v_j, the values weighted by the probabilities",
    ins: &[Slot::input("w", AttentionProduct::scores), Slot::input("v", |p| p.tokens(p.tk))],
    outs: &[Slot::output("o", |p| p.tokens(p.tq))],
    reference: |p, ins, outs| {
        for (index, o) in outs[0].iter_mut().enumerate() {
            let (w, v, step) = p.column(index);
            *o = (0..p.tk as usize).map(|j| ins[0][w + j] * ins[1][v + j * step]).sum();
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let d_o = step.d_outs[0].as_ref().expect("the one output has a gradient");
        let dw = scores(plan, *p, d_o, step.input(1));
        let (turned, w) = turn(plan, p, step.input(0));
        vec![Some(dw), Some(weighted_sum(plan, turned, &w, d_o))]
    }),
    trace: Some(|p, ins, _, index| {
        let (w, v, step) = p.column(index);
        let keys = 0..p.tk as usize;
        let terms: Vec<_> =
            keys.clone().map(|j| (f64::from(ins[0][w + j]), f64::from(ins[1][v + j * step]))).collect();
        let reads = keys.clone().map(|j| (0, w + j)).chain(keys.map(|j| (1, v + j * step))).collect();
        Trace { reads, lines: sum_of_products(&terms, 4, None) }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("attention/attention_output"),
            groups: |p| fold(p.tokens(p.tq), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows4",
            shader: crate::shader!("attention/attention_output_rows4"),
            groups: |p| fold(product([p.batch, p.heads, p.tq.div_ceil(8), p.d.div_ceil(16)]), 8),
            fits: |_, profile| profile.software,
            can: |p| p.d.is_multiple_of(4),
        },
    ],
    cases: || {
        let case = |name, [batch, heads, tq, tk, d]: [u32; 5]| {
            Case::normal(name, AttentionProduct { batch, heads, tq, tk, d }, 2)
        };
        vec![
            case("one element", [1, 1, 1, 1, 1]),
            case("odd sizes", [2, 3, 7, 11, 5]),
            case("multiples of four", [1, 2, 20, 12, 8]),
            case("extreme values", [1, 2, 9, 8, 4]).fills(vec![Fill::Uniform(0.0, 1.0), Fill::Extreme]),
            case("more than one tile", [2, 3, 21, 37, 20]),
            case("12 heads, 128 tokens, d 32", [1, 12, 128, 128, 32]).timed(),
        ]
    },
    tolerance: Tolerance::SUMS,
    flops: |p| 2.0 * p.scores() as f64 * f64::from(p.d),
};

/// Records `s[h,i,j] = q_i·k_j`.
pub(super) fn scores(plan: &mut Plan, p: AttentionProduct, q: &Tensor, k: &Tensor) -> Tensor {
    let s = plan.temporary("scores", &[p.batch, p.heads, p.tq, p.tk].map(|v| v as usize), DType::F32);
    plan.push(&ATTENTION_SCORES, p, &[Some(q), Some(k)], &[&s]);
    s
}

/// Records scale and mask of scores.
pub(super) fn mask(plan: &mut Plan, p: AttentionMask, s: &Tensor) -> Tensor {
    let t = plan.temporary("scaled and masked scores", &s.shape, DType::F32);
    plan.push(&ATTENTION_MASK, p, &[Some(s)], &[&t]);
    t
}

/// Records `o_i = Σ_j w[h,i,j]·v_j`.
pub(super) fn weighted_sum(plan: &mut Plan, p: AttentionProduct, w: &Tensor, v: &Tensor) -> Tensor {
    let o = plan.temporary("attention output", &[p.tokens(p.tq)], DType::F32);
    plan.push(&ATTENTION_OUTPUT, p, &[Some(w), Some(v)], &[&o]);
    o
}

/// Records weights with queries and keys in each other's place.
pub(super) fn turn(plan: &mut Plan, p: &AttentionProduct, w: &Tensor) -> (AttentionProduct, Tensor) {
    let sizes = [p.batch * p.heads, p.tq, p.tk].map(|v| v as usize);
    let turned = transpose(plan, &w.view(&sizes), &[0, 2, 1]).expect("the three axes, each once");
    (AttentionProduct { tq: p.tk, tk: p.tq, ..*p }, turned)
}

/// The tensors of attention recorded stage by stage.
#[derive(Clone, Debug)]
pub struct AttentionStages {
    /// `q·kᵀ [B, H, TQ, TK]`.
    pub scores: Tensor,
    /// Scaled and masked, `[B, H, TQ, TK]`.
    pub masked: Tensor,
    /// Softmax over the keys, `[B, H, TQ, TK]`.
    pub probabilities: Tensor,
    /// `[B, TQ, H·DV]`, or `[TQ, H·DV]` without a batch.
    pub output: Tensor,
}

/// Records attention stage by stage, every stage a tensor of its own.
///
/// `q [B, TQ, H·D]`, `k [B, TK, H·D]`, `v [B, TK, H·DV]`, the batch optional. A query that may look at
/// no key has equal scores, [`MASKED`], and so equal probabilities; [`attention`](super::attention) gives it zeros.
pub fn attention_stages(
    plan: &mut Plan,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    settings: &AttentionOptions,
) -> Result<AttentionStages, OpError> {
    let p = Attention::new(&q.shape, &k.shape, &v.shape, settings)?.with_scores()?;
    let scores = scores(plan, p.scores(), q, k);
    let masked = mask(plan, p.mask(), &scores);
    let probabilities = softmax::softmax(plan, &masked, 3, &softmax::SoftmaxOptions::default())?;
    let output = weighted_sum(plan, p.output(), &probabilities, v).view(&output_shape(q, v));
    Ok(AttentionStages { scores, masked, probabilities, output })
}
