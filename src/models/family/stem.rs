//! The first layers of EfficientNet-Lite0, read from its weights without the rest: the stem's filters, and the shapes
//! of the layers behind.

use std::sync::OnceLock;

use crate::models::weights::{WeightError, WeightFile};

/// Epsilon of the stem's batch normalisation.
const EPSILON: f32 = 1e-3;
/// Mean and spread of the pixels (0 to 255) that the network reads.
const MEAN: f32 = 127.0;
const SPREAD: f32 = 128.0;
/// Tensors of the layers behind the stem up to the third block, what they are called, and their stride.
const BEHIND: [(&str, &str, usize); 5] = [
    ("_blocks.0._depthwise_conv.weight", "1 depthwise", 1),
    ("_blocks.0._project_conv.weight", "1 project", 1),
    ("_blocks.1._expand_conv.weight", "2 expand", 1),
    ("_blocks.1._depthwise_conv.weight", "2 depthwise", 2),
    ("_blocks.1._project_conv.weight", "2 project", 1),
];

/// A layer behind the stem, by its sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Block and kind: "1 depthwise".
    pub name: &'static str,
    /// Shape of its weights, `[K, C/groups, R, S]`.
    pub weights: [usize; 4],
    /// Groups of its channels: all of them where it is depthwise.
    pub groups: usize,
    /// Its stride.
    pub stride: usize,
}

/// The stem: its filters with batch normalisation folded in, for pictures of 0 to 1. ReLU6 follows.
#[derive(Clone, Debug)]
pub struct Stem {
    /// `[K, 3, 3, 3]`, row by row.
    pub weights: Vec<f32>,
    /// `[K]`.
    pub bias: Vec<f32>,
    /// The layers of the next two blocks.
    pub behind: Vec<Behind>,
}

impl Stem {
    /// Numbers of one filter.
    pub const TAPS: usize = 27;

    /// That of the network which Glassbox carries. Reads a header and a thousand numbers.
    pub fn embedded() -> &'static Self {
        static STEM: OnceLock<Stem> = OnceLock::new();
        STEM.get_or_init(|| {
            let weights = crate::asset!("models/efficientnet-lite0.f16.safetensors");
            WeightFile::from_bytes("EfficientNet-Lite0 (built in)", weights)
                .and_then(|file| Self::read(&file))
                .expect("the embedded weights are loaded by a test of this module")
        })
    }

    fn read(file: &WeightFile) -> Result<Self, WeightError> {
        let tensor = |name: &str| file.tensor(name, file.shape(name)?);
        let filters = tensor("_conv_stem.weight")?;
        let [gain, shift, mean, variance] =
            ["weight", "bias", "running_mean", "running_var"].map(|part| tensor(&format!("_bn0.{part}")));
        let (gain, shift, mean, variance) = (gain?, shift?, mean?, variance?);
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for (k, filter) in filters.chunks_exact(Self::TAPS).enumerate() {
            let scale = gain[k] / (variance[k] + EPSILON).sqrt();
            let sum: f32 = filter.iter().sum();
            weights.extend(filter.iter().map(|w| w * scale * 255.0 / SPREAD));
            bias.push(shift[k] - (mean[k] + sum * MEAN / SPREAD) * scale);
        }
        let mut behind = Vec::new();
        let mut channels = bias.len();
        for (name, label, stride) in BEHIND {
            let shape = file.shape(name)?;
            let Ok(weights) = <[usize; 4]>::try_from(shape) else { continue };
            behind.push(Behind { name: label, weights, groups: channels / weights[1].max(1), stride });
            channels = weights[0];
        }
        Ok(Self { weights, bias, behind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_stem_has_the_sizes_it_is_known_by() {
        let stem = Stem::embedded();
        assert_eq!((stem.weights.len(), stem.bias.len()), (32 * Stem::TAPS, 32));
        assert!(stem.weights.iter().chain(&stem.bias).all(|v| v.is_finite()));
        let shapes: Vec<_> = stem.behind.iter().map(|layer| (layer.weights, layer.groups)).collect();
        let want = [
            ([32, 1, 3, 3], 32),
            ([16, 32, 1, 1], 1),
            ([96, 16, 1, 1], 1),
            ([96, 1, 3, 3], 96),
            ([24, 96, 1, 1], 1),
        ];
        assert_eq!(shapes, want);
    }
}
