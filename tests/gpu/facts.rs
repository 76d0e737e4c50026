//! What topics promise, on the adapter.

use glassbox::gpu::Runtime;

use super::{shared, topics};

#[test]
fn what_topics_promise_holds_on_the_adapter() {
    if let Some(gpu) = shared() {
        topics::hold(&Runtime::Gpu(gpu.clone()));
    }
}
