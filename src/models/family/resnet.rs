//! ResNet under torchvision's names: 18 and 34 layers with basic blocks, 50 and more with bottlenecks.
//!
//! Source: He et al., "Deep residual learning for image recognition", 2015; the stride of a bottleneck
//! is in its 3x3 convolution, as torchvision has it.

use super::graph::{Attribute, Graph, INPUT, Sweep};
use crate::models::network::{InputSettings, Network};
use crate::models::weights::{WeightError, WeightFile};

/// The tensor by which the family is known.
pub(super) const MARK: &str = "layer1.0.conv1.weight";
const EPSILON: f32 = 1e-5;
const SIDE: usize = 224;

/// The network of a checkpoint of the family.
pub(super) fn read(file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    let mut graph = Graph::new(file, prefix);
    let g = &mut graph;
    let pad = |stride, pad| Sweep { stride, pad: Some(pad) };
    // A stem of 3x3 is that of networks for pictures of 32 pixels, which lose nothing in it.
    let small = matches!(g.shape("conv1.weight")?, [_, _, 3, 3]);
    let x = g.conv("stem conv", INPUT, "conv1", if small { pad(1, 1) } else { pad(2, 3) })?;
    let x = g.batch_norm("stem batch norm", &x, "bn1", EPSILON)?;
    let mut x = g.node("stem ReLU", "Relu", &[&x], &[]);
    if small {
        g.assume("a stem of 3x3 with stride 1 and no pooling, as networks for pictures of 32 pixels have it");
    } else {
        let window = [
            Attribute::Ints("kernel_shape", &[3, 3]),
            Attribute::Ints("strides", &[2, 2]),
            Attribute::Ints("pads", &[1, 1, 1, 1]),
        ];
        x = g.node("stem pooling", "MaxPool", &[&x], &window);
    }
    let mut layers = 2;
    for stage in 1..=4 {
        let mut block = 0;
        while g.has(&format!("layer{stage}.{block}.conv1.weight")) {
            let tensor = |part: &str| format!("layer{stage}.{block}.{part}");
            let name = |part: &str| format!("stage {stage} block {} {part}", block + 1);
            let stride = if stage > 1 && block == 0 { 2 } else { 1 };
            let bottleneck = g.has(&tensor("conv3.weight"));
            let parts: &[(usize, Sweep)] = if bottleneck {
                &[(1, pad(1, 0)), (2, pad(stride, 1)), (3, pad(1, 0))]
            } else {
                &[(1, pad(stride, 1)), (2, pad(1, 1))]
            };
            let mut y = x.clone();
            for &(part, sweep) in parts {
                y = g.conv(&name(&format!("conv {part}")), &y, &tensor(&format!("conv{part}")), sweep)?;
                let norm = name(&format!("batch norm {part}"));
                y = g.batch_norm(&norm, &y, &tensor(&format!("bn{part}")), EPSILON)?;
                if part < parts.len() {
                    y = g.node(&name(&format!("ReLU {part}")), "Relu", &[&y], &[]);
                }
            }
            if g.has(&tensor("downsample.0.weight")) {
                x = g.conv(&name("shortcut conv"), &x, &tensor("downsample.0"), pad(stride, 0))?;
                x = g.batch_norm(&name("shortcut batch norm"), &x, &tensor("downsample.1"), EPSILON)?;
            }
            let sum = g.node(&name("add"), "Add", &[&y, &x], &[]);
            x = g.node(&name("ReLU"), "Relu", &[&sum], &[]);
            layers += parts.len();
            block += 1;
        }
    }
    g.classifier(&x, "fc")?;
    graph.finish(&format!("ResNet-{layers}"), InputSettings::default(), SIDE)
}
