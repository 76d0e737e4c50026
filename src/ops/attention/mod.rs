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

mod fused;
mod general;
pub mod scores;
mod stages;

pub use fused::{ATTENTION, MAX_HEAD, attention};
pub use general::{GeneralAttention, GeneralSettings, Mask, general_attention};
pub use stages::{
    ATTENTION_MASK, ATTENTION_OUTPUT, ATTENTION_SCORES, AttentionMask, AttentionProduct, AttentionStages,
    attention_stages,
};

use super::{OpError, dim, limit_elements};
use crate::gpu::Tensor;

/// What stands in the place of a masked score. Finite, because WGSL cannot rely on infinities; beside
/// it every ordinary score leaves an exponential of exactly 0.
pub const MASKED: f32 = -3.0e38;

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
            offset: self.tk as i32 - self.tq as i32,
            valid: self.valid,
            scale: self.scale,
            masked: MASKED,
        }
    }

    /// Parameters of the weighted sum of the values.
    pub fn output(&self) -> AttentionProduct {
        AttentionProduct { d: self.dv, ..self.scores() }
    }
}

/// As many elements or tiles as the sizes make.
fn product(sizes: [u32; 4]) -> usize {
    sizes.iter().map(|&v| v as usize).product()
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
    use crate::gpu::{Plan, reference};

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
