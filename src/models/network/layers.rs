//! The layers of a recorded graph: what runs, what it reads, what it made.

use std::collections::HashMap;

use rten_onnx::onnx::NodeProto;

use super::field::{self, Field};
use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Model, Value, label};

/// Number of a layer in [`Traced::layers`](super::Traced::layers).
pub type LayerId = usize;

/// An input of the network or a node that was recorded.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The node's name, or that of its first output.
    pub name: String,
    /// Name of its first output, which no other layer has.
    pub value: String,
    /// The ONNX operator; `Input` for an input.
    pub operator: String,
    /// Its settings in short, such as `3×3, stride 2`.
    pub detail: String,
    /// The layers that it reads, weights not counted.
    pub reads: Vec<LayerId>,
    /// Shape of its first output.
    pub shape: Vec<usize>,
    /// Its first output; `None` where it is known without running (a shape, a constant).
    pub output: Option<Tensor>,
    /// Numbers that it has learned.
    pub parameters: usize,
    /// Which part of the picture an element of it sees; `None` before the picture and where all of it
    /// is seen.
    pub field: Option<Field>,
}

impl Layer {
    /// Channels, height and width of its maps, if its output is `[1, C, H, W]`.
    pub fn maps(&self) -> Option<[usize; 3]> {
        match self.shape[..] {
            [1, c, h, w] => Some([c, h, w]),
            _ => None,
        }
    }

    /// Shape of a mask over its channels that broadcasts to its output, if it has channels.
    pub fn mask(&self) -> Option<Vec<usize>> {
        match self.shape[..] {
            [1, c, _, _] => Some(vec![c, 1, 1]),
            [1, c] => Some(vec![c]),
            _ => None,
        }
    }

    /// Whether its values cannot be below 0, so that one end of the colours stands for 0.
    pub fn is_never_negative(&self) -> bool {
        const FROM_ZERO: &[&str] =
            &["Relu", "Clip", "Sigmoid", "HardSigmoid", "Softmax", "Softplus", "Exp", "Abs", "Sqrt"];
        FROM_ZERO.contains(&self.operator.as_str())
    }

    /// Whether somebody may want to look at it.
    pub fn is_shown(&self) -> bool {
        self.output.is_some()
    }
}

/// The layers of `model` as far as `values` reach.
pub(super) fn layers(model: &Model, values: &HashMap<String, Value>, plan: &Plan) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut makers: HashMap<&str, LayerId> = HashMap::new();
    for input in &model.inputs {
        let Some(value) = values.get(&input.name) else { continue };
        makers.insert(&input.name, layers.len());
        layers.push(Layer {
            name: input.name.clone(),
            value: input.name.clone(),
            operator: "Input".into(),
            detail: value.elem.name().into(),
            reads: Vec::new(),
            shape: value.shape.clone(),
            output: shown(value, plan),
            parameters: 0,
            field: field::of_input(&value.shape),
        });
    }
    for node in &model.nodes {
        let Some((name, value)) =
            node.output.iter().find_map(|name| Some((name.as_str(), values.get(name)?)))
        else {
            continue;
        };
        let reads: Vec<LayerId> =
            node.input.iter().filter_map(|name| makers.get(name.as_str()).copied()).collect();
        // What no input reaches is a weight, also where the graph computes it.
        if reads.is_empty() && !model.inputs.is_empty() {
            continue;
        }
        let weights = node.input.iter().filter(|name| !makers.contains_key(name.as_str()));
        let weights = weights.filter_map(|name| values.get(name));
        // A single number is a setting, such as the 6 of ReLU6.
        let learned = weights.clone().filter(|w| w.elem.is_float() && !w.shape.is_empty());
        let parameters = learned.map(Value::len).sum();
        let input = node.input.first().and_then(|name| values.get(name));
        let own = field::of_node(node, &reads, &layers, weights.clone().next(), input, value);
        let layer = Layer {
            name: label(node),
            value: name.to_owned(),
            operator: node.op_type.clone().unwrap_or_default(),
            detail: detail(node, weights.clone().next()),
            reads,
            shape: value.shape.clone(),
            output: shown(value, plan),
            parameters,
            field: own,
        };
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            makers.insert(output, layers.len());
        }
        makers.insert(name, layers.len());
        layers.push(layer);
    }
    layers
}

/// What the plan computes of it, as floats.
fn shown(value: &Value, plan: &Plan) -> Option<Tensor> {
    value.tensor.clone().filter(|t| plan.buffers[t.buf.0].dtype == crate::gpu::DType::F32 && !t.is_empty())
}

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

fn detail(node: &NodeProto, weight: Option<&Value>) -> String {
    let joined = |values: &[i64]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
    let mut parts = Vec::new();
    if let Some(window) = window(node, weight) {
        parts.push(joined(&window));
    }
    if let Some(strides) = list(node, "strides").filter(|s| s.iter().any(|&s| s != 1)) {
        let same = strides.windows(2).all(|pair| pair[0] == pair[1]);
        parts.push(format!("stride {}", if same { strides[0].to_string() } else { joined(&strides) }));
    }
    if let Some(dilations) = list(node, "dilations").filter(|d| d.iter().any(|&d| d != 1)) {
        parts.push(format!("dilation {}", joined(&dilations)));
    }
    match (int(node, "group").unwrap_or(1), weight) {
        (groups, Some(w)) if groups > 1 && w.shape.get(1) == Some(&1) => parts.push("depthwise".into()),
        (groups, _) if groups > 1 => parts.push(format!("{groups} groups")),
        _ => {}
    }
    parts.join(", ")
}
