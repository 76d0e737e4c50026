//! Changes to a network while it is looked at: another activation, pooling or padding, channels made
//! silent. They act on the graph, so the next recording runs the changed network itself.

use std::collections::{BTreeMap, BTreeSet};

use rten_onnx::onnx::{AttributeProto, NodeProto};

use super::layers::TracedLayer;
use crate::models::onnx::{Array, Model};

/// Activations that may stand for each other: what the page calls them, and the ONNX operator.
pub const ACTIVATIONS: &[(&str, &str)] = &[
    ("ReLU", "Relu"),
    ("ReLU6", "Clip"),
    ("leaky ReLU", "LeakyRelu"),
    ("ELU", "Elu"),
    ("GELU", "Gelu"),
    ("Swish", "Swish"),
    ("Mish", "Mish"),
    ("hard Swish", "HardSwish"),
    ("softplus", "Softplus"),
    ("tanh", "Tanh"),
    ("sigmoid", "Sigmoid"),
    ("identity", "Identity"),
];
/// Poolings with a window.
pub const POOLINGS: &[(&str, &str)] = &[("max", "MaxPool"), ("average", "AveragePool"), ("L2", "LpPool")];
/// Poolings over all of a map.
pub const GLOBAL_POOLINGS: &[(&str, &str)] =
    &[("average", "GlobalAveragePool"), ("max", "GlobalMaxPool"), ("L2", "GlobalLpPool")];

/// The operators that `operator` may be exchanged for, itself among them; empty for the others.
pub fn alternatives(operator: &str) -> &'static [(&'static str, &'static str)] {
    [ACTIVATIONS, POOLINGS, GLOBAL_POOLINGS]
        .into_iter()
        .find(|row| row.iter().any(|(_, name)| *name == operator))
        .unwrap_or_default()
}

/// Whether `operator` has a padding that may be changed.
pub fn is_padded(operator: &str) -> bool {
    operator == "Conv" || POOLINGS.iter().any(|(_, name)| *name == operator)
}

/// How a convolution or a pooling treats the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// As many zeros as keep the size at stride 1.
    Same,
    /// None.
    Valid,
}

/// The changes to one layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Another operator, one of [`alternatives`].
    pub operator: Option<&'static str>,
    /// Another padding, where [`is_padded`].
    pub padding: Option<Padding>,
    /// Channels whose output is multiplied by 0.
    pub muted: BTreeSet<usize>,
}

/// The changes to a network, by [`TracedLayer::value`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits {
    pub(super) edits: BTreeMap<String, Edit>,
    /// Shape of the mask that mutes a layer's channels.
    pub(super) masks: BTreeMap<String, Vec<usize>>,
}

impl Edits {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// How many layers are changed.
    pub fn len(&self) -> usize {
        self.edits.len()
    }

    /// The changes to a layer.
    pub fn get(&self, value: &str) -> Option<&Edit> {
        self.edits.get(value)
    }

    /// Each changed layer's value and what is changed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Edit)> {
        self.edits.iter().map(|(value, edit)| (value.as_str(), edit))
    }

    /// Puts a layer's changes in place of those before; an empty edit takes them back.
    pub fn set(&mut self, layer: &TracedLayer, edit: Edit) {
        if edit == Edit::default() {
            self.edits.remove(&layer.value);
            return;
        }
        if let Some(mask) = layer.mask() {
            self.masks.insert(layer.value.clone(), mask);
        }
        self.edits.insert(layer.value.clone(), edit);
    }

    /// Takes all changes back.
    pub fn clear(&mut self) {
        self.edits.clear();
    }

    /// The graph with other operators and paddings. What it computes keeps its names, so that layers
    /// can be told by them.
    pub(super) fn exchanged(&self, model: &Model) -> Model {
        let mut changed = model.clone();
        for node in &mut changed.nodes {
            let Some(edit) = node.output.first().and_then(|value| self.edits.get(value)) else { continue };
            if let Some(operator) = edit.operator.filter(|o| node.op_type.as_deref() != Some(o)) {
                exchange(node, operator, &mut changed.weights);
            }
            if let Some(padding) = edit.padding {
                node.attribute.retain(|a| !matches!(a.name.as_deref(), Some("pads" | "auto_pad")));
                let text = match padding {
                    Padding::Same => "SAME_UPPER",
                    Padding::Valid => "VALID",
                };
                node.attribute.push(text_attribute("auto_pad", text));
            }
        }
        changed
    }

    /// The same graph with a multiplication behind each layer that has silent channels.
    pub(super) fn muted(&self, model: &Model) -> Model {
        let mut changed = model.clone();
        for (value, edit) in self.edits.iter().filter(|(_, edit)| !edit.muted.is_empty()) {
            let Some(mask) = self.masks.get(value) else { continue };
            mute(&mut changed, value, edit, mask);
        }
        changed
    }
}

fn text_attribute(name: &str, text: &str) -> AttributeProto {
    AttributeProto { name: Some(name.into()), s: Some(text.into()), ..AttributeProto::default() }
}

/// Puts another operator into a node. Poolings keep their windows; activations keep nothing.
fn exchange(
    node: &mut NodeProto,
    operator: &'static str,
    weights: &mut std::collections::HashMap<String, Array>,
) {
    let activation = ACTIVATIONS.iter().any(|(_, name)| *name == operator);
    node.op_type = Some(operator.into());
    node.domain = None;
    if !activation {
        // Only a max pooling knows an order of its positions.
        node.attribute.retain(|a| a.name.as_deref() != Some("storage_order"));
        return;
    }
    node.attribute.clear();
    node.input.truncate(1);
    if operator == "Clip" {
        for (name, bound) in [("ReLU6 · from", 0.0), ("ReLU6 · to", 6.0)] {
            weights.insert(name.into(), Array::floats(&[], vec![bound]));
            node.input.push(name.into());
        }
    }
}

/// Multiplies the channels of a value by a mask of zeros and ones, for all that read it.
fn mute(model: &mut Model, value: &str, edit: &Edit, shape: &[usize]) {
    let Some(at) = model.nodes.iter().position(|n| n.output.first().is_some_and(|o| o == value)) else {
        return;
    };
    let (whole, mask) = (format!("{value} · before muting"), format!("{value} · mask"));
    let channels = shape.iter().product();
    let on: Vec<f32> = (0..channels).map(|c| f32::from(u8::from(!edit.muted.contains(&c)))).collect();
    model.weights.insert(mask.clone(), Array::floats(shape, on));
    model.nodes[at].output[0].clone_from(&whole);
    let node = NodeProto {
        name: Some(format!("{value} · muted")),
        op_type: Some("Mul".into()),
        input: vec![whole, mask],
        output: vec![value.into()],
        ..NodeProto::default()
    };
    model.nodes.insert(at + 1, node);
}
