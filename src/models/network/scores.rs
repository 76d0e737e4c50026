//! The row of class scores that a classifier ends in.

use std::collections::HashMap;

use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Model, Value};
use crate::ops::OpError;
use crate::ops::softmax::{SoftmaxOptions, softmax};

/// The row of numbers that a classifier ends in.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Before softmax, `[N]`.
    pub logits: Tensor,
    /// After it, `[N]`.
    pub probabilities: Tensor,
}

/// The `n` classes with the greatest values, greatest first and NaN last.
pub fn top(values: &[f32], n: usize) -> Vec<usize> {
    let rank = |class: usize| if values[class].is_nan() { f32::NEG_INFINITY } else { values[class] };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)));
    order.truncate(n);
    order
}

/// An output of shape `[1, N]` (or with further axes of length 1) holds scores. Where the network
/// itself ends in a softmax or a sigmoid, its input holds the logits; otherwise one is recorded behind it.
pub(super) fn scores(
    plan: &mut Plan,
    model: &Model,
    values: &HashMap<String, Value>,
    name: &str,
    value: &Value,
) -> Option<Result<Scores, OpError>> {
    let output = value.tensor.as_ref().filter(|_| value.elem.is_float())?;
    let classes = output.len();
    if classes < 2 || output.shape.iter().filter(|&&n| n != 1).count() != 1 {
        return None;
    }
    let flat = output.view(&[classes]);
    // What only renames or reshapes the row may stand behind its softmax.
    const RENAMING: &[&str] =
        &["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Dropout", "Transpose"];
    let made_by =
        |value: &str| model.nodes.iter().find(|node| node.output.first().is_some_and(|o| o == value));
    let mut last = made_by(name)?;
    while last.op_type.as_deref().is_some_and(|o| RENAMING.contains(&o))
        && let Some(before) = last.input.first().and_then(|value| made_by(value))
        && values.get(&last.input[0]).is_some_and(|v| v.len() == classes)
    {
        last = before;
    }
    if let Some("Softmax" | "Sigmoid") = last.op_type.as_deref() {
        let logits = last.input.first().and_then(|i| values.get(i)).and_then(|v| v.tensor.clone());
        let logits =
            logits.filter(|t| t.len() == classes).map_or_else(|| flat.clone(), |t| t.view(&[classes]));
        return Some(Ok(Scores { logits, probabilities: flat }));
    }
    let probabilities = softmax(plan, &flat, 0, &SoftmaxOptions::default());
    Some(probabilities.map(|probabilities| {
        plan.name(&probabilities, "class probabilities");
        Scores { logits: flat, probabilities }
    }))
}
