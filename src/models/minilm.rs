//! all-MiniLM-L6-v2: a BERT encoder of 6 layers, 12 heads and width 384 that turns a sentence into
//! a vector. Glassbox carries its weights in eight bits.
//!
//! Weights are brought to `f32` when they are first asked for, a layer at a time, so that the first
//! attention map needs the rows of a few words and one layer, not 22 million numbers. The pooler
//! of the original is left out: sentence vectors are the mean over the tokens and never use it.
//! Sources: Devlin et al. 2018 (BERT), Wang et al. 2020 (MiniLM), Reimers and Gurevych 2019
//! (sentence embeddings by mean pooling).

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::encoder_config::{EMBEDDINGS_NORM, EncoderConfig, POSITIONS, PROJECTION, TYPES, WORDS};
use super::error::ModelError;
use super::weights::{WeightError, WeightFile};
use crate::untrusted::one_line;

/// The weights that Glassbox carries.
fn embedded() -> &'static [u8] {
    crate::asset!("models/all-MiniLM-L6-v2.int8.safetensors")
}

/// The key of the configuration in a weight file's header.
pub(super) const CONFIG_KEY: &str = "config";

/// Tensors among the embeddings that only count.
const COUNTERS: [&str; 2] = ["position_ids", "token_type_ids"];

/// `y = x w^T + b`.
#[derive(Clone, Debug)]
pub struct Linear {
    /// Length of `x`.
    pub inputs: usize,
    /// Length of `y`.
    pub outputs: usize,
    /// `[outputs, inputs]`.
    pub w: Arc<[f32]>,
    /// `[outputs]`.
    pub b: Arc<[f32]>,
}

/// `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, over a token's vector.
#[derive(Clone, Debug)]
pub struct Norm {
    /// `[H]`, or `[E]` for the tables.
    pub gamma: Arc<[f32]>,
    /// As `gamma`.
    pub beta: Arc<[f32]>,
}

/// What is added up for a token before the first layer; the words' own table is
/// [`MiniLm::word_table`].
#[derive(Clone, Debug)]
pub struct Embeddings {
    /// `[P, E]`.
    pub position: Arc<[f32]>,
    /// `[types, E]`; DistilBERT has none.
    pub token_type: Option<Arc<[f32]>>,
    /// After the sum.
    pub norm: Norm,
    /// `[H, E]`, after the norm, where the tables are of another width than the layers.
    pub projection: Option<Linear>,
}

/// One encoder layer: `x = norm(x + attention(x))`, then `x = norm(x + perceptron(x))`.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `[H, H]`, head after head along its rows.
    pub query: Linear,
    /// `[H, H]`, as `query`.
    pub key: Linear,
    /// `[H, H]`, as `query`.
    pub value: Linear,
    /// `[H, H]`, mixes the heads.
    pub attention_output: Linear,
    /// After the first residual sum.
    pub attention_norm: Norm,
    /// `[F, H]`, before GELU.
    pub intermediate: Linear,
    /// `[H, F]`, after GELU.
    pub output: Linear,
    /// After the second residual sum.
    pub output_norm: Norm,
}

/// A sentence encoder whose tensors become `f32` when first asked for.
#[derive(Debug)]
pub struct MiniLm {
    config: EncoderConfig,
    file: WeightFile,
    /// What the file puts before every name, such as `bert.`.
    prefix: String,
    word_table: OnceLock<Arc<[f32]>>,
    embeddings: OnceLock<Embeddings>,
    layers: Vec<OnceLock<Layer>>,
}

impl MiniLm {
    /// The encoder that Glassbox carries. Parses a header and decodes nothing.
    #[must_use]
    pub fn embedded() -> Self {
        WeightFile::from_bytes("all-MiniLM-L6-v2 (built in)", embedded())
            .map_err(ModelError::from)
            .and_then(Self::from_file)
            .expect("the embedded weights are loaded by a test of this module")
    }

