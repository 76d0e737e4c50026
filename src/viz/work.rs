//! What a page puts on its stage.

use crate::gpu::{Data, GpuError, Plan};
use crate::nn::{Contender, RunId, TrainError};

/// What a page puts on its stage.
#[derive(Default)]
pub struct Work {
    /// Run whenever it has changed.
    pub plan: Plan,
    /// Networks to train, in step with each other.
    pub contenders: Vec<Contender>,
    /// Inputs that they are shown after every change.
    pub looked: Vec<Looked>,
    /// Steps after which training stops by itself.
    pub planned: u64,
    /// After how many steps each time the networks are judged on the test set, and on how many of its
    /// batches.
    pub judged: Option<(u64, Option<usize>)>,
}

/// Inputs that a network in training is shown after every change of its parameters.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Which network.
    pub run: RunId,
    /// The inputs, samples along the first axis.
    pub x: Data,
    /// Their shape.
    pub shape: Vec<usize>,
    /// Whether it is looked at as it is in training.
    pub training: bool,
}

impl PartialEq for Looked {
    fn eq(&self, other: &Self) -> bool {
        (self.run, &self.shape, self.training) == (other.run, &other.shape, other.training)
            && self.x.equals(&other.x)
    }
}

/// Why a stage cannot show what it was given; what it showed before stays.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The adapter.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The networks.
    #[error(transparent)]
    Train(#[from] TrainError),
}
