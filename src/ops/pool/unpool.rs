//! Max unpooling: each value goes back to the cell that its index names, all other cells are 0. It is
//! also how gradients pass back through max pooling, whose maximum alone depends on x.
//!
//! `x[i] = Σ y[w] over the windows w that cover cell i and have argmax[w] = i`, or the value of the last
//! such window where overlapping ones are not to be added up. An index that lies outside its window is
//! left out. Sources: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014;
//! ONNX operator MaxUnpool 22.

use std::collections::BTreeMap;

use super::cases::{argmax_of, geometries};
use super::geometry::{Pool, PoolNd, Windows};
use super::window::NO_CELL;
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::{MAX_ELEMENTS, OpError, limit_elements};

/// Max unpooling.
pub static MAX_UNPOOL: Kernel<PoolNd> = Kernel {
    name: "max_unpool",
    about: "x[argmax] = y, all other cells 0; overlapping windows are added up, or the last one counts",
    ins: &[Slot::input("y", PoolNd::ys), Slot::input_u32("argmax", PoolNd::ys)],
    outs: &[Slot::output("x", PoolNd::xs)],
    reference: |p, ins, outs| {
        for (index, (&y, &at)) in ins[0].iter().zip(ins[1]).enumerate() {
            if p.cells(index).0.contains(&(at as usize)) {
                let x = &mut outs[0][at as usize];
                *x = if p.sum != 0 { *x + y } else { y };
            }
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dx) = &step.d_outs[0] else { return vec![None; 2] };
        let dy = step.wanted[0].then(|| {
            let dy = plan.temporary("dy", &[p.ys()], DType::F32);
            plan.push(&MAX_UNPOOL_BACKWARD, *p, &[Some(dx), step.ins[1].as_ref()], &[&dy]);
            dy
        });
        vec![dy, None]
    }),
    trace: None,
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("pool/max_unpool"),
            groups: |p| fold(p.xs(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "disjoint",
            shader: crate::shader!("pool/max_unpool_disjoint"),
            groups: |p| fold(p.ys(), 64),
            fits: anywhere,
            can: disjoint,
        },
    ],
    cases: || {
        let mut cases = cases_with_argmax();
        cases.extend(cases_of_last());
        let pool = Pool::new([2, 2]);
        let p = PoolNd::new(&[50, 16, 28, 28], &pool).expect("the case has a valid shape");
        let ids = Fill::Ids(p.xs() as u32);
        cases.push(Case::normal("50x16x28², 2x2", p, 2).fills(vec![Fill::Normal(1.0), ids]).timed());
        cases
    },
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| p.xs() as f64,
};

/// Whether the windows lie side by side from the first cell on, so that none share a cell.
fn disjoint(p: &PoolNd) -> bool {
    p.adaptive == 0
        && (0..3).all(|axis| p.window[axis] <= p.stride[axis] && p.pad[axis] == 0)
        && (0..3).all(|axis| p.dilation[axis] == 1 || p.window[axis] == 1)
}

