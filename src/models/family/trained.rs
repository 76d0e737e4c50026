//! What `glassbox train fashion-cnn` saves: convolutions of 3x3, each with ReLU and max pooling behind it, and a
//! dense layer, on 28x28 grey pictures of clothes.

use super::graph::{Attribute, Graph, INPUT, Sweep};
use crate::data::fashion::{CLASSES, SIDE};
use crate::models::network::{InputSettings, Network};
use crate::models::weights::{WeightError, WeightFile};

/// The tensor by which the family is known.
pub(super) const MARK: &str = "dense.weight";

/// The network of a checkpoint of the family.
pub(super) fn read(file: &WeightFile) -> Result<Network, WeightError> {
    let mut graph = Graph::new(file, "");
    let g = &mut graph;
    let window = [Attribute::Ints("kernel_shape", &[2, 2]), Attribute::Ints("strides", &[2, 2])];
    let (mut x, mut layer) = (INPUT.to_owned(), 1);
    // A checkpoint without any is told that its first convolution is missing.
    while layer == 1 || g.has(&format!("conv{layer}.weight")) {
        let conv = Sweep { stride: 1, pad: Some(1) };
        let y = g.biased_conv(&format!("conv {layer}"), &x, &format!("conv{layer}"), conv)?;
        let y = g.node(&format!("ReLU {layer}"), "Relu", &[&y], &[]);
        x = g.node(&format!("pooling {layer}"), "MaxPool", &[&y], &window);
        layer += 1;
    }
    g.dense(&x, "dense")?;
    let side = SIDE as u32;
    let input = InputSettings {
        width: side,
        height: side,
        crop: 1.0,
        mean: [0.0; 3],
        std: [255.0; 3],
        ..InputSettings::default()
    };
    let network = graph.finish("Clothes, trained by Glassbox", input, SIDE)?;
    Ok(Network { classes: Some(CLASSES.iter().map(ToString::to_string).collect()), ..network })
}
