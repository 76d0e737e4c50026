//! ONNX's own test cases on the GPU.

use glassbox::gpu::Runtime;

use crate::{onnx, shared};

#[test]
fn nodes_are_as_onnx_expects() {
    if let Some(gpu) = shared() {
        onnx::check(&Runtime::Gpu(gpu.clone()), "node", 255);
    }
}

#[test]
fn networks_are_as_onnx_expects() {
    if let Some(gpu) = shared() {
        onnx::check(&Runtime::Gpu(gpu.clone()), "light", 3);
    }
}
