//! What needs a graphics adapter. Without one these tests fail, unless GLASSBOX_ALLOW_NO_ADAPTER is
//! set: nobody should skip them unawares.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

#[path = "../adapter/mod.rs"]
mod adapter;
mod device;
mod facts;
mod looking;
mod networks;
#[path = "../onnx/mod.rs"]
mod onnx;
mod onnx_cases;
mod player;
mod probes;
mod recipes;
mod session;
mod sweep;
#[path = "../facts/mod.rs"]
mod topics;
mod training;

use adapter::{open, say, shared};
