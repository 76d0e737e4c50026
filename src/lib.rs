//! Glassbox: see inside neural networks.
//!
//! [`gpu`] runs recorded plans of compute shaders; [`ops`] describes every operation once, for the
//! GPU, the `f64` reference, the tests and the inspector; [`models`] and [`data`] bring real weights
//! and pictures; [`viz`] turns tensors into pixels; [`exhibits`] has a page for each topic; [`app`]
//! draws them in a window or a file; [`cli`] is the command line. Each uses only those before it.

pub mod app;
pub mod cli;
pub mod data;
pub mod exhibits;
pub mod gpu;
pub mod models;
pub mod ops;
pub mod suggest;
pub mod viz;
