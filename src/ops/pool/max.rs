//! Max pooling: `y = max over the window`, `argmax` = where in x the first largest cell stands.

use super::cases::cases;
use super::geometry::{PoolNd, Windows};
use super::unpool::unpool;
use super::window::{NO_CELL, global, largest, output, trace};
use crate::gpu::{Backward, DType, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold};
use crate::ops::OpError;
use crate::ops::arithmetic::number;

/// Max pooling.
pub static MAX_POOL: Kernel<PoolNd> = Kernel {
    name: "max_pool",
    about: "y = the largest cell of the window; argmax = where in x it stands",
    ins: &[Slot::input("x", PoolNd::xs)],
    outs: &[Slot::output("y", PoolNd::ys), Slot::output_u32("argmax", PoolNd::ys)],
    reference: |p, ins, outs| {
        let (y, argmax) = outs.split_at_mut(1);
        for (index, (y, argmax)) in y[0].iter_mut().zip(&mut argmax[0]).enumerate() {
            (*y, *argmax) = largest(p.cells(index).0.into_iter().map(|at| (at, ins[0][at])));
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dy) = &step.d_outs[0] else { return vec![None] };
        vec![step.wanted[0].then(|| unpool(plan, p, dy, &step.outs[1]))]
    }),
    trace: Some(|p, ins, out, index| {
        trace(p, ins[0], index, |cells, values, _| {
            let (best, at) = largest(cells.iter().copied().zip(values.iter().copied()));
            if out == 0 || at == f64::from(NO_CELL) {
                return format!("largest: {}", number(best));
            }
            let [width, height, depth] = [0, 1, 2].map(|axis| p.x[axis] as usize);
            let at = at as usize;
            let (slice, row, column) = (at / (width * height) % depth, at / width % height, at % width);
            let slice = if depth > 1 { format!("slice {slice}, ") } else { String::new() };
            format!("largest: {} in {slice}row {row}, column {column}", number(best))
        })
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("pool/max_pool"),
            groups: |p| fold(p.ys(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "pairs",
            shader: crate::shader!("pool/max_pool_pairs"),
            groups: |p| fold(p.ys() / 2, 64),
            fits: anywhere,
            can: PoolNd::in_pairs,
        },
    ],
    cases: || cases(&[|p| p]),
    // Exact, but 0 times the infinity of an empty window is no number to compare with.
    tolerance: Tolerance { abs: 0.0, rel: 1e-12 },
    flops: PoolNd::work,
};

fn record(plan: &mut Plan, x: &Tensor, p: PoolNd) -> (Tensor, Tensor) {
    let y = output(plan, &p, x, "max pooled", DType::F32);
    let argmax = output(plan, &p, x, "argmax", DType::U32);
    plan.push(&MAX_POOL, p, &[Some(x)], &[&y, &argmax]);
    (y, argmax)
}

/// Records max pooling of `x [N, C, spatial…]`; returns `y [N, C, outputs…]` and `argmax`, the flat
/// indices into `x` of the same shape ([`NO_CELL`] where a window has no cell).
pub fn max_pool(plan: &mut Plan, x: &Tensor, pool: impl Into<Windows>) -> Result<(Tensor, Tensor), OpError> {
    let p = PoolNd::new(&x.shape, pool)?.limit_window(1)?;
    Ok(record(plan, x, p))
}

/// Records adaptive max pooling of `x [N, C, spatial…]` to `outputs` cells along each axis, and the
/// flat indices of the maxima.
pub fn adaptive_max_pool(
    plan: &mut Plan,
    x: &Tensor,
    outputs: &[usize],
) -> Result<(Tensor, Tensor), OpError> {
    let p = PoolNd::adaptive(&x.shape, outputs)?.limit_window(1)?;
    Ok(record(plan, x, p))
}

/// Records the largest element of each channel, `[N, C, 1…]`, and its flat index into `x`.
pub fn global_max_pool(plan: &mut Plan, x: &Tensor) -> Result<(Tensor, Tensor), OpError> {
    max_pool(plan, x, global(x))
}
