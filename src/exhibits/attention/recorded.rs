//! What the page on attention records: projections, every stage, and what is measured of them.

use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::models::Encoder;
use crate::models::encoder::EncodeError;
use crate::models::minilm::Linear;
use crate::ops::affine::affine;
use crate::ops::attention::{AttentionOptions, AttentionStages, MAX_HEAD, attention, attention_stages};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::concat;
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::layer_norm;
use crate::ops::philox::Rng;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

impl From<EncodeError> for Problem {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Op(e) => Self::Op(e),
            EncodeError::Model(e) => Self::Input(e.to_string()),
            EncodeError::Mask(e) => Self::Input(e.to_string()),
        }
    }
}

/// Every stage, and what is measured.
pub struct Stages {
    /// Number of heads.
    pub heads: usize,
    /// Channels of one.
    pub d_k: usize,
    /// The scale where it is not 1/√d_k.
    pub scale: Option<f32>,
    /// Every stage by kernels of its own.
    pub stages: AttentionStages,
    /// Whether the fused kernel has computed the same.
    pub fused: bool,
    /// See [`Measures`].
    pub measures: Tensor,
}

/// What is measured of the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// 1 − Σp², the mean of all rows, of each head: 0 when the softmax has become one-hot.
    pub slope: Vec<f64>,
    /// Greatest weight of each head.
    pub most: Vec<f64>,
    /// Largest difference between the staged and the fused output.
    pub differs: f64,
}

impl Measures {
    /// From what was computed for so many heads.
    pub fn read(values: &[f32], heads: usize) -> Option<Self> {
        let all: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
        (all.len() == 2 * heads + 1).then(|| Self {
            slope: all[..heads].to_vec(),
            most: all[heads..2 * heads].to_vec(),
            differs: all[2 * heads],
        })
    }
}

/// `x` through one of the projections of the real first layer.
fn through(plan: &mut Plan, x: &Tensor, name: &str, linear: &Linear) -> Result<Tensor, Problem> {
    let w = plan.constant(name, &[linear.outputs, linear.inputs], linear.w.clone());
    let b = plan.constant(name, &[linear.outputs], linear.b.clone());
    let y = matmul(plan, x, &w, Some(&b), &Gemm::NT)?;
    plan.name(&y, name);
    Ok(y)
}

/// Queries, keys, values of the real first layer.
pub fn real(plan: &mut Plan, x: &Tensor, encoder: &Encoder) -> Result<[Tensor; 3], Problem> {
    let layer = encoder.model.layer(0).map_err(EncodeError::from)?;
    let mut part = |name, linear| through(plan, x, name, linear);
    Ok([part("queries", &layer.query)?, part("keys", &layer.key)?, part("values", &layer.value)?])
}

/// Queries of the real first layer alone: of a sentence that asks another.
pub fn queries(plan: &mut Plan, x: &Tensor, encoder: &Encoder) -> Result<Tensor, Problem> {
    let layer = encoder.model.layer(0).map_err(EncodeError::from)?;
    through(plan, x, "queries of the second sentence", &layer.query)
}

/// Random projections of the same vectors to `heads` heads of width `d_k`, each component of
/// variance 1, so that the scores have variance d_k.
pub fn projected(
    plan: &mut Plan,
    x: &Tensor,
    [heads, d_k]: [usize; 2],
    seed: u64,
) -> Result<[Tensor; 3], Problem> {
    let standard = layer_norm(plan, x, None, 1e-6)?;
    let (inputs, outputs) = (x.shape[1], d_k * heads);
    let mut rng = Rng::new(seed + 77);
    let mut project = |name: &str| {
        let scale = 1.0 / (inputs as f32).sqrt();
        let w: Vec<f32> = (0..inputs * outputs).map(|_| rng.normal() * scale).collect();
        let w = plan.constant(&format!("random weights of the {name}"), &[inputs, outputs], w);
        let y = matmul(plan, &standard, &w, None, &Gemm::NN)?;
        plan.name(&y, name);
        Ok::<_, Problem>(y)
    };
    Ok([project("queries")?, project("keys")?, project("values")?])
}

/// Records every stage for `count` tokens, the same by the fused kernel, and what is measured.
pub fn record_stages(
    plan: &mut Plan,
    [q, k, v]: [Tensor; 3],
    settings: &AttentionOptions,
    count: usize,
) -> Result<Stages, Problem> {
    let heads = settings.heads;
    let stages = attention_stages(plan, &q, &k, &v, settings)?;
    plan.name(&stages.probabilities, "attention weights");
    let d_k = q.shape[1] / heads;
    let fused = d_k <= MAX_HEAD;
    let weights = stages.probabilities.view(&[heads, count * count]);
    let squares = binary(plan, &weights, &weights, Op::Multiply)?;
    let squares = reduce(plan, &squares, &[1], Reduce::Sum, false)?;
    // The mean of all rows.
    let slope = affine(plan, &squares, -1.0 / count as f32, 1.0);
    plan.name(&slope, "slope of the softmax");
    let most = reduce(plan, &weights, &[1], Reduce::Max, false)?;
    let other = if fused { attention(plan, &q, &k, &v, settings)? } else { stages.output.clone() };
    let apart = binary(plan, &stages.output, &other, Op::Subtract)?;
    let apart = activation(plan, &apart, Act::ABS);
    let differs = reduce(plan, &apart, &[0, 1], Reduce::Max, false)?.view(&[1]);
    let measures = concat(plan, &[&slope.view(&[heads]), &most.view(&[heads]), &differs], 0)?;
    plan.name(&measures, "slopes, greatest weights, difference");
    Ok(Stages { heads, d_k, scale: settings.scale, stages, fused, measures })
}
