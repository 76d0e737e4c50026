//! Which element of x meets which weight and which element of y: shapes and settings of a
//! convolution along up to three axes, shared by it, its transpose and its weight gradient.

use crate::gpu::Tensor;
use crate::ops::unary::Act;
use crate::ops::{OpError, dim, fastest_first, limit_elements, window_output};

crate::params! {
    /// Convolution along three axes; a missing one has length 1. Vectors begin with the fastest axis.
    ConvNd {
        /// Size of x: W, H, D and channels C.
        x: [u32; 4],
        /// Size of y: OW, OH, OD and channels K.
        y: [u32; 4],
        /// Weights along x, y and z, and their product.
        window: [u32; 4],
        /// Step between windows along x, y and z; the fourth is not used.
        stride: [u32; 4],
        /// Distance between the cells of a window along x, y and z; the fourth is not used.
        dilation: [u32; 4],
        /// Zero padding before the first cell along x, y and z; the fourth is not used.
        pad: [u32; 4],
        /// Batch.
        n: u32,
        /// Groups; divides the channels of x and of y.
        groups: u32,
        /// 1 if there is a bias.
        bias: u32,
        /// Activation, a row of `unary::TABLE`; only convolution reads it.
        act: u32,
        /// Slope or scale of the activation.
        slope: f32,
        /// Positions (of all samples) in a partial sum; only `conv_weights` reads it.
        chunk: u32,
        /// Partial sums; only `conv_weights` reads it.
        chunks: u32,
    }
}

/// Settings of a convolution along any number of axes that are not read from shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvOptions {
    /// Step between windows, an entry an axis.
    pub stride: Vec<usize>,
    /// Zero padding: before the first cell of each axis, then after the last of each, as in ONNX.
    pub pad: Vec<usize>,
    /// Distance between the cells of a window, an entry an axis.
    pub dilation: Vec<usize>,
    /// Divides input and output channels.
    pub groups: usize,
    /// Applied to the sum.
    pub act: Act,
}

impl ConvOptions {
    /// Stride and dilation 1, no padding, one group, along so many axes.
    pub fn new(axes: usize) -> Self {
        Self {
            stride: vec![1; axes],
            pad: vec![0; 2 * axes],
            dilation: vec![1; axes],
            groups: 1,
            act: Act::IDENTITY,
        }
    }

    /// Refuses what does not have one to three spatial axes, the same number everywhere.
    pub(super) fn check(&self, op: &'static str, x: &[usize], w: &[usize]) -> Result<(), OpError> {
        let wrong =
            |what, have: &[usize], want: String| OpError::Shape { op, what, have: have.to_vec(), want };
        if !(3..=5).contains(&x.len()) {
            return Err(wrong("x", x, "[N, C] and one to three spatial axes".into()));
        }
        let axes = x.len() - 2;
        if w.len() != x.len() {
            return Err(wrong("w", w, format!("{axes} spatial axes after two of channels")));
        }
        for (what, have, len) in [
            ("stride", &self.stride, axes),
            ("dilation", &self.dilation, axes),
            ("padding", &self.pad, 2 * axes),
        ] {
            if have.len() != len {
                return Err(wrong(what, have, format!("{axes} spatial axes: {len} numbers")));
            }
        }
        Ok(())
    }
}

/// Padding that makes the output `ceil(input/stride)` long along each axis: before the first cell
/// of each, then after the last of each. The odd cell goes to the end with `upper` (SAME_UPPER of
/// ONNX), otherwise to the beginning (SAME_LOWER).
pub fn same_pads(
    input: &[usize],
    window: &[usize],
    stride: &[usize],
    dilation: &[usize],
    upper: bool,
) -> Vec<usize> {
    let totals: Vec<usize> = (0..input.len())
        .map(|axis| {
            let windows = input[axis].div_ceil(stride[axis].max(1)).max(1);
            let span = (windows - 1) * stride[axis] + window[axis].saturating_sub(1) * dilation[axis] + 1;
            span.saturating_sub(input[axis])
        })
        .collect();
    let before = |total: &usize| if upper { total / 2 } else { total.div_ceil(2) };
    totals.iter().map(before).chain(totals.iter().map(|total| total - before(total))).collect()
}

