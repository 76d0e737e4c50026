//! ONNX files: networks of others, run on Glassbox's kernels.
//!
//! [`mod@file`] reads a model with care (`wire` looks over the bytes first), [`value`] is what flows
//! along its edges, [`table`] has a recording function for each operator, [`import`] walks the graph,
//! and [`oracle`] runs the ONNX project's test cases. One step a node where that is possible, and
//! buffers bear the names of the file's values, so that a page can show each of them.

mod container;
mod control;
pub mod elem;
pub mod error;
pub mod file;
pub mod functions;
pub mod import;
mod known;
mod limits;
pub mod node;
pub mod oracle;
mod reading;
mod recording;
pub mod resolve;
pub mod table;
pub mod value;
mod wire;

pub use error::{Fault, FileError, Refusal, Stop};
pub use file::{Input, Model, label, read_tensor};
pub use import::{record, record_on, record_running};
pub use known::cast;
pub use reading::read;
pub use recording::Recorded;
pub use value::{Array, Elem, Numbers, Value, count};

#[cfg(test)]
mod file_tests;
