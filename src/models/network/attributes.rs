//! Attributes of ONNX nodes that layers and receptive fields are read from.

use rten_onnx::onnx::NodeProto;

use crate::models::onnx::Value;

/// A list attribute.
pub(super) fn list(node: &NodeProto, name: &str) -> Option<Vec<i64>> {
    let found = node.attribute.iter().find(|a| a.name.as_deref() == Some(name))?;
    Some(found.ints.clone()).filter(|ints| !ints.is_empty())
}

/// A whole-number attribute.
pub(super) fn int(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|a| a.name.as_deref() == Some(name))?.i
}

/// The window of a convolution or a pooling.
pub(super) fn window(node: &NodeProto, weight: Option<&Value>) -> Option<Vec<i64>> {
    list(node, "kernel_shape").or_else(|| {
        let operator = node.op_type.as_deref()?;
        let shape = weight.filter(|_| operator.starts_with("Conv"))?.shape.get(2..)?;
        Some(shape.iter().map(|&n| n as i64).collect())
    })
}
