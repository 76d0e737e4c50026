//! The one kernel behind most moves, and its mirror image.
//!
//! `strided`: element i of y, at coordinates c, is `x[offset + Σ c_k·stride_k]`. `place` writes there.

use super::fill;
use crate::gpu::{
    Access, Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::{OpError, dim, limit_elements, only_floats};

/// Most axes of a strided copy, after neighbours that lie evenly are joined.
pub const MAX_AXES: usize = 8;

crate::params! {
    /// `y[c] = x[offset + Σ c_k·stride_k]`, axes from the fastest on.
    Strided {
        /// Lengths of the four fastest axes of y; 1 for absent ones.
        size: [u32; 4],
        /// Lengths of the others.
        size_high: [u32; 4],
        /// Elements of x from one coordinate to the next.
        stride: [i32; 4],
        /// The same for the others.
        stride_high: [i32; 4],
        /// Where coordinates 0 lie in x.
        offset: u32,
        /// Elements of the strided side.
        len: u32,
        /// Elements of the other side.
        whole: u32,
        /// Axes in use.
        rank: u32,
    }
}

/// A strided walk over a tensor: the sizes of what comes out and, for each axis, the stride in the
/// tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// Axis lengths.
    pub sizes: Vec<usize>,
    /// Elements from one coordinate to the next.
    pub strides: Vec<isize>,
    /// Where coordinates 0 lie.
    pub offset: usize,
}

/// Elements from one coordinate to the next, for each axis of a row-major tensor.
pub fn row_major(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1) as isize;
    }
    strides
}

impl Strided {
    /// The walk over a tensor of `whole` elements. Axes of length 1 are dropped, neighbours that lie
    /// evenly are joined.
    pub(super) fn new(walk: &Walk, whole: usize) -> Result<Self, OpError> {
        limit_elements("strided copy", &walk.sizes)?;
        let mut axes: Vec<(usize, isize)> = Vec::new();
        for (&size, &stride) in walk.sizes.iter().zip(&walk.strides).rev().filter(|(size, _)| **size != 1) {
            match axes.last_mut() {
                Some((inner, s)) if stride == *s * *inner as isize => *inner *= size,
                _ => axes.push((size, stride)),
            }
        }
        if axes.len() > MAX_AXES {
            let want = format!("at most {MAX_AXES} axes that do not lie evenly; it has {}", axes.len());
            return Err(OpError::Shape { op: "strided copy", what: "x", have: walk.sizes.clone(), want });
        }
        let size = |i: usize| axes.get(i).map_or(1, |a| dim(a.0));
        let stride = |i: usize| axes.get(i).map_or(0, |a| a.1 as i32);
        Ok(Self {
            size: [0, 1, 2, 3].map(size),
            size_high: [4, 5, 6, 7].map(size),
            stride: [0, 1, 2, 3].map(stride),
            stride_high: [4, 5, 6, 7].map(stride),
            offset: dim(walk.offset),
            len: dim(walk.sizes.iter().product()),
            whole: dim(whole),
            rank: dim(axes.len()),
        })
    }

    fn axes(&self) -> impl Iterator<Item = (usize, isize)> + use<> {
        let sizes = [self.size, self.size_high].concat();
        let strides = [self.stride, self.stride_high].concat();
        sizes.into_iter().zip(strides).map(|(n, s)| (n as usize, s as isize)).take(self.rank as usize)
    }

    /// Where element `index` of the strided side lies in the whole.
    fn at(&self, mut index: usize) -> usize {
        let mut at = self.offset as isize;
        for (size, stride) in self.axes() {
            at += (index % size) as isize * stride;
            index /= size;
        }
        at as usize
    }
}

