//! Attention in one kernel, which keeps no score.

use super::sizes::{Attention, AttentionMask, AttentionOptions, output_shape};
use super::stages;
use crate::gpu::{
    Backward, Case, DType, Fill, Forward, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always,
    anywhere, fold,
};
use crate::ops::arithmetic::sum_of_products;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, narrow};
use crate::ops::softmax;
use crate::ops::{MAX_ELEMENTS, OpError, dim};

/// Most channels a head's values may have in [`ATTENTION`], which holds a row of them in registers.
pub const MAX_HEAD: usize = 128;

impl Attention {
    /// Refuses heads that [`ATTENTION`] cannot hold in registers.
    fn fused(self) -> Result<Self, OpError> {
        if self.dv as usize > MAX_HEAD {
            return Err(OpError::Shape {
                op: "attention",
                what: "a head of v",
                have: vec![self.dv as usize],
                want: format!("the {MAX_HEAD} channels of the fused kernel: use more heads, or the stages"),
            });
        }
        Ok(self)
    }

    /// Rows of queries, head by head.
    fn rows(&self) -> usize {
        self.batch as usize * self.heads as usize * self.tq as usize
    }

    /// Elements of `q`, `k`, `v` and `o`.
    fn lens(&self) -> [usize; 4] {
        let heads = self.batch as usize * self.heads as usize;
        let [tq, tk, d, dv] = [self.tq, self.tk, self.d, self.dv].map(|v| v as usize);
        [tq * d, tk * d, tk * dv, tq * dv].map(|v| v * heads)
    }

    /// How many keys query `i` looks at, from the first on.
    fn keys(&self, i: usize) -> usize {
        let [tq, tk, valid] = [self.tq, self.tk, self.valid].map(|v| v as usize);
        if self.causal == 0 { valid } else { valid.min((i + 1 + tk).saturating_sub(tq)) }
    }

    /// Output element `index` in `f64`: the probabilities, the keys' indices into `k`, the values'
    /// indices into `v` and the query's index into `q`.
    fn row(&self, index: usize, q: &[f64], k: &[f64]) -> Row {
        let [heads, tq, tk, d, dv] = [self.heads, self.tq, self.tk, self.d, self.dv].map(|v| v as usize);
        let (c, head, i, item) =
            (index % dv, index / dv % heads, index / (dv * heads) % tq, index / (dv * heads * tq));
        let query = ((item * tq + i) * heads + head) * d;
        let rows = (0..self.keys(i)).map(|j| (item * tk + j) * heads + head);
        let keys: Vec<usize> = rows.clone().map(|row| row * d).collect();
        let dot = |key: usize| (0..d).map(|c| q[query + c] * k[key + c]).sum::<f64>();
        let scores: Vec<f64> = keys.iter().map(|&key| f64::from(self.scale) * dot(key)).collect();
        let largest = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let weights: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
        let total: f64 = weights.iter().sum();
        let probabilities = weights.iter().map(|w| w / total).collect();
        Row { query, keys, values: rows.map(|row| row * dv + c).collect(), probabilities }
    }

    /// Heads of multiples of four channels.
    fn by_fours(&self) -> bool {
        self.d.is_multiple_of(4) && self.dv.is_multiple_of(4)
    }
}

/// What one output element is made of.
struct Row {
    query: usize,
    keys: Vec<usize>,
    values: Vec<usize>,
    probabilities: Vec<f64>,
}

