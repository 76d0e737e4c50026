//! A frame of the player: takes in what has arrived and hands over what comes next.

use std::time::Duration;

use super::flight::Flight;
use super::pace::Pace;
use super::playing::{Judging, Player};
use super::run::{Line, State};
use crate::gpu::{Gpu, GpuError};
use crate::nn::error::TrainError;
use crate::nn::record::JOURNAL;

/// How many times the usual steps a frame takes on its way back to a step that was trained before.
const HURRY: usize = 8;

/// Frames between two looks at the statistics of a network that moves.
const WATCH_EVERY: u64 = 6;

impl Player {
    /// Whether the next frame has something to do: an idle player costs nothing.
    pub fn busy(&self) -> bool {
        if self.runtime.gpu().is_some_and(Gpu::is_lost) {
            return false;
        }
        let Some(at) = self.at else { return true };
        self.flight.is_some()
            || at != self.goal()
            || self.gap().is_some()
            || self.wants_preview()
            || self.judging_due().is_some()
            || self.steps_wanted() > 0
            || self.state().is_some_and(|state| self.has_stale_looks(state))
    }

    /// A frame: takes in what has arrived, then records into `encoder` as many steps as the pace allows,
    /// unless those of an earlier frame are still on their way. On the reference they run at once. The
    /// encoder must be submitted before the next frame. Returns the number of steps.
    ///
    /// # Errors
    /// If the device is lost: resume with [`Player::kept`] on another. Or if an evaluation cannot be
    /// recorded.
    pub fn frame(
        &mut self,
        encoder: Option<&mut wgpu::CommandEncoder>,
        pace: Pace,
    ) -> Result<usize, TrainError> {
        if let Some(gpu) = self.runtime.gpu().filter(|gpu| gpu.is_lost()) {
            return Err(GpuError::Lost(gpu.loss().unwrap_or_default()).into());
        }
        self.frames += 1;
        self.collect()?;
        if let Pace::Fixed(_) = pace {
            self.wait()?;
        }
        if self.flight.is_some() {
            return Ok(0);
        }
        self.seek()?;
        let mut flight = Flight::new(pace, self.epoch);
        // Taken out so that the line to the GPU and the runs can be borrowed side by side.
        let mut probe = self.probe.take();
        let mut line = Line { probe: probe.as_mut(), encoder, flight: &mut flight };
        let recorded = self.record(&mut line, pace);
        self.probe = probe;
        let steps = recorded?;
        flight.steps = steps;
        if !flight.is_empty() {
            self.flight = Some(flight);
            if self.probe.is_none() {
                self.collect()?;
            }
        }
        Ok(steps)
    }

    /// Waits for what is on its way. After the device is done it may still take a moment, where another
    /// thread has taken it upon itself to say so; what was never submitted is not waited for.
    fn wait(&mut self) -> Result<(), TrainError> {
        for attempt in 0..1000 {
            let Some(gpu) = self.runtime.gpu().filter(|_| self.flight.is_some()) else { break };
            gpu.wait()?;
            if attempt > 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
            self.collect()?;
        }
        Ok(())
    }

    /// Records what a frame does; returns the number of steps.
    fn record(&mut self, line: &mut Line<'_>, pace: Pace) -> Result<usize, TrainError> {
        let allowed = match pace {
            Pace::Fixed(steps) => steps,
            Pace::Fill(_) => match self.pacing.count() {
                // Quick steps that were trained before are hurried through: nobody watches them again.
                count if count > 1 && self.showing() < self.head => (count * HURRY).min(JOURNAL),
                count => count,
            },
        };
        let mut left = allowed;
        loop {
            if let Some(judging) = self.judging_due() {
                // A batch of an evaluation counts as a step, but not where the number of steps is fixed.
                let fixed = matches!(pace, Pace::Fixed(_));
                let done = self.judge(line, judging, if fixed { usize::MAX } else { left })?;
                if !fixed {
                    left -= done;
                }
                if self.judging_due().is_some() {
                    break;
                }
            }
            let steps = self.steps_wanted().min(left as u64).min(JOURNAL as u64);
            // What the optimiser is set to lies in a buffer that holds for all of an encoder.
            let at = self.showing();
            let fresh = left == allowed;
            let changes = self.runs.iter().any(|run| run.trainer.setup().optimiser != run.optimiser(at));
            if steps == 0 || (changes && !fresh) {
                break;
            }
            self.advance(line, steps)?;
            left -= steps as usize;
        }
        if self.wants_preview() {
            self.runs.iter_mut().for_each(|run| run.trainer.encode_preview(line.encoder.as_deref_mut()));
            self.previewed = true;
        }
        self.look(line, pace, left < allowed)?;
        Ok(allowed - left)
    }

