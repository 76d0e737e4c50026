//! Builds a graph in ONNX operators node by node, with weights from a checkpoint.

use std::collections::HashMap;

use rten_onnx::onnx::{AttributeProto, NodeProto};

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
}

impl<'f> Graph<'f> {
    /// An empty graph over a checkpoint whose tensor names begin with `prefix`.
    pub fn new(file: &'f WeightFile, prefix: &str) -> Self {
        Self { file, prefix: prefix.to_owned(), nodes: Vec::new(), weights: HashMap::new() }
    }

    /// The shape of a tensor of the checkpoint.
    pub fn shape(&self, tensor: &str) -> Result<&[usize], WeightError> {
        self.file.shape(&format!("{}{tensor}", self.prefix))
    }

    /// Whether the checkpoint has a tensor.
    pub fn has(&self, tensor: &str) -> bool {
        self.shape(tensor).is_ok()
    }

    /// Takes a tensor of the checkpoint as a weight.
    fn weight(&mut self, tensor: &str) -> Result<String, WeightError> {
        let name = format!("{}{tensor}", self.prefix);
        let shape = self.file.shape(&name)?.to_vec();
        let values = self.file.tensor(&name, &shape)?;
        self.weights.insert(name.clone(), Array::floats(&shape, values));
        Ok(name)
    }

    /// Adds a node; returns the name of what it makes.
    pub fn node(
        &mut self,
        name: &str,
        operator: &str,
        reads: &[&str],
        attributes: &[Attribute<'_>],
    ) -> String {
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

    /// Adds a convolution with the weights `tensor` (`[K, C / groups, R, S]`) and without a bias.
    pub fn conv(&mut self, name: &str, x: &str, tensor: &str, sweep: Sweep) -> Result<String, WeightError> {
        // A kernel of depth 1 looks at one channel each.
        let depthwise = matches!(self.shape(&format!("{tensor}.weight"))?, [k, 1, ..] if *k > 1);
        self.conv_with(name, x, tensor, sweep, (depthwise, None))
    }

    /// The same with a bias, over all channels.
    pub fn biased_conv(
        &mut self,
        name: &str,
        x: &str,
        tensor: &str,
        sweep: Sweep,
    ) -> Result<String, WeightError> {
        let bias = self.weight(&format!("{tensor}.bias"))?;
        self.conv_with(name, x, tensor, sweep, (false, Some(&bias)))
    }

    fn conv_with(
        &mut self,
        name: &str,
        x: &str,
        tensor: &str,
        sweep: Sweep,
        (depthwise, bias): (bool, Option<&str>),
    ) -> Result<String, WeightError> {
        let weight = self.weight(&format!("{tensor}.weight"))?;
        let shape = &self.weights[&weight].shape;
        let [k, _, r, s] = shape[..] else {
            return Err(WeightError::Shape {
                tensor: weight.clone(),
                found: shape.clone(),
                wanted: vec![0; 4],
                file: self.file.name().to_owned(),
            });
        };
        let groups = if depthwise { k as i64 } else { 1 };
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
        Ok(self.node(name, "Conv", &reads, &attributes))
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

    /// Adds the head of a classifier: the mean of each map, a dense layer, softmax.
    pub fn classifier(&mut self, x: &str, tensor: &str) -> Result<(), WeightError> {
        let pooled = self.node("global pooling", "GlobalAveragePool", &[x], &[]);
        self.dense(&pooled, tensor)
    }

    /// Adds a dense layer over all numbers of the maps, and softmax.
    pub fn dense(&mut self, x: &str, tensor: &str) -> Result<(), WeightError> {
        let flat = self.node("flatten", "Flatten", &[x], &[]);
        let (w, b) = (self.weight(&format!("{tensor}.weight"))?, self.weight(&format!("{tensor}.bias"))?);
        let dense = self.node("classifier", "Gemm", &[&flat, &w, &b], &[Attribute::Int("transB", 1)]);
        self.node("probabilities", "Softmax", &[&dense], &[Attribute::Int("axis", -1)]);
        Ok(())
    }

    /// The graph, whose last node makes its output, on pictures of `side` pixels.
    pub fn finish(self, channels: usize, side: usize) -> Model {
        let shape = [1, channels, side, side].map(Some).to_vec();
        let input = Input { name: INPUT.into(), elem: Some(Elem::F32), foreign: false, shape: Some(shape) };
        Model {
            inputs: vec![input],
            outputs: self.nodes.last().map(|node| node.output.clone()).unwrap_or_default(),
            opsets: [(String::new(), OPSET)].into(),
            nodes: self.nodes,
            weights: self.weights,
        }
    }
}
