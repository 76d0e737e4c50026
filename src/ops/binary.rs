//! Two tensors combined element by element, `y = a ∘ b`; one row of the table each.
//!
//! Shapes are broadcast as in NumPy: aligned on the right, axes of length 1 repeated. In the kernel `a`
//! and `y` have one shape, and `b` the same, or neighbouring axes of it with ones around them: `[W]`,
//! `[]` or `[C, 1, 1]` beside `[N, C, H, W]`. Element i then meets `b[i / div % modulo]`. Operands that
//! lie otherwise are expanded first. PReLU: He et al. 2015.

use super::affine::affine;
use super::arithmetic::number;
use super::layout::expand;
use super::reduce::sum_to;
use super::{OpError, dim, limit_elements, only_floats};
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
    /// Its derivatives to a and to b.
    pub df: fn(a: f64, b: f64) -> [f64; 2],
}

/// All operations; the index is the `op` parameter of the kernel. Comparisons give 1 or 0.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { name: "add", sign: "+", f: |a, b| a + b, df: |_, _| [1.0, 1.0] },
    Row { name: "subtract", sign: "−", f: |a, b| a - b, df: |_, _| [1.0, -1.0] },
    Row { name: "multiply", sign: "·", f: |a, b| a * b, df: |a, b| [b, a] },
    Row { name: "divide", sign: "/", f: |a, b| a / b, df: |a, b| [1.0 / b, -a / (b * b)] },
    Row { name: "power", sign: "^", f: f64::powf,
        df: |a, b| [if b == 0.0 { 0.0 } else { b * a.powf(b - 1.0) }, if a > 0.0 { a.powf(b) * a.ln() } else { 0.0 }] },
    Row { name: "maximum", sign: "max", f: |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) },
        df: |a, b| if a >= b { [1.0, 0.0] } else { [0.0, 1.0] } },
    Row { name: "minimum", sign: "min", f: |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) },
        df: |a, b| if a <= b { [1.0, 0.0] } else { [0.0, 1.0] } },
    Row { name: "PReLU", sign: "PReLU, slope", f: |a, b| if a >= 0.0 { a } else { a * b },
        df: |a, b| if a >= 0.0 { [1.0, 0.0] } else { [b, a] } },
    Row { name: "less", sign: "<", f: |a, b| truth(a < b), df: |_, _| [0.0; 2] },
    Row { name: "less or equal", sign: "≤", f: |a, b| truth(a <= b), df: |_, _| [0.0; 2] },
    Row { name: "greater", sign: ">", f: |a, b| truth(a > b), df: |_, _| [0.0; 2] },
    Row { name: "greater or equal", sign: "≥", f: |a, b| truth(a >= b), df: |_, _| [0.0; 2] },
    Row { name: "equal", sign: "=", f: |a, b| truth(a == b), df: |_, _| [0.0; 2] },
    Row { name: "remainder", sign: "rem", f: |a, b| a % b, df: |a, b| [1.0, -(a / b).trunc()] },
    Row { name: "modulo", sign: "mod", f: modulo, df: |a, b| [1.0, -(a / b).floor()] },
];

fn truth(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

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
    /// a to the power of b, as C's `pow`.
    Power,
    /// The larger.
    Maximum,
    /// The smaller.
    Minimum,
    /// a if a ≥ 0, otherwise a · b.
    PRelu,
    /// a < b
    Less,
    /// a ≤ b
    LessOrEqual,
    /// a > b
    Greater,
    /// a ≥ b
    GreaterOrEqual,
    /// a = b
    Equal,
    /// What a division leaves, with the sign of a, as C's `fmod`.
    Remainder,
    /// What a division leaves, with the sign of b, as Python's `%`.
    Modulo,
}

impl Op {
    /// All, in the order of [`TABLE`].
    pub const ALL: [Self; 15] = [
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Power,
        Self::Maximum,
        Self::Minimum,
        Self::PRelu,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Equal,
        Self::Remainder,
        Self::Modulo,
    ];