    /// Records `steps` steps of all runs.
    fn advance(&mut self, line: &mut Line<'_>, steps: u64) -> Result<(), TrainError> {
        let at = self.showing();
        let every = self.checkpoint_every;
        for (i, run) in self.runs.iter_mut().enumerate() {
            run.set_optimiser(at);
            run.encode(line, i, [at, at + steps], every)?;
        }
        self.at = Some(at + steps);
        self.previewed = true;
        if at + steps > self.head {
            self.head = at + steps;
            self.single = false;
            self.is_playing &= self.planned() != Some(self.head);
        }
        Ok(())
    }

    /// Records batches of the evaluation that is due; returns how many.
    fn judge(&mut self, line: &mut Line<'_>, judging: Judging, count: usize) -> Result<usize, TrainError> {
        let Some(state) = self.state() else { return Ok(0) };
        if self.judged[0] != Some(state) {
            for run in &mut self.runs {
                run.begin_evaluation(line, judging.batches)?;
            }
            self.judged[0] = Some(state);
        }
        let mut left = count;
        for (i, run) in self.runs.iter_mut().enumerate() {
            while left > 0 {
                let done = run.encode_evaluation(line, i, state.1, left)?;
                left -= done;
                if done == 0 {
                    break;
                }
            }
        }
        // With nothing left the last run may be through or not; the next frame finds out.
        if left > 0 {
            self.judged = [None, Some(state)];
        }
        Ok(count - left)
    }

    /// Records what follows the parameters: looks at inputs that stay, and statistics.
    fn look(&mut self, line: &mut Line<'_>, pace: Pace, moves: bool) -> Result<(), TrainError> {
        let Some(state) = self.state() else { return Ok(()) };
        let runs = &mut self.runs;
        for look in self.looks.iter_mut().flatten().filter(|look| look.shows != Some(state)) {
            look.looking.encode(line.encoder.as_deref_mut());
            look.shows = Some(state);
        }
        let frame = self.frames;
        let rests = !moves || matches!(pace, Pace::Fixed(_));
        for (i, run) in runs.iter_mut().enumerate() {
            let Some(watching) = run.watching.as_ref().filter(|w| w.is_stale(state)) else { continue };
            if rests || watching.frame().is_none_or(|last| frame - last >= WATCH_EVERY) {
                run.encode_watch(line, i, state, frame)?;
            }
        }
        Ok(())
    }

    /// Takes in what has arrived.
    fn collect(&mut self) -> Result<(), TrainError> {
        let Some(flight) = &mut self.flight else { return Ok(()) };
        if let Some(probe) = &mut self.probe {
            flight.land(probe.collect());
        }
        if flight.is_coming() {
            return Ok(());
        }
        let Some(flight) = self.flight.take() else { return Ok(()) };
        if let Pace::Fill(budget) = flight.pace
            && flight.steps == self.pacing.count()
        {
            self.pacing.saw(flight.began.elapsed(), budget);
        }
        if flight.failed {
            // Then the gap in the history leads back to a checkpoint before it.
            self.judged = [None; 2];
            self.runs.iter_mut().for_each(|run| run.watching = None);
        } else if flight.epoch == self.epoch {
            for (run, what, values) in flight.arrived() {
                self.runs[run].deliver(what, values)?;
            }
        }
        Ok(())
    }

