//! Steps that wait to be run, handed out in slices that take about as long as somebody waits.

use std::ops::Range;

/// What is submitted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slice {
    /// Whole steps.
    Steps(Vec<Range<usize>>),
    /// Some workgroups of one step that takes too long by itself, counted along the longest axis of its dispatch.
    Part {
        /// Which step.
        step: usize,
        /// Which workgroups.
        groups: Range<u32>,
    },
}

/// What a step is expected to take.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Milliseconds, as far as the adapter is known.
    pub millis: f64,
    /// Milliseconds on a slow adapter of its kind: what is decided by it does not depend on what ran before.
    pub guess: f64,
    /// Pieces that it can be cut into.
    pub groups: u32,
}

/// Steps that wait to be run.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    steps: Vec<bool>,
    /// Of the first that waits, how many workgroups have run.
    done: u32,
}

impl Waiting {
    /// These wait.
    pub fn new(steps: Vec<bool>) -> Self {
        Self { steps, done: 0 }
    }

    /// These wait as well. What has run in part runs again from its beginning.
    pub fn add(&mut self, steps: &[bool]) {
        self.done = 0;
        for (waits, more) in self.steps.iter_mut().zip(steps) {
            *waits |= more;
        }
    }

    /// Whether any does.
    pub fn any(&self) -> bool {
        self.steps.contains(&true)
    }

    /// Whether this one does.
    pub fn has(&self, step: usize) -> bool {
        self.steps.get(step) == Some(&true)
    }

    /// Those that do, in order.
    pub fn steps(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().enumerate().filter(|(_, waits)| **waits).map(|(step, _)| step)
    }

    /// What all of them together take.
    pub fn sum(&self, millis: impl Fn(usize) -> f64) -> f64 {
        self.steps().map(millis).sum()
    }

    /// The next slice, which is expected to take at most `budget` milliseconds; what is in it waits no more. A step that
    /// takes longer by itself, and cannot be cut further, is handed out all the same.
    pub fn next(&mut self, budget: f64, cost: impl Fn(usize) -> Cost) -> Option<Slice> {
        let first = self.steps().next()?;
        let Cost { millis, groups, .. } = cost(first);
        if self.done > 0 || (millis > budget && groups > 1) {
            let most = (f64::from(groups) * budget / millis) as u32;
            let end = self.done.saturating_add(most.max(1)).min(groups);
            let part = Slice::Part { step: first, groups: self.done..end };
            self.done = end;
            if end >= groups {
                (self.done, self.steps[first]) = (0, false);
            }
            return Some(part);
        }
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut all = 0.0;
        for step in self.steps() {
            all += cost(step).millis;
            if all > budget && step > first {
                break;
            }
            match ranges.last_mut() {
                Some(last) if last.end == step => last.end += 1,
                _ => ranges.push(step..step + 1),
            }
        }
        ranges.iter().cloned().flatten().for_each(|step| self.steps[step] = false);
        Some(Slice::Steps(ranges))
    }

    /// All that wait, as ranges; from now on none does.
    pub fn take(&mut self) -> Vec<Range<usize>> {
        self.done = 0;
        match self.next(f64::INFINITY, |_| Cost { millis: 0.0, guess: 0.0, groups: 1 }) {
            Some(Slice::Steps(ranges)) => ranges,
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All slices of steps that take so long and can be cut into so many pieces.
    fn slices(steps: &[(f64, u32)], budget: f64) -> Vec<Slice> {
        let mut waiting = Waiting::new(vec![true; steps.len()]);
        let cost = |step: usize| Cost { millis: steps[step].0, guess: 0.0, groups: steps[step].1 };
        std::iter::from_fn(|| waiting.next(budget, cost)).collect()
    }

    #[test]
    fn slices_hold_what_fits_and_a_long_step_is_cut() {
        let part = |step, groups| Slice::Part { step, groups };
        let steps = |range: Range<usize>| Slice::Steps(vec![range; 1]);
        let all = slices(&[(4.0, 8), (5.0, 8), (3.0, 8), (24.0, 5), (1.0, 8), (30.0, 1)], 10.0);
        let expected =
            [steps(0..2), steps(2..3), part(3, 0..2), part(3, 2..4), part(3, 4..5), steps(4..5), steps(5..6)];
        assert_eq!(all, expected);
        assert_eq!(slices(&[(4.0, 8), (5.0, 8), (3.0, 8)], f64::INFINITY), [steps(0..3)]);
    }

    #[test]
    fn what_changed_twice_before_it_ran_runs_once() {
        let mut waiting = Waiting::new(vec![false; 5]);
        assert!(!waiting.any());
        waiting.add(&[false, true, false, false, true]);
        waiting.add(&[false, true, true, false, false]);
        let cost = |_| Cost { millis: 1.0, guess: 0.0, groups: 1 };
        assert_eq!(waiting.sum(|step| cost(step).millis), 3.0);
        assert!(waiting.has(2) && !waiting.has(3) && !waiting.has(5));
        assert_eq!(waiting.next(9.0, cost), Some(Slice::Steps(vec![1..3, 4..5])));
        assert_eq!(waiting.next(9.0, cost), None);
    }

    #[test]
    fn a_step_that_ran_in_part_begins_again_after_a_change() {
        let mut waiting = Waiting::new(vec![true; 2]);
        let cost = |_| Cost { millis: 40.0, guess: 0.0, groups: 4 };
        assert_eq!(waiting.next(10.0, cost), Some(Slice::Part { step: 0, groups: 0..1 }));
        waiting.add(&[false, true]);
        assert_eq!(waiting.next(10.0, cost), Some(Slice::Part { step: 0, groups: 0..1 }));
    }
}
