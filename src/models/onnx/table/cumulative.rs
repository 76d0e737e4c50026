//! Running sums and products along an axis, by doubling: after step k every element has joined the 2ᵏ
//! before it, so that a row of N takes log₂ N steps and sums round little (Hillis and Steele 1986).

use super::super::error::Refusal;
use super::super::known;
use super::super::node::{Node, Outputs, axis};
use super::super::value::{Array, Value};
use super::row::Row;
use crate::gpu::Tensor;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{Cut, PadMode, pad, slice};

pub(super) static ROWS: &[Row] =
    &[("CumProd", |n| running(n, Op::Multiply)), ("CumSum", |n| running(n, Op::Add))];

fn running(n: &mut Node<'_>, op: Op) -> Outputs {
    let x = n.value(0)?;
    let axis = axis(n.scalar(1, 0.0)? as i64, x.shape.len())?;
    let (exclusive, reverse) = (n.int("exclusive", 0) != 0, n.int("reverse", 0) != 0);
    if let (None, Some(array)) = (&x.tensor, &x.known) {
        return Ok(vec![Value::known(of_known(array, axis, op, exclusive, reverse))]);
    }
    let mut sums = n.number(0)?;
    if reverse {
        sums = turned(n, &sums, axis)?;
    }
    if exclusive {
        sums = moved(n, &sums, axis, 1, op)?;
    }
    let mut reach = 1;
    while reach < x.shape[axis] {
        let before = moved(n, &sums, axis, reach, op)?;
        sums = binary(n.plan, &sums, &before, op)?;
        reach *= 2;
    }
    if reverse {
        sums = turned(n, &sums, axis)?;
    }
    Ok(vec![Value::computed(x.elem, sums)])
}

/// The elements `by` places further along, what changes nothing before them.
fn moved(n: &mut Node<'_>, x: &Tensor, axis: usize, by: usize, op: Op) -> Result<Tensor, Refusal> {
    let nothing = if op == Op::Multiply { 1.0 } else { 0.0 };
    let mut pads = vec![(0, 0); x.shape.len()];
    pads[axis] = (by as isize, -(by as isize));
    Ok(pad(n.plan, x, &pads, PadMode::Constant(nothing))?)
}

/// The elements in the opposite order.
fn turned(n: &mut Node<'_>, x: &Tensor, axis: usize) -> Result<Tensor, Refusal> {
    let mut cuts: Vec<Cut> = x.shape.iter().map(|&n| Cut::all(n)).collect();
    let len = x.shape[axis];
    cuts[axis] = Cut { start: len.saturating_sub(1), len, step: -1 };
    Ok(slice(n.plan, x, &cuts)?)
}

fn of_known(x: &Array, axis: usize, op: Op, exclusive: bool, reverse: bool) -> Array {
    let (n, inner) = (x.shape[axis], x.shape[axis + 1..].iter().product::<usize>());
    let mut values = x.numbers.to_f64();
    for row in 0..values.len() / (n * inner).max(1) * inner {
        let first = row / inner * n * inner + row % inner;
        let mut sum = if op == Op::Multiply { 1.0 } else { 0.0 };
        for step in 0..n {
            let at = first + if reverse { n - 1 - step } else { step } * inner;
            let before = sum;
            sum = if op == Op::Multiply { sum * values[at] } else { sum + values[at] };
            values[at] = if exclusive { before } else { sum };
        }
    }
    known::from_f64(x.elem, x.shape.clone(), values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::onnx::value::Elem;

    #[test]
    fn known_numbers_run_both_ways() {
        let x = Array::ints(Elem::I64, &[2, 3], vec![1, 2, 3, 4, 5, 6]);
        let sums = |axis, exclusive, reverse| {
            of_known(&x, axis, Op::Add, exclusive, reverse)
                .numbers
                .to_f64()
                .iter()
                .map(|&v| v as i64)
                .collect()
        };
        let sums = |axis, exclusive, reverse| -> Vec<i64> { sums(axis, exclusive, reverse) };
        assert_eq!(sums(1, false, false), [1, 3, 6, 4, 9, 15]);
        assert_eq!(sums(1, true, true), [5, 3, 0, 11, 6, 0]);
        assert_eq!(sums(0, false, false), [1, 2, 3, 5, 7, 9]);
    }
}
