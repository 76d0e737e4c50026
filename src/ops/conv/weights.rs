//! The weight gradient of a convolution or of its transpose.
//!
//! `dw[k,c,t,r,s] = Σ y[n,k,oz,oi,oj] · x[n, g·C/G + c, oz·sz + t·dz − front, oi·sy + r·dy − top,
//! oj·sx + s·dx − left]` over all samples and outputs, with y the gradient of the output of a
//! convolution and x its input, or y the input of a transposed convolution and x the gradient of its
//! output. The sum may have millions of terms, so it comes in `[CHUNKS, K, C/G, T, R, S]` partial ones.

use super::geometry::{ConvNd, ConvOptions};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::OpError;
use crate::ops::reduce::{Reduce, reduce};

/// Partial sums of the weight gradient.
pub static CONV_WEIGHTS: Kernel<ConvNd> = Kernel {
    name: "conv_weights",
    about: "dw = Σ y·x over samples and outputs, in partial sums: the weight gradient of a convolution",
    ins: &[Slot::input("x", ConvNd::xs), Slot::input("y", ConvNd::ys)],
    outs: &[Slot::output("dw", |p| p.chunks as usize * p.weights())],
    reference: |p, ins, outs| {
        let plane = (p.y[0] * p.y[1] * p.y[2]) as usize;
        let (sample, weights) = (plane * p.y[3] as usize, p.weights());
        let dw = &mut outs[0];
        p.for_each_product(|at_x, at_w, at_y| {
            let position = at_y / sample * plane + at_y % plane;
            dw[position / p.chunk as usize * weights + at_w] += ins[0][at_x] * ins[1][at_y];
        });
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("conv/conv_weights"),
            groups: |p| fold(p.chunks as usize * p.weights(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("conv/conv_weights_rows"),
            groups: |p| {
                let tiles = p.groups * (p.y[3] / p.groups).div_ceil(8);
                let blocks = (p.x[3] / p.groups * p.window[1]).div_ceil(4);
                fold((p.chunks * tiles * blocks) as usize, 8)
            },
            fits: |_, profile| profile.software,
            can: |p| {
                let by_fours = p.xs().is_multiple_of(4) && p.ys().is_multiple_of(4);
                p.slides() && by_fours && p.chunk % p.y[0] == 0
            },
        },
    ],
    cases,
    // Sums of up to 4096 products.
    tolerance: Tolerance { abs: 1e-3, rel: 1e-4 },
    flops: ConvNd::flops,
};

fn cases() -> Vec<Case<ConvNd>> {
    let make = |name, x: &[usize], w: &[usize], setting: &ConvOptions| {
        let params = ConvNd::new(x, w, false, setting).expect("the cases have valid shapes");
        Case::normal(name, params, 2)
    };
    let pad = |p: usize| ConvOptions { pad: vec![p; 4], ..ConvOptions::new(2) };
    let uneven = ConvOptions {
        stride: vec![2, 3],
        pad: vec![1, 0, 2, 1],
        dilation: vec![1, 2],
        ..ConvOptions::new(2)
    };
    let depthwise = ConvOptions { groups: 6, ..pad(1) };
    let tall = ConvOptions { stride: vec![2, 1], dilation: vec![3, 1], groups: 2, ..pad(2) };
    let volume = ConvOptions { stride: vec![2, 1, 2], groups: 2, ..ConvOptions::new(3) };
    vec![
        make("one element", &[1, 1, 1, 1], &[1, 1, 1, 1], &ConvOptions::new(2)),
        make("7x7 by 3x3", &[1, 1, 7, 7], &[1, 1, 3, 3], &ConvOptions::new(2)),
        make("uneven all round", &[2, 3, 9, 14], &[5, 3, 3, 2], &uneven),
        make("depthwise", &[2, 6, 9, 13], &[6, 1, 3, 3], &depthwise),
        make("groups, strides and dilation along y", &[2, 4, 11, 19], &[18, 2, 3, 5], &tall),
        make("several chunks", &[3, 2, 20, 21], &[9, 2, 5, 4], &pad(2)),
        make("one long row", &[1, 2, 1, 10_000], &[3, 2, 1, 9], &ConvOptions::new(2)),
        make("volume", &[2, 4, 5, 6, 7], &[4, 2, 2, 3, 3], &volume),
        make("extreme values", &[1, 2, 6, 6], &[3, 2, 3, 3], &pad(1))
            .fills(vec![Fill::Extreme, Fill::Normal(1.0)]),
        make("1->8, 28², 3x3, batch 50", &[50, 1, 28, 28], &[8, 1, 3, 3], &pad(1)).timed(),
        make("8->16, 28², 5x5, batch 50", &[50, 8, 28, 28], &[16, 8, 5, 5], &pad(2)).timed(),
        make("16->32, 14², 3x3, batch 50", &[50, 16, 14, 14], &[32, 16, 3, 3], &pad(1)).timed(),
    ]
}

/// Records the weight gradient from flat tensors whose lengths are those of `p`; `[WEIGHTS]`, flat.
pub(super) fn gradient(plan: &mut Plan, p: &ConvNd, x: &Tensor, y: &Tensor) -> Tensor {
    let (chunks, weights) = (p.chunks as usize, p.weights());
    let partial = plan.temporary("partial weight gradients", &[chunks, weights], DType::F32);
    plan.push(&CONV_WEIGHTS, ConvNd { bias: 0, act: 0, ..*p }, &[Some(x), Some(y)], &[&partial]);
    if chunks == 1 {
        return partial.view(&[weights]);
    }
    reduce(plan, &partial, &[0], Reduce::Sum, false).expect("the first of two axes can be summed")
}

/// Records the weight gradient of a convolution of `x [N, C, spatial…]` with weights of the shape
/// `w [K, C/G, window…]` whose output has the gradient `dy [N, K, outputs…]`; of the shape `w`.
///
/// # Errors
/// If shapes or settings do not fit.
pub fn conv_weights(
    plan: &mut Plan,
    x: &Tensor,
    dy: &Tensor,
    w: &[usize],
    setting: &ConvOptions,
) -> Result<Tensor, OpError> {
    let p = ConvNd::new(&x.shape, w, false, setting)?;
    if dy.len() != p.ys() {
        let want = format!("an output of {} elements", p.ys());
        return Err(OpError::Shape { op: "conv_weights", what: "dy", have: dy.shape.clone(), want });
    }
    Ok(gradient(plan, &p, x, dy).view(w))
}
