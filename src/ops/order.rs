//! Which elements of an axis are the largest: positions of extremes, and the K first of a sorting.
//!
//! Seen as `x [OUTER, N, INNER]`. [`RANK`] counts for each element how many of its row come before it
//! (equal ones in their order), [`AT_RANK`] finds the element of each rank; a row is sorted by N² cheap
//! comparisons at once, which no invocation waits for. Positions are floats that hold whole numbers, so
//! that they can be computed with. What is no number counts as the largest, as in NumPy.

use super::binary::{Op, binary};
use super::layout::fill;
use super::reduce::{Reduce, reduce};
use super::select::where_;
use super::{OpError, dim, only_floats};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};

/// Longest axis that is sorted: a software adapter ends loops after 65,535 turns.
pub const MAX_SORTED: usize = 65_000;
/// Most comparisons of a sorting, some seconds on a software adapter.
const MAX_COMPARISONS: usize = 1 << 34;
/// Longest axis whose positions floats hold exactly.
const MAX_POSITIONS: usize = 1 << 24;

crate::params! {
    /// Elements along the middle of three axes.
    Order {
        /// Axes before.
        outer: u32,
        /// Elements to compare.
        n: u32,
        /// Axes behind.
        inner: u32,
        /// Ranks that are looked for.
        k: u32,
        /// 1: the smallest first.
        smallest: u32,
    }
}

impl Order {
    fn elements(&self) -> usize {
        self.outer as usize * self.n as usize * self.inner as usize
    }

    fn found(&self) -> usize {
        self.outer as usize * self.k as usize * self.inner as usize
    }

    /// First element of the row that element `index` of an axis of `len` lies in.
    fn row(&self, index: usize, len: u32) -> usize {
        let inner = self.inner as usize;
        index / (inner * len as usize) * self.n as usize * inner + index % inner
    }

    /// Whether `a` comes before `b`.
    fn before(&self, a: f64, b: f64) -> bool {
        match (a.is_nan(), b.is_nan()) {
            (true, b) => !b && self.smallest == 0,
            (false, true) => self.smallest == 1,
            _ if self.smallest == 1 => a < b,
            _ => a > b,
        }
    }
}

