//! A plan made resident: on the GPU or on the CPU reference.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::affected::Affected;
use super::error::GpuError;
use super::plan::{Plan, StepId};
use super::readback::read_words;
use super::reference;
use super::resident::{Options, Resident};
use super::runtime::{Externals, Region, Runtime, Shared, Stretch};
use super::tensor::{BufId, DType, Data, Source};
use super::timing::Timing;
use super::waiting::{Cost, Slice, Waiting};

/// Milliseconds that a submission of [`Session::run`] is expected to take at most: far below what a driver allows.
const SUBMISSION: f64 = 80.0;

/// Counts the sessions that this process has made.
static MADE: AtomicU64 = AtomicU64::new(0);

fn next_id() -> u64 {
    MADE.fetch_add(1, Ordering::Relaxed) + 1
}

/// A plan made resident.
pub struct Session {
    id: u64,
    plan: Plan,
    side: Side,
}

enum Side {
    Gpu(Resident),
    Reference(Vec<Stretch>),
}

impl Session {
    /// Makes `plan` resident.
    pub fn new(runtime: &Runtime, plan: Plan, externals: &Externals) -> Result<Self, GpuError> {
        Self::with_options(runtime, plan, externals, Options::default())
    }

    /// Makes `plan` resident, with options.
    pub fn with_options(
        runtime: &Runtime,
        plan: Plan,
        externals: &Externals,
        options: Options,
    ) -> Result<Self, GpuError> {
        let side = match runtime {
            Runtime::Gpu(gpu) => Side::Gpu(Resident::new(gpu, &plan, externals, options, None)?),
            Runtime::Reference => Side::Reference(reference::stretches(&plan, externals, None)?),
        };
        Ok(Self { id: next_id(), plan, side })
    }

    /// Makes another plan resident that takes this one's place: buffers whose content it would compute again are
    /// taken over as they are. Returns what has to run for the results of the others. This session must have run
    /// whole, and must not be run or written to any longer.
    pub fn succeed(&self, plan: Plan) -> Result<(Self, Affected), GpuError> {
        let left = self.plan.succession(&plan);
        let externals = Externals::new();
        let side = match &self.side {
            Side::Gpu(before) => {
                let (gpu, options) = (before.gpu(), Options::default());
                Side::Gpu(Resident::new(gpu, &plan, &externals, options, Some((before, &left)))?)
            }
            Side::Reference(before) => {
                Side::Reference(reference::stretches(&plan, &externals, Some((before, &left)))?)
            }
        };
        Ok((Self { id: next_id(), plan, side }, left))
    }

    /// A number that no other session of this process has: whether it is still the same session, or one
    /// made anew.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What it runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes over another plan's parameters and constants if its structure is the same: no buffer is
    /// made anew, only constants with another content are uploaded, and a step whose parameters suit
    /// another variant changes its pipeline. Buffers given out before see the new content; external ones
    /// stay those that the session was made with. Returns what has to run for its results; where it cannot (another structure,
    /// a size beyond the adapter, a constant above [`OWN_BYTES`](super::OWN_BYTES) that another session
    /// uses), nothing is changed.
    pub fn adopt(&mut self, plan: &Plan) -> Option<Affected> {
        if !self.plan.same_structure(plan) {
            return None;
        }
        let affected = self.plan.affected(plan);
        let buffers = plan.buffers.iter().zip(&affected.buffers).enumerate();
        let changed: Vec<(BufId, &Data)> = buffers
            .filter_map(|(i, (buffer, &changed))| match &buffer.source {
                Source::Constant(data) if changed => Some((BufId(i), data)),
                _ => None,
            })
            .collect();
        match &mut self.side {
            Side::Gpu(resident) => {
                if !resident.adopt(&self.plan, plan, &changed) {
                    return None;
                }
            }
            Side::Reference(stretches) => {
                for (buf, data) in changed {
                    stretches[buf.0].write(&data.to_f64());
                }
            }
        }
        self.plan = plan.clone();
        Some(affected)
    }

    /// Records all steps into `encoder`; on the reference, runs them at once.
    pub fn encode(&self, encoder: Option<&mut wgpu::CommandEncoder>, timing: Option<&mut Timing>) {
        self.encode_range(encoder, 0..self.plan.steps.len(), timing);
    }

    /// Records a range of steps; with `timing`, each in a pass of its own.
    pub fn encode_range(
        &self,
        encoder: Option<&mut wgpu::CommandEncoder>,
        steps: Range<usize>,
        timing: Option<&mut Timing>,
    ) {
        match &self.side {
            Side::Gpu(resident) => {
                let encoder = encoder.expect("a session on the GPU is encoded into a command encoder");
                resident.encode(encoder, steps, timing);
            }
            Side::Reference(stretches) => {
                for step in &self.plan.steps[steps] {
                    reference::run_shared_step(step, stretches);
                }
            }
        }
    }

