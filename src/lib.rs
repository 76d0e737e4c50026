//! Glassbox: see inside neural networks.
//!
//! [`gpu`] runs recorded plans of compute shaders; [`ops`] describes every operation once, for the
//! GPU, the `f64` reference, the tests and the inspector; [`nn`] trains networks made of them; [`models`] and [`data`] bring real weights
//! and pictures; [`recipes`] are
//! networks to train on it; [`lessons`] holds what pages teach; [`viz`] turns tensors into pixels; [`exhibits`] has a page for each topic; [`app`]
//! draws them in a window or a file; [`cli`] is the command line. Each uses only those before it.

pub mod app;
pub mod assets;
pub mod cli;
pub mod data;
pub mod exhibits;
pub mod files;
pub mod gpu;
pub mod lessons;
pub mod models;
pub mod nn;
pub mod ops;
pub mod recipes;
pub mod settings;
pub mod suggest;
pub mod untrusted;
pub mod viz;
