//! A network as an explorer sees it: a graph in ONNX operators, whatever file it came from, with what
//! turns a picture into its input and the names of its classes.
//!
//! One path serves the network that Glassbox carries, checkpoints of known families and ONNX files:
//! a family's file becomes the same graph ([`Model`](super::onnx::Model)) that an ONNX file holds, so recording, edits,
//! layers and receptive fields are written once.

mod activation;
mod attributes;
mod edit;
mod edit_text;
mod features;
mod field;
mod input;
pub mod kept;
pub mod label_file;
pub mod labels;
mod layers;
mod open;
mod scores;
#[cfg(test)]
mod tests;
mod traced;

pub use activation::{ActivationError, ActivationMaps, class_activation};
pub use edit::{ACTIVATIONS, Edit, Edits, GLOBAL_POOLINGS, POOLINGS, Padding, alternatives, is_padded};
pub use features::{FeatureError, Features};
pub use field::{Field, Sight};
pub use input::{Feed, Fill, InputSettings, MAX_INPUT_SIDE, Role};
pub use layers::{LayerId, TracedLayer};
pub use open::OpenError;
pub use scores::{Scores, top};
pub use traced::{Network, Traced};
