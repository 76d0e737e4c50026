//! A row of the table.

use crate::models::onnx::node::{Node, Outputs};

/// Records a node.
pub type Recorder = fn(&mut Node<'_>) -> Outputs;

/// An operator's name and what records it.
pub type Row = (&'static str, Recorder);
