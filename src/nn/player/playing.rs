//! The player: its runs, where they stand, and what can be asked of it.

use super::contender::{Contender, check};
use super::flight::Flight;
use super::pace::Pacing;
use super::run::{Run, State, Watched};
use super::track::Track;
use crate::gpu::{Data, Probe, Runtime};
use crate::nn::checkpoint::Ring;
use crate::nn::error::TrainError;
use crate::nn::looking::Looking;
use crate::nn::trainer::Trainer;
use crate::ops::optim::Optimiser;

/// Memory for the checkpoints of all runs together.
const RING_BYTES: usize = 128 << 20;

/// Steps from one checkpoint to the next at most, and at least.
const CHECKPOINT_EVERY: [f64; 2] = [5.0, 50.0];

/// Seconds of a software adapter between two checkpoints: what a look back or a lost device costs at most.
const CHECKPOINT_SECONDS: f64 = 0.2;

/// What such an adapter computes in a second, and how long each dispatch takes it beside: of deep networks of few units the
/// dispatches are most of a step.
const FLOPS: f64 = 3e9;
const DISPATCH_SECONDS: f64 = 1.5e-4;

/// Which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub usize);

/// Which look at inputs that stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookId(pub usize);

/// Networks in training, in step with each other.
pub struct Player {
    pub(super) runtime: Runtime,
    pub(super) runs: Vec<Run>,
    pub(super) probe: Option<Probe>,
    pub(super) flight: Option<Flight>,
    pub(super) looks: Vec<Option<Look>>,
    /// Counts the times that a look was given other inputs.
    pub(super) turned: u64,
    /// Steps behind the parameters, once all is done that was handed over; `None` if they are to be
    /// brought back from a checkpoint first.
    pub(super) at: Option<u64>,
    /// Steps that were trained on this way.
    pub(super) head: u64,
    /// A step that is looked back at.
    pub(super) shown: Option<u64>,
    /// Where training stops by itself, and after how many steps each time.
    pub(super) plan: Option<[u64; 2]>,
    pub(super) is_playing: bool,
    /// One step is wanted.
    pub(super) single: bool,
    /// The forward and backward pass before the first step has been run.
    pub(super) previewed: bool,
    pub(super) judging: Option<Judging>,
    /// Of which state the runs are being judged, and were judged last.
    pub(super) judged: [Option<State>; 2],
    /// Steps of the next frame that fills its time.
    pub(super) pacing: Pacing,
    /// Counts the times that a way was left.
    pub(super) epoch: u64,
    pub(super) checkpoint_every: u64,
    pub(super) marks: Vec<(u64, String)>,
    pub(super) frames: u64,
}

/// A look at inputs that stay, and the state that it shows.
pub(super) struct Look {
    pub looking: Looking,
    pub shows: Option<State>,
}

/// How often the runs are judged on the test set, and on how many of its batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judging {
    pub every: u64,
    pub batches: Option<usize>,
}

/// What outlives a player: enough to go on after a lost device, a reloaded shader or a closed page. Clones
/// share the checkpoints.
#[derive(Clone, Debug)]
pub struct Kept {
    tracks: Vec<Track>,
    head: u64,
    shown: Option<u64>,
    plan: Option<[u64; 2]>,
    is_playing: bool,
    judging: Option<Judging>,
    marks: Vec<(u64, String)>,
}

impl Kept {
    /// Steps that were trained.
    pub fn step(&self) -> u64 {
        self.head
    }

    /// Gives up all checkpoints but the start and the last: enough for a page that nobody looks at. A look
    /// back then takes longer, and ends in the same numbers.
    pub fn thin(&mut self) {
        self.tracks.iter_mut().for_each(|track| track.ring.thin());
    }
}

