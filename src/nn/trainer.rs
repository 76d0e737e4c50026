//! A network in training: runs the recorded step as often as wanted without anything being read back.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::checkpoint::Checkpoint;
use super::error::TrainError;
use super::evaluation::Evaluator;
use super::graph::Layer;
use super::parameters::{ParamId, Parameters};
pub use super::record::JOURNAL;
use super::record::{Buffers, Notes, Recorded, WatchedLayer};
use super::task::{Evaluation, Net, Record, Set, Setup, Shaped, Task};
use crate::gpu::{BufId, Externals, GpuError, Runtime, Session, StepId, Tensor, Timing};
use crate::ops::gradient::Gradients;
use crate::ops::optim::Optimiser;

/// A network in training.
pub struct Trainer {
    runtime: Runtime,
    /// The parameters.
    pub parameters: Parameters,
    /// The settings; change them through [`Trainer::set_optimiser`].
    setup: Setup,
    net: Box<dyn Net>,
    /// Samples in each set.
    samples: [usize; 2],
    session: Session,
    buffers: Buffers,
    layers: Vec<Layer>,
    weights: Vec<Tensor>,
    views: Vec<(&'static str, Tensor)>,
    gradients: Gradients,
    watched: Vec<WatchedLayer>,
    evaluators: [Option<Evaluator>; 2],
    step: u64,
    recorded: u64,
    /// Time of a step, for [`Trainer::run_for`].
    pace: Option<Duration>,
    optimise: usize,
    passing: Vec<Range<usize>>,
}

impl Trainer {
    /// A network at its start.
    ///
    /// # Errors
    /// If it cannot be recorded, differentiated or made resident.
    pub fn new(runtime: &Runtime, task: &dyn Task, setup: Setup) -> Result<Self, TrainError> {
        let mut parameters = Parameters::new(setup.seed);
        let net = task.declare(&mut parameters);
        parameters.set_scale(setup.init_scale);
        let recorded = Recorded::new(&*net, &parameters, &setup)?;
        let session = Session::new(runtime, recorded.plan, &Externals::new())?;
        let mut trainer = Self {
            runtime: runtime.clone(),
            parameters,
            setup,
            net,
            samples: task.samples(),
            session,
            buffers: recorded.buffers,
            layers: recorded.layers,
            weights: recorded.weights,
            views: recorded.views,
            gradients: recorded.gradients,
            watched: recorded.watched,
            evaluators: [None, None],
            step: 0,
            recorded: 0,
            pace: None,
            optimise: recorded.optimise,
            passing: recorded.passing,
        };
        // What no step has written yet is 0, and not what another session has left behind.
        for journal in trainer.buffers.journals() {
            let zeros = vec![0_u8; 4 * trainer.session.plan().buffers[journal.0].len];
            trainer.session.write(journal, &zeros);
        }
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

    /// The network.
    pub fn net(&self) -> &dyn Net {
        &*self.net
    }

    /// Layers whose gradients are noted, if the setup asks for it.
    pub fn watched_layers(&self) -> &[WatchedLayer] {
        &self.watched
    }

    /// Number of steps done, on the GPU, `[1]`, `u32`.
    pub fn steps(&self) -> &Tensor {
        &self.buffers.state.steps
    }

    /// All parameters, behind one another.
    pub fn all_weights(&self) -> &Tensor {
        &self.buffers.whole
    }

    /// The layers of the training pass.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Tensors of the training pass worth looking at.
    pub fn views(&self) -> &[(&'static str, Tensor)] {
        &self.views
    }

    /// The one of them with this name.
    pub fn view(&self, name: &str) -> Option<&Tensor> {
        self.views.iter().find(|(own, _)| *own == name).map(|(_, tensor)| tensor)
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
        if self.session.adopt(&plan).is_some() {
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

    /// Records the forward and the backward pass of the next step, and nothing that changes the state of
    /// training: what the layers make of the next batch can be looked at before it is learned from.
    pub fn encode_preview(&mut self, mut encoder: Option<&mut wgpu::CommandEncoder>) {
        for range in self.passing.clone() {
            self.session.encode_range(encoder.as_deref_mut(), range, None);
        }
    }

    /// Runs `count` steps; does not wait for the GPU.
    pub fn run(&mut self, count: usize) {
        let runtime = self.runtime.clone();
        runtime.submit(|encoder| self.encode(encoder, count));
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
        let first = self.recorded.max(self.step.saturating_sub(JOURNAL as u64));
        let journals = self.read_back(self.buffers.journals())?;
        self.recorded = self.step;
        Ok(self.buffers.notes(first..self.step, journals).0)
    }

    fn read_back(&self, buffers: Vec<BufId>) -> Result<Vec<Vec<f32>>, GpuError> {
        buffers.into_iter().map(|buf| self.session.read(buf)).collect()
    }

    /// Buffers to read back for the numbers of steps.
    pub(super) fn journals(&self) -> Vec<BufId> {
        self.buffers.journals()
    }

    /// The numbers of steps from journals that were read back after them.
    pub(super) fn notes(&self, steps: Range<u64>, journals: Vec<Vec<f32>>) -> Notes {
        self.buffers.notes(steps, journals)
    }

    /// Buffers to read back for a checkpoint.
    pub(super) fn kept(&self) -> Vec<BufId> {
        self.buffers.kept()
    }

    /// A checkpoint from the buffers that were read back after `step` steps.
    pub(super) fn checkpoint_of(&self, step: u64, kept: Vec<Vec<f32>>) -> Checkpoint {
        let mut read = kept.into_iter();
        let w = read.next().unwrap_or_default();
        let mut of = |t: &Tensor| if t.is_empty() { Vec::new() } else { read.next().unwrap_or_default() };
        let state = &self.buffers.state;
        let m = of(&state.m);
        Checkpoint { step, w, m, h: of(&state.h) }
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
        Ok(self.checkpoint_of(self.step, self.read_back(self.kept())?))
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

    /// What judges the network on a set; made when first asked for.
    ///
    /// # Errors
    /// If it cannot be recorded or made resident.
    pub fn evaluator(&mut self, set: Set) -> Result<&mut Evaluator, TrainError> {
        let slot = &mut self.evaluators[set as usize];
        if slot.is_none() {
            let shared = self.session.share(self.buffers.whole.buf);
            let samples = self.samples[set as usize];
            let (runtime, parameters) = (&self.runtime, &self.parameters);
            *slot = Some(Evaluator::new(runtime, parameters, shared, &*self.net, set, samples)?);
        }
        Ok(slot.as_mut().expect("it was made just now"))
    }

    /// Loss and share of right answers over a whole set, or its first `batches` batches. Waits.
    ///
    /// # Errors
    /// If the evaluation cannot be recorded, or the GPU is lost.
    pub fn evaluate(&mut self, set: Set, batches: Option<usize>) -> Result<Evaluation, TrainError> {
        let runtime = self.runtime.clone();
        Ok(self.evaluator(set)?.run(&runtime, batches)?)
    }

    /// A view of the last evaluated batch, if there is one of this name.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn evaluated_view(&self, set: Set, name: &str) -> Result<Option<Shaped>, GpuError> {
        self.evaluators[set as usize].as_ref().map_or(Ok(None), |evaluator| evaluator.view(name))
    }
}
