//! GPU buffers that are handed out and come back, and constants that are uploaded once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, Weak};

use super::lock::lock;
use super::tensor::Data;

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
            lock(&pool.free).put(buffer.size(), buffer);
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

/// Constants of at most so many bytes are never shared between two sessions that live at once.
pub const OWN_BYTES: u64 = 1 << 20;

/// A constant on the GPU, as a session holds it.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    /// Where it lies.
    pub buffer: SharedBuffer,
    /// Held by every session that takes this buffer for its constant; others may read it besides.
    claim: Arc<()>,
    address: usize,
}

/// A constant that a session with the same data may be given.
#[derive(Debug)]
struct Uploaded {
    data: WeakData,
    buffer: SharedBuffer,
    claim: Arc<()>,
}

/// Most bytes of buffers that wait to be handed out again; beyond that those that have waited longest are given
/// back to the driver, so that neither dragging a size slider nor a day of pages fills the memory with every size that was
/// ever wanted.
const MAX_FREE_BYTES: u64 = 96 << 20;

/// Buffers that wait to be handed out again, those that came back last at the end.
#[derive(Debug)]
struct Free<B> {
    waiting: VecDeque<(u64, B)>,
    bytes: u64,
}

impl<B> Free<B> {
    const NONE: Self = Self { waiting: VecDeque::new(), bytes: 0 };

    fn put(&mut self, size: u64, buffer: B) {
        self.bytes += size;
        self.waiting.push_back((size, buffer));
        while self.bytes > MAX_FREE_BYTES
            && let Some((size, _)) = self.waiting.pop_front()
        {
            self.bytes -= size;
        }
    }

    fn take(&mut self, size: u64) -> Option<B> {
        let at = self.waiting.iter().rposition(|(own, _)| *own == size)?;
        self.bytes -= size;
        self.waiting.remove(at).map(|(_, buffer)| buffer)
    }
}

/// Free buffers, and uploaded constants by the address of their data.
#[derive(Debug)]
pub struct Pool {
    device: wgpu::Device,
    queue: wgpu::Queue,
    free: Mutex<Free<wgpu::Buffer>>,
    constants: Mutex<HashMap<usize, Uploaded>>,
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
            free: Mutex::new(Free::NONE),
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

    /// A GPU copy of `data` for a session. An allocation that is there already is not uploaded again;
    /// but each session has its own copy of a small one, so that it may overwrite it.
    pub(super) fn constant(self: &Arc<Self>, data: &Data) -> Constant {
        let mut constants = lock(&self.constants);
        // An entry keeps a weak handle, so that its address cannot be given to other data.
        constants.retain(|_, uploaded| uploaded.data.alive());
        let (address, bytes) = (data.address(), data.bytes());
        let listed = constants.get(&address);
        if let Some(Uploaded { buffer, claim, .. }) = listed
            && (Arc::strong_count(claim) == 1 || bytes.len() as u64 > OWN_BYTES)
        {
            return Constant { buffer: buffer.clone(), claim: claim.clone(), address };
        }
        let vacant = listed.is_none();
        let (buffer, claim) = (self.take(bytes.len() as u64), Arc::new(()));
        self.queue.write_buffer(&buffer, 0, bytes);
        if vacant {
            let data = match data {
                Data::F32(v) => WeakData::F32(Arc::downgrade(v)),
                Data::U32(v) => WeakData::U32(Arc::downgrade(v)),
            };
            constants.insert(address, Uploaded { data, buffer: buffer.clone(), claim: claim.clone() });
        }
        Constant { buffer, claim, address }
    }

    /// Gives back to the driver what no session holds: buffers that wait, and constants that were uploaded for sessions that
    /// are gone, which the next one uploads again.
    pub(super) fn trim(&self) {
        lock(&self.constants).retain(|_, uploaded| Arc::strong_count(&uploaded.claim) > 1);
        *lock(&self.free) = Free::NONE;
    }

    /// Makes a constant its holder's alone, who may then overwrite it: nobody is given it any longer for
    /// the data that it was made of. Returns false where another session holds it as well.
    pub(super) fn disown(&self, constant: &Constant) -> bool {
        let mut constants = lock(&self.constants);
        let listed = constants.get(&constant.address).is_some_and(|u| Arc::ptr_eq(&u.claim, &constant.claim));
        if Arc::strong_count(&constant.claim) > 1 + usize::from(listed) {
            return false;
        }
        if listed {
            constants.remove(&constant.address);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waited_longest_is_given_back_first() {
        let third = MAX_FREE_BYTES / 3;
        let mut free = Free::NONE;
        [1, 2, 3].into_iter().for_each(|buffer| free.put(third, buffer));
        free.put(256, 4);
        assert_eq!((free.take(256), free.take(256)), (Some(4), None));
        free.put(third, 5);
        let left: Vec<i32> = std::iter::from_fn(|| free.take(third)).collect();
        assert_eq!((left, free.bytes), (vec![5, 3, 2], 0));
    }

    #[test]
    fn one_larger_than_all_room_is_not_kept() {
        let mut free = Free::NONE;
        free.put(MAX_FREE_BYTES + 1, 1);
        assert_eq!((free.take(MAX_FREE_BYTES + 1), free.bytes), (None, 0));
    }
}
