//! Numbers of types that the plan does not have, such as whole ones, which lie on it as floats: those hold
//! each up to 2²⁴.

use super::super::error::Refusal;
use super::super::value::Elem;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::{affine, clip};
use crate::ops::binary::{Op, binary};
use crate::ops::elementary::{Elementary, elementary};

/// Whole numbers brought into the range of a type of at most 16 bits: the low bits count.
pub(super) fn wrapped(plan: &mut Plan, x: &Tensor, elem: Elem) -> Result<Tensor, Refusal> {
    let Some((lo, hi)) = elem.limits().filter(|_| elem.bits() <= 16 && elem != Elem::Bool) else {
        return Ok(x.clone());
    };
    let span = plan.constant("span", &[1], vec![(hi - lo + 1) as f32]);
    let above = if lo < 0 { affine(plan, x, 1.0, -lo as f32) } else { x.clone() };
    let within = binary(plan, &above, &span, Op::Modulo)?;
    Ok(if lo < 0 { affine(plan, &within, 1.0, lo as f32) } else { within })
}

/// What is too large for a narrow float as its largest number. The rest is rounded when it is read.
pub(super) fn held_in(plan: &mut Plan, x: &Tensor, elem: Elem) -> Tensor {
    elem.largest().map_or_else(|| x.clone(), |most| clip(plan, x, -most, most))
}

/// The quotient of whole numbers, cut towards 0.
pub(super) fn quotient(plan: &mut Plan, a: &Tensor, b: &Tensor) -> Result<Tensor, Refusal> {
    let rest = binary(plan, a, b, Op::Remainder)?;
    let multiple = binary(plan, a, &rest, Op::Subtract)?;
    let near = binary(plan, &multiple, b, Op::Divide)?;
    Ok(elementary(plan, &near, Elementary::Round))
}
