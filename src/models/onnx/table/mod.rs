//! ONNX operators by name, each with the function that records it, one file a family.
//!
//! Differences between versions of the operator set (attributes that became inputs, defaults that
//! changed) are handled where an operator is recorded. Source: the ONNX operator schemas.

mod attention;
mod elementwise;
mod families;
mod layout;
mod linear;
mod loss;
mod norm;
mod recurrent;
mod reduce;
mod row;
mod shape;
mod spatial;
mod training;

pub use families::{find, is_standard, names};
pub use row::Recorder;
