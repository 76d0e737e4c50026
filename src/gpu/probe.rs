//! Small asynchronous readbacks: asked for while a frame is recorded, delivered some frames later.
//! Nothing here ever waits.

use std::sync::mpsc::{Receiver, Sender, channel};

use super::device::Gpu;

/// Most staging buffers kept for re-use.
const RING: usize = 16;

/// A readback under way or delivered.
#[derive(Debug)]
struct Done {
    ticket: u64,
    ok: bool,
    staging: wgpu::Buffer,
    words: usize,
}

/// Reads buffers back without blocking.
pub struct Probe {
    gpu: Gpu,
    free: Vec<wgpu::Buffer>,
    next: u64,
    pending: usize,
    sender: Sender<Done>,
    receiver: Receiver<Done>,
}

impl Probe {
    /// A probe on this device.
    pub fn new(gpu: &Gpu) -> Self {
        let (sender, receiver) = channel();
        Self { gpu: gpu.clone(), free: Vec::new(), next: 0, pending: 0, sender, receiver }
    }

    /// Records a copy of `words` four-byte words of `buffer`, from byte `start` on. The returned ticket
    /// comes back from [`Probe::collect`] after the encoder was submitted and the GPU is done.
    pub fn read(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        buffer: &wgpu::Buffer,
        start: u64,
        words: usize,
    ) -> u64 {
        let bytes = (words.max(1) as u64) * 4;
        let fitting = self.free.iter().position(|b| b.size() >= bytes);
        let staging = match fitting {
            Some(i) => self.free.swap_remove(i),
            None => self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("probe"),
                size: bytes.next_power_of_two(),
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            }),
        };
        encoder.copy_buffer_to_buffer(buffer, start, &staging, 0, bytes);
        let ticket = self.next;
        self.next += 1;
        self.pending += 1;
        let sender = self.sender.clone();
        let kept = staging.clone();
        encoder.map_buffer_on_submit(&staging, wgpu::MapMode::Read, 0..bytes, move |result| {
            // The receiver is gone only when the probe is, and then nobody waits for this.
            let _ = sender.send(Done { ticket, ok: result.is_ok(), staging: kept, words });
        });
        ticket
    }

    /// Whether something is still on its way.
    pub fn pending(&self) -> bool {
        self.pending > 0
    }

    /// What has arrived: tickets and words. A failed readback arrives with no words.
    pub fn collect(&mut self) -> Vec<(u64, Vec<u32>)> {
        self.gpu.poll();
        let mut arrived = Vec::new();
        while let Ok(done) = self.receiver.try_recv() {
            self.pending -= 1;
            let mut words = Vec::new();
            if done.ok {
                let bytes = done.words as u64 * 4;
                if let Ok(view) = done.staging.slice(0..bytes).get_mapped_range() {
                    words = bytemuck::pod_collect_to_vec(&view);
                }
                done.staging.unmap();
                if self.free.len() < RING {
                    self.free.push(done.staging);
                }
            }
            arrived.push((done.ticket, words));
        }
        arrived
    }
}
