//! A network as an explorer sees it: a graph in ONNX operators, whatever file it came from, with what
//! turns a picture into its input and the names of its classes.
//!
//! One path serves the network that Glassbox carries, checkpoints of known families and ONNX files:
//! a family's file becomes the same graph ([`Model`](super::onnx::Model)) that an ONNX file holds, so recording, edits,
//! layers and receptive fields are written once.

mod activation;
mod attributes;
mod described;
mod edit;
mod edit_text;
mod features;
mod feed;
mod field;
mod guesses;
mod input;
pub mod kept;
pub mod label_file;
pub mod labels;
mod layers;
mod open;
mod python_literal;
mod role;
mod scores;
mod sentence;
#[cfg(test)]
mod tests;
mod told;
mod traced;

pub use activation::{ActivationError, ActivationMaps, class_activation};
pub use described::Network;
pub use edit::{ACTIVATIONS, Edit, Edits, GLOBAL_POOLINGS, POOLINGS, Padding, alternatives, is_padded};
pub use features::{FeatureError, Features};
pub use feed::{Feed, Fill};
pub use field::{Field, Sight};
pub use input::{Guessed, InputSettings, MAX_INPUT_SIDE};
pub use layers::{LayerId, TracedLayer};
pub use open::OpenError;
pub use role::{Layout, Role};
pub use scores::{Scores, top};
pub use sentence::{Sentence, VOCABULARIES};
pub use traced::Traced;
