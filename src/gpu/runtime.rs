//! What runs plans, and the buffers that one session lends to another.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use super::device::Gpu;
use super::lock::{reading, writing};
use super::pool::SharedBuffer;
use super::tensor::BufId;

/// What runs plans.
#[derive(Clone, Debug)]
pub enum Runtime {
    /// Compute shaders on an adapter.
    Gpu(Gpu),
    /// The `f64` reference on the CPU.
    Reference,
}

impl Runtime {
    /// The device, if there is one.
    pub fn gpu(&self) -> Option<&Gpu> {
        match self {
            Self::Gpu(gpu) => Some(gpu),
            Self::Reference => None,
        }
    }

    /// Submits what `work` records, and does not wait; on the reference, `work` itself runs it.
    pub fn submit(&self, work: impl FnOnce(Option<&mut wgpu::CommandEncoder>)) {
        match self {
            Self::Gpu(gpu) => gpu.submit(|encoder| work(Some(encoder))),
            Self::Reference => work(None),
        }
    }
}

/// A buffer on the GPU, or a part of one.
#[derive(Clone, Debug)]
pub struct Region {
    /// The whole buffer.
    pub buffer: SharedBuffer,
    /// Where it begins, in bytes.
    pub offset: u64,
}

/// Numbers of the reference, or a part of them: what a [`Region`] is on the GPU. Clones see what any of
/// them writes.
#[derive(Clone, Debug)]
pub struct Stretch {
    pub(super) whole: Arc<RwLock<Vec<f64>>>,
    pub(super) offset: usize,
    pub(super) len: usize,
}

impl Stretch {
    /// A whole that holds `values`.
    pub(super) fn new(values: Vec<f64>) -> Self {
        Self { len: values.len(), whole: Arc::new(RwLock::new(values)), offset: 0 }
    }

    /// `len` numbers of this one, from `offset` on.
    pub(super) fn part(&self, offset: usize, len: usize) -> Self {
        Self { whole: self.whole.clone(), offset: self.offset + offset, len }
    }

    /// The numbers as they are now.
    pub fn read(&self) -> Vec<f64> {
        reading(&self.whole)[self.offset..self.offset + self.len].to_vec()
    }

    /// Overwrites the first numbers.
    pub(super) fn write(&self, values: &[f64]) {
        let values = &values[..values.len().min(self.len)];
        writing(&self.whole)[self.offset..self.offset + values.len()].copy_from_slice(values);
    }
}

/// A buffer of one session, to be read by the plan of another: both see the same content at all times.
#[derive(Clone, Debug)]
pub enum Shared {
    /// On the GPU.
    Gpu(Region),
    /// On the CPU.
    Reference(Stretch),
}

/// Content of a plan's external buffers.
pub type Externals = BTreeMap<BufId, Shared>;
