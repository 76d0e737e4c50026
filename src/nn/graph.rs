//! A network being recorded on a plan.

use super::parameters::{ParamId, Parameters};
use crate::gpu::{Plan, Tensor};
use crate::ops::unary::Act;

/// A layer as pages and the watch see it.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name: `conv1`.
    pub name: String,
    /// What it puts out, `[N, ..]`.
    pub output: Tensor,
    /// Its parameters.
    pub params: Vec<ParamId>,
    /// Its activation, if it has one.
    pub act: Act,
    /// What else it made, by name: the `mask` of a dropout, the `argmax` of a pooling.
    pub extra: Vec<(&'static str, Tensor)>,
}

impl Layer {
    /// What else it made.
    pub fn extra(&self, name: &str) -> Option<&Tensor> {
        self.extra.iter().find(|(n, _)| *n == name).map(|(_, tensor)| tensor)
    }
}

/// A network being recorded.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The recording.
    pub plan: Plan,
    /// The parameters, by [`ParamId`].
    pub weights: Vec<Tensor>,
    /// The layers, in order.
    pub layers: Vec<Layer>,
    /// Numbers that are noted in each step of training, tensors of any length.
    pub notes: Vec<Tensor>,
    /// Whether this is training: dropout drops, batch normalisation uses the batch.
    pub training: bool,
    /// Whether running statistics follow the batches: in training, but not in a look at it.
    pub follows: bool,
    /// Steps done, `[1]`, `u32`.
    pub steps: Tensor,
}

impl Graph {
    /// An empty graph on a plan that holds the buffer of the learned parameters and that of all: the same
    /// one, or a copy of its beginning.
    pub fn new(
        mut plan: Plan,
        parameters: &Parameters,
        buffers: [&Tensor; 2],
        steps: &Tensor,
        training: bool,
    ) -> Self {
        let weights = parameters.parts(&mut plan, buffers);
        let (layers, notes) = (Vec::new(), Vec::new());
        Self { plan, weights, layers, notes, training, follows: training, steps: steps.clone() }
    }

    /// A parameter.
    pub fn param(&self, id: ParamId) -> Tensor {
        self.weights[id.0].clone()
    }

    /// Names what was recorded last as a layer.
    pub fn layer(&mut self, name: &str, output: &Tensor, params: &[ParamId], act: Act) {
        self.plan.name(output, name);
        let (name, output) = (name.to_owned(), output.clone());
        self.layers.push(Layer { name, output, params: params.to_vec(), act, extra: Vec::new() });
    }

    /// Adds a layer that hands on numbers as they lie there, which keep their name: a flattened view.
    pub fn pass(&mut self, name: &str, output: &Tensor) {
        let (name, output) = (name.to_owned(), output.clone());
        self.layers.push(Layer { name, output, params: vec![], act: Act::IDENTITY, extra: vec![] });
    }

    /// Has each element of `value` noted in each step of training, behind what was noted before; outside training it is
    /// left out.
    pub fn note(&mut self, value: &Tensor) {
        if self.training {
            self.notes.push(value.clone());
        }
    }

    /// Adds to the last layer what else it made.
    pub fn extra(&mut self, name: &'static str, tensor: &Tensor) {
        if let Some(layer) = self.layers.last_mut() {
            layer.extra.push((name, tensor.clone()));
        }
    }
}
