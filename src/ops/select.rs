//! One of two tensors, element by element: `y = a where condition ≠ 0, otherwise b`.

use super::binary::broadcast_or_refuse;
use super::layout::{expand, fill};
use super::{OpError, dim, limit_elements, only_floats};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};

crate::params! {
    /// `y = a where condition ≠ 0, otherwise b`.
    Where {
        /// Elements.
        len: u32,
    }
}

/// Picks from two tensors.
pub static WHERE: Kernel<Where> = Kernel {
    name: "where",
    about: "y = a where the condition is not 0, otherwise b",
    ins: &[
        Slot::input("condition", |p| p.len as usize),
        Slot::input("a", |p| p.len as usize),
        Slot::input("b", |p| p.len as usize),
    ],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |_, ins, outs| {
        for (i, y) in outs[0].iter_mut().enumerate() {
            *y = if ins[0][i] != 0.0 { ins[1][i] } else { ins[2][i] };
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let condition = step.input(0);
        let zero = fill(plan, "0", &[p.len as usize], 0.0);
        let mut pick = |a: &Tensor, b: &Tensor| {
            let d = plan.temporary("d where", &[p.len as usize], dy.dtype);
            plan.push(&WHERE, *p, &[Some(condition), Some(a), Some(b)], &[&d]);
            d
        };
        let da = step.wanted[1].then(|| pick(dy, &zero));
        let db = step.wanted[2].then(|| pick(&zero, dy));
        vec![step.wanted[0].then(|| zero.clone()), da, db]
    }),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("binary/where"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, len, condition| {
            let fills = vec![Fill::Values(condition), Fill::Normal(1.0), Fill::Normal(1.0)];
            Case::normal(name, Where { len }, 3).fills(fills).kinked_in(0, "the condition is a step")
        };
        // A condition far from 0 has a derivative: none.
        let smooth = Case::normal("no step near", Where { len: 70 }, 3);
        vec![
            case("one element", 1, vec![0.0]),
            case("some", 133, vec![0.0, 1.0, 1.0, 0.0, -2.0]),
            smooth.fills(vec![Fill::Values(vec![1.0, -3.0, 2.0]), Fill::Normal(1.0), Fill::Normal(1.0)]),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// Records `a` where `condition` is not 0, otherwise `b`; shapes broadcast.
pub fn where_(plan: &mut Plan, condition: &Tensor, a: &Tensor, b: &Tensor) -> Result<Tensor, OpError> {
    for (what, x) in [("the condition", condition), ("a", a), ("b", b)] {
        only_floats("where", what, x)?;
    }
    let shape = broadcast_or_refuse("where", &a.shape, &b.shape)?;
    let shape = broadcast_or_refuse("where", &shape, &condition.shape)?;
    limit_elements("where", &shape)?;
    let [condition, a, b] =
        [expand(plan, condition, &shape)?, expand(plan, a, &shape)?, expand(plan, b, &shape)?];
    let y = plan.temporary("where", &shape, a.dtype);
    if !y.is_empty() {
        plan.push(&WHERE, Where { len: dim(y.len()) }, &[Some(&condition), Some(&a), Some(&b)], &[&y]);
    }
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_refused() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2], vec![1.0_f32, 2.0]);
        let ids = plan.constant("ids", &[2], vec![1_u32, 2]);
        for (condition, a, b) in [(&x, &ids, &x), (&ids, &x, &x), (&ids, &ids, &x), (&x, &x, &ids)] {
            assert!(where_(&mut plan, condition, a, b).is_err());
        }
        assert!(plan.steps.is_empty());
    }
}