/// Refuses groups that do not divide the channels, and weights for other groups.
pub(super) fn check_groups(op: &'static str, c: usize, w: &[usize], groups: usize) -> Result<(), OpError> {
    for (channels, which) in [(c, "input"), (w[0], "output")] {
        if groups == 0 || channels % groups != 0 {
            return Err(OpError::Groups { groups, channels, which });
        }
    }
    if w[1] * groups != c {
        let mut fits = w.to_vec();
        fits[1] = c / groups;
        let want = format!("{c} input channels in {groups} groups: {fits:?}");
        return Err(OpError::Shape { op, what: "w", have: w.to_vec(), want });
    }
    Ok(())
}

/// Refuses a bias that has not one number a channel.
pub(super) fn check_bias(op: &'static str, b: Option<&Tensor>, channels: usize) -> Result<(), OpError> {
    match b {
        Some(b) if b.len() != channels => {
            let want = format!("{channels} output channels: [{channels}]");
            Err(OpError::Shape { op, what: "b", have: b.shape.clone(), want })
        }
        _ => Ok(()),
    }
}

impl ConvNd {
    /// From shapes that are known to fit: `x [N, C, spatial…]`, `w [K, C/G, window…]`,
    /// `y [N, K, spatial…]`, and settings of as many axes.
    pub(super) fn from_shapes(
        x: &[usize],
        w: &[usize],
        y: &[usize],
        bias: bool,
        setting: &ConvOptions,
    ) -> Self {
        let size = |shape: &[usize]| {
            let mut size = fastest_first(&shape[2..], 1);
            size[3] = dim(shape[1]);
            size
        };
        let mut window = fastest_first(&w[2..], 1);
        window[3] = window[0] * window[1] * window[2];
        let mut p = Self {
            x: size(x),
            y: size(y),
            window,
            stride: fastest_first(&setting.stride, 1),
            dilation: fastest_first(&setting.dilation, 1),
            pad: fastest_first(&setting.pad[..setting.stride.len()], 0),
            n: dim(x[0]),
            groups: dim(setting.groups),
            bias: u32::from(bias),
            act: setting.act.kind,
            slope: setting.act.a,
            chunk: 1,
            chunks: 1,
        };
        p.cut_into_chunks();
        p
    }

    /// Shape rule of a convolution.
    pub fn new(x: &[usize], w: &[usize], bias: bool, setting: &ConvOptions) -> Result<Self, OpError> {
        const NAMES: [&str; 3] = ["depth", "height", "width"];
        let op = "convolution";
        setting.check(op, x, w)?;
        check_groups(op, x[1], w, setting.groups)?;
        let axes = x.len() - 2;
        let mut y = vec![x[0], w[0]];
        for axis in 0..axes {
            let pads = setting.pad[axis] + setting.pad[axes + axis];
            let (stride, dilation) = (setting.stride[axis], setting.dilation[axis]);
            let name = NAMES[3 - axes + axis];
            y.push(window_output(x[2 + axis], pads, w[2 + axis], stride, dilation, name)?);
        }
        for shape in [x, w, &y] {
            limit_elements(op, shape)?;
        }
        let p = Self::from_shapes(x, w, &y, bias, setting);
        p.check_window()?;
        Ok(p)
    }

    /// Chooses how many positions a partial sum of the weight gradient covers: few where there are
    /// few weights, so that there is work for all cores, and whole rows where they are short.
    pub(super) fn cut_into_chunks(&mut self) {
        let positions = self.positions();
        let chunk = (positions * self.weights() / 16_384).clamp(256, 4096);
        let row = self.y[0].max(1) as usize;
        let chunk = if row <= 4096 { chunk.next_multiple_of(row) } else { chunk };
        self.chunk = dim(chunk);
        self.chunks = dim(positions.div_ceil(chunk).max(1));
    }

