//! Padding: with one value, or with elements of the tensor itself, mirrored, repeated or wrapped.

use super::fill;
use super::moves::{Cut, slice, wrong};
use super::strided::{PLACE, Strided, Walk, row_major};
use crate::gpu::{Backward, Case, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold};
use crate::ops::{OpError, dim, limit_elements, only_floats};

/// What stands outside of a padded tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// This value.
    Constant(f32),
    /// The tensor mirrored at its edge, which is not repeated.
    Reflect,
    /// The last element.
    Edge,
    /// The other end.
    Wrap,
}

crate::params! {
    /// Padding of the middle axis of `[outer, n, inner]` with elements of its own.
    Pad {
        /// Axes before.
        outer: u32,
        /// Elements.
        n: u32,
        /// Axes behind.
        inner: u32,
        /// Elements put before.
        before: u32,
        /// Elements put behind.
        after: u32,
        /// 0 reflect, 1 edge, 2 wrap.
        mode: u32,
    }
}

impl Pad {
    fn padded(&self) -> usize {
        (self.before + self.n + self.after) as usize
    }

    /// Refuses elements with more copies than the gradient's loop may have turns: a software adapter
    /// silently ends those after 65,535.
    fn check_copies(&self) -> Result<(), OpError> {
        const LIMIT: usize = 65_000;
        let [n, before, after] = [self.n, self.before, self.after].map(|v| v as usize);
        let elements = match self.mode {
            1 if n > 1 => before.max(after) + 1,
            0 if n > 1 => (before + n + after) / (n - 1) + 2,
            _ => (before + n + after).div_ceil(n),
        };
        if elements > LIMIT {
            let op = "pad, copies of an element";
            return Err(OpError::TooManyElements { op, elements, limit: LIMIT });
        }
        Ok(())
    }

    fn inputs(&self) -> usize {
        self.outer as usize * self.n as usize * self.inner as usize
    }

    fn outputs(&self) -> usize {
        self.outer as usize * self.padded() * self.inner as usize
    }

    /// The coordinate in x that stands at coordinate `j` of y.
    fn source(&self, j: usize) -> usize {
        let (n, at) = (self.n as isize, j as isize - self.before as isize);
        (match self.mode {
            0 if n == 1 => 0,
            0 => {
                let around = at.rem_euclid(2 * (n - 1));
                around.min(2 * (n - 1) - around)
            }
            1 => at.clamp(0, n - 1),
            _ => at.rem_euclid(n),
        }) as usize
    }
}

