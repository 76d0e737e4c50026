//! Deformable convolution: a convolution whose window cells may each lie elsewhere, between pixels,
//! and count more or less.
//!
//! `y[n,k,i,j] = b[k] + Σ_{c,r,s} w[k,c,r,s] · m · x[n, g·C/G + c, i·sy + r·dy − top + Δy,
//! j·sx + s·dx − left + Δx]` where x between pixels is interpolated from the four around, 0 outside, and
//! Δy, Δx, m come from `offset [N, 2·O·R·S, OH, OW]` (all cells of a window for each of O offset groups,
//! y before x) and `mask [N, O·R·S, OH, OW]` (1 if absent, as in version 1). Channels are shared out
//! among the offset groups. It is recorded as the interpolated cells, `columns [N, C·R·S, OH, OW]`, and
//! a pointwise convolution of them. Sources: Dai et al., "Deformable convolutional networks", 2017; Zhu
//! et al., "Deformable ConvNets v2", 2019; ONNX operator DeformConv 19.

use super::conv::{Conv, Conv2d, conv2d};
use super::reduce::{Reduce, reduce};
use super::{MAX_ELEMENTS, OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Forward, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere,
    fold,
};

crate::params! {
    /// The interpolated cells of a deformable convolution.
    Deform {
        /// Zero padding: top, left, bottom, right.
        pad: [u32; 4],
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
        /// Kernel height.
        r: u32,
        /// Kernel width.
        s: u32,
        /// Output height.
        oh: u32,
        /// Output width.
        ow: u32,
        /// Offset groups; divides `c`.
        offset_groups: u32,
        /// 1 if there is a mask.
        masked: u32,
        /// Cells of all windows of a channel in a partial sum; only `deform_data` reads it.
        chunk: u32,
        /// Partial sums; only `deform_data` reads it.
        chunks: u32,
    }
}

/// Cells of all windows that one invocation goes through.
const CHUNK: usize = 16_384;

/// As many as there may be: a software adapter silently ends loops after 65,535 turns.
const LONGEST_CHUNK: usize = 65_000;

/// An element of the columns.
struct Column {
    /// Sample and channel: n·C + c.
    plane: usize,
    /// Index into the mask.
    in_mask: usize,
    /// Index of Δy; Δx comes a whole output map later.
    in_offset: usize,
    /// Where the cell lies without its offset: y, x.
    at: [f64; 2],
    /// Number of the cell among those of all windows of the channel.
    number: usize,
}

/// A pixel around a position.
struct Corner {
    /// Index in the plane.
    cell: usize,
    weight: f64,
    /// Derivative of the weight by the position: y, x.
    slope: [f64; 2],
}

impl Deform {
    /// Shape rule: the parameters, and those of the pointwise convolution of the columns.
    fn new(
        x: &[usize],
        w: &[usize],
        offset: &[usize],
        mask: Option<&[usize]>,
        conv: &Conv,
        offset_groups: usize,
    ) -> Result<Self, OpError> {
        let p = Conv2d::new(x, w, false, conv)?;
        let channels = p.c as usize;
        if offset_groups == 0 || !channels.is_multiple_of(offset_groups) {
            return Err(OpError::Groups { groups: offset_groups, channels, which: "input" });
        }
        let [n, oh, ow, taps] = [p.n, p.oh, p.ow, p.r * p.s].map(|v| v as usize);
        for (what, have, maps) in [("offset", Some(offset), 2 * taps), ("mask", mask, taps)] {
            let want = [n, maps * offset_groups, oh, ow];
            if have.is_some_and(|have| have != want) {
                let (have, want) = (have.unwrap_or_default().to_vec(), format!("the windows: {want:?}"));
                return Err(OpError::Shape { op: "deform_conv", what, have, want });
            }
        }
        limit_elements("deform_conv", &[n, channels * taps, oh, ow])?;
        let numbers = taps * oh * ow;
        let xs: usize = x.iter().product();
        // There is a partial gradient of x for each chunk.
        let chunk = if numbers.div_ceil(CHUNK) * xs > MAX_ELEMENTS { LONGEST_CHUNK } else { CHUNK };
        let chunks = numbers.div_ceil(chunk).max(1);
        limit_elements("deform_conv, partial gradients of x", &[chunks, xs])?;
        Ok(Self {
            pad: p.pad,
            stride: p.stride,
            dilation: p.dilation,
            n: p.n,
            c: p.c,
            h: p.h,
            w: p.w,
            r: p.r,
            s: p.s,
            oh: p.oh,
            ow: p.ow,
            offset_groups: dim(offset_groups),
            masked: u32::from(mask.is_some()),
            chunk: dim(chunk),
            chunks: dim(chunks),
        })
    }

