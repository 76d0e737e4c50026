//! Builds a graph in ONNX operators node by node, with weights from a checkpoint.

use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::{AttributeProto, NodeProto};

use crate::models::network::{Guessed, InputSettings, Network};
use crate::models::onnx::{Array, Elem, Input, Model};
use crate::models::weights::{WeightError, WeightFile};

/// Version of the operator set that the graphs are written in.
const OPSET: i64 = 17;
/// Name of the picture that goes in.
pub(super) const INPUT: &str = "input";

/// An attribute of a node.
pub(super) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
    Float(&'a str, f32),
    Text(&'a str, &'a str),
}

impl Attribute<'_> {
    fn proto(&self) -> AttributeProto {
        let named = |name: &str| AttributeProto { name: Some(name.into()), ..AttributeProto::default() };
        match *self {
            Self::Int(name, i) => AttributeProto { i: Some(i), ..named(name) },
            Self::Ints(name, ints) => AttributeProto { ints: ints.to_vec(), ..named(name) },
            Self::Float(name, f) => AttributeProto { f: Some(f), ..named(name) },
            Self::Text(name, s) => AttributeProto { s: Some(s.into()), ..named(name) },
        }
    }
}

/// How a convolution moves over its input.
#[derive(Clone, Copy)]
pub(super) struct Sweep {
    pub stride: i64,
    /// Zeros on each side; `None` for as many as TensorFlow's `SAME` puts, more of them at the end.
    pub pad: Option<i64>,
}

/// A graph under construction. Nodes and what they make share their names.
pub(super) struct Graph<'f> {
    file: &'f WeightFile,
    /// What stands before the names of the tensors in the file.
    prefix: String,
    nodes: Vec<NodeProto>,
    weights: HashMap<String, Array>,
    /// Tensors that are used in another shape or in parts, or are left out and that is said.
    placed: HashSet<String>,
    /// Channels of what each node makes, and of the picture once its first layer is there.
    channels: HashMap<String, usize>,
    /// What had to be taken for granted.
    assumed: Vec<String>,
}

impl<'f> Graph<'f> {
    /// An empty graph over a checkpoint whose tensor names begin with `prefix`.
    pub fn new(file: &'f WeightFile, prefix: &str) -> Self {
        Self {
            file,
            prefix: prefix.to_owned(),
            nodes: Vec::new(),
            weights: HashMap::new(),
            placed: HashSet::new(),
            channels: HashMap::new(),
            assumed: Vec::new(),
        }
    }

    /// The shape of a tensor of the checkpoint.
    pub fn shape(&self, tensor: &str) -> Result<&[usize], WeightError> {
        self.file.shape(&format!("{}{tensor}", self.prefix))
    }

    /// Whether the checkpoint has a tensor.
    pub fn has(&self, tensor: &str) -> bool {
        self.shape(tensor).is_ok()
    }

    /// Whether the checkpoint has a tensor whose name begins so.
    pub fn holds(&self, part: &str) -> bool {
        let begin = format!("{}{part}", self.prefix);
        self.file.names().iter().any(|name| name.starts_with(&begin))
    }

    /// Takes a tensor of the checkpoint as a weight.
    fn weight(&mut self, tensor: &str) -> Result<String, WeightError> {
        let name = format!("{}{tensor}", self.prefix);
        let shape = self.file.shape(&name)?.to_vec();
        let values = self.file.tensor(&name, &shape)?;
        self.weights.insert(name.clone(), Array::floats(&shape, values));
        Ok(name)
    }

    /// Takes a tensor of the checkpoint that must have `shape` as a weight of the shape `taken`.
    pub fn reshaped(
        &mut self,
        tensor: &str,
        shape: &[usize],
        taken: &[usize],
    ) -> Result<String, WeightError> {
        let name = format!("{}{tensor}", self.prefix);
        let values = self.file.tensor(&name, shape)?;
        self.weights.insert(name.clone(), Array::floats(taken, values));
        Ok(name)
    }

    /// Takes a tensor that must have `shape` as a weight.
    pub fn shaped(&mut self, tensor: &str, shape: &[usize]) -> Result<String, WeightError> {
        self.reshaped(tensor, shape, shape)
    }

    /// Takes the rows of part `part` of three, which lie one after the other in a tensor, as a weight of `shape`.
    pub fn third(&mut self, tensor: &str, part: usize, shape: &[usize]) -> Result<String, WeightError> {
        let name = format!("{}{tensor}", self.prefix);
        let mut whole = shape.to_vec();
        whole[0] *= 3;
        let values = self.file.tensor(&name, &whole)?;
        let len = values.len() / 3;
        let taken = format!("{name}, part {}", part + 1);
        self.weights.insert(taken.clone(), Array::floats(shape, values[part * len..][..len].to_vec()));
        self.placed.insert(name);
        Ok(taken)
    }

