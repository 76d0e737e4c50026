//! Networks as a whole.

mod picture;
mod practice;
mod recorded;
mod sliders;
mod three_conv_layers;
mod workbench;

pub use three_conv_layers::ThreeConvLayers;