    fn xs(&self) -> usize {
        [self.n, self.c, self.h, self.w].iter().map(|&v| v as usize).product()
    }

    /// Cells of all windows of a channel.
    fn numbers(&self) -> usize {
        [self.r, self.s, self.oh, self.ow].iter().map(|&v| v as usize).product()
    }

    fn columns(&self) -> usize {
        self.n as usize * self.c as usize * self.numbers()
    }

    fn masks(&self) -> usize {
        self.n as usize * self.offset_groups as usize * self.numbers()
    }

    fn column(&self, index: usize) -> Column {
        let [oh, ow, r, s, c] = [self.oh, self.ow, self.r, self.s, self.c].map(|v| v as usize);
        let (j, i) = (index % ow, index / ow % oh);
        let tap = index / (ow * oh) % (r * s);
        let plane = index / (ow * oh * r * s);
        let field = plane / c * self.offset_groups as usize + plane % c / (c / self.offset_groups as usize);
        let at = |out: usize, tap: usize, axis: usize| {
            let from_start = out * self.stride[axis] as usize + tap * self.dilation[axis] as usize;
            from_start as f64 - f64::from(self.pad[axis])
        };
        let map = field * r * s + tap;
        Column {
            plane,
            in_mask: (map * oh + i) * ow + j,
            in_offset: (2 * map * oh + i) * ow + j,
            at: [at(i, tap / s, 0), at(j, tap % s, 1)],
            number: (tap * oh + i) * ow + j,
        }
    }

    /// The pixels around the cell of a column.
    fn corners(&self, column: &Column, offset: &[f64]) -> impl Iterator<Item = Corner> + use<> {
        let (height, width) = (self.h as usize, self.w as usize);
        let map = (self.oh * self.ow) as usize;
        let y = column.at[0] + offset[column.in_offset];
        let x = column.at[1] + offset[column.in_offset + map];
        let (part_y, part_x) = (y - y.floor(), x - x.floor());
        [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)].into_iter().filter_map(move |(down, right)| {
            let (row, column) = (y.floor() + down, x.floor() + right);
            let inside = |at: f64, limit: usize| (at >= 0.0 && at < limit as f64).then_some(at as usize);
            let cell = inside(row, height)? * width + inside(column, width)?;
            let of = |side: f64, part: f64| if side == 0.0 { (1.0 - part, -1.0) } else { (part, 1.0) };
            let ((wy, sy), (wx, sx)) = (of(down, part_y), of(right, part_x));
            Some(Corner { cell, weight: wy * wx, slope: [sy * wx, wy * sx] })
        })
    }

    /// The mask of a column.
    fn mask(&self, column: &Column, mask: &[f64]) -> f64 {
        if self.masked != 0 { mask[column.in_mask] } else { 1.0 }
    }
}

