//! One value everywhere.

use crate::gpu::{
    Backward, Case, DType, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};
use crate::ops::arithmetic::number;
use crate::ops::dim;

crate::params! {
    /// `y = value`.
    Constant {
        /// Elements.
        len: u32,
        /// The value.
        value: f32,
    }
}

/// One value everywhere.
pub static FILL: Kernel<Constant> = Kernel {
    name: "fill",
    about: "y = value",
    ins: &[],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, _, outs| outs[0].fill(f64::from(p.value)),
    backward: Backward::None("it reads nothing"),
    trace: Some(|p, _, _, _| Trace { reads: vec![], lines: vec![number(f64::from(p.value))] }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("layout/fill"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        vec![
            Case::normal("one element", Constant { len: 1, value: 2.0 }, 0),
            Case::normal("row", Constant { len: 333, value: -0.5 }, 0),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// Records one value everywhere.
pub fn fill(plan: &mut Plan, name: &str, shape: &[usize], value: f32) -> Tensor {
    let y = plan.temporary(name, shape, DType::F32);
    if !y.is_empty() {
        plan.push(&FILL, Constant { len: dim(y.len()), value }, &[], &[&y]);
    }
    y
}
