//! One of the networks of a player.

use std::rc::Rc;

use super::flight::{Flight, What};
use super::track::{Branch, Track};
use crate::gpu::{BufId, GpuError, Probe, Session, Tensor};
use crate::nn::checkpoint::Ring;
use crate::nn::error::TrainError;
use crate::nn::graph::Layer;
use crate::nn::parameters::ParamId;
use crate::nn::task::{Evaluation, Record, Set};
use crate::nn::trainer::Trainer;
use crate::nn::watch::{Statistics, Watch};
use crate::ops::optim::Optimiser;

/// A state of the parameters: the life of the player and the step.
pub(super) type State = (u64, u64);

/// Statistics of a run's layers, and after how many steps.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Steps done.
    pub step: u64,
    /// The statistics.
    pub statistics: Rc<Vec<Statistics>>,
}

/// What watches over a run.
pub(super) struct Watching {
    watch: Watch,
    latest: Option<Watched>,
    /// Somebody asks for statistics.
    wanted: bool,
    /// The state of which they were asked for last, and in which frame.
    asked: Option<(State, u64)>,
}

impl Watching {
    /// Whether statistics of this state are wanted.
    pub fn is_stale(&self, state: State) -> bool {
        self.wanted && self.asked.is_none_or(|(asked, _)| asked != state)
    }

    /// The frame in which they were asked for last.
    pub fn frame(&self) -> Option<u64> {
        self.asked.map(|(_, frame)| frame)
    }
}

/// One of the networks of a player.
pub struct Run {
    name: String,
    pub(super) trainer: Trainer,
    pub(super) track: Track,
    pub(super) watching: Option<Watching>,
}

/// How buffers are asked for: nothing on the reference.
pub(super) struct Line<'a> {
    pub probe: Option<&'a mut Probe>,
    pub encoder: Option<&'a mut wgpu::CommandEncoder>,
    pub flight: &'a mut Flight,
}

impl Line<'_> {
    fn ask(&mut self, session: &Session, buffers: &[BufId], what: (usize, What)) -> Result<(), GpuError> {
        let (probe, encoder) = (self.probe.as_deref_mut(), self.encoder.as_deref_mut());
        self.flight.ask(probe, encoder, session, buffers, what)
    }
}

impl Run {
    /// A run at its start; the ring is empty.
    pub(super) fn new(name: &str, trainer: Trainer, ring: Ring) -> Self {
        let track = Track::new(ring, trainer.start(), trainer.setup().optimiser);
        Self { name: name.to_owned(), trainer, track, watching: None }
    }

    /// What the page calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The network in training.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// What runs its steps: tensors of the training pass belong to it.
    pub fn session(&self) -> &Session {
        self.trainer.session()
    }

    /// The layers of the training pass.
    pub fn layers(&self) -> &[Layer] {
        self.trainer.layers()
    }

    /// A parameter.
    pub fn weight(&self, id: ParamId) -> Tensor {
        self.trainer.weight(id)
    }

    /// The gradient of a tensor of the training pass, as of the last step.
    pub fn gradient(&self, tensor: &Tensor) -> Option<Tensor> {
        self.trainer.gradient(tensor)
    }

    /// The tensor of the training pass worth looking at that has this name.
    pub fn view(&self, name: &str) -> Option<&Tensor> {
        self.trainer.view(name)
    }

    /// The numbers of all steps of this way, by step.
    pub fn history(&self) -> &[Record] {
        &self.track.history
    }

    /// The norms of the gradients of [`Trainer::watched_layers`] in each step, none if the setup does not watch
    /// them; what the network itself notes stands behind them.
    pub fn layer_norms(&self) -> &[Vec<f32>] {
        &self.track.norms
    }

    /// The number that the network notes as its `which`-th ([`Graph::note`](crate::nn::Graph::note)), by steps done; that
    /// of a step was computed before its change of the parameters.
    pub fn noted(&self, which: usize) -> impl Iterator<Item = [f32; 2]> {
        let at = self.trainer.watched_layers().len() + which;
        let all = self.track.norms.iter().enumerate();
        all.filter_map(move |(step, row)| Some([step as f32 + 1.0, *row.get(at)?]))
    }

    /// Results on the test set, by steps done.
    pub fn evaluations(&self) -> &[(u64, Evaluation)] {
        &self.track.evaluations
    }

    /// Ways that were left, oldest first.
    pub fn branches(&self) -> &[Branch] {
        &self.track.branches
    }

