//! Normalisation with given moments, the last stage of batch, group and instance normalisation.
//!
//! `y = γ_c·(x − μ_m)/√(σ²_m + ε) + β_c` for `x, y [OUTER, MID, INNER]`, `μ, σ² [MID]` and
//! `γ, β [CHANNELS]` or absent (1 and 0); m is the middle index, and c is the flat index divided by PER
//! modulo CHANNELS, so that groups of channels can share moments and yet have a γ each.

use super::checks::{check_eps, check_len, shapes};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::affine::affine;
use crate::ops::arithmetic::number;
use crate::ops::reduce::sum_to;
use crate::ops::{OpError, dim, limit_elements};

crate::params! {
    /// Normalisation with given moments.
    Normalise {
        /// Product of the axes before that of the moments.
        outer: u32,
        /// Moments.
        mid: u32,
        /// Product of the axes after that of the moments.
        inner: u32,
        /// Consecutive elements that share γ and β.
        per: u32,
        /// Elements of γ and β.
        channels: u32,
        /// 1 if there is a γ.
        scaled: u32,
        /// 1 if there is a β.
        shifted: u32,
        /// ε, which keeps the root from 0.
        eps: f32,
    }
}

/// How the elements of `x` are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// `[OUTER, MID, INNER]`, with a mean and a variance for each index of MID.
    pub sizes: [usize; 3],
    /// Consecutive elements that share γ and β.
    pub per: usize,
    /// Elements of γ and β.
    pub channels: usize,
}

impl Normalise {
    /// Shape rule; `moments` are the shapes of mean and variance, `affine` those of γ and β.
    pub fn new(
        layout: &Layout,
        moments: [&[usize]; 2],
        affine: [Option<&[usize]>; 2],
        eps: f32,
    ) -> Result<Self, OpError> {
        let op = "normalise";
        let [outer, mid, inner] = layout.sizes;
        for (what, shape) in ["mean", "variance"].into_iter().zip(moments) {
            check_len(op, what, shape, mid)?;
        }
        for (what, shape) in ["gamma", "beta"].into_iter().zip(affine) {
            shape.map_or(Ok(()), |shape| check_len(op, what, shape, layout.channels))?;
        }
        check_eps(eps)?;
        limit_elements(op, &layout.sizes)?;
        let [scaled, shifted] = affine.map(|shape| u32::from(shape.is_some()));
        let [outer, mid, inner, per, channels] = [outer, mid, inner, layout.per, layout.channels].map(dim);
        Ok(Self { outer, mid, inner, per, channels, scaled, shifted, eps })
    }

    fn len(&self) -> usize {
        self.outer as usize * self.mid as usize * self.inner as usize
    }

    /// Whether vectors of four share their moments, γ and β.
    fn by_fours(&self) -> bool {
        self.per.is_multiple_of(4) && self.inner.is_multiple_of(self.per)
    }

    /// Stretches of at most 64 elements that share their moments, γ and β.
    fn runs(&self) -> usize {
        self.len() / self.per as usize * self.per.div_ceil(64) as usize
    }

    fn gammas(&self) -> usize {
        (self.channels * self.scaled) as usize
    }

    /// Index of the moments and of γ and β that element `index` meets.
    fn place(&self, index: usize) -> (usize, usize) {
        let [inner, mid, per, channels] = [self.inner, self.mid, self.per, self.channels].map(|v| v as usize);
        (index / inner % mid, index / per % channels)
    }

    /// Sum over everything but the moments' axis, `[MID]`.
    fn sum_to_moments(&self, plan: &mut Plan, x: &Tensor) -> Tensor {
        let [outer, mid, inner] = [self.outer, self.mid, self.inner].map(|v| v as usize);
        sum_to(plan, &x.view(&[outer, mid, inner]), &[1, mid, 1]).view(&[mid])
    }

