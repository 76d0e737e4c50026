//! The sizes of an encoder and its tensors.

use serde::{Deserialize, Serialize};

use super::encoder_architecture::{Architecture, DISTILBERT_KEYS};
use super::error::ModelError;
use crate::untrusted::one_line;

/// No width or vocabulary is larger; keeps the products of two within `usize` everywhere.
const MAX_EXTENT: usize = 1 << 24;
/// More layers than any encoder has; each is a dozen tensors to look for.
const MAX_LAYERS: usize = 256;

// The names of the tables, which all have in common.
pub(super) const WORDS: &str = "embeddings.word_embeddings.weight";
pub(super) const POSITIONS: &str = "embeddings.position_embeddings.weight";
pub(super) const TYPES: &str = "embeddings.token_type_embeddings.weight";
pub(super) const EMBEDDINGS_NORM: &str = "embeddings.LayerNorm";
pub(super) const PROJECTION: &str = "embeddings_project";

/// The id of padding where RoBERTa's configuration does not say it.
const PADDING: u32 = 1;

/// The sizes of an encoder, under the names that BERT's `config.json` gives them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Which encoder it is.
    #[serde(rename = "model_type")]
    pub architecture: Architecture,
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
    /// Rows of the table of positions, P.
    #[serde(rename = "max_position_embeddings")]
    pub positions: usize,
    /// Kinds of sentence.
    #[serde(rename = "type_vocab_size", default = "two")]
    pub types: usize,
    /// Width of the tables, E, where ELECTRA has another than H.
    #[serde(rename = "embedding_size", default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<usize>,
    /// The id of padding, which RoBERTa counts positions from.
    #[serde(rename = "pad_token_id", default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<u32>,
    /// `absolute`, or not said; nothing else is read.
    #[serde(rename = "position_embedding_type", default, skip_serializing_if = "Option::is_none")]
    pub position_embedding: Option<String>,
    /// Added to the variance in every layer norm.
    #[serde(rename = "layer_norm_eps", default = "usual_epsilon")]
    pub norm_epsilon: f64,
}

fn two() -> usize {
    2
}

fn usual_epsilon() -> f64 {
    1e-12
}

impl EncoderConfig {
    /// Reads a configuration from the text of a `config.json`; `file` stands in messages.
    ///
    /// # Errors
    /// [`ModelError::Config`].
    pub fn from_json(json: &str, file: &str) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::Config { reason: one_line(&reason), file: file.to_owned() };
        let mut json: serde_json::Value =
            serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        if let Some(keys) =
            json.as_object_mut().filter(|keys| keys.get("model_type") == Some(&"distilbert".into()))
        {
            for (theirs, usual) in DISTILBERT_KEYS {
                keys.remove(theirs).and_then(|value| keys.insert(usual.to_owned(), value));
            }
        }
        let config: Self = serde_json::from_value(json).map_err(|error| wrong(error.to_string()))?;
        if config.hidden_act != "gelu" {
            return Err(wrong(format!("hidden_act is {} and only gelu is read", config.hidden_act)));
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
            ("embedding_size", config.table_width(), MAX_EXTENT),
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
        let (first, rows) = (config.first_position(), config.positions);
        if first >= rows {
            let last = first - 1;
            return Err(wrong(format!(
                "pad_token_id is {last} and must be below {rows}, the rows of positions, by 2 or more"
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

    /// Width of the tables, E: as a rule that of the layers.
    #[must_use]
    pub fn table_width(&self) -> usize {
        self.embedding.filter(|_| self.architecture == Architecture::Electra).unwrap_or(self.hidden)
    }

    /// The row of the table of positions that the first token reads.
    fn first_position(&self) -> usize {
        match self.architecture {
            Architecture::Roberta => self.padding.unwrap_or(PADDING) as usize + 1,
            _ => 0,
        }
    }

    /// The most tokens in a sentence.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        self.positions - self.first_position()
    }

    /// The rows of the table of positions that these tokens read. RoBERTa does not count padding.
    #[must_use]
    pub fn position_rows(&self, ids: &[u32]) -> Vec<usize> {
        if self.architecture != Architecture::Roberta {
            return (0..ids.len()).collect();
        }
        let (first, padding) = (self.first_position(), self.padding.unwrap_or(PADDING));
        let mut rows = first..;
        let row = |id: &u32| if *id == padding { first - 1 } else { rows.next().unwrap_or(first) };
        ids.iter().map(row).collect()
    }

    /// Every tensor that the encoder uses, with its shape; matrices have two axes.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (h, f, e) = (self.hidden, self.intermediate, self.table_width());
        let names = self.architecture.names();
        let mut all = vec![
            (WORDS.to_owned(), vec![self.vocabulary, e]),
            (POSITIONS.to_owned(), vec![self.positions, e]),
        ];
        if self.architecture.has_types() {
            all.push((TYPES.to_owned(), vec![self.types, e]));
        }
        let mut linear = |name: &str, outputs, inputs| {
            all.push((format!("{name}.weight"), vec![outputs, inputs]));
            all.push((format!("{name}.bias"), vec![outputs]));
        };
        if e != h {
            linear(PROJECTION, h, e);
        }
        let mut norms = vec![(EMBEDDINGS_NORM.to_owned(), e)];
        for layer in 0..self.layers {
            for (part, outputs, inputs) in [
                (names.query, h, h),
                (names.key, h, h),
                (names.value, h, h),
                (names.attention_output, h, h),
                (names.intermediate, f, h),
                (names.output, h, f),
            ] {
                linear(&names.part(layer, part), outputs, inputs);
            }
            norms.extend([names.attention_norm, names.output_norm].map(|part| (names.part(layer, part), h)));
        }
        for (name, width) in norms {
            all.push((format!("{name}.weight"), vec![width]));
            all.push((format!("{name}.bias"), vec![width]));
        }
        all
    }

    /// What the tensors of the encoder's own parts begin with, so that heads and poolers are none of them.
    pub(super) fn parts(&self) -> [&'static str; 2] {
        let layer = self.architecture.names().layer;
        ["embeddings", layer.split_once('.').map_or(layer, |(part, _)| part)]
    }
}
