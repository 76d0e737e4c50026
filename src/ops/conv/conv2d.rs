//! 2-D convolution, as deep learning means it (cross-correlation: the kernel is not turned).
//!
//! `y[n,k,i,j] = act(b[k] + Σ_{c,r,s} w[k,c,r,s] · x[n, g·C/G + c, i·sy + r·dy − top, j·sx + s·dx − left])`
//! with `x [N, C, H, W]`, `w [K, C/G, R, S]`, `b [K]`, `y [N, K, OH, OW]` and
//! `OH = floor((H + top + bottom − dy(R−1) − 1)/sy) + 1`. Groups = C gives a depthwise convolution,
//! R = S = 1 a pointwise one. Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep
//! learning", 2016.

use super::explained::{explained, summands};
use super::geometry::{ConvNd, check_groups};
use crate::gpu::{Case, Fill, Summands, Trace};
use crate::ops::unary::Act;
use crate::ops::{OpError, dim, limit_elements, window_output};

crate::params! {
    /// 2-D convolution, NCHW, weights OIHW.
    Conv2d {
        /// Zero padding: top, left, bottom, right.
        pad: [u32; 4],
        /// Step between windows: y, x.
        stride: [u32; 2],
        /// Distance between the cells of a window: y, x.
        dilation: [u32; 2],
        /// Batch.
        n: u32,
        /// Input channels.
        c: u32,
        /// Input height.
        h: u32,
        /// Input width.
        w: u32,
        /// Output channels.
        k: u32,
        /// Kernel height.
        r: u32,
        /// Kernel width.
        s: u32,
        /// Groups; divides `c` and `k`.
        groups: u32,
        /// Output height.
        oh: u32,
        /// Output width.
        ow: u32,
        /// 1 if there is a bias.
        bias: u32,
        /// Activation, a row of `unary::TABLE`.
        act: u32,
        /// Slope or scale of the activation.
        slope: f32,
    }
}

/// Settings of a convolution that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv {
    /// Zero padding: top, left, bottom, right.
    pub pad: [usize; 4],
    /// y, x.
    pub stride: [usize; 2],
    /// y, x.
    pub dilation: [usize; 2],
    /// Divides input and output channels.
    pub groups: usize,
    /// Applied to the sum.
    pub act: Act,
}

impl Default for Conv {
    fn default() -> Self {
        Self { pad: [0; 4], stride: [1; 2], dilation: [1; 2], groups: 1, act: Act::IDENTITY }
    }
}

impl Conv2d {
    /// Shape rule.
    pub fn new(x: &[usize], w: &[usize], bias: bool, conv: &Conv) -> Result<Self, OpError> {
        let (&[n, c, h, width], &[k, _, r, s]) = (x, w) else {
            let (what, have) = if x.len() == 4 { ("w", w) } else { ("x", x) };
            return Err(OpError::Shape {
                op: "conv2d",
                what,
                have: have.to_vec(),
                want: "four axes: [N, C, H, W] and [K, C/G, R, S]".into(),
            });
        };
        check_groups("conv2d", c, w, conv.groups)?;
        let [top, left, bottom, right] = conv.pad;
        let oh = window_output(h, top + bottom, r, conv.stride[0], conv.dilation[0], "height")?;
        let ow = window_output(width, left + right, s, conv.stride[1], conv.dilation[1], "width")?;
        limit_elements("conv2d", x)?;
        limit_elements("conv2d", w)?;
        limit_elements("conv2d", &[n, k, oh, ow])?;
        let p = Self {
            pad: conv.pad.map(dim),
            stride: conv.stride.map(dim),
            dilation: conv.dilation.map(dim),
            n: dim(n),
            c: dim(c),
            h: dim(h),
            w: dim(width),
            k: dim(k),
            r: dim(r),
            s: dim(s),
            groups: dim(conv.groups),
            oh: dim(oh),
            ow: dim(ow),
            bias: u32::from(bias),
            act: conv.act.kind,
            slope: conv.act.a,
        };
        ConvNd::from(&p).check_window()?;
        Ok(p)
    }

    /// Elements of the output.
    pub fn outputs(&self) -> usize {
        (self.n * self.k * self.oh * self.ow) as usize
    }

    /// Multiply-adds, counting those with padding.
    pub fn multiply_adds(&self) -> u64 {
        let per_output = u64::from(self.c / self.groups) * u64::from(self.r) * u64::from(self.s);
        self.outputs() as u64 * per_output
    }