impl Player {
    /// A player of these runs, paused at their start.
    ///
    /// # Errors
    /// If there is none, if they do not share seed and batch, or if one cannot be recorded or made
    /// resident.
    pub fn new(runtime: &Runtime, contenders: &[Contender]) -> Result<Self, TrainError> {
        check(contenders)?;
        let trainer = |c: &Contender| Trainer::new(runtime, &*c.task, c.setup);
        let trainers: Vec<Trainer> = contenders.iter().map(trainer).collect::<Result<_, _>>()?;
        // All rings have room for as many checkpoints as the largest network allows, so that all can go
        // back to the same steps.
        let elements = trainers.iter().map(|t| t.parameters.buffer_len()).max().unwrap_or_default();
        let ring = Ring::of_bytes(RING_BYTES / trainers.len(), elements);
        let seconds = |t: &Trainer| {
            let plan = t.session().plan();
            plan.flops() / FLOPS + plan.steps.len() as f64 * DISPATCH_SECONDS
        };
        let seconds: f64 = trainers.iter().map(seconds).sum();
        let [least, most] = CHECKPOINT_EVERY;
        let runs = contenders.iter().zip(trainers).map(|(c, t)| Run::new(&c.name, t, ring.clone())).collect();
        Ok(Self {
            runtime: runtime.clone(),
            runs,
            probe: runtime.gpu().map(Probe::new),
            flight: None,
            looks: Vec::new(),
            turned: 0,
            at: Some(0),
            head: 0,
            shown: None,
            plan: None,
            is_playing: false,
            single: false,
            previewed: false,
            judging: None,
            judged: [None; 2],
            pacing: Pacing::default(),
            epoch: 0,
            checkpoint_every: (CHECKPOINT_SECONDS / seconds).clamp(least, most) as u64,
            marks: Vec::new(),
            frames: 0,
        })
    }

    /// A player that goes on where another was: it comes back to the same step over the last checkpoint,
    /// and what was on its way then is computed again.
    ///
    /// # Errors
    /// As for [`Player::new`], or if what was kept belongs to other runs.
    pub fn resume(runtime: &Runtime, contenders: &[Contender], kept: Kept) -> Result<Self, TrainError> {
        let mut player = Self::new(runtime, contenders)?;
        let Kept { tracks, head, shown, plan, is_playing, judging, marks } = kept;
        if tracks.len() != player.runs.len() {
            return Err(TrainError::Kept { have: tracks.len(), want: player.runs.len() });
        }
        for (run, track) in player.runs.iter_mut().zip(tracks) {
            if let Some(checkpoint) = track.ring.at(head) {
                run.trainer.restore(checkpoint)?;
            }
            run.track = track;
        }
        let at = None;
        Ok(Self { at, head, shown, plan, is_playing, judging, marks, ..player })
    }

    /// What outlives the player.
    pub fn kept(&self) -> Kept {
        Kept {
            tracks: self.runs.iter().map(|run| run.track.clone()).collect(),
            head: self.head,
            shown: self.shown,
            plan: self.plan,
            is_playing: self.is_playing,
            judging: self.judging,
            marks: self.marks.clone(),
        }
    }

    /// What it runs on.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The networks.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// One of the networks.
    ///
    /// # Panics
    /// If there is none of this number.
    pub fn run(&self, id: RunId) -> &Run {
        &self.runs[id.0]
    }

    /// Steps trained on this way; those on their way count.
    pub fn step(&self) -> u64 {
        self.head
    }

    /// Steps behind what is shown now.
    pub fn showing(&self) -> u64 {
        self.at.unwrap_or(0)
    }

    /// Steps behind what will be shown when a replay has come to its end.
    pub fn target(&self) -> u64 {
        self.shown.unwrap_or(self.head)
    }

    /// Whether an earlier step is looked back at.
    pub fn is_looking_back(&self) -> bool {
        self.target() < self.head
    }

    /// Whether it trains by itself.
    pub fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// Where training stops by itself.
    pub fn planned(&self) -> Option<u64> {
        self.plan.map(|[end, _]| end)
    }

    /// By how many steps the plan grows when training is played on from its end.
    pub fn plan_by(&self) -> Option<u64> {
        self.plan.map(|[_, steps]| steps)
    }

    /// Training stops by itself after so many steps, and after as many more each time that it is played
    /// on from there.
    pub fn plan_steps(&mut self, steps: u64) {
        self.plan = Some([steps, steps]);
        self.is_playing &= self.head < steps;
    }

    /// Judges each run on the test set, or its first `batches` batches, before the first step, after the
    /// last of the plan, and after each `every` steps. Training waits meanwhile, so that the result is
    /// that of this very step.
    pub fn evaluate_every(&mut self, every: u64, batches: Option<usize>) {
        self.judging = Some(Judging { every: every.max(1), batches });
    }

    /// Trains on: from the step that is looked back at, if there is one, and past the end of the plan by
    /// as many steps again.
    pub fn play(&mut self) {
        self.go_on();
        if let Some([end, steps]) = &mut self.plan
            && *end <= self.head
        {
            *end = self.head + *steps;
        }
        self.is_playing = true;
    }

