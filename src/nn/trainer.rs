//! Training: one plan that draws a batch, runs forwards and backwards, changes the parameters and
//! counts the step, repeated as often as wanted without anything being read back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::checkpoint::Checkpoint;
pub use super::evaluation::JOURNAL;
use super::evaluation::{Evaluator, Journals, journal, note_outcome};
use super::graph::{Graph, Layer};
use super::parameters::{ParamId, Parameters};
use crate::gpu::{
    BufId, DType, Externals, GpuError, PART_ALIGN, Plan, Runtime, Session, Source, StepId, Tensor, Timing,
};
use crate::ops::OpError;
use crate::ops::affine::{AFFINE, Affine};
use crate::ops::batch::Draw;
use crate::ops::gradient::{GradientError, Gradients, backward};
use crate::ops::optim::{Optimiser, State, advance, clip_factor, optimise};

/// What is to be learned: a network and its data.
pub trait Task {
    /// Declares the parameters.
    fn declare(&mut self, parameters: &mut Parameters);

    /// Records the forward pass on the batch that `draw` takes from the training or the test set.
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError>;

    /// Samples in each set: training, test.
    fn samples(&self) -> [usize; 2];
}

/// Which samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Those that are learned from.
    Training,
    /// Those that were never seen.
    Test,
}

/// What a forward pass yields.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The loss, one element.
    pub loss: Tensor,
    /// 1 for each answer that is right, 0 for each that is not, where there is such a thing.
    pub right: Option<Tensor>,
    /// Tensors worth looking at, by name: an attention map, a reconstruction.
    pub views: Vec<(&'static str, Tensor)>,
}

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Samples of a batch.
    pub batch: usize,
    /// Seed of the first values and of the order of samples.
    pub seed: u64,
    /// What changes the parameters.
    pub optimiser: Optimiser,
    /// Largest L2 norm of the gradient of all parameters together.
    pub clip_norm: Option<f32>,
    /// All first values times this.
    pub init_scale: f32,
}

impl Setup {
    /// The usual: seed 0, no clipping.
    pub fn new(batch: usize, optimiser: Optimiser) -> Self {
        Self { batch, seed: 0, optimiser, clip_norm: None, init_scale: 1.0 }
    }
}

/// Why training cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The network cannot be recorded.
    #[error(transparent)]
    Op(#[from] OpError),
    /// It cannot be differentiated.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// The adapter refused.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// Two networks to compare that do not share what they must.
    #[error(
        "a pair shares seed and batch, but A has seed {} and batches of {}, B seed {} and batches of {}: \
         choose the same for both", .a.0, .a.1, .b.0, .b.1
    )]
    Pair {
        /// Seed and batch of A.
        a: (u64, usize),
        /// Seed and batch of B.
        b: (u64, usize),
    },
    /// A checkpoint of another network.
    #[error("the checkpoint has {have}, but this network {want}: load one that was saved by the same recipe")]
    Checkpoint {
        /// What the checkpoint has.
        have: String,
        /// What is needed.
        want: String,
    },
}

/// Numbers of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Steps done before it.
    pub step: u64,
    /// Loss on its batch.
    pub loss: f32,
    /// Share of its batch that was right.
    pub accuracy: Option<f32>,
    /// L2 norm of the gradient of all parameters.
    pub gradient_norm: f32,
}

/// Numbers and their shape.
pub type Shaped = (Vec<usize>, Vec<f32>);

/// Result on a whole set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean loss.
    pub loss: f32,
    /// Share that is right.
    pub accuracy: Option<f32>,
}

