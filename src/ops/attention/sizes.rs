//! Sizes and settings of attention, for one kernel and for the stages.

use crate::gpu::Tensor;
use crate::ops::{OpError, dim, limit_elements};

/// What stands in the place of a masked score. Finite, because WGSL cannot rely on infinities; beside
/// it every ordinary score leaves an exponential of exactly 0.
pub const MASKED: f32 = -3.0e38;

/// Settings of attention that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttentionOptions {
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

impl Default for AttentionOptions {
    fn default() -> Self {
        Self { heads: 1, scale: None, causal: false, valid: None, temperature: 1.0 }
    }
}

impl AttentionOptions {
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
        /// 1 if query i looks at keys up to `i + offset` only.
        causal: u32,
        /// Key at which query 0 stands.
        offset: i32,
        /// Keys from this one on are padding.
        valid: u32,
        /// Factor of the scores.
        scale: f32,
        /// What stands in the place of a masked score.
        masked: f32,
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
    pub fn new(q: &[usize], k: &[usize], v: &[usize], settings: &AttentionOptions) -> Result<Self, OpError> {
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
    pub(super) fn with_scores(self) -> Result<Self, OpError> {
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
pub(super) fn product(sizes: [u32; 4]) -> usize {
    sizes.iter().map(|&v| v as usize).product()
}

/// `q`'s shape with the channels of `v`.
pub(super) fn output_shape(q: &Tensor, v: &Tensor) -> Vec<usize> {
    let (_, tokens) = q.shape.split_last().expect("the shape rule asked for two axes");
    let width = v.shape.last().expect("the shape rule asked for two axes");
    [tokens, &[*width]].concat()
}