    /// Whether the operands may change places.
    fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Multiply | Self::Maximum | Self::Minimum | Self::Equal)
    }
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
    about: "y = a + b, a − b, a · b, a / b, a power, extreme or comparison, element by element, b repeated",
    ins: &[Slot::input("a", |p| p.len as usize), Slot::input("b", |p| p.modulo as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let row = &TABLE[p.op as usize];
        for (index, (y, &a)) in outs[0].iter_mut().zip(ins[0]).enumerate() {
            *y = (row.f)(a, ins[1][p.partner(index)]);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let full = [p.len as usize];
        let (da, db) = match Op::ALL[p.op as usize] {
            Op::Add => (dy.clone(), dy.clone()),
            Op::Subtract if step.wanted[1] => (dy.clone(), affine(plan, dy, -1.0, 0.0)),
            Op::Subtract => (dy.clone(), dy.clone()),
            _ => {
                let da = plan.temporary("da", &full, dy.dtype);
                let db = plan.temporary("db", &full, dy.dtype);
                let ins = [Some(step.input(0)), Some(step.input(1)), Some(dy)];
                plan.push(&BINARY_BACKWARD, *p, &ins, &[&da, &db]);
                (da, db)
            }
        };
        let db = step.wanted[1].then(|| {
            let [len, div, modulo] = [p.len, p.div, p.modulo].map(|v| v as usize);
            let split = db.view(&[len / (div * modulo).max(1), modulo, div]);
            sum_to(plan, &split, &[1, modulo, 1]).view(&[modulo])
        });
        vec![step.wanted[0].then_some(da), db]
    }),
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
    cases: || cases(2),
    // Power goes through a logarithm on the GPU.
    tolerance: Tolerance { abs: 2e-6, rel: 1e-5 },
    flops: |p| f64::from(p.len),
};

