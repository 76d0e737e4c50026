//! How an element of a convolution is written out with its numbers, and what it is the sum of.

use crate::gpu::{Summands, Trace};
use crate::ops::arithmetic::{number, sum_of_products};
use crate::ops::unary::Act;

/// The sum of `pairs` of elements of the first two inputs, `row` products a line, plus an element of the third,
/// through an activation; so many cells of the window lie `outside`, in the padding.
pub(super) fn explained(
    ins: &[&[f32]],
    pairs: &[(usize, usize)],
    bias: Option<usize>,
    row: usize,
    outside: usize,
    act: Act,
) -> Trace {
    let terms: Vec<_> = pairs.iter().map(|&(x, w)| (f64::from(ins[0][x]), f64::from(ins[1][w]))).collect();
    let start = bias.map(|at| f64::from(ins[2][at]));
    let mut lines = sum_of_products(&terms, row, start);
    if outside > 0 {
        // Before the result, which comes last.
        lines.insert(lines.len() - 1, format!("{outside} of the window's cells lie in the padding: 0"));
    }
    if act.kind != Act::IDENTITY.kind {
        let sum = terms.iter().fold(start.unwrap_or(0.0), |sum, (x, w)| sum + x * w);
        lines.push(format!("activation: {}", number(act.apply(sum))));
    }
    let mut reads: Vec<_> = pairs.iter().map(|&(x, _)| (0, x)).collect();
    reads.extend(pairs.iter().map(|&(_, w)| (1, w)));
    reads.extend(bias.map(|at| (2, at)));
    Trace { reads, lines }
}

/// The products of `pairs` of elements of the first two inputs, and an element of the third.
pub(super) fn summands(ins: &[&[f64]], pairs: &[(usize, usize)], bias: Option<usize>) -> Summands {
    pairs.iter().map(|&(x, w)| ins[0][x] * ins[1][w]).chain(bias.map(|at| ins[2][at])).collect()
}
