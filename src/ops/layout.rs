//! Moving elements without changing them: transpose, slice, expand, flip, concatenate, split, pad,
//! tile, gather, depth to space.
//!
//! All but padding with reflected, repeated or wrapped edges are one kernel, `strided`: element i of
//! y, at coordinates c, is `x[offset + Σ c_k·stride_k]`, with stride 0 along an axis that is repeated
//! and a negative one along an axis that is turned round. Its mirror image `place` writes there
//! instead, into a tensor that already has the rest. Reshape, squeeze and flatten are
//! [`Tensor::view`]: they move nothing.

use super::arithmetic::number;
use super::embed::embed;
use super::reduce::{Reduce, reduce};
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Access, Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always,
    anywhere, fold,
};

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
    fn new(walk: &Walk, whole: usize) -> Result<Self, OpError> {
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
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("layout/strided"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let mut cases = cases(|walk, whole| Strided::new(walk, whole).expect("the cases have few axes"), 1);
        let repeat = Walk { sizes: vec![3, 4, 5], strides: vec![5, 0, 1], offset: 0 };
        cases.push(Case::normal("repeat", Strided::new(&repeat, 15).expect("three axes"), 1));
        let all = Walk { sizes: vec![3, 4], strides: vec![0, 0], offset: 0 };
        cases.push(Case::normal("one element repeated", Strided::new(&all, 1).expect("two axes"), 1));
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
    outs: &[Slot { name: "y", dtype: DType::F32, access: Access::Update, len: |p| p.whole as usize }],
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
    trace: None,
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

/// Records one value everywhere.
pub fn fill(plan: &mut Plan, name: &str, shape: &[usize], value: f32) -> Tensor {
    let y = plan.temporary(name, shape, DType::F32);
    if !y.is_empty() {
        plan.push(&FILL, Constant { len: dim(y.len()), value }, &[], &[&y]);
    }
    y
}

/// Records a strided copy of `x`.
fn strided(plan: &mut Plan, name: &str, x: &Tensor, walk: &Walk) -> Result<Tensor, OpError> {
    if x.dtype != DType::F32 {
        return Err(wrong("strided copy", "x", &x.shape, "floats".into()));
    }
    let p = Strided::new(walk, x.len())?;
    let y = plan.temporary(name, &walk.sizes, x.dtype);
    if p.len > 0 {
        plan.push(&STRIDED, p, &[Some(x)], &[&y]);
    }
    Ok(y)
}

fn wrong(op: &'static str, what: &'static str, have: &[usize], want: String) -> OpError {
    OpError::Shape { op, what, have: have.to_vec(), want }
}

fn axis_in(op: &'static str, x: &Tensor, axis: usize) -> Result<(), OpError> {
    if axis < x.shape.len() {
        return Ok(());
    }
    Err(wrong(op, "x", &x.shape, format!("axis {axis}: it has {} axes", x.shape.len())))
}

/// Records `x` with its axes in the order of `axes`, as NumPy's transpose.
pub fn transpose(plan: &mut Plan, x: &Tensor, axes: &[usize]) -> Result<Tensor, OpError> {
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    if sorted != (0..x.shape.len()).collect::<Vec<_>>() {
        let want = format!("each axis of {:?} once", x.shape);
        return Err(wrong("transpose", "the order of axes", axes, want));
    }
    let strides = row_major(&x.shape);
    let walk = Walk {
        sizes: axes.iter().map(|&a| x.shape[a]).collect(),
        strides: axes.iter().map(|&a| strides[a]).collect(),
        offset: 0,
    };
    strided(plan, "transposed", x, &walk)
}

/// A stretch of an axis: `start, start + step, …`, `len` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// First coordinate.
    pub start: usize,
    /// How many.
    pub len: usize,
    /// From one to the next; negative walks backwards.
    pub step: isize,
}

impl Cut {
    /// The whole of an axis of `n`.
    pub fn all(n: usize) -> Self {
        Self { start: 0, len: n, step: 1 }
    }
}

/// Records a part of `x`: one cut for each axis.
pub fn slice(plan: &mut Plan, x: &Tensor, cuts: &[Cut]) -> Result<Tensor, OpError> {
    let inside = |cut: &Cut, n: usize| {
        let last = cut.start as isize + cut.step * (cut.len as isize - 1);
        cut.len == 0 || (cut.start < n && (0..n as isize).contains(&last))
    };
    if cuts.len() != x.shape.len() || !cuts.iter().zip(&x.shape).all(|(cut, &n)| inside(cut, n)) {
        let shape: Vec<usize> = cuts.iter().map(|c| c.len).collect();
        return Err(wrong("slice", "the part", &shape, format!("a tensor of shape {:?}", x.shape)));
    }
    let strides = row_major(&x.shape);
    let offset: usize = cuts
        .iter()
        .zip(&strides)
        .map(|(cut, &s)| if cut.len == 0 { 0 } else { cut.start * s as usize })
        .sum();
    let walk = Walk {
        sizes: cuts.iter().map(|c| c.len).collect(),
        strides: cuts.iter().zip(&strides).map(|(cut, &s)| cut.step * s).collect(),
        offset,
    };
    strided(plan, "slice", x, &walk)
}

/// Records `len` elements of one axis from `start` on.
pub fn narrow(plan: &mut Plan, x: &Tensor, axis: usize, start: usize, len: usize) -> Result<Tensor, OpError> {
    axis_in("narrow", x, axis)?;
    let mut cuts: Vec<Cut> = x.shape.iter().map(|&n| Cut::all(n)).collect();
    cuts[axis] = Cut { start, len, step: 1 };
    slice(plan, x, &cuts)
}

/// Records `x` repeated to `shape`: axes of length 1 and axes missing on the left, as in NumPy's
/// broadcasting.
pub fn expand(plan: &mut Plan, x: &Tensor, shape: &[usize]) -> Result<Tensor, OpError> {
    if x.shape == shape {
        return Ok(x.clone());
    }
    let missing = shape.len().checked_sub(x.shape.len());
    let fits = |missing: usize| x.shape.iter().zip(&shape[missing..]).all(|(&n, &to)| n == to || n == 1);
    let Some(missing) = missing.filter(|&m| fits(m)) else {
        let want = format!("{shape:?}: each axis equal or 1, aligned on the right");
        return Err(wrong("expand", "x", &x.shape, want));
    };
    let own = row_major(&x.shape);
    let strides = (0..shape.len())
        .map(|axis| if axis < missing || x.shape[axis - missing] == 1 { 0 } else { own[axis - missing] })
        .collect();
    strided(plan, "expanded", x, &Walk { sizes: shape.to_vec(), strides, offset: 0 })
}

/// Records tensors put one behind the other along an axis.
pub fn concat(plan: &mut Plan, parts: &[&Tensor], axis: usize) -> Result<Tensor, OpError> {
    let Some(first) = parts.first() else {
        return Err(OpError::Zero { what: "the number of tensors to concatenate" });
    };
    axis_in("concat", first, axis)?;
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for part in parts {
        let same = part.shape.len() == shape.len()
            && (0..shape.len()).all(|a| a == axis || part.shape[a] == shape[a]);
        if !same {
            let want = format!("{:?} in all axes but {axis}", first.shape);
            return Err(wrong("concat", "one of the tensors", &part.shape, want));
        }
        shape[axis] += part.shape[axis];
    }
    limit_elements("concat", &shape)?;
    let y = plan.temporary("concatenated", &shape, first.dtype);
    let strides = row_major(&shape);
    let mut start = 0;
    for part in parts.iter().filter(|p| !p.is_empty()) {
        let walk = Walk {
            sizes: part.shape.clone(),
            strides: strides.clone(),
            offset: start * strides[axis] as usize,
        };
        plan.push(&PLACE, Strided::new(&walk, y.len())?, &[Some(part)], &[&y]);
        start += part.shape[axis];
    }
    Ok(y)
}

/// Records `x` cut along an axis into parts of these lengths.
pub fn split(plan: &mut Plan, x: &Tensor, axis: usize, lens: &[usize]) -> Result<Vec<Tensor>, OpError> {
    axis_in("split", x, axis)?;
    if lens.iter().sum::<usize>() != x.shape[axis] {
        let want = format!("{} elements along axis {axis}", x.shape[axis]);
        return Err(wrong("split", "the list of lengths", lens, want));
    }
    let mut start = 0;
    lens.iter()
        .map(|&len| {
            let part = narrow(plan, x, axis, start, len);
            start += len;
            part
        })
        .collect()
}

/// Records `x` with `pads[axis] = (before, after)` elements put around it. Negative numbers cut.
pub fn pad(plan: &mut Plan, x: &Tensor, pads: &[(isize, isize)], mode: PadMode) -> Result<Tensor, OpError> {
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
        let mut shape = y.shape.clone();
        shape[axis] = p.padded();
        let padded = plan.temporary("padded", &shape, x.dtype);
        plan.push(&PAD, p, &[Some(&y)], &[&padded]);
        y = padded;
    }
    Ok(y)
}

