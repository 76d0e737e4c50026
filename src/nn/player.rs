//! Training while somebody watches: as many steps a frame as its time allows, play, pause, one step,
//! back to the start or to any checkpoint. Nothing here waits for the GPU.
//!
//! A player has one network, or an A/B pair that shares seed and batches and goes in step.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::checkpoint::{Checkpoint, Ring};
use super::trainer::{JOURNAL, Record, TrainError, Trainer};
use crate::gpu::{BufId, GpuError, Probe};

/// Memory for the checkpoints of one network.
const RING_BYTES: usize = 256 << 20;

/// Steps from one checkpoint to the next.
const CHECKPOINT_EVERY: u64 = 50;

/// Networks in training, in step with each other.
pub struct Player {
    runs: Vec<Run>,
    probe: Option<Probe>,
    flight: Option<Flight>,
    /// Whether it trains by itself.
    pub playing: bool,
    /// One step is wanted.
    step_once: bool,
    /// Time of a step of all networks.
    pace: Option<Duration>,
}

/// One of the networks.
pub struct Run {
    trainer: Trainer,
    ring: Ring,
    history: Vec<Record>,
}

/// Steps that were handed to the GPU, and the readbacks that follow them.
struct Flight {
    began: Instant,
    steps: usize,
    /// Run, buffer and ticket.
    tickets: Vec<(usize, BufId, u64)>,
    arrived: BTreeMap<(usize, BufId), Vec<f32>>,
    checkpoint: bool,
}

impl Run {
    fn new(trainer: Trainer) -> Self {
        let ring = Ring::of_bytes(RING_BYTES, trainer.parameters.buffer_len());
        Self { trainer, ring, history: Vec::new() }
    }

    /// The network.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// The numbers of all steps so far.
    pub fn history(&self) -> &[Record] {
        &self.history
    }

    /// Steps that can be gone back to.
    pub fn checkpoints(&self) -> Vec<u64> {
        self.ring.steps()
    }

    fn go_back(&mut self, checkpoint: Option<&Checkpoint>) -> Result<(), TrainError> {
        match checkpoint {
            Some(checkpoint) => self.trainer.restore(checkpoint)?,
            None => self.trainer.reset(),
        }
        let step = self.trainer.step();
        self.history.retain(|r| r.step < step);
        Ok(())
    }
}

impl Player {
    /// A player of one network, paused at its start.
    pub fn new(trainer: Trainer) -> Self {
        let probe = trainer.runtime().gpu().map(Probe::new);
        let runs = vec![Run::new(trainer)];
        Self { runs, probe, flight: None, playing: false, step_once: false, pace: None }
    }

    /// A player of two networks that share seed and batches.
    ///
    /// # Errors
    /// If they do not.
    pub fn pair(a: Trainer, b: Trainer) -> Result<Self, TrainError> {
        let [x, y] = [a.setup(), b.setup()].map(|s| (s.seed, s.batch));
        if x != y {
            return Err(TrainError::Pair { a: x, b: y });
        }
        let mut player = Self::new(a);
        player.runs.push(Run::new(b));
        Ok(player)
    }

    /// The networks.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Steps handed to the GPU so far.
    pub fn step(&self) -> u64 {
        self.runs[0].trainer.step()
    }

    /// Asks for one step, whether playing or not.
    pub fn step_once(&mut self) {
        self.step_once = true;
    }

    /// Whether the next frame has something to do: an idle player costs nothing.
    pub fn busy(&self) -> bool {
        self.playing || self.step_once || self.flight.is_some()
    }

    /// Changes the networks between steps: a learning rate.
    pub fn change(&mut self, change: impl Fn(&mut Trainer)) {
        self.runs.iter_mut().for_each(|run| change(&mut run.trainer));
    }

