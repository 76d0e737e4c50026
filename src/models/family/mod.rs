//! Checkpoints of known families: weights under the names of the published code, without the network
//! itself. A family knows the network and builds the graph that an ONNX file would hold.

mod beside;
mod checkpoint;
mod efficientnet_lite;
mod graph;
mod import;
mod resnet;
mod stem;
#[cfg(test)]
mod tests;
mod trained;
mod vit;
mod vit_names;
#[cfg(test)]
mod vit_tests;

pub use checkpoint::network;
pub use import::import;
pub use stem::{Behind, Stem};
