//! 2-D pooling: the largest cell, the average or the power average of each window.
//!
//! Window `(i, j)` of a channel covers the cells `(i·sy + r·dy − top, j·sx + s·dx − left)`, of which
//! those outside `x [N, C, H, W]` are left out (the average may count them as zeros); results are
//! `[N, C, OH, OW]` with `OH = floor((H + top + bottom − dy(R−1) − 1)/sy) + 1`. In ceil mode the
//! quotient is rounded up, but a last window that would start right of the input and its left padding
//! is dropped. Sources: ONNX operators MaxPool 22, AveragePool 22 and LpPool 22; PyTorch's
//! `MaxPool2d`, `AvgPool2d` and `LPPool2d`.

use super::arithmetic::number;
use super::{OpError, dim, limit_elements, window_output};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

/// `argmax` of a window without any cell of the input.
pub const NO_CELL: u32 = u32::MAX;

crate::params! {
    /// 2-D pooling, NCHW.
    Pool2d {
        /// Padding: top, left, bottom, right.
        pad: [u32; 4],
        /// Cells of a window: y, x.
        window: [u32; 2],
        /// Step between windows: y, x.
        stride: [u32; 2],
        /// Distance between the cells of a window: y, x.
        dilation: [u32; 2],
        /// Batch.
        n: u32,
        /// Channels.
        c: u32,
        /// Input height.
        h: u32,
        /// Input width.
        w: u32,
        /// Output height.
        oh: u32,
        /// Output width.
        ow: u32,
        /// 1 if the average counts padding as zeros; only `avg_pool` reads it.
        include_pad: u32,
        /// Power of `lp_pool`, which alone reads it.
        power: f32,
    }
}

/// Settings of a pooling that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// Cells of a window: y, x.
    pub window: [usize; 2],
    /// y, x.
    pub stride: [usize; 2],
    /// Top, left, bottom, right; each less than the window covers.
    pub pad: [usize; 4],
    /// y, x.
    pub dilation: [usize; 2],
    /// Round output sizes up.
    pub ceil: bool,
}

impl Pool {
    /// Windows side by side: stride equal to the window, no padding.
    pub const fn new(window: [usize; 2]) -> Self {
        Self { window, stride: window, pad: [0; 4], dilation: [1; 2], ceil: false }
    }
}

/// Length of a pooling's output along one axis; `pads` before and after.
///
/// With `ceil`, windows that reach past the end of the padded input count too, unless they start
/// past the input and the padding before it.
pub fn pool_output(
    input: usize,
    pads: [usize; 2],
    window: usize,
    stride: usize,
    dilation: usize,
    ceil: bool,
    axis: &'static str,
) -> Result<usize, OpError> {
    let floor = window_output(input, pads[0] + pads[1], window, stride, dilation, axis)?;
    let span = dilation * (window - 1) + 1;
    for pad in pads {
        if pad >= span {
            return Err(OpError::PoolPadding { pad, span, axis });
        }
    }
    let rest = (input + pads[0] + pads[1] - span) % stride;
    let one_more = ceil && rest > 0 && floor * stride < input + pads[0];
    Ok(floor + usize::from(one_more))
}

impl Pool2d {
    /// Shape rule.
    pub fn new(x: &[usize], pool: &Pool) -> Result<Self, OpError> {
        let &[n, c, h, w] = x else {
            let (have, want) = (x.to_vec(), "four axes: [N, C, H, W]".into());
            return Err(OpError::Shape { op: "pool", what: "x", have, want });
        };
        let [top, left, bottom, right] = pool.pad;
        let length = |axis: usize, input, pads, name| {
            pool_output(
                input,
                pads,
                pool.window[axis],
                pool.stride[axis],
                pool.dilation[axis],
                pool.ceil,
                name,
            )
        };
        let oh = length(0, h, [top, bottom], "height")?;
        let ow = length(1, w, [left, right], "width")?;
        limit_elements("pool", x)?;
        limit_elements("pool", &[n, c, oh, ow])?;
        Ok(Self {
            pad: pool.pad.map(dim),
            window: pool.window.map(dim),
            stride: pool.stride.map(dim),
            dilation: pool.dilation.map(dim),
            n: dim(n),
            c: dim(c),
            h: dim(h),
            w: dim(w),
            oh: dim(oh),
            ow: dim(ow),
            include_pad: 0,
            power: 1.0,
        })
    }

    /// Elements of the input.
    pub fn inputs(&self) -> usize {
        (self.n * self.c * self.h * self.w) as usize
    }

