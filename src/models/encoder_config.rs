//! The sizes of a BERT encoder and the names of its tensors.

use serde::{Deserialize, Serialize};

use super::error::ModelError;
use crate::untrusted::one_line;

/// No width or vocabulary is larger; keeps the products of two within `usize` everywhere.
const MAX_EXTENT: usize = 1 << 24;
/// More layers than any encoder has; each is a dozen tensors to look for.
const MAX_LAYERS: usize = 256;

// The names in the original file.
pub(super) const WORDS: &str = "embeddings.word_embeddings.weight";
pub(super) const POSITIONS: &str = "embeddings.position_embeddings.weight";
pub(super) const TYPES: &str = "embeddings.token_type_embeddings.weight";
pub(super) const EMBEDDINGS_NORM: &str = "embeddings.LayerNorm";
pub(super) const QUERY: &str = "attention.self.query";
pub(super) const KEY: &str = "attention.self.key";
pub(super) const VALUE: &str = "attention.self.value";
pub(super) const ATTENTION_OUTPUT: &str = "attention.output.dense";
pub(super) const ATTENTION_NORM: &str = "attention.output.LayerNorm";
pub(super) const INTERMEDIATE: &str = "intermediate.dense";
pub(super) const OUTPUT: &str = "output.dense";
pub(super) const OUTPUT_NORM: &str = "output.LayerNorm";

pub(super) fn layer_part(layer: usize, part: &str) -> String {
    format!("encoder.layer.{layer}.{part}")
}

/// The sizes of a BERT encoder, under the names that the original `config.json` gives them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// `bert`; nothing else is read.
    pub model_type: String,
    /// `gelu`, the exact one with erf; nothing else is read.
    pub hidden_act: String,
    /// Layers.
    #[serde(rename = "num_hidden_layers")]
    pub layers: usize,
    /// Attention heads per layer; divides `hidden`.
    #[serde(rename = "num_attention_heads")]
    pub heads: usize,
    /// Width of a token's vector, H.
    #[serde(rename = "hidden_size")]
    pub hidden: usize,
    /// Width between the two matrices of the perceptron, F.
    #[serde(rename = "intermediate_size")]
    pub intermediate: usize,
    /// Tokens known, V.
    #[serde(rename = "vocab_size")]
    pub vocabulary: usize,
    /// The most tokens in a sentence, P.
    #[serde(rename = "max_position_embeddings")]
    pub positions: usize,
    /// Kinds of sentence.
    #[serde(rename = "type_vocab_size")]
    pub types: usize,
    /// `absolute`, or not said; nothing else is read.
    #[serde(rename = "position_embedding_type", default, skip_serializing_if = "Option::is_none")]
    pub position_embedding: Option<String>,
    /// Added to the variance in every layer norm.
    #[serde(rename = "layer_norm_eps")]
    pub norm_epsilon: f64,
}

impl EncoderConfig {
    /// Reads a configuration from the text of a `config.json`; `file` stands in messages.
    ///
    /// # Errors
    /// [`ModelError::Config`].
    pub fn from_json(json: &str, file: &str) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::Config { reason: one_line(&reason), file: file.to_owned() };
        let config: Self = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        for (name, found, wanted) in
            [("model_type", &config.model_type, "bert"), ("hidden_act", &config.hidden_act, "gelu")]
        {
            if found != wanted {
                return Err(wrong(format!("{name} is {found} and only {wanted} is read")));
            }
        }
        if let Some(kind) = config.position_embedding.as_ref().filter(|kind| *kind != "absolute") {
            return Err(wrong(format!("position_embedding_type is {kind} and only absolute is read")));
        }
        for (name, size, most) in [
            ("num_hidden_layers", config.layers, MAX_LAYERS),
            ("num_attention_heads", config.heads, MAX_EXTENT),
            ("hidden_size", config.hidden, MAX_EXTENT),
            ("intermediate_size", config.intermediate, MAX_EXTENT),
            ("vocab_size", config.vocabulary, MAX_EXTENT),
            ("max_position_embeddings", config.positions, MAX_EXTENT),
            ("type_vocab_size", config.types, MAX_EXTENT),
        ] {
            if !(1..=most).contains(&size) {
                return Err(wrong(format!("{name} is {size} and must be 1 to {most}")));
            }
        }
        if !config.hidden.is_multiple_of(config.heads) {
            return Err(wrong(format!(
                "{} heads cannot share a width of {} evenly",
                config.heads, config.hidden
            )));
        }
        if !(config.norm_epsilon >= 0.0 && config.norm_epsilon.is_finite()) {
            return Err(wrong(format!("layer_norm_eps is {}", config.norm_epsilon)));
        }
        Ok(config)
    }

    /// H / heads.
    #[must_use]
    pub fn head_size(&self) -> usize {
        self.hidden / self.heads
    }

    /// Every tensor that the encoder uses, with its shape; matrices have two axes.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (h, f) = (self.hidden, self.intermediate);
        let mut all = vec![
            (WORDS.to_owned(), vec![self.vocabulary, h]),
            (POSITIONS.to_owned(), vec![self.positions, h]),
            (TYPES.to_owned(), vec![self.types, h]),
        ];
        let mut norms = vec![EMBEDDINGS_NORM.to_owned()];
        for layer in 0..self.layers {
            for (part, outputs, inputs) in [
                (QUERY, h, h),
                (KEY, h, h),
                (VALUE, h, h),
                (ATTENTION_OUTPUT, h, h),
                (INTERMEDIATE, f, h),
                (OUTPUT, h, f),
            ] {
                let name = layer_part(layer, part);
                all.push((format!("{name}.weight"), vec![outputs, inputs]));
                all.push((format!("{name}.bias"), vec![outputs]));
            }
            norms.extend([ATTENTION_NORM, OUTPUT_NORM].map(|part| layer_part(layer, part)));
        }
        for name in norms {
            all.push((format!("{name}.weight"), vec![h]));
            all.push((format!("{name}.bias"), vec![h]));
        }
        all
    }
}
