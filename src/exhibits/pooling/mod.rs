//! Pooling.

mod pooled;
mod pooled_drawn;
mod pooled_said;
mod pooling_types;
mod questions;
mod reduced;
mod reduced_drawn;
mod reduced_said;
mod why_pooling;

pub use pooling_types::PoolingTypes;
pub use why_pooling::WhyPooling;
