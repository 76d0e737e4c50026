//! Two tensors combined element by element, `y = a ∘ b`; one row of the table each.
//!
//! `a` and `y` have one shape. `b` has the same, or neighbouring axes of it with ones around them,
//! aligned on the right as in NumPy: `[W]`, `[]` or `[C, 1, 1]` beside `[N, C, H, W]`. Element i then
//! meets `b[i / div % modulo]`.

use super::arithmetic::number;
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};

/// A row of the table.
pub struct Row {
    /// Name in the field.
    pub name: &'static str,
    /// Sign between the operands.
    pub sign: &'static str,
    /// The function.
    pub f: fn(a: f64, b: f64) -> f64,
}

/// All operations; the index is the `op` parameter of the kernel.
pub const TABLE: &[Row] = &[
    Row { name: "add", sign: "+", f: |a, b| a + b },
    Row { name: "subtract", sign: "−", f: |a, b| a - b },
    Row { name: "multiply", sign: "·", f: |a, b| a * b },
    Row { name: "divide", sign: "/", f: |a, b| a / b },
];

/// An operation: a row of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// a + b
    Add,
    /// a − b
    Subtract,
    /// a · b
    Multiply,
    /// a / b
    Divide,
}

crate::params! {
    /// `y[i] = a[i] ∘ b[i / div % modulo]`.
    Binary {
        /// Elements of a and y.
        len: u32,
        /// Consecutive elements of a that meet the same element of b.
        div: u32,
        /// Elements of b.
        modulo: u32,
        /// Row of the table.
        op: u32,
    }
}

impl Binary {
    /// Shape rule.
    pub fn new(a: &[usize], b: &[usize], op: Op) -> Result<Self, OpError> {
        limit_elements("binary", a)?;
        // Aligned on the right; then the axes of b that are longer than 1, from first to past the last.
        let missing = a.len().checked_sub(b.len());
        let axis = |i: usize| if i < missing.unwrap_or(0) { 1 } else { b[i - missing.unwrap_or(0)] };
        let long = (0..a.len()).filter(|&i| missing.is_some() && axis(i) != 1);
        let (first, past) = (long.clone().min().unwrap_or(a.len()), long.max().map_or(a.len(), |i| i + 1));
        if missing.is_none() || (first..past).any(|i| axis(i) != a[i]) {
            let want = format!("{a:?}, or neighbouring axes of it with ones around them");
            return Err(OpError::Shape { op: "binary", what: "b", have: b.to_vec(), want });
        }
        Ok(Self {
            len: dim(a.iter().product()),
            div: dim(a[past..].iter().product()),
            modulo: dim(b.iter().product()),
            op: op as u32,
        })
    }

    /// Index into b of the element that meets element `index` of a.
    pub fn partner(&self, index: usize) -> usize {
        index / self.div as usize % self.modulo as usize
    }
}

/// Elementwise operations of two tensors.
pub static BINARY: Kernel<Binary> = Kernel {
    name: "binary",
    about: "y = a + b, a − b, a · b or a / b, element by element, b repeated",
    ins: &[Slot::input("a", |p| p.len as usize), Slot::input("b", |p| p.modulo as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let row = &TABLE[p.op as usize];
        for (index, (y, &a)) in outs[0].iter_mut().zip(ins[0]).enumerate() {
            *y = (row.f)(a, ins[1][p.partner(index)]);
        }
    },
    backward: Backward::None("its rule is yet to be written"),
    trace: Some(|p, ins, _, index| {
        let (row, partner) = (&TABLE[p.op as usize], p.partner(index));
        let (a, b) = (f64::from(ins[0][index]), f64::from(ins[1][partner]));
        let shown = if b < 0.0 { format!("({})", number(b)) } else { number(b) };
        let line = format!("{} {} {shown} = {}", number(a), row.sign, number((row.f)(a, b)));
        Trace { reads: vec![(0, index), (1, partner)], lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("binary/binary"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, a: &[usize], b: &[usize], op| {
            Case::normal(name, Binary::new(a, b, op).expect("the cases have valid shapes"), 2)
        };
        let divisors = || vec![Fill::Normal(1.0), Fill::Uniform(0.5, 2.0)];
        vec![
            case("one element", &[1], &[1], Op::Add),
            case("add", &[333], &[333], Op::Add),
            case("subtract", &[333], &[333], Op::Subtract),
            case("multiply", &[333], &[333], Op::Multiply),
            case("divide", &[333], &[333], Op::Divide).fills(divisors()),
            case("scalar", &[7, 9], &[], Op::Multiply),
            case("row", &[67, 5], &[5], Op::Add),
            case("column", &[67, 5], &[67, 1], Op::Subtract),
            case("channel", &[2, 3, 5, 7], &[3, 1, 1], Op::Multiply),
            case("middle axes", &[2, 3, 5, 7], &[1, 3, 5, 1], Op::Divide).fills(divisors()),
            case("extreme values", &[64], &[64], Op::Add).fills(vec![Fill::Extreme, Fill::Normal(1.0)]),
            case("residual 128x384", &[128, 384], &[128, 384], Op::Add).timed(),
            case("feature maps", &[1, 16, 224, 224], &[16, 1, 1], Op::Multiply).timed(),
        ]
    },
    tolerance: Tolerance { abs: 1e-6, rel: 1e-6 },
    flops: |p| f64::from(p.len),
};

/// Records `a ∘ b`, of the shape of `a`.
pub fn binary(plan: &mut Plan, a: &Tensor, b: &Tensor, op: Op) -> Result<Tensor, OpError> {
    let p = Binary::new(&a.shape, &b.shape, op)?;
    let y = plan.temporary(TABLE[op as usize].name, &a.shape, a.dtype);
    plan.push(&BINARY, p, &[Some(a), Some(b)], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    #[test]
    fn b_is_repeated_along_missing_and_short_axes() {
        let run = |b_shape: &[usize], b: &[f64]| {
            let p = Binary::new(&[2, 2, 2], b_shape, Op::Add).unwrap();
            run_kernel(&BINARY, bytemuck::bytes_of(&p), &[&[0.0; 8], b]).remove(0)
        };
        assert_eq!(run(&[2], &[1.0, 2.0]), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        assert_eq!(run(&[2, 1], &[1.0, 2.0]), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(run(&[2, 1, 1], &[1.0, 2.0]), [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
        assert_eq!(run(&[], &[3.0]), [3.0; 8]);
        assert_eq!(run(&[1, 1, 1], &[3.0]), [3.0; 8]);
    }

    #[test]
    fn rows_of_the_table_are_in_the_order_of_the_enum() {
        let results =
            [Op::Add, Op::Subtract, Op::Multiply, Op::Divide].map(|op| (TABLE[op as usize].f)(6.0, 3.0));
        assert_eq!(results, [9.0, 3.0, 18.0, 2.0]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        for b in [&[3][..], &[2, 2, 2, 2], &[2, 1, 2], &[4, 1]] {
            assert!(Binary::new(&[2, 2, 2], b, Op::Add).is_err(), "{b:?}");
        }
    }
}
