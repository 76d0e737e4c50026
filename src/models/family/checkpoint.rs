//! Which family a checkpoint is of.

use super::{efficientnet_lite, resnet, trained, vit};
use crate::models::network::{Network, labels};
use crate::models::weights::{WeightError, WeightFile};
use crate::untrusted::one_line;

/// Reads the network of a checkpoint whose tensor names begin with a prefix.
type Read = fn(&WeightFile, &str) -> Result<Network, WeightError>;

/// Each family: a tensor that no other has, and its reader.
const FAMILIES: &[(&str, Read)] = &[
    (efficientnet_lite::MARK, efficientnet_lite::read),
    (resnet::MARK, resnet::read),
    (vit::TIMM, vit::timm),
    (vit::TORCHVISION, vit::torchvision),
    (vit::HUGGING_FACE_DEIT, vit::hugging_face_deit),
    (vit::HUGGING_FACE_VIT, vit::hugging_face_vit),
    (vit::HUGGING_FACE, vit::hugging_face),
];

/// The network of a checkpoint, whatever stands before the names of its tensors.
///
/// # Errors
/// [`WeightError::Family`] if it is of no known family, another [`WeightError`] if it is incomplete, or has tensors that the
/// family has not.
pub fn network(file: &WeightFile) -> Result<Network, WeightError> {
    for (mark, read) in FAMILIES {
        let Some(prefix) = prefix(file, mark) else { continue };
        let mut network = read(file, &prefix)?;
        network.classes = labels::of(&network.model);
        let beside: Vec<String> =
            file.names().into_iter().filter(|name| !name.starts_with(&prefix)).collect();
        if let Some(first) = beside.first() {
            let (count, whose) = (beside.len(), one_line(prefix.trim_end_matches('.')));
            let first = one_line(first);
            network.assumed.push(format!(
                "what is called {whose} is the network; of {count} others, such as {first}, nothing is read"
            ));
        }
        return Ok(network);
    }
    // Names so short stand in many files: this one has nothing before them.
    if file.shape(trained::MARK).is_ok() {
        return trained::read(file);
    }
    Err(WeightError::Family { file: file.name().to_owned() })
}

/// What stands before the names of a network's tensors: nothing, or all up to a dot, the shortest of several.
fn prefix(file: &WeightFile, mark: &str) -> Option<String> {
    let names = file.names();
    let before = names.iter().filter_map(|name| name.strip_suffix(mark));
    let whole = before.filter(|before| before.is_empty() || before.ends_with('.'));
    whole.min_by_key(|before| before.len()).map(str::to_owned)
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
