//! Which family a checkpoint is of.

use std::sync::Arc;

use super::{efficientnet_lite, resnet, trained};
use crate::models::network::{InputSettings, Network, labels};
use crate::models::onnx::Model;
use crate::models::weights::{WeightError, WeightFile};

/// Reads a network's name, input and graph from a checkpoint whose tensor names begin with a prefix.
type Read = fn(&WeightFile, &str) -> Result<(String, InputSettings, Model), WeightError>;

/// Names of the classes of a graph, where they are known.
type Names = fn(&Model) -> Option<Arc<[String]>>;

/// Each family: a tensor that no other has, its reader, and what names its classes.
const FAMILIES: &[(&str, Read, Names)] = &[
    (efficientnet_lite::MARK, efficientnet_lite::read, labels::of),
    (resnet::MARK, resnet::read, labels::of),
    (trained::MARK, trained::read, trained::classes),
];
/// What checkpoints put before all names.
const PREFIXES: &[&str] = &["", "module.", "model.", "state_dict.", "state_dict.module.", "model.module."];

/// The network of a checkpoint.
///
/// # Errors
/// [`WeightError::Family`] if it is of no known family, another [`WeightError`] if it is incomplete.
pub fn network(file: &WeightFile) -> Result<Network, WeightError> {
    for prefix in PREFIXES {
        for (mark, read, names) in FAMILIES {
            if file.shape(&format!("{prefix}{mark}")).is_err() {
                continue;
            }
            let (name, input, model) = read(file, prefix)?;
            let classes = names(&model);
            return Ok(Network { name, model, classes, input });
        }
    }
    Err(WeightError::Family { file: file.name().to_owned() })
}

impl Network {
    /// EfficientNet-Lite0, which Glassbox carries: 1,000 classes of ImageNet.
    #[must_use]
    pub fn embedded() -> Self {
        let weights = crate::asset!("models/efficientnet-lite0.f16.safetensors");
        WeightFile::from_bytes("EfficientNet-Lite0 (built in)", weights)
            .and_then(|file| network(&file))
            .expect("the embedded weights are loaded by a test of this module")
    }

    /// A small network that Glassbox has trained itself (`glassbox train fashion-cnn`): ten kinds of clothes.
    #[must_use]
    pub fn trained() -> Self {
        WeightFile::from_bytes("clothes (built in)", crate::asset!("models/fashion-cnn.safetensors"))
            .and_then(|file| network(&file))
            .expect("the embedded weights are loaded by a test of this module")
    }
}
