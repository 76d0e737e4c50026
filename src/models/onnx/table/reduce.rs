//! Reductions over axes. Axes are an attribute in old versions of the operator set and an input in
//! new ones; without any, all axes are reduced.

use super::super::error::Refusal;
use super::super::known;
use super::super::node::{Node, Outputs};
use super::super::value::Value;
use super::row::Row;
use crate::gpu::{Plan, Tensor};
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, fill, narrow, transpose};
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
    let tensor = n.number(0)?;
    let Some((op, act)) = fold.op else {
        return Ok(vec![Value::computed(x.elem, product(n.plan, &tensor, &axes, keep)?)]);
    };
    let y = reduce(n.plan, &tensor, &axes, op, keep)?;
    let y = if act == Act::IDENTITY { y } else { activation(n.plan, &y, act) };
    Ok(vec![Value::computed(x.elem, y)])
}

/// The product over `axes`: halves multiplied until one element is left of each row.
fn product(plan: &mut Plan, x: &Tensor, axes: &[usize], keep: bool) -> Result<Tensor, Refusal> {
    let rank = x.shape.len();
    let rest: Vec<usize> = (0..rank).filter(|i| !axes.contains(i)).collect();
    let lengths = |axes: &[usize]| -> Vec<usize> { axes.iter().map(|&a| x.shape[a]).collect() };
    let shape = match keep {
        true => (0..rank).map(|i| if axes.contains(&i) { 1 } else { x.shape[i] }).collect(),
        false => lengths(&rest),
    };
    let (rows, mut left) = (lengths(&rest).iter().product(), lengths(axes).iter().product::<usize>());
    if left == 0 {
        return Ok(fill(plan, "empty product", &shape, 1.0));
    }
    let order = [&rest[..], axes].concat();
    let turned = if order.is_empty() { x.clone() } else { transpose(plan, x, &order)? };
    let mut y = turned.view(&[rows, left]);
    while left > 1 {
        let half = left / 2;
        let (a, b) = (narrow(plan, &y, 1, 0, half)?, narrow(plan, &y, 1, half, half)?);
        let pairs = binary(plan, &a, &b, Op::Multiply)?;
        y = match left % 2 {
            0 => pairs,
            _ => {
                let odd = narrow(plan, &y, 1, left - 1, 1)?;
                concat(plan, &[&pairs, &odd], 1)?
            }
        };
        left = left.div_ceil(2);
    }
    Ok(y.view(&shape))
}
