//! The ends of a range without the few numbers that lie far out.
//!
//! `trimmed [4]` is `range [4]` with each end drawn in to the first bin of a histogram at which more than one number
//! in a hundred has been passed: the 1st and the 99th percentile, to a bin. One number far out then takes the
//! colours of all others no longer.

use super::OpError;
use super::histogram::{BINS, histogram};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};

crate::params! {
    /// Ends of a range drawn in.
    RangeTrim {
        /// Bins of the histogram.
        bins: u32,
        /// Numbers in a hundred that may be left out at each end.
        percent: u32,
    }
}

impl RangeTrim {
    /// Bins that are left out at an end at most: where nearly all numbers are alike, the few others still differ.
    fn most(&self) -> u32 {
        self.bins * 7 / 16
    }
}

/// Draws the ends of a range in.
pub static RANGE_TRIM: Kernel<RangeTrim> = Kernel {
    name: "range_trim",
    about: "trimmed = the ends of a range at which percent of the counted numbers have been passed",
    ins: &[Slot::input("counts", |p| p.bins as usize), Slot::input("range", |_| 4)],
    outs: &[Slot::output("trimmed", |_| 4)],
    reference: |p, ins, outs| {
        let (counts, range) = (ins[0], ins[1]);
        let all: f64 = counts.iter().sum();
        let limit = (all * f64::from(p.percent) / 100.0).floor();
        let passed = |order: &mut dyn Iterator<Item = &f64>| {
            let mut sum = 0.0;
            order
                .take_while(|count| {
                    sum += **count;
                    sum <= limit
                })
                .count()
                .min(p.most() as usize)
        };
        let [low, high] = [passed(&mut counts.iter()), passed(&mut counts.iter().rev())];
        let bin = (range[1] - range[0]) / f64::from(p.bins);
        // Of no numbers the range stays.
        let [low, high] = if all > 0.0 { [low, high].map(|n| n as f64) } else { [0.0; 2] };
        outs[0].copy_from_slice(&[range[0] + low * bin, range[1] - high * bin, range[2], range[3]]);
    },
    backward: Backward::None("counts have no slope"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("viz/range_trim"),
        groups: |_| fold(1, 1),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, counts: Vec<f32>| {
            let p = RangeTrim { bins: counts.len() as u32, percent: 1 };
            Case::normal(name, p, 2)
                .fills(vec![Fill::Values(counts), Fill::Values(vec![-4.0, 4.0, 0.0, 0.5])])
        };
        vec![
            case("one far out at each end", vec![1.0, 0.0, 90.0, 108.0, 0.0, 0.0, 0.0, 1.0]),
            case("nothing far out", vec![50.0; 4]),
            case("no numbers", vec![0.0; 8]),
            case("all in the last bin", vec![0.0, 0.0, 0.0, 700.0]),
            case("nearly all in the middle", {
                let mut counts = vec![1.0; 32];
                counts[16] = 9_000.0;
                counts
            }),
            case("more than fit into a product", vec![2e5, 3e7, 3e7, 1e5]),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |p| f64::from(p.bins),
};

/// Records the ends between which all but one in a hundred numbers of `x` lie, on either side; `range [4]` are its
/// own.
pub fn trim(plan: &mut Plan, x: &Tensor, range: &Tensor) -> Result<Tensor, OpError> {
    let counts = histogram(plan, x, range)?;
    let trimmed = plan.temporary("trimmed range", &[4], DType::F32);
    let p = RangeTrim { bins: BINS as u32, percent: 1 };
    plan.push(&RANGE_TRIM, p, &[Some(&counts), Some(range)], &[&trimmed]);
    Ok(trimmed)
}
