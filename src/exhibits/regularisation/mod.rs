//! Regularisation.

mod batchnorm_vs_dropout;
mod dropout;
mod masks;
mod modes;
mod modes_drawn;
mod modes_questions;
mod modes_said;
mod pair;
mod questions;

pub use batchnorm_vs_dropout::BatchnormVsDropout;
pub use dropout::Dropout;
