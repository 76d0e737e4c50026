//! ONNX files: networks of others, run on Glassbox's kernels.
//!
//! [`mod@file`] reads a model with care (`wire` looks over the bytes first), [`value`] is what flows
//! along its edges, [`table`] has a recording function for each operator, [`import`] walks the graph,
//! and [`oracle`] runs the ONNX project's test cases. One step a node where that is possible, and
//! buffers bear the names of the file's values, so that a page can show each of them.

pub mod error;
pub mod file;
pub mod import;
mod known;
pub mod node;
pub mod oracle;
pub mod table;
pub mod value;
mod wire;

pub use error::{Fault, FileError, Refusal, Stop};
pub use file::{Input, Model, label, read_tensor};
pub use import::{Recorded, read, record, record_on};
pub use known::cast;
pub use value::{Array, Elem, Numbers, Value, count};

#[cfg(test)]
mod file_tests;
