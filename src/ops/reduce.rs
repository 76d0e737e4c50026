//! Reductions over any axes: sum, mean, maximum, minimum, L1 and L2 norm, sum of squares, logarithm
//! of the sum of exponentials.
//!
//! The kernel sees `x [OUTER, N, INNER]` and reduces the middle axis in chunks of neighbours,
//! `y[o,c,i] = ∘ x[o, c·CHUNK .. (c+1)·CHUNK, i]`. Long sums take several steps: a software adapter
//! ends loops beyond 65,535 turns, few long sums would leave a GPU idle, and short partial sums round
//! less. Nothing to reduce gives 0, or ∓∞ for maximum and minimum, as in NumPy and ONNX.

use super::affine::affine;
use super::arithmetic::{number, row};
use super::unary::{Act, activation};
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Summands, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

/// What a reduction computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    /// Σ x
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// Σ |x|
    L1,
    /// Σ x²
    SumSquare,
    /// log Σ eˣ
    LogSumExp,
    /// Σ x / N
    Mean,
    /// √Σ x²
    L2,
}

/// Those that one step computes, in the order of the `op` parameter.
const OPS: [Reduce; 6] =
    [Reduce::Sum, Reduce::Max, Reduce::Min, Reduce::L1, Reduce::SumSquare, Reduce::LogSumExp];

impl Reduce {
    /// What one step computes on the way, and what joins the parts.
    fn stages(self) -> (Self, Self) {
        match self {
            Self::Sum | Self::Mean | Self::L1 | Self::SumSquare | Self::L2 => {
                let first = match self {
                    Self::L1 => Self::L1,
                    Self::SumSquare | Self::L2 => Self::SumSquare,
                    _ => Self::Sum,
                };
                (first, Self::Sum)
            }
            other => (other, other),
        }
    }

    fn of(op: u32) -> Self {
        OPS[op as usize]
    }

    /// Reduces values, in order.
    fn apply(self, values: impl Iterator<Item = f64> + Clone) -> f64 {
        let nan_first = |a: f64, b: f64, larger: bool| {
            if a.is_nan() || b.is_nan() {
                f64::NAN
            } else if larger {
                a.max(b)
            } else {
                a.min(b)
            }
        };
        match self {
            Self::Max => values.fold(f64::NEG_INFINITY, |a, b| nan_first(a, b, true)),
            Self::Min => values.fold(f64::INFINITY, |a, b| nan_first(a, b, false)),
            Self::L1 => values.map(f64::abs).sum(),
            Self::SumSquare => values.map(|v| v * v).sum(),
            Self::LogSumExp => {
                let max = Self::Max.apply(values.clone());
                let shift = if max.is_finite() { max } else { 0.0 };
                shift + values.map(|v| (v - shift).exp()).sum::<f64>().ln()
            }
            Self::Sum | Self::Mean | Self::L2 => values.sum(),
        }
    }
}

crate::params! {
    /// Reduction of the middle axis, in chunks.
    Chunks {
        /// Axes before.
        outer: u32,
        /// Elements to reduce.
        n: u32,
        /// Axes behind.
        inner: u32,
        /// Elements of a chunk.
        chunk: u32,
        /// Chunks; 1 for an empty axis.
        chunks: u32,
        /// Place in the order of `OPS`.
        op: u32,
    }
}

impl Chunks {
    /// A reduction of the middle axis of `[outer, n, inner]`, `chunk` elements at a time.
    fn new(outer: usize, n: usize, inner: usize, chunk: usize, op: Reduce) -> Self {
        let op = OPS.iter().position(|&o| o == op).expect("mean and L2 are computed from others");
        let chunks = n.div_ceil(chunk.max(1)).max(1);
        Self {
            outer: dim(outer),
            n: dim(n),
            inner: dim(inner),
            chunk: dim(chunk.max(1)),
            chunks: dim(chunks),
            op: dim(op),
        }
    }

    /// Elements that go in.
    fn inputs(&self) -> usize {
        self.outer as usize * self.n as usize * self.inner as usize
    }

    /// Elements that come out.
    fn outputs(&self) -> usize {
        self.outer as usize * self.chunks as usize * self.inner as usize
    }

