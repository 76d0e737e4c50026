//! Values of symbols that several lessons have in their formulas.

use crate::ops::conv::Conv2d;

/// Those of a layer whose window slides: input side, window, padding, stride, dilation, span of the window, channels,
/// sides of the output. Of two axes, the horizontal one.
pub fn window(p: &Conv2d) -> Vec<(&'static str, f64)> {
    let all = [
        ("W", p.w),
        ("F", p.s),
        ("k", p.s),
        ("P", p.pad[1]),
        ("S", p.stride[1]),
        ("D", p.dilation[1]),
        ("K", p.dilation[1] * (p.s - 1) + 1),
        ("C_in", p.c),
        ("C_out", p.k),
        ("H_out", p.oh),
        ("W_out", p.ow),
    ];
    all.map(|(name, value)| (name, f64::from(value))).to_vec()
}
