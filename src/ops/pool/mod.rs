//! Pooling along one to three spatial axes: the largest cell of each window, a cell drawn from it,
//! its average or its power average, and the gradients of them all.
//!
//! Window `(l, i, j)` of a channel covers the cells `(l·sz + t·dz − front, i·sy + r·dy − top,
//! j·sx + s·dx − left)`, of which those outside `x [N, C, D, H, W]` are left out (the average may count
//! them as zeros). Results are `[N, C, OD, OH, OW]` with
//! `OH = floor((H + top + bottom − dy(R−1) − 1)/sy) + 1`. In ceil mode the quotient is rounded up, but a
//! last window that would start right of the input and its left padding is dropped. Adaptive windows
//! share the input out instead: window i of OH covers the rows from `floor(i·H/OH)` to below
//! `ceil((i+1)·H/OH)`. Sources: ONNX operators MaxPool 22, AveragePool 22, LpPool 22 and MaxUnpool 22;
//! PyTorch's poolings of the same names.

mod average;
mod geometry;
mod lp;
mod max;
mod stochastic;
mod unpool;

pub use average::{AVG_POOL, AVG_POOL_BACKWARD, adaptive_avg_pool, avg_pool, global_avg_pool};
pub use geometry::{Pool, PoolNd, Windows, pool_output};
pub use lp::{LP_POOL, LP_POOL_BACKWARD, global_lp_pool, lp_pool};
pub use max::{MAX_POOL, adaptive_max_pool, global_max_pool, max_pool};
pub use stochastic::{STOCHASTIC_POOL, STOCHASTIC_POOL_BACKWARD, Stochastic, stochastic_pool};
pub use unpool::{MAX_UNPOOL, MAX_UNPOOL_BACKWARD, max_unpool};

use super::arithmetic::number;
use crate::gpu::{Case, DType, Fill, Kernel, Plan, Tensor, Trace};

/// `argmax` of a window without any cell of the input.
pub const NO_CELL: u32 = u32::MAX;

/// Numbers of a window, a line for each of its rows.
fn listed(cells: &[usize], values: &[f64], width: usize) -> Vec<String> {
    const MAX_LINES: usize = 12;
    let rows: Vec<_> = cells.chunk_by(|a, b| a / width == b / width).collect();
    let (mut lines, mut at) = (Vec::new(), 0);
    for row in rows.iter().take(MAX_LINES) {
        let shown: Vec<_> = values[at..at + row.len()].iter().take(16).map(|&v| number(v)).collect();
        let more = if row.len() > shown.len() { ", …" } else { "" };
        lines.push(shown.join(", ") + more);
        at += row.len();
    }
    if rows.len() > MAX_LINES {
        lines.push(format!("and {} more rows", rows.len() - MAX_LINES));
    }
    lines
}

/// A trace whose lines are the numbers of the window and then what `result` makes of them.
fn trace(p: &PoolNd, x: &[f32], index: usize, result: impl Fn(&[usize], &[f64], usize) -> String) -> Trace {
    let (cells, padded) = p.cells(index);
    let values: Vec<f64> = cells.iter().map(|&at| f64::from(x[at])).collect();
    let mut lines = listed(&cells, &values, p.x[0] as usize);
    let outside = (p.window[0] * p.window[1] * p.window[2]) as usize;
    let outside = outside.saturating_sub(cells.len());
    if outside > 0 && p.adaptive == 0 {
        lines.push(format!("{outside} of the window's cells lie outside the input"));
    }
    lines.push(result(&cells, &values, padded));
    Trace { reads: cells.into_iter().map(|at| (0, at)).collect(), lines }
}

