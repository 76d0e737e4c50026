//! Judging a network on a whole set: batch by batch as part of frames, or waiting for all.

use std::ops::Range;

use super::error::TrainError;
use super::graph::Graph;
use super::parameters::Parameters;
use super::record::{JOURNAL, Journals, note_outcome};
use super::task::{Evaluation, Net, Set, Shaped};
use crate::gpu::{BufId, DType, Externals, GpuError, Plan, Runtime, Session, Shared, Tensor};
use crate::ops::batch::Draw;
use crate::ops::optim::advance;

/// Samples of a batch at most when a whole set is evaluated.
const EVALUATION_BATCH: usize = 200;

/// Samples of a batch when a set of `n` is evaluated: as many as divide it, so that each counts once.
fn evaluation_batch(n: usize) -> usize {
    (1..=EVALUATION_BATCH.min(n)).rev().find(|b| n.is_multiple_of(*b)).unwrap_or(1)
}

/// A network judged on a whole set, with the parameters of a trainer.
pub struct Evaluator {
    session: Session,
    steps: Tensor,
    journals: Journals,
    views: Vec<(&'static str, Tensor)>,
    /// Batches of the set.
    batches: usize,
    /// Batches of this evaluation: those that it has, that were recorded, and that were read.
    wanted: usize,
    recorded: usize,
    read: usize,
    sums: [f64; 2],
}

impl Evaluator {
    /// An evaluator of a set with the parameters that lie in `shared`.
    ///
    /// # Errors
    /// If the network cannot be recorded or made resident.
    pub fn new(
        runtime: &Runtime,
        parameters: &Parameters,
        shared: Shared,
        net: &dyn Net,
        set: Set,
        samples: usize,
    ) -> Result<Self, TrainError> {
        let mut plan = Plan::new();
        let steps = plan.temporary("steps", &[1], DType::U32);
        let whole = plan.external("parameters", &[parameters.buffer_len()], DType::F32);
        let batch = evaluation_batch(samples);
        let mut g = Graph::new(plan, parameters, [&whole, &whole], &steps, false);
        let outcome = net.forward(&mut g, set, Draw { batch, seed: None })?;
        let mut plan = g.plan;
        let journals = note_outcome(&mut plan, &outcome, &steps)?;
        advance(&mut plan, &steps);
        let session = Session::new(runtime, plan, &Externals::from([(whole.buf, shared)]))?;
        let (views, batches) = (outcome.views, samples / batch);
        let (wanted, recorded, read, sums) = (0, 0, 0, [0.0; 2]);
        Ok(Self { session, steps, journals, views, batches, wanted, recorded, read, sums })
    }

    /// Begins with the whole set, or its first `batches` batches; what was under way is forgotten.
    pub fn begin(&mut self, encoder: Option<&mut wgpu::CommandEncoder>, batches: Option<usize>) {
        // Cleared by the encoder and not written by the queue, which would come before all that the
        // encoder holds: an evaluation before this one, for instance.
        match (encoder, self.session.buffer(self.steps.buf)) {
            (Some(encoder), Some(at)) => encoder.clear_buffer(&at.buffer, at.offset, Some(4)),
            _ => self.session.write(self.steps.buf, &0_u32.to_le_bytes()),
        }
        self.wanted = batches.unwrap_or(self.batches).clamp(1, self.batches);
        self.recorded = 0;
    }

    /// Batches that are still to be recorded.
    pub fn left(&self) -> usize {
        self.wanted - self.recorded
    }

    /// Records up to `count` batches, as many as the journals hold at most; returns which they are.
    pub fn encode(&mut self, mut encoder: Option<&mut wgpu::CommandEncoder>, count: usize) -> Range<usize> {
        let first = self.recorded;
        self.recorded += count.min(self.left()).min(JOURNAL);
        for _ in first..self.recorded {
            self.session.encode(encoder.as_deref_mut(), None);
        }
        first..self.recorded
    }

    /// What runs a batch.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The journals that are to be read after the batches and brought to [`Evaluator::deliver`].
    pub fn journals(&self) -> Vec<BufId> {
        self.journals.all().map(|t| t.buf).collect()
    }

    /// Takes in the journals as they were after these batches; returns the result after the last.
    pub fn deliver(&mut self, batches: Range<usize>, journals: &[Vec<f32>]) -> Option<Evaluation> {
        // Another evaluation may have begun to be recorded before this one arrives.
        if batches.start == 0 {
            (self.read, self.sums) = (0, [0.0; 2]);
        }
        for (sum, all) in self.sums.iter_mut().zip(journals) {
            *sum += batches.clone().map(|i| f64::from(all[i % JOURNAL])).sum::<f64>();
        }
        self.read += batches.len();
        let [loss, accuracy] = self.sums.map(|sum| (sum / self.wanted as f64) as f32);
        let accuracy = self.journals.accuracies.is_some().then_some(accuracy);
        (self.read == self.wanted).then_some(Evaluation { loss, accuracy })
    }

    /// Runs the set, or its first `batches` batches, and waits for the result.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn run(&mut self, runtime: &Runtime, batches: Option<usize>) -> Result<Evaluation, GpuError> {
        runtime.submit(|encoder| self.begin(encoder, batches));
        loop {
            let first = self.recorded;
            // A submission a batch, so that no adapter takes a long one for a hang.
            for _ in 0..self.left().min(JOURNAL) {
                runtime.submit(|encoder| {
                    self.encode(encoder, 1);
                });
            }
            let done = first..self.recorded;
            let read = self.journals().into_iter().map(|buf| self.session.read(buf));
            let journals = read.collect::<Result<Vec<_>, _>>()?;
            if let Some(evaluation) = self.deliver(done, &journals) {
                return Ok(evaluation);
            }
        }
    }

    /// A view of the last batch.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn view(&self, name: &str) -> Result<Option<Shaped>, GpuError> {
        let view = self.views.iter().find(|(n, _)| *n == name);
        view.map(|(_, t)| Ok((t.shape.clone(), self.session.read(t.buf)?))).transpose()
    }
}
