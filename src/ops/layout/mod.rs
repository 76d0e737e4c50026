//! Moving elements without changing them: transpose, slice, expand, flip, concatenate, split, pad,
//! tile, gather, depth to space.
//!
//! All but padding with reflected, repeated or wrapped edges are one kernel, `strided`: element i of
//! y, at coordinates c, is `x[offset + Σ c_k·stride_k]`, with stride 0 along an axis that is repeated
//! and a negative one along an axis that is turned round. Its mirror image `place` writes there
//! instead, into a tensor that already has the rest. Reshape, squeeze and flatten are
//! [`Tensor::view`](crate::gpu::Tensor::view): they move nothing.

mod fill;
mod moves;
mod pad;
mod strided;

pub use fill::{FILL, fill};
pub use moves::{
    Cut, DepthOrder, concat, depth_to_space, expand, gather, narrow, slice, space_to_depth, split, tile,
    transpose,
};
pub use pad::{PAD, PAD_BACKWARD, PadMode, pad};
pub use strided::{MAX_AXES, PLACE, STRIDED, Strided, Walk, row_major};