    /// Elements of x.
    pub fn xs(&self) -> usize {
        self.n as usize * elements(self.x)
    }
    /// Elements of y.
    pub fn ys(&self) -> usize {
        self.n as usize * elements(self.y)
    }
    /// Elements of w.
    pub fn weights(&self) -> usize {
        self.y[3] as usize * (self.x[3] / self.groups) as usize * self.window[3] as usize
    }
    /// Positions of y in all samples.
    pub fn positions(&self) -> usize {
        self.ys() / self.y[3].max(1) as usize
    }
    /// Depth 1 everywhere.
    pub(super) fn is_flat(&self) -> bool {
        self.x[2] == 1 && self.y[2] == 1 && self.window[2] == 1 && self.pad[2] == 0
    }
    /// Neighbouring elements of y read neighbouring pixels with the same weight, and rows of weights
    /// fit the pixels that the sliding variants hold.
    pub(super) fn slides(&self) -> bool {
        let unit = self.stride[0] == 1 && (self.dilation[0] == 1 || self.window[0] == 1);
        self.is_flat() && unit && self.window[0] <= 5 && self.xs() > 0 && self.ys() > 0
    }
    /// Floating-point operations, counting products with padding.
    pub(super) fn flops(&self) -> f64 {
        2.0 * self.ys() as f64 * f64::from(self.x[3] / self.groups) * f64::from(self.window[3])
    }

    /// Along one axis: every (position in x, position in y, tap) that meet inside x.
    pub(super) fn meetings(&self, axis: usize) -> Vec<[usize; 3]> {
        let mut meetings = Vec::new();
        for out in 0..self.y[axis] {
            for tap in 0..self.window[axis] {
                let at = out * self.stride[axis] + tap * self.dilation[axis];
                if let Some(at) = at.checked_sub(self.pad[axis]).filter(|&at| at < self.x[axis]) {
                    meetings.push([at, out, tap].map(|v| v as usize));
                }
            }
        }
        meetings
    }

    /// Calls `visit` with the indices into x, w and y of every product.
    pub(super) fn for_each_product(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [x, y, window] = [self.x, self.y, self.window].map(|v| v.map(|v| v as usize));
        let per_group = x[3] / self.groups as usize;
        let outs = y[3] / self.groups as usize;
        let [along_x, along_y, along_z] = [0, 1, 2].map(|axis| self.meetings(axis));
        for n in 0..self.n as usize {
            for k in 0..y[3] {
                for c in 0..per_group {
                    let in_x = n * x[3] + k / outs * per_group + c;
                    let (in_w, in_y) = (k * per_group + c, n * y[3] + k);
                    for &[xz, yz, t] in &along_z {
                        for &[xy, yy, r] in &along_y {
                            let in_x = ((in_x * x[2] + xz) * x[1] + xy) * x[0];
                            let in_w = ((in_w * window[2] + t) * window[1] + r) * window[0];
                            let in_y = ((in_y * y[2] + yz) * y[1] + yy) * y[0];
                            for &[xx, yx, s] in &along_x {
                                visit(in_x + xx, in_w + s, in_y + yx);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Product of a size.
fn elements(size: [u32; 4]) -> usize {
    size.iter().map(|&v| v as usize).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_keeps_the_length_or_divides_it() {
        assert_eq!(same_pads(&[5, 5], &[3, 3], &[1, 1], &[1, 1], true), [1, 1, 1, 1]);
        // The odd cell.
        assert_eq!(same_pads(&[5], &[2], &[1], &[1], true), [0, 1]);
        assert_eq!(same_pads(&[5], &[2], &[1], &[1], false), [1, 0]);
        assert_eq!(same_pads(&[7], &[3], &[2], &[2], true), [2, 2]);
        // A window shorter than the stride needs none.
        assert_eq!(same_pads(&[6], &[1], &[3], &[1], true), [0, 0]);
    }
}