/// A network in training.
pub struct Trainer {
    runtime: Runtime,
    /// The parameters.
    pub parameters: Parameters,
    /// The settings; change them through [`Trainer::set_optimiser`].
    setup: Setup,
    session: Session,
    buffers: Buffers,
    layers: Vec<Layer>,
    weights: Vec<Tensor>,
    views: Vec<(&'static str, Tensor)>,
    gradients: Gradients,
    evaluators: [Evaluator; 2],
    step: u64,
    recorded: u64,
    /// Time of a step, for [`Trainer::run_for`].
    pace: Option<Duration>,
    optimise: usize,
}

struct Buffers {
    /// All parameters; the state changes those that are learned.
    whole: Tensor,
    state: State,
    gradient: Tensor,
    journals: Journals,
    norms: Tensor,
}

impl Trainer {
    /// A network at its start.
    ///
    /// # Errors
    /// If it cannot be recorded, differentiated or made resident.
    pub fn new(runtime: &Runtime, task: &mut dyn Task, setup: Setup) -> Result<Self, TrainError> {
        let mut parameters = Parameters::new(setup.seed);
        task.declare(&mut parameters);
        parameters.set_scale(setup.init_scale);
        let mut plan = Plan::new();
        let steps = plan.temporary("steps", &[1], DType::U32);
        let whole = plan.temporary("parameters", &[parameters.buffer_len()], DType::F32);
        let gradient = plan.temporary("gradients", &[parameters.learned_len()], DType::F32);
        let mut g = Graph::new(plan, &parameters, &whole, &steps, true);
        let draw = Draw { batch: setup.batch, seed: Some(setup.seed as u32) };
        let outcome = task.forward(&mut g, Set::Training, draw)?;
        let Graph { mut plan, weights, layers, .. } = g;
        let learned: Vec<_> = weights.iter().zip(parameters.list()).filter(|(_, p)| p.learned).collect();
        let wrt: Vec<&Tensor> = learned.iter().map(|(w, _)| *w).collect();
        let gradients = backward(&mut plan, &outcome.loss, None, &wrt)?;
        let reached = |w: &&Tensor| gradients.of(w).expect("backward reaches all that is asked for");
        let all: Vec<Tensor> = wrt.iter().map(reached).collect();
        for (d, (_, parameter)) in all.iter().zip(&learned) {
            move_into(&mut plan, &all, d, &gradient, parameters.offset(parameter));
        }
        let (factor, norm) = clip_factor(&mut plan, &gradient, setup.clip_norm.unwrap_or(f32::MAX));
        let w = plan.part("learned parameters", &whole, 0, &[parameters.learned_len()]);
        let state = State::new(&mut plan, &w, &steps, setup.optimiser.method);
        let factor = setup.clip_norm.map(|_| factor);
        let optimise_step = plan.steps.len();
        optimise(&mut plan, &state, &gradient, factor.as_ref(), &setup.optimiser);
        let journals = note_outcome(&mut plan, &outcome, &steps)?;
        let norms = journal(&mut plan, "gradient norms", &norm, &steps);
        advance(&mut plan, &steps);
        let session = Session::new(runtime, plan, &Externals::new())?;
        let evaluator = |set| Evaluator::new(runtime, &parameters, session.share(whole.buf), &*task, set);
        let evaluators = [evaluator(Set::Training)?, evaluator(Set::Test)?];
        let mut trainer = Self {
            runtime: runtime.clone(),
            parameters,
            setup,
            session,
            buffers: Buffers { whole, state, gradient, journals, norms },
            layers,
            weights,
            views: outcome.views,
            gradients,
            evaluators,
            step: 0,
            recorded: 0,
            pace: None,
            optimise: optimise_step,
        };
        trainer.reset();
        Ok(trainer)
    }

    /// Back to the first values of the seed.
    pub fn reset(&mut self) {
        let weights = self.parameters.initial();
        self.write_all(&weights, &[], &[], 0);
    }