    /// Indices into x that output element `index` is made of.
    fn cells(&self, index: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let [n, inner, chunk, chunks] = [self.n, self.inner, self.chunk, self.chunks].map(|v| v as usize);
        let (i, c, o) = (index % inner, index / inner % chunks, index / (inner * chunks));
        (c * chunk..((c + 1) * chunk).min(n)).map(move |j| (o * n + j) * inner + i)
    }

    /// What an output element is the sum of, if it is one.
    fn summed(&self, ins: &[&[f64]], index: usize) -> Option<Summands> {
        let values = self.cells(index).map(|i| ins[0][i]);
        match Reduce::of(self.op) {
            Reduce::Sum | Reduce::L1 => Some(values.collect()),
            Reduce::SumSquare => Some(values.map(|v| v * v).collect()),
            _ => None,
        }
    }

    /// The output element that element `index` of x goes into.
    fn output(&self, index: usize) -> usize {
        let [n, inner, chunk, chunks] = [self.n, self.inner, self.chunk, self.chunks].map(|v| v as usize);
        (index / (inner * n) * chunks + index / inner % n / chunk) * inner + index % inner
    }
}

/// Reduction of one axis.
pub static REDUCE: Kernel<Chunks> = Kernel {
    name: "reduce",
    about: "y = Σ x, max x, min x, Σ|x|, Σx² or log Σ exp(x) over chunks of an axis",
    ins: &[Slot::input("x", Chunks::inputs)],
    outs: &[Slot::output("y", Chunks::outputs).sums(Chunks::summed)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            *y = Reduce::of(p.op).apply(p.cells(index).map(|i| ins[0][i]));
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let dx = plan.temporary("d reduced", &[p.inputs()], dy.dtype);
        plan.push(&REDUCE_BACKWARD, *p, &[Some(step.input(0)), Some(&step.outs[0]), Some(dy)], &[&dx]);
        vec![Some(dx)]
    }),
    trace: Some(|p, ins, _, index| {
        let values: Vec<f64> = p.cells(index).map(|i| f64::from(ins[0][i])).collect();
        let op = Reduce::of(p.op);
        let line = format!("{op:?}({}) = {}", row(&values, 6), number(op.apply(values.into_iter())));
        Trace { reads: p.cells(index).map(|i| (0, i)).collect(), lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("reduce/reduce"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let mut cases = cases(1);
        cases.push(Case::normal("nothing, infinite", Chunks::new(2, 0, 3, 1, Reduce::Max), 1));
        cases.push(Case::normal("nothing", Chunks::new(2, 0, 3, 1, Reduce::Sum), 1));
        let long = Chunks::new(1, 200_000, 1, 700, Reduce::Sum);
        cases.push(Case::normal("long", long, 1));
        cases.push(
            Case::normal("bias of feature maps", Chunks::new(512, 784, 1, 784, Reduce::Sum), 1).timed(),
        );
        cases
    },
    tolerance: Tolerance { abs: 2e-4, rel: 2e-5 },
    flops: |p| p.inputs() as f64,
};

/// Gradient of a reduction: `dy` times `∂y/∂x`, for each element of x. The first of equal extremes
/// takes all of it.
pub static REDUCE_BACKWARD: Kernel<Chunks> = Kernel {
    name: "reduce_backward",
    about: "dx = dy·∂y/∂x, for each element that went into a reduction",
    ins: &[
        Slot::input("x", Chunks::inputs),
        Slot::input("y", Chunks::outputs),
        Slot::input("dy", Chunks::outputs),
    ],
    outs: &[Slot::output("dx", Chunks::inputs)],
    reference: |p, ins, outs| {
        for (index, dx) in outs[0].iter_mut().enumerate() {
            let at = p.output(index);
            let (x, y, dy) = (ins[0][index], ins[1][at], ins[2][at]);
            *dx = match Reduce::of(p.op) {
                Reduce::Max | Reduce::Min => {
                    let first = p.cells(at).find(|&i| ins[0][i] == y);
                    if first == Some(index) { dy } else { 0.0 }
                }
                Reduce::L1 => dy * if x == 0.0 { 0.0 } else { x.signum() },
                Reduce::SumSquare => 2.0 * x * dy,
                Reduce::LogSumExp => (x - y).exp() * dy,
                Reduce::Sum | Reduce::Mean | Reduce::L2 => dy,
            };
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("reduce/reduce_backward"),
        groups: |p| fold(p.inputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        // y must be what the reduction made of x, or no element equals the extreme.
        cases(3)
            .into_iter()
            .map(|mut case| {
                let x = super::sweep::fill(&case.fills[0], crate::gpu::DType::F32, case.params.inputs(), 0)
                    .to_f64();
                let op = Reduce::of(case.params.op);
                let y = (0..case.params.outputs())
                    .map(|i| op.apply(case.params.cells(i).map(|j| x[j])) as f32)
                    .collect();
                case.fills[1] = Fill::Values(y);
                case
            })
            .collect()
    },
    tolerance: Tolerance { abs: 1e-6, rel: 1e-5 },
    flops: |p| p.inputs() as f64,
};

fn cases(inputs: usize) -> Vec<Case<Chunks>> {
    let mut cases = Vec::new();
    for op in OPS {
        let case = |name, [outer, n, inner, chunk]: [usize; 4]| {
            Case::normal(name, Chunks::new(outer, n, inner, chunk, op), inputs)
        };
        cases.extend([
            case("one element", [1, 1, 1, 1]),
            case("rows", [5, 33, 1, 33]),
            case("columns", [1, 17, 7, 17]),
            case("middle axis in chunks", [3, 10, 4, 4]),
        ]);
        let extreme = case("extreme values", [4, 16, 1, 16]);
        let mut fills = extreme.fills.clone();
        // A sum of large numbers that cancel has no digits left in f32.
        fills[0] = match op {
            Reduce::Sum => Fill::Uniform(0.0, 1e4),
            Reduce::LogSumExp => Fill::Normal(40.0),
            _ => Fill::Extreme,
        };
        cases.push(extreme.fills(fills));
        let ties = case("ties", [3, 8, 2, 8]).kinked("equal elements share no derivative of an extreme");
        let mut fills = ties.fills.clone();
        fills[0] = Fill::Values(vec![1.0, -2.0, 1.0, -2.0, 0.5]);
        cases.push(ties.fills(fills));
    }
    cases
}

/// Turns of a loop at most: software adapters end longer ones.
const MAX_LOOP: usize = 16_384;

/// Reduces the middle axis of `[outer, n, inner]` entirely, in as many steps as it takes.
fn reduce_axis(plan: &mut Plan, x: &Tensor, sizes: [usize; 3], op: Reduce) -> Tensor {
    let [outer, mut n, inner] = sizes;
    let (mut op, join) = op.stages();
    let mut x = x.view(&sizes);
    loop {
        // Few outputs: shorter chunks let more invocations work.
        let chunk = match outer * inner {
            0..=63 if n > 1024 => 256,
            64..=511 if n > 4096 => 1024,
            _ => n.min(MAX_LOOP),
        };
        let p = Chunks::new(outer, n, inner, chunk, op);
        let y = plan.temporary("reduced", &[outer, p.chunks as usize, inner], x.dtype);
        plan.push(&REDUCE, p, &[(!x.is_empty()).then_some(&x)], &[&y]);
        if p.chunks == 1 {
            return y;
        }
        (x, n, op) = (y, p.chunks as usize, join);
    }
}

/// Records a reduction of `x` over `axes` (each below the rank; none means none). With `keep` the
/// reduced axes stay with length 1.
///
/// # Errors
/// If an axis is out of range or named twice.
pub fn reduce(
    plan: &mut Plan,
    x: &Tensor,
    axes: &[usize],
    op: Reduce,
    keep: bool,
) -> Result<Tensor, OpError> {
    limit_elements("reduce", &x.shape)?;
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != axes.len() || sorted.last().is_some_and(|&a| a >= x.shape.len()) {
        let want = format!("axes below {}, each once", x.shape.len());
        return Err(OpError::Shape { op: "reduce", what: "the list of axes", have: axes.to_vec(), want });
    }
    let mut shape = x.shape.clone();
    let mut y = x.clone();
    let (mut op_now, join) = op.stages();
    // Without an axis, each element is reduced on its own: an axis of length 1 behind all.
    let mut runs: Vec<(usize, usize)> =
        if sorted.is_empty() { vec![(shape.len(), shape.len())] } else { vec![] };
    for axis in sorted.iter().copied() {
        match runs.last_mut() {
            Some((_, past)) if *past == axis => *past += 1,
            _ => runs.push((axis, axis + 1)),
        }
    }
    for &(first, past) in runs.iter().rev() {
        let product = |axes: &[usize]| axes.iter().product::<usize>();
        let sizes = [product(&shape[..first]), product(&shape[first..past]), product(&shape[past..])];
        y = reduce_axis(plan, &y, sizes, op_now);
        shape[first..past].fill(1);
        op_now = join;
    }
    let kept = |axis: &usize| keep || !sorted.contains(axis);
    let out: Vec<usize> = (0..shape.len()).filter(kept).map(|axis| shape[axis]).collect();
    let y = match op {
        Reduce::Mean => {
            let count: usize = sorted.iter().map(|&a| x.shape[a]).product();
            affine(plan, &y, 1.0 / count as f32, 0.0)
        }
        Reduce::L2 => activation(plan, &y, Act::SQRT),
        _ => y,
    };
    Ok(y.view(&out))
}

/// Records the sum over the batch and positions of `dy [N, C, ..]`: the gradient of a bias, `[C]`.
pub fn bias_gradient(plan: &mut Plan, dy: &Tensor, [n, c, positions]: [usize; 3]) -> Tensor {
    let dy = dy.view(&[n, c, positions]);
    reduce(plan, &dy, &[0, 2], Reduce::Sum, false).expect("both axes are there")
}

/// Records the sum of `x` down to `shape`: the gradient of having expanded it.
pub fn sum_to(plan: &mut Plan, x: &Tensor, shape: &[usize]) -> Tensor {
    let missing = x.shape.len() - shape.len();
    let axes: Vec<usize> =
        (0..x.shape.len()).filter(|&a| a < missing || (shape[a - missing] == 1 && x.shape[a] != 1)).collect();
    if axes.is_empty() {
        return x.view(shape);
    }
    reduce(plan, x, &axes, Reduce::Sum, true).expect("the axes are those of x").view(shape)
}

/// The root of the sum of squares of all elements of `x`, `[1]`.
pub fn length(plan: &mut Plan, x: &Tensor) -> Tensor {
    reduce(plan, &x.view(&[x.len()]), &[0], Reduce::L2, true).expect("it has this axis")
}

/// The mean of all elements of `x`, `[1]`.
pub fn mean(plan: &mut Plan, x: &Tensor) -> Tensor {
    reduce(plan, &x.view(&[x.len()]), &[0], Reduce::Mean, true).expect("it has this axis")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;
    use std::collections::BTreeMap;

    fn run(shape: &[usize], axes: &[usize], op: Reduce, keep: bool) -> (Vec<usize>, Vec<f64>) {
        let mut plan = Plan::new();
        let n: usize = shape.iter().product();
        let x = plan.constant("x", shape, (0..n).map(|v| v as f32).collect::<Vec<_>>());
        let y = reduce(&mut plan, &x, axes, op, keep).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        (y.shape.clone(), values[y.buf.0].clone())
    }

    #[test]
    fn any_axes_may_be_reduced() {
        assert_eq!(run(&[2, 3], &[0], Reduce::Sum, false), (vec![3], vec![3.0, 5.0, 7.0]));
        assert_eq!(run(&[2, 4], &[1], Reduce::Mean, true), (vec![2, 1], vec![1.5, 5.5]));
        assert_eq!(run(&[2, 2, 2], &[0, 2], Reduce::Max, false), (vec![2], vec![5.0, 7.0]));
        assert_eq!(run(&[2, 2, 2], &[2, 0], Reduce::SumSquare, false).1, [42.0, 98.0]);
        assert_eq!(run(&[2, 3], &[0, 1], Reduce::Min, false), (vec![], vec![0.0]));
        assert_eq!(run(&[3], &[], Reduce::Sum, false), (vec![3], vec![0.0, 1.0, 2.0]));
        assert_eq!(run(&[2, 0], &[1], Reduce::LogSumExp, false).1, [f64::NEG_INFINITY; 2]);
    }

    #[test]
    fn long_sums_are_exact_in_steps() {
        let n = 100_000;
        let (_, y) = run(&[n], &[0], Reduce::Sum, false);
        assert_eq!(y, [(n * (n - 1) / 2) as f64]);
    }

    #[test]
    fn axes_out_of_range_or_twice_are_refused() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2, 2], vec![0.0_f32; 4]);
        for axes in [&[2][..], &[0, 0]] {
            assert!(reduce(&mut plan, &x, axes, Reduce::Sum, false).is_err(), "{axes:?}");
        }
    }
}
