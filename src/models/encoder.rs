//! The sentence encoder recorded as a plan: embeddings, then layers of attention and perceptron,
//! then the mean over the tokens. Every stage keeps its tensor, because any of them may be looked at.
//!
//! Devlin et al., "BERT", 2018, and those that came of it ([`Architecture`](super::Architecture)); Reimers and Gurevych, "Sentence-BERT", 2019.

use super::error::ModelError;
use super::head_mask::{HeadMask, HeadMaskError};
use super::minilm::{Linear, MiniLm, Norm};
use super::tokenizer::Tokens;
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::attention::{AttentionOptions, AttentionStages, attention_stages};
use crate::ops::binary::{Op, binary};
use crate::ops::embed::embed;
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::layer_norm;
use crate::ops::pool::{Pool, lp_pool};
use crate::ops::unary::Act;

/// Why a sentence cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The weights.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The shapes.
    #[error(transparent)]
    Op(#[from] OpError),
    /// The heads to be muted.
    #[error(transparent)]
    Mask(#[from] HeadMaskError),
}

/// The tensors of one layer.
#[derive(Clone, Debug)]
pub struct LayerTensors {
    /// Queries `[T, H]`, head after head along a row.
    pub q: Tensor,
    /// Keys `[T, H]`.
    pub k: Tensor,
    /// Values `[T, H]`.
    pub v: Tensor,
    /// Scores, masked scores, probabilities `[1, HEADS, T, T]` and output `[T, H]`, muted heads as if
    /// they were not.
    pub attention: AttentionStages,
    /// The output that goes on `[T, H]`: with zeros in the channels of muted heads.
    pub context: Tensor,
    /// After attention, residual sum and norm `[T, H]`.
    pub attended: Tensor,
    /// After perceptron, residual sum and norm `[T, H]`.
    pub hidden: Tensor,
}

/// The tensors of a sentence.
#[derive(Clone, Debug)]
pub struct EncodedSentence {
    /// Sum of word, position and type embeddings after the norm `[T, H]`.
    pub embedded: Tensor,
    /// The recorded layers.
    pub layers: Vec<LayerTensors>,
    /// Mean over the tokens of the last recorded layer, of length 1 `[1, H]`.
    pub sentence: Tensor,
}

/// Records the embeddings of `tokens` `[T, H]`: word + position + type, then layer norm, and what brings them to the width
/// of the layers where they have another.
pub fn record_embeddings(plan: &mut Plan, model: &MiniLm, tokens: &Tokens) -> Result<Tensor, EncodeError> {
    let config = model.config();
    let (count, width, limit) = (tokens.ids.len(), config.table_width(), config.max_tokens());
    if !(1..=limit).contains(&count) {
        let file = model.name().to_owned();
        return Err(ModelError::Tokens { tokens: count, types: count, limit, file }.into());
    }
    // Only the rows that the sentence uses are unpacked: the whole table is 47 MB.
    let mut used = tokens.ids.clone();
    used.sort_unstable();
    used.dedup();
    let rows: Vec<u32> = tokens.ids.iter().map(|id| used.binary_search(id).unwrap_or(0) as u32).collect();
    let table = plan.constant("word vectors", &[used.len(), width], model.word_rows(&used)?);
    let rows = plan.constant("rows of the table", &[count], rows);
    let words = embed(plan, &table, &rows)?;
    plan.name(&words, "word embeddings");
    let embeddings = model.embeddings()?;
    let rows = config.position_rows(&tokens.ids);
    let positions: Vec<f32> =
        rows.iter().flat_map(|row| &embeddings.position[row * width..][..width]).copied().collect();
    let positions = plan.constant("position embeddings", &[count, width], positions);
    let mut sum = binary(plan, &words, &positions, Op::Add)?;
    if let Some(types) = &embeddings.token_type {
        let kinds = plan.constant("type embedding", &[width], types[..width].to_vec());
        sum = binary(plan, &sum, &kinds, Op::Add)?;
    }
    let mut x = norm(plan, model, &sum, &embeddings.norm)?;
    if let Some(projection) = &embeddings.projection {
        x = linear(plan, &x, "embeddings, projected", projection, Act::IDENTITY)?;
    }
    plan.name(&x, "token vectors");
    Ok(x)
}

fn norm(plan: &mut Plan, model: &MiniLm, x: &Tensor, norm: &Norm) -> Result<Tensor, OpError> {
    let width = norm.gamma.len();
    let gamma = plan.constant("gamma", &[width], norm.gamma.clone());
    let beta = plan.constant("beta", &[width], norm.beta.clone());
    layer_norm(plan, x, Some([&gamma, &beta]), model.config().norm_epsilon as f32)
}

fn linear(plan: &mut Plan, x: &Tensor, name: &str, linear: &Linear, act: Act) -> Result<Tensor, OpError> {
    let w = plan.constant(&format!("{name} weights"), &[linear.outputs, linear.inputs], linear.w.clone());
    let b = plan.constant(&format!("{name} bias"), &[linear.outputs], linear.b.clone());
    let y = matmul(plan, x, &w, Some(&b), &Gemm { act, ..Gemm::NT })?;
    plan.name(&y, name);
    Ok(y)
}

/// Records layer `index` on `x [T, H]`. Muted heads say nothing: their channels of the output are
/// multiplied by 0 before they are mixed; without any there is no such step.
pub fn record_layer(
    plan: &mut Plan,
    model: &MiniLm,
    index: usize,
    x: &Tensor,
    muted: &HeadMask,
) -> Result<LayerTensors, EncodeError> {
    let config = model.config();
    let settings = AttentionOptions { heads: config.heads, ..AttentionOptions::default() };
    let layer = model.layer(index)?;
    let q = linear(plan, x, "queries", &layer.query, Act::IDENTITY)?;
    let k = linear(plan, x, "keys", &layer.key, Act::IDENTITY)?;
    let v = linear(plan, x, "values", &layer.value, Act::IDENTITY)?;
    let attention = attention_stages(plan, &q, &k, &v, &settings)?;
    plan.name(&attention.probabilities, &format!("attention weights, layer {}", index + 1));
    plan.name(&attention.output, "weights times values");
    let context = match muted.channels(index, config.heads, config.head_size()) {
        Some(channels) => {
            let channels = plan.constant("0 for muted heads", &[config.hidden], channels);
            binary(plan, &attention.output, &channels, Op::Multiply)?
        }
        None => attention.output.clone(),
    };
    let mixed = linear(plan, &context, "output projection", &layer.attention_output, Act::IDENTITY)?;
    let sum = binary(plan, &mixed, x, Op::Add)?;
    let attended = norm(plan, model, &sum, &layer.attention_norm)?;
    let inner = linear(plan, &attended, "perceptron, inside", &layer.intermediate, Act::GELU)?;
    let outer = linear(plan, &inner, "perceptron, output", &layer.output, Act::IDENTITY)?;
    let sum = binary(plan, &outer, &attended, Op::Add)?;
    let hidden = norm(plan, model, &sum, &layer.output_norm)?;
    plan.name(&hidden, &format!("layer {} output", index + 1));
    Ok(LayerTensors { q, k, v, attention, context, attended, hidden })
}

/// Records the embeddings, the first `layers` layers and the sentence vector.
pub fn record(
    plan: &mut Plan,
    model: &MiniLm,
    tokens: &Tokens,
    layers: usize,
) -> Result<EncodedSentence, EncodeError> {
    let embedded = record_embeddings(plan, model, tokens)?;
    continue_from(plan, model, embedded, Vec::new(), layers, &HeadMask::default())
}

/// Records a sentence once more with some heads muted. What comes before the first of them is that of
/// `intact`; without muted heads all of it is.
pub fn record_muted(
    plan: &mut Plan,
    model: &MiniLm,
    intact: &EncodedSentence,
    muted: &HeadMask,
) -> Result<EncodedSentence, EncodeError> {
    muted.check(intact.layers.len(), model.config().heads)?;
    let Some(first) = muted.first_layer() else { return Ok(intact.clone()) };
    let same = intact.layers[..first].to_vec();
    continue_from(plan, model, intact.embedded.clone(), same, intact.layers.len(), muted)
}

/// Records the layers after `recorded`, up to the first `layers`, and the sentence vector.
fn continue_from(
    plan: &mut Plan,
    model: &MiniLm,
    embedded: Tensor,
    mut recorded: Vec<LayerTensors>,
    layers: usize,
    muted: &HeadMask,
) -> Result<EncodedSentence, EncodeError> {
    for index in recorded.len()..layers.min(model.config().layers) {
        let x = recorded.last().map_or(&embedded, |layer| &layer.hidden).clone();
        recorded.push(record_layer(plan, model, index, &x, muted)?);
    }
    let last = recorded.last().map_or(&embedded, |layer| &layer.hidden);
    let (count, width) = (embedded.shape[0], model.config().hidden);
    let share = plan.constant("1/T", &[1, count], vec![1.0 / count as f32; count]);
    let mean = matmul(plan, &share, last, None, &Gemm::NN)?;
    // The Euclidean length is the L2 pooling of the whole vector.
    let length = lp_pool(plan, &mean.view(&[1, 1, 1, width]), &Pool::new([1, width]), 2.0)?;
    let sentence = binary(plan, &mean, &length.view(&[1]), Op::Divide)?;
    plan.name(&sentence, "sentence vector");
    Ok(EncodedSentence { embedded, layers: recorded, sentence })
}

/// Records the cosine between two sentence vectors `[1, H]` of length 1: their product `[1, 1]`.
pub fn record_similarity(plan: &mut Plan, a: &Tensor, b: &Tensor) -> Result<Tensor, EncodeError> {
    let cosine = matmul(plan, a, b, None, &Gemm::NT)?;
    plan.name(&cosine, "cosine of two sentence vectors");
    Ok(cosine)
}
