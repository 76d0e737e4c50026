//! What networks make of their inputs, and what it can be used for again.

mod dimensionality_reduction;
mod squeezed;
mod squeezed_drawn;
mod squeezed_plane;
mod squeezed_questions;
mod squeezed_said;

pub use dimensionality_reduction::DimensionalityReduction;
