//! The layers of a recorded graph: what runs, what it reads, what it made.

use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::NodeProto;

use super::attributes::{int, list, window};
use super::field::{self, Field, Sight};
use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Model, Value, label};

/// Number of a layer in [`Traced::layers`](super::Traced::layers).
pub type LayerId = usize;

/// An input of the network or a node that was recorded.
#[derive(Clone, Debug)]
pub struct TracedLayer {
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
    /// Shape of its first output, of a batch that of the first in it.
    pub shape: Vec<usize>,
    /// Its first output; `None` where it is known without running (a shape, a constant).
    pub output: Option<Tensor>,
    /// How many pictures its output is of: more than 1 where the file has a fixed batch.
    pub batch: usize,
    /// Numbers that it has learned.
    pub parameters: usize,
    /// Those of them that an earlier layer has as well: a network that is unrolled, an embedding that is used twice.
    pub shared: usize,
    /// What its units see of the picture.
    pub sight: Sight,
    /// Whether its values cannot be below 0, so that one end of the colours stands for 0.
    pub never_negative: bool,
}

impl TracedLayer {
    /// Channels, height and width of its maps, if its output is `[1, C, H, W]`.
    pub fn maps(&self) -> Option<[usize; 3]> {
        match self.shape[..] {
            [1, c, h, w] => Some([c, h, w]),
            _ => None,
        }
    }

    /// Its first output with all pictures of the batch.
    pub(super) fn whole(&self) -> Option<Tensor> {
        let output = self.output.as_ref()?;
        let mut shape = output.shape.clone();
        if self.batch > 1 {
            shape[0] = self.batch;
        }
        Some(Tensor { shape, ..output.clone() })
    }

    /// Shape of a mask over its channels that broadcasts to its output, if it has channels.
    pub fn mask(&self) -> Option<Vec<usize>> {
        match self.shape[..] {
            [1, c, _, _] => Some(vec![c, 1, 1]),
            [1, c] => Some(vec![c]),
            _ => None,
        }
    }

    /// The part of the picture that a unit sees, if it moves with the unit.
    pub fn field(&self) -> Option<Field> {
        match self.sight {
            Sight::Part(field) => Some(field),
            Sight::All | Sight::Unknown => None,
        }
    }

    /// Whether somebody may want to look at it.
    pub fn is_shown(&self) -> bool {
        self.output.is_some()
    }
}

/// The layers of `model`, which runs on `batch` pictures at once, as far as `values` reach.
pub(super) fn layers(
    model: &Model,
    values: &HashMap<String, Value>,
    plan: &Plan,
    batch: usize,
) -> Vec<TracedLayer> {
    let mut layers: Vec<TracedLayer> = Vec::new();
    let mut makers: HashMap<&str, LayerId> = HashMap::new();
    for input in &model.inputs {
        let Some(value) = values.get(&input.name) else { continue };
        makers.insert(&input.name, layers.len());
        layers.push(TracedLayer {
            name: input.name.clone(),
            value: input.name.clone(),
            operator: "Input".into(),
            detail: value.elem.name().into(),
            reads: Vec::new(),
            shape: first(&value.shape, batch).0,
            output: shown(value, plan, batch),
            batch: first(&value.shape, batch).1,
            parameters: 0,
            shared: 0,
            sight: field::of_input(&value.shape),
            never_negative: false,
        });
    }
    // Weights that are another one in another form, and those that a layer has had.
    let mut origins: HashMap<&str, &str> = HashMap::new();
    let mut had: HashSet<&str> = HashSet::new();
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
            if let (Some(of), true) = (node.input.first(), reforms(node)) {
                origins.insert(name, origins.get(of.as_str()).copied().unwrap_or(of));
            }
            continue;
        }
        let weights = node.input.iter().filter(|name| !makers.contains_key(name.as_str()));
        let weights = weights.filter_map(|name| Some((name.as_str(), values.get(name)?)));
        // A single number is a setting, such as the 6 of ReLU6.
        let learned = weights.clone().filter(|(_, w)| w.elem.is_float() && !w.shape.is_empty());
        let (mut parameters, mut shared) = (0, 0);
        for (name, weight) in learned {
            parameters += weight.len();
            let first = had.insert(origins.get(name).copied().unwrap_or(name));
            shared += if first { 0 } else { weight.len() };
        }
        let weights = weights.map(|(_, weight)| weight);
        let input = node.input.first().and_then(|name| values.get(name));
        let sights: Vec<Sight> = reads.iter().map(|&id| layers[id].sight).collect();
        let sight = field::of_node(node, &sights, weights.clone().next(), input, value);
        let layer = TracedLayer {
            name: label(node),
            value: name.to_owned(),
            operator: node.op_type.clone().unwrap_or_default(),
            detail: detail(node, weights.clone().next(), values),
            never_negative: never_negative(node, &reads, &layers, values),
            reads,
            shape: first(&value.shape, batch).0,
            output: shown(value, plan, batch),
            batch: first(&value.shape, batch).1,
            parameters,
            shared,
            sight,
        };
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            makers.insert(output, layers.len());
        }
        makers.insert(name, layers.len());
        layers.push(layer);
    }
    layers
}

