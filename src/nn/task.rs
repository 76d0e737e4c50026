//! What is to be learned, by what network, under which settings, and the numbers that come out.

use super::graph::Graph;
use super::parameters::Parameters;
use crate::gpu::Tensor;
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::optim::Optimiser;

/// What is to be learned: data, and a network for them. One task can be trained any number of times.
pub trait Task {
    /// Declares the parameters and returns the network that has them.
    fn declare(&self, parameters: &mut Parameters) -> Box<dyn Net>;

    /// Samples in each set: training, test.
    fn samples(&self) -> [usize; 2];
}

/// A network with its data, whose parameters are declared.
pub trait Net {
    /// Records the forward pass on the batch that `draw` takes from the training or the test set.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError>;

    /// Records the network alone, from a given input `x`, whose first axis are samples, to its output.
    ///
    /// # Errors
    /// If a shape rule refuses it, or if the network makes its inputs itself, which is what a network
    /// says that does not override this.
    fn look(&self, _: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let want = "a network that makes its inputs itself: look at its training pass".into();
        Err(OpError::Shape { op: "look", what: "the given input", have: x.shape.clone(), want })
    }
}

/// Which samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Those that are learned from.
    Training,
    /// Those that were never seen.
    Test,
}

/// What a forward pass yields.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The loss, one element.
    pub loss: Tensor,
    /// 1 for each answer that is right, 0 for each that is not, where there is such a thing.
    pub right: Option<Tensor>,
    /// Tensors worth looking at, by name: an attention map, a reconstruction.
    pub views: Vec<(&'static str, Tensor)>,
}

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Samples of a batch.
    pub batch: usize,
    /// Seed of the first values and of the order of samples.
    pub seed: u64,
    /// What changes the parameters.
    pub optimiser: Optimiser,
    /// Largest L2 norm of the gradient of all parameters together.
    pub clip_norm: Option<f32>,
    /// All first values times this.
    pub init_scale: f32,
    /// Whether the norm of each layer's gradient is noted in each step: two or three dispatches a layer.
    pub watch_gradients: bool,
}

impl Setup {
    /// The usual: seed 0, no clipping, no notes about single layers.
    pub fn new(batch: usize, optimiser: Optimiser) -> Self {
        Self { batch, seed: 0, optimiser, clip_norm: None, init_scale: 1.0, watch_gradients: false }
    }
}

/// Numbers of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Steps done before it.
    pub step: u64,
    /// Loss on its batch.
    pub loss: f32,
    /// Share of its batch that was right.
    pub accuracy: Option<f32>,
    /// L2 norm of the gradient of all parameters.
    pub gradient_norm: f32,
}

/// Result on a whole set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean loss.
    pub loss: f32,
    /// Share that is right.
    pub accuracy: Option<f32>,
}

/// Numbers and their shape.
pub type Shaped = (Vec<usize>, Vec<f32>);
