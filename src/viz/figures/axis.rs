//! Axes: from values to places, and the round numbers at which ticks stand.

use egui::Rangef;

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// By powers of ten; what is not positive lies at the low end.
    Log,
}

/// Values from `lo` to `hi` and how they are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The value at the beginning.
    pub lo: f32,
    /// The value at the end.
    pub hi: f32,
    /// How those between are spread.
    pub scale: Scale,
}

impl Axis {
    /// Evenly from `lo` to `hi`.
    pub fn linear(lo: f32, hi: f32) -> Self {
        Self { lo, hi, scale: Scale::Linear }
    }

    /// By powers of ten from `lo` to `hi`, both above 0.
    pub fn log(lo: f32, hi: f32) -> Self {
        Self { lo, hi, scale: Scale::Log }
    }

    /// Takes `values` in as well and never gives back: an axis that a running curve does not shrink. What
    /// is not finite, or not positive on a scale of powers, is left out.
    pub fn grow(&mut self, values: impl IntoIterator<Item = f32>) {
        let log = self.scale == Scale::Log;
        for value in values.into_iter().filter(|v| v.is_finite() && !(log && *v <= 0.0)) {
            self.lo = self.lo.min(value);
            self.hi = self.hi.max(value);
        }
    }

    fn bend(self, value: f32) -> f32 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.max(f32::MIN_POSITIVE).log10(),
        }
    }

    /// Where `value` lies: 0 at the beginning, 1 at the end, beyond where it is beyond; NaN stays NaN.
    pub fn share(self, value: f32) -> f32 {
        if value.is_nan() {
            return f32::NAN;
        }
        let (lo, hi) = (self.bend(self.lo), self.bend(self.hi));
        if hi == lo { 0.5 } else { (self.bend(value) - lo) / (hi - lo) }
    }

    /// The value at `share`.
    pub fn value(self, share: f32) -> f32 {
        let (lo, hi) = (self.bend(self.lo), self.bend(self.hi));
        let bent = lo + (hi - lo) * share;
        match self.scale {
            Scale::Linear => bent,
            Scale::Log => 10_f32.powf(bent),
        }
    }

    /// The place of `value` in `range`, which may run downward.
    pub fn place(self, value: f32, range: Rangef) -> f32 {
        range.min + (range.max - range.min) * self.share(value)
    }

    /// At most `most` round values within the axis, at least its ends where no other fit.
    pub fn ticks(self, most: usize) -> Vec<f32> {
        if !(self.lo.is_finite() && self.hi.is_finite()) || self.hi <= self.lo || most == 0 {
            return Vec::new();
        }
        match self.scale {
            Scale::Linear => linear_ticks(f64::from(self.lo), f64::from(self.hi), most),
            Scale::Log => log_ticks(self.bend(self.lo), self.bend(self.hi), most),
        }
    }
}

fn linear_ticks(lo: f64, hi: f64, most: usize) -> Vec<f32> {
    let rough = (hi - lo) / most as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0].map(|factor| factor * power);
    for step in steps {
        let (first, last) = ((lo / step - 1e-6).ceil() as i64, (hi / step + 1e-6).floor() as i64);
        if last - first < most as i64 {
            return (first..=last).map(|i| (i as f64 * step) as f32).collect();
        }
    }
    vec![lo as f32, hi as f32]
}

fn log_ticks(lo: f32, hi: f32, most: usize) -> Vec<f32> {
    let (first, last) = ((lo - 1e-4).ceil() as i32, (hi + 1e-4).floor() as i32);
    if last < first {
        return vec![10_f32.powf(lo), 10_f32.powf(hi)];
    }
    let step = ((last - first) as usize).div_ceil(most.saturating_sub(1).max(1)).max(1);
    let mut ticks: Vec<f32> = (first..=last).rev().step_by(step).map(|power| 10_f32.powi(power)).collect();
    ticks.reverse();
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_few_and_within() {
        assert_eq!(Axis::linear(0.0, 80.0).ticks(5), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(Axis::linear(0.0, 3.0).ticks(4), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(Axis::linear(0.0, 150.0).ticks(4), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(Axis::log(1e-12, 100.0).ticks(3), [1e-12, 1e-5, 100.0]);
        for (lo, hi) in [(0.1, 0.11), (-3.0, 7e5), (1e-9, 2e-9), (5.0, 5.0), (f32::NAN, 1.0)] {
            for axis in [Axis::linear(lo, hi), Axis::log(lo.abs(), hi)] {
                let ticks = axis.ticks(4);
                assert!(ticks.len() <= 4, "{ticks:?}");
                assert!(
                    ticks.iter().all(|t| (-1e-3..=1.001).contains(&axis.share(*t))),
                    "{axis:?} {ticks:?}"
                );
            }
        }
    }

    #[test]
    fn an_axis_grows_and_never_shrinks() {
        let mut axis = Axis::linear(0.1, 0.1);
        axis.grow([0.4, f32::NAN, f32::INFINITY]);
        axis.grow([0.2]);
        assert_eq!([axis.lo, axis.hi], [0.1, 0.4]);
        let mut axis = Axis::log(1e-3, 1.0);
        axis.grow([0.0, -4.0, 1e-7]);
        assert_eq!([axis.lo, axis.hi], [1e-7, 1.0]);
        assert!((axis.value(axis.share(1e-4)) - 1e-4).abs() < 1e-6);
    }
}