    fn write_all(&mut self, weights: &[f32], m: &[f32], h: &[f32], step: u64) {
        let state = &self.buffers.state;
        let padded = |values: &[f32], len: usize| {
            let mut all = values.to_vec();
            all.resize(len, 0.0);
            all
        };
        for (tensor, values) in
            [(&self.buffers.whole, weights), (&state.m, m), (&state.h, h), (&self.buffers.gradient, &[])]
        {
            if !tensor.is_empty() {
                self.session.write(tensor.buf, bytemuck::cast_slice(&padded(values, tensor.len())));
            }
        }
        self.session.write(state.steps.buf, &(step as u32).to_le_bytes());
        (self.step, self.recorded) = (step, step);
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The settings.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The layers of the training pass.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Tensors of the training pass worth looking at.
    pub fn views(&self) -> &[(&'static str, Tensor)] {
        &self.views
    }

    /// The gradient of a tensor of the training pass, as of the last step.
    pub fn gradient(&self, tensor: &Tensor) -> Option<Tensor> {
        self.gradients.of(tensor)
    }

    /// All gradients of parameters, behind one another.
    pub fn all_gradients(&self) -> &Tensor {
        &self.buffers.gradient
    }

    /// A parameter, as part of the buffer of all.
    pub fn weight(&self, id: ParamId) -> Tensor {
        self.weights[id.0].clone()
    }

    /// What it runs on.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What runs a step.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Changes the optimiser's settings between steps; the method stays.
    pub fn set_optimiser(&mut self, optimiser: Optimiser) {
        let optimiser = Optimiser { method: self.setup.optimiser.method, ..optimiser };
        let mut plan = self.session.plan().clone();
        plan.steps[self.optimise].params =
            optimiser.bytes(self.parameters.learned_len(), self.setup.clip_norm);
        if self.session.adopt(&plan) {
            self.setup.optimiser = optimiser;
        }
    }

    /// Records `count` steps; on the reference, runs them.
    pub fn encode(&mut self, mut encoder: Option<&mut wgpu::CommandEncoder>, count: usize) {
        for _ in 0..count {
            self.session.encode(encoder.as_deref_mut(), None);
        }
        self.step += count as u64;
    }

    /// Runs `count` steps; does not wait for the GPU.
    pub fn run(&mut self, count: usize) {
        match self.runtime.gpu().cloned() {
            Some(gpu) => {
                let mut encoder =
                    gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
                self.encode(Some(&mut encoder), count);
                gpu.queue.submit([encoder.finish()]);
            }
            None => self.encode(None, count),
        }
    }

    /// Runs as many steps as fit into `budget`, at least one and at most `most`, waits for them and
    /// returns how many they were. The pace is that of the steps before.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn run_for(&mut self, budget: Duration, most: usize) -> Result<usize, GpuError> {
        let count = self.pace.map_or(1, |pace| {
            ((budget.as_secs_f64() / pace.as_secs_f64().max(1e-6)) as usize).clamp(1, most)
        });
        let start = Instant::now();
        self.run(count);
        if let Some(gpu) = self.runtime.gpu() {
            gpu.wait()?;
        }
        self.pace = Some(start.elapsed() / count as u32);
        Ok(count)
    }

    /// Runs one step and returns how long each kernel took in it, in milliseconds, longest first, with the
    /// number of its dispatches; nothing where the adapter writes no timestamps.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn times(&mut self) -> Result<Vec<(String, usize, f64)>, GpuError> {
        let Some(gpu) = self.runtime.gpu().cloned() else { return Ok(Vec::new()) };
        let count = self.session.plan().steps.len();
        let Some(mut timing) = Timing::new(&gpu, count) else { return Ok(Vec::new()) };
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.session.encode(Some(&mut encoder), Some(&mut timing));
        timing.resolve(&mut encoder);
        gpu.queue.submit([encoder.finish()]);
        self.step += 1;
        let mut sums: BTreeMap<String, (usize, f64)> = BTreeMap::new();
        for (i, (step, ms)) in self.session.plan().steps.iter().zip(timing.read()?).enumerate() {
            let variant = self.session.variant(StepId(i)).map_or("", |v| step.kernel.variants()[v].name);
            let sum = sums.entry(format!("{}/{variant}", step.kernel.name())).or_default();
            *sum = (sum.0 + 1, sum.1 + ms);
        }
        let mut times: Vec<_> = sums.into_iter().map(|(name, (n, ms))| (name, n, ms)).collect();
        times.sort_by(|a, b| b.2.total_cmp(&a.2));
        Ok(times)
    }

    /// Waits, and returns the numbers of the steps since the last call, of at most [`JOURNAL`] steps.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn records(&mut self) -> Result<Vec<Record>, GpuError> {
        let read = self.read_back(false)?;
        Ok(self.records_from(&|buf| read.get(&buf).cloned()))
    }

    fn read_back(&self, checkpoint: bool) -> Result<BTreeMap<BufId, Vec<f32>>, GpuError> {
        self.readbacks(checkpoint).into_iter().map(|buf| Ok((buf, self.session.read(buf)?))).collect()
    }

    /// The same from journals that were read back already.
    pub(super) fn records_from(&mut self, read: &dyn Fn(BufId) -> Option<Vec<f32>>) -> Vec<Record> {
        let Buffers { journals, norms, .. } = &self.buffers;
        let losses = read(journals.losses.buf);
        let accuracies = journals.accuracies.as_ref().and_then(|j| read(j.buf));
        let norms = read(norms.buf);
        let at = |journal: &Option<Vec<f32>>, step: u64| {
            journal.as_ref().map(|journal| journal[step as usize % JOURNAL])
        };
        let record = |step| Record {
            step,
            loss: at(&losses, step).unwrap_or(f32::NAN),
            accuracy: at(&accuracies, step),
            gradient_norm: at(&norms, step).unwrap_or(f32::NAN),
        };
        let first = self.recorded.max(self.step.saturating_sub(JOURNAL as u64));
        let records = (first..self.step).map(record).collect();
        self.recorded = self.step;
        records
    }

