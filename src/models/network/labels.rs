//! Names of classes.

use std::sync::{Arc, OnceLock};

use crate::models::onnx::Model;

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
    let last = model
        .nodes
        .iter()
        .rev()
        .find(|node| node.op_type.as_deref().is_some_and(|o| matches!(o, "Gemm" | "MatMul" | "Conv")))?;
    let weights = last.input.get(1).and_then(|name| model.weights.get(name))?;
    let thousand = weights.shape.contains(&imagenet().len());
    thousand.then(imagenet)
}