/// How many elements of its row come before each.
pub static RANK: Kernel<Order> = Kernel {
    name: "rank",
    about: "rank[j] = number of elements of the row before x[j], equal ones in their order",
    ins: &[Slot::input("x", Order::elements)],
    outs: &[Slot::output("rank", Order::elements)],
    reference: |p, ins, outs| {
        let [n, inner] = [p.n, p.inner].map(|v| v as usize);
        for (index, rank) in outs[0].iter_mut().enumerate() {
            let (row, own) = (p.row(index, p.n), index / inner % n);
            let value = ins[0][index];
            let earlier = |&j: &usize| {
                let other = ins[0][row + j * inner];
                p.before(other, value) || (j < own && !p.before(value, other))
            };
            *rank = (0..n).filter(earlier).count() as f64;
        }
    },
    backward: Backward::None("an order has no slope"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("order/rank"),
        groups: |p| fold(p.elements(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let p = |outer, n, inner, smallest| Order { outer, n, inner, k: 0, smallest };
        let ties = Fill::Values(vec![3.0, 1.0, 2.0, 1.0, f32::NAN, 3.0, -1.0]);
        vec![
            Case::normal("one element", p(1, 1, 1, 0), 1),
            Case::normal("largest first", p(2, 33, 3, 0), 1),
            Case::normal("ties, smallest first", p(3, 20, 1, 1), 1).fills(vec![ties.clone()]),
            Case::normal("ties, largest first", p(1, 67, 2, 0), 1).fills(vec![ties]),
            Case::normal("8400 boxes", p(1, 8400, 1, 0), 1).timed(),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |p| p.elements() as f64 * f64::from(p.n),
};

/// Positions of the K first ranks.
pub static AT_RANK: Kernel<Order> = Kernel {
    name: "at_rank",
    about: "position[r] = the j with rank[j] = r, for the K first ranks",
    ins: &[Slot::input("rank", Order::elements)],
    outs: &[Slot::output("position", Order::found)],
    reference: |p, ins, outs| {
        let [n, inner] = [p.n, p.inner].map(|v| v as usize);
        for (index, position) in outs[0].iter_mut().enumerate() {
            let (row, wanted) = (p.row(index, p.k), index / inner % p.k as usize);
            let found = (0..n).find(|j| ins[0][row + j * inner] == wanted as f64);
            *position = found.unwrap_or(0) as f64;
        }
    },
    backward: Backward::None("an order has no slope"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("order/at_rank"),
        groups: |p| fold(p.found(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let ranks = Fill::Values(vec![3.0, 0.0, 2.0, 4.0, 1.0]);
        let p = |outer, n, k| Order { outer, n, inner: 1, k, smallest: 0 };
        vec![
            Case::normal("one element", p(1, 1, 1), 1).fills(vec![Fill::Const(0.0)]),
            Case::normal("two of five", p(9, 5, 2), 1).fills(vec![ranks.clone()]),
            Case::normal("all of five", p(15, 5, 5), 1).fills(vec![ranks]),
        ]
    },
    tolerance: Tolerance::EXACT,
    flops: |p| p.found() as f64 * f64::from(p.n),
};

fn folded(x: &Tensor, axis: usize) -> [usize; 3] {
    [x.shape[..axis].iter().product(), x.shape[axis], x.shape[axis + 1..].iter().product()]
}

fn check(op: &'static str, x: &Tensor, axis: usize, limit: usize) -> Result<(), OpError> {
    only_floats(op, "x", x)?;
    match x.shape.get(axis) {
        Some(n) if *n <= limit => Ok(()),
        _ => {
            let want = format!("an axis {axis} of at most {limit} elements");
            Err(OpError::Shape { op, what: "x", have: x.shape.clone(), want })
        }
    }
}

/// Records positions along `axis` of its `k` first elements when sorted, `[.., k, ..]`.
pub fn sorted(plan: &mut Plan, x: &Tensor, axis: usize, k: usize, smallest: bool) -> Result<Tensor, OpError> {
    let op = "sorting";
    check(op, x, axis, MAX_SORTED)?;
    let [outer, n, inner] = folded(x, axis);
    if k > n {
        let want = format!("at least the {k} elements along axis {axis} that are asked for");
        return Err(OpError::Shape { op, what: "x", have: x.shape.clone(), want });
    }
    let comparisons = x.len().saturating_mul(n);
    if comparisons > MAX_COMPARISONS {
        return Err(OpError::TooManyElements { op, elements: comparisons, limit: MAX_COMPARISONS });
    }
    let mut shape = x.shape.clone();
    shape[axis] = k;
    let position = plan.temporary("position", &shape, x.dtype);
    if !position.is_empty() {
        let [outer, n, inner, k] = [outer, n, inner, k].map(dim);
        let p = Order { outer, n, inner, k, smallest: smallest.into() };
        let rank = plan.temporary("rank", &x.shape, x.dtype);
        plan.push(&RANK, p, &[Some(x)], &[&rank]);
        plan.push(&AT_RANK, p, &[Some(&rank)], &[&position]);
    }
    Ok(position)
}

/// 0 to N − 1 along one of `rank` axes, the others of length 1.
pub fn positions(plan: &mut Plan, rank: usize, axis: usize, n: usize) -> Tensor {
    let mut along = vec![1; rank];
    along[axis] = n;
    plan.constant("positions", &along, (0..n).map(|i| i as f32).collect::<Vec<_>>())
}

/// Records the position along `axis` of the largest or smallest element, the first or the last of
/// several, in an axis of length 1.
pub fn extreme(
    plan: &mut Plan,
    x: &Tensor,
    axis: usize,
    smallest: bool,
    last: bool,
) -> Result<Tensor, OpError> {
    check("position of the extreme", x, axis, MAX_POSITIONS)?;
    let n = x.shape[axis];
    let best = reduce(plan, x, &[axis], if smallest { Reduce::Min } else { Reduce::Max }, true)?;
    let hit = binary(plan, x, &best, Op::Equal)?;
    let positions = positions(plan, x.shape.len(), axis, n);
    // Elsewhere a position that never wins.
    let other = fill(plan, "elsewhere", &[1], if last { 0.0 } else { n.saturating_sub(1) as f32 });
    let candidates = where_(plan, &hit, &positions, &other)?;
    reduce(plan, &candidates, &[axis], if last { Reduce::Max } else { Reduce::Min }, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(record: impl FnOnce(&mut Plan, &Tensor) -> Tensor, shape: &[usize], x: &[f32]) -> Vec<f64> {
        let mut plan = Plan::new();
        let x = plan.constant("x", shape, x.to_vec());
        let y = record(&mut plan, &x);
        crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new())[y.buf.0].clone()
    }

    #[test]
    fn the_first_of_a_sorting_stand_in_order() {
        let x = [3.0, 9.0, 1.0, 9.0, 5.0, 2.0];
        let top = run(|plan, x| sorted(plan, x, 1, 3, false).unwrap(), &[1, 6], &x);
        assert_eq!(top, [1.0, 3.0, 4.0]);
        let bottom = run(|plan, x| sorted(plan, x, 0, 2, true).unwrap(), &[3, 2], &x);
        assert_eq!(bottom, [1.0, 2.0, 0.0, 0.0]);
    }

    #[test]
    fn extremes_are_the_first_or_the_last_of_several() {
        let x = [3.0, 9.0, 1.0, 9.0, 5.0, 1.0];
        let at = |smallest, last| run(|plan, x| extreme(plan, x, 0, smallest, last).unwrap(), &[6], &x);
        assert_eq!(
            [at(false, false), at(false, true), at(true, false), at(true, true)].concat(),
            [1.0, 3.0, 2.0, 5.0]
        );
    }

    #[test]
    fn what_would_take_too_long_is_refused() {
        let mut plan = Plan::new();
        let long = plan.constant("x", &[MAX_SORTED + 1], vec![0.0; MAX_SORTED + 1]);
        assert!(sorted(&mut plan, &long, 0, 1, false).is_err());
        assert!(sorted(&mut plan, &long.view(&[1, MAX_SORTED + 1]), 0, 2, false).is_err());
    }
}