/// Attention in one kernel.
pub static ATTENTION: Kernel<Attention> = Kernel {
    name: "attention",
    about: "o = softmax(scale·q·k + mask)·v in one pass, no score kept",
    ins: &[
        Slot::input("q", |p| p.lens()[0]),
        Slot::input("k", |p| p.lens()[1]),
        Slot::input("v", |p| p.lens()[2]),
    ],
    outs: &[Slot::output("o", |p| p.lens()[3])],
    reference: |p, ins, outs| {
        // The probabilities are the same for all channels of a head.
        for (first, channels) in outs[0].chunks_mut(p.dv as usize).enumerate() {
            let row = p.row(first * p.dv as usize, ins[0], ins[1]);
            for (c, o) in channels.iter_mut().enumerate() {
                let terms = row.probabilities.iter().zip(&row.values);
                *o = terms.map(|(w, &v)| w * ins[2][v + c]).sum();
            }
        }
    },
    backward: Backward::Rule(backward),
    trace: Some(|p, ins, _, index| {
        let [q, k] = [0, 1].map(|i| ins[i].iter().map(|&v| f64::from(v)).collect::<Vec<_>>());
        let row = p.row(index, &q, &k);
        let terms: Vec<_> =
            row.probabilities.iter().zip(&row.values).map(|(&w, &v)| (w, f64::from(ins[2][v]))).collect();
        let d = p.d as usize;
        let mut reads: Vec<_> = (0..d).map(|c| (0, row.query + c)).collect();
        reads.extend(row.keys.iter().flat_map(|&key| (0..d).map(move |c| (1, key + c))));
        reads.extend(row.values.iter().map(|&v| (2, v)));
        let lines = if terms.is_empty() {
            vec!["this query may look at no key: 0".into()]
        } else {
            sum_of_products(&terms, 4, None)
        };
        Trace { reads, lines }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("attention/attention"),
            groups: |p| fold(p.rows(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows4",
            shader: crate::shader!("attention/attention_rows4"),
            groups: |p| fold((p.batch * p.heads * p.tq.div_ceil(8)) as usize, 8),
            fits: |_, profile| profile.software,
            can: Attention::by_fours,
        },
    ],
    cases,
    tolerance: Tolerance { abs: 1e-4, rel: 1e-4 },
    flops: |p| {
        let pairs: usize = (0..p.tq as usize).map(|i| p.keys(i)).sum();
        2.0 * f64::from(p.batch * p.heads) * pairs as f64 * f64::from(p.d + p.dv)
    },
};

fn backward(plan: &mut Plan, p: &Attention, step: &Forward<'_>) -> Vec<Option<Tensor>> {
    let ins = [0, 1, 2].map(|i| step.input(i));
    let d_o = step.d_outs[0].as_ref().expect("the one output has a gradient");
    // A kernel that keeps no score takes more queries than have room for theirs.
    let of_a_query = p.batch as usize * p.heads as usize * p.tk as usize;
    let block = (MAX_ELEMENTS / of_a_query).max(1);
    backward_in_blocks(plan, p, ins, d_o, block).map(Some).to_vec()
}

/// Goes back through so many queries at a time; the gradients of keys and values are added up.
fn backward_in_blocks(
    plan: &mut Plan,
    p: &Attention,
    [q, k, v]: [&Tensor; 3],
    d_o: &Tensor,
    block: usize,
) -> [Tensor; 3] {
    let [batch, heads, tq, d, dv] = [p.batch, p.heads, p.tq, p.d, p.dv].map(|v| v as usize);
    if block >= tq {
        return backward_of_block(plan, p, p.mask(), [q, k, v], d_o);
    }
    let (q, d_o) = (q.view(&[batch, tq, heads * d]), d_o.view(&[batch, tq, heads * dv]));
    let mut dqs = Vec::new();
    let mut sums: Option<[Tensor; 2]> = None;
    for first in (0..tq).step_by(block) {
        let len = block.min(tq - first);
        let part = Attention { tq: dim(len), ..*p };
        let mask = AttentionMask { offset: p.mask().offset + first as i32, ..part.mask() };
        let [q, d_o] = [&q, &d_o].map(|x| narrow(plan, x, 1, first, len).expect("the block lies inside"));
        let [dq, dk, dv] = backward_of_block(plan, &part, mask, [&q, k, v], &d_o);
        dqs.push(dq.view(&q.shape));
        sums = Some(match sums {
            None => [dk, dv],
            Some([k_sum, v_sum]) => [(k_sum, dk), (v_sum, dv)]
                .map(|(sum, d)| binary(plan, &sum, &d, Op::Add).expect("all blocks have these keys")),
        });
    }
    let dq = concat(plan, &dqs.iter().collect::<Vec<_>>(), 1).expect("the blocks differ in one axis");
    let [dk, dv] = sums.expect("the shape rule refused attention without queries");
    [dq.view(&[dq.len()]), dk, dv]
}

/// Records the stages again and goes back through them. The mask stands behind the softmax as well, so
/// that a query that may look at no key has zeros there, as in the kernel.
fn backward_of_block(
    plan: &mut Plan,
    p: &Attention,
    mask: AttentionMask,
    [q, k, v]: [&Tensor; 3],
    d_o: &Tensor,
) -> [Tensor; 3] {
    let scores = stages::scores(plan, p.scores(), q, k);
    let masked = stages::mask(plan, mask, &scores);
    let setting = softmax::SoftmaxOptions::default();
    let rows = softmax::Softmax::new(&masked.shape, 3, &setting).expect("blocks are cut to these sizes");
    let w = softmax::softmax(plan, &masked, 3, &setting).expect("blocks are cut to these sizes");
    let w = stages::mask(plan, AttentionMask { scale: 1.0, masked: 0.0, ..mask }, &w);
    let dw = stages::scores(plan, p.output(), d_o, v);
    let dt = softmax::d_softmax(plan, rows, &w, &dw);
    let ds = stages::mask(plan, AttentionMask { masked: 0.0, ..mask }, &dt.view(&masked.shape));
    let (turned, w) = stages::turn(plan, &p.output(), &w);
    let dv = stages::weighted_sum(plan, turned, &w, d_o);
    let dq = stages::weighted_sum(plan, p.scores(), &ds, k);
    let (turned, ds) = stages::turn(plan, &p.scores(), &ds);
    let dk = stages::weighted_sum(plan, turned, &ds, q);
    [dq, dk, dv]
}

fn cases() -> Vec<Case<Attention>> {
    let make = |name, [batch, tq, tk, d, dv]: [usize; 5], settings: AttentionOptions| {
        let heads = settings.heads;
        let [q, k, v] = [[batch, tq, heads * d], [batch, tk, heads * d], [batch, tk, heads * dv]];
        let params = Attention::new(&q, &k, &v, &settings).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let one = AttentionOptions::default();
    let warm = AttentionOptions { scale: Some(0.7), temperature: 2.0, ..one };
    let heads = |heads| AttentionOptions { heads, ..one };
    vec![
        make("one element", [1, 1, 1, 1, 1], one),
        make("one key", [1, 5, 1, 4, 4], one),
        make("few, two heads, causal", [2, 4, 5, 2, 3], AttentionOptions { causal: true, ..heads(2) }),
        make("few, padding, scale", [1, 3, 6, 4, 2], AttentionOptions { valid: Some(4), ..warm }),
        make("odd sizes", [2, 7, 11, 5, 3], heads(3)),
        make("multiples of four", [1, 19, 13, 8, 12], heads(2)),
        make("causal", [1, 21, 21, 8, 8], AttentionOptions { causal: true, ..heads(2) }),
        make("causal, more keys than queries", [1, 3, 13, 8, 8], AttentionOptions { causal: true, ..one }),
        make("causal, more queries than keys", [1, 13, 3, 8, 8], AttentionOptions { causal: true, ..one }),
        make("padding", [2, 9, 18, 4, 4], AttentionOptions { valid: Some(11), ..heads(2) }),
        make("all padding", [1, 9, 18, 4, 4], AttentionOptions { valid: Some(0), ..one }),
        make(
            "causal, padding, temperature",
            [1, 17, 17, 16, 8],
            AttentionOptions { causal: true, valid: Some(12), temperature: 0.3, ..one },
        ),
        make("widest head", [1, 10, 10, 128, 128], one),
        make("extreme values", [1, 16, 16, 8, 8], one).fills(vec![
            Fill::Extreme,
            Fill::Normal(1.0),
            Fill::Normal(1.0),
        ]),
        make("12 heads, 128 tokens, d 32", [1, 128, 128, 32, 32], heads(12)).timed(),
        make(
            "12 heads, 128 tokens, d 64, causal",
            [1, 128, 128, 64, 64],
            AttentionOptions { causal: true, ..heads(12) },
        )
        .timed(),
        make("8 heads, 512 tokens, d 64", [1, 512, 512, 64, 64], heads(8)).timed(),
    ]
}

/// Records attention in one kernel.
///
/// `q [B, TQ, H·D]`, `k [B, TK, H·D]`, `v [B, TK, H·DV]` with DV at most [`MAX_HEAD`], the batch
/// optional. Returns `o [B, TQ, H·DV]`; zeros for queries that may look at no key.
pub fn attention(
    plan: &mut Plan,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    settings: &AttentionOptions,
) -> Result<Tensor, OpError> {
    let p = Attention::new(&q.shape, &k.shape, &v.shape, settings)?.fused()?;
    let o = plan.temporary("attention output", &output_shape(q, v), DType::F32);
    plan.push(&ATTENTION, p, &[Some(q), Some(k), Some(v)], &[&o]);
    Ok(o)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::{content, run};

    #[test]
    fn blocks_of_queries_give_the_gradients_of_all_at_once() {
        let mut plan = Plan::new();
        let mut wave = |name: &str, shape: &[usize], step: f32| {
            let values: Vec<f32> =
                (0..shape.iter().product()).map(|i: usize| (step * i as f32).sin()).collect();
            plan.constant(name, shape, values)
        };
        let [q, k] = [("q", 7, 0.3), ("k", 5, 0.7)].map(|(name, t, step)| wave(name, &[2, t, 4], step));
        let [v, d_o] = [("v", 5, 1.1), ("d o", 7, 0.9)].map(|(name, t, step)| wave(name, &[2, t, 6], step));
        for causal in [false, true] {
            let settings = AttentionOptions { heads: 2, causal, ..Default::default() };
            let p = Attention::new(&q.shape, &k.shape, &v.shape, &settings).unwrap();
            let [whole, blocks] =
                [7, 3].map(|block| backward_in_blocks(&mut plan, &p, [&q, &k, &v], &d_o, block));
            let values = run(&plan, &std::collections::BTreeMap::new());
            for (a, b) in whole.iter().zip(&blocks) {
                let [a, b] = [a, b].map(|t| content(&plan, &values, t.buf));
                assert_eq!(a.len(), b.len());
                assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "causal {causal}");
            }
        }
    }
}