    /// Sum over everything but the channels, `[CHANNELS]`.
    fn sum_to_channels(&self, plan: &mut Plan, x: &Tensor) -> Tensor {
        let [per, channels] = [self.per, self.channels].map(|v| v as usize);
        let x = x.view(&[x.len() / (per * channels), channels, per]);
        sum_to(plan, &x, &[1, channels, 1]).view(&[channels])
    }
}

/// Normalisation with given moments.
pub static NORMALISE: Kernel<Normalise> = Kernel {
    name: "normalise",
    about: "y = γ·(x − mean)/√(variance + ε) + β, with a mean and a variance for each channel or group",
    ins: &[
        Slot::input("x", Normalise::len),
        Slot::input("mean", |p| p.mid as usize),
        Slot::input("variance", |p| p.mid as usize),
        Slot::input("gamma", Normalise::gammas),
        Slot::input("beta", |p| (p.channels * p.shifted) as usize),
    ],
    outs: &[Slot::output("y", Normalise::len)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (m, c) = p.place(index);
            let gamma = if p.scaled != 0 { ins[3][c] } else { 1.0 };
            let beta = if p.shifted != 0 { ins[4][c] } else { 0.0 };
            *y = gamma * (ins[0][index] - ins[1][m]) / (ins[2][m] + f64::from(p.eps)).sqrt() + beta;
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let [dx, spreads, products] = ["d normalised", "d spread", "dy · normalised"]
            .map(|name| plan.temporary(name, &[p.len()], DType::F32));
        let [x, mean, variance, gamma] = [0, 1, 2, 3].map(|i: usize| step.ins[i].as_ref());
        let dy = step.d_outs[0].as_ref();
        let ins = [x, mean, variance, gamma, dy];
        plan.push(&NORMALISE_BACKWARD, *p, &ins, &[&dx, &spreads, &products]);
        let dmean = step.wanted[1].then(|| {
            let sum = p.sum_to_moments(plan, &dx);
            affine(plan, &sum, -1.0, 0.0)
        });
        let dvariance = step.wanted[2].then(|| p.sum_to_moments(plan, &spreads));
        let dgamma = step.wanted[3].then(|| p.sum_to_channels(plan, &products));
        let dbeta = dy.filter(|_| step.wanted[4]).map(|dy| p.sum_to_channels(plan, dy));
        vec![Some(dx), dmean, dvariance, dgamma, dbeta]
    }),
    trace: Some(|p, ins, _, index| {
        let (m, c) = p.place(index);
        let [x, mean, variance] =
            [(0, index), (1, m), (2, m)].map(|(slot, at): (usize, usize)| f64::from(ins[slot][at]));
        let mut value = (x - mean) / (variance + f64::from(p.eps)).sqrt();
        let mut lines = vec![format!(
            "({} − ({})) / √({} + {:e}) = {}",
            number(x),
            number(mean),
            number(variance),
            p.eps,
            number(value)
        )];
        let mut reads = vec![(0, index), (1, m), (2, m)];
        if p.scaled != 0 {
            let gamma = f64::from(ins[3][c]);
            lines.push(format!("{} · ({}) = {}", number(gamma), number(value), number(gamma * value)));
            value *= gamma;
            reads.push((3, c));
        }
        if p.shifted != 0 {
            let beta = f64::from(ins[4][c]);
            lines.push(format!("{} + ({}) = {}", number(value), number(beta), number(value + beta)));
            reads.push((4, c));
        }
        Trace { reads, lines }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("norm/normalise"),
            groups: |p| fold(p.len(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows4",
            shader: crate::shader!("norm/normalise_rows4"),
            groups: |p| fold(p.runs(), 8),
            fits: |_, profile| profile.software,
            can: Normalise::by_fours,
        },
    ],
    cases,
    tolerance: Tolerance { abs: 1e-5, rel: 1e-5 },
    flops: |p| 5.0 * p.len() as f64,
};

/// What the gradients of a normalisation with given moments are made of.
pub static NORMALISE_BACKWARD: Kernel<Normalise> = Kernel {
    name: "normalise_backward",
    about: "dx = γ·dy/√(variance + ε), and the terms whose sums are the other gradients",
    ins: &[
        Slot::input("x", Normalise::len),
        Slot::input("mean", |p| p.mid as usize),
        Slot::input("variance", |p| p.mid as usize),
        Slot::input("gamma", Normalise::gammas),
        Slot::input("dy", Normalise::len),
    ],
    outs: &[
        Slot::output("dx", Normalise::len),
        Slot::output("spreads", Normalise::len),
        Slot::output("products", Normalise::len),
    ],
    reference: |p, ins, outs| {
        for index in 0..p.len() {
            let (m, c) = p.place(index);
            let gamma = if p.scaled != 0 { ins[3][c] } else { 1.0 };
            let deviation = (ins[2][m] + f64::from(p.eps)).sqrt();
            let (h, dy) = ((ins[0][index] - ins[1][m]) / deviation, ins[4][index]);
            outs[0][index] = gamma * dy / deviation;
            outs[1][index] = -0.5 * gamma * dy * h / deviation.powi(2);
            outs[2][index] = dy * h;
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("norm/normalise_backward"),
            groups: |p| fold(p.len(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows4",
            shader: crate::shader!("norm/normalise_backward_rows4"),
            groups: |p| fold(p.runs(), 8),
            fits: |_, profile| profile.software,
            can: Normalise::by_fours,
        },
    ],
    cases,
    tolerance: Tolerance { abs: 1e-5, rel: 2e-5 },
    flops: |p| 9.0 * p.len() as f64,
};

/// The same for both kernels: inputs 3 and 4 are γ and β, or γ and dy.
fn cases() -> Vec<Case<Normalise>> {
    let case = |name, sizes: [usize; 3], per, channels, affine: [bool; 2], eps| {
        let (moments, gammas) = ([sizes[1]], [channels]);
        let affine = affine.map(|there| there.then_some(&gammas[..]));
        let layout = Layout { sizes, per, channels };
        let params =
            Normalise::new(&layout, [&moments; 2], affine, eps).expect("the cases have valid shapes");
        let mut fills = vec![Fill::Normal(1.0); 5];
        fills[2] = Fill::Uniform(0.1, 2.0);
        Case::normal(name, params, 5).fills(fills)
    };
    vec![
        case("one element", [1, 1, 1], 1, 1, [true; 2], 1e-5),
        case("batch", [3, 4, 10], 10, 4, [true; 2], 1e-5),
        case("batch, no gamma, no beta", [3, 4, 10], 10, 4, [false; 2], 0.1),
        case("groups of 3 channels", [1, 4, 30], 10, 6, [true, false], 1e-3),
        case("instances, no gamma", [1, 6, 15], 15, 3, [false, true], 1e-3),
        case("fours, batch", [3, 2, 76], 76, 2, [true; 2], 1e-3),
        case("fours, groups of 3 channels", [1, 4, 36], 12, 6, [true; 2], 1e-3),
        case("layer", [1, 9, 30], 1, 30, [true; 2], 1e-5),
        case("batch of 8, 64 channels of 56²", [8, 64, 56 * 56], 56 * 56, 64, [true; 2], 1e-5).timed(),
    ]
}

/// Records a normalisation of `x` with given moments, `[MID]` each, and of `[CHANNELS]` γ and β.
pub fn normalise(
    plan: &mut Plan,
    x: &Tensor,
    layout: &Layout,
    [mean, variance]: [&Tensor; 2],
    [gamma, beta]: [Option<&Tensor>; 2],
    eps: f32,
) -> Result<Tensor, OpError> {
    let moments = [&mean.shape[..], &variance.shape];
    let p = Normalise::new(layout, moments, shapes(gamma, beta), eps)?;
    let y = plan.temporary("normalised", &x.shape, DType::F32);
    plan.push(&NORMALISE, p, &[Some(x), Some(mean), Some(variance), gamma, beta], &[&y]);
    Ok(y)
}
