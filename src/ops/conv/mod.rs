//! Convolution along one to three spatial axes, its transpose, and the gradients of both.
//!
//! All of it is one relation between `x [N, C, D, H, W]`, `w [K, C/G, T, R, S]` and
//! `y [N, K, OD, OH, OW]`: the products `x·w·y` where the position in x is
//! `out·stride + tap·dilation − pad` along each axis ([`ConvNd`]). Convolution sums them into y
//! ([`conv2d`], [`conv3d`]), transposed convolution into x ([`conv_transpose`]) and the weight
//! gradient into w ([`conv_weights`]). So the data gradient of a convolution is a transposed
//! convolution with the same weights, and the other way round.

mod conv2d;
mod conv3d;
mod explained;
mod geometry;
mod kernels;
mod parts;
mod record;
mod transpose;
mod weights;

pub use conv2d::{Conv, Conv2d};
pub use geometry::{ConvNd, ConvOptions, same_pads};
pub use kernels::{CONV_TRANSPOSE, CONV2D, CONV3D};
pub use record::{conv, conv_transpose, conv1d, conv2d, conv3d};
pub use weights::{CONV_WEIGHTS, conv_weights};