/// The shape of the first of a batch, and of how many it is the first.
fn first(shape: &[usize], batch: usize) -> (Vec<usize>, usize) {
    match shape {
        [n, rest @ ..] if *n == batch => ([&[1], rest].concat(), batch),
        _ => (shape.to_vec(), 1),
    }
}

/// What the plan computes of it, as floats; of a batch the first, which lies in front.
fn shown(value: &Value, plan: &Plan, batch: usize) -> Option<Tensor> {
    let tensor = value.tensor.clone()?;
    let is_float = plan.buffers[tensor.buf.0].dtype == crate::gpu::DType::F32 && !tensor.is_empty();
    is_float.then(|| Tensor { shape: first(&tensor.shape, batch).0, ..tensor })
}

/// Whether a node gives all numbers of its first input in another form.
fn reforms(node: &NodeProto) -> bool {
    const FORMS: &[&str] = &["Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];
    node.op_type.as_deref().is_some_and(|operator| FORMS.contains(&operator))
}

/// Whether a node's values cannot be below 0, by what it does or by what it reads.
fn never_negative(
    node: &NodeProto,
    reads: &[LayerId],
    layers: &[TracedLayer],
    values: &HashMap<String, Value>,
) -> bool {
    const FROM_ZERO: &[&str] =
        &["Relu", "Sigmoid", "HardSigmoid", "Softmax", "Softplus", "Exp", "Abs", "Sqrt"];
    /// Of the first input alone.
    const PASSING: &[&str] = &[
        "AveragePool",
        "Dropout",
        "Flatten",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "Identity",
        "LRN",
        "MaxPool",
        "Reshape",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ];
    match node.op_type.as_deref().unwrap_or_default() {
        "Clip" => clip_bounds(node, values)[0].is_some_and(|least| least >= 0.0),
        operator if FROM_ZERO.contains(&operator) => true,
        operator if PASSING.contains(&operator) => reads.first().is_some_and(|&id| layers[id].never_negative),
        // All that is read are layers, and none a weight.
        "Add" | "Concat" => {
            reads.len() == node.input.len() && reads.iter().all(|&id| layers[id].never_negative)
        }
        _ => false,
    }
}

/// The least and the greatest value that a `Clip` lets through, where it says so.
fn clip_bounds(node: &NodeProto, values: &HashMap<String, Value>) -> [Option<f64>; 2] {
    [("min", 1), ("max", 2)].map(|(name, at)| {
        let old = node.attribute.iter().find(|a| a.name.as_deref() == Some(name)).and_then(|a| a.f);
        let known = node.input.get(at).and_then(|name| values.get(name)?.known.as_ref());
        let new = known.and_then(|a| a.numbers.to_f64().first().copied());
        old.map(f64::from).or(new)
    })
}

fn detail(node: &NodeProto, weight: Option<&Value>, values: &HashMap<String, Value>) -> String {
    let joined = |values: &[i64]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
    let mut parts = Vec::new();
    if let (Some("Clip"), [Some(least), Some(most)]) = (node.op_type.as_deref(), clip_bounds(node, values)) {
        parts.push(format!("{least} to {most}"));
    }
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
