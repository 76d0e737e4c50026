//! Scaled dot-product attention with heads: `o = softmax(scale·q·kᵀ + mask)·v`.
//!
//! `q [B, TQ, H·D]`, `k [B, TK, H·D]`, `v [B, TK, H·DV]`, `o [B, TQ, H·DV]`, the batch optional;
//! scores and probabilities `[B, H, TQ, TK]`. As stages, so that each can be looked at:
//!
//! - [`ATTENTION_SCORES`]: `s[h,i,j] = q_i·k_j`
//! - [`ATTENTION_MASK`]: `t = scale·s`, [`MASKED`] where query i must not look at key j
//! - a softmax over each row of `t`
//! - [`ATTENTION_OUTPUT`]: `o_i = Σ_j w[h,i,j]·v_j`
//!
//! and as [`ATTENTION`], one kernel with an online softmax that keeps no score. Sources: Vaswani et
//! al., "Attention is all you need", 2017; Milakov and Gimelshein, "Online normalizer calculation for
//! softmax", 2018; Dao et al., "FlashAttention", 2022.

use super::arithmetic::{number, sum_of_products};
use super::{OpError, dim, limit_elements, softmax};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

/// What stands in the place of a masked score. Finite, because WGSL cannot rely on infinities; beside
/// it every ordinary score leaves an exponential of exactly 0.
pub const MASKED: f32 = -3.0e38;

/// Most channels a head's values may have in [`ATTENTION`], which holds a row of them in registers.
pub const MAX_HEAD: usize = 128;

/// Settings of attention that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttentionSettings {
    /// Heads; divides the channels.
    pub heads: usize,
    /// Factor of the scores; `None` is `1/√D`.
    pub scale: Option<f32>,
    /// Query i looks at keys up to `i + TK − TQ` only.
    pub causal: bool,
    /// Keys from this one on are padding; `None`: there is none.
    pub valid: Option<usize>,
    /// Divides the scores: below 1 sharper, above 1 softer. Positive.
    pub temperature: f32,
}

impl Default for AttentionSettings {
    fn default() -> Self {
        Self { heads: 1, scale: None, causal: false, valid: None, temperature: 1.0 }
    }
}

impl AttentionSettings {
    /// Factor of the scores for heads of `d` channels, temperature included.
    pub fn factor(&self, d: usize) -> f32 {
        self.scale.unwrap_or(1.0 / (d as f32).sqrt()) / self.temperature
    }
}

crate::params! {
    /// Sizes of the scores and of the output, head by head.
    AttentionProduct {
        /// Batch.
        batch: u32,
        /// Heads.
        heads: u32,
        /// Queries.
        tq: u32,
        /// Keys.
        tk: u32,
        /// Channels of a head: of queries and keys in the scores, of values in the output.
        d: u32,
    }
}

crate::params! {
    /// `t = scale·s`, masked.
    AttentionMask {
        /// Batch times heads.
        rows: u32,
        /// Queries.
        tq: u32,
        /// Keys.
        tk: u32,
        /// 1 if query i looks at keys up to `i + TK − TQ` only.
        causal: u32,
        /// Keys from this one on are padding.
        valid: u32,
        /// Factor of the scores.
        scale: f32,
    }
}

crate::params! {
    /// Attention in one kernel.
    Attention {
        /// Batch.
        batch: u32,
        /// Heads.
        heads: u32,
        /// Queries.
        tq: u32,
        /// Keys.
        tk: u32,
        /// Channels of a head of queries and keys.
        d: u32,
        /// Channels of a head of values.
        dv: u32,
        /// 1 if query i looks at keys up to `i + TK − TQ` only.
        causal: u32,
        /// Keys from this one on are padding.
        valid: u32,
        /// Factor of the scores.
        scale: f32,
    }
}

