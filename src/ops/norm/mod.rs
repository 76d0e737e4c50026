//! Normalisation: layer and root-mean-square norm in one kernel each, and batch, group and instance
//! norm from two that they share: moments, and `y = γ·(x − μ)/√(σ² + ε) + β`.

mod batch;
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

use super::OpError;
use crate::gpu::Tensor;

/// Refuses an ε that does not keep the root from 0.
fn check_eps(eps: f32) -> Result<(), OpError> {
    if eps > 0.0 && eps.is_finite() {
        Ok(())
    } else {
        Err(OpError::NotPositive { what: "epsilon", value: eps })
    }
}

/// Refuses a γ, β, mean or variance that has not `len` elements.
fn check_len(op: &'static str, what: &'static str, shape: &[usize], len: usize) -> Result<(), OpError> {
    if shape.iter().product::<usize>() == len {
        return Ok(());
    }
    Err(OpError::Shape { op, what, have: shape.to_vec(), want: format!("[{len}]") })
}

/// `[OUTER, C, INNER]` of an `x [N, C, ..]`.
fn around_channels(op: &'static str, x: &[usize]) -> Result<[usize; 3], OpError> {
    let &[n, c, ref rest @ ..] = x else {
        let (have, want) = (x.to_vec(), "at least two axes: [N, C, ..]".into());
        return Err(OpError::Shape { op, what: "x", have, want });
    };
    let inner = rest.iter().product();
    if [n, c, inner].contains(&0) {
        return Err(OpError::Zero { what: "the number of elements of a channel" });
    }
    Ok([n, c, inner])
}

/// Shapes of γ and β, where they are there.
fn shapes<'a>(gamma: Option<&'a Tensor>, beta: Option<&'a Tensor>) -> [Option<&'a [usize]>; 2] {
    [gamma, beta].map(|t| t.map(|t| t.shape.as_slice()))
}
