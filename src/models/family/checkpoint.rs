//! Which family a checkpoint is of.

use super::{efficientnet_lite, resnet};
use crate::models::network::{InputSettings, Network, labels};
use crate::models::onnx::Model;
use crate::models::weights::{WeightError, WeightFile};

/// Reads a network's name, input and graph from a checkpoint whose tensor names begin with a prefix.
type Read = fn(&WeightFile, &str) -> Result<(String, InputSettings, Model), WeightError>;

/// Each family: a tensor that no other has, and its reader.
const FAMILIES: &[(&str, Read)] =
    &[(efficientnet_lite::MARK, efficientnet_lite::read), (resnet::MARK, resnet::read)];
/// What checkpoints put before all names.
const PREFIXES: &[&str] = &["", "module.", "model.", "state_dict.", "state_dict.module.", "model.module."];

/// The network of a checkpoint.
///
/// # Errors
/// [`WeightError::Family`] if it is of no known family, another [`WeightError`] if it is incomplete.
pub fn network(file: &WeightFile) -> Result<Network, WeightError> {
    for prefix in PREFIXES {
        for (mark, read) in FAMILIES {
            if file.shape(&format!("{prefix}{mark}")).is_err() {
                continue;
            }
            let (name, input, model) = read(file, prefix)?;
            let classes = labels::of(&model);
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
}