    /// Tiles of `pixels` in a row by `channels` of a group that cover the output.
    pub(super) fn tiles(&self, pixels: u32, channels: u32) -> usize {
        let blocks = self.groups * (self.k / self.groups).div_ceil(channels);
        [self.n, blocks, self.oh, self.ow.div_ceil(pixels)].iter().map(|&v| v as usize).product()
    }

    /// There is an input to read: an empty one has its windows in the padding.
    pub(super) fn has_pixels(&self) -> bool {
        self.h > 0 && self.w > 0
    }

    /// Whether neighbouring outputs read neighbouring pixels, rows are multiples of four and a row of
    /// weights fits the pixels that the sliding variants hold.
    pub(super) fn slides_by_fours(&self) -> bool {
        let [stride, dilation] = [self.stride[1], self.dilation[1]];
        let by_fours = self.w.is_multiple_of(4) && self.ow.is_multiple_of(4);
        self.has_pixels() && stride == 1 && (dilation == 1 || self.s == 1) && by_fours && self.s <= 5
    }

    /// Whether neighbouring outputs read neighbouring pixels and a row of weights fits the pixels that the
    /// sliding variants hold, whatever the length of rows.
    pub(super) fn slides(&self) -> bool {
        self.has_pixels() && self.stride[1] == 1 && self.dilation[1] == 1 && self.s <= 5
    }

    /// A product of matrices: every output reads one pixel of each channel, at its own place.
    pub(super) fn is_pointwise(&self) -> bool {
        let single = self.r == 1 && self.s == 1 && self.groups == 1;
        single && self.stride == [1, 1] && self.pad == [0; 4] && self.has_pixels() && self.c.is_multiple_of(4)
    }

    /// Invocations of `pixels` pixels of all rows by 16 channels that cover a pointwise output.
    pub(super) fn pointwise_tiles(&self, pixels: u32) -> usize {
        let tiles = [self.n, self.k.div_ceil(16), (self.oh * self.ow).div_ceil(pixels)];
        tiles.iter().map(|&v| v as usize).product()
    }

    /// Pairs (index into x, index into w) that make up output element `index`, cells outside the
    /// input left out, and the output channel.
    pub fn window(&self, index: usize) -> (Vec<(usize, usize)>, usize) {
        let [n, c, h, w, k] = [self.n, self.c, self.h, self.w, self.k].map(|v| v as usize);
        let [r, s, oh, ow] = [self.r, self.s, self.oh, self.ow].map(|v| v as usize);
        let (j, i) = (index % ow, index / ow % oh);
        let (channel, image) = (index / (ow * oh) % k, index / (ow * oh * k) % n);
        let per_group = c / self.groups as usize;
        let first = channel / (k / self.groups as usize) * per_group;
        let at = |out: usize, tap: usize, axis: usize, limit: usize| {
            let position = out * self.stride[axis] as usize + tap * self.dilation[axis] as usize;
            position.checked_sub(self.pad[axis] as usize).filter(|&p| p < limit)
        };
        let mut pairs = Vec::new();
        for ci in 0..per_group {
            for ri in 0..r {
                let Some(y) = at(i, ri, 0, h) else { continue };
                for si in 0..s {
                    let Some(x) = at(j, si, 1, w) else { continue };
                    pairs.push((
                        ((image * c + first + ci) * h + y) * w + x,
                        ((channel * per_group + ci) * r + ri) * s + si,
                    ));
                }
            }
        }
        (pairs, channel)
    }
}

/// Where an element of y comes from.
pub(super) fn trace(p: &Conv2d, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let (pairs, channel) = p.window(index);
    let bias = (p.bias != 0).then_some(channel);
    let outside = (p.c / p.groups * p.r * p.s) as usize - pairs.len();
    explained(ins, &pairs, bias, p.s as usize, outside, Act { kind: p.act, a: p.slope })
}

/// What an element of y is the sum of, where no activation follows.
pub(super) fn summed(p: &Conv2d, ins: &[&[f64]], index: usize) -> Option<Summands> {
    let (pairs, channel) = p.window(index);
    (p.act == 0).then(|| summands(ins, &pairs, (p.bias != 0).then_some(channel)))
}

