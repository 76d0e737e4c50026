//! The kernels that are each other's gradients: the data gradient of a convolution is a transposed
//! convolution and the other way round, so they and their backward rules stand together.

use super::conv2d::{self, Conv2d};
use super::conv3d;
use super::geometry::ConvNd;
use super::parts::{part, plane, sum_of_parts};
use super::transpose;
use super::weights::gradient;
use crate::gpu::{
    Backward, DType, Forward, Kernel, Params, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::reduce::bias_gradient;
use crate::ops::unary::{Act, d_activation};

/// 2-D convolution.
pub static CONV2D: Kernel<Conv2d> = Kernel {
    name: "conv2d",
    about: "y = act(b + Σ w·x over the window), cross-correlation",
    ins: &[
        Slot::input("x", |p| (p.n * p.c * p.h * p.w) as usize),
        Slot::input("w", |p| (p.k * (p.c / p.groups) * p.r * p.s) as usize),
        Slot::input("b", |p| (p.bias * p.k) as usize),
    ],
    outs: &[Slot::output("y", Conv2d::outputs).sums(conv2d::summed)],
    reference: conv2d::reference,
    backward: Backward::Rule(|plan, p, step| {
        let (act, plain) = (Act { kind: p.act, a: p.slope }, Conv2d { act: 0, ..*p });
        backward(plan, &CONV2D, plain, &ConvNd::from(p), act, step)
    }),
    trace: Some(conv2d::trace),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("conv/conv2d"),
            groups: |p| fold(p.outputs(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("conv/conv2d_rows"),
            groups: |p| fold(p.tiles(16, 8), 8),
            // 24 loads a tap for as many products as pixels and channels are there, against two for one.
            fits: |p, profile| profile.software && p.ow.min(16) * (p.k / p.groups).min(8) > 12,
            can: Conv2d::has_pixels,
        },
        Variant {
            name: "single4",
            shader: crate::shader!("conv/conv2d_single4"),
            groups: |p| fold(p.tiles(32, 1), 8),
            fits: |p, profile| profile.software && p.k / p.groups < 4,
            can: Conv2d::slides_by_fours,
        },
        Variant {
            name: "rows4",
            shader: crate::shader!("conv/conv2d_rows4"),
            groups: |p| fold(p.tiles(28, 8), 8),
            fits: |p, profile| profile.software && p.k / p.groups >= 4,
            can: Conv2d::slides_by_fours,
        },
        Variant {
            name: "single",
            shader: crate::shader!("conv/conv2d_single"),
            groups: |p| fold(p.tiles(14, 1), 8),
            fits: |p, profile| profile.software && p.k / p.groups < 4 && !p.slides_by_fours() && p.ow >= 4,
            can: Conv2d::slides,
        },
        Variant {
            name: "pointwise",
            shader: crate::shader!("conv/conv2d_pointwise"),
            groups: |p| fold(p.pointwise_tiles(7), 8),
            fits: |p, profile| profile.software && p.k >= 4,
            can: Conv2d::is_pointwise,
        },
        Variant {
            name: "pointwise4",
            shader: crate::shader!("conv/conv2d_pointwise4"),
            groups: |p| fold(p.pointwise_tiles(8), 8),
            fits: |p, profile| profile.software && p.k >= 4,
            can: |p| p.is_pointwise() && (p.oh * p.ow).is_multiple_of(4),
        },
    ],
    cases: conv2d::cases,
    tolerance: Tolerance { abs: 2e-4, rel: 1e-4 },
    flops: |p| 2.0 * p.multiply_adds() as f64,
};

/// 3-D convolution.
pub static CONV3D: Kernel<ConvNd> = Kernel {
    name: "conv3d",
    about: "y = act(b + Σ w·x over the window), cross-correlation along three axes",
    ins: &[
        Slot::input("x", ConvNd::xs),
        Slot::input("w", ConvNd::weights),
        Slot::input("b", |p| (p.bias * p.y[3]) as usize),
    ],
    outs: &[Slot::output("y", ConvNd::ys).sums(conv3d::summed)],
    reference: conv3d::reference,
    backward: Backward::Rule(|plan, p, step| {
        let (act, plain) = (Act { kind: p.act, a: p.slope }, ConvNd { act: 0, ..*p });
        backward(plan, &CONV3D, plain, p, act, step)
    }),
    trace: Some(conv3d::trace),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("conv/conv3d"),
            groups: |p| fold(p.ys(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("conv/conv3d_rows"),
            groups: |p| {
                let tiles = (p.y[3] / p.groups).div_ceil(8) * p.groups;
                fold((p.n * tiles * p.y[0].div_ceil(8) * p.y[1] * p.y[2]) as usize, 8)
            },
            // 16 loads a tap for as many products as pixels and channels are there, against two for one.
            fits: |p, profile| profile.software && p.y[0].min(8) * (p.y[3] / p.groups).min(8) > 8,
            can: |p| p.xs() > 0,
        },
    ],
    cases: conv3d::cases,
    tolerance: Tolerance::SUMS,
    flops: ConvNd::flops,
};

/// Transposed convolution.
pub static CONV_TRANSPOSE: Kernel<ConvNd> = Kernel {
    name: "conv_transpose",
    about: "x = b + Σ w·y over the windows that cover an element: the data gradient of a convolution",
    ins: &[
        Slot::input("y", ConvNd::ys),
        Slot::input("w", ConvNd::weights),
        Slot::input("b", |p| (p.bias * p.x[3]) as usize),
    ],
    outs: &[Slot::output("x", ConvNd::xs).sums(transpose::summed)],
    reference: transpose::reference,
    backward: Backward::Rule(backward_of_transpose),
    trace: Some(transpose::trace),
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
    cases: transpose::cases,
    tolerance: Tolerance { abs: 2e-4, rel: 1e-4 },
    flops: ConvNd::flops,
};

/// Gradients of x, w and b of a convolution with an activation. `plain` is the same convolution
/// without the activation.
fn backward<P: Params>(
    plan: &mut Plan,
    kernel: &'static Kernel<P>,
    plain: P,
    p: &ConvNd,
    act: Act,
    step: &Forward<'_>,
) -> Vec<Option<Tensor>> {
    let Some(dy) = &step.d_outs[0] else { return vec![None; 3] };
    let y = &step.outs[0];
    let dz = if act == Act::IDENTITY {
        dy.clone()
    } else if act.slope_from_output() {
        d_activation(plan, y, dy, act)
    } else {
        let z = plan.temporary("before the activation", &y.shape, y.dtype);
        let ins: Vec<Option<&Tensor>> = step.ins.iter().map(Option::as_ref).collect();
        plan.push(kernel, plain, &ins, &[&z]);
        d_activation(plan, &z, dy, act)
    };
    let (x, w) = (step.input(0), step.input(1));
    vec![
        step.wanted[0].then(|| data(plan, p, &dz, w, None)),
        step.wanted[1].then(|| gradient(plan, p, x, &dz)),
        step.wanted[2].then(|| to_channels(plan, &dz, p.n, p.y)),
    ]
}

/// Bias gradient: the sum over samples and positions of a tensor with `size` (W, H, D, C) a sample.
fn to_channels(plan: &mut Plan, dy: &Tensor, n: u32, size: [u32; 4]) -> Tensor {
    let [width, height, depth, channels] = size.map(|v| v as usize);
    bias_gradient(plan, dy, [n as usize, channels, depth * height * width])
}

/// Gradients of y, w and b of a transposed convolution.
fn backward_of_transpose(plan: &mut Plan, p: &ConvNd, step: &Forward<'_>) -> Vec<Option<Tensor>> {
    let Some(dx) = &step.d_outs[0] else { return vec![None; 3] };
    let (y, w) = (step.input(0), step.input(1));
    let dy = step.wanted[0].then(|| convolve(plan, p, dx, w));
    let dw = step.wanted[1].then(|| gradient(plan, p, dx, y));
    let db = step.wanted[2].then(|| to_channels(plan, dx, p.n, p.x));
    vec![dy, dw, db]
}

/// Records a convolution without bias and activation from tensors whose lengths are those of `p`;
/// `[YS]`, flat.
pub(super) fn convolve(plan: &mut Plan, p: &ConvNd, x: &Tensor, w: &Tensor) -> Tensor {
    let [n, groups, outs, window] = [p.n, p.groups, p.y[3], p.window[3]].map(|v| v as usize);
    let channels = (p.x[3] / p.groups) as usize;
    sum_of_parts(plan, channels, p.channels_a_step(), |plan, first, count| {
        let x = part(plan, x, [n * groups, channels, plane(p.x)], first, count);
        let w = part(plan, w, [outs, channels, window], first, count);
        let mut q = ConvNd { bias: 0, act: 0, ..*p };
        q.x[3] = p.groups * count as u32;
        let y = plan.temporary("feature maps", &[p.ys()], DType::F32);
        if q.is_flat() {
            plan.push(&CONV2D, Conv2d::from(&q), &[Some(&x), Some(&w), None], &[&y]);
        } else {
            plan.push(&CONV3D, q, &[Some(&x), Some(&w), None], &[&y]);
        }
        y
    })
}

/// Records the gradient of x of a convolution (or the transposed convolution itself) from tensors
/// whose lengths are those of `p`; `[XS]`, flat.
pub(super) fn data(plan: &mut Plan, p: &ConvNd, y: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Tensor {
    let [n, groups, outs, window] = [p.n, p.groups, p.x[3] / p.groups, p.window[3]].map(|v| v as usize);
    let channels = (p.y[3] / p.groups) as usize;
    sum_of_parts(plan, channels, p.channels_a_step(), |plan, first, count| {
        let y = part(plan, y, [n * groups, channels, plane(p.y)], first, count);
        let w = part(plan, w, [groups, channels, outs * window], first, count);
        let b = b.filter(|_| first == 0);
        let mut q = ConvNd { bias: u32::from(b.is_some()), act: 0, ..*p };
        q.y[3] = p.groups * count as u32;
        let x = plan.temporary("transposed convolution", &[p.xs()], DType::F32);
        plan.push(&CONV_TRANSPOSE, q, &[Some(&y), Some(&w), b], &[&x]);
        x
    })
}
