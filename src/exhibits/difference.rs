//! How far two tensors are apart.

use super::problem::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::binary::{Op, binary};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

/// The largest difference of two tensors of one length, `[1]`.
pub fn largest_difference(plan: &mut Plan, a: &Tensor, b: &Tensor) -> Result<Tensor, Problem> {
    let apart = binary(plan, a, b, Op::Subtract)?;
    let apart = activation(plan, &apart, Act::ABS);
    Ok(reduce(plan, &apart.view(&[apart.len()]), &[0], Reduce::Max, true)?)
}