/// Gradients of an elementwise operation: for b, one for each time that it is used.
pub static BINARY_BACKWARD: Kernel<Binary> = Kernel {
    name: "binary_backward",
    about: "da = dy·∂y/∂a and db = dy·∂y/∂b, element by element, b repeated",
    ins: &[
        Slot::input("a", |p| p.len as usize),
        Slot::input("b", |p| p.modulo as usize),
        Slot::input("dy", |p| p.len as usize),
    ],
    outs: &[Slot::output("da", |p| p.len as usize), Slot::output("db", |p| p.len as usize)],
    reference: |p, ins, outs| {
        for index in 0..p.len as usize {
            let slopes = (TABLE[p.op as usize].df)(ins[0][index], ins[1][p.partner(index)]);
            for (out, slope) in outs.iter_mut().zip(slopes) {
                out[index] = ins[2][index] * slope;
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("binary/binary_backward"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(3).into_iter().filter(|case| case.params.op < Op::Less as u32).collect(),
    tolerance: Tolerance { abs: 2e-6, rel: 2e-5 },
    flops: |p| 3.0 * f64::from(p.len),
};

fn cases(inputs: usize) -> Vec<Case<Binary>> {
    let case = |name, a: &[usize], b: &[usize], op| {
        let p = Binary::new(a, b, op).expect("the cases have valid shapes");
        let mut case = Case::normal(name, p, inputs);
        match op {
            Op::Divide => case.fills[1] = Fill::Uniform(0.5, 2.0),
            Op::Power => case.fills[0] = Fill::Uniform(0.2, 2.0),
            // Whole numbers, so that some are equal.
            Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual | Op::Equal => {
                case.fills[0] = Fill::Values(vec![0.0, 1.0, 2.0, -1.0, 3.0]);
                case.fills[1] = Fill::Values(vec![1.0, 1.0, 0.0]);
                case = case.kinked("steps");
            }
            Op::Remainder | Op::Modulo => {
                case.fills[0] = Fill::Values(vec![7.0, -7.0, 5.25, 6.0, -0.5]);
                case.fills[1] = Fill::Values(vec![3.0, -2.0, 1.5]);
                case = case.kinked("steps");
            }
            _ => {}
        }
        case
    };
    let mut cases: Vec<_> =
        (0..).zip(TABLE).map(|(op, row): (usize, _)| case(row.name, &[133], &[133], Op::ALL[op])).collect();
    let extreme = case("extreme values", &[64], &[64], Op::Add);
    let mut fills = extreme.fills.clone();
    fills[0] = Fill::Extreme;
    cases.extend([
        extreme.fills(fills),
        case("one element", &[1], &[1], Op::Add),
        case("a slope for each channel", &[2, 3, 5], &[3, 1], Op::PRelu),
        case("scalar", &[7, 9], &[], Op::Multiply),
        case("row", &[67, 5], &[5], Op::Add),
        case("column", &[67, 5], &[67, 1], Op::Subtract),
        case("channel", &[2, 3, 5, 7], &[3, 1, 1], Op::Multiply),
        case("middle axes", &[2, 3, 5, 7], &[1, 3, 5, 1], Op::Divide),
        case("powers of each row", &[4, 6], &[4, 1], Op::Power),
        case("residual 128x384", &[128, 384], &[128, 384], Op::Add).timed(),
        case("feature maps", &[1, 16, 224, 224], &[16, 1, 1], Op::Multiply).timed(),
    ]);
    cases
}

/// The shape that two shapes are broadcast to, as in NumPy; `None` if they do not fit.
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let axis = |shape: &[usize], i: usize| (i + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    (0..rank)
        .map(|i| match (axis(a, i), axis(b, i)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

pub(super) fn broadcast_or_refuse(op: &'static str, a: &[usize], b: &[usize]) -> Result<Vec<usize>, OpError> {
    broadcast(a, b).ok_or_else(|| {
        let want = format!("{a:?}: axes, aligned on the right, that are equal or 1");
        OpError::Shape { op, what: "b", have: b.to_vec(), want }
    })
}

/// Records `a ∘ b`, shapes broadcast.
pub fn binary(plan: &mut Plan, a: &Tensor, b: &Tensor, op: Op) -> Result<Tensor, OpError> {
    let name = TABLE[op as usize].name;
    only_floats("binary", "a", a)?;
    only_floats("binary", "b", b)?;
    let shape = broadcast_or_refuse("binary", &a.shape, &b.shape)?;
    limit_elements("binary", &shape)?;
    let y = plan.temporary(name, &shape, a.dtype);
    if y.is_empty() {
        return Ok(y);
    }
    let (a, b) = if a.shape != shape && b.shape == shape && op.commutes() { (b, a) } else { (a, b) };
    let a = expand(plan, a, &shape)?;
    let (p, b) = match Binary::new(&shape, &b.shape, op) {
        Ok(p) => (p, b.clone()),
        Err(_) => (Binary::new(&shape, &shape, op)?, expand(plan, b, &shape)?),
    };
    plan.push(&BINARY, p, &[Some(&a), Some(&b)], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    #[test]
    fn indices_are_refused() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2], vec![1.0_f32, 2.0]);
        let ids = plan.constant("ids", &[2], vec![1_u32, 2]);
        for (a, b) in [(&x, &ids), (&ids, &x), (&ids, &ids)] {
            let says = binary(&mut plan, a, b, Op::Equal).unwrap_err().to_string();
            assert!(says.contains("holds uint32 numbers"), "{says}");
        }
        assert!(plan.steps.is_empty());
    }

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
        let results = Op::ALL.map(|op| (TABLE[op as usize].f)(6.0, 3.0));
        assert_eq!(results, [9.0, 3.0, 18.0, 2.0, 216.0, 6.0, 3.0, 6.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        for (i, op) in Op::ALL.into_iter().enumerate() {
            assert_eq!(op as usize, i);
        }
    }

    #[test]
    fn shapes_are_broadcast_both_ways() {
        let mut plan = Plan::new();
        let column = plan.constant("a", &[2, 1], vec![10.0_f32, 20.0]);
        let row = plan.constant("b", &[2], vec![1.0_f32, 2.0]);
        let y = binary(&mut plan, &column, &row, Op::Subtract).unwrap();
        let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
        assert_eq!(y.shape, [2, 2]);
        assert_eq!(values[y.buf.0], [9.0, 8.0, 19.0, 18.0]);
        assert!(binary(&mut plan, &column, &column.view(&[1, 2]), Op::Less).is_ok());
        let three = plan.constant("c", &[3], vec![0.0_f32; 3]);
        assert!(binary(&mut plan, &row, &three, Op::Add).is_err());
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        for b in [&[3][..], &[2, 2, 2, 2], &[2, 1, 2], &[4, 1]] {
            assert!(Binary::new(&[2, 2, 2], b, Op::Add).is_err(), "{b:?}");
        }
    }
}
