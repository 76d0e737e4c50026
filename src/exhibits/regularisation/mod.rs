//! Regularisation.

mod dropout;

pub use dropout::Dropout;
