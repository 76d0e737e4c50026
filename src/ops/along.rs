//! Elements picked from, and put into, an axis at positions that the network computes.
//!
//! Seen as `x [OUTER, N, INNER]` with positions `at [OUTER, M, INNER]`, floats that hold whole numbers
//! and count from the end where negative. [`TAKE`]: `y[o,m,i] = x[o, at[o,m,i], i]`, 0 beyond the axis.
//! [`PUT`]: y is x, and `v[o,m,i]` joins `y[o, at[o,m,i], i]` in the order of m. Where positions are
//! known while recording, [`super::layout::gather`] is cheaper.

use super::arithmetic::number;
use super::layout::fill;
use super::{OpError, dim, only_floats};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere, fold,
};

/// Most values that are put along an axis: a software adapter ends loops after 65,535 turns.
const MAX_PUT: usize = 65_000;
/// Most comparisons of a putting, some seconds on a software adapter.
const MAX_COMPARISONS: usize = 1 << 34;

/// What a value does to the element that it is put onto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Replaces it.
    Replace,
    /// Is added to it.
    Add,
    /// Is multiplied with it.
    Multiply,
    /// The larger stays.
    Maximum,
    /// The smaller stays.
    Minimum,
}

impl Join {
    /// The element after the value has joined it.
    pub fn apply(self, element: f64, value: f64) -> f64 {
        match self {
            Self::Replace => value,
            Self::Add => element + value,
            Self::Multiply => element * value,
            Self::Maximum => element.max(value),
            Self::Minimum => element.min(value),
        }
    }

    const ALL: [Self; 5] = [Self::Replace, Self::Add, Self::Multiply, Self::Maximum, Self::Minimum];
}

crate::params! {
    /// Positions along the middle of three axes.
    Along {
        /// Axes before.
        outer: u32,
        /// Length of the axis.
        n: u32,
        /// Positions in each row.
        m: u32,
        /// Axes behind.
        inner: u32,
        /// A [`Join`].
        join: u32,
    }
}

impl Along {
    fn elements(&self) -> usize {
        self.outer as usize * self.n as usize * self.inner as usize
    }

    fn positions(&self) -> usize {
        self.outer as usize * self.m as usize * self.inner as usize
    }

    /// The element that a position names, `None` beyond the axis; `index` counts positions.
    fn element(&self, index: usize, at: f64) -> Option<usize> {
        let [n, m, inner] = [self.n, self.m, self.inner].map(|v| v as usize);
        let from_first = if at < 0.0 { at + n as f64 } else { at };
        let within = from_first >= 0.0 && from_first < n as f64;
        within.then(|| (index / (m * inner) * n + from_first as usize) * inner + index % inner)
    }

    fn joins(&self) -> Join {
        Join::ALL.get(self.join as usize).copied().unwrap_or(Join::Replace)
    }
}