    /// The optimiser of the step that follows so many.
    pub fn optimiser(&self, step: u64) -> Optimiser {
        self.track.optimiser(step)
    }

    /// Steps that are shown at once, ascending: those behind a checkpoint.
    pub fn checkpoints(&self) -> Vec<u64> {
        let behind = |step| if step == 0 { 0 } else { step + 1 };
        self.track.ring.steps().into_iter().map(behind).collect()
    }

    /// Brings the optimiser to what it is in the step that follows so many.
    pub(super) fn set_optimiser(&mut self, step: u64) {
        let optimiser = self.track.optimiser(step);
        if self.trainer.setup().optimiser != optimiser {
            self.trainer.set_optimiser(optimiser);
        }
    }

    /// Records the steps from `from` to `to`, with a checkpoint before each whole number of `every`, and
    /// asks for their numbers.
    pub(super) fn encode(
        &mut self,
        line: &mut Line<'_>,
        index: usize,
        [from, to]: [u64; 2],
        every: u64,
    ) -> Result<(), GpuError> {
        let last = self.track.ring.steps().last().copied().unwrap_or_default();
        let mut at = from;
        while at < to {
            let next = (at + 2).next_multiple_of(every) - 1;
            let until = next.min(to);
            self.trainer.encode(line.encoder.as_deref_mut(), (until - at) as usize);
            at = until;
            if at == next && at > last {
                line.ask(self.trainer.session(), &self.trainer.kept(), (index, What::Checkpoint(at)))?;
            }
        }
        line.ask(self.trainer.session(), &self.trainer.journals(), (index, What::Records(from..to)))
    }

    /// Begins to judge the network on the test set.
    pub(super) fn begin_evaluation(
        &mut self,
        line: &mut Line<'_>,
        batches: Option<usize>,
    ) -> Result<(), TrainError> {
        let evaluator = self.trainer.evaluator(Set::Test)?;
        evaluator.begin(line.encoder.as_deref_mut(), batches);
        Ok(())
    }

    /// Records up to `count` batches of the evaluation after `step` steps; returns how many.
    pub(super) fn encode_evaluation(
        &mut self,
        line: &mut Line<'_>,
        index: usize,
        step: u64,
        count: usize,
    ) -> Result<usize, TrainError> {
        let evaluator = self.trainer.evaluator(Set::Test)?;
        let batches = evaluator.encode(line.encoder.as_deref_mut(), count);
        let done = batches.len();
        if done > 0 {
            let what = (index, What::Evaluation { step, batches });
            line.ask(evaluator.session(), &evaluator.journals(), what)?;
        }
        Ok(done)
    }

    /// Statistics as they are known, and a wish for those of the present state.
    pub(super) fn watch(&mut self) -> Result<Option<Watched>, TrainError> {
        if self.watching.is_none() {
            let watch = Watch::new(&self.trainer)?;
            self.watching = Some(Watching { watch, latest: None, wanted: true, asked: None });
        }
        let watching = self.watching.as_mut().expect("it was made just now");
        watching.wanted = true;
        Ok(watching.latest.clone())
    }

    /// Asks for the statistics of this state.
    pub(super) fn encode_watch(
        &mut self,
        line: &mut Line<'_>,
        index: usize,
        state: State,
        frame: u64,
    ) -> Result<(), GpuError> {
        let Some(watching) = &mut self.watching else { return Ok(()) };
        watching.watch.encode(line.encoder.as_deref_mut());
        (watching.wanted, watching.asked) = (false, Some((state, frame)));
        let (session, report) = (watching.watch.session(), watching.watch.report());
        line.ask(session, &[report], (index, What::Statistics(state.1)))
    }

    /// Takes in what came back.
    pub(super) fn deliver(&mut self, what: What, values: Vec<Vec<f32>>) -> Result<(), TrainError> {
        match what {
            What::Records(steps) => self.track.add(self.trainer.notes(steps, values)),
            What::Checkpoint(step) => self.track.add_checkpoint(self.trainer.checkpoint_of(step, values)),
            What::Evaluation { step, batches } => {
                let result = self.trainer.evaluator(Set::Test)?.deliver(batches, &values);
                if let Some(evaluation) = result {
                    self.track.add_evaluation(step, evaluation);
                }
            }
            What::Statistics(step) => {
                if let (Some(watching), [report]) = (&mut self.watching, &values[..]) {
                    let statistics = Rc::new(watching.watch.deliver(report));
                    watching.latest = Some(Watched { step, statistics });
                }
            }
        }
        Ok(())
    }
}