    /// Elements of the output.
    pub fn outputs(&self) -> usize {
        (self.n * self.c * self.oh * self.ow) as usize
    }

    /// Indices into x of the cells of window `index`, row by row, and how many cells of the window
    /// lie in the padded input.
    pub fn cells(&self, index: usize) -> (Vec<usize>, usize) {
        let [h, w, oh, ow] = [self.h, self.w, self.oh, self.ow].map(|v| v as usize);
        let [top, left, bottom, right] = self.pad.map(|v| v as usize);
        let (j, i, plane) = (index % ow, index / ow % oh, index / (ow * oh) * h * w);
        let taps = |out: usize, axis: usize, padded: usize| {
            let (stride, dilation) = (self.stride[axis] as usize, self.dilation[axis] as usize);
            let positions = (0..self.window[axis] as usize).map(move |tap| out * stride + tap * dilation);
            positions.filter(move |&p| p < padded)
        };
        let (mut cells, mut padded) = (Vec::new(), 0);
        for row in taps(i, 0, h + top + bottom) {
            for column in taps(j, 1, w + left + right) {
                padded += 1;
                let inside = (top..top + h).contains(&row) && (left..left + w).contains(&column);
                if inside {
                    cells.push(plane + (row - top) * w + column - left);
                }
            }
        }
        (cells, padded)
    }

    /// What the average divides by.
    fn divisor(&self, inside: usize, padded: usize) -> f64 {
        let count = if self.include_pad != 0 { padded } else { inside };
        count.max(1) as f64
    }

    fn window_cells(&self) -> f64 {
        self.outputs() as f64 * f64::from(self.window[0]) * f64::from(self.window[1])
    }
}

/// The first largest value and its index: -∞ and [`NO_CELL`] where there is none. NaN wins.
fn largest(values: impl Iterator<Item = (usize, f64)>) -> (f64, f64) {
    values.fold((f64::NEG_INFINITY, f64::from(NO_CELL)), |(best, at), (i, x)| {
        if x > best || at == f64::from(NO_CELL) || x.is_nan() { (x, i as f64) } else { (best, at) }
    })
}

fn power_average(values: impl Iterator<Item = f64> + Clone, power: f32) -> f64 {
    let most = values.clone().fold(0.0_f64, |most, x| most.max(x.abs()));
    let sum: f64 = values.map(|x| (x.abs() / most).powf(power.into())).sum();
    if most > 0.0 { most * sum.powf(1.0 / f64::from(power)) } else { 0.0 }
}

/// Numbers of a window, a line for each of its rows.
fn listed(cells: &[usize], values: &[f64], width: usize) -> Vec<String> {
    const MAX_LINES: usize = 12;
    let rows: Vec<_> = cells.chunk_by(|a, b| a / width == b / width).collect();
    let (mut lines, mut at) = (Vec::new(), 0);
    for row in rows.iter().take(MAX_LINES) {
        let shown: Vec<_> = values[at..at + row.len()].iter().take(16).map(|&v| number(v)).collect();
        let more = if row.len() > shown.len() { ", …" } else { "" };
        lines.push(shown.join(", ") + more);
        at += row.len();
    }
    if rows.len() > MAX_LINES {
        lines.push(format!("and {} more rows", rows.len() - MAX_LINES));
    }
    lines
}

/// A trace whose lines are the numbers of the window and then what `result` makes of them.
fn trace(p: &Pool2d, x: &[f32], index: usize, result: impl Fn(&[usize], &[f64], usize) -> String) -> Trace {
    let (cells, padded) = p.cells(index);
    let values: Vec<f64> = cells.iter().map(|&at| f64::from(x[at])).collect();
    let mut lines = listed(&cells, &values, p.w as usize);
    let outside = (p.window[0] * p.window[1]) as usize - cells.len();
    if outside > 0 {
        lines.push(format!("{outside} of the window's cells lie outside the input"));
    }
    lines.push(result(&cells, &values, padded));
    Trace { reads: cells.into_iter().map(|at| (0, at)).collect(), lines }
}

