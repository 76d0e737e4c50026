//! Glassbox: see inside neural networks.

pub mod cli;
pub mod data;
pub mod gpu;
pub mod models;
pub mod ops;
pub mod suggest;
