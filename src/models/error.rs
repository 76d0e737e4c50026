//! Why a sentence encoder could not be used.

use thiserror::Error;

use super::weights::WeightError;

/// Why a model could not be used. Each message is one sentence with the file last.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The weights cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// The configuration is absent, cannot be parsed or describes another kind of network.
    #[error("the model's configuration cannot be used: {reason}, choose a BERT-like encoder: {file}")]
    Config {
        /// What is wrong, as a clause.
        reason: String,
        /// The file.
        file: String,
    },
    /// There are fewer layers.
    #[error("layer {layer} was asked for and the model has {layers}, counted from 0: {file}")]
    Layer {
        /// The layer asked for.
        layer: usize,
        /// How many there are.
        layers: usize,
        /// The file.
        file: String,
    },
    /// The encoder cannot run on these tokens.
    #[error(
        "{tokens} tokens with {types} types were given and the model reads 1 to {limit}, each with a type: {file}"
    )]
    Tokens {
        /// Token ids given.
        tokens: usize,
        /// Type ids given.
        types: usize,
        /// The most tokens.
        limit: usize,
        /// The file.
        file: String,
    },
}