/// A strided copy out of a tensor.
pub static STRIDED: Kernel<Strided> = Kernel {
    name: "strided",
    about: "y[c] = x[offset + Σ c_k·stride_k]",
    ins: &[Slot::input("x", |p| p.whole as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            *y = ins[0][p.at(index)];
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        // Repeated axes are summed; what is left meets each element at most once.
        let mut axes: Vec<(usize, isize)> = p.axes().collect();
        axes.reverse();
        let sizes: Vec<usize> = axes.iter().map(|a| a.0).collect();
        let repeated: Vec<usize> = (0..axes.len()).filter(|&i| axes[i].1 == 0).collect();
        let mut dy = dy.view(&sizes);
        if !repeated.is_empty() {
            dy = reduce(plan, &dy, &repeated, Reduce::Sum, false).expect("the axes are its own");
        }
        axes.retain(|a| a.1 != 0);
        let walk = Walk {
            sizes: axes.iter().map(|a| a.0).collect(),
            strides: axes.iter().map(|a| a.1).collect(),
            offset: p.offset as usize,
        };
        let back = Strided::new(&walk, p.whole as usize).expect("no more axes than forwards");
        let dx = if back.len == back.whole {
            plan.temporary("d x", &[p.whole as usize], dy.dtype)
        } else {
            fill(plan, "d x", &[p.whole as usize], 0.0)
        };
        plan.push(&PLACE, back, &[Some(&dy)], &[&dx]);
        vec![Some(dx)]
    }),
    trace: Some(|p, ins, _, index| {
        let at = p.at(index);
        Trace { reads: vec![(0, at)], lines: vec![format!("x[{at}] = {}", ins[0][at])] }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("layout/strided"),
            groups: |p| fold(p.len as usize, 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "runs",
            shader: crate::shader!("layout/strided_runs"),
            groups: |p| fold((p.len as usize).div_ceil(16), 8),
            fits: |_, profile| profile.software,
            can: |p| p.rank <= 4,
        },
    ],
    cases: || {
        let mut cases = cases(|walk, whole| Strided::new(walk, whole).expect("the cases have few axes"), 1);
        let repeat = Walk { sizes: vec![3, 4, 5], strides: vec![5, 0, 1], offset: 0 };
        cases.push(Case::normal("repeat", Strided::new(&repeat, 15).expect("three axes"), 1));
        let all = Walk { sizes: vec![3, 4], strides: vec![0, 0], offset: 0 };
        cases.push(Case::normal("one element repeated", Strided::new(&all, 1).expect("two axes"), 1));
        // Four axes that carry into one another within a run, forwards and backwards.
        let four = Walk { sizes: vec![3, 2, 3, 5], strides: vec![1, 3, 6, 18], offset: 0 };
        cases.push(Case::normal("four axes", Strided::new(&four, 90).expect("four axes"), 1));
        let back = Walk { sizes: vec![3, 2, 3, 5], strides: vec![-30, 15, -5, 1], offset: 70 };
        cases.push(Case::normal("four axes, two turned", Strided::new(&back, 90).expect("four axes"), 1));
        let heads = Walk { sizes: vec![12, 128, 32], strides: vec![32, 384, 1], offset: 0 };
        cases.push(Case::normal("heads", Strided::new(&heads, 128 * 384).expect("three axes"), 1).timed());
        cases
    },
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// A strided copy into a tensor; elements that it does not meet stay.
pub static PLACE: Kernel<Strided> = Kernel {
    name: "place",
    about: "y[offset + Σ c_k·stride_k] = x[c]",
    ins: &[Slot::input("x", |p| p.len as usize)],
    outs: &[Slot { access: Access::Place, ..Slot::output("y", |p| p.whole as usize) }],
    reference: |p, ins, outs| {
        for (index, &x) in ins[0].iter().enumerate() {
            outs[0][p.at(index)] = x;
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let dx = plan.temporary("d x", &[p.len as usize], dy.dtype);
        plan.push(&STRIDED, *p, &[Some(dy)], &[&dx]);
        vec![Some(dx)]
    }),
    trace: Some(|p, ins, _, index| {
        let from = (0..p.len as usize).find(|&at| p.at(at) == index);
        let line = from.map_or("stays as it was".into(), |at| format!("x[{at}] = {}", ins[0][at]));
        Trace { reads: from.map(|at| (0, at)).into_iter().collect(), lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("layout/place"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        cases(|walk, whole| Strided::new(walk, whole).expect("the cases have few axes"), 1)
            .into_iter()
            .map(|case| case.fills(vec![Fill::Normal(1.0), Fill::Normal(2.0)]))
            .collect()
    },
    tolerance: Tolerance::EXACT,
    flops: |_| 0.0,
};

/// Walks that meet each element at most once.
fn cases(params: fn(&Walk, usize) -> Strided, inputs: usize) -> Vec<Case<Strided>> {
    let case = |name, sizes: &[usize], strides: &[isize], offset, whole| {
        let walk = Walk { sizes: sizes.to_vec(), strides: strides.to_vec(), offset };
        Case::normal(name, params(&walk, whole), inputs)
    };
    vec![
        case("one element", &[1], &[1], 0, 1),
        case("transpose", &[7, 5], &[1, 7], 0, 35),
        case("turned round", &[9], &[-1], 8, 9),
        case("every second", &[3, 4], &[20, 2], 1, 60),
        case("permutation of five axes", &[2, 3, 2, 4, 2], &[1, 16, 2, 4, 48], 0, 96),
        case("eight axes", &[2; 8], &[128, 32, 64, 8, 16, 2, 4, 1], 0, 256),
    ]
}

/// Records a strided copy of `x`.
pub(super) fn strided(plan: &mut Plan, name: &str, x: &Tensor, walk: &Walk) -> Result<Tensor, OpError> {
    only_floats("strided copy", "x", x)?;
    let p = Strided::new(walk, x.len())?;
    let y = plan.temporary(name, &walk.sizes, x.dtype);
    if p.len > 0 {
        plan.push(&STRIDED, p, &[Some(x)], &[&y]);
    }
    Ok(y)
}
