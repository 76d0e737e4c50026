//! Why training cannot begin or go on.

use crate::gpu::GpuError;
use crate::ops::OpError;
use crate::ops::gradient::GradientError;

/// Why training cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The network cannot be recorded.
    #[error(transparent)]
    Op(#[from] OpError),
    /// It cannot be differentiated.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// The adapter refused.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// Two networks to compare that do not share what they must.
    #[error(
        "runs that are compared share seed and batch, but {} has seed {} and batches of {}, {} seed {} and \
         batches of {}: choose the same for both", .a.0, .a.1, .a.2, .b.0, .b.1, .b.2
    )]
    Unlike {
        /// Name, seed and batch of the first.
        a: (String, u64, usize),
        /// Name, seed and batch of the one that differs from it.
        b: (String, u64, usize),
    },
    /// Nothing to train.
    #[error("there is no network to train: name at least one")]
    Nobody,
    /// What was kept belongs to other runs.
    #[error("what was kept has {have} runs, but {want} are to go on: resume with the same runs")]
    Kept {
        /// Runs that were kept.
        have: usize,
        /// Runs that are to go on.
        want: usize,
    },
    /// A checkpoint of another network.
    #[error("the checkpoint has {have}, but this network {want}: load one that was saved by the same recipe")]
    Checkpoint {
        /// What the checkpoint has.
        have: String,
        /// What is needed.
        want: String,
    },
}