/// What max unpooling leaves of the gradient: `dy[w] = dx[argmax[w]]`, where forward let y\[w\] through.
pub static MAX_UNPOOL_BACKWARD: Kernel<PoolNd> = Kernel {
    name: "max_unpool_backward",
    about: "dy = dx[argmax], 0 where the index lies outside its window or a later window took the cell",
    ins: &[Slot::input("dx", PoolNd::xs), Slot::input_u32("argmax", PoolNd::ys)],
    outs: &[Slot::output("dy", PoolNd::ys)],
    reference: |p, ins, outs| {
        // The last window of each cell, where it alone counts.
        let mut last = BTreeMap::new();
        for (index, &at) in ins[1].iter().enumerate() {
            let at = at as usize;
            if p.cells(index).0.contains(&at) {
                if let Some(before) = last.insert(at, index).filter(|_| p.sum == 0) {
                    outs[0][before] = 0.0;
                }
                outs[0][index] = ins[0][at];
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/max_unpool_backward"),
        groups: |p| fold(p.ys(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let mut cases = cases_with_argmax();
        cases.extend(cases_of_last());
        cases
    },
    tolerance: Tolerance::EXACT,
    flops: |p| p.ys() as f64,
};

/// Windows that share cells, of which the last one counts.
fn cases_of_last() -> impl Iterator<Item = Case<PoolNd>> {
    let share = |name: &str| name == "overlapping" || name == "uneven all round";
    geometries().into_iter().filter(move |(name, _)| share(name)).map(|(_, p)| {
        let p = PoolNd { sum: 0, ..p };
        let fills = vec![Fill::Normal(1.0), argmax_of(&p)];
        Case::normal("the last window counts", p, 2).fills(fills)
    })
}

/// Every geometry, with the indices that max pooling gives.
fn cases_with_argmax() -> Vec<Case<PoolNd>> {
    let case = |(name, p): (&'static str, PoolNd)| {
        Case::normal(name, p, 2).fills(vec![Fill::Normal(1.0), argmax_of(&p)])
    };
    geometries().into_iter().map(case).collect()
}

/// Records where the gradient of a max pooling goes, adding up overlapping windows; `[XS]`, flat.
pub(super) fn unpool(plan: &mut Plan, p: &PoolNd, dy: &Tensor, argmax: &Tensor) -> Tensor {
    let dx = plan.temporary("dx", &[p.xs()], DType::F32);
    plan.push(&MAX_UNPOOL, PoolNd { sum: 1, ..*p }, &[Some(dy), Some(argmax)], &[&dx]);
    dx
}

/// Records max unpooling of `y [N, C, outputs…]` by `argmax` of the same shape, flat indices into the
/// result, which [`max_pool`](super::max_pool) with the same windows has made (or [`NO_CELL`]); returns
/// `x [N, C, spatial…]`. Where windows overlap, the last one counts.
///
/// Without `spatial`, each axis is `(output − 1)·stride + dilation·(window − 1) + 1 − pads` long.
///
/// # Errors
/// If the windows do not lead from those spatial axes to the shape of y.
pub fn max_unpool(
    plan: &mut Plan,
    y: &Tensor,
    argmax: &Tensor,
    pool: impl Into<Windows>,
    spatial: Option<&[usize]>,
) -> Result<Tensor, OpError> {
    const { assert!(NO_CELL as usize > MAX_ELEMENTS, "no index means no cell") }
    let (op, pool) = ("max_unpool", pool.into());
    let axes = pool.window.len();
    let fits = pool.stride.len() == axes && pool.dilation.len() == axes && pool.pad.len() == 2 * axes;
    if y.shape.len() != axes + 2 || !fits || y.shape.contains(&0) || pool.window.contains(&0) {
        let want = format!("[N, C] and the {axes} axes of the windows, none of them empty");
        return Err(OpError::Shape { op, what: "y", have: y.shape.clone(), want });
    }
    if argmax.shape != y.shape {
        let want = format!("the shape of y, {:?}", y.shape);
        return Err(OpError::Shape { op, what: "argmax", have: argmax.shape.clone(), want });
    }
    let mut shape = y.shape[..2].to_vec();
    shape.extend((0..axes).map(|a| match spatial.and_then(|s| s.get(a)) {
        Some(&length) => length,
        None => {
            let span = pool.dilation[a] * (pool.window[a] - 1) + 1;
            ((y.shape[a + 2] - 1) * pool.stride[a] + span).saturating_sub(pool.pad[a] + pool.pad[axes + a])
        }
    }));
    limit_elements(op, &shape)?;
    let p = PoolNd { sum: 0, ..PoolNd::new(&shape, &pool)? };
    if p.shape(&shape) != y.shape {
        let want = format!("windows over {shape:?}, which give {:?}", p.shape(&shape));
        return Err(OpError::Shape { op, what: "y", have: y.shape.clone(), want });
    }
    let x = plan.temporary("unpooled", &shape, DType::F32);
    plan.push(&MAX_UNPOOL, p, &[Some(y), Some(argmax)], &[&x]);
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::{content, run};
    use crate::ops::pool::max_pool;

    #[test]
    fn pooling_and_unpooling_keep_the_maxima() {
        let mut plan = Plan::new();
        let values: Vec<f32> = (0..16).map(|i| (i * 7 % 16) as f32).collect();
        let x = plan.constant("x", &[1, 1, 4, 4], values);
        let pool = Pool::new([2, 2]);
        let (y, argmax) = max_pool(&mut plan, &x, &pool).unwrap();
        let back = max_unpool(&mut plan, &y, &argmax, &pool, None).unwrap();
        assert_eq!(back.shape, x.shape);
        let values = run(&plan, &BTreeMap::new());
        let (x, back) = (content(&plan, &values, x.buf), content(&plan, &values, back.buf));
        assert_eq!(back.iter().filter(|v| **v != 0.0).count(), 4);
        assert!(back.iter().zip(x).all(|(b, x)| *b == 0.0 || b == x));
    }
}
