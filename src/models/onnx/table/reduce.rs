//! Reductions over axes. Axes are an attribute in old versions of the operator set and an input in
//! new ones; without any, all axes are reduced.

use super::super::error::unsupported;
use super::super::known;
use super::super::node::{Node, Outputs};
use super::super::value::Value;
use super::row::Row;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

pub(super) static ROWS: &[Row] = &[
    ("ReduceL1", |n| reduced(n, &L1)),
    ("ReduceL2", |n| reduced(n, &L2)),
    ("ReduceLogSum", |n| reduced(n, &LOG_SUM)),
    ("ReduceLogSumExp", |n| reduced(n, &LOG_SUM_EXP)),
    ("ReduceMax", |n| reduced(n, &MAX)),
    ("ReduceMean", |n| reduced(n, &MEAN)),
    ("ReduceMin", |n| reduced(n, &MIN)),
    ("ReduceProd", |n| reduced(n, &PRODUCT)),
    ("ReduceSum", |n| reduced(n, &SUM)),
    ("ReduceSumSquare", |n| reduced(n, &SUM_SQUARE)),
];

/// A reduction: by its kernel, and on the CPU as a fold.
struct Fold {
    /// Its kernel, if there is one, and what follows.
    op: Option<(Reduce, Act)>,
    start: f64,
    join: fn(f64, f64) -> f64,
    /// Of the result and the number of elements.
    end: fn(f64, f64) -> f64,
}

const fn fold(op: Reduce, start: f64, join: fn(f64, f64) -> f64, end: fn(f64, f64) -> f64) -> Fold {
    Fold { op: Some((op, Act::IDENTITY)), start, join, end }
}

static L1: Fold = fold(Reduce::L1, 0.0, |s, x| s + x.abs(), |s, _| s);
static L2: Fold = fold(Reduce::L2, 0.0, |s, x| s + x * x, |s, _| s.sqrt());
static LOG_SUM: Fold =
    Fold { op: Some((Reduce::Sum, Act::LOG)), start: 0.0, join: |s, x| s + x, end: |s, _| s.ln() };
static LOG_SUM_EXP: Fold = fold(Reduce::LogSumExp, 0.0, |s, x| s + x.exp(), |s, _| s.ln());
static MAX: Fold = fold(Reduce::Max, f64::NEG_INFINITY, f64::max, |s, _| s);
static MEAN: Fold = fold(Reduce::Mean, 0.0, |s, x| s + x, |s, n| s / n);
static MIN: Fold = fold(Reduce::Min, f64::INFINITY, f64::min, |s, _| s);
static PRODUCT: Fold = Fold { op: None, start: 1.0, join: |s, x| s * x, end: |s, _| s };
static SUM: Fold = fold(Reduce::Sum, 0.0, |s, x| s + x, |s, _| s);
static SUM_SQUARE: Fold = fold(Reduce::SumSquare, 0.0, |s, x| s + x * x, |s, _| s);

fn reduced(n: &mut Node<'_>, fold: &Fold) -> Outputs {
    let x = n.value(0)?;
    let rank = x.shape.len();
    let keep = n.int("keepdims", 1) != 0;
    let mut axes = n.axes(1, rank)?.unwrap_or_default();
    if axes.is_empty() {
        if n.int("noop_with_empty_axes", 0) != 0 {
            return Ok(vec![x]);
        }
        axes = (0..rank).collect();
    }
    if let (Some(array), true) = (&x.known, known::folds(std::slice::from_ref(&x))) {
        let reduced = known::reduce(array, &axes, keep, fold.start, fold.join, fold.end)?;
        return Ok(vec![Value::known(reduced)]);
    }
    let Some((op, act)) = fold.op else {
        return unsupported("only products of numbers that are known before the network runs are made");
    };
    let tensor = n.tensor(0)?;
    let y = reduce(n.plan, &tensor, &axes, op, keep)?;
    let y = if act == Act::IDENTITY { y } else { activation(n.plan, &y, act) };
    Ok(vec![Value::computed(x.elem, y)])
}