/// Elements at positions.
pub static TAKE: Kernel<Along> = Kernel {
    name: "take",
    about: "y[m] = x[at[m]] along an axis, positions computed by the network",
    ins: &[Slot::input("x", Along::elements), Slot::input("at", Along::positions)],
    outs: &[Slot::output("y", Along::positions)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            *y = p.element(index, ins[1][index]).map_or(0.0, |at| ins[0][at]);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let zero = fill(plan, "0", &[p.elements()], 0.0);
        let dx = plan.temporary("d take", &[p.elements()], dy.dtype);
        let adds = Along { join: Join::Add as u32, ..*p };
        plan.push(&PUT, adds, &[Some(&zero), Some(step.input(1)), Some(dy)], &[&dx]);
        let none = step.wanted[1].then(|| fill(plan, "0", &[p.positions()], 0.0));
        vec![Some(dx), none]
    }),
    trace: Some(|p, ins, _, index| {
        let at = f64::from(ins[1][index]);
        let (mut reads, line) = (vec![(1, index)], format!("position {}", number(at)));
        let line = match p.element(index, at) {
            Some(from) => {
                reads.push((0, from));
                format!("{line}: {}", number(ins[0][from].into()))
            }
            None => format!("{line} is beyond the {} of the axis: 0", p.n),
        };
        Trace { reads, lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("along/take"),
        groups: |p| fold(p.positions(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(2, &[Join::Replace]),
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// Values put at positions.
pub static PUT: Kernel<Along> = Kernel {
    name: "put",
    about: "y = x, then v[m] joins y[at[m]] along an axis, in the order of m",
    ins: &[
        Slot::input("x", Along::elements),
        Slot::input("at", Along::positions),
        Slot::input("v", Along::positions),
    ],
    outs: &[Slot::output("y", Along::elements)],
    reference: |p, ins, outs| {
        outs[0].copy_from_slice(ins[0]);
        for (index, &v) in ins[2].iter().enumerate() {
            if let Some(at) = p.element(index, ins[1][index]) {
                outs[0][at] = p.joins().apply(outs[0][at], v);
            }
        }
    },
    backward: Backward::None("values put at computed places are not differentiated"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("along/put"),
        groups: |p| fold(p.elements(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(3, &Join::ALL),
    tolerance: Tolerance { abs: 1e-6, rel: 1e-6 },
    flops: |p| p.elements() as f64 * f64::from(p.m),
};

fn cases(inputs: usize, joins: &[Join]) -> Vec<Case<Along>> {
    let case = |name, [outer, n, m, inner]: [u32; 4], join: Join| {
        let mut fills = vec![Fill::Normal(1.0); inputs];
        fills[1] = Fill::Values(vec![2.0, 0.0, -1.0, 1.0, 1.0, 9.0, -9.0]);
        let p = Along { outer, n, m, inner, join: join as u32 };
        Case::normal(name, p, inputs).fills(fills).kinked_in(1, "positions are whole numbers")
    };
    let mut cases = vec![case("one element", [1, 1, 1, 1], Join::Replace)];
    cases.extend(joins.iter().map(|&join| case("rows and columns", [2, 5, 13, 3], join)));
    cases.push(case("a long row", [1, 9, 133, 1], joins[joins.len() - 1]));
    cases
}

fn params(op: &'static str, x: &Tensor, at: &Tensor, axis: usize, join: Join) -> Result<Along, OpError> {
    only_floats(op, "x", x)?;
    only_floats(op, "the positions", at)?;
    let alike = x.shape.len() == at.shape.len()
        && axis < x.shape.len()
        && (0..x.shape.len()).all(|i| i == axis || x.shape[i] == at.shape[i]);
    if !alike {
        let want = format!("{:?} but for axis {axis}", x.shape);
        return Err(OpError::Shape { op, what: "the positions", have: at.shape.clone(), want });
    }
    let product = |shape: &[usize]| dim(shape.iter().product());
    Ok(Along {
        outer: product(&x.shape[..axis]),
        n: dim(x.shape[axis]),
        m: dim(at.shape[axis]),
        inner: product(&x.shape[axis + 1..]),
        join: join as u32,
    })
}

/// Records the elements of `x` at positions `at` along `axis`; shapes agree elsewhere.
pub fn take(plan: &mut Plan, x: &Tensor, at: &Tensor, axis: usize) -> Result<Tensor, OpError> {
    let p = params("take", x, at, axis, Join::Replace)?;
    let y = plan.temporary("taken", &at.shape, x.dtype);
    if !y.is_empty() {
        plan.push(&TAKE, p, &[Some(x), Some(at)], &[&y]);
    }
    Ok(y)
}

/// Records `x` with `values` put at positions `at` along `axis`; shapes agree elsewhere.
pub fn put(
    plan: &mut Plan,
    x: &Tensor,
    at: &Tensor,
    values: &Tensor,
    axis: usize,
    join: Join,
) -> Result<Tensor, OpError> {
    let op = "put";
    let p = params(op, x, at, axis, join)?;
    only_floats(op, "the values", values)?;
    if values.shape != at.shape {
        let (have, want) = (values.shape.clone(), format!("{:?}, one for each position", at.shape));
        return Err(OpError::Shape { op, what: "the values", have, want });
    }
    let comparisons = x.len().saturating_mul(p.m as usize);
    for (elements, limit) in [(p.m as usize, MAX_PUT), (comparisons, MAX_COMPARISONS)] {
        if elements > limit {
            return Err(OpError::TooManyElements { op, elements, limit });
        }
    }
    let y = plan.temporary("put", &x.shape, x.dtype);
    if !y.is_empty() {
        plan.push(&PUT, p, &[Some(x), Some(at), Some(values)], &[&y]);
    }
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken_again() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2, 3], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let at = plan.constant("at", &[2, 2], vec![2.0_f32, -3.0, 1.0, 1.0]);
        let v = plan.constant("v", &[2, 2], vec![10.0_f32, 20.0, 30.0, 40.0]);
        let y = put(&mut plan, &x, &at, &v, 1, Join::Replace).unwrap();
        let sum = put(&mut plan, &x, &at, &v, 1, Join::Add).unwrap();
        let back = take(&mut plan, &y, &at, 1).unwrap();
        let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
        assert_eq!(values[y.buf.0], [20.0, 2.0, 10.0, 4.0, 40.0, 6.0]);
        assert_eq!(values[sum.buf.0], [21.0, 2.0, 13.0, 4.0, 75.0, 6.0]);
        assert_eq!(values[back.buf.0], [10.0, 20.0, 40.0, 40.0]);
        assert!(take(&mut plan, &x, &at.view(&[4, 1]), 1).is_err());
        assert!(put(&mut plan, &x, &at, &x, 1, Join::Add).is_err());
    }
}
