//! Pooling.

mod pooled;
mod pooled_drawn;
mod pooling_types;
mod questions;

pub use pooling_types::PoolingTypes;
