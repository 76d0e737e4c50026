//! What networks make of their inputs, and what it can be used for again.

mod dimensionality_reduction;
mod pictures;
mod squeezed;
mod squeezed_drawn;
mod squeezed_plane;
mod squeezed_questions;
mod squeezed_said;
mod taught;
mod taught_code;
mod taught_drawn;
mod taught_said;
mod transfer_learning;
mod transferred;
mod transferred_drawn;
mod transferred_questions;
mod transferred_said;

pub use dimensionality_reduction::DimensionalityReduction;
pub use transfer_learning::TransferLearning;
