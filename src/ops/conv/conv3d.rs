//! 3-D convolution: video, volumes.
//!
//! `y[n,k,l,i,j] = act(b[k] + Σ_{c,t,r,s} w[k,c,t,r,s] · x[n, g·C/G + c, l·sz + t·dz − front,
//! i·sy + r·dy − top, j·sx + s·dx − left])` with `x [N, C, D, H, W]`, `w [K, C/G, T, R, S]`, `b [K]`,
//! `y [N, K, OD, OH, OW]`. Source: Tran et al., "Learning spatiotemporal features with 3D convolutional
//! networks", 2015.

use super::ConvNd;
use super::geometry::{Setting, check_bias};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};
use crate::ops::OpError;
use crate::ops::unary::Act;

/// 3-D convolution.
pub static CONV3D: Kernel<ConvNd> = Kernel {
    name: "conv3d",
    about: "y = act(b + Σ w·x over the window), cross-correlation along three axes",
    ins: &[
        Slot::input("x", ConvNd::xs),
        Slot::input("w", ConvNd::weights),
        Slot::input("b", |p| (p.bias * p.y[3]) as usize),
    ],
    outs: &[Slot::output("y", ConvNd::ys)],
    reference: |p, ins, outs| {
        let y = &mut outs[0];
        p.for_each_product(|at_x, at_w, at_y| y[at_y] += ins[0][at_x] * ins[1][at_w]);
        let act = Act { kind: p.act, a: p.slope };
        let (plane, channels) = ((p.y[0] * p.y[1] * p.y[2]) as usize, p.y[3] as usize);
        for (index, y) in y.iter_mut().enumerate() {
            let bias = if p.bias != 0 { ins[2][index / plane % channels] } else { 0.0 };
            *y = act.apply(*y + bias);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let (act, plain) = (Act { kind: p.act, a: p.slope }, ConvNd { act: 0, ..*p });
        super::backward(plan, &CONV3D, plain, p, act, step)
    }),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("conv/conv3d"),
        groups: |p| fold(p.ys(), 64),
        fits: anywhere,
        can: always,
    }],
    cases,
    tolerance: Tolerance::SUMS,
    flops: ConvNd::flops,
};

fn cases() -> Vec<Case<ConvNd>> {
    let make = |name, x: [usize; 5], w: [usize; 5], bias, setting: Setting| {
        let params = ConvNd::new(&x, &w, bias, &setting).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let plain = || Setting::new(3);
    let [relu, silu] = [Act::RELU, Act { kind: 8, a: 0.0 }];
    let uneven = Setting {
        stride: vec![2, 1, 3],
        pad: vec![1, 0, 2, 0, 1, 1],
        dilation: vec![1, 2, 1],
        groups: 2,
        ..plain()
    };
    vec![
        make("one element", [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], true, plain()),
        make("2x3x3 window", [1, 2, 3, 5, 4], [3, 2, 2, 3, 3], true, plain()),
        make("uneven all round", [2, 4, 4, 5, 6], [2, 2, 3, 2, 2], true, uneven),
        make("ReLU", [1, 2, 3, 4, 4], [2, 2, 2, 2, 2], true, Setting { act: relu, ..plain() }),
        make("SiLU", [1, 2, 3, 4, 4], [2, 2, 2, 2, 2], true, Setting { act: silu, ..plain() }),
        make("67 columns", [1, 2, 4, 6, 67], [4, 1, 3, 3, 3], false, Setting { groups: 2, ..plain() }),
        make("extreme values", [1, 2, 3, 5, 4], [3, 2, 2, 3, 3], false, plain()).fills(vec![
            Fill::Extreme,
            Fill::Normal(1.0),
            Fill::Const(0.0),
        ]),
        make("8->16, 16x32x32", [1, 8, 16, 32, 32], [16, 8, 3, 3, 3], true, plain()).timed(),
    ]
}

/// Records a 3-D convolution: `x [N, C, D, H, W]`, `w [K, C/G, T, R, S]`, `b [K]`; returns
/// `y [N, K, OD, OH, OW]`.
pub fn conv3d(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    setting: &Setting,
) -> Result<Tensor, OpError> {
    if x.shape.len() != 5 {
        let want = "five axes: [N, C, D, H, W]".into();
        return Err(OpError::Shape { op: "conv3d", what: "x", have: x.shape.clone(), want });
    }
    let p = ConvNd::new(&x.shape, &w.shape, b.is_some(), setting)?;
    check_bias("conv3d", b, w.shape[0])?;
    let [width, height, depth, channels] = p.y.map(|v| v as usize);
    let shape = [x.shape[0], channels, depth, height, width];
    if (p.x[3] / p.groups) as usize > p.channels_a_step() {
        return super::long_convolution(plan, &p, [x, w], b, &shape);
    }
    let y = plan.temporary("feature volumes", &shape, DType::F32);
    plan.push(&CONV3D, p, &[Some(x), Some(w), b], &[&y]);
    Ok(y)
}
