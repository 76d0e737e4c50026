//! Convolution: types, padding, stride, shared weights.

mod channels;
mod convolution_types;
mod padding;
mod padding_drawn;
mod parameter_sharing;
mod questions;
mod reading;
mod shared;
mod shared_drawn;
mod stride;
mod stride_drawn;
mod strided;
mod twelve_by_twelve;
mod typed;
mod valid_vs_same;

pub use convolution_types::ConvolutionTypes;
pub use parameter_sharing::ParameterSharing;
pub use stride::Stride;
pub use twelve_by_twelve::TwelveByTwelve;
pub use valid_vs_same::ValidVsSame;
