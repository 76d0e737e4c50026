//! A device for one test at a time: what the driver complains of then belongs to that test. Given back, it
//! serves the next one, which finds its programs compiled.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use glassbox::gpu::{Gpu, Runtime};

use super::adapter::open;

static FREE: Mutex<Vec<Gpu>> = Mutex::new(Vec::new());

/// A device that nobody else uses meanwhile.
pub struct Lent(Gpu);

/// A device for this test; `None` where there is no adapter and that is allowed.
pub fn lend() -> Option<Lent> {
    let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    free.or_else(open).map(Lent)
}

impl Lent {
    /// To run something on it.
    pub fn runtime(&self) -> Runtime {
        Runtime::Gpu(self.0.clone())
    }
}

impl Deref for Lent {
    type Target = Gpu;
    fn deref(&self) -> &Gpu {
        &self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // What a failed test leaves behind is not the next one's.
        self.0.take_errors();
        if !self.0.is_lost() && !std::thread::panicking() {
            FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self.0.clone());
        }
    }
}
