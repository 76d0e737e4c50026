//! Regularisation.

mod dropout;
mod masks;
mod questions;

pub use dropout::Dropout;