/// Padding with elements of the tensor itself.
pub static PAD: Kernel<Pad> = Kernel {
    name: "pad",
    about: "y = x with elements of its own around: mirrored, repeated or from the other end",
    ins: &[Slot::input("x", Pad::inputs)],
    outs: &[Slot::output("y", Pad::outputs)],
    reference: |p, ins, outs| {
        let (n, inner) = (p.n as usize, p.inner as usize);
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (i, j, o) = (index % inner, index / inner % p.padded(), index / inner / p.padded());
            *y = ins[0][(o * n + p.source(j)) * inner + i];
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let dx = plan.temporary("d x", &[p.inputs()], dy.dtype);
        plan.push(&PAD_BACKWARD, *p, &[Some(dy)], &[&dx]);
        vec![Some(dx)]
    }),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("layout/pad"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: pad_cases,
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// Gradient of a padding: each element takes the gradients of all its copies.
pub static PAD_BACKWARD: Kernel<Pad> = Kernel {
    name: "pad_backward",
    about: "dx = the sum of dy over all copies of the element",
    ins: &[Slot::input("dy", Pad::outputs)],
    outs: &[Slot::output("dx", Pad::inputs)],
    reference: |p, ins, outs| {
        let (n, inner) = (p.n as usize, p.inner as usize);
        for (index, dy) in ins[0].iter().enumerate() {
            let (i, j, o) = (index % inner, index / inner % p.padded(), index / inner / p.padded());
            outs[0][(o * n + p.source(j)) * inner + i] += dy;
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("layout/pad_backward"),
        groups: |p| fold(p.inputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: pad_cases,
    tolerance: Tolerance::ELEMENTWISE,
    flops: |p| p.outputs() as f64,
};

fn pad_cases() -> Vec<Case<Pad>> {
    let mut cases = Vec::new();
    for mode in 0..3 {
        let case = |name, [outer, n, inner, before, after]: [u32; 5]| {
            Case::normal(name, Pad { outer, n, inner, before, after, mode }, 1)
        };
        cases.extend([
            case("one element", [1, 1, 1, 2, 1]),
            case("both ends", [3, 5, 2, 2, 4]),
            case("wider than the tensor", [2, 3, 1, 7, 5]),
            case("rows of an image", [3, 31, 17, 1, 2]),
        ]);
    }
    cases
}

/// Records `x` with `pads[axis] = (before, after)` elements put around it. Negative numbers cut.
pub fn pad(plan: &mut Plan, x: &Tensor, pads: &[(isize, isize)], mode: PadMode) -> Result<Tensor, OpError> {
    only_floats("pad", "x", x)?;
    let size = |(&n, &(before, after)): (&usize, &(isize, isize))| n as isize + before + after;
    let cut =
        |(&n, &(before, after)): (&usize, &(isize, isize))| (-before.min(0) - after.min(0)) <= n as isize;
    if pads.len() != x.shape.len() || !x.shape.iter().zip(pads).all(cut) {
        let have: Vec<usize> = x.shape.iter().zip(pads).map(|p| size(p).max(0) as usize).collect();
        return Err(wrong("pad", "the result", &have, format!("one pair for each axis of {:?}", x.shape)));
    }
    // First what is cut away, then what is put on.
    let cuts: Vec<Cut> = x
        .shape
        .iter()
        .zip(pads)
        .map(|(&n, &(before, after))| {
            let start = (-before.min(0)) as usize;
            Cut { start, len: n - start - (-after.min(0)) as usize, step: 1 }
        })
        .collect();
    let mut y = if pads.iter().any(|p| p.0 < 0 || p.1 < 0) { slice(plan, x, &cuts)? } else { x.clone() };
    let pads: Vec<(usize, usize)> = pads.iter().map(|p| (p.0.max(0) as usize, p.1.max(0) as usize)).collect();
    if pads.iter().all(|p| *p == (0, 0)) {
        return Ok(y);
    }
    let shape: Vec<usize> = y.shape.iter().zip(&pads).map(|(&n, p)| n + p.0 + p.1).collect();
    limit_elements("pad", &shape)?;
    if let PadMode::Constant(value) = mode {
        let padded = fill(plan, "padded", &shape, value);
        let strides = row_major(&shape);
        let offset = pads.iter().zip(&strides).map(|(p, &s)| p.0 * s as usize).sum();
        let walk = Walk { sizes: y.shape.clone(), strides, offset };
        if !y.is_empty() {
            plan.push(&PLACE, Strided::new(&walk, padded.len())?, &[Some(&y)], &[&padded]);
        }
        return Ok(padded);
    }
    let mode = match mode {
        PadMode::Reflect => 0,
        PadMode::Edge => 1,
        PadMode::Constant(_) | PadMode::Wrap => 2,
    };
    for (axis, &(before, after)) in pads.iter().enumerate().filter(|(_, p)| **p != (0, 0)) {
        if y.shape[axis] == 0 {
            return Err(OpError::Zero { what: "the length of a padded axis" });
        }
        let product = |axes: &[usize]| dim(axes.iter().product());
        let p = Pad {
            outer: product(&y.shape[..axis]),
            n: dim(y.shape[axis]),
            inner: product(&y.shape[axis + 1..]),
            before: dim(before),
            after: dim(after),
            mode,
        };
        p.check_copies()?;
        let mut shape = y.shape.clone();
        shape[axis] = p.padded();
        let padded = plan.temporary("padded", &shape, x.dtype);
        plan.push(&PAD, p, &[Some(&y)], &[&padded]);
        y = padded;
    }
    Ok(y)
}