/// Every kind of geometry, by name.
fn geometries() -> Vec<(&'static str, PoolNd)> {
    let plain = Pool::new([2, 2]);
    let three = Pool { stride: [2, 2], ..Pool::new([3, 3]) };
    let uneven = Pool { window: [3, 2], stride: [2, 3], pad: [2, 1, 0, 1], ceil: true, ..plain };
    let holes = Pool { window: [2, 3], dilation: [3, 2], stride: [1, 2], pad: [1, 2, 3, 4], ..plain };
    let flat: [(&'static str, [usize; 4], Pool); 12] = [
        ("one element", [1, 1, 1, 1], Pool::new([1, 1])),
        ("7x7, window 3, stride 2", [1, 1, 7, 7], three),
        ("window 2", [2, 3, 13, 9], plain),
        ("window 2, width 12", [2, 3, 5, 12], plain),
        ("ceil mode", [1, 2, 7, 7], Pool { ceil: true, ..plain }),
        ("ceil mode with padding", [2, 3, 8, 10], Pool { pad: [1; 4], ceil: true, ..three }),
        ("ceil mode drops the last window", [1, 1, 5, 5], Pool { ceil: true, pad: [1; 4], ..plain }),
        ("uneven all round", [2, 2, 11, 10], uneven),
        ("dilation", [1, 3, 17, 19], holes),
        (
            "a window of padding alone, infinite",
            [1, 1, 1, 5],
            Pool { dilation: [2, 2], pad: [1; 4], ..plain },
        ),
        ("global", [2, 5, 9, 11], Pool::new([9, 11])),
        ("overlapping", [1, 4, 20, 20], Pool { stride: [1, 1], pad: [2; 4], ..Pool::new([5, 5]) }),
    ];
    let line = Windows { stride: vec![2], pad: vec![1, 2], ceil: true, ..Windows::new(&[4]) };
    let volume = Windows {
        window: vec![2, 3, 2],
        stride: vec![1, 2, 3],
        pad: vec![1, 0, 1, 0, 2, 1],
        dilation: vec![2, 1, 1],
        ceil: true,
    };
    let valid = "the cases have valid shapes";
    let mut all: Vec<_> =
        flat.iter().map(|(name, x, pool)| (*name, PoolNd::new(x, pool).expect(valid))).collect();
    all.extend([
        ("one axis", PoolNd::new(&[2, 3, 17], &line).expect(valid)),
        ("volume", PoolNd::new(&[1, 2, 5, 6, 7], &volume).expect(valid)),
        ("adaptive", PoolNd::adaptive(&[2, 2, 7, 11], &[3, 4]).expect(valid)),
        ("adaptive, larger than the input", PoolNd::adaptive(&[1, 3, 3, 5], &[7, 5]).expect(valid)),
        ("adaptive volume", PoolNd::adaptive(&[1, 2, 4, 5, 6], &[2, 3, 6]).expect(valid)),
    ]);
    all
}

/// What is timed.
fn large() -> (&'static str, PoolNd) {
    let params = PoolNd::new(&[1, 64, 112, 112], &Pool::new([2, 2])).expect("the case has a valid shape");
    ("64x112², 2x2", params)
}

/// Every geometry with every setting, for kernels of one input.
fn cases(settings: &[fn(PoolNd) -> PoolNd]) -> Vec<Case<PoolNd>> {
    let valid = "the case has a valid shape";
    let plain = Pool::new([2, 2]);
    let three = Pool { stride: [2, 2], ..Pool::new([3, 3]) };
    let mut cases = Vec::new();
    for with in settings {
        cases.extend(geometries().into_iter().map(|(name, p)| Case::normal(name, with(p), 1)));
        let (name, p) = large();
        cases.push(Case::normal(name, with(p), 1).timed());
        let p = with(PoolNd::new(&[1, 3, 16, 17], &three).expect(valid));
        cases.push(Case::normal("extreme values", p, 1).fills(vec![Fill::Extreme]));
        // As after an activation: ties, whose first index counts.
        for pool in [three, plain] {
            let p = with(PoolNd::new(&[1, 3, 16, 20], &pool).expect(valid));
            let zeros = Fill::Values(vec![0.0, 0.0, 0.0, 1.0, 0.0, 1.0, -0.0]);
            cases.push(Case::normal("ties", p, 1).fills(vec![zeros]).kinked("cells of a window are equal"));
        }
    }
    cases
}

/// An output of a kernel on the normal input that a case fills slot 0 with.
fn output_of(kernel: &'static Kernel<PoolNd>, p: &PoolNd, slot: usize) -> Fill {
    let x = super::sweep::fill(&Fill::Normal(1.0), DType::F32, p.xs(), 0).to_f64();
    let outs = crate::gpu::reference::run_kernel(kernel, bytemuck::bytes_of(p), &[&x]);
    Fill::Values(outs[slot].iter().map(|&v| v as f32).collect())
}

/// A tensor of the shape that the windows give, for an x of this shape.
fn output(plan: &mut Plan, p: &PoolNd, x: &Tensor, name: &str, dtype: DType) -> Tensor {
    plan.temporary(name, &p.shape(&x.shape), dtype)
}

/// The window that is the whole input.
fn global(x: &Tensor) -> Windows {
    Windows::new(x.shape.get(2..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;
    use crate::ops::OpError;

    fn outputs(h: usize, pool: Pool) -> usize {
        let p = PoolNd::new(&[1, 1, h, h], &pool).unwrap();
        assert_eq!(p.y[1], p.y[0]);
        p.y[0] as usize
    }

    #[test]
    fn sizes_as_in_the_textbooks() {
        let two = Pool::new([2, 2]);
        assert_eq!(outputs(7, Pool { stride: [2, 2], ..Pool::new([3, 3]) }), 3);
        assert_eq!(outputs(7, two), 3);
        assert_eq!(outputs(7, Pool { ceil: true, ..two }), 4);
        assert_eq!(outputs(8, Pool { ceil: true, ..two }), 4);
        // A fourth window would start in the padding on the right.
        assert_eq!(outputs(5, Pool { ceil: true, pad: [1; 4], ..two }), 3);
        assert_eq!(outputs(112, Pool { stride: [2, 2], pad: [1; 4], ..Pool::new([3, 3]) }), 56);
        assert_eq!(outputs(224, two), 112);
    }

    fn run(kernel: &'static Kernel<PoolNd>, p: PoolNd, x: &[f64]) -> Vec<Vec<f64>> {
        run_kernel(kernel, bytemuck::bytes_of(&p), &[x])
    }

    #[test]
    fn known_values() {
        let x: Vec<f64> = (0..16).map(f64::from).collect();
        let p = PoolNd::new(&[1, 1, 4, 4], &Pool::new([2, 2])).unwrap();
        assert_eq!(run(&MAX_POOL, p, &x), [[5.0, 7.0, 13.0, 15.0]; 2]);
        assert_eq!(run(&AVG_POOL, p, &x), [[2.5, 4.5, 10.5, 12.5]]);
        let p = PoolNd { power: 2.0, ..PoolNd::new(&[1, 1, 1, 2], &Pool::new([1, 2])).unwrap() };
        assert_eq!(run(&LP_POOL, p, &[3.0, -4.0]), [[5.0]]);
    }

    #[test]
    fn padding_may_count_in_the_average() {
        let pool = Pool { stride: [2, 2], pad: [1; 4], ceil: true, ..Pool::new([3, 3]) };
        let p = PoolNd::new(&[1, 1, 4, 4], &pool).unwrap();
        let inside = run(&AVG_POOL, p, &[1.0; 16]);
        assert!(inside[0].iter().all(|&y| y == 1.0));
        let padded = run(&AVG_POOL, PoolNd { include_pad: 1, ..p }, &[1.0; 16]);
        let ninths = [4.0, 6.0, 2.0 * 1.5, 6.0, 9.0, 3.0 * 1.5, 3.0, 4.5, 1.0 * 9.0 / 4.0];
        for (y, want) in padded[0].iter().zip(ninths) {
            assert!((y - want / 9.0).abs() < 1e-12, "{padded:?}");
        }
    }

    #[test]
    fn the_first_of_equals_is_the_argmax_and_nan_comes_through() {
        let p = PoolNd::new(&[1, 1, 1, 4], &Pool::new([1, 4])).unwrap();
        assert_eq!(run(&MAX_POOL, p, &[1.0, 7.0, 7.0, -1.0])[1], [1.0]);
        assert!(run(&MAX_POOL, p, &[1.0, f64::NAN, 7.0, -1.0])[0][0].is_nan());
    }

    #[test]
    fn padding_as_wide_as_the_window_is_refused() {
        let pool = Pool { pad: [0, 2, 0, 0], ..Pool::new([2, 2]) };
        let error = PoolNd::new(&[1, 1, 8, 8], &pool).unwrap_err();
        assert_eq!(error, OpError::PoolPadding { pad: 2, span: 2, axis: "width" });
        assert!(lp_pool(&mut Plan::new(), &tensor(), &Pool::new([2, 2]), f32::NAN).is_err());
    }

    fn tensor() -> Tensor {
        Plan::new().temporary("x", &[1, 1, 4, 4], DType::F32)
    }
}
