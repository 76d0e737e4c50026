//! What of a page's plan is to be run, what of it has been, and since which change each buffer is as it is.

use crate::gpu::{Affected, BufId, Plan, Session, Waiting};

/// Milliseconds up to which a plan runs within a frame, on a slow adapter. One that takes longer runs between frames, in
/// slices.
const IN_FRAME: f64 = 60.0;

/// Steps that wait to be run, and the versions of buffers.
#[derive(Default)]
pub(super) struct Due {
    /// Counts changes of the results.
    version: u64,
    /// Of each buffer, the version at which it last changed.
    buffers: Vec<u64>,
    waiting: Waiting,
    /// Of each buffer, the steps that write it, or what shares its memory.
    writers: Vec<Vec<usize>>,
    /// What waited when a run began that does not fit into a frame.
    long: Option<Waiting>,
    /// Somebody has stopped it.
    stopped: bool,
}

/// How far a run is that takes longer than a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// Share of it that is done.
    pub share: f64,
    /// The step that is next.
    pub step: usize,
    /// It was stopped.
    pub stopped: bool,
}

impl Due {
    /// Takes in another plan, of which this is left to do.
    pub fn begin(&mut self, plan: &Plan, left: &Affected) {
        self.buffers.resize(left.buffers.len(), self.version);
        self.waiting = Waiting::new(vec![false; left.steps.len()]);
        let mut of_whole = vec![Vec::new(); plan.buffers.len()];
        for (i, step) in plan.steps.iter().enumerate() {
            step.outs.iter().for_each(|buf| of_whole[plan.whole(*buf).0.0].push(i));
        }
        self.writers = (0..plan.buffers.len()).map(|i| of_whole[plan.whole(BufId(i)).0.0].clone()).collect();
        self.change(left);
    }

    /// Takes in what other parameters and constants reach.
    pub fn change(&mut self, affected: &Affected) {
        self.version += 1;
        for (version, changed) in self.buffers.iter_mut().zip(&affected.buffers) {
            if *changed {
                *version = self.version;
            }
        }
        self.waiting.add(&affected.steps);
        self.stopped = false;
    }

    /// Counts changes of the results.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The version at which a buffer last changed.
    pub fn version_of(&self, buf: BufId) -> u64 {
        self.buffers.get(buf.0).copied().unwrap_or(self.version)
    }

    /// Whether a buffer holds what its version is to hold, or will within this frame: of a plan that takes longer, all
    /// steps that write it have run.
    pub fn has(&self, buf: BufId) -> bool {
        !self.is_long()
            || !self
                .writers
                .get(buf.0)
                .is_some_and(|writers| writers.iter().any(|step| self.waiting.has(*step)))
    }

    /// Whether steps wait.
    pub fn waits(&self) -> bool {
        self.waiting.any()
    }

    /// Finds out whether what waits is done within a frame.
    pub fn measure(&mut self, session: &Session) {
        let long = self.waiting.sum(|step| session.cost(step).guess) > IN_FRAME;
        self.long = long.then(|| self.waiting.clone());
    }

    /// Whether what waits takes longer than a frame, and so runs between frames.
    pub fn is_long(&self) -> bool {
        self.long.is_some() && self.waits()
    }

    /// The steps that wait, as ranges; from now on none does.
    pub fn take(&mut self) -> Vec<std::ops::Range<usize>> {
        self.waiting.take()
    }

    /// What waits, to be run in slices.
    pub fn waiting(&mut self) -> &mut Waiting {
        &mut self.waiting
    }

    /// How far the run is, if it takes longer than a frame.
    pub fn running(&self, session: &Session) -> Option<Running> {
        let all = self.long.as_ref()?;
        let step = self.waiting.steps().next()?;
        // Both as the adapter is known now: that changes while it runs.
        let [left, all] = [&self.waiting, all].map(|steps| steps.sum(|step| session.cost(step).millis));
        let share = 1.0 - if all > 0.0 { left / all } else { 1.0 };
        Some(Running { share, step, stopped: self.stopped })
    }

    /// Stops the run, or goes on with it.
    pub fn stop(&mut self, stopped: bool) {
        self.stopped = stopped;
    }

    /// Whether somebody has stopped it.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{DType, Tensor};
    use crate::ops::affine::affine;

    #[test]
    fn each_buffer_has_the_version_at_which_it_changed() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1], vec![1.0]);
        (0..5).for_each(|_| drop(affine(&mut plan, &x, 2.0, 0.0)));
        let mut due = Due::default();
        due.begin(&plan, &Affected::all(&plan));
        assert_eq!(due.take(), vec![0..5; 1]);
        assert!(!due.waits());
        let change =
            |steps: [bool; 5], buffers: [bool; 3]| Affected { steps: steps.into(), buffers: buffers.into() };
        due.change(&change([false, true, false, false, true], [false, true, false]));
        due.change(&change([false, true, true, false, false], [false, false, true]));
        assert_eq!([0, 1, 2].map(|i| due.version_of(BufId(i))), [1, 2, 3]);
        assert_eq!(due.version(), 3);
        assert_eq!(due.take(), [1..3, 4..5]);
        assert!(due.take().is_empty());
    }

    #[test]
    fn a_buffer_is_there_once_all_that_write_it_have_run() {
        let mut plan = Plan::new();
        let whole = plan.temporary("whole", &[128], DType::F32);
        let x = plan.constant("x", &[64], vec![1.0; 64]);
        let into = |plan: &mut Plan, at| {
            let part: Tensor = plan.part("part", &whole, at, &[64]);
            let made = affine(plan, &x, 2.0, 0.0);
            plan.steps.last_mut().unwrap().outs = vec![part.buf];
            (part, made)
        };
        let parts = [into(&mut plan, 0).0, into(&mut plan, 64).0];
        let mut due = Due::default();
        due.begin(&plan, &Affected::all(&plan));
        assert!(due.has(whole.buf), "it will be there within the frame");
        due.long = Some(due.waiting.clone());
        assert!(due.has(x.buf) && !due.has(whole.buf) && !due.has(parts[0].buf));
        let one = |_| crate::gpu::Cost { millis: 1.0, guess: 0.0, groups: 1 };
        due.waiting.next(1.0, one);
        assert!(!due.has(whole.buf), "its second half is to come");
        due.waiting.next(1.0, one);
        assert!(due.has(whole.buf) && due.has(parts[1].buf));
    }
}
