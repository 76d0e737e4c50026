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
    /// Steps of the next frame.
    count: usize,
}

/// A frame of a display: what is handed over in one is seen to be done in the next at the earliest.
const FRAME: Duration = Duration::from_millis(17);

/// Steps of the next frame, after `count` steps were seen to be done `elapsed` after they were handed
/// over: twice as many while they are done by the next frame, half as many where they took two frames and
/// twice the budget.
fn next_count(count: usize, elapsed: Duration, budget: Duration) -> usize {
    if elapsed <= FRAME + budget {
        (2 * count).min(JOURNAL)
    } else if elapsed > 2 * (FRAME + budget) {
        (count / 2).max(1)
    } else {
        count
    }
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
    budget: Duration,
    /// Run, buffer and ticket.
    tickets: Vec<(usize, BufId, u64)>,
    arrived: BTreeMap<(usize, BufId), Vec<f32>>,
    checkpoint: bool,
}

impl Run {
    /// Of a pair, both rings have room for as many checkpoints as the larger network allows, so that both
    /// can go back to the same steps.
    fn new(trainer: Trainer, elements: usize) -> Self {
        Self { trainer, ring: Ring::of_bytes(RING_BYTES, elements), history: Vec::new() }
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
        let elements = trainer.parameters.buffer_len();
        let runs = vec![Run::new(trainer, elements)];
        Self { runs, probe, flight: None, playing: false, step_once: false, count: 1 }
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
        let elements = a.parameters.buffer_len().max(b.parameters.buffer_len());
        let mut player = Self::new(a);
        player.runs = player.runs.into_iter().map(|run| Run::new(run.trainer, elements)).collect();
        player.runs.push(Run::new(b, elements));
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
        let steps = if std::mem::take(&mut self.step_once) { 1 } else { self.count };
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
            self.count = next_count(self.count, began.elapsed(), budget);
        } else {
            self.flight = Some(Flight { began, budget, tickets, arrived: BTreeMap::new(), checkpoint });
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
        self.count = next_count(self.count, flight.began.elapsed(), flight.budget);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps a frame after many frames, if a step takes so long and a display shows 60 frames a second.
    fn settled(step: Duration) -> usize {
        let budget = Duration::from_millis(5);
        let mut count = 1;
        for _ in 0..100 {
            let work = step * count as u32;
            let frames = work.as_secs_f64() / FRAME.as_secs_f64();
            count = next_count(count, FRAME.mul_f64(frames.ceil().max(1.0)), budget);
        }
        count
    }

    #[test]
    fn quick_steps_fill_the_frame_and_slow_ones_come_one_at_a_time() {
        assert_eq!(settled(Duration::from_micros(10)), JOURNAL);
        let many = settled(Duration::from_millis(1));
        assert!((8..=34).contains(&many), "{many}");
        assert_eq!(settled(Duration::from_millis(200)), 1);
    }
}