    /// A frame: takes in what has arrived, then records as many steps into `encoder` as fit into
    /// `budget`, unless those of an earlier frame are still on their way. On the reference they run at
    /// once. Returns how many.
    ///
    /// # Errors
    /// If the reference cannot be read.
    pub fn frame(
        &mut self,
        mut encoder: Option<&mut wgpu::CommandEncoder>,
        budget: Duration,
    ) -> Result<usize, GpuError> {
        self.collect();
        if self.flight.is_some() || !(self.playing || self.step_once) {
            return Ok(0);
        }
        let steps = match (std::mem::take(&mut self.step_once), self.pace) {
            (true, _) | (_, None) => 1,
            (false, Some(pace)) => {
                ((budget.as_secs_f64() / pace.as_secs_f64().max(1e-6)) as usize).clamp(1, JOURNAL)
            }
        };
        let began = Instant::now();
        // The start is worth coming back to as well.
        if self.step() == 0 {
            for run in &mut self.runs {
                run.ring.push(run.trainer.start());
            }
        }
        let checkpoint = self.step() / CHECKPOINT_EVERY != (self.step() + steps as u64) / CHECKPOINT_EVERY;
        let mut tickets = Vec::new();
        for (i, run) in self.runs.iter_mut().enumerate() {
            run.trainer.encode(encoder.as_deref_mut(), steps);
            let (Some(probe), Some(encoder)) = (&mut self.probe, encoder.as_deref_mut()) else {
                run.history.extend(run.trainer.records()?);
                if checkpoint {
                    run.ring.push(run.trainer.checkpoint()?);
                }
                continue;
            };
            for buf in run.trainer.readbacks(checkpoint) {
                let session = run.trainer.session();
                let at = session.buffer(buf).expect("a probe belongs to a session on the GPU");
                let words = session.plan().buffers[buf.0].len;
                tickets.push((i, buf, probe.read(encoder, &at.buffer, at.offset, words)));
            }
        }
        if tickets.is_empty() {
            self.pace = Some(began.elapsed() / steps as u32);
        } else {
            self.flight = Some(Flight { began, steps, tickets, arrived: BTreeMap::new(), checkpoint });
        }
        Ok(steps)
    }

    /// Takes in what has arrived.
    fn collect(&mut self) {
        let (Some(probe), Some(flight)) = (&mut self.probe, &mut self.flight) else { return };
        for (ticket, words) in probe.collect() {
            if let Some(i) = flight.tickets.iter().position(|t| t.2 == ticket) {
                let (run, buf, _) = flight.tickets.swap_remove(i);
                flight.arrived.insert((run, buf), words.into_iter().map(f32::from_bits).collect());
            }
        }
        if !flight.tickets.is_empty() {
            return;
        }
        self.pace = Some(flight.began.elapsed() / flight.steps as u32);
        for (i, run) in self.runs.iter_mut().enumerate() {
            let value = |buf: BufId| flight.arrived.get(&(i, buf)).filter(|v| !v.is_empty()).cloned();
            run.history.extend(run.trainer.records_from(&value));
            if flight.checkpoint {
                run.ring.extend(run.trainer.checkpoint_from(&value));
            }
        }
        self.flight = None;
    }

    /// Back to the first values of the seed.
    ///
    /// # Errors
    /// None that can be expected; see [`Trainer::restore`].
    pub fn reset(&mut self) -> Result<(), TrainError> {
        self.flight = None;
        self.runs.iter_mut().try_for_each(|run| {
            run.ring.clear();
            run.go_back(None)
        })
    }

    /// Back to the last checkpoint at or before `step`; training goes on from there.
    ///
    /// # Errors
    /// None that can be expected; see [`Trainer::restore`].
    pub fn go_to(&mut self, step: u64) -> Result<(), TrainError> {
        self.flight = None;
        self.runs.iter_mut().try_for_each(|run| {
            let checkpoint = run.ring.at(step).cloned();
            run.go_back(checkpoint.as_ref())
        })
    }
}
