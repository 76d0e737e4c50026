//! How the losses of all elements become one.

use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::reduce::{Reduce, reduce};

/// How the losses of all elements or positions become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// They stay as they are.
    None,
    /// Their sum.
    Sum,
    /// Their mean; of classes with weights, the sum divided by the weights of those that count.
    #[default]
    Mean,
    /// Their sum divided by the length of the first axis, the batch.
    BatchMean,
}

/// Records the reduction of `losses` over all axes; `counted` is what a mean divides by, summed, and
/// the number of losses if absent.
pub(super) fn whole(
    plan: &mut Plan,
    losses: &Tensor,
    counted: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor, OpError> {
    let axes: Vec<usize> = (0..losses.shape.len()).collect();
    let mut all = |x: &Tensor, op| reduce(plan, x, &axes, op, false);
    let loss = match (reduction, counted) {
        (Reduction::None, _) => return Ok(losses.clone()),
        (Reduction::Sum, _) => all(losses, Reduce::Sum)?,
        (Reduction::Mean, None) => all(losses, Reduce::Mean)?,
        (Reduction::Mean, Some(counted)) => {
            let (sum, count) = (all(losses, Reduce::Sum)?, all(counted, Reduce::Sum)?);
            binary(plan, &sum, &count, Op::Divide)?
        }
        (Reduction::BatchMean, _) => {
            let sum = all(losses, Reduce::Sum)?;
            let batch = losses.shape.first().copied().unwrap_or(1);
            affine(plan, &sum, 1.0 / batch as f32, 0.0)
        }
    };
    plan.name(&loss, "loss");
    Ok(loss)
}

/// Refuses a focus that is not a number from 0 on.
pub(super) fn check_gamma(gamma: f32) -> Result<f32, OpError> {
    if gamma >= 0.0 && gamma.is_finite() {
        Ok(gamma)
    } else {
        Err(OpError::OutOfRange { what: "the focus gamma", value: gamma, lo: 0.0, hi: f32::INFINITY })
    }
}