    /// The first step whose numbers are missing although it was trained and nothing is on its way.
    fn gap(&self) -> Option<u64> {
        let known = self.runs.iter().map(|run| run.track.known()).min()?;
        (self.flight.is_none() && known < self.head).then_some(known)
    }

    /// Where the parameters are to be brought: to what is shown, but first over what is missing.
    fn goal(&self) -> u64 {
        if self.gap().is_some() { self.head } else { self.target() }
    }

    /// Goes back to a checkpoint where the parameters cannot come to the goal from where they stand.
    fn seek(&mut self) -> Result<(), TrainError> {
        let (goal, gap) = (self.goal(), self.gap());
        if gap.is_none() && self.at == Some(goal) {
            return Ok(());
        }
        // At least one step is run again, so that activations and gradients are those of the goal too.
        let latest = gap.unwrap_or(goal).min(goal.saturating_sub(1));
        let holds = |step: &u64| self.runs.iter().all(|run| run.track.ring.steps().contains(step));
        let steps = self.runs[0].track.ring.steps();
        let best = steps.into_iter().rev().filter(|step| *step <= latest).find(holds).unwrap_or(0);
        // From where it stands it may be nearer.
        if self.at.is_some_and(|at| (best..=latest).contains(&at)) {
            return Ok(());
        }
        for run in &mut self.runs {
            let checkpoint = run.track.ring.at(best).cloned();
            run.trainer.restore(&checkpoint.unwrap_or_else(|| run.trainer.start()))?;
        }
        (self.at, self.previewed) = (Some(best), false);
        Ok(())
    }

    /// Counts changes of what the networks hold and of what they are shown: the same number means the same tensors.
    pub fn version(&self) -> u64 {
        self.state().map_or(0, |(epoch, at)| ((epoch << 40 | at) + 1).wrapping_add(self.turned << 52))
    }

    /// The state of the parameters, if it has been run.
    fn state(&self) -> Option<State> {
        let at = self.at?;
        (at > 0 || self.previewed).then_some((self.epoch, at))
    }

    /// Whether the network is to be run before its first step, so that there is something to look at.
    fn wants_preview(&self) -> bool {
        self.at == Some(0) && self.goal() == 0 && !self.previewed
    }

    fn has_stale_looks(&self, state: State) -> bool {
        let looks = self.looks.iter().flatten().any(|look| look.shows != Some(state));
        looks || self.runs.iter().any(|run| run.watching.as_ref().is_some_and(|w| w.is_stale(state)))
    }

    /// Steps until something else is to be done, 0 if no step is wanted.
    fn steps_wanted(&self) -> u64 {
        let Some(at) = self.at else { return 0 };
        let goal = self.goal();
        let wanted = if at < goal {
            goal - at
        } else if self.is_looking_back() {
            0
        } else if self.single {
            1
        } else if self.is_playing {
            self.planned().map_or(u64::MAX, |end| end.saturating_sub(at))
        } else {
            0
        };
        let changes = self.runs.iter().filter_map(|run| run.track.next_change(at));
        let judged = self.next_judged(at);
        changes.chain(judged).map(|step| step - at).min().unwrap_or(u64::MAX).min(wanted)
    }

    /// The next step after which the runs are to be judged.
    fn next_judged(&self, at: u64) -> Option<u64> {
        let Judging { every, .. } = self.judging?;
        let regular = (at + 1).next_multiple_of(every);
        let last = self.planned().filter(|end| *end > at);
        let next = last.map_or(regular, |last| last.min(regular));
        let missing = self.runs.iter().any(|run| !run.track.is_judged(next));
        (missing && !self.is_looking_back()).then_some(next)
    }

    /// How the runs are to be judged now, if they are.
    fn judging_due(&self) -> Option<Judging> {
        let (judging, at) = (self.judging?, self.at?);
        let looks_back = self.is_looking_back() && self.gap().is_none();
        let now = at.is_multiple_of(judging.every) || self.planned() == Some(at);
        let missing = self.runs.iter().any(|run| !run.track.is_judged(at));
        let done = self.judged[1] == Some((self.epoch, at));
        (now && missing && !done && !looks_back).then_some(judging)
    }
}