/// Records `x` repeated `times[axis]` times along each axis.
pub fn tile(plan: &mut Plan, x: &Tensor, times: &[usize]) -> Result<Tensor, OpError> {
    if times.len() != x.shape.len() {
        return Err(wrong("tile", "the list of times", times, format!("one for each axis of {:?}", x.shape)));
    }
    let single: Vec<usize> = x.shape.iter().flat_map(|&n| [1, n]).collect();
    let repeated: Vec<usize> = x.shape.iter().zip(times).flat_map(|(&n, &t)| [t, n]).collect();
    let shape: Vec<usize> = x.shape.iter().zip(times).map(|(&n, &t)| n * t).collect();
    Ok(expand(plan, &x.view(&single), &repeated)?.view(&shape))
}

/// Records the slices of `x` along `axis` that `ids` (of any shape) name: `[..before, ..ids, ..after]`.
/// An id beyond the axis gives zeros.
pub fn gather(plan: &mut Plan, x: &Tensor, ids: &Tensor, axis: usize) -> Result<Tensor, OpError> {
    axis_in("gather", x, axis)?;
    let (before, n, after) = (&x.shape[..axis], x.shape[axis], &x.shape[axis + 1..]);
    let width: usize = after.iter().product();
    let outer: usize = before.iter().product();
    let shape = [before, &ids.shape, after].concat();
    if outer == 1 {
        return Ok(embed(plan, &x.view(&[n, width]), ids)?.view(&shape));
    }
    // Rows of a table: the axis first.
    let table = transpose(plan, &x.view(&[outer, n, width]), &[1, 0, 2])?;
    let rows = embed(plan, &table.view(&[n, outer * width]), ids)?;
    Ok(transpose(plan, &rows.view(&[ids.len(), outer, width]), &[1, 0, 2])?.view(&shape))
}

