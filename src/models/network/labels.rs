//! Names of classes.

use std::sync::{Arc, OnceLock};

use rten_onnx::onnx::NodeProto;

use super::attributes::int;
use crate::models::onnx::{Array, Model};

/// The 1,000 classes of ImageNet, in the order in which networks have them.
pub fn imagenet() -> Arc<[String]> {
    static NAMES: OnceLock<Arc<[String]>> = OnceLock::new();
    NAMES
        .get_or_init(|| {
            let names = String::from_utf8_lossy(crate::asset!("data/imagenet-classes.txt"));
            names.lines().map(str::to_owned).collect()
        })
        .clone()
}

/// A dense layer of a thousand at the end means ImageNet's classes.
pub fn of(model: &Model) -> Option<Arc<[String]>> {
    let thousand = last_layer(model)?.1.shape.contains(&imagenet().len());
    thousand.then(imagenet)
}

/// How many numbers the last layer with weights makes, if it is a dense one or a convolution.
pub(super) fn width(model: &Model) -> Option<usize> {
    let (node, weights) = last_layer(model)?;
    match node.op_type.as_deref()? {
        "MatMul" => weights.shape.last(),
        "Gemm" if int(node, "transB").unwrap_or(0) == 0 => weights.shape.last(),
        _ => weights.shape.first(),
    }
    .copied()
}

/// The last layer that multiplies by weights, and those.
fn last_layer(model: &Model) -> Option<(&NodeProto, &Array)> {
    let last = model
        .nodes
        .iter()
        .rev()
        .find(|node| node.op_type.as_deref().is_some_and(|o| matches!(o, "Gemm" | "MatMul" | "Conv")))?;
    Some((last, model.weights.get(last.input.get(1)?)?))
}