    /// Stops after the steps that are on their way.
    pub fn pause(&mut self) {
        self.is_playing = false;
    }

    /// Takes one step from what is shown, whether playing or not.
    pub fn step_once(&mut self) {
        self.go_on();
        self.single = true;
    }

    /// Makes the step that is looked back at the one from which training goes on. What came later is left
    /// as a branch.
    pub fn go_on(&mut self) {
        let Some(step) = self.shown.take().filter(|step| *step < self.head) else { return };
        self.epoch += 1;
        self.head = step;
        self.runs.iter_mut().for_each(|run| run.track.cut(step));
        self.marks.retain(|(at, _)| *at <= step);
    }

    /// Looks back at exactly this step: over the last checkpoint before it, and from there step by step,
    /// which ends in the very same numbers. Curves stay whole. Past the last step is the last step.
    pub fn show(&mut self, step: u64) {
        (self.is_playing, self.single) = (false, false);
        self.shown = (step < self.head).then_some(step);
    }

    /// Back to the first values of the seed, with the optimisers as they are set now.
    pub fn reset(&mut self) {
        self.epoch += 1;
        // Its tickets find nobody when they come back.
        self.flight = None;
        (self.at, self.head, self.shown, self.single) = (None, 0, None, false);
        self.plan = self.plan.map(|[_, steps]| [steps, steps]);
        self.marks.clear();
        self.runs.iter_mut().for_each(|run| run.track.clear());
    }

    /// The optimiser of a run in the step that follows what is shown.
    pub fn optimiser(&self, run: RunId) -> Optimiser {
        self.run(run).optimiser(self.target())
    }

    /// Changes a run's optimiser from the next step on; its method stays. Looking back, another optimiser
    /// means another way from there.
    pub fn steer(&mut self, run: RunId, optimiser: Optimiser) {
        let before = self.optimiser(run);
        let optimiser = Optimiser { method: before.method, ..optimiser };
        if optimiser != before {
            self.go_on();
            self.runs[run.0].track.steer(self.head, optimiser);
        }
    }

    /// Changes the optimiser of every run.
    pub fn steer_all(&mut self, optimiser: Optimiser) {
        (0..self.runs.len()).for_each(|run| self.steer(RunId(run), optimiser));
    }

    /// Notes in words what was changed at this step.
    pub fn mark(&mut self, words: impl Into<String>) {
        self.marks.push((self.target(), words.into()));
    }

    /// What was changed, and after how many steps.
    pub fn marks(&self) -> &[(u64, String)] {
        &self.marks
    }

    /// Statistics of a run's layers, as they were known last. Fresh ones are asked for where the run has
    /// moved since, a few times a second; a page asks in each of its frames.
    ///
    /// # Errors
    /// If they cannot be recorded or made resident.
    pub fn watch(&mut self, run: RunId) -> Result<Option<Watched>, TrainError> {
        self.runs[run.0].watch()
    }

    /// Looks at a run with inputs that stay; it follows each change of the parameters from the next frame
    /// on. See [`Looking::new`].
    ///
    /// # Errors
    /// If the network cannot take such an input, or cannot be made resident.
    pub fn look_at(
        &mut self,
        run: RunId,
        x: &Data,
        shape: &[usize],
        training: bool,
    ) -> Result<LookId, TrainError> {
        let looking = Looking::new(&self.runs[run.0].trainer, x, shape, training)?;
        self.looks.push(Some(Look { looking, shows: None }));
        Ok(LookId(self.looks.len() - 1))
    }

    /// Looks at other inputs of the same shape: the same buffers hold what is made of them from the next frame on. Returns
    /// whether that could be done; else nothing has changed.
    pub fn show_look(&mut self, id: LookId, x: &Data) -> bool {
        let Some(look) = self.looks.get_mut(id.0).and_then(Option::as_mut) else { return false };
        let shown = look.looking.show(x);
        if shown {
            look.shows = None;
            self.turned += 1;
        }
        shown
    }

    /// A look at inputs that stay; `None` after [`Player::look_away`].
    pub fn looking(&self, id: LookId) -> Option<&Looking> {
        Some(&self.looks.get(id.0)?.as_ref()?.looking)
    }

    /// Ends a look.
    pub fn look_away(&mut self, id: LookId) {
        if let Some(look) = self.looks.get_mut(id.0) {
            *look = None;
        }
    }
}
