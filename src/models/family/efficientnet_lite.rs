//! EfficientNet-Lite: inverted residual blocks with depthwise convolutions and ReLU6, made for phones.
//!
//! Sizes come from the tensors themselves, so that Lite0 to Lite4 are one function. A new stage begins
//! where the number of channels changes; its stride is that of the published table. Padding is as
//! TensorFlow's `SAME`. Sources: Tan and Le, "EfficientNet", 2019; the EfficientNet-Lite release notes,
//! 2020; Sandler et al., "MobileNetV2", 2018, for the blocks.

use super::graph::{Graph, INPUT, Sweep};
use crate::models::network::{InputSettings, Network};
use crate::models::weights::{WeightError, WeightFile};

/// The tensor by which the family is known.
pub(super) const MARK: &str = "_conv_stem.weight";
/// Stride of the first block of each stage.
const STRIDES: [i64; 7] = [1, 2, 2, 2, 1, 2, 1];
const EPSILON: f32 = 1e-3;
/// Number of blocks, name and side of the input picture of each member.
const MEMBERS: [(usize, &str, u32); 3] =
    [(16, "EfficientNet-Lite0", 224), (24, "EfficientNet-Lite3", 280), (30, "EfficientNet-Lite4", 300)];

/// The network of a checkpoint of the family.
pub(super) fn read(file: &WeightFile, prefix: &str) -> Result<Network, WeightError> {
    let mut graph = Graph::new(file, prefix);
    let g = &mut graph;
    let same = |stride| Sweep { stride, pad: None };
    let x = g.conv("stem conv", INPUT, "_conv_stem", same(2))?;
    let x = g.batch_norm("stem batch norm", &x, "_bn0", EPSILON)?;
    let mut x = g.relu6("stem ReLU6", &x);
    let (mut block, mut stage, mut channels) = (0, 0, 0);
    while g.has(&format!("_blocks.{block}._depthwise_conv.weight")) {
        let tensor = |part: &str| format!("_blocks.{block}.{part}");
        let name = |part: &str| format!("block {} {part}", block + 1);
        let wide = g.shape(&tensor("_project_conv.weight"))?.first().copied().unwrap_or(0);
        let first = wide != channels;
        let stride = if first { STRIDES.get(stage).copied().unwrap_or(1) } else { 1 };
        stage += usize::from(first);
        let mut y = x.clone();
        if g.has(&tensor("_expand_conv.weight")) {
            y = g.conv(&name("expand"), &y, &tensor("_expand_conv"), same(1))?;
            y = g.batch_norm(&name("expand batch norm"), &y, &tensor("_bn0"), EPSILON)?;
            y = g.relu6(&name("expand ReLU6"), &y);
        }
        y = g.conv(&name("depthwise"), &y, &tensor("_depthwise_conv"), same(stride))?;
        y = g.batch_norm(&name("depthwise batch norm"), &y, &tensor("_bn1"), EPSILON)?;
        y = g.relu6(&name("depthwise ReLU6"), &y);
        y = g.conv(&name("project"), &y, &tensor("_project_conv"), same(1))?;
        y = g.batch_norm(&name("project batch norm"), &y, &tensor("_bn2"), EPSILON)?;
        x = if first { y } else { g.node(&name("add"), "Add", &[&y, &x], &[]) };
        (channels, block) = (wide, block + 1);
    }
    let y = g.conv("head conv", &x, "_conv_head", same(1))?;
    let y = g.batch_norm("head batch norm", &y, "_bn1", EPSILON)?;
    let y = g.relu6("head ReLU6", &y);
    g.classifier(&y, "_fc")?;
    let narrow = graph.shape("_blocks.1._project_conv.weight")?.first() == Some(&24);
    let (name, side) = match (MEMBERS.iter().find(|m| m.0 == block), block, narrow) {
        (Some(member), ..) => (member.1, member.2),
        (None, 21, true) => ("EfficientNet-Lite1", 240),
        (None, 21, false) => ("EfficientNet-Lite2", 260),
        _ => ("EfficientNet-Lite", 224),
    };
    let input = InputSettings {
        width: side,
        height: side,
        crop: 0.875,
        mean: [127.0; 3],
        std: [128.0; 3],
        ..InputSettings::default()
    };
    graph.finish(name, input, side as usize)
}
