//! ONNX's own test cases on the GPU.

use glassbox::gpu::Runtime;

use crate::{onnx, shared};

#[test]
fn nodes_are_as_onnx_expects() {
    if let Some(gpu) = shared() {
        onnx::check(&Runtime::Gpu(gpu.clone()), "node", 566);
    }
}

#[test]
fn networks_are_as_onnx_expects() {
    if let Some(gpu) = shared() {
        onnx::check(&Runtime::Gpu(gpu.clone()), "light", 3);
    }
}

#[test]
fn files_of_users_are_as_onnx_runtime_has_them() {
    if let Some(gpu) = shared() {
        onnx::check(&Runtime::Gpu(gpu.clone()), "field", 12);
    }
}
