//! Networks as a whole.

mod connected;
mod connected_drawn;
mod connected_said;
mod depth;
mod depth_drawn;
mod depth_said;
mod feature_learning;
mod flatten;
mod flattened;
mod flattened_drawn;
mod flattened_said;
mod fully_connected;
mod picture;
mod practice;
mod questions;
mod recorded;
mod rectified;
mod rectified_drawn;
mod rectified_questions;
mod rectified_said;
mod relu_in_cnn;
pub(super) mod seen;
mod sliders;
mod three_conv_layers;
mod workbench;

pub use feature_learning::FeatureLearning;
pub use flatten::Flatten;
pub use fully_connected::FullyConnected;
pub use relu_in_cnn::ReluInCnn;
pub use three_conv_layers::ThreeConvLayers;