/// Max pooling.
pub static MAX_POOL: Kernel<Pool2d> = Kernel {
    name: "max_pool",
    about: "y = the largest cell of the window; argmax = where in x it stands",
    ins: &[Slot::input("x", Pool2d::inputs)],
    outs: &[Slot::output("y", Pool2d::outputs), Slot::output_u32("argmax", Pool2d::outputs)],
    reference: |p, ins, outs| {
        let (y, argmax) = outs.split_at_mut(1);
        for (index, (y, argmax)) in y[0].iter_mut().zip(&mut argmax[0]).enumerate() {
            (*y, *argmax) = largest(p.cells(index).0.into_iter().map(|at| (at, ins[0][at])));
        }
    },
    backward: Backward::None("its rule is yet to be written"),
    trace: Some(|p, ins, out, index| {
        trace(p, ins[0], index, |cells, values, _| {
            let (best, at) = largest(cells.iter().copied().zip(values.iter().copied()));
            if out == 0 || at == f64::from(NO_CELL) {
                return format!("largest: {}", number(best));
            }
            let plane = (p.h * p.w) as usize;
            let (row, column) = (at as usize % plane / p.w as usize, at as usize % p.w as usize);
            format!("largest: {} in row {row}, column {column}", number(best))
        })
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("pool/max_pool"),
            groups: |p| fold(p.outputs(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "pairs",
            shader: crate::shader!("pool/max_pool_pairs"),
            groups: |p| fold(p.outputs() / 2, 64),
            fits: anywhere,
            can: |p| {
                let side_by_side = p.window == [2, 2] && p.stride == [2, 2] && p.dilation == [1, 1];
                side_by_side && p.pad == [0; 4] && p.w % 4 == 0 && p.ow * 2 == p.w && p.oh * 2 <= p.h
            },
        },
    ],
    cases: || cases(&[(false, 1.0)]),
    // Exact, but 0 times the infinity of an empty window is no number to compare with.
    tolerance: Tolerance { abs: 0.0, rel: 1e-12 },
    flops: Pool2d::window_cells,
};

/// Average pooling.
pub static AVG_POOL: Kernel<Pool2d> = Kernel {
    name: "avg_pool",
    about: "y = the sum of the window's cells, divided by how many they are",
    ins: &[Slot::input("x", Pool2d::inputs)],
    outs: &[Slot::output("y", Pool2d::outputs)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (cells, padded) = p.cells(index);
            let sum: f64 = cells.iter().map(|&at| ins[0][at]).sum();
            *y = sum / p.divisor(cells.len(), padded);
        }
    },
    backward: Backward::None("its rule is yet to be written"),
    trace: Some(|p, ins, _, index| {
        trace(p, ins[0], index, |_, values, padded| {
            let (sum, count) = (values.iter().sum::<f64>(), p.divisor(values.len(), padded));
            format!("sum {} / {count} = {}", number(sum), number(sum / count))
        })
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/avg_pool"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(&[(false, 1.0), (true, 1.0)]),
    // Sums of up to some thousand cells, and of cells of 1e4 that cancel.
    tolerance: Tolerance { abs: 4e-4, rel: 1e-5 },
    flops: Pool2d::window_cells,
};

/// Power-average pooling.
pub static LP_POOL: Kernel<Pool2d> = Kernel {
    name: "lp_pool",
    about: "y = (Σ |x|^p)^(1/p) over the window",
    ins: &[Slot::input("x", Pool2d::inputs)],
    outs: &[Slot::output("y", Pool2d::outputs)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let cells = p.cells(index).0;
            *y = power_average(cells.iter().map(|&at| ins[0][at]), p.power);
        }
    },
    backward: Backward::None("its rule is yet to be written"),
    trace: Some(|p, ins, _, index| {
        trace(p, ins[0], index, |_, values, _| {
            let y = power_average(values.iter().copied(), p.power);
            let sum: f64 = values.iter().map(|x| x.abs().powf(p.power.into())).sum();
            let power = number(p.power.into());
            format!("(Σ|x|^{power})^(1/{power}) = {}^(1/{power}) = {}", number(sum), number(y))
        })
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("pool/lp_pool"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(&[(false, 1.0), (false, 2.0), (false, 2.5), (false, 16.0)]),
    // Drivers raise to powers by way of logarithms.
    tolerance: Tolerance { abs: 1e-6, rel: 1e-4 },
    flops: |p| 4.0 * p.window_cells(),
};

/// Every shape with every (include_pad, power).
fn cases(settings: &[(bool, f32)]) -> Vec<Case<Pool2d>> {
    let plain = Pool::new([2, 2]);
    let three = Pool { stride: [2, 2], ..Pool::new([3, 3]) };
    let uneven = Pool { window: [3, 2], stride: [2, 3], pad: [2, 1, 0, 1], ceil: true, ..plain };
    let holes = Pool { window: [2, 3], dilation: [3, 2], stride: [1, 2], pad: [1, 2, 3, 4], ..plain };
    let shapes: [(&'static str, [usize; 4], Pool); 13] = [
        ("one element", [1, 1, 1, 1], Pool::new([1, 1])),
        ("7x7, window 3, stride 2", [1, 1, 7, 7], three),
        ("window 2", [2, 3, 13, 9], plain),
        ("window 2, width 12", [2, 3, 5, 12], plain),
        ("ceil mode", [1, 2, 7, 7], Pool { ceil: true, ..plain }),
        ("ceil mode with padding", [2, 3, 8, 10], Pool { pad: [1; 4], ceil: true, ..three }),
        ("ceil mode drops the last window", [1, 1, 5, 5], Pool { ceil: true, pad: [1; 4], ..plain }),
        ("uneven all round", [2, 2, 11, 10], uneven),
        ("dilation", [1, 3, 17, 19], holes),
        (
            "a window of padding alone, infinite",
            [1, 1, 1, 5],
            Pool { dilation: [2, 2], pad: [1; 4], ..plain },
        ),
        ("global", [2, 5, 9, 11], Pool::new([9, 11])),
        ("overlapping", [1, 4, 20, 20], Pool { stride: [1, 1], pad: [2; 4], ..Pool::new([5, 5]) }),
        ("64x112², 2x2", [1, 64, 112, 112], plain),
    ];
    let mut cases = Vec::new();
    for &(include_pad, power) in settings {
        for (name, x, pool) in shapes {
            let params = Pool2d::new(&x, &pool).expect("the cases have valid shapes");
            let case = Case::normal(name, Pool2d { include_pad: include_pad.into(), power, ..params }, 1);
            cases.push(if name.starts_with("64") { case.timed() } else { case });
        }
        let params = Pool2d::new(&[1, 3, 16, 17], &three).expect("the case has a valid shape");
        let params = Pool2d { include_pad: include_pad.into(), power, ..params };
        cases.push(Case::normal("extreme values", params, 1).fills(vec![Fill::Extreme]));
        // As after an activation: ties, whose first index counts.
        for pool in [three, plain] {
            let params = Pool2d::new(&[1, 3, 16, 20], &pool).expect("the case has a valid shape");
            let params = Pool2d { include_pad: include_pad.into(), power, ..params };
            let zeros = Fill::Values(vec![0.0, 0.0, 0.0, 1.0, 0.0, 1.0, -0.0]);
            cases.push(Case::normal("ties", params, 1).fills(vec![zeros]));
        }
    }
    cases
}

fn output(plan: &mut Plan, p: &Pool2d, name: &str, dtype: DType) -> Tensor {
    plan.temporary(name, &[p.n, p.c, p.oh, p.ow].map(|v| v as usize), dtype)
}

/// Records max pooling of `x [N, C, H, W]`; returns `y [N, C, OH, OW]` and `argmax`, the flat
/// indices into `x` of the same shape ([`NO_CELL`] where a window has no cell).
pub fn max_pool(plan: &mut Plan, x: &Tensor, pool: &Pool) -> Result<(Tensor, Tensor), OpError> {
    let p = Pool2d::new(&x.shape, pool)?;
    let y = output(plan, &p, "max pooled", DType::F32);
    let argmax = output(plan, &p, "argmax", DType::U32);
    plan.push(&MAX_POOL, p, &[Some(x)], &[&y, &argmax]);
    Ok((y, argmax))
}

/// Records average pooling of `x [N, C, H, W]`; `include_pad` counts padding as zeros.
pub fn avg_pool(plan: &mut Plan, x: &Tensor, pool: &Pool, include_pad: bool) -> Result<Tensor, OpError> {
    let p = Pool2d { include_pad: include_pad.into(), ..Pool2d::new(&x.shape, pool)? };
    let y = output(plan, &p, "average pooled", DType::F32);
    plan.push(&AVG_POOL, p, &[Some(x)], &[&y]);
    Ok(y)
}

/// Records power-average pooling of `x [N, C, H, W]`, `power` at least 1.
pub fn lp_pool(plan: &mut Plan, x: &Tensor, pool: &Pool, power: f32) -> Result<Tensor, OpError> {
    if !(power >= 1.0 && power.is_finite()) {
        return Err(OpError::Zero { what: "the power" });
    }
    let p = Pool2d { power, ..Pool2d::new(&x.shape, pool)? };
    let y = output(plan, &p, "power pooled", DType::F32);
    plan.push(&LP_POOL, p, &[Some(x)], &[&y]);
    Ok(y)
}

/// The window that is the whole input.
fn global(x: &Tensor) -> Pool {
    let side = |axis: usize| x.shape.get(axis).copied().unwrap_or(1);
    Pool::new([side(2), side(3)])
}

/// Records the largest element of each channel, `[N, C, 1, 1]`, and its flat index into `x`.
pub fn global_max_pool(plan: &mut Plan, x: &Tensor) -> Result<(Tensor, Tensor), OpError> {
    max_pool(plan, x, &global(x))
}

/// Records the average of each channel, `[N, C, 1, 1]`.
pub fn global_avg_pool(plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
    avg_pool(plan, x, &global(x), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    fn outputs(h: usize, pool: Pool) -> usize {
        let p = Pool2d::new(&[1, 1, h, h], &pool).unwrap();
        assert_eq!(p.oh, p.ow);
        p.oh as usize
    }

    #[test]
    fn sizes_as_in_the_textbooks() {
        let two = Pool::new([2, 2]);
        assert_eq!(outputs(7, Pool { stride: [2, 2], ..Pool::new([3, 3]) }), 3);
        assert_eq!(outputs(7, two), 3);
        assert_eq!(outputs(7, Pool { ceil: true, ..two }), 4);
        assert_eq!(outputs(8, Pool { ceil: true, ..two }), 4);
        // A fourth window would start in the padding on the right.
        assert_eq!(outputs(5, Pool { ceil: true, pad: [1; 4], ..two }), 3);
        assert_eq!(outputs(112, Pool { stride: [2, 2], pad: [1; 4], ..Pool::new([3, 3]) }), 56);
        assert_eq!(outputs(224, two), 112);
    }

    fn run(kernel: &'static Kernel<Pool2d>, p: Pool2d, x: &[f64]) -> Vec<Vec<f64>> {
        run_kernel(kernel, bytemuck::bytes_of(&p), &[x])
    }

    #[test]
    fn known_values() {
        let x: Vec<f64> = (0..16).map(f64::from).collect();
        let p = Pool2d::new(&[1, 1, 4, 4], &Pool::new([2, 2])).unwrap();
        assert_eq!(run(&MAX_POOL, p, &x), [[5.0, 7.0, 13.0, 15.0]; 2]);
        assert_eq!(run(&AVG_POOL, p, &x), [[2.5, 4.5, 10.5, 12.5]]);
        let p = Pool2d { power: 2.0, ..Pool2d::new(&[1, 1, 1, 2], &Pool::new([1, 2])).unwrap() };
        assert_eq!(run(&LP_POOL, p, &[3.0, -4.0]), [[5.0]]);
    }

    #[test]
    fn padding_may_count_in_the_average() {
        let pool = Pool { stride: [2, 2], pad: [1; 4], ceil: true, ..Pool::new([3, 3]) };
        let p = Pool2d::new(&[1, 1, 4, 4], &pool).unwrap();
        let inside = run(&AVG_POOL, p, &[1.0; 16]);
        assert!(inside[0].iter().all(|&y| y == 1.0));
        let padded = run(&AVG_POOL, Pool2d { include_pad: 1, ..p }, &[1.0; 16]);
        let ninths = [4.0, 6.0, 2.0 * 1.5, 6.0, 9.0, 3.0 * 1.5, 3.0, 4.5, 1.0 * 9.0 / 4.0];
        for (y, want) in padded[0].iter().zip(ninths) {
            assert!((y - want / 9.0).abs() < 1e-12, "{padded:?}");
        }
    }

    #[test]
    fn the_first_of_equals_is_the_argmax_and_nan_comes_through() {
        let p = Pool2d::new(&[1, 1, 1, 4], &Pool::new([1, 4])).unwrap();
        assert_eq!(run(&MAX_POOL, p, &[1.0, 7.0, 7.0, -1.0])[1], [1.0]);
        assert!(run(&MAX_POOL, p, &[1.0, f64::NAN, 7.0, -1.0])[0][0].is_nan());
    }

    #[test]
    fn padding_as_wide_as_the_window_is_refused() {
        let pool = Pool { pad: [0, 2, 0, 0], ..Pool::new([2, 2]) };
        let error = Pool2d::new(&[1, 1, 8, 8], &pool).unwrap_err();
        assert_eq!(error, OpError::PoolPadding { pad: 2, span: 2, axis: "width" });
        assert!(lp_pool(&mut Plan::new(), &tensor(), &Pool::new([2, 2]), f32::NAN).is_err());
    }

    fn tensor() -> Tensor {
        Plan::new().temporary("x", &[1, 1, 4, 4], DType::F32)
    }
}