/// Which channels make up a square of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthOrder {
    /// `[block, block, C]`: the same channel of all pixels lies apart.
    DepthColumnRow,
    /// `[C, block, block]`: pixel shuffle.
    ColumnRowDepth,
}

fn image(op: &'static str, x: &Tensor) -> Result<[usize; 4], OpError> {
    x.shape.clone().try_into().map_err(|_| wrong(op, "x", &x.shape, "[N, C, H, W]".into()))
}

/// Records channels spread into squares of `block`² pixels: `[N, C·B², H, W]` to `[N, C, H·B, W·B]`.
pub fn depth_to_space(
    plan: &mut Plan,
    x: &Tensor,
    block: usize,
    order: DepthOrder,
) -> Result<Tensor, OpError> {
    let [n, c, h, w] = image("depth to space", x)?;
    if block == 0 || !c.is_multiple_of(block * block) {
        let want = format!("channels that are a multiple of the block squared, {block}²");
        return Err(wrong("depth to space", "x", &x.shape, want));
    }
    let out = c / (block * block);
    let split = match order {
        DepthOrder::DepthColumnRow => {
            transpose(plan, &x.view(&[n, block, block, out, h, w]), &[0, 3, 4, 1, 5, 2])
        }
        DepthOrder::ColumnRowDepth => {
            transpose(plan, &x.view(&[n, out, block, block, h, w]), &[0, 1, 4, 2, 5, 3])
        }
    }?;
    Ok(split.view(&[n, out, h * block, w * block]))
}

