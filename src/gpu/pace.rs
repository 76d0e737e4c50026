//! How fast an adapter is: what a step is expected to take, learned from those that it has run.

use std::collections::HashMap;
use std::time::Duration;

/// Units of work a millisecond that an adapter is believed to do before it has done any: a slow one of its kind.
const SOFTWARE: f64 = 1.5e6;
const HARDWARE: f64 = 1e8;

/// Work of moving one number, in floating-point operations.
const MOVED: f64 = 8.0;

/// By how much one measurement changes what is believed, at most: the first run of a program may include its
/// compilation.
const TRUST: f64 = 4.0;

/// Work of a step: `flops`, and so many numbers read and written.
pub(super) fn work(flops: f64, numbers: usize) -> f64 {
    flops + MOVED * numbers as f64
}

/// Work of the steps of a submission, by kernel.
pub(super) type Load = Vec<(&'static str, f64)>;

/// What is believed of an adapter.
#[derive(Debug)]
pub struct Pace {
    /// Milliseconds a unit of work, of kernels that have run.
    known: HashMap<&'static str, f64>,
    /// Of the others.
    start: f64,
    longest: Duration,
}

impl Pace {
    /// Of an adapter that has run nothing.
    pub(super) fn new(software: bool) -> Self {
        let start = 1.0 / if software { SOFTWARE } else { HARDWARE };
        Self { known: HashMap::new(), start, longest: Duration::ZERO }
    }

    /// Milliseconds that so much work of a kernel is expected to take.
    pub(super) fn expected(&self, kernel: &str, work: f64) -> f64 {
        work * self.known.get(kernel).unwrap_or(&self.start)
    }

    /// Milliseconds that so much work takes on a slow adapter of this kind.
    pub(super) fn guess(&self, work: f64) -> f64 {
        work * self.start
    }

    /// Takes in how long a submission took from an idle queue to its end: each kernel's part in it as it was expected.
    pub(super) fn learn(&mut self, load: &Load, took: Duration) {
        self.longest = self.longest.max(took);
        let millis = took.as_secs_f64() * 1e3;
        let expected: f64 = load.iter().map(|(kernel, work)| self.expected(kernel, *work)).sum();
        tracing::trace!(expected, millis, kernels = load.len(), "slice");
        if !(expected > 0.0 && millis > 0.0) {
            return;
        }
        let factor = (millis / expected).clamp(1.0 / TRUST, TRUST);
        let mut shares: HashMap<&'static str, f64> = HashMap::new();
        for (kernel, work) in load {
            *shares.entry(kernel).or_default() += self.expected(kernel, *work) / expected;
        }
        for (kernel, share) in shares {
            *self.known.entry(kernel).or_insert(self.start) *= factor.powf(share);
        }
    }

    /// The longest submission of a slice so far.
    pub fn longest(&self) -> Duration {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_what_each_kernel_takes() {
        let mut pace = Pace::new(true);
        assert_eq!(pace.expected("conv2d", SOFTWARE), 1.0);
        let millis = |ms: f64| Duration::from_secs_f64(ms / 1e3);
        // In truth the one does 15 million a millisecond, the other one.
        let truth = |name: &str| if name == "conv2d" { 15e6 } else { 1e6 };
        for (a, b) in
            [(9e7, 1e6), (3e7, 5e6), (9e7, 0.0), (0.0, 4e6), (5e7, 5e6), (2e7, 8e6), (9e7, 1e6), (1e7, 9e6)]
        {
            let load = vec![("conv2d", a), ("range", b)];
            let took = load.iter().map(|(name, work)| work / truth(name)).sum();
            pace.learn(&load, millis(took));
        }
        let [conv, range] = [pace.expected("conv2d", 15e6), pace.expected("range", 1e6)];
        assert!((0.8..1.25).contains(&conv) && (0.8..1.25).contains(&range), "{conv} {range}");
        assert_eq!(pace.longest(), millis(1e7 / 15e6 + 9.0));
        // Others are as slow as they were.
        assert_eq!(pace.expected("softmax", SOFTWARE), 1.0);
    }

    #[test]
    fn one_measurement_is_not_all() {
        let mut pace = Pace::new(false);
        pace.learn(&vec![("conv2d", HARDWARE)], Duration::from_secs(1));
        assert_eq!(pace.expected("conv2d", HARDWARE), TRUST);
        pace.learn(&vec![("conv2d", 0.0)], Duration::from_secs(1));
        pace.learn(&Vec::new(), Duration::from_secs(1));
        assert_eq!(pace.expected("conv2d", HARDWARE), TRUST);
    }
}
