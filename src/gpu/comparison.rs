//! The comparison with the reference that every check uses: `check`, the tests and the audit.

use super::kernel::{Summands, Tolerance};
use super::plan::AnyKernel;
use super::tensor::DType;

/// How far one result is from its reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Whether every element lies within the tolerance.
    pub ok: bool,
    /// Largest `|got - want|`; NaN where something is not a number.
    pub max_abs: f64,
    /// Largest `|got - want| / |want|` over elements that pass the absolute tolerance only by
    /// being relative to a magnitude above 1e-3.
    pub max_rel: f64,
    /// The worst element in words; empty when all are equal.
    pub worst: String,
}

/// The largest difference of two lists of numbers. NaN where a difference is, or where the lists are of different
/// lengths, so that no comparison with it holds.
pub fn largest_difference<N: Copy + Into<f64>>(a: &[N], b: &[N]) -> f64 {
    if a.len() != b.len() {
        return f64::NAN;
    }
    let differences = a.iter().zip(b).map(|(&a, &b)| (a.into() - b.into()).abs());
    differences.fold(0.0, |most, d| if most.is_nan() || d <= most { most } else { d })
}

/// Compares a result with its reference. NaN, a wrong length and an element off by more than
/// `abs + rel * |want|` fail; equal infinities pass.
pub fn compare(got: &[f32], want: &[f64], tolerance: Tolerance) -> Comparison {
    within(got.iter().map(|&g| f64::from(g)), want, |_, w, _| tolerance.allowed(w))
}

/// Compares an output of a step with what the reference makes of the very `ins`: of sums, by the size of their
/// terms; otherwise by the kernel's tolerance, whose absolute part is meant for numbers about 1 and grows with the
/// largest. Whole numbers have to be equal.
pub fn compare_output(
    step: (&dyn AnyKernel, &[u8]),
    ins: &[&[f64]],
    out: usize,
    got: impl ExactSizeIterator<Item = f64>,
    want: &[f64],
) -> Comparison {
    let (kernel, params) = step;
    if kernel.outs()[out].dtype == DType::U32 {
        return within(got, want, |_, w, _| Tolerance::EXACT.allowed(w));
    }
    if !want.is_empty() && kernel.summands(params, ins, out, 0).is_some() {
        // A sum is no larger than its terms: what lies within a few roundings of it needs no look at them.
        let allowed = |i, want: f64, diff: f64| match Summands::of(want).allowed() {
            few if diff <= few => few,
            _ => kernel.summands(params, ins, out, i).map_or(0.0, Summands::allowed),
        };
        return within(got, want, allowed);
    }
    let Tolerance { abs, rel } = kernel.tolerance();
    let tolerance = Tolerance { abs: abs * largest(want), rel };
    within(got, want, |_, w, _| tolerance.allowed(w))
}

/// The largest magnitude that is finite, and 1 at least. The largest `f32` stands for nothing found, as for the
/// extremes of no numbers, and does not count.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().filter(|v| v.abs() < f64::from(f32::MAX)).fold(1.0, |most, v| most.max(v.abs()))
}

/// Compares numbers, each of which may be off by what `allowed` says for its place, its reference and how far it is
/// off.
fn within(
    got: impl ExactSizeIterator<Item = f64>,
    want: &[f64],
    allowed: impl Fn(usize, f64, f64) -> f64,
) -> Comparison {
    if got.len() != want.len() {
        let worst = format!("{} elements instead of {}", got.len(), want.len());
        return Comparison { ok: false, max_abs: f64::NAN, max_rel: f64::NAN, worst };
    }
    let mut result = Comparison { ok: true, max_abs: 0.0, max_rel: 0.0, worst: String::new() };
    let mut worst_excess = 0.0;
    for (i, (g, &w)) in got.zip(want).enumerate() {
        // What f32 cannot hold is compared as f32 would hold it.
        let held = f64::from(w as f32);
        if g == w || g == held {
            continue;
        }
        let diff = (g - w).abs();
        let allowed = allowed(i, w, diff);
        // An infinite reference would make the allowed distance infinite, or NaN (0 times infinity).
        if !(w.is_finite() && diff <= allowed) {
            result.ok = false;
        }
        if !(diff <= result.max_abs) && !result.max_abs.is_nan() {
            result.max_abs = diff;
        }
        if w.abs() > 1e-3 && !(diff / w.abs() <= result.max_rel) && !result.max_rel.is_nan() {
            result.max_rel = diff / w.abs();
        }
        let excess = diff / (allowed + 1e-300);
        if !(excess <= worst_excess) && !f64::is_nan(worst_excess) {
            worst_excess = excess;
            result.worst = format!("[{i}] is {g:e}, reference {w:e}");
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANT: [f64; 4] = [1.0, -2.0, 3.0, 0.5];

    fn ok(got: &[f32]) -> bool {
        compare(got, &WANT, Tolerance::SUMS).ok
    }

    #[test]
    fn equal_passes_and_small_noise_passes() {
        assert!(ok(&[1.0, -2.0, 3.0, 0.5]));
        assert!(ok(&[1.00001, -2.0, 3.0, 0.5]));
    }

    #[test]
    fn nan_wrong_length_zeros_and_one_spoiled_element_fail() {
        assert!(!ok(&[f32::NAN, -2.0, 3.0, 0.5]));
        assert!(!ok(&[1.0, -2.0, 3.0]));
        assert!(!ok(&[0.0; 4]));
        assert!(!ok(&[1.0, -2.0, 3.1, 0.5]));
        assert!(!ok(&[f32::INFINITY, -2.0, 3.0, 0.5]));
        assert!(!compare(&[1.0], &[f64::NAN], Tolerance::SUMS).ok);
        assert!(!compare(&[f32::NAN], &[f64::NAN], Tolerance::SUMS).ok);
    }

    #[test]
    fn only_equal_infinities_pass() {
        for tolerance in [Tolerance::EXACT, Tolerance::SUMS] {
            assert!(compare(&[f32::INFINITY], &[f64::INFINITY], tolerance).ok);
            for other in [3.0, f32::NEG_INFINITY, f32::NAN] {
                assert!(!compare(&[other], &[f64::INFINITY], tolerance).ok, "{other}");
            }
        }
    }

    #[test]
    fn a_nan_stays_the_maximum() {
        let c = compare(&[f32::NAN, -1.0, 3.0, 0.5], &WANT, Tolerance::SUMS);
        assert!(c.max_abs.is_nan());
    }
}
