//! Stochastic pooling: while training, a cell of the window is drawn with probability proportional to
//! its activation a = max(x, 0); in testing, the activations are averaged with those probabilities.
//!
//! Training: `y = a_l` with `l` the first cell where `Σ_{i≤l} a_i > u·Σ a`, u uniform in [0, 1).
//! Testing: `y = Σ a_i² / Σ a_i`. A window without a positive cell gives 0. Source: Zeiler and Fergus,
//! "Stochastic pooling for regularization of deep convolutional neural networks", 2013.
//!
//! Window w draws with the upper 24 bits of word `w % 4` of Philox with the counter (w/4, draw number,
//! stream, 1) and the seed as key, on the GPU as on the CPU.

use super::cases::{geometries, large, output_of};
use super::geometry::{PoolNd, Windows};
use super::lp::LP_POOL;
use super::unpool::unpool;
use super::window::{NO_CELL, output, trace};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::arithmetic::number;
use crate::ops::philox::philox;
use crate::ops::unary::{Act, activation};
use crate::ops::{OpError, dim};

/// Settings of stochastic pooling besides its windows.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Stochastic {
    /// Key of the random numbers.
    pub seed: u64,
    /// Tells the layers of a network apart.
    pub stream: u32,
    /// Number of the draw: the training step.
    pub draw: u32,
    /// Draw a cell; otherwise average.
    pub train: bool,
}

impl PoolNd {
    fn stochastic(self, setting: &Stochastic) -> Self {
        Self {
            key: [setting.seed as u32, (setting.seed >> 32) as u32],
            train: setting.train.into(),
            draw: setting.draw,
            stream: setting.stream,
            ..self
        }
    }

    /// Uniform in [0, 1), for a window.
    fn uniform(&self, index: usize) -> f64 {
        let words = philox([dim(index) / 4, self.draw, self.stream, 1], self.key);
        f64::from(words[index % 4] >> 8) / 16_777_216.0
    }

    /// The result of a window with these values, and the place of the cell that was drawn.
    fn drawn(&self, index: usize, values: &[f64]) -> (f64, Option<usize>) {
        let positive = |x: f64| if x > 0.0 { x } else { 0.0 };
        let total: f64 = values.iter().map(|&x| positive(x)).sum();
        if !(total > 0.0) {
            return (0.0, None);
        }
        if self.train == 0 {
            return (values.iter().map(|&x| positive(x).powi(2)).sum::<f64>() / total, None);
        }
        let (mut sum, mut drawn) = (0.0, None);
        for (place, &x) in values.iter().enumerate().filter(|(_, x)| **x > 0.0) {
            sum += x;
            drawn = Some(place);
            if sum > self.uniform(index) * total {
                break;
            }
        }
        (drawn.map_or(0.0, |place| values[place]), drawn)
    }
}

/// Stochastic pooling.
pub static STOCHASTIC_POOL: Kernel<PoolNd> = Kernel {
    name: "stochastic_pool",
    about: "y = a cell of the window, drawn with probability max(x, 0)/Σ max(x, 0), or their mean by it",
    ins: &[Slot::input("x", PoolNd::xs)],
    outs: &[Slot::output("y", PoolNd::ys), Slot::output_u32("choice", PoolNd::ys)],
    reference: |p, ins, outs| {
        let (y, choice) = outs.split_at_mut(1);
        for (index, (y, choice)) in y[0].iter_mut().zip(&mut choice[0]).enumerate() {
            let cells = p.cells(index).0;
            let values: Vec<f64> = cells.iter().map(|&at| ins[0][at]).collect();
            let (value, place) = p.drawn(index, &values);
            (*y, *choice) = (value, place.map_or(f64::from(NO_CELL), |place| cells[place] as f64));
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dy) = &step.d_outs[0] else { return vec![None] };
        let dx = step.wanted[0].then(|| {
            if p.train != 0 {
                return unpool(plan, p, dy, &step.outs[1]);
            }
            let dx = plan.temporary("dx", &[p.xs()], DType::F32);
            // The totals in a step of their own: a cell would else go through all cells of all its windows.
            let positive = activation(plan, step.input(0), Act::RELU);
            let totals = plan.temporary("totals of the windows", &[p.ys()], DType::F32);
            plan.push(&LP_POOL, PoolNd { power: 1.0, ..*p }, &[Some(&positive)], &[&totals]);
            let ins = [Some(step.input(0)), Some(&step.outs[0]), Some(dy), Some(&totals)];
            plan.push(&STOCHASTIC_POOL_BACKWARD, *p, &ins, &[&dx]);
            dx
        });
        vec![dx]
    }),
    trace: Some(|p, ins, _, index| {
        trace(p, ins[0], index, |_, values, _| {
            let total: f64 = values.iter().map(|x| x.max(0.0)).sum();
            let (y, place) = p.drawn(index, values);
            match place {
                Some(place) => format!(
                    "drawn with probability {} / {} = {}: cell {}, {}",
                    number(values[place]),
                    number(total),
                    number(values[place] / total),
                    place + 1,
                    number(y)
                ),
                None if total > 0.0 => {
                    let squares: f64 = values.iter().map(|x| x.max(0.0).powi(2)).sum();
                    format!("Σa² / Σa = {} / {} = {}", number(squares), number(total), number(y))
                }
                None => "no cell is above 0: 0".into(),
            }
        })
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/stochastic_pool"),
        groups: |p| fold(p.ys(), 64),
        fits: anywhere,
        can: always,
    }],
    cases,
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| 4.0 * p.work(),
};