    /// Adds numbers that are not of the checkpoint.
    pub fn given(&mut self, name: &str, array: Array) -> String {
        self.weights.insert(name.to_owned(), array);
        name.to_owned()
    }

    /// Leaves the tensors whose names begin with `part` out, and says so if there are any.
    pub fn leave(&mut self, part: &str, why: &str) {
        let begin = format!("{}{part}", self.prefix);
        let left: Vec<String> =
            self.file.names().into_iter().filter(|name| name.starts_with(&begin)).collect();
        if !left.is_empty() {
            self.assume(why);
        }
        self.placed.extend(left);
    }

    /// Adds a node; returns the name of what it makes.
    pub fn node(
        &mut self,
        name: &str,
        operator: &str,
        reads: &[&str],
        attributes: &[Attribute<'_>],
    ) -> String {
        // Whatever changes their number says so itself.
        if let Some(channels) = reads.first().and_then(|x| self.channels.get(*x)).copied() {
            self.channels.insert(name.to_owned(), channels);
        }
        self.nodes.push(NodeProto {
            name: Some(name.into()),
            op_type: Some(operator.into()),
            input: reads.iter().map(ToString::to_string).collect(),
            output: vec![name.into()],
            attribute: attributes.iter().map(Attribute::proto).collect(),
            ..NodeProto::default()
        });
        name.to_owned()
    }

    /// Notes something that the file does not tell.
    pub fn assume(&mut self, what: &str) {
        self.assumed.push(what.to_owned());
    }

    /// Adds a convolution with the weights `tensor` (`[K, C / groups, R, S]`) and without a bias. How many groups there are
    /// follows from the channels of `x`.
    pub fn conv(&mut self, name: &str, x: &str, tensor: &str, sweep: Sweep) -> Result<String, WeightError> {
        self.conv_with(name, x, tensor, sweep, None)
    }

    /// The same with a bias.
    pub fn biased_conv(
        &mut self,
        name: &str,
        x: &str,
        tensor: &str,
        sweep: Sweep,
    ) -> Result<String, WeightError> {
        let bias = self.weight(&format!("{tensor}.bias"))?;
        self.conv_with(name, x, tensor, sweep, Some(&bias))
    }

    fn conv_with(
        &mut self,
        name: &str,
        x: &str,
        tensor: &str,
        sweep: Sweep,
        bias: Option<&str>,
    ) -> Result<String, WeightError> {
        let weight = self.weight(&format!("{tensor}.weight"))?;
        let shape = self.weights[&weight].shape.clone();
        let file = || self.file.name().to_owned();
        let [k, own, r, s] = shape[..] else {
            return Err(WeightError::Axes { tensor: weight, found: shape, file: file() });
        };
        // A picture has as many channels as its first layer reads.
        let have = *self.channels.entry(x.to_owned()).or_insert(own);
        let groups = have / own.max(1);
        if own == 0 || groups == 0 || own * groups != have || k % groups != 0 {
            return Err(WeightError::Channels { tensor: weight, found: shape, have, file: file() });
        }
        let groups = groups as i64;
        let window = [r as i64, s as i64];
        let (strides, pads) = ([sweep.stride; 2], [sweep.pad.unwrap_or(0); 4]);
        let padding = match sweep.pad {
            Some(_) => Attribute::Ints("pads", &pads),
            None => Attribute::Text("auto_pad", "SAME_UPPER"),
        };
        let attributes = [
            Attribute::Ints("kernel_shape", &window),
            Attribute::Ints("strides", &strides),
            Attribute::Int("group", groups),
            padding,
        ];
        let reads: Vec<&str> = [x, &weight].into_iter().chain(bias).collect();
        let made = self.node(name, "Conv", &reads, &attributes);
        self.channels.insert(made.clone(), k);
        Ok(made)
    }

    /// Adds a batch normalisation with the statistics of the training.
    pub fn batch_norm(
        &mut self,
        name: &str,
        x: &str,
        tensor: &str,
        epsilon: f32,
    ) -> Result<String, WeightError> {
        let parts = ["weight", "bias", "running_mean", "running_var"];
        let weights: Vec<String> =
            parts.iter().map(|part| self.weight(&format!("{tensor}.{part}"))).collect::<Result<_, _>>()?;
        let reads: Vec<&str> = std::iter::once(x).chain(weights.iter().map(String::as_str)).collect();
        Ok(self.node(name, "BatchNormalization", &reads, &[Attribute::Float("epsilon", epsilon)]))
    }

    /// Adds ReLU6.
    pub fn relu6(&mut self, name: &str, x: &str) -> String {
        for (bound, value) in [("0", 0.0), ("6", 6.0)] {
            self.weights.entry(bound.into()).or_insert_with(|| Array::floats(&[], vec![value]));
        }
        self.node(name, "Clip", &[x, "0", "6"], &[])
    }

    /// Adds the head of a classifier: the mean of each map, a dense layer, softmax. Without weights for that layer the maps
    /// are the end, since their means would be taken for classes.
    ///
    /// # Errors
    /// If there are several layers, between which there is something that the weights do not tell.
    pub fn classifier(&mut self, x: &str, tensor: &str) -> Result<(), WeightError> {
        let layers = self.dense_layers(tensor);
        let Some(layer) = layers.first() else { return Ok(()) };
        if layers.len() > 1 {
            let (tensors, count, file) = (layers.join(", "), layers.len(), self.file.name().to_owned());
            return Err(WeightError::Head { tensors, count, file });
        }
        let pooled = self.node("global pooling", "GlobalAveragePool", &[x], &[]);
        self.dense(&pooled, layer)
    }

    /// Names of dense layers under a name: its own, or `fc.1` as a part of what is called `fc`.
    fn dense_layers(&self, tensor: &str) -> Vec<String> {
        let at = format!("{}{tensor}", self.prefix);
        let names = self.file.names();
        let layer = |name: &String| {
            let rest = name.strip_prefix(&at)?.strip_suffix(".weight")?;
            let part = rest.is_empty() || rest.strip_prefix('.').is_some_and(|n| n.parse::<u32>().is_ok());
            (part && self.file.shape(name).is_ok_and(|shape| shape.len() == 2))
                .then(|| format!("{tensor}{rest}"))
        };
        names.iter().filter_map(layer).collect()
    }

    /// Adds a dense layer over all numbers of the maps, and softmax.
    pub fn dense(&mut self, x: &str, tensor: &str) -> Result<(), WeightError> {
        let flat = self.node("flatten", "Flatten", &[x], &[]);
        let (w, b) = (self.weight(&format!("{tensor}.weight"))?, self.weight(&format!("{tensor}.bias"))?);
        let dense = self.node("classifier", "Gemm", &[&flat, &w, &b], &[Attribute::Int("transB", 1)]);
        self.node("probabilities", "Softmax", &[&dense], &[Attribute::Int("axis", -1)]);
        Ok(())
    }

    /// The network `name`, on pictures of `side` pixels; the last node makes its output.
    ///
    /// # Errors
    /// If tensors are left over: the weights are then of another network than this graph.
    pub fn finish(self, name: &str, input: InputSettings, side: usize) -> Result<Network, WeightError> {
        let used: HashSet<&String> = self.weights.keys().collect();
        let left = |tensor: &String| {
            tensor.starts_with(&self.prefix)
                && !used.contains(tensor)
                && !self.placed.contains(tensor)
                && !is_of_training(&tensor[self.prefix.len()..])
        };
        let left: Vec<String> = self.file.names().into_iter().filter(left).collect();
        if let Some(example) = left.first() {
            return Err(WeightError::LeftOver {
                count: left.len(),
                kind: kind(example),
                example: example.clone(),
                network: name.to_owned(),
                file: self.file.name().to_owned(),
            });
        }
        let channels = self.channels.get(INPUT).copied().unwrap_or(3);
        let shape = [1, channels, side, side].map(Some).to_vec();
        let inputs =
            vec![Input { name: INPUT.into(), elem: Some(Elem::F32), foreign: false, shape: Some(shape) }];
        let model = Model {
            inputs,
            outputs: self.nodes.last().map(|node| node.output.clone()).unwrap_or_default(),
            opsets: [(String::new(), OPSET)].into(),
            nodes: self.nodes,
            weights: self.weights,
            ..Model::default()
        };
        let (classes, guessed, assumed) = (None, Guessed::default(), self.assumed);
        Ok(Network { classes, input, guessed, assumed, ..Network::of(name, model) })
    }
}

/// Whether a tensor is of use in training alone: counters of batches, what stands for hidden patches, and what an optimiser
/// keeps.
fn is_of_training(tensor: &str) -> bool {
    tensor.ends_with("num_batches_tracked")
        || tensor.ends_with("mask_token")
        || tensor.starts_with("optimiser.")
}

/// What a tensor is a part of, by the names that are usual: " of squeeze-and-excitation", or nothing.
fn kind(tensor: &str) -> &'static str {
    let mut kinds = tensor.split(['.', '/']).map(|part| match part.trim_start_matches('_') {
        "se" | "se_module" | "se_reduce" | "se_expand" => " of squeeze-and-excitation",
        "eca" => " of efficient channel attention",
        "ca" | "sa" | "cbam" => " of channel and spatial attention",
        "attn" | "attention" => " of attention",
        _ => "",
    });
    kinds.find(|kind| !kind.is_empty()).unwrap_or_default()
}