/// What the kernel computes, in `f64`.
pub(super) fn reference(p: &Conv2d, ins: &[&[f64]], outs: &mut [Vec<f64>]) {
    let act = Act { kind: p.act, a: p.slope };
    for (index, y) in outs[0].iter_mut().enumerate() {
        let (pairs, channel) = p.window(index);
        let bias = if p.bias != 0 { ins[2][channel] } else { 0.0 };
        *y = act.apply(pairs.iter().fold(bias, |sum, &(x, w)| sum + ins[0][x] * ins[1][w]));
    }
}

/// What the kernel is checked with.
pub(super) fn cases() -> Vec<Case<Conv2d>> {
    let make = |name, x: [usize; 4], w: [usize; 4], bias, conv: Conv| {
        let params = Conv2d::new(&x, &w, bias, &conv).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let plain = Conv::default();
    let pad = |p: usize| Conv { pad: [p; 4], ..plain };
    let sides = |y: usize, x: usize| Conv { pad: [y, x, y, x], ..plain };
    let one_side = Conv { pad: [1, 1, 0, 0], ..plain };
    let depthwise = Conv { groups: 3, ..pad(1) };
    let strided = Conv { stride: [2, 2], ..depthwise };
    let [leaky, relu6, silu] = [2, 3, 8].map(|kind| Act { kind, a: 0.1 });
    let uneven = Conv { stride: [2, 3], dilation: [2, 1], groups: 2, act: leaky, pad: [1, 0, 2, 1] };
    vec![
        make("one element", [1, 1, 1, 1], [1, 1, 1, 1], false, plain),
        make("one element with bias", [1, 1, 1, 1], [1, 1, 1, 1], true, plain),
        make("7x7 by 3x3", [1, 1, 7, 7], [1, 1, 3, 3], false, plain),
        make("stride 3 and 2", [1, 2, 13, 17], [3, 2, 3, 2], true, Conv { stride: [3, 2], ..plain }),
        make("four paddings", [2, 3, 9, 11], [5, 3, 3, 3], true, Conv { pad: [0, 1, 2, 3], ..plain }),
        make("dilation 2 and 3", [1, 2, 19, 23], [4, 2, 3, 3], false, Conv { dilation: [2, 3], ..pad(2) }),
        make("groups", [1, 6, 8, 9], [9, 2, 3, 3], true, Conv { groups: 3, ..pad(1) }),
        make("depthwise", [1, 16, 15, 15], [16, 1, 3, 3], false, Conv { groups: 16, ..pad(1) }),
        make("pointwise", [1, 24, 10, 10], [17, 24, 1, 1], true, plain),
        make("pointwise, odd maps", [2, 12, 7, 7], [37, 12, 1, 1], true, Conv { act: Act::GELU, ..plain }),
        make(
            "pointwise, rows of any length",
            [2, 8, 6, 10],
            [18, 8, 1, 1],
            true,
            Conv { act: relu6, ..plain },
        ),
        make("pointwise, one pixel", [3, 8, 1, 1], [5, 8, 1, 1], true, plain),
        make(
            "depthwise 5x5, odd rows",
            [2, 9, 7, 15],
            [9, 1, 5, 5],
            true,
            Conv { groups: 9, act: leaky, ..pad(2) },
        ),
        make("padding wider than the input", [1, 1, 3, 3], [2, 1, 3, 3], false, pad(4)),
        make("window equal to the input", [1, 3, 5, 5], [8, 3, 5, 5], true, plain),
        make("most products of one step", [1, 970, 7, 7], [2, 970, 7, 7], true, plain),
        make("two chunks of the weight gradient", [1, 1, 18, 18], [1, 1, 2, 2], true, plain),
        make("GELU epilogue", [1, 3, 12, 12], [8, 3, 3, 3], true, Conv { act: Act::GELU, ..pad(1) }),
        make("rows of four, groups", [2, 6, 9, 36], [18, 2, 3, 5], true, Conv { groups: 3, ..sides(1, 2) }),
        make("rows of four, one side padded", [1, 2, 7, 40], [5, 2, 2, 2], true, one_side),
        make(
            "rows of four, tall stride",
            [1, 2, 21, 32],
            [9, 2, 5, 1],
            false,
            Conv { stride: [3, 1], ..plain },
        ),
        make("rows of four, depthwise", [1, 3, 10, 68], [3, 1, 5, 5], true, Conv { groups: 3, ..pad(2) }),
        make("two outputs a group", [1, 4, 10, 20], [8, 1, 3, 3], false, Conv { groups: 4, ..pad(1) }),
        make("small, GELU", [2, 2, 5, 4], [3, 2, 3, 2], true, Conv { act: Act::GELU, ..pad(1) }),
        make("small, leaky ReLU, strides", [1, 4, 6, 7], [4, 2, 3, 2], true, uneven),
        make("small, ReLU6", [1, 2, 5, 4], [3, 2, 3, 3], true, Conv { act: relu6, ..pad(1) }),
        make("ReLU6 epilogue", [1, 3, 12, 13], [8, 3, 3, 3], true, Conv { act: relu6, ..pad(1) }),
        make("SiLU epilogue", [1, 3, 12, 13], [8, 3, 3, 3], true, Conv { act: silu, ..pad(1) }),
        make(
            "leaky ReLU epilogue",
            [1, 3, 12, 12],
            [3, 1, 3, 3],
            true,
            Conv { groups: 3, act: leaky, ..pad(1) },
        ),
        make("extreme values", [1, 2, 12, 12], [9, 2, 3, 3], false, pad(1)).fills(vec![
            Fill::Extreme,
            Fill::Normal(1.0),
            Fill::Const(0.0),
        ]),
        make("photo 3->16, 224²", [1, 3, 224, 224], [16, 3, 3, 3], true, pad(1)).timed(),
        make("16->32, 112²", [1, 16, 112, 112], [32, 16, 3, 3], true, pad(1)).timed(),
        make("64->64, 56²", [1, 64, 56, 56], [64, 64, 3, 3], false, pad(1)).timed(),
        make(
            "3->64, 224², 7x7 stride 2",
            [1, 3, 224, 224],
            [64, 3, 7, 7],
            false,
            Conv { stride: [2, 2], ..pad(3) },
        )
        .timed(),
        make("photo 3x384x384, depthwise", [1, 3, 384, 384], [3, 1, 3, 3], true, depthwise).timed(),
        make("photo 3x384x384, depthwise, stride 2", [1, 3, 384, 384], [3, 1, 3, 3], true, strided).timed(),
        make("192->1152, 7², pointwise", [1, 192, 7, 7], [1152, 192, 1, 1], false, plain).timed(),
        make("672->112, 14², pointwise", [1, 672, 14, 14], [112, 672, 1, 1], false, plain).timed(),
        make("144->24, 56², pointwise", [1, 144, 56, 56], [24, 144, 1, 1], false, plain).timed(),
        make(
            "672, 14², depthwise 5x5",
            [1, 672, 14, 14],
            [672, 1, 5, 5],
            false,
            Conv { groups: 672, ..pad(2) },
        )
        .timed(),
        make("1->16, 28², 5x5, batch 32", [32, 1, 28, 28], [16, 1, 5, 5], true, pad(2)).timed(),
    ]
}

impl From<&Conv2d> for ConvNd {
    fn from(p: &Conv2d) -> Self {
        let mut nd = Self {
            x: [p.w, p.h, 1, p.c],
            y: [p.ow, p.oh, 1, p.k],
            window: [p.s, p.r, 1, p.r * p.s],
            stride: [p.stride[1], p.stride[0], 1, 1],
            dilation: [p.dilation[1], p.dilation[0], 1, 1],
            pad: [p.pad[1], p.pad[0], 0, 0],
            n: p.n,
            groups: p.groups,
            bias: p.bias,
            act: p.act,
            slope: p.slope,
            chunk: 1,
            chunks: 1,
        };
        nd.cut_into_chunks();
        nd
    }
}

/// The other way, for what has no depth. The padding after the last cell does not matter to the
/// kernels.
impl From<&ConvNd> for Conv2d {
    fn from(p: &ConvNd) -> Self {
        Self {
            pad: [p.pad[1], p.pad[0], p.pad[1], p.pad[0]],
            stride: [p.stride[1], p.stride[0]],
            dilation: [p.dilation[1], p.dilation[0]],
            n: p.n,
            c: p.x[3],
            h: p.x[1],
            w: p.x[0],
            k: p.y[3],
            r: p.window[1],
            s: p.window[0],
            groups: p.groups,
            oh: p.y[1],
            ow: p.y[0],
            bias: p.bias,
            act: p.act,
            slope: p.slope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_dimensions_there_and_back() {
        let p = Conv2d::new(
            &[2, 4, 9, 8],
            &[6, 2, 3, 2],
            true,
            &Conv { stride: [2, 1], pad: [1, 2, 1, 2], dilation: [1, 3], groups: 2, act: Act::RELU },
        )
        .unwrap();
        assert_eq!(Conv2d::from(&ConvNd::from(&p)), p);
    }
}
