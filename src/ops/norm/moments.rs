//! Mean and variance around one axis: the statistics of batch, group and instance normalisation.
//!
//! `μ_m = Σ x[:, m, :]/n`, `σ²_m = Σ (x[:, m, :] − μ_m)²/n` for `x [OUTER, MID, INNER]` with
//! n = OUTER·INNER. Many elements are cut into chunks, whose moments a second step joins. Source: Chan,
//! Golub and LeVeque, "Algorithms for computing the sample variance", 1983.

use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::arithmetic::{number, row};
use crate::ops::{OpError, dim, limit_elements};

/// Elements of a chunk, where there are few enough chunks.
const CHUNK: usize = 512;

/// Most chunks: one invocation joins them.
const MAX_CHUNKS: usize = 16_384;

crate::params! {
    /// Moments of chunks; chunk q has the elements q, q + CHUNKS, q + 2·CHUNKS, ..
    Moments {
        /// Product of the axes before the one that is kept.
        outer: u32,
        /// Length of the axis that is kept.
        mid: u32,
        /// Product of the axes after it.
        inner: u32,
        /// Chunks of the elements around each index of the axis.
        chunks: u32,
    }
}

crate::params! {
    /// Gradient of the moments of chunks.
    MomentsBackward {
        /// Product of the axes before the one that is kept.
        outer: u32,
        /// Length of the axis that is kept.
        mid: u32,
        /// Product of the axes after it.
        inner: u32,
        /// Chunks of the elements around each index of the axis.
        chunks: u32,
        /// 1 if a gradient of the means arrives.
        of_mean: u32,
        /// 1 if a gradient of the variances arrives.
        of_variance: u32,
    }
}

crate::params! {
    /// Moments from those of chunks.
    MomentsMerge {
        /// Length of the axis that is kept.
        mid: u32,
        /// Chunks.
        chunks: u32,
        /// Elements around each index of the axis.
        count: u32,
    }
}

crate::params! {
    /// Gradients of joining moments.
    MomentsMergeBackward {
        /// Length of the axis that is kept.
        mid: u32,
        /// Chunks.
        chunks: u32,
        /// Elements around each index of the axis.
        count: u32,
        /// 1 if a gradient of the mean arrives.
        of_mean: u32,
        /// 1 if a gradient of the variance arrives.
        of_variance: u32,
    }
}

impl Moments {
    /// Shape rule, for `x [OUTER, MID, INNER]`.
    pub fn new([outer, mid, inner]: [usize; 3]) -> Result<Self, OpError> {
        if [outer, mid, inner].contains(&0) {
            return Err(OpError::Zero { what: "the number of elements to normalise" });
        }
        limit_elements("moments", &[outer, mid, inner])?;
        let count = outer * inner;
        let chunks = if count <= 2 * CHUNK { 1 } else { count.div_ceil(CHUNK).min(MAX_CHUNKS) };
        Ok(Self { outer: dim(outer), mid: dim(mid), inner: dim(inner), chunks: dim(chunks) })
    }

    fn len(&self) -> usize {
        self.outer as usize * self.mid as usize * self.inner as usize
    }

    fn statistics(&self) -> usize {
        self.mid as usize * self.chunks as usize
    }

    /// Which statistic an element counts in, and the elements of its chunk.
    fn place(&self, index: usize) -> (usize, f64) {
        let [mid, inner, chunks] = [self.mid, self.inner, self.chunks].map(|v| v as usize);
        let (m, e) = (index / inner % mid, index / (inner * mid) * inner + index % inner);
        let count = self.outer as usize * inner;
        (m * chunks + e % chunks, (count - e % chunks).div_ceil(chunks) as f64)
    }
}

impl MomentsBackward {
    fn moments(&self) -> Moments {
        Moments { outer: self.outer, mid: self.mid, inner: self.inner, chunks: self.chunks }
    }
}

impl MomentsMerge {
    fn statistics(&self) -> usize {
        self.mid as usize * self.chunks as usize
    }

    /// Part of the elements that lies in chunk `q`.
    fn share(&self, q: usize) -> f64 {
        (self.count as usize - q).div_ceil(self.chunks as usize) as f64 / f64::from(self.count)
    }
}

impl MomentsMergeBackward {
    fn merge(&self) -> MomentsMerge {
        MomentsMerge { mid: self.mid, chunks: self.chunks, count: self.count }
    }
}

