//! What of a page's plan is to be run, and since which change each buffer is as it is.

use std::ops::Range;

use crate::gpu::{Affected, BufId};

/// Steps that wait to be run, and the versions of buffers.
#[derive(Default)]
pub(super) struct Due {
    /// Counts changes of the results.
    version: u64,
    /// Of each buffer, the version at which it last changed.
    buffers: Vec<u64>,
    /// Of each step, whether it waits.
    steps: Vec<bool>,
}

impl Due {
    /// Takes in another plan, of which this is left to do.
    pub fn begin(&mut self, left: &Affected) {
        self.buffers.resize(left.buffers.len(), self.version);
        self.steps = vec![false; left.steps.len()];
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
        for (due, changed) in self.steps.iter_mut().zip(&affected.steps) {
            *due |= changed;
        }
    }

    /// Counts changes of the results.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The version at which a buffer last changed.
    pub fn version_of(&self, buf: BufId) -> u64 {
        self.buffers.get(buf.0).copied().unwrap_or(self.version)
    }

    /// Whether steps wait.
    pub fn waits(&self) -> bool {
        self.steps.contains(&true)
    }

    /// The steps that wait, as ranges; from now on none does.
    pub fn take(&mut self) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (step, due) in self.steps.iter_mut().enumerate() {
            match ranges.last_mut() {
                _ if !std::mem::take(due) => {}
                Some(last) if last.end == step => last.end += 1,
                _ => ranges.push(step..step + 1),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::Plan;
    use crate::ops::affine::affine;

    #[test]
    fn what_changed_twice_before_it_ran_runs_once() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1], vec![1.0]);
        (0..5).for_each(|_| drop(affine(&mut plan, &x, 2.0, 0.0)));
        let mut due = Due::default();
        due.begin(&Affected::all(&plan));
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
}
