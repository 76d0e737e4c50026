//! Transposed convolution: each element of y spreads its window of weights over x.
//!
//! `x[n, g·C/G + c, z, i, j] = b[g·C/G + c] + Σ y[n,k,oz,oi,oj] · w[k,c,t,r,s]` over the channels k of
//! group g and all outputs and taps with `oi·sy + r·dy − top = i` and so on along the other axes;
//! `y [N, K, OD, OH, OW]`, `w [K, C/G, T, R, S]`, `b [C]`, `x [N, C, D, H, W]`. It is the data gradient
//! of the convolution that makes y from x, hence the letters: as an operation of its own, y is what
//! goes in and x what comes out, with `H = sy(OH − 1) + dy(R − 1) + 1 + output padding − top − bottom`.
//! Sources: Zeiler et al., "Deconvolutional networks", 2010; ONNX operator ConvTranspose 22.

use super::geometry::{Setting, check_bias, check_groups};
use super::{ConvNd, parts, to_channels, weights};
use crate::gpu::{
    Backward, Case, Fill, Forward, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::{OpError, limit_elements};

/// Transposed convolution.
pub static CONV_TRANSPOSE: Kernel<ConvNd> = Kernel {
    name: "conv_transpose",
    about: "x = b + Σ w·y over the windows that cover an element: the data gradient of a convolution",
    ins: &[
        Slot::input("y", ConvNd::ys),
        Slot::input("w", ConvNd::weights),
        Slot::input("b", |p| (p.bias * p.x[3]) as usize),
    ],
    outs: &[Slot::output("x", ConvNd::xs)],
    reference: |p, ins, outs| {
        let x = &mut outs[0];
        if p.bias != 0 {
            let plane = (p.x[0] * p.x[1] * p.x[2]) as usize;
            for (index, x) in x.iter_mut().enumerate() {
                *x = ins[2][index / plane % p.x[3] as usize];
            }
        }
        p.for_each_product(|at_x, at_w, at_y| x[at_x] += ins[0][at_y] * ins[1][at_w]);
    },
    backward: Backward::Rule(backward),
    trace: None,
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("conv/conv_transpose"),
            groups: |p| fold(p.xs(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("conv/conv_transpose_rows"),
            groups: |p| {
                let tiles = p.groups * (p.x[3] / p.groups).div_ceil(8);
                let [width, height] = [0, 1].map(|axis| p.x[axis].div_ceil(p.stride[axis]));
                let pairs = (height * width.div_ceil(16)).div_ceil(2);
                fold((p.n * tiles * p.stride[0] * p.stride[1] * pairs) as usize, 8)
            },
            fits: |_, profile| profile.software,
            can: |p| {
                let even = |axis: usize| p.dilation[axis] == 1 || p.window[axis] == 1;
                let few = p.window[0].div_ceil(p.stride[0]) <= 5;
                let columns = p.is_flat() && even(0) && few;
                let rows = even(1) || p.stride[1] == 1;
                columns && rows && p.xs() > 0 && p.ys() > 0 && p.ys().is_multiple_of(4)
            },
        },
    ],
    cases,
    tolerance: Tolerance { abs: 2e-4, rel: 1e-4 },
    flops: ConvNd::flops,
};

fn backward(plan: &mut Plan, p: &ConvNd, step: &Forward<'_>) -> Vec<Option<Tensor>> {
    let Some(dx) = &step.d_outs[0] else { return vec![None; 3] };
    let (y, w) = (step.input(0), step.input(1));
    let dy = step.wanted[0].then(|| parts::convolve(plan, p, dx, w));
    let dw = step.wanted[1].then(|| weights::gradient(plan, p, dx, y));
    let db = step.wanted[2].then(|| to_channels(plan, dx, p.n, p.x));
    vec![dy, dw, db]
}

/// Shape rule: the size of x comes from that of y.
fn geometry(
    y: &[usize],
    w: &[usize],
    bias: bool,
    setting: &Setting,
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

fn cases() -> Vec<Case<ConvNd>> {
    let make = |name, y: &[usize], w: &[usize], bias, setting: &Setting, output_padding: &[usize]| {
        let params = geometry(y, w, bias, setting, output_padding).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let flat = Setting::new(2);
    let pad = |p: usize| Setting { pad: vec![p; 4], ..Setting::new(2) };
    let strided = |s: usize, p: usize| Setting { stride: vec![s; 2], ..pad(p) };
    let uneven = Setting { pad: vec![0, 1, 2, 0], dilation: vec![2, 1], ..strided(2, 0) };
    let holes = Setting { stride: vec![3, 2], dilation: vec![2, 3], groups: 2, ..pad(1) };
    let three_by_two = Setting { stride: vec![2, 3], ..pad(2) };
    let volume = Setting { stride: vec![2, 1, 3], pad: vec![1, 0, 1, 0, 1, 2], ..Setting::new(3) };
    vec![
        make("one element", &[1, 1, 1, 1], &[1, 1, 1, 1], true, &flat, &[0, 0]),
        make("3x3 by 3x3", &[1, 2, 3, 3], &[2, 3, 3, 3], true, &flat, &[0, 0]),
        make("stride 2", &[1, 2, 4, 3], &[2, 3, 4, 4], true, &strided(2, 1), &[0, 0]),
        make("stride 2, output padding", &[2, 2, 4, 3], &[2, 2, 3, 3], false, &strided(2, 1), &[1, 1]),
        make("stride longer than the window", &[1, 2, 3, 4], &[2, 1, 2, 2], true, &strided(3, 0), &[2, 0]),
        make("four paddings, dilation", &[1, 2, 5, 4], &[2, 3, 2, 3], true, &uneven, &[0, 1]),
        make("groups, strides and dilations", &[1, 4, 4, 5], &[4, 2, 2, 3], true, &holes, &[1, 0]),
        make("one axis", &[2, 3, 7], &[3, 2, 4], true, &Setting::new(1), &[0]),
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
        make("depthwise", &[1, 6, 9, 18], &[6, 1, 3, 3], true, &Setting { groups: 6, ..pad(1) }, &[0, 0]),
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

/// Records a transposed convolution along one, two or three spatial axes: `x [N, K, spatial…]`,
/// `w [K, C/G, window…]`, `b [C]`; returns `y [N, C, spatial…]`, along each axis
/// `stride·(input − 1) + dilation·(window − 1) + 1 + output_padding − pads` long.
///
/// # Errors
/// If shapes or settings do not fit, or the padding cuts everything away.
pub fn conv_transpose(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    setting: &Setting,
    output_padding: &[usize],
) -> Result<Tensor, OpError> {
    let p = geometry(&x.shape, &w.shape, b.is_some(), setting, output_padding)?;
    check_bias("conv_transpose", b, p.x[3] as usize)?;
    let mut shape = vec![p.n as usize, p.x[3] as usize];
    shape.extend(p.x[..x.shape.len() - 2].iter().rev().map(|&v| v as usize));
    Ok(parts::data(plan, &p, x, w, b).view(&shape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    #[test]
    fn one_pixel_becomes_the_window() {
        let p = geometry(
            &[1, 1, 1, 2],
            &[1, 1, 2, 2],
            true,
            &Setting { stride: vec![2, 2], ..Setting::new(2) },
            &[0, 0],
        )
        .unwrap();
        let x = run_kernel(
            &CONV_TRANSPOSE,
            bytemuck::bytes_of(&p),
            &[&[10.0, 100.0], &[1.0, 2.0, 3.0, 4.0], &[0.5]],
        );
        assert_eq!(x[0], [10.5, 20.5, 100.5, 200.5, 30.5, 40.5, 300.5, 400.5]);
    }

    #[test]
    fn impossible_settings_are_refused() {
        let flat = Setting::new(2);
        assert!(geometry(&[1, 2, 3, 3], &[3, 1, 3, 3], false, &flat, &[0, 0]).is_err());
        assert!(geometry(&[1, 3, 3, 3], &[3, 1, 3, 3], false, &flat, &[0]).is_err());
        let cut = Setting { pad: vec![3, 3, 3, 3], ..Setting::new(2) };
        assert!(geometry(&[1, 1, 3, 3], &[1, 1, 3, 3], false, &cut, &[0, 0]).is_err());
        let halves = Setting { groups: 2, ..Setting::new(2) };
        assert!(geometry(&[1, 3, 3, 3], &[3, 1, 3, 3], false, &halves, &[0, 0]).is_err());
    }
}
