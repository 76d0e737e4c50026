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
    /// Whether this is training: dropout drops, batch normalisation uses the batch.
    pub training: bool,
    /// Steps done, `[1]`, `u32`.
    pub steps: Tensor,
}

impl Graph {
    /// An empty graph on a plan that holds the buffer of all parameters, `whole`.
    pub fn new(
        mut plan: Plan,
        parameters: &Parameters,
        whole: &Tensor,
        steps: &Tensor,
        training: bool,
    ) -> Self {
        let weights = parameters.parts(&mut plan, whole);
        Self { plan, weights, layers: Vec::new(), training, steps: steps.clone() }
    }

    /// A parameter.
    pub fn param(&self, id: ParamId) -> Tensor {
        self.weights[id.0].clone()
    }

    /// Names what was recorded last as a layer.
    pub fn layer(&mut self, name: &str, output: &Tensor, params: &[ParamId], act: Act) {
        self.plan.name(output, name);
        let (name, output) = (name.to_owned(), output.clone());
        self.layers.push(Layer { name, output, params: params.to_vec(), act });
    }
}
