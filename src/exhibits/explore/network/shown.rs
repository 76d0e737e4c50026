//! What the page of a network has recorded.

use super::maps::Maps;
use crate::gpu::Tensor;
use crate::models::Network;
use crate::models::network::{ActivationMaps, LayerId, Scores, Sentence, TracedLayer};
use crate::viz::facts::grouped;

/// A shape as it is written: `1 × 3 × 224 × 224`.
pub fn size(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
    sides.join(" × ")
}

/// What was recorded last.
pub struct Shown {
    /// With the settings of its input.
    pub network: Network,
    pub layers: Vec<TracedLayer>,
    /// The layers that can be looked at, in order.
    pub ids: Vec<LayerId>,
    pub photo: Option<Tensor>,
    pub scores: Option<Scores>,
    /// Probabilities of the network without changes, if it has some.
    pub before: Option<Tensor>,
    /// Class-activation maps, or why there are none.
    pub activation: Option<Result<ActivationMaps, String>>,
    /// The class they are for; `None` for the most probable one.
    pub class: Option<usize>,
    pub stop: Option<Stopped>,
    /// Inputs that hold noise, or ids that mean nothing to the network: then there are no classes.
    pub noise: Vec<String>,
    /// What was taken for granted, a clause each.
    pub assumed: Vec<String>,
    /// The sentence, if the network reads one.
    pub sentence: Option<Sentence>,
}

/// Where a network stops that cannot be run to its end.
pub struct Stopped {
    pub why: String,
    /// Nodes before.
    pub reached: usize,
}

impl Shown {
    /// The layer of a number of the `layer` knob.
    pub fn layer(&self, number: u32) -> Option<LayerId> {
        self.ids.get(number as usize - 1).copied()
    }

    pub fn maps(&self, id: LayerId) -> Option<Maps> {
        Maps::of(&self.layers, id)
    }

    /// The figures above the graph.
    pub fn facts(&self) -> [(&'static str, String); 4] {
        let inputs = self.layers.iter().filter(|layer| layer.operator == "Input");
        let sizes: Vec<String> = inputs.map(|layer| size(&layer.shape)).collect();
        let parameters: usize = self.layers.iter().map(|layer| layer.parameters - layer.shared).sum();
        [
            ("Network", self.network.name.clone()),
            ("Layers", self.ids.len().to_string()),
            ("Parameters", grouped(parameters as u64)),
            ("Input size", sizes.join(", ")),
        ]
    }
}