/// The interpolated cells.
pub static DEFORM_COLUMNS: Kernel<Deform> = Kernel {
    name: "deform_columns",
    about: "columns = mask · x between pixels, at the cells of each window moved by their offsets",
    ins: &[
        Slot::input("x", Deform::xs),
        Slot::input("offset", |p| 2 * p.masks()),
        Slot::input("mask", |p| p.masked as usize * p.masks()),
    ],
    outs: &[Slot::output("columns", Deform::columns)],
    reference: |p, ins, outs| {
        let plane = (p.h * p.w) as usize;
        for (index, value) in outs[0].iter_mut().enumerate() {
            let column = p.column(index);
            let pixel = |c: Corner| c.weight * ins[0][column.plane * plane + c.cell];
            *value = p.mask(&column, ins[2]) * p.corners(&column, ins[1]).map(pixel).sum::<f64>();
        }
    },
    backward: Backward::Rule(backward),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("deform/deform_columns"),
        groups: |p| fold(p.columns(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(Fill::Normal(1.0)),
    // A position far from the origin has few bits left between pixels.
    tolerance: Tolerance { abs: 1e-4, rel: 1e-4 },
    flops: |p| 12.0 * p.columns() as f64,
};

/// Gradient of x.
pub static DEFORM_DATA: Kernel<Deform> = Kernel {
    name: "deform_data",
    about: "dx = Σ mask · weight of the pixel · d columns over the cells of all windows, in partial sums",
    ins: &[
        Slot::input("dcolumns", Deform::columns),
        Slot::input("offset", |p| 2 * p.masks()),
        Slot::input("mask", |p| p.masked as usize * p.masks()),
    ],
    outs: &[Slot::output("dx", |p| p.chunks as usize * p.xs())],
    reference: |p, ins, outs| {
        let plane = (p.h * p.w) as usize;
        for (index, d) in ins[0].iter().enumerate() {
            let column = p.column(index);
            let start = column.number / p.chunk as usize * p.xs() + column.plane * plane;
            for corner in p.corners(&column, ins[1]) {
                outs[0][start + corner.cell] += p.mask(&column, ins[2]) * corner.weight * d;
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("deform/deform_data"),
        groups: |p| fold(p.chunks as usize * p.xs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(Fill::Normal(1.0)),
    tolerance: Tolerance { abs: 1e-4, rel: 1e-4 },
    flops: |p| 8.0 * p.xs() as f64 * p.numbers() as f64,
};

/// Gradients of the offsets and the mask.
pub static DEFORM_OFFSETS: Kernel<Deform> = Kernel {
    name: "deform_offsets",
    about: "d offset = mask · Σ slope of x · d columns, d mask = Σ x · d columns, over the channels of a group",
    ins: &[
        Slot::input("x", Deform::xs),
        Slot::input("offset", |p| 2 * p.masks()),
        Slot::input("mask", |p| p.masked as usize * p.masks()),
        Slot::input("dcolumns", Deform::columns),
    ],
    outs: &[Slot::output("doffset", |p| 2 * p.masks()), Slot::output("dmask", Deform::masks)],
    reference: |p, ins, outs| {
        let (plane, map) = ((p.h * p.w) as usize, (p.oh * p.ow) as usize);
        for (index, d) in ins[3].iter().enumerate() {
            let column = p.column(index);
            let mask = p.mask(&column, ins[2]);
            for corner in p.corners(&column, ins[1]) {
                let pixel = ins[0][column.plane * plane + corner.cell];
                outs[1][column.in_mask] += d * pixel * corner.weight;
                outs[0][column.in_offset] += d * mask * pixel * corner.slope[0];
                outs[0][column.in_offset + map] += d * mask * pixel * corner.slope[1];
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("deform/deform_offsets"),
        groups: |p| fold(p.masks(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let mut cases = cases(Fill::Normal(1.0));
        cases.iter_mut().for_each(|case| case.fills.push(Fill::Normal(1.0)));
        cases
    },
    tolerance: Tolerance { abs: 2e-4, rel: 1e-4 },
    flops: |p| 24.0 * p.columns() as f64,
};

fn backward(plan: &mut Plan, p: &Deform, step: &Forward<'_>) -> Vec<Option<Tensor>> {
    let Some(d) = &step.d_outs[0] else { return vec![None; 3] };
    let (x, offset, mask) = (step.input(0), step.input(1), step.ins[2].as_ref());
    let dx = step.wanted[0].then(|| {
        let chunks = p.chunks as usize;
        let dx = plan.temporary("partial dx", &[chunks, p.xs()], DType::F32);
        plan.push(&DEFORM_DATA, *p, &[Some(d), Some(offset), mask], &[&dx]);
        reduce(plan, &dx, &[0], Reduce::Sum, false).expect("the first of two axes can be summed")
    });
    if !step.wanted[1] && !step.wanted[2] {
        return vec![dx, None, None];
    }
    let doffset = plan.temporary("d offset", &[2 * p.masks()], DType::F32);
    let dmask = plan.temporary("d mask", &[p.masks()], DType::F32);
    plan.push(&DEFORM_OFFSETS, *p, &[Some(x), Some(offset), mask, Some(d)], &[&doffset, &dmask]);
    vec![dx, step.wanted[1].then_some(doffset), step.wanted[2].then_some(dmask)]
}

fn cases(first: Fill) -> Vec<Case<Deform>> {
    let case = |name, x: [usize; 4], window: [usize; 2], masked: bool, conv: Conv, groups: usize| {
        let w = [1, x[1], window[0], window[1]];
        let p = Conv2d::new(&x, &w, false, &conv).expect("the cases have valid shapes");
        let map = |maps: usize| [x[0], maps * groups * window[0] * window[1], p.oh as usize, p.ow as usize];
        let mask = masked.then(|| map(1));
        let params = Deform::new(&x, &w, &map(2), mask.as_ref().map(|m| &m[..]), &conv, groups);
        let fills = vec![first.clone(), Fill::Normal(0.8), Fill::Uniform(0.0, 1.0)];
        Case::normal(name, params.expect("the cases have valid shapes"), 3).fills(fills)
    };
    let plain = Conv::default();
    let uneven = Conv { pad: [1, 0, 2, 1], stride: [2, 1], dilation: [1, 2], ..plain };
    let padded = Conv { pad: [1; 4], ..plain };
    let chunked = |mut case: Case<Deform>| {
        case.params.chunk = 7;
        case.params.chunks = dim(case.params.numbers().div_ceil(7));
        case
    };
    let far = vec![first.clone(), Fill::Normal(6.0), Fill::Uniform(0.0, 1.0)];
    vec![
        case("one element", [1, 1, 1, 1], [1, 1], false, plain, 1),
        case("version 1", [1, 2, 4, 5], [2, 2], false, plain, 1),
        case("version 2", [2, 2, 4, 3], [2, 2], true, padded, 1),
        case("uneven all round, two groups", [1, 4, 5, 6], [3, 2], true, uneven, 2),
        case("offsets past the edges", [1, 2, 4, 5], [2, 2], true, padded, 1).fills(far),
        chunked(case("several chunks", [2, 2, 4, 3], [2, 2], true, padded, 1)),
        case("3x3 over 30x41", [1, 2, 30, 41], [3, 3], true, padded, 1),
        case("16 maps of 28²", [1, 16, 28, 28], [3, 3], true, padded, 1).timed(),
    ]
}

/// Records a deformable convolution: `x [N, C, H, W]`, `w [K, C/G, R, S]`, `offset [N, 2·O·R·S, OH,
/// OW]`, `b [K]`, `mask [N, O·R·S, OH, OW]` with O offset groups; returns `y [N, K, OH, OW]`.
///
/// # Errors
/// If shapes or settings do not fit.
#[expect(clippy::too_many_arguments, reason = "five of them are the tensors of the operator")]
pub fn deform_conv(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    offset: &Tensor,
    b: Option<&Tensor>,
    mask: Option<&Tensor>,
    conv: &Conv,
    offset_groups: usize,
) -> Result<Tensor, OpError> {
    let mask_shape = mask.map(|m| &m.shape[..]);
    let p = Deform::new(&x.shape, &w.shape, &offset.shape, mask_shape, conv, offset_groups)?;
    let [n, c, taps, oh, ow] = [p.n, p.c, p.r * p.s, p.oh, p.ow].map(|v| v as usize);
    let columns = plan.temporary("deformed columns", &[n, c * taps, oh, ow], DType::F32);
    plan.push(&DEFORM_COLUMNS, p, &[Some(x), Some(offset), mask], &[&columns]);
    let pointwise = w.view(&[w.shape[0], w.shape[1] * taps, 1, 1]);
    let plain = Conv { groups: conv.groups, act: conv.act, ..Conv::default() };
    conv2d(plan, &columns, &pointwise, b, &plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::{content, run};

    /// Without offsets it is a convolution.
    #[test]
    fn no_offsets_no_deformation() {
        let mut plan = Plan::new();
        let numbers = |n: usize| (0..n).map(|i| (i * 37 % 11) as f32 - 5.0).collect::<Vec<f32>>();
        let x = plan.constant("x", &[2, 4, 5, 6], numbers(240));
        let w = plan.constant("w", &[6, 2, 3, 2], numbers(72));
        let b = plan.constant("b", &[6], numbers(6));
        let conv = Conv { pad: [1, 0, 2, 1], stride: [2, 1], groups: 2, ..Conv::default() };
        let want = conv2d(&mut plan, &x, &w, Some(&b), &conv).unwrap();
        let (oh, ow) = (want.shape[2], want.shape[3]);
        let offset = plan.constant("offset", &[2, 24, oh, ow], vec![0.0; 48 * oh * ow]);
        let mask = plan.constant("mask", &[2, 12, oh, ow], vec![1.0; 24 * oh * ow]);
        let got = deform_conv(&mut plan, &x, &w, &offset, Some(&b), Some(&mask), &conv, 2).unwrap();
        let values = run(&plan, &std::collections::BTreeMap::new());
        assert_eq!(content(&plan, &values, got.buf), content(&plan, &values, want.buf));
        assert!(deform_conv(&mut plan, &x, &w, &mask, None, None, &conv, 2).is_err());
    }

    #[test]
    fn large_inputs_have_longer_chunks_or_are_refused() {
        let same = Conv { pad: [1; 4], ..Conv::default() };
        let shapes = |side: usize| {
            Deform::new(&[1, 16, side, side], &[16, 16, 3, 3], &[1, 18, side, side], None, &same, 1)
        };
        assert_eq!(shapes(224).map(|p| p.chunk), Ok(dim(CHUNK)));
        assert_eq!(shapes(600).map(|p| p.chunk), Ok(dim(LONGEST_CHUNK)));
        assert!(matches!(shapes(1024), Err(OpError::TooManyElements { .. })));
    }
}
