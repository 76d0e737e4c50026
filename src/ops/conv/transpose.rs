//! Transposed convolution: each element of y spreads its window of weights over x.
//!
//! `x[n, g·C/G + c, z, i, j] = b[g·C/G + c] + Σ y[n,k,oz,oi,oj] · w[k,c,t,r,s]` over the channels k of
//! group g and all outputs and taps with `oi·sy + r·dy − top = i` and so on along the other axes;
//! `y [N, K, OD, OH, OW]`, `w [K, C/G, T, R, S]`, `b [C]`, `x [N, C, D, H, W]`. It is the data gradient
//! of the convolution that makes y from x, hence the letters: as an operation of its own, y is what
//! goes in and x what comes out, with `H = sy(OH − 1) + dy(R − 1) + 1 + output padding − top − bottom`.
//! Sources: Zeiler et al., "Deconvolutional networks", 2010; ONNX operator ConvTranspose 22.

use super::explained::{explained, summands};
use super::geometry::{ConvNd, ConvOptions, check_groups};
use crate::gpu::{Case, Fill, Summands, Trace};
use crate::ops::unary::Act;
use crate::ops::{OpError, limit_elements};

/// Shape rule: the size of x comes from that of y.
pub(super) fn geometry(
    y: &[usize],
    w: &[usize],
    bias: bool,
    setting: &ConvOptions,
    output_padding: &[usize],
) -> Result<ConvNd, OpError> {
    let op = "conv_transpose";
    setting.check(op, y, w)?;
    let axes = y.len() - 2;
    if output_padding.len() != axes {
        let (have, want) = (output_padding.to_vec(), format!("{axes} spatial axes: {axes} numbers"));
        return Err(OpError::Shape { op, what: "output padding", have, want });
    }
    if y[1] != w[0] {
        let want = format!("{} input channels: they are the first axis of w", y[1]);
        return Err(OpError::Shape { op, what: "w", have: w.to_vec(), want });
    }
    let c = w[1] * setting.groups;
    check_groups(op, c, w, setting.groups)?;
    let mut x = vec![y[0], c];
    for axis in 0..axes {
        let (stride, dilation, window) = (setting.stride[axis], setting.dilation[axis], w[2 + axis]);
        for (value, what) in [
            (y[2 + axis], "the input length"),
            (window, "the window"),
            (stride, "the stride"),
            (dilation, "the dilation"),
        ] {
            if value == 0 {
                return Err(OpError::Zero { what });
            }
        }
        let full = stride * (y[2 + axis] - 1) + dilation * (window - 1) + 1 + output_padding[axis];
        let cut = setting.pad[axis] + setting.pad[axes + axis];
        if cut >= full {
            let (have, want) = (setting.pad.clone(), format!("an output of {full} cells before it is cut"));
            return Err(OpError::Shape { op, what: "padding", have, want });
        }
        x.push(full - cut);
    }
    for shape in [y, w, &x] {
        limit_elements(op, shape)?;
    }
    let p = ConvNd { act: 0, ..ConvNd::from_shapes(&x, w, y, bias, setting) };
    p.check_window()?;
    Ok(p)
}

/// What the kernel computes, in `f64`.
pub(super) fn reference(p: &ConvNd, ins: &[&[f64]], outs: &mut [Vec<f64>]) {
    let x = &mut outs[0];
    if p.bias != 0 {
        let plane = (p.x[0] * p.x[1] * p.x[2]) as usize;
        for (index, x) in x.iter_mut().enumerate() {
            *x = ins[2][index / plane % p.x[3] as usize];
        }
    }
    p.for_each_product(|at_x, at_w, at_y| x[at_x] += ins[0][at_y] * ins[1][at_w]);
}

/// The elements of y and w whose products an element of x is the sum of, its channel, and how many of them lie in a row.
fn pairs(p: &ConvNd, index: usize) -> (Vec<(usize, usize)>, usize, usize) {
    let [x, y, window] = [p.x, p.y, p.window].map(|v| v.map(|v| v as usize));
    let at = [index % x[0], index / x[0] % x[1], index / (x[0] * x[1]) % x[2]];
    let (channel, n) = (index / (x[0] * x[1] * x[2]) % x[3], index / (x[0] * x[1] * x[2] * x[3]));
    let (per_group, outs) = (x[3] / p.groups as usize, y[3] / p.groups as usize);
    let (group, c) = (channel / per_group, channel % per_group);
    let [along_x, along_y, along_z] = [0, 1, 2].map(|axis| {
        let mut met = p.meetings(axis);
        met.retain(|[own, ..]| *own == at[axis]);
        met
    });
    let mut pairs = Vec::new();
    for k in group * outs..(group + 1) * outs {
        for &[_, yz, t] in &along_z {
            for &[_, yy, r] in &along_y {
                for &[_, yx, s] in &along_x {
                    let in_y = (((n * y[3] + k) * y[2] + yz) * y[1] + yy) * y[0] + yx;
                    let in_w = (((k * per_group + c) * window[2] + t) * window[1] + r) * window[0] + s;
                    pairs.push((in_y, in_w));
                }
            }
        }
    }
    (pairs, channel, along_x.len())
}

/// Where an element of x comes from: what was spread over it.
pub(super) fn trace(p: &ConvNd, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let (pairs, channel, row) = pairs(p, index);
    explained(ins, &pairs, (p.bias != 0).then_some(channel), row, 0, Act::IDENTITY)
}

