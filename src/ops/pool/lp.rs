//! Power-average pooling: `y = (Σ |x|^p)^(1/p)` over the window, p ≥ 1. Power 1 is the sum of magnitudes,
//! 2 the Euclidean length; a large one comes near max pooling. Source: Sermanet et al., "Convolutional
//! neural networks applied to house numbers digit classification", 2012.

use super::cases::{cases, geometries, output_of};
use super::geometry::{PoolNd, Windows};
use super::window::{global, output, trace};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::OpError;
use crate::ops::arithmetic::number;

fn power_average(values: impl Iterator<Item = f64> + Clone, power: f32) -> f64 {
    let most = values.clone().fold(0.0_f64, |most, x| most.max(x.abs()));
    let sum: f64 = values.map(|x| (x.abs() / most).powf(power.into())).sum();
    if most > 0.0 { most * sum.powf(1.0 / f64::from(power)) } else { 0.0 }
}

/// Power-average pooling.
pub static LP_POOL: Kernel<PoolNd> = Kernel {
    name: "lp_pool",
    about: "y = (Σ |x|^p)^(1/p) over the window",
    ins: &[Slot::input("x", PoolNd::xs)],
    outs: &[Slot::output("y", PoolNd::ys)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let cells = p.cells(index).0;
            *y = power_average(cells.iter().map(|&at| ins[0][at]), p.power);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dy) = &step.d_outs[0] else { return vec![None] };
        let dx = step.wanted[0].then(|| {
            let dx = plan.temporary("dx", &[p.xs()], DType::F32);
            let ins = [Some(step.input(0)), Some(&step.outs[0]), Some(dy)];
            plan.push(&LP_POOL_BACKWARD, *p, &ins, &[&dx]);
            dx
        });
        vec![dx]
    }),
    trace: Some(|p, ins, _, index| {
        trace(p, ins[0], index, |_, values, _| {
            let y = power_average(values.iter().copied(), p.power);
            let sum: f64 = values.iter().map(|x| x.abs().powf(p.power.into())).sum();
            let power = number(p.power.into());
            format!("(Σ|x|^{power})^(1/{power}) = {}^(1/{power}) = {}", number(sum), number(y))
        })
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/lp_pool"),
        groups: |p| fold(p.ys(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        cases(&[
            |p| PoolNd { power: 1.0, ..p },
            |p| PoolNd { power: 2.0, ..p },
            |p| PoolNd { power: 2.5, ..p },
            |p| PoolNd { power: 16.0, ..p },
        ])
    },
    // Drivers raise to powers by way of logarithms.
    tolerance: Tolerance { abs: 1e-6, rel: 1e-4 },
    flops: |p| 4.0 * p.work(),
};

/// Gradient of power-average pooling.
pub static LP_POOL_BACKWARD: Kernel<PoolNd> = Kernel {
    name: "lp_pool_backward",
    about: "dx = Σ dy · sign(x)·(|x|/y)^(p − 1) over the windows that cover a cell",
    ins: &[Slot::input("x", PoolNd::xs), Slot::input("y", PoolNd::ys), Slot::input("dy", PoolNd::ys)],
    outs: &[Slot::output("dx", PoolNd::xs)],
    reference: |p, ins, outs| {
        for (index, (&y, &dy)) in ins[1].iter().zip(ins[2]).enumerate() {
            for at in p.cells(index).0 {
                let x = ins[0][at];
                // 0 has no direction, and lies in every window whose y is 0.
                if x != 0.0 {
                    outs[0][at] += dy * x.signum() * (x.abs() / y).powf(f64::from(p.power) - 1.0);
                }
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/lp_pool_backward"),
        groups: |p| fold(p.xs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |(name, p): (&'static str, PoolNd), power| {
            let p = PoolNd { power, ..p };
            let normal = Fill::Normal(1.0);
            Case::normal(name, p, 3).fills(vec![normal.clone(), output_of(&LP_POOL, &p, 0), normal])
        };
        let powers = |of: (&'static str, PoolNd)| [1.0, 2.0, 3.5].map(|power| case(of, power));
        geometries().into_iter().flat_map(powers).collect()
    },
    // Drivers raise to powers by way of logarithms.
    tolerance: Tolerance { abs: 2e-6, rel: 1e-4 },
    flops: |p| 4.0 * p.work(),
};

/// Records power-average pooling of `x [N, C, spatial…]`, `power` at least 1.
pub fn lp_pool(plan: &mut Plan, x: &Tensor, pool: impl Into<Windows>, power: f32) -> Result<Tensor, OpError> {
    if !(power >= 1.0 && power.is_finite()) {
        return Err(OpError::OutOfRange { what: "the power", value: power, lo: 1.0, hi: f32::INFINITY });
    }
    let p = PoolNd { power, ..PoolNd::new(&x.shape, pool)?.limit_window(2)? };
    let y = output(plan, &p, x, "power pooled", DType::F32);
    plan.push(&LP_POOL, p, &[Some(x)], &[&y]);
    Ok(y)
}

/// Records the power average of each channel, `[N, C, 1…]`.
pub fn global_lp_pool(plan: &mut Plan, x: &Tensor, power: f32) -> Result<Tensor, OpError> {
    lp_pool(plan, x, global(x), power)
}
