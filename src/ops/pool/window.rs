//! What all poolings do with a window.

use super::geometry::{PoolNd, Windows};
use crate::gpu::{DType, Plan, Tensor, Trace};
use crate::ops::arithmetic::row;

/// `argmax` of a window without any cell of the input.
pub const NO_CELL: u32 = u32::MAX;

/// The first largest value and its index: -∞ and [`NO_CELL`] where there is none. NaN wins.
pub(super) fn largest(values: impl Iterator<Item = (usize, f64)>) -> (f64, f64) {
    values.fold((f64::NEG_INFINITY, f64::from(NO_CELL)), |(best, at), (i, x)| {
        if x > best || at == f64::from(NO_CELL) || x.is_nan() { (x, i as f64) } else { (best, at) }
    })
}

/// Numbers of a window, a line for each of its rows.
fn listed(cells: &[usize], values: &[f64], width: usize) -> Vec<String> {
    const MAX_LINES: usize = 12;
    let rows: Vec<_> = cells.chunk_by(|a, b| a / width == b / width).collect();
    let (mut lines, mut at) = (Vec::new(), 0);
    for own in rows.iter().take(MAX_LINES) {
        lines.push(row(&values[at..at + own.len()], 16));
        at += own.len();
    }
    if rows.len() > MAX_LINES {
        lines.push(format!("and {} more rows", rows.len() - MAX_LINES));
    }
    lines
}

/// A trace whose lines are the numbers of the window and then what `result` makes of them.
pub(super) fn trace(
    p: &PoolNd,
    x: &[f32],
    index: usize,
    result: impl Fn(&[usize], &[f64], usize) -> String,
) -> Trace {
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

/// A tensor of the shape that the windows give, for an x of this shape.
pub(super) fn output(plan: &mut Plan, p: &PoolNd, x: &Tensor, name: &str, dtype: DType) -> Tensor {
    plan.temporary(name, &p.shape(&x.shape), dtype)
}

/// The window that is the whole input.
pub(super) fn global(x: &Tensor) -> Windows {
    Windows::new(x.shape.get(2..).unwrap_or_default())
}