/// What an element of x is the sum of.
pub(super) fn summed(p: &ConvNd, ins: &[&[f64]], index: usize) -> Option<Summands> {
    let (pairs, channel, _) = pairs(p, index);
    Some(summands(ins, &pairs, (p.bias != 0).then_some(channel)))
}

/// What the kernel is checked with.
pub(super) fn cases() -> Vec<Case<ConvNd>> {
    let make = |name, y: &[usize], w: &[usize], bias, setting: &ConvOptions, output_padding: &[usize]| {
        let params = geometry(y, w, bias, setting, output_padding).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let flat = ConvOptions::new(2);
    let pad = |p: usize| ConvOptions { pad: vec![p; 4], ..ConvOptions::new(2) };
    let strided = |s: usize, p: usize| ConvOptions { stride: vec![s; 2], ..pad(p) };
    let uneven = ConvOptions { pad: vec![0, 1, 2, 0], dilation: vec![2, 1], ..strided(2, 0) };
    let holes = ConvOptions { stride: vec![3, 2], dilation: vec![2, 3], groups: 2, ..pad(1) };
    let three_by_two = ConvOptions { stride: vec![2, 3], ..pad(2) };
    let volume = ConvOptions { stride: vec![2, 1, 3], pad: vec![1, 0, 1, 0, 1, 2], ..ConvOptions::new(3) };
    vec![
        make("one element", &[1, 1, 1, 1], &[1, 1, 1, 1], true, &flat, &[0, 0]),
        make("3x3 by 3x3", &[1, 2, 3, 3], &[2, 3, 3, 3], true, &flat, &[0, 0]),
        make("stride 2", &[1, 2, 4, 3], &[2, 3, 4, 4], true, &strided(2, 1), &[0, 0]),
        make("stride 2, output padding", &[2, 2, 4, 3], &[2, 2, 3, 3], false, &strided(2, 1), &[1, 1]),
        make("stride longer than the window", &[1, 2, 3, 4], &[2, 1, 2, 2], true, &strided(3, 0), &[2, 0]),
        make("four paddings, dilation", &[1, 2, 5, 4], &[2, 3, 2, 3], true, &uneven, &[0, 1]),
        make("groups, strides and dilations", &[1, 4, 4, 5], &[4, 2, 2, 3], true, &holes, &[1, 0]),
        make("one axis", &[2, 3, 7], &[3, 2, 4], true, &ConvOptions::new(1), &[0]),
        make("volume", &[1, 2, 2, 3, 3], &[2, 2, 3, 2, 2], true, &volume, &[0, 0, 1]),
        make("gradient of a same convolution", &[4, 3, 9, 21], &[3, 10, 3, 5], false, &pad(1), &[0, 0]),
        make("17 by 35", &[4, 5, 17, 35], &[5, 9, 5, 3], true, &pad(2), &[0, 0]),
        make("stride 3 and 2 by 40", &[1, 3, 6, 40], &[3, 9, 5, 7], true, &three_by_two, &[1, 2]),
        make(
            "stride longer than a wide window",
            &[2, 4, 3, 18],
            &[4, 2, 1, 2],
            true,
            &strided(3, 0),
            &[2, 1],
        ),
        make("depthwise", &[1, 6, 9, 18], &[6, 1, 3, 3], true, &ConvOptions { groups: 6, ..pad(1) }, &[0, 0]),
        make("extreme values", &[1, 2, 6, 6], &[2, 3, 3, 3], false, &pad(1), &[0, 0]).fills(vec![
            Fill::Extreme,
            Fill::Normal(1.0),
            Fill::Const(0.0),
        ]),
        make("16->8, 28², 5x5, batch 50", &[50, 16, 28, 28], &[16, 8, 5, 5], false, &pad(2), &[0, 0]).timed(),
        make("32->16, 14², 3x3, batch 50", &[50, 32, 14, 14], &[32, 16, 3, 3], false, &pad(1), &[0, 0])
            .timed(),
        make("32->16, 14² to 28²", &[10, 32, 14, 14], &[32, 16, 4, 4], true, &strided(2, 1), &[0, 0]).timed(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pixel_becomes_the_window() {
        let p = geometry(
            &[1, 1, 1, 2],
            &[1, 1, 2, 2],
            true,
            &ConvOptions { stride: vec![2, 2], ..ConvOptions::new(2) },
            &[0, 0],
        )
        .unwrap();
        let mut x = vec![vec![0.0; 8]];
        reference(&p, &[&[10.0, 100.0], &[1.0, 2.0, 3.0, 4.0], &[0.5]], &mut x);
        assert_eq!(x[0], [10.5, 20.5, 100.5, 200.5, 30.5, 40.5, 300.5, 400.5]);
    }

    #[test]
    fn impossible_settings_are_refused() {
        let flat = ConvOptions::new(2);
        assert!(geometry(&[1, 2, 3, 3], &[3, 1, 3, 3], false, &flat, &[0, 0]).is_err());
        assert!(geometry(&[1, 3, 3, 3], &[3, 1, 3, 3], false, &flat, &[0]).is_err());
        let cut = ConvOptions { pad: vec![3, 3, 3, 3], ..ConvOptions::new(2) };
        assert!(geometry(&[1, 1, 3, 3], &[1, 1, 3, 3], false, &cut, &[0, 0]).is_err());
        let halves = ConvOptions { groups: 2, ..ConvOptions::new(2) };
        assert!(geometry(&[1, 3, 3, 3], &[3, 1, 3, 3], false, &halves, &[0, 0]).is_err());
    }
}