impl Attention {
    /// Shape rule, for the stages as well.
    pub fn new(q: &[usize], k: &[usize], v: &[usize], settings: &AttentionSettings) -> Result<Self, OpError> {
        let wrong = |what, have: &[usize], want: String| {
            Err(OpError::Shape { op: "attention", what, have: have.to_vec(), want })
        };
        let (batch, [tq, width]) = match *q {
            [tq, width] => (None, [tq, width]),
            [batch, tq, width] => (Some(batch), [tq, width]),
            _ => return wrong("q", q, "[TQ, H·D] or [B, TQ, H·D]".into()),
        };
        let fits = |shape: &[usize]| match *shape {
            [tk, width] if batch.is_none() => Some([tk, width]),
            [b, tk, width] if batch == Some(b) => Some([tk, width]),
            _ => None,
        };
        let lead = batch.map_or(String::new(), |b| format!("{b}, "));
        let Some([tk, _]) = fits(k).filter(|k| k[1] == width) else {
            return wrong("k", k, format!("the queries: [{lead}TK, {width}]"));
        };
        let Some([_, v_width]) = fits(v).filter(|v| v[0] == tk) else {
            return wrong("v", v, format!("the keys: [{lead}{tk}, H·DV]"));
        };
        let heads = settings.heads;
        for (channels, which) in [(width, "query"), (v_width, "value")] {
            if heads == 0 || channels % heads != 0 {
                return Err(OpError::Heads { heads, channels, which });
            }
        }
        let batch = batch.unwrap_or(1);
        for (size, what) in [
            (batch, "the batch"),
            (tq, "the number of queries"),
            (tk, "the number of keys"),
            (width, "the number of query channels"),
            (v_width, "the number of value channels"),
        ] {
            if size == 0 {
                return Err(OpError::Zero { what });
            }
        }
        if !(settings.temperature > 0.0 && settings.temperature.is_finite()) {
            return Err(OpError::NotPositive { what: "the temperature", value: settings.temperature });
        }
        for shape in [q, k, v] {
            limit_elements("attention", shape)?;
        }
        Ok(Self {
            batch: dim(batch),
            heads: dim(heads),
            tq: dim(tq),
            tk: dim(tk),
            d: dim(width / heads),
            dv: dim(v_width / heads),
            causal: u32::from(settings.causal),
            valid: dim(settings.valid.unwrap_or(tk).min(tk)),
            scale: settings.factor(width / heads),
        })
    }

    /// Refuses what the stages cannot hold: they keep every score.
    fn with_scores(self) -> Result<Self, OpError> {
        limit_elements("attention scores", &self.score_shape())?;
        Ok(self)
    }

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

    /// `[B, H, TQ, TK]`
    pub fn score_shape(&self) -> [usize; 4] {
        [self.batch, self.heads, self.tq, self.tk].map(|v| v as usize)
    }

    /// Parameters of the scores.
    pub fn scores(&self) -> AttentionProduct {
        AttentionProduct { batch: self.batch, heads: self.heads, tq: self.tq, tk: self.tk, d: self.d }
    }

    /// Parameters of scaling and masking.
    pub fn mask(&self) -> AttentionMask {
        AttentionMask {
            rows: self.batch * self.heads,
            tq: self.tq,
            tk: self.tk,
            causal: self.causal,
            valid: self.valid,
            scale: self.scale,
        }
    }

