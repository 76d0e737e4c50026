//! The maps of the photo that the pages on pooling have in common.

use crate::exhibits::filters::{self, Filter};
use crate::exhibits::{Problem, Recording};
use crate::gpu::Tensor;
use crate::ops::unary::Act;

/// Their side.
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

/// Which of `[oh, ow]` outputs over such a map is looked at first: on the cat's forehead, where the stripes are.
pub fn telling([oh, ow]: [usize; 2]) -> usize {
    (oh * 18 / 100) * ow + ow * 66 / 100
}

/// Records the brightness of the same part of the photo, `[1, 1, SIDE, SIDE]`, 0 to 1.
///
/// # Errors
/// If a shape rule refuses it.
pub fn brightness(on: &mut Recording<'_>) -> Result<Tensor, Problem> {
    let x = filters::maps(on, (Filter::Centre, 5), &[0.0], Act::IDENTITY, SIDE)?;
    on.plan.name(&x, "photo");
    Ok(x)
}
