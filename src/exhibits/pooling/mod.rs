//! Pooling.

mod pooling_types;

pub use pooling_types::PoolingTypes;
