//! GPU buffers that are handed out and come back, and constants that are uploaded once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use super::device::lock;
use super::plan::Data;

/// A storage buffer; returns to its pool when the last holder drops it.
#[derive(Clone, Debug)]
pub struct SharedBuffer(Arc<Lease>);

#[derive(Debug)]
struct Lease {
    buffer: Option<wgpu::Buffer>,
    pool: Weak<Pool>,
}

impl std::ops::Deref for SharedBuffer {
    type Target = wgpu::Buffer;
    fn deref(&self) -> &wgpu::Buffer {
        self.0.buffer.as_ref().expect("a lease holds its buffer until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(pool), Some(buffer)) = (self.pool.upgrade(), self.buffer.take()) {
            lock(&pool.free).put(buffer);
        }
    }
}

#[derive(Debug)]
enum WeakData {
    F32(Weak<[f32]>),
    U32(Weak<[u32]>),
}

impl WeakData {
    fn alive(&self) -> bool {
        match self {
            Self::F32(w) => w.strong_count() > 0,
            Self::U32(w) => w.strong_count() > 0,
        }
    }
}

/// Most bytes of buffers that wait to be handed out again; beyond that they are given back to the
/// driver, so that dragging a size slider does not fill the memory with every size it passed.
const MAX_FREE_BYTES: u64 = 256 << 20;

/// Buffers that wait to be handed out again, by size.
#[derive(Debug, Default)]
struct Free {
    by_size: HashMap<u64, Vec<wgpu::Buffer>>,
    bytes: u64,
}

impl Free {
    fn put(&mut self, buffer: wgpu::Buffer) {
        let size = buffer.size();
        if self.bytes + size <= MAX_FREE_BYTES {
            self.bytes += size;
            self.by_size.entry(size).or_default().push(buffer);
        }
    }

    fn take(&mut self, size: u64) -> Option<wgpu::Buffer> {
        let buffer = self.by_size.get_mut(&size)?.pop()?;
        self.bytes -= size;
        Some(buffer)
    }
}

/// Free buffers by size, and uploaded constants by the address of their data.
#[derive(Debug)]
pub struct Pool {
    device: wgpu::Device,
    queue: wgpu::Queue,
    free: Mutex<Free>,
    constants: Mutex<HashMap<usize, (WeakData, SharedBuffer)>>,
}

/// Sizes are rounded up so that a slider finds a buffer of a neighbouring size again.
fn size_class(bytes: u64) -> u64 {
    const MIB: u64 = 1 << 20;
    if bytes <= 4 * MIB { bytes.next_power_of_two().max(256) } else { bytes.next_multiple_of(MIB) }
}

impl Pool {
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Arc<Self> {
        Arc::new(Self {
            device: device.clone(),
            queue: queue.clone(),
            free: Mutex::default(),
            constants: Mutex::default(),
        })
    }

    /// A storage buffer of at least `bytes`. Its content is whatever was there before.
    pub fn take(self: &Arc<Self>, bytes: u64) -> SharedBuffer {
        let size = size_class(bytes);
        let free = lock(&self.free).take(size);
        let buffer = free.unwrap_or_else(|| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("pooled"),
                size,
                usage: wgpu::BufferUsages::STORAGE
                    | wgpu::BufferUsages::COPY_SRC
                    | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        SharedBuffer(Arc::new(Lease { buffer: Some(buffer), pool: Arc::downgrade(self) }))
    }

    /// The GPU copy of `data`; uploaded at first sight of this allocation.
    pub fn constant(self: &Arc<Self>, data: &Data) -> SharedBuffer {
        let mut constants = lock(&self.constants);
        // An entry keeps a weak handle, so that its address cannot be given to other data.
        constants.retain(|_, (data, _)| data.alive());
        let (_, buffer) = constants.entry(data.address()).or_insert_with(|| {
            let buffer = self.take(data.bytes().len() as u64);
            self.queue.write_buffer(&buffer, 0, data.bytes());
            let weak = match data {
                Data::F32(v) => WeakData::F32(Arc::downgrade(v)),
                Data::U32(v) => WeakData::U32(Arc::downgrade(v)),
            };
            (weak, buffer)
        });
        buffer.clone()
    }
}
