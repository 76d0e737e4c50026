//! The feature map that the pages on pooling have in common.

use crate::exhibits::filters::{self, Filter};
use crate::exhibits::{Problem, Recording};
use crate::gpu::Tensor;
use crate::ops::unary::Act;

/// Its side.
pub const SIDE: usize = 112;

/// Records the strongest edges of the user's photo, as a first layer finds them, `[1, 1, SIDE, SIDE]`, none negative.
///
/// # Errors
/// If a shape rule refuses it.
pub fn feature_map(on: &mut Recording<'_>) -> Result<Tensor, Problem> {
    let x = filters::maps(on, (Filter::Gabor, 5), &[0.0], Act::RELU, SIDE)?;
    on.plan.name(&x, "feature map");
    Ok(x)
}
