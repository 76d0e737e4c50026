//! Elementwise functions that no layer is made of, but that files of others hold: trigonometry, rounding
//! and tests for what is no number. Beside [`super::unary`], since software adapters run all branches
//! of a table.

use super::arithmetic::number;
use super::dim;
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};

/// A row of the table.
pub struct Row {
    /// Name in the field.
    pub name: &'static str,
    /// The function.
    pub f: fn(x: f64) -> f64,
    /// Its derivative.
    pub df: fn(x: f64) -> f64,
}

/// All functions; the index is the `f` parameter of the kernels.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { name: "tangent", f: f64::tan, df: |x| 1.0 + x.tan().powi(2) },
    Row { name: "arcsine", f: f64::asin, df: |x| (1.0 - x * x).sqrt().recip() },
    Row { name: "arccosine", f: f64::acos, df: |x| -(1.0 - x * x).sqrt().recip() },
    Row { name: "arctangent", f: f64::atan, df: |x| (1.0 + x * x).recip() },
    Row { name: "hyperbolic sine", f: f64::sinh, df: f64::cosh },
    Row { name: "hyperbolic cosine", f: f64::cosh, df: f64::sinh },
    Row { name: "inverse hyperbolic sine", f: f64::asinh, df: |x| (x * x + 1.0).sqrt().recip() },
    Row { name: "inverse hyperbolic cosine", f: f64::acosh, df: |x| (x * x - 1.0).sqrt().recip() },
    Row { name: "inverse hyperbolic tangent", f: f64::atanh, df: |x| (1.0 - x * x).recip() },
    Row { name: "round, halves to even", f: f64::round_ties_even, df: |_| 0.0 },
    Row { name: "whole part", f: f64::trunc, df: |_| 0.0 },
    Row { name: "is no number", f: |x| truth(x.is_nan()), df: |_| 0.0 },
    Row { name: "is +∞", f: |x| truth(x == f64::INFINITY), df: |_| 0.0 },
    Row { name: "is −∞", f: |x| truth(x == f64::NEG_INFINITY), df: |_| 0.0 },
];

fn truth(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

/// A row of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the rows of the table name them")]
pub enum Elementary {
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Asinh,
    Acosh,
    Atanh,
    Round,
    Trunc,
    IsNan,
    IsPositiveInfinity,
    IsNegativeInfinity,
}

impl Elementary {
    /// The function in `f64`.
    pub fn apply(self, x: f64) -> f64 {
        (TABLE[self as usize].f)(x)
    }
}

crate::params! {
    /// `y[i] = f(x[i])`.
    ElementaryParams {
        /// Elements.
        len: u32,
        /// Row of the table.
        f: u32,
    }
}

impl ElementaryParams {
    fn row(&self) -> &'static Row {
        &TABLE[self.f as usize]
    }
}

/// Elementary function.
pub static ELEMENTARY: Kernel<ElementaryParams> = Kernel {
    name: "elementary",
    about: "y = f(x), trigonometry, rounding and tests, element by element",
    ins: &[Slot::input("x", |p| p.len as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        for (y, &x) in outs[0].iter_mut().zip(ins[0]) {
            *y = (p.row().f)(x);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let dx = plan.temporary("d elementary", &[p.len as usize], dy.dtype);
        plan.push(&ELEMENTARY_BACKWARD, *p, &[Some(step.input(0)), Some(dy)], &[&dx]);
        vec![Some(dx)]
    }),
    trace: Some(|p, ins, _, index| {
        let x = f64::from(ins[0][index]);
        let line = format!("{}({}) = {}", p.row().name, number(x), number((p.row().f)(x)));
        Trace { reads: vec![(0, index)], lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("elementary/elementary"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(1),
    tolerance: Tolerance { abs: 1e-5, rel: 2e-5 },
    flops: |p| f64::from(p.len),
};

/// Gradient of an elementary function.
pub static ELEMENTARY_BACKWARD: Kernel<ElementaryParams> = Kernel {
    name: "elementary_backward",
    about: "dx = dy·f'(x), element by element",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input("dy", |p| p.len as usize)],
    outs: &[Slot::output("dx", |p| p.len as usize)],
    reference: |p, ins, outs| {
        for ((dx, &x), &dy) in outs[0].iter_mut().zip(ins[0]).zip(ins[1]) {
            *dx = dy * (p.row().df)(x);
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("elementary/elementary_backward"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(2),
    tolerance: Tolerance { abs: 1e-5, rel: 4e-5 },
    flops: |p| f64::from(p.len),
};

fn cases(inputs: usize) -> Vec<Case<ElementaryParams>> {
    let case = |(f, row): (u32, &Row)| {
        let mut fills = vec![Fill::Normal(1.0); inputs];
        fills[0] = match row.name {
            "tangent" => Fill::Uniform(-1.3, 1.3),
            "arcsine" | "arccosine" | "inverse hyperbolic tangent" => Fill::Uniform(-0.95, 0.95),
            "inverse hyperbolic cosine" => Fill::Uniform(1.1, 9.0),
            "is no number" | "is +∞" | "is −∞" => {
                Fill::Values(vec![f32::NAN, 1.5, f32::INFINITY, -2.0, f32::NEG_INFINITY, 0.0])
            }
            "round, halves to even" => Fill::Values(vec![0.5, 1.5, -0.5, -2.5, 0.4, 1e6, -1.6]),
            _ => Fill::Normal(2.0),
        };
        let case = Case::normal(row.name, ElementaryParams { len: 133, f }, inputs).fills(fills);
        if f >= Elementary::Round as u32 { case.kinked("steps") } else { case }
    };
    let mut cases: Vec<_> = (0..).zip(TABLE).map(case).collect();
    cases.push(Case::normal("one element", ElementaryParams { len: 1, f: 3 }, inputs));
    cases
}

/// Records `f(x)`.
pub fn elementary(plan: &mut Plan, x: &Tensor, f: Elementary) -> Tensor {
    let y = plan.temporary(TABLE[f as usize].name, &x.shape, x.dtype);
    if !x.is_empty() {
        plan.push(&ELEMENTARY, ElementaryParams { len: dim(x.len()), f: f as u32 }, &[Some(x)], &[&y]);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_table_are_in_the_order_of_the_enum() {
        assert_eq!(TABLE.len(), Elementary::IsNegativeInfinity as usize + 1);
        assert_eq!(Elementary::Round.apply(2.5), 2.0);
        assert_eq!(Elementary::Trunc.apply(-2.5), -2.0);
        assert_eq!(Elementary::IsNan.apply(f64::NAN), 1.0);
        assert_eq!(Elementary::IsPositiveInfinity.apply(f64::INFINITY), 1.0);
        assert!((Elementary::Acosh.apply(1.0)).abs() < 1e-12);
    }
}
