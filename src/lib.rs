//! Glassbox: see inside neural networks.

pub mod gpu;
pub mod ops;
