//! ONNX operators by name, each with the function that records it, one file a family.
//!
//! Differences between versions of the operator set (attributes that became inputs, defaults that
//! changed) are handled where an operator is recorded. Source: the ONNX operator schemas.

mod attention;
mod cumulative;
mod einsum;
mod elementwise;
mod families;
mod geometry;
mod index;
mod layout;
mod linear;
mod loss;
mod microsoft;
mod norm;
mod order;
mod quantised;
mod recurrent;
mod reduce;
mod row;
mod sequence;
mod shape;
mod signal;
mod spatial;
mod training;
mod whole;

pub use families::{find, is_known_domain, names};
pub use row::Recorder;
