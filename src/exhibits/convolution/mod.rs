//! Convolution: types, padding, stride.

mod convolution_types;
mod stride;
mod valid_vs_same;

pub use convolution_types::ConvolutionTypes;
pub use stride::Stride;
pub use valid_vs_same::ValidVsSame;
