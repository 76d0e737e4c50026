//! 3-D convolution: video, volumes.
//!
//! `y[n,k,l,i,j] = act(b[k] + Σ_{c,t,r,s} w[k,c,t,r,s] · x[n, g·C/G + c, l·sz + t·dz − front,
//! i·sy + r·dy − top, j·sx + s·dx − left])` with `x [N, C, D, H, W]`, `w [K, C/G, T, R, S]`, `b [K]`,
//! `y [N, K, OD, OH, OW]`. Source: Tran et al., "Learning spatiotemporal features with 3D convolutional
//! networks", 2015.

use super::explained::{explained, summands};
use super::geometry::{ConvNd, ConvOptions};
use crate::gpu::{Case, Fill, Summands, Trace};
use crate::ops::unary::Act;

/// What the kernel computes, in `f64`.
pub(super) fn reference(p: &ConvNd, ins: &[&[f64]], outs: &mut [Vec<f64>]) {
    let y = &mut outs[0];
    p.for_each_product(|at_x, at_w, at_y| y[at_y] += ins[0][at_x] * ins[1][at_w]);
    let act = Act { kind: p.act, a: p.slope };
    let (plane, channels) = ((p.y[0] * p.y[1] * p.y[2]) as usize, p.y[3] as usize);
    for (index, y) in y.iter_mut().enumerate() {
        let bias = if p.bias != 0 { ins[2][index / plane % channels] } else { 0.0 };
        *y = act.apply(*y + bias);
    }
}

/// The elements of x and w whose products an element of y is the sum of, and its channel.
fn pairs(p: &ConvNd, index: usize) -> (Vec<(usize, usize)>, usize) {
    let [x, y, window] = [p.x, p.y, p.window].map(|v| v.map(|v| v as usize));
    let at = [index % y[0], index / y[0] % y[1], index / (y[0] * y[1]) % y[2]];
    let (channel, n) = (index / (y[0] * y[1] * y[2]) % y[3], index / (y[0] * y[1] * y[2] * y[3]));
    let per_group = x[3] / p.groups as usize;
    let first = channel / (y[3] / p.groups as usize) * per_group;
    let [along_x, along_y, along_z] = [0, 1, 2].map(|axis| {
        let mut met = p.meetings(axis);
        met.retain(|[_, own, _]| *own == at[axis]);
        met
    });
    let mut pairs = Vec::new();
    for c in 0..per_group {
        for &[xz, _, t] in &along_z {
            for &[xy, _, r] in &along_y {
                for &[xx, _, s] in &along_x {
                    let in_x = (((n * x[3] + first + c) * x[2] + xz) * x[1] + xy) * x[0] + xx;
                    let in_w = (((channel * per_group + c) * window[2] + t) * window[1] + r) * window[0] + s;
                    pairs.push((in_x, in_w));
                }
            }
        }
    }
    (pairs, channel)
}

/// Where an element of y comes from.
pub(super) fn trace(p: &ConvNd, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let (pairs, channel) = pairs(p, index);
    let bias = (p.bias != 0).then_some(channel);
    let outside = (p.x[3] / p.groups * p.window[3]) as usize - pairs.len();
    explained(ins, &pairs, bias, p.window[0] as usize, outside, Act { kind: p.act, a: p.slope })
}

/// What an element of y is the sum of, where no activation follows.
pub(super) fn summed(p: &ConvNd, ins: &[&[f64]], index: usize) -> Option<Summands> {
    let (pairs, channel) = pairs(p, index);
    (p.act == 0).then(|| summands(ins, &pairs, (p.bias != 0).then_some(channel)))
}

/// What the kernel is checked with.
pub(super) fn cases() -> Vec<Case<ConvNd>> {
    let make = |name, x: [usize; 5], w: [usize; 5], bias, setting: ConvOptions| {
        let params = ConvNd::new(&x, &w, bias, &setting).expect("the cases have valid shapes");
        Case::normal(name, params, 3)
    };
    let plain = || ConvOptions::new(3);
    let [relu, silu] = [Act::RELU, Act { kind: 8, a: 0.0 }];
    let uneven = ConvOptions {
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
        make("ReLU", [1, 2, 3, 4, 4], [2, 2, 2, 2, 2], true, ConvOptions { act: relu, ..plain() }),
        make("SiLU", [1, 2, 3, 4, 4], [2, 2, 2, 2, 2], true, ConvOptions { act: silu, ..plain() }),
        make("67 columns", [1, 2, 4, 6, 67], [4, 1, 3, 3, 3], false, ConvOptions { groups: 2, ..plain() }),
        make(
            "10 channels a group",
            [2, 4, 2, 3, 11],
            [20, 2, 1, 2, 3],
            true,
            ConvOptions { groups: 2, ..plain() },
        ),
        make("15 channels", [1, 2, 2, 3, 5], [15, 2, 2, 2, 2], false, plain()),
        make("extreme values", [1, 2, 3, 5, 4], [3, 2, 2, 3, 3], false, plain()).fills(vec![
            Fill::Extreme,
            Fill::Normal(1.0),
            Fill::Const(0.0),
        ]),
        make("8->16, 16x32x32", [1, 8, 16, 32, 32], [16, 8, 3, 3, 3], true, plain()).timed(),
    ]
}
