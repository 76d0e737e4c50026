//! Judging a network on a whole set, and the notes that the GPU takes of each batch.

use super::graph::Graph;
use super::parameters::Parameters;
use super::trainer::{Evaluation, Outcome, Set, Shaped, Task, TrainError};
use crate::gpu::{DType, Externals, Gpu, GpuError, Plan, Runtime, Session, Shared, Tensor};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::optim::{advance, note};
use crate::ops::reduce::{Reduce, reduce};

/// Steps whose numbers the GPU keeps until they are read.
pub const JOURNAL: usize = 256;

/// Where the loss and the share of right answers of each batch are noted.
pub struct Journals {
    /// Losses, by the number of the step.
    pub losses: Tensor,
    /// Shares of right answers, where there is such a thing.
    pub accuracies: Option<Tensor>,
}

impl Journals {
    /// Those that there are.
    pub fn all(&self) -> impl Iterator<Item = &Tensor> {
        std::iter::once(&self.losses).chain(&self.accuracies)
    }
}

/// Records that a number is noted in each step; returns the journal.
pub fn journal(plan: &mut Plan, name: &str, value: &Tensor, steps: &Tensor) -> Tensor {
    let journal = plan.temporary(name, &[JOURNAL], DType::F32);
    note(plan, &value.view(&[1]), steps, &journal);
    journal
}

/// Records that the loss and the share of right answers are noted in each step.
pub fn note_outcome(plan: &mut Plan, outcome: &Outcome, steps: &Tensor) -> Result<Journals, OpError> {
    let losses = journal(plan, "losses", &outcome.loss, steps);
    let mut accuracies = None;
    if let Some(right) = &outcome.right {
        let share = reduce(plan, &right.view(&[right.len()]), &[0], Reduce::Mean, false)?;
        accuracies = Some(journal(plan, "accuracies", &share, steps));
    }
    Ok(Journals { losses, accuracies })
}

/// Samples of a batch at most when a whole set is evaluated.
const EVALUATION_BATCH: usize = 200;

/// Samples of a batch when a set of `n` is evaluated: as many as divide it, so that each counts once.
fn evaluation_batch(n: usize) -> usize {
    (1..=EVALUATION_BATCH.min(n)).rev().find(|b| n.is_multiple_of(*b)).unwrap_or(1)
}

/// A network judged on a whole set, with the parameters of a trainer.
pub struct Evaluator {
    session: Session,
    whole: Tensor,
    steps: Tensor,
    journals: Journals,
    views: Vec<(&'static str, Tensor)>,
    batches: usize,
}

impl Evaluator {
    /// An evaluator of a set with the parameters that lie in `shared`.
    pub fn new(
        runtime: &Runtime,
        parameters: &Parameters,
        shared: Shared,
        task: &dyn Task,
        set: Set,
    ) -> Result<Self, TrainError> {
        let mut plan = Plan::new();
        let steps = plan.temporary("steps", &[1], DType::U32);
        let whole = plan.external("parameters", &[parameters.buffer_len()], DType::F32);
        let samples = task.samples()[set as usize];
        let batch = evaluation_batch(samples);
        let mut g = Graph::new(plan, parameters, &whole, &steps, false);
        let outcome = task.forward(&mut g, set, Draw { batch, seed: None })?;
        let mut plan = g.plan;
        let journals = note_outcome(&mut plan, &outcome, &steps)?;
        advance(&mut plan, &steps);
        let session = Session::new(runtime, plan, &Externals::from([(whole.buf, shared)]))?;
        let batches = samples / batch;
        Ok(Self { session, whole, steps, journals, views: outcome.views, batches })
    }

    /// Runs the set, or its first `batches` batches. On the reference, which shares copies, `weights` are
    /// the parameters as they are now.
    pub fn run(
        &mut self,
        gpu: Option<&Gpu>,
        weights: Option<&[f32]>,
        batches: Option<usize>,
    ) -> Result<Evaluation, GpuError> {
        self.session.write(self.steps.buf, &0_u32.to_le_bytes());
        if let Some(weights) = weights {
            self.session.write(self.whole.buf, bytemuck::cast_slice(weights));
        }
        let batches = batches.unwrap_or(self.batches).clamp(1, self.batches);
        let mut sums = [0.0, 0.0];
        let mut left = batches;
        while left > 0 {
            let count = left.min(JOURNAL);
            for _ in 0..count {
                self.session.run();
            }
            if let Some(gpu) = gpu {
                gpu.wait()?;
            }
            // The journal goes round: it is read before it is written over.
            let done = batches - left;
            for (sum, journal) in sums.iter_mut().zip(self.journals.all()) {
                let all = self.session.read(journal.buf)?;
                *sum += (done..done + count).map(|i| f64::from(all[i % JOURNAL])).sum::<f64>();
            }
            left -= count;
        }
        let [loss, accuracy] = sums.map(|sum| (sum / batches as f64) as f32);
        Ok(Evaluation { loss, accuracy: self.journals.accuracies.is_some().then_some(accuracy) })
    }

    /// A view of the last batch.
    pub fn view(&self, name: &str) -> Result<Option<Shaped>, GpuError> {
        let view = self.views.iter().find(|(n, _)| *n == name);
        view.map(|(_, t)| Ok((t.shape.clone(), self.session.read(t.buf)?))).transpose()
    }
}