    /// Parameters of the weighted sum of the values.
    pub fn output(&self) -> AttentionProduct {
        AttentionProduct { d: self.dv, ..self.scores() }
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
        visible(self.causal, self.valid, self.tq, self.tk, i)
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

/// How many keys query `i` looks at, from the first on.
fn visible(causal: u32, valid: u32, tq: u32, tk: u32, i: usize) -> usize {
    let valid = valid.min(tk) as usize;
    if causal == 0 { valid } else { valid.min((i + 1 + tk as usize).saturating_sub(tq as usize)) }
}

/// As many elements or tiles as the sizes make.
fn product(sizes: [u32; 4]) -> usize {
    sizes.iter().map(|&v| v as usize).product()
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
    backward: Backward::None("its rule is yet to be written"),
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

/// Scale and mask of attention.
pub static ATTENTION_MASK: Kernel<AttentionMask> = Kernel {
    name: "attention_mask",
    about: "t = scale·s, and −3e38 where a query must not look",
    ins: &[Slot::input("s", |p| (p.rows * p.tq * p.tk) as usize)],
    outs: &[Slot::output("t", |p| (p.rows * p.tq * p.tk) as usize)],
    reference: |p, ins, outs| {
        for (index, t) in outs[0].iter_mut().enumerate() {
            let (j, i) = (index % p.tk as usize, index / p.tk as usize % p.tq as usize);
            let seen = j < visible(p.causal, p.valid, p.tq, p.tk, i);
            *t = if seen { f64::from(p.scale) * ins[0][index] } else { f64::from(MASKED) };
        }
    },
    backward: Backward::None("its rule is yet to be written"),
    trace: Some(|p, ins, _, index| {
        let (j, i) = (index % p.tk as usize, index / p.tk as usize % p.tq as usize);
        let (s, scale) = (f64::from(ins[0][index]), f64::from(p.scale));
        let line = if j < visible(p.causal, p.valid, p.tq, p.tk, i) {
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
        groups: |p| fold((p.rows * p.tq * p.tk) as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [rows, tq, tk, causal, valid]: [u32; 5]| {
            Case::normal(name, AttentionMask { rows, tq, tk, causal, valid, scale: 0.25 }, 1)
        };
        vec![
            case("one element", [1, 1, 1, 1, 1]),
            case("no mask", [2, 7, 9, 0, 9]),
            case("causal", [2, 9, 9, 1, 9]),
            case("causal, more keys than queries", [1, 5, 9, 1, 9]),
            case("causal, more queries than keys", [1, 9, 5, 1, 5]),
            case("padding", [3, 6, 10, 0, 7]),
            case("all padding", [1, 3, 5, 0, 0]),
            case("causal and padding", [2, 8, 8, 1, 5]),
            case("extreme values", [1, 8, 8, 1, 8]).fills(vec![Fill::Extreme]),
        ]
    },
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| f64::from(p.rows * p.tq * p.tk),
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
    backward: Backward::None("its rule is yet to be written"),
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
    backward: Backward::None("its rule is yet to be written"),
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

fn cases() -> Vec<Case<Attention>> {
    let make = |name, [batch, tq, tk, d, dv]: [usize; 5], settings: AttentionSettings| {
        let heads = settings.heads;
        let [q, k, v] = [[batch, tq, heads * d], [batch, tk, heads * d], [batch, tk, heads * dv]];
        let params = Attention::new(&q, &k, &v, &settings).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let one = AttentionSettings::default();
    let heads = |heads| AttentionSettings { heads, ..one };
    vec![
        make("one element", [1, 1, 1, 1, 1], one),
        make("one key", [1, 5, 1, 4, 4], one),
        make("odd sizes", [2, 7, 11, 5, 3], heads(3)),
        make("multiples of four", [1, 19, 13, 8, 12], heads(2)),
        make("causal", [1, 21, 21, 8, 8], AttentionSettings { causal: true, ..heads(2) }),
        make("causal, more keys than queries", [1, 3, 13, 8, 8], AttentionSettings { causal: true, ..one }),
        make("causal, more queries than keys", [1, 13, 3, 8, 8], AttentionSettings { causal: true, ..one }),
        make("padding", [2, 9, 18, 4, 4], AttentionSettings { valid: Some(11), ..heads(2) }),
        make("all padding", [1, 9, 18, 4, 4], AttentionSettings { valid: Some(0), ..one }),
        make(
            "causal, padding, temperature",
            [1, 17, 17, 16, 8],
            AttentionSettings { causal: true, valid: Some(12), temperature: 0.3, ..one },
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
            AttentionSettings { causal: true, ..heads(12) },
        )
        .timed(),
        make("8 heads, 512 tokens, d 64", [1, 512, 512, 64, 64], heads(8)).timed(),
    ]
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
/// no key has equal scores, [`MASKED`], and so equal probabilities; [`attention`] gives it zeros.
pub fn attention_stages(
    plan: &mut Plan,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    settings: &AttentionSettings,
) -> Result<AttentionStages, OpError> {
    let p = Attention::new(&q.shape, &k.shape, &v.shape, settings)?.with_scores()?;
    let scores = plan.temporary("scores", &p.score_shape(), DType::F32);
    plan.push(&ATTENTION_SCORES, p.scores(), &[Some(q), Some(k)], &[&scores]);
    let masked = plan.temporary("scaled and masked scores", &p.score_shape(), DType::F32);
    plan.push(&ATTENTION_MASK, p.mask(), &[Some(&scores)], &[&masked]);
    let probabilities = softmax::softmax(plan, &masked, 3, &softmax::Setting::default())?;
    let output = plan.temporary("attention output", &output_shape(q, v), DType::F32);
    plan.push(&ATTENTION_OUTPUT, p.output(), &[Some(&probabilities), Some(v)], &[&output]);
    Ok(AttentionStages { scores, masked, probabilities, output })
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
    settings: &AttentionSettings,
) -> Result<Tensor, OpError> {
    let p = Attention::new(&q.shape, &k.shape, &v.shape, settings)?.fused()?;
    let o = plan.temporary("attention output", &output_shape(q, v), DType::F32);
    plan.push(&ATTENTION, p, &[Some(q), Some(k), Some(v)], &[&o]);
    Ok(o)
}

/// `q`'s shape with the channels of `v`.
fn output_shape(q: &Tensor, v: &Tensor) -> Vec<usize> {
    let (_, tokens) = q.shape.split_last().expect("the shape rule asked for two axes");
    let width = v.shape.last().expect("the shape rule asked for two axes");
    [tokens, &[*width]].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;

    /// A plan with ramps for `q`, `k` and `v`, of `tokens` tokens and 8 channels.
    fn ramps(plan: &mut Plan, tokens: usize) -> [Tensor; 3] {
        [("q", 0.3), ("k", 0.7), ("v", 1.1)].map(|(name, step)| {
            let values: Vec<f32> = (0..tokens * 8).map(|i| (step * i as f32).sin()).collect();
            plan.constant(name, &[tokens, 8], values)
        })
    }

    #[test]
    fn probabilities_sum_to_1_and_causal_ones_never_look_ahead() {
        let mut plan = Plan::new();
        let [q, k, v] = ramps(&mut plan, 5);
        let settings = AttentionSettings { heads: 2, causal: true, ..Default::default() };
        let stages = attention_stages(&mut plan, &q, &k, &v, &settings).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        let probabilities = &values[stages.probabilities.buf.0];
        assert_eq!(stages.probabilities.shape, [1, 2, 5, 5]);
        for (r, row) in probabilities.chunks(5).enumerate() {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "row {r}: {row:?}");
            assert!(row[r % 5 + 1..].iter().all(|&w| w == 0.0), "row {r}: {row:?}");
        }
    }

    #[test]
    fn one_kernel_gives_what_the_stages_give() {
        for settings in [
            AttentionSettings { heads: 2, ..Default::default() },
            AttentionSettings { heads: 4, causal: true, valid: Some(3), ..Default::default() },
            AttentionSettings { temperature: 0.1, ..Default::default() },
        ] {
            let mut plan = Plan::new();
            let [q, k, v] = ramps(&mut plan, 6);
            let stages = attention_stages(&mut plan, &q, &k, &v, &settings).unwrap();
            let fused = attention(&mut plan, &q, &k, &v, &settings).unwrap();
            let values = reference::run(&plan, &BTreeMap::new());
            for (a, b) in values[fused.buf.0].iter().zip(&values[stages.output.buf.0]) {
                assert!((a - b).abs() < 1e-12, "{settings:?}: {a} and {b}");
            }
        }
    }

    #[test]
    fn equal_keys_share_the_attention() {
        let mut plan = Plan::new();
        let q = plan.constant("q", &[1, 1], vec![1.0]);
        let k = plan.constant("k", &[4, 1], vec![2.0; 4]);
        let v = plan.constant("v", &[4, 1], vec![1.0, 2.0, 3.0, 6.0]);
        let o = attention(&mut plan, &q, &k, &v, &AttentionSettings::default()).unwrap();
        assert_eq!(reference::run(&plan, &BTreeMap::new())[o.buf.0], [3.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |q: &[usize], k: &[usize], v: &[usize], heads| {
            let settings = AttentionSettings { heads, ..Default::default() };
            Attention::new(q, k, v, &settings).is_err()
        };
        assert!(!refused(&[3, 8], &[5, 8], &[5, 4], 2));
        assert!(refused(&[3, 8], &[5, 8], &[5, 4], 3));
        assert!(refused(&[3, 8], &[5, 6], &[5, 4], 2));
        assert!(refused(&[3, 8], &[5, 8], &[4, 4], 2));
        assert!(refused(&[2, 3, 8], &[5, 8], &[5, 4], 2));
        let cold = AttentionSettings { temperature: 0.0, ..Default::default() };
        assert!(Attention::new(&[3, 8], &[5, 8], &[5, 8], &cold).is_err());
    }
}
