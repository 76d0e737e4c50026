//! What is remembered of a run: its numbers, its checkpoints, and how it was steered.

use crate::nn::checkpoint::{Checkpoint, Ring};
use crate::nn::record::Notes;
use crate::nn::task::{Evaluation, Record};
use crate::ops::optim::Optimiser;

/// Branches that are remembered of a run, the last ones.
const BRANCHES: usize = 8;

/// A way that was left: what came after the step from which training went on differently.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Steps done where it was left.
    pub from: u64,
    /// Its numbers from there on.
    pub history: Vec<Record>,
    /// Its results on the test set from there on, by step.
    pub evaluations: Vec<(u64, Evaluation)>,
}

/// What is remembered of a run.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub ring: Ring,
    /// The numbers of step i at place i.
    pub history: Vec<Record>,
    /// The norms of the layers' gradients in step i, if they are watched, then what the network noted.
    pub norms: Vec<Vec<f32>>,
    /// Results on the test set, by step.
    pub evaluations: Vec<(u64, Evaluation)>,
    pub branches: Vec<Branch>,
    /// The optimiser at the start, and from which step on it was another.
    steering: Vec<(u64, Optimiser)>,
}

impl Track {
    /// A run that has not begun. The ring holds its start from now on.
    pub fn new(mut ring: Ring, start: Checkpoint, optimiser: Optimiser) -> Self {
        ring.push(start);
        let steering = vec![(0, optimiser)];
        let (history, norms, evaluations, branches) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { ring, history, norms, evaluations, branches, steering }
    }

    /// Steps whose numbers are known.
    pub fn known(&self) -> u64 {
        self.history.len() as u64
    }

    /// Adds the numbers of steps; those that are known already, from a replay, are the same.
    pub fn add(&mut self, (records, norms): Notes) {
        for (record, norms) in records.into_iter().zip(norms) {
            if record.step == self.known() {
                self.history.push(record);
                self.norms.push(norms);
            }
        }
    }

    /// Adds a checkpoint, unless a replay came by here.
    pub fn add_checkpoint(&mut self, checkpoint: Checkpoint) {
        if self.ring.steps().last().is_none_or(|&last| checkpoint.step > last) {
            self.ring.push(checkpoint);
        }
    }

    /// Adds a result on the test set.
    pub fn add_evaluation(&mut self, step: u64, evaluation: Evaluation) {
        if let Err(at) = self.evaluations.binary_search_by_key(&step, |(step, _)| *step) {
            self.evaluations.insert(at, (step, evaluation));
        }
    }

    /// Whether the network was judged after so many steps.
    pub fn is_judged(&self, step: u64) -> bool {
        self.evaluations.binary_search_by_key(&step, |(step, _)| *step).is_ok()
    }

    /// The optimiser of the step that follows so many.
    pub fn optimiser(&self, step: u64) -> Optimiser {
        let last = self.steering.iter().rev().find(|(from, _)| *from <= step);
        last.unwrap_or(&self.steering[0]).1
    }

    /// The next step from which the optimiser is another.
    pub fn next_change(&self, step: u64) -> Option<u64> {
        self.steering.iter().map(|(from, _)| *from).find(|from| *from > step)
    }

    /// From this step on, the latest, the optimiser is another.
    pub fn steer(&mut self, step: u64, optimiser: Optimiser) {
        self.steering.retain(|(from, _)| *from < step);
        self.steering.push((step, optimiser));
    }

    /// Leaves the way after so many steps: what came later becomes a branch.
    pub fn cut(&mut self, step: u64) {
        let at = (step as usize).min(self.history.len());
        let history = self.history.split_off(at);
        self.norms.truncate(at);
        let later = self.evaluations.partition_point(|(judged, _)| *judged <= step);
        let evaluations = self.evaluations.split_off(later);
        if !(history.is_empty() && evaluations.is_empty()) {
            self.branches.push(Branch { from: step, history, evaluations });
            let surplus = self.branches.len().saturating_sub(BRANCHES);
            self.branches.drain(..surplus);
        }
        self.ring.cut(step);
        self.steering.retain(|(from, _)| *from <= step);
    }

    /// Back to the start, with the optimiser as it is set now.
    pub fn clear(&mut self) {
        self.history.clear();
        self.norms.clear();
        self.evaluations.clear();
        self.branches.clear();
        self.ring.cut(0);
        self.steering = vec![(0, self.optimiser(u64::MAX))];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::optim::Method;

    fn notes(steps: std::ops::Range<u64>, loss: f32) -> Notes {
        let record = |step| Record { step, loss, accuracy: None, gradient_norm: 1.0 };
        (steps.clone().map(record).collect(), steps.map(|_| vec![loss]).collect())
    }

    fn track() -> Track {
        let start = Checkpoint { step: 0, w: vec![0.0], m: vec![], h: vec![] };
        Track::new(Ring::new(8), start, Optimiser::new(Method::Sgd, 1.0))
    }

    fn lr(track: &Track, step: u64) -> f32 {
        track.optimiser(step).lr
    }

    #[test]
    fn a_replay_adds_what_is_missing_and_nothing_else() {
        let mut track = track();
        track.add(notes(0..10, 1.0));
        track.add(notes(5..12, 2.0));
        track.add(notes(20..22, 3.0));
        let losses: Vec<f32> = track.history.iter().map(|r| r.loss).collect();
        assert_eq!(losses, [[1.0; 10].as_slice(), &[2.0; 2]].concat());
        assert_eq!((track.known(), track.norms.len()), (12, 12));
        let evaluation = Evaluation { loss: 1.0, accuracy: None };
        for step in [10, 0, 5] {
            track.add_evaluation(step, evaluation);
        }
        track.add_evaluation(5, Evaluation { loss: 7.0, accuracy: None });
        assert_eq!(track.evaluations, [0, 5, 10].map(|step| (step, evaluation)));
        assert!(track.is_judged(5) && !track.is_judged(6));
    }

    #[test]
    fn what_came_later_is_left_as_a_branch() {
        let mut track = track();
        track.add(notes(0..10, 1.0));
        track.steer(4, Optimiser::new(Method::Sgd, 2.0));
        track.steer(8, Optimiser::new(Method::Sgd, 3.0));
        assert_eq!([0, 3, 4, 7, 8, 99].map(|step| lr(&track, step)), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(
            [track.next_change(0), track.next_change(4), track.next_change(8)],
            [Some(4), Some(8), None]
        );
        track.cut(6);
        assert_eq!((track.known(), track.branches.len(), lr(&track, 99)), (6, 1, 2.0));
        assert_eq!((track.branches[0].from, track.branches[0].history.len()), (6, 4));
        // Nothing was left here.
        track.cut(6);
        assert_eq!(track.branches.len(), 1);
        track.clear();
        assert_eq!((track.known(), track.branches.len(), lr(&track, 0)), (0, 0, 2.0));
        assert_eq!(track.ring.steps(), [0]);
    }
}
