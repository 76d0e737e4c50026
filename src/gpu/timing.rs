//! Timestamps at both ends of each step, where the adapter has them.

use super::device::Gpu;
use super::error::GpuError;
use super::readback::read_words;

/// Times the steps of one encoding of a session.
pub struct Timing {
    gpu: Gpu,
    queries: wgpu::QuerySet,
    /// Resolved ticks, two 8-byte values a step.
    pub resolved: wgpu::Buffer,
    steps: u32,
    /// Of each step, whether it has run.
    ran: Vec<bool>,
    /// Whether every step has ticks, be it of a run or not.
    filled: bool,
}

impl Timing {
    /// Room for `steps` steps; `None` where the adapter writes no timestamps.
    pub fn new(gpu: &Gpu, steps: usize) -> Option<Self> {
        // WebGPU allows 4096 queries in a set.
        let count = u32::try_from(steps * 2).ok().filter(|&n| n > 0 && n <= 4096)?;
        if !gpu.timestamps {
            return None;
        }
        let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("step times"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let resolved = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("step times"),
            size: u64::from(count) * 8,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        Some(Self {
            gpu: gpu.clone(),
            queries,
            resolved,
            steps: count / 2,
            ran: vec![false; steps],
            filled: false,
        })
    }

    /// How many steps there is room for.
    pub fn steps(&self) -> usize {
        self.ran.len()
    }

    /// Whether a step has run since this was made, so that its time is known.
    pub fn has_run(&self, step: usize) -> bool {
        self.ran.get(step) == Some(&true)
    }

    /// The timestamps of a step that runs.
    pub(super) fn run(&mut self, step: usize) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        if let Some(ran) = self.ran.get_mut(step) {
            *ran = true;
        }
        self.writes(step)
    }

    fn writes(&self, step: usize) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        let step = u32::try_from(step).ok().filter(|&s| s < self.steps)?;
        Some(wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(step * 2),
            end_of_pass_write_index: Some(step * 2 + 1),
        })
    }

    /// Records the transfer of the ticks to [`Timing::resolved`]; after the steps. Those that have never run get
    /// ticks as well, since ticks that nobody has written may be waited for.
    pub fn resolve(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let filled = std::mem::replace(&mut self.filled, true);
        for step in (0..self.steps as usize).filter(|&step| !filled && !self.has_run(step)) {
            let descriptor = wgpu::ComputePassDescriptor { label: None, timestamp_writes: self.writes(step) };
            drop(encoder.begin_compute_pass(&descriptor));
        }
        encoder.resolve_query_set(&self.queries, 0..self.steps * 2, &self.resolved, 0);
    }

    /// Words to read from [`Timing::resolved`].
    pub fn words(&self) -> usize {
        self.steps as usize * 4
    }

    /// Milliseconds of each step from the words of [`Timing::resolved`].
    pub fn millis(&self, words: &[u32]) -> Vec<f64> {
        let period = f64::from(self.gpu.queue.get_timestamp_period());
        words
            .chunks_exact(4)
            .map(|w| {
                let tick = |lo: u32, hi: u32| u64::from(lo) | (u64::from(hi) << 32);
                tick(w[2], w[3]).saturating_sub(tick(w[0], w[1])) as f64 * period / 1e6
            })
            .collect()
    }

    /// Waits and reads the milliseconds of each step. Blocks: for the command line.
    pub fn read(&self) -> Result<Vec<f64>, GpuError> {
        Ok(self.millis(&read_words(&self.gpu, &self.resolved, 0, self.words())?))
    }
}
