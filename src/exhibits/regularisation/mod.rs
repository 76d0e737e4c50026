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
mod residual_asked;
mod residual_drawn;
mod residual_learning;
mod residual_read;
mod residual_said;

pub use batchnorm_vs_dropout::BatchnormVsDropout;
pub use dropout::Dropout;
pub use residual_learning::ResidualLearning;