/// Mean or variance of a chunk, with its first elements.
fn trace(p: &Moments, ins: &[&[f32]], slot: usize, index: usize) -> Trace {
    let own: Vec<usize> = (0..p.len()).filter(|&i| p.place(i).0 == index).collect();
    let count = own.len() as f64;
    let values: Vec<f64> = own.iter().map(|&i| f64::from(ins[0][i])).collect();
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let (what, result) = [("mean", mean), ("mean of (x − mean)²", variance)][slot];
    let mut lines = vec![format!("x: {}; {} numbers", row(&values, 6), own.len())];
    if slot == 1 {
        lines.push(format!("mean = {}", number(mean)));
    }
    lines.push(format!("{what} = {}", number(result)));
    Trace { reads: own.into_iter().map(|i| (0, i)).collect(), lines }
}

/// Mean or variance of a whole from those of its chunks.
fn trace_merge(p: &MomentsMerge, ins: &[&[f32]], slot: usize, m: usize) -> Trace {
    let chunks = p.chunks as usize;
    let own = m * chunks..(m + 1) * chunks;
    let [means, variances] = [0, 1].map(|slot: usize| &ins[slot][own.clone()]);
    let of = |q: usize| [means[q], variances[q]].map(f64::from);
    let mean: f64 = (0..chunks).map(|q| p.share(q) * of(q)[0]).sum();
    let variance: f64 = (0..chunks).map(|q| p.share(q) * (of(q)[1] + (of(q)[0] - mean).powi(2))).sum();
    let begun = format!("{chunks} chunks of {} numbers; mean = {}", p.count, number(mean));
    let lines = match slot {
        0 => vec![begun],
        _ => vec![begun, format!("Σ share·(variance + (its mean − mean)²) = {}", number(variance))],
    };
    let slots = if slot == 0 { 0..1 } else { 0..2 };
    Trace { reads: slots.flat_map(|slot| own.clone().map(move |i| (slot, i))).collect(), lines }
}