    /// Buffers to read back for the numbers of steps, and for a checkpoint.
    pub(super) fn readbacks(&self, checkpoint: bool) -> Vec<BufId> {
        let Buffers { whole, state, journals, norms, .. } = &self.buffers;
        let kept = [whole, &state.m, &state.h].into_iter().filter(|t| checkpoint && !t.is_empty());
        journals.all().chain([norms]).chain(kept).map(|t| t.buf).collect()
    }

    /// A checkpoint from buffers that were read back already; `None` if the parameters did not arrive.
    pub(super) fn checkpoint_from(&self, read: &dyn Fn(BufId) -> Option<Vec<f32>>) -> Option<Checkpoint> {
        let state = &self.buffers.state;
        let [m, h] = [&state.m, &state.h].map(|t| read(t.buf).unwrap_or_default());
        Some(Checkpoint { step: self.step, w: read(self.buffers.whole.buf)?, m, h })
    }

    /// The state before the first step.
    pub fn start(&self) -> Checkpoint {
        Checkpoint { step: 0, w: self.parameters.initial(), m: Vec::new(), h: Vec::new() }
    }

    /// The state of training, to come back to.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn checkpoint(&self) -> Result<Checkpoint, GpuError> {
        let read = self.read_back(true)?;
        Ok(self.checkpoint_from(&|buf| read.get(&buf).cloned()).expect("the parameters were read"))
    }

    /// Goes back to a checkpoint.
    ///
    /// # Errors
    /// If it is of another network or optimiser.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let state = &self.buffers.state;
        let fits = |have: &[f32], want: &Tensor| have.is_empty() || have.len() == want.len();
        let whole = &self.buffers.whole;
        if checkpoint.w.len() != whole.len()
            || !fits(&checkpoint.m, &state.m)
            || !fits(&checkpoint.h, &state.h)
        {
            let have = format!("{} elements of parameters", checkpoint.w.len());
            let want = format!("{} with optimiser {}", whole.len(), self.setup.optimiser.method.name());
            return Err(TrainError::Checkpoint { have, want });
        }
        let Checkpoint { step, w, m, h } = checkpoint;
        self.write_all(w, m, h, *step);
        Ok(())
    }

    /// Loss and share of right answers over a whole set, or its first `batches` batches.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn evaluate(&mut self, set: Set, batches: Option<usize>) -> Result<Evaluation, GpuError> {
        let weights = match self.runtime {
            Runtime::Gpu(_) => None,
            Runtime::Reference => Some(self.session.read(self.buffers.whole.buf)?),
        };
        self.evaluators[set as usize].run(self.runtime.gpu(), weights.as_deref(), batches)
    }

    /// A view of the last evaluated batch.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn evaluated_view(&self, set: Set, name: &str) -> Result<Option<Shaped>, GpuError> {
        self.evaluators[set as usize].view(name)
    }
}

/// Makes a gradient part of the buffer of all gradients: the step that writes it writes there. Where
/// other steps read it, it belongs to two parameters or it is no buffer of its own, it is copied instead,
/// because an adapter does not bind one buffer as read and as written in one dispatch.
fn move_into(plan: &mut Plan, gradients: &[Tensor], d: &Tensor, whole: &Tensor, offset: usize) {
    debug_assert!(offset.is_multiple_of(PART_ALIGN), "parameters are aligned");
    let used = plan.steps.iter().any(|s| s.ins.iter().flatten().any(|&id| id == d.buf));
    let shared = gradients.iter().filter(|other| other.buf == d.buf).count() > 1;
    let read = used || shared;
    if !read && matches!(plan.buffers[d.buf.0].source, Source::Temporary) && d.buf > whole.buf {
        plan.buffers[d.buf.0].source = Source::Part { of: whole.buf, offset };
        return;
    }
    let part = plan.part("gradient", whole, offset, &[d.len()]);
    let p = Affine { len: d.len() as u32, scale: 1.0, shift: 0.0, lo: f32::NEG_INFINITY, hi: f32::INFINITY };
    plan.push(&AFFINE, p, &[Some(d)], &[&part]);
}