    /// Opens a file made by [`super::import::import_minilm`].
    ///
    /// # Errors
    /// [`ModelError::Weights`] or [`ModelError::Config`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::from_file(WeightFile::open(path)?)
    }

    /// The same for a file that is already open and has its configuration in its header.
    ///
    /// # Errors
    /// [`ModelError::Weights`] or [`ModelError::Config`].
    pub fn from_file(file: WeightFile) -> Result<Self, ModelError> {
        let Some(json) = file.note(CONFIG_KEY) else {
            return Err(ModelError::Config {
                reason: "the file's header holds none".to_owned(),
                file: file.name().to_owned(),
            });
        };
        let config = EncoderConfig::from_json(json, file.name())?;
        Self::new(file, config)
    }

    /// An encoder over `file` with a configuration from elsewhere.
    ///
    /// # Errors
    /// [`ModelError::Weights`] if a tensor is missing or has another shape.
    pub fn new(file: WeightFile, config: EncoderConfig) -> Result<Self, ModelError> {
        // A file of another model must be refused when it is chosen, not layers later.
        let names = file.names();
        let prefix = names.iter().find_map(|name| name.strip_suffix(WORDS)).unwrap_or_default().to_owned();
        let mut used = HashSet::new();
        for (name, wanted) in config.tensors() {
            let name = located(&file, &prefix, &name);
            file.check(&name, &wanted)?;
            used.insert(name);
        }
        // Nor may it hold more, such as layers or adapters that the configuration does not tell of.
        let left = |name: &&String| {
            let own = name.strip_prefix(&prefix).and_then(|own| own.split_once('.'));
            own.is_some_and(|(part, rest)| config.parts().contains(&part) && !COUNTERS.contains(&rest))
                && !used.contains(*name)
        };
        let left: Vec<&String> = names.iter().filter(left).collect();
        if let Some(example) = left.first() {
            let network = format!("{}-layer {}", config.layers, config.architecture.name());
            return Err(WeightError::LeftOver {
                count: left.len(),
                kind: "",
                example: one_line(example),
                network,
                file: file.name().to_owned(),
            }
            .into());
        }
        Ok(Self {
            prefix,
            word_table: OnceLock::new(),
            embeddings: OnceLock::new(),
            layers: (0..config.layers).map(|_| OnceLock::new()).collect(),
            config,
            file,
        })
    }

    /// The sizes.
    #[must_use]
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The file's path, or what stands for it in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file.name()
    }

    /// The embeddings of some words, `[ids.len(), E]`, without decoding the others.
    ///
    /// # Errors
    /// [`ModelError::Weights`], with [`WeightError::Row`] for an id that is not in the vocabulary.
    pub fn word_rows(&self, ids: &[u32]) -> Result<Vec<f32>, ModelError> {
        let shape = [self.config.vocabulary, self.config.table_width()];
        Ok(self.file.rows(&self.located(WORDS), shape, ids)?)
    }

    /// The embeddings of all words, `[V, E]`; 47 MB for the embedded model.
    ///
    /// # Errors
    /// [`ModelError::Weights`].
    pub fn word_table(&self) -> Result<&Arc<[f32]>, ModelError> {
        once(&self.word_table, || self.tensor(WORDS, &[self.config.vocabulary, self.config.table_width()]))
    }

    /// The tables of positions and types, and the norm after the sum.
    ///
    /// # Errors
    /// [`ModelError::Weights`].
    pub fn embeddings(&self) -> Result<&Embeddings, ModelError> {
        let config = &self.config;
        let (h, e) = (config.hidden, config.table_width());
        let types = || self.tensor(TYPES, &[config.types, e]);
        once(&self.embeddings, || {
            Ok(Embeddings {
                position: self.tensor(POSITIONS, &[config.positions, e])?,
                token_type: config.architecture.has_types().then(types).transpose()?,
                norm: self.norm(EMBEDDINGS_NORM, e)?,
                projection: (e != h).then(|| self.linear(PROJECTION, h, e)).transpose()?,
            })
        })
    }

    /// The weights of one layer, counted from 0.
    ///
    /// # Errors
    /// [`ModelError::Layer`] or [`ModelError::Weights`].
    pub fn layer(&self, layer: usize) -> Result<&Layer, ModelError> {
        let Some(cell) = self.layers.get(layer) else {
            return Err(ModelError::Layer {
                layer,
                layers: self.config.layers,
                file: self.name().to_owned(),
            });
        };
        let (h, f) = (self.config.hidden, self.config.intermediate);
        let names = self.config.architecture.names();
        let linear = |part, outputs, inputs| self.linear(&names.part(layer, part), outputs, inputs);
        let norm = |part| self.norm(&names.part(layer, part), h);
        once(cell, || {
            Ok(Layer {
                query: linear(names.query, h, h)?,
                key: linear(names.key, h, h)?,
                value: linear(names.value, h, h)?,
                attention_output: linear(names.attention_output, h, h)?,
                attention_norm: norm(names.attention_norm)?,
                intermediate: linear(names.intermediate, f, h)?,
                output: linear(names.output, h, f)?,
                output_norm: norm(names.output_norm)?,
            })
        })
    }

    fn linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<Linear, ModelError> {
        Ok(Linear {
            inputs,
            outputs,
            w: self.tensor(&format!("{name}.weight"), &[outputs, inputs])?,
            b: self.tensor(&format!("{name}.bias"), &[outputs])?,
        })
    }

    fn norm(&self, name: &str, width: usize) -> Result<Norm, ModelError> {
        Ok(Norm {
            gamma: self.tensor(&format!("{name}.weight"), &[width])?,
            beta: self.tensor(&format!("{name}.bias"), &[width])?,
        })
    }

    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Arc<[f32]>, ModelError> {
        Ok(self.file.tensor(&self.located(name), shape)?)
    }

    fn located(&self, name: &str) -> String {
        located(&self.file, &self.prefix, name)
    }
}

/// What the file calls a tensor: checkpoints of a whole model put its name first, and the first ones
/// of BERT call the two vectors of a norm gamma and beta.
fn located(file: &WeightFile, prefix: &str, name: &str) -> String {
    let found = format!("{prefix}{name}");
    let old =
        found.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    if file.shape(&found).is_err() && file.shape(&old).is_ok() { old } else { found }
}

/// The cell's value, made now if nobody has. Two threads may both make it; one result is kept.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T, ModelError>) -> Result<&T, ModelError> {
    match cell.get() {
        Some(made) => Ok(made),
        None => {
            let made = make()?;
            Ok(cell.get_or_init(|| made))
        }
    }
}

#[cfg(test)]
#[path = "minilm_tests.rs"]
mod tests;