/// Moments of chunks.
pub static MOMENTS: Kernel<Moments> = Kernel {
    name: "moments",
    about: "mean and variance of the elements around each index of an axis, in chunks",
    ins: &[Slot::input("x", Moments::len)],
    outs: &[Slot::output("mean", Moments::statistics), Slot::output("variance", Moments::statistics)],
    reference: |p, ins, outs| {
        let [mean, variance] = outs else { return };
        for (index, x) in ins[0].iter().enumerate() {
            let (at, count) = p.place(index);
            mean[at] += x / count;
        }
        for (index, x) in ins[0].iter().enumerate() {
            let (at, count) = p.place(index);
            variance[at] += (x - mean[at]).powi(2) / count;
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Moments { outer, mid, inner, chunks } = *p;
        let [of_mean, of_variance] = [0, 1].map(|i| u32::from(step.d_outs[i].is_some()));
        let dx = plan.temporary("d moments", &[p.len()], DType::F32);
        plan.push(
            &MOMENTS_BACKWARD,
            MomentsBackward { outer, mid, inner, chunks, of_mean, of_variance },
            &[step.ins[0].as_ref(), Some(&step.outs[0]), step.d_outs[0].as_ref(), step.d_outs[1].as_ref()],
            &[&dx],
        );
        vec![Some(dx)]
    }),
    trace: Some(trace),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("norm/moments"),
        groups: |p| fold(p.statistics(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, sizes: [usize; 3]| {
            Case::normal(name, Moments::new(sizes).expect("the cases have valid shapes"), 1)
        };
        let [mid, chunks] = [3, 4];
        vec![
            case("one element", [1, 1, 1]),
            case("channels", [4, 7, 15]),
            case("rows", [1, 9, 30]),
            case("columns", [33, 5, 1]),
            Case::normal("chunks", Moments { outer: 2, mid, inner: 7, chunks }, 1),
            case("several chunks", [3, 5, 1001]),
            case("equal numbers", [2, 3, 700]).fills(vec![Fill::Const(7.25)]),
            case("far from 0", [2, 3, 600]).fills(vec![Fill::Uniform(60.0, 61.0)]),
            case("batch of 8, 64 channels of 56²", [8, 64, 56 * 56]).timed(),
        ]
    },
    tolerance: Tolerance { abs: 1e-5, rel: 2e-5 },
    flops: |p| 4.0 * p.len() as f64,
};

/// Gradient of the moments of chunks.
pub static MOMENTS_BACKWARD: Kernel<MomentsBackward> = Kernel {
    name: "moments_backward",
    about: "dx = (dmean + 2·dvariance·(x − mean))/n",
    ins: &[
        Slot::input("x", |p| p.moments().len()),
        Slot::input("mean", |p| p.moments().statistics()),
        Slot::input("dmean", |p| p.moments().statistics() * p.of_mean as usize),
        Slot::input("dvariance", |p| p.moments().statistics() * p.of_variance as usize),
    ],
    outs: &[Slot::output("dx", |p| p.moments().len())],
    reference: |p, ins, outs| {
        for (index, dx) in outs[0].iter_mut().enumerate() {
            let (at, count) = p.moments().place(index);
            let [dmean, dvariance] = [2, 3].map(|slot: usize| ins[slot].get(at).copied().unwrap_or(0.0));
            *dx = (dmean + 2.0 * dvariance * (ins[0][index] - ins[1][at])) / count;
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("norm/moments_backward"),
        groups: |p| fold(p.moments().len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [outer, mid, inner, chunks, of_mean, of_variance]: [u32; 6]| {
            let params = MomentsBackward { outer, mid, inner, chunks, of_mean, of_variance };
            Case::normal(name, params, 4)
        };
        vec![
            case("one element", [1, 1, 1, 1, 1, 1]),
            case("channels, of the mean", [4, 7, 15, 1, 1, 0]),
            case("channels, of the variance", [4, 7, 15, 1, 0, 1]),
            case("chunks", [3, 5, 37, 10, 1, 1]),
        ]
    },
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 4.0 * p.moments().len() as f64,
};

/// Moments from those of chunks.
pub static MOMENTS_MERGE: Kernel<MomentsMerge> = Kernel {
    name: "moments_merge",
    about: "mean and variance of a whole from those of its chunks",
    ins: &[
        Slot::input("means", MomentsMerge::statistics),
        Slot::input("variances", MomentsMerge::statistics),
    ],
    outs: &[Slot::output("mean", |p| p.mid as usize), Slot::output("variance", |p| p.mid as usize)],
    reference: |p, ins, outs| {
        let chunks = p.chunks as usize;
        for m in 0..p.mid as usize {
            let [means, variances] = [0, 1].map(|slot: usize| &ins[slot][m * chunks..][..chunks]);
            let mean: f64 = means.iter().enumerate().map(|(q, mean)| p.share(q) * mean).sum();
            let parts = means.iter().zip(variances).enumerate();
            outs[0][m] = mean;
            outs[1][m] = parts.map(|(q, (of, v))| p.share(q) * (v + (of - mean).powi(2))).sum();
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let MomentsMerge { mid, chunks, count } = *p;
        let [of_mean, of_variance] = [0, 1].map(|i| u32::from(step.d_outs[i].is_some()));
        let [dmeans, dvariances] =
            ["d means", "d variances"].map(|name| plan.temporary(name, &[p.statistics()], DType::F32));
        plan.push(
            &MOMENTS_MERGE_BACKWARD,
            MomentsMergeBackward { mid, chunks, count, of_mean, of_variance },
            &[step.ins[0].as_ref(), Some(&step.outs[0]), step.d_outs[0].as_ref(), step.d_outs[1].as_ref()],
            &[&dmeans, &dvariances],
        );
        vec![Some(dmeans), Some(dvariances)]
    }),
    trace: Some(trace_merge),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("norm/moments_merge"),
        groups: |p| fold(p.mid as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [mid, chunks, count]: [u32; 3]| {
            let fills = vec![Fill::Normal(1.0), Fill::Uniform(0.0, 2.0)];
            Case::normal(name, MomentsMerge { mid, chunks, count }, 2).fills(fills)
        };
        vec![
            case("one chunk", [1, 1, 1]),
            case("chunks of 2 and 1", [3, 4, 7]),
            case("67 of 33", [67, 33, 17_001]),
            case("16,384 chunks", [2, 16_384, 16_385]),
        ]
    },
    tolerance: Tolerance { abs: 1e-5, rel: 2e-5 },
    flops: |p| 8.0 * p.statistics() as f64,
};

/// Gradients of joining moments.
pub static MOMENTS_MERGE_BACKWARD: Kernel<MomentsMergeBackward> = Kernel {
    name: "moments_merge_backward",
    about: "gradients of the chunks' means and variances from those of the whole",
    ins: &[
        Slot::input("means", |p| p.merge().statistics()),
        Slot::input("mean", |p| p.mid as usize),
        Slot::input("dmean", |p| (p.mid * p.of_mean) as usize),
        Slot::input("dvariance", |p| (p.mid * p.of_variance) as usize),
    ],
    outs: &[
        Slot::output("dmeans", |p| p.merge().statistics()),
        Slot::output("dvariances", |p| p.merge().statistics()),
    ],
    reference: |p, ins, outs| {
        for index in 0..p.merge().statistics() {
            let (m, share) = (index / p.chunks as usize, p.merge().share(index % p.chunks as usize));
            let [dmean, dvariance] = [2, 3].map(|slot: usize| ins[slot].get(m).copied().unwrap_or(0.0));
            outs[0][index] = share * (dmean + 2.0 * dvariance * (ins[0][index] - ins[1][m]));
            outs[1][index] = share * dvariance;
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("norm/moments_merge_backward"),
        groups: |p| fold(p.merge().statistics(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [mid, chunks, count, of_mean, of_variance]: [u32; 5]| {
            Case::normal(name, MomentsMergeBackward { mid, chunks, count, of_mean, of_variance }, 4)
        };
        vec![
            case("one chunk", [1, 1, 1, 1, 1]),
            case("of the mean", [3, 4, 7, 1, 0]),
            case("of the variance", [3, 4, 7, 0, 1]),
            case("67 of 33", [67, 33, 17_001, 1, 1]),
        ]
    },
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 5.0 * p.merge().statistics() as f64,
};

/// Records mean and variance of `x [OUTER, MID, INNER]` around each index of its middle axis, `[MID]`
/// each.
pub fn moments(plan: &mut Plan, x: &Tensor, sizes: [usize; 3]) -> Result<[Tensor; 2], OpError> {
    let p = Moments::new(sizes)?;
    let [mid, chunks] = [p.mid, p.chunks].map(|v| v as usize);
    let parts = ["mean", "variance"].map(|name| plan.temporary(name, &[mid * chunks], DType::F32));
    plan.push(&MOMENTS, p, &[Some(x)], &[&parts[0], &parts[1]]);
    if chunks == 1 {
        return Ok(parts);
    }
    plan.name(&parts[0], "means of chunks");
    plan.name(&parts[1], "variances of chunks");
    let whole = ["mean", "variance"].map(|name| plan.temporary(name, &[mid], DType::F32));
    let params = MomentsMerge { mid: p.mid, chunks: p.chunks, count: p.outer * p.inner };
    plan.push(&MOMENTS_MERGE, params, &[Some(&parts[0]), Some(&parts[1])], &[&whole[0], &whole[1]]);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;

    #[test]
    fn chunks_joined_give_the_moments_of_the_whole() {
        let (n, c, inner) = (2, 3, 1000);
        let values: Vec<f32> = (0..n * c * inner).map(|i| (i * i % 101) as f32).collect();
        let mut plan = Plan::new();
        let x = plan.constant("x", &[n, c, inner], values.clone());
        let [mean, variance] = moments(&mut plan, &x, [n, c, inner]).unwrap();
        assert_eq!(plan.steps.len(), 2);
        let got = reference::run(&plan, &BTreeMap::new());
        for (m, (mean, variance)) in got[mean.buf.0].iter().zip(&got[variance.buf.0]).enumerate() {
            let own: Vec<f64> =
                (0..values.len()).filter(|i| i / inner % c == m).map(|i| f64::from(values[i])).collect();
            let average = own.iter().sum::<f64>() / own.len() as f64;
            let spread = own.iter().map(|x| (x - average).powi(2)).sum::<f64>() / own.len() as f64;
            assert!((mean - average).abs() < 1e-9);
            assert!((variance - spread).abs() < 1e-9);
        }
    }

    #[test]
    fn nothing_has_no_moments() {
        assert!(Moments::new([0, 3, 4]).is_err());
    }
}
