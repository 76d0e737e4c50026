//! Convolution: types, padding, stride, shared weights.

mod channels;
mod convolution_types;
mod does_size_always_reduce;
mod edges;
mod edges_drawn;
mod one_d_vs_two_d;
mod output_size;
mod output_sized;
mod padding;
mod padding_drawn;
mod parameter_sharing;
mod questions;
mod reading;
mod sequence;
mod sequence_drawn;
mod shared;
mod shared_drawn;
mod sized;
mod stride;
mod stride_drawn;
mod strided;
mod twelve_by_twelve;
mod typed;
mod typed_cell;
mod typed_code;
mod typed_drawn;
#[cfg(test)]
mod typed_facts;
mod typed_questions;
mod typed_recorded;
mod typed_said;
mod typed_shown;
mod typed_weights;
mod valid_vs_same;
mod zero_padded;
mod zero_padding;

pub use convolution_types::ConvolutionTypes;
pub use does_size_always_reduce::DoesSizeAlwaysReduce;
pub use one_d_vs_two_d::OneDVsTwoD;
pub use output_size::OutputSize;
pub use parameter_sharing::ParameterSharing;
pub use stride::Stride;
pub use twelve_by_twelve::TwelveByTwelve;
pub use valid_vs_same::ValidVsSame;
pub use zero_padding::ZeroPadding;
