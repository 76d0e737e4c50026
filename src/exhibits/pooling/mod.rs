//! Pooling.

mod feature_map;
mod knobs;
mod layer;
mod layer_drawn;
mod layer_questions;
mod layer_said;
mod pooled;
mod pooled_drawn;
mod pooled_input;
mod pooled_said;
mod pooling_hyperparameters;
mod pooling_types;
mod questions;
mod reduced;
mod reduced_drawn;
mod reduced_said;
mod why_pooling;

pub use pooling_hyperparameters::PoolingHyperparameters;
pub use pooling_types::PoolingTypes;
pub use why_pooling::WhyPooling;
