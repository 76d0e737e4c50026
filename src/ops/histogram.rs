//! How the numbers of a tensor are spread: counts in bins of equal width between two bounds.
//!
//! `counts[g, k]` is how many numbers of stretch g lie in bin k, `floor(BINS·(x − lo)/(hi − lo))`, the
//! last bin holding `hi` too. Numbers outside, and what is not finite, are left out. A second step adds
//! the stretches up. Integers are counted, so that the order does not matter.

use super::reduce::{Reduce, reduce};
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};

/// Bins.
pub const BINS: usize = 32;

/// Numbers that one workgroup counts.
const STRETCH: usize = 4096;

crate::params! {
    /// Counts in bins.
    Histogram {
        /// Elements.
        len: u32,
        /// Elements that one workgroup counts.
        stretch: u32,
    }
}

impl Histogram {
    fn new(len: usize) -> Self {
        Self { len: dim(len), stretch: dim(STRETCH) }
    }
    fn groups(&self) -> usize {
        (self.len.div_ceil(self.stretch) as usize).max(1)
    }
}

/// The bin of a number, as `f32` finds it on both sides.
fn bin(x: f32, lo: f32, hi: f32) -> Option<usize> {
    if !x.is_finite() || x < lo || x > hi {
        return None;
    }
    let width = if hi > lo { hi - lo } else { 1.0 };
    Some(((BINS as f32 * ((x - lo) / width)) as usize).min(BINS - 1))
}

/// Counts in bins, a stretch each.
pub static HISTOGRAM: Kernel<Histogram> = Kernel {
    name: "histogram",
    about: "counts[g, k] = how many numbers of stretch g lie in bin k between lo and hi",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input("range", |_| 4)],
    outs: &[Slot::output("counts", |p| p.groups() * BINS)],
    reference: |p, ins, outs| {
        let [lo, hi] = [ins[1][0], ins[1][1]].map(|v| v as f32);
        for (i, &x) in ins[0].iter().enumerate() {
            if let Some(k) = bin(x as f32, lo, hi) {
                outs[0][i / p.stretch as usize * BINS + k] += 1.0;
            }
        }
    },
    backward: Backward::None("counts have no slope"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("histogram/histogram"),
        groups: |p| fold(p.groups(), 1),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        // Halves and quarters: no rounding decides about a bin.
        let quarters: Vec<f32> = (-37..40).map(|i| i as f32 / 4.0).collect();
        let case = |name, len, x| {
            let range = Fill::Values(vec![-8.0, 8.0, 0.0, 0.0]);
            Case::normal(name, Histogram::new(len), 2).fills(vec![x, range])
        };
        let one = Histogram { stretch: 1, ..Histogram::new(1) };
        vec![
            Case::normal("one element", one, 2)
                .fills(vec![Fill::Const(3.0), Fill::Values(vec![3.0, 3.0, 0.0, 3.0])]),
            case("quarters", 777, Fill::Values(quarters.clone())),
            case("several stretches", 9001, Fill::Values(quarters)),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |p| f64::from(p.len),
};

/// Records the counts `[BINS]` of the numbers of `x` between the first two of `range [4]`.
pub fn histogram(plan: &mut Plan, x: &Tensor, range: &Tensor) -> Result<Tensor, OpError> {
    limit_elements("histogram", &x.shape)?;
    let p = Histogram::new(x.len());
    let counts = plan.temporary("counts", &[p.groups(), BINS], DType::F32);
    plan.push(&HISTOGRAM, p, &[Some(x), Some(range)], &[&counts]);
    reduce(plan, &counts, &[0], Reduce::Sum, false)
}

/// Records the counts `[ROWS, BINS]` of each row of `x [ROWS, N]` between the first two of `range [4]`.
pub fn histograms(plan: &mut Plan, x: &Tensor, range: &Tensor) -> Result<Tensor, OpError> {
    limit_elements("histogram", &x.shape)?;
    let &[rows, n] = &x.shape[..] else {
        let want = "rows of numbers, two axes".into();
        return Err(OpError::Shape { op: "histogram", what: "x", have: x.shape.clone(), want });
    };
    let counts = plan.temporary("counts", &[rows, BINS], DType::F32);
    if !x.is_empty() {
        let p = Histogram { len: dim(x.len()), stretch: dim(n) };
        plan.push(&HISTOGRAM, p, &[Some(x), Some(range)], &[&counts]);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;

    #[test]
    fn rows_are_counted_apart() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2, 3], vec![-1.0_f32, 0.9, 7.0, 0.9, 0.9, f32::NAN]);
        let range = plan.constant("range", &[4], vec![-1.0_f32, 1.0, 0.0, 0.0]);
        let counts = histograms(&mut plan, &x, &range).unwrap();
        let values = reference::run(&plan, &std::collections::BTreeMap::new());
        let rows: Vec<&[f64]> = values[counts.buf.0].chunks(BINS).collect();
        let last = (BINS as f64 * 0.95) as usize;
        assert_eq!([rows[0][0], rows[0][last], rows[0].iter().sum()], [1.0, 1.0, 2.0]);
        assert_eq!([rows[1][last], rows[1].iter().sum()], [2.0, 2.0]);
    }
}