    /// What a step is expected to take; nothing on the reference, which nobody waits for.
    pub fn cost(&self, step: usize) -> Cost {
        match &self.side {
            Side::Gpu(resident) => resident.cost(self.plan.steps[step].kernel.name(), step),
            Side::Reference(_) => Cost { millis: 0.0, guess: 0.0, groups: 1 },
        }
    }

    /// Submits the next slice of what waits, which is expected to take at most `budget` milliseconds; on the reference,
    /// runs all of it at once. Returns false where nothing waited.
    pub fn advance(&self, waiting: &mut Waiting, budget: f64, mut timing: Option<&mut Timing>) -> bool {
        let Some(slice) = waiting.next(budget, |step| self.cost(step)) else { return false };
        match &self.side {
            Side::Gpu(resident) => {
                let record = |encoder: &mut wgpu::CommandEncoder| match &slice {
                    Slice::Steps(ranges) => {
                        for steps in ranges.iter().cloned() {
                            resident.encode(encoder, steps, timing.as_deref_mut());
                        }
                    }
                    Slice::Part { step, groups } => {
                        let part = resident.encode_part(encoder, &self.plan, *step, groups.clone());
                        if let Err(error) = part {
                            tracing::warn!("{error}; it is run whole");
                            if groups.start == 0 {
                                resident.encode(encoder, *step..*step + 1, timing.as_deref_mut());
                            }
                        }
                    }
                };
                resident.gpu().submit_slice(resident.load(&self.plan, &slice), record);
            }
            Side::Reference(_) => {
                if let Slice::Steps(ranges) = slice {
                    ranges.into_iter().for_each(|steps| self.encode_range(None, steps, None));
                }
            }
        }
        true
    }

    /// Runs all steps. What takes no longer than a submission may is submitted, and not waited for; else one
    /// submission after the other.
    pub fn run(&self) {
        let mut waiting = Waiting::new(vec![true; self.plan.steps.len()]);
        while self.advance(&mut waiting, SUBMISSION, None) {
            if waiting.any()
                && let Side::Gpu(resident) = &self.side
                && resident.gpu().wait().is_err()
            {
                // Whoever reads what came of it is told why.
                return;
            }
        }
    }

    /// Index of the variant that each step runs; `None` on the reference.
    pub fn variant(&self, step: StepId) -> Option<usize> {
        match &self.side {
            Side::Gpu(resident) => Some(resident.variant(step.0)),
            Side::Reference(_) => None,
        }
    }

    /// A buffer, for the plan of another session: that one sees at all times what this one writes.
    pub fn share(&self, buf: BufId) -> Shared {
        match &self.side {
            Side::Gpu(resident) => Shared::Gpu(resident.buffer(buf).clone()),
            Side::Reference(stretches) => Shared::Reference(stretches[buf.0].clone()),
        }
    }

    /// The GPU buffer behind `buf`. It stays the same as long as the session lives.
    pub fn buffer(&self, buf: BufId) -> Option<&Region> {
        match &self.side {
            Side::Gpu(resident) => Some(resident.buffer(buf)),
            Side::Reference(_) => None,
        }
    }

    /// Overwrites the start of a buffer with raw words.
    pub fn write(&mut self, buf: BufId, bytes: &[u8]) {
        match &self.side {
            Side::Gpu(resident) => {
                let at = resident.buffer(buf);
                resident.gpu().queue.write_buffer(&at.buffer, at.offset, bytes);
            }
            Side::Reference(stretches) => {
                let floats = self.plan.buffers[buf.0].dtype == DType::F32;
                let value = |word: &[u8]| {
                    let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                    if floats { f64::from(f32::from_bits(word)) } else { f64::from(word) }
                };
                stretches[buf.0].write(&bytes.chunks_exact(4).map(value).collect::<Vec<_>>());
            }
        }
    }

    /// Waits for the GPU and reads a whole buffer; `u32` buffers come as numbers too.
    /// For the command line, tests and audits: it blocks.
    pub fn read(&self, buf: BufId) -> Result<Vec<f32>, GpuError> {
        match &self.side {
            Side::Gpu(_) => Ok(self.plan.buffers[buf.0].dtype.numbers(&self.words(buf)?)),
            Side::Reference(stretches) => Ok(stretches[buf.0].read().into_iter().map(|v| v as f32).collect()),
        }
    }

    /// Like [`read`](Self::read), but the raw words: whole numbers beyond 2^24 are no floats.
    pub fn words(&self, buf: BufId) -> Result<Vec<u32>, GpuError> {
        let buffer = &self.plan.buffers[buf.0];
        match &self.side {
            Side::Gpu(resident) => {
                let at = resident.buffer(buf);
                read_words(resident.gpu(), &at.buffer, at.offset, buffer.len)
            }
            Side::Reference(stretches) => {
                let word = |v: f64| match buffer.dtype {
                    DType::F32 => (v as f32).to_bits(),
                    DType::U32 => v as u32,
                };
                Ok(stretches[buf.0].read().into_iter().map(word).collect())
            }
        }
    }
}