/// Records squares of `block`² pixels gathered into channels: `[N, C, H·B, W·B]` to `[N, B²·C, H, W]`.
pub fn space_to_depth(plan: &mut Plan, x: &Tensor, block: usize) -> Result<Tensor, OpError> {
    let [n, c, h, w] = image("space to depth", x)?;
    if block == 0 || !h.is_multiple_of(block) || !w.is_multiple_of(block) {
        let want = format!("a height and a width that are multiples of the block, {block}");
        return Err(wrong("space to depth", "x", &x.shape, want));
    }
    let (h, w) = (h / block, w / block);
    let split = transpose(plan, &x.view(&[n, c, h, block, w, block]), &[0, 3, 5, 1, 2, 4])?;
    Ok(split.view(&[n, block * block * c, h, w]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;
    use std::collections::BTreeMap;

    fn run(shape: &[usize], f: impl Fn(&mut Plan, &Tensor) -> Tensor) -> (Vec<usize>, Vec<f64>) {
        let mut plan = Plan::new();
        let n: usize = shape.iter().product();
        let x = plan.constant("x", shape, (0..n).map(|v| v as f32).collect::<Vec<_>>());
        let y = f(&mut plan, &x);
        let values = reference::run(&plan, &BTreeMap::new());
        (y.shape.clone(), values[y.buf.0].clone())
    }

    #[test]
    fn moves_as_in_numpy() {
        let (shape, y) = run(&[2, 3], |p, x| transpose(p, x, &[1, 0]).unwrap());
        assert_eq!((shape, y), (vec![3, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        let cuts = [Cut::all(2), Cut { start: 2, len: 2, step: -2 }];
        assert_eq!(run(&[2, 3], |p, x| slice(p, x, &cuts).unwrap()).1, [2.0, 0.0, 5.0, 3.0]);
        assert_eq!(
            run(&[2, 1], |p, x| expand(p, x, &[2, 2, 2]).unwrap()).1,
            [0., 0., 1., 1., 0., 0., 1., 1.]
        );
        assert_eq!(run(&[2, 1], |p, x| concat(p, &[x, x], 1).unwrap()).1, [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(run(&[3], |p, x| split(p, x, 0, &[1, 2]).unwrap().remove(1)).1, [1.0, 2.0]);
        assert_eq!(run(&[2], |p, x| tile(p, x, &[2]).unwrap()).1, [0.0, 1.0, 0.0, 1.0]);
        let (shape, y) = run(&[2, 2], |p, x| {
            let ids = p.constant("ids", &[3], vec![1_u32, 1, 0]);
            gather(p, x, &ids, 1).unwrap()
        });
        assert_eq!((shape, y), (vec![2, 3], vec![1.0, 1.0, 0.0, 3.0, 3.0, 2.0]));
    }

    #[test]
    fn pads_as_in_numpy() {
        let padded = |pads: (isize, isize), mode| run(&[3], |p, x| pad(p, x, &[pads], mode).unwrap()).1;
        assert_eq!(padded((1, 2), PadMode::Constant(9.0)), [9.0, 0.0, 1.0, 2.0, 9.0, 9.0]);
        assert_eq!(padded((2, 2), PadMode::Reflect), [2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0]);
        assert_eq!(padded((1, 1), PadMode::Edge), [0.0, 0.0, 1.0, 2.0, 2.0]);
        assert_eq!(padded((1, 1), PadMode::Wrap), [2.0, 0.0, 1.0, 2.0, 0.0]);
        assert_eq!(padded((-1, 1), PadMode::Constant(0.0)), [1.0, 2.0, 0.0]);
    }

    #[test]
    fn pixels_and_channels_change_places_and_back() {
        for order in [DepthOrder::DepthColumnRow, DepthOrder::ColumnRowDepth] {
            let (shape, _) = run(&[1, 8, 2, 3], |p, x| depth_to_space(p, x, 2, order).unwrap());
            assert_eq!(shape, [1, 2, 4, 6]);
        }
        let (_, y) = run(&[1, 4, 1, 2], |p, x| {
            let y = depth_to_space(p, x, 2, DepthOrder::DepthColumnRow).unwrap();
            space_to_depth(p, &y, 2).unwrap()
        });
        assert_eq!(y, (0..8).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut p = Plan::new();
        let x = p.constant("x", &[2, 3], vec![0.0_f32; 6]);
        assert!(transpose(&mut p, &x, &[0, 0]).is_err());
        assert!(slice(&mut p, &x, &[Cut::all(2), Cut::all(4)]).is_err());
        assert!(expand(&mut p, &x, &[3, 3]).is_err());
        assert!(split(&mut p, &x, 1, &[1, 1]).is_err());
        assert!(pad(&mut p, &x, &[(0, 0), (-2, -2)], PadMode::Edge).is_err());
        assert!(gather(&mut p, &x, &x, 2).is_err());
    }
}