fn cases() -> Vec<Case<PoolNd>> {
    let draw = Stochastic { seed: 0x0123_4567_89ab_cdef, stream: 2, draw: 17, train: true };
    let settings = [draw, Stochastic { train: false, ..draw }];
    let mut cases = Vec::new();
    for setting in settings {
        let with = |p: PoolNd| p.stochastic(&setting);
        cases.extend(geometries().into_iter().map(|(name, p)| Case::normal(name, with(p), 1)));
        let p = with(PoolNd::adaptive(&[1, 3, 8, 8], &[4, 4]).expect("the case has a valid shape"));
        let after_relu = Fill::Values(vec![0.0, 0.0, 2.0, -1.0, 0.5, 1.0, 0.0]);
        let case = Case::normal("zeros and below", p, 1).fills(vec![after_relu]);
        cases.push(case.kinked("cells at 0 begin to count above it"));
        let (name, p) = large();
        cases.push(Case::normal(name, with(p), 1).timed());
    }
    cases
}

/// Gradient of stochastic pooling in testing.
pub static STOCHASTIC_POOL_BACKWARD: Kernel<PoolNd> = Kernel {
    name: "stochastic_pool_backward",
    about: "dx = Σ dy·(2x − y)/total over the windows that cover a cell above 0",
    ins: &[
        Slot::input("x", PoolNd::xs),
        Slot::input("y", PoolNd::ys),
        Slot::input("dy", PoolNd::ys),
        Slot::input("totals", PoolNd::ys),
    ],
    outs: &[Slot::output("dx", PoolNd::xs)],
    reference: |p, ins, outs| {
        for (index, (&y, &dy)) in ins[1].iter().zip(ins[2]).enumerate() {
            for at in p.cells(index).0.into_iter().filter(|&at| ins[0][at] > 0.0) {
                outs[0][at] += dy * (2.0 * ins[0][at] - y) / ins[3][index];
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/stochastic_pool_backward"),
        groups: |p| fold(p.xs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |(name, p): (&'static str, PoolNd)| {
            let normal = Fill::Normal(1.0);
            let y = output_of(&STOCHASTIC_POOL, &p, 0);
            let totals = Fill::Uniform(0.5, 4.0);
            Case::normal(name, p, 4).fills(vec![normal.clone(), y, normal, totals])
        };
        geometries().into_iter().map(case).collect()
    },
    tolerance: Tolerance { abs: 1e-5, rel: 1e-4 },
    flops: |p| 4.0 * p.work(),
};

/// Records stochastic pooling of `x [N, C, spatial…]`; returns `y [N, C, outputs…]` and the flat
/// indices of the cells that were drawn ([`NO_CELL`] in testing, or where no cell is above 0).
pub fn stochastic_pool(
    plan: &mut Plan,
    x: &Tensor,
    pool: impl Into<Windows>,
    setting: &Stochastic,
) -> Result<(Tensor, Tensor), OpError> {
    let p = PoolNd::new(&x.shape, pool)?.limit_window(2)?.stochastic(setting);
    let y = output(plan, &p, x, "stochastically pooled", DType::F32);
    let choice = output(plan, &p, x, "drawn cells", DType::U32);
    plan.push(&STOCHASTIC_POOL, p, &[Some(x)], &[&y, &choice]);
    Ok((y, choice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;
    use crate::ops::pool::Pool;

    #[test]
    fn cells_are_drawn_as_often_as_their_activation_says() {
        const N: usize = 20_000;
        let p = PoolNd::new(&[N, 1, 2, 2], &Pool::new([2, 2])).unwrap();
        let p = p.stochastic(&Stochastic { seed: 3, train: true, ..Stochastic::default() });
        let x: Vec<f64> = [1.0, -5.0, 3.0, 0.0].repeat(N);
        let y = run_kernel(&STOCHASTIC_POOL, bytemuck::bytes_of(&p), &[&x]).remove(0);
        let ones = y.iter().filter(|y| **y == 1.0).count() as f64 / N as f64;
        assert!(y.iter().all(|y| *y == 1.0 || *y == 3.0));
        // Five standard deviations.
        assert!((ones - 0.25).abs() < 5.0 * (0.25 * 0.75 / N as f64).sqrt(), "{ones}");
        let test = PoolNd { train: 0, ..p };
        let y = run_kernel(&STOCHASTIC_POOL, bytemuck::bytes_of(&test), &[&x]).remove(0);
        assert!(y.iter().all(|y| (y - 2.5).abs() < 1e-12));
    }
}
