//! Normalisation: layer and root-mean-square norm in one kernel each, and batch, group and instance
//! norm from two that they share: moments, and `y = γ·(x − μ)/√(σ² + ε) + β`.

mod batch;
mod checks;
mod group;
mod layer;
mod moments;
mod normalise;
mod rms;

pub use batch::{
    BatchNorm, MOVING_AVERAGE, MovingAverage, batch_norm_eval, batch_norm_train, moving_average,
};
pub use group::{group_norm, instance_norm};
pub use layer::{LAYER_NORM, LAYER_NORM_BACKWARD, LayerNorm, layer_norm, layer_norm_from};
pub use moments::{
    MOMENTS, MOMENTS_BACKWARD, MOMENTS_MERGE, MOMENTS_MERGE_BACKWARD, Moments, MomentsMerge, moments,
};
pub use normalise::{Layout, NORMALISE, NORMALISE_BACKWARD, Normalise, normalise};
pub use rms::{RMS_NORM, RmsNorm, rms_norm};
