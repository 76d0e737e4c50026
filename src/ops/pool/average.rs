//! Average pooling: `y = Σ window / cells`, the cells counted inside the input or, with `include_pad`,
//! inside the padded input.

use super::cases::{cases, geometries};
use super::geometry::{PoolNd, Windows};
use super::window::{global, output, trace};
use crate::gpu::{
    Backward, Case, DType, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::OpError;
use crate::ops::arithmetic::number;
use crate::ops::reduce::{Reduce, reduce};

/// Average pooling.
pub static AVG_POOL: Kernel<PoolNd> = Kernel {
    name: "avg_pool",
    about: "y = the sum of the window's cells, divided by how many they are",
    ins: &[Slot::input("x", PoolNd::xs)],
    outs: &[Slot::output("y", PoolNd::ys).sums(|p, ins, index| {
        let (cells, padded) = p.cells(index);
        let divisor = p.divisor(cells.len(), padded);
        Some(cells.iter().map(|&at| ins[0][at] / divisor).collect())
    })],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (cells, padded) = p.cells(index);
            let sum: f64 = cells.iter().map(|&at| ins[0][at]).sum();
            *y = sum / p.divisor(cells.len(), padded);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dy) = &step.d_outs[0] else { return vec![None] };
        let dx = step.wanted[0].then(|| {
            let dx = plan.temporary("dx", &[p.xs()], DType::F32);
            plan.push(&AVG_POOL_BACKWARD, *p, &[Some(dy)], &[&dx]);
            dx
        });
        vec![dx]
    }),
    trace: Some(|p, ins, _, index| {
        trace(p, ins[0], index, |_, values, padded| {
            let (sum, count) = (values.iter().sum::<f64>(), p.divisor(values.len(), padded));
            format!("sum {} / {count} = {}", number(sum), number(sum / count))
        })
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/avg_pool"),
        groups: |p| fold(p.ys(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(&[|p| p, |p| PoolNd { include_pad: 1, ..p }]),
    // Sums of up to some thousand cells, and of cells of 1e4 that cancel.
    tolerance: Tolerance { abs: 4e-4, rel: 1e-5 },
    flops: PoolNd::work,
};

/// Gradient of average pooling.
pub static AVG_POOL_BACKWARD: Kernel<PoolNd> = Kernel {
    name: "avg_pool_backward",
    about: "dx = Σ dy / cells over the windows that cover a cell",
    ins: &[Slot::input("dy", PoolNd::ys)],
    outs: &[Slot::output("dx", PoolNd::xs)],
    reference: |p, ins, outs| {
        for (index, dy) in ins[0].iter().enumerate() {
            let (cells, padded) = p.cells(index);
            for &at in &cells {
                outs[0][at] += dy / p.divisor(cells.len(), padded);
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/avg_pool_backward"),
        groups: |p| fold(p.xs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let padded = |p| PoolNd { include_pad: 1, ..p };
        let both = |(name, p)| [Case::normal(name, p, 1), Case::normal(name, padded(p), 1)];
        geometries().into_iter().flat_map(both).collect()
    },
    tolerance: Tolerance::ELEMENTWISE,
    flops: PoolNd::work,
};

fn record(plan: &mut Plan, x: &Tensor, p: PoolNd) -> Tensor {
    let y = output(plan, &p, x, "average pooled", DType::F32);
    plan.push(&AVG_POOL, p, &[Some(x)], &[&y]);
    y
}

/// Records average pooling of `x [N, C, spatial…]`; `include_pad` counts padding as zeros.
pub fn avg_pool(
    plan: &mut Plan,
    x: &Tensor,
    pool: impl Into<Windows>,
    include_pad: bool,
) -> Result<Tensor, OpError> {
    let p = PoolNd::new(&x.shape, pool)?.limit_window(1)?;
    let p = PoolNd { include_pad: include_pad.into(), ..p };
    Ok(record(plan, x, p))
}

/// Records adaptive average pooling of `x [N, C, spatial…]` to `outputs` cells along each axis.
pub fn adaptive_avg_pool(plan: &mut Plan, x: &Tensor, outputs: &[usize]) -> Result<Tensor, OpError> {
    let p = PoolNd::adaptive(&x.shape, outputs)?.limit_window(1)?;
    Ok(record(plan, x, p))
}

/// Records the average of each channel, `[N, C, 1…]`.
pub fn global_avg_pool(plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
    /// Cells that one invocation may add up; a reduction cuts longer sums.
    const MAX_CELLS: usize = 1 << 14;
    let whole = global(x);
    if whole.window.iter().product::<usize>() > MAX_CELLS {
        let axes: Vec<usize> = (2..x.shape.len()).collect();
        return reduce(plan, x, &axes, Reduce::Mean, true);
    }
    avg_pool(plan, x, whole, false)
}
