//! Convolution along one to three spatial axes, its transpose, and the gradients of both.
//!
//! All of it is one relation between `x [N, C, D, H, W]`, `w [K, C/G, T, R, S]` and
//! `y [N, K, OD, OH, OW]`: the products `x·w·y` where the position in x is
//! `out·stride + tap·dilation − pad` along each axis ([`ConvNd`]). Convolution sums them into y
//! ([`conv2d`], [`conv3d`]), transposed convolution into x ([`conv_transpose`]) and the weight
//! gradient into w ([`conv_weights`]). So the data gradient of a convolution is a transposed
//! convolution with the same weights, and the other way round.

mod conv2d;
mod conv3d;
mod geometry;
mod parts;
mod transpose;
mod weights;

pub use conv2d::{CONV2D, Conv, Conv2d, conv2d};
pub use conv3d::{CONV3D, conv3d};
pub use geometry::{ConvNd, Setting, same_pads};
pub use transpose::{CONV_TRANSPOSE, conv_transpose};
pub use weights::{CONV_WEIGHTS, conv_weights};

use super::OpError;
use super::binary::{Op, binary};
use super::reduce::bias_gradient;
use super::unary::{Act, activation, d_activation};
use crate::gpu::{Forward, Kernel, Params, Plan, Tensor};

/// Records a convolution along one, two or three spatial axes.
///
/// `x [N, C, spatial…]`, `w [K, C/G, window…]`, `b [K]`; returns `y [N, K, outputs…]`.
pub fn conv(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    setting: &Setting,
) -> Result<Tensor, OpError> {
    setting.check("conv", &x.shape, &w.shape)?;
    let (&[n, c, ..], &[k, per_group, ..]) = (&x.shape[..], &w.shape[..]) else {
        unreachable!("the setting was checked against shapes of three to five axes")
    };
    let (stride, pad, dilation) = (&setting.stride, &setting.pad, &setting.dilation);
    match x.shape.len() - 2 {
        1 => {
            let flat = Conv {
                pad: [0, pad[0], 0, pad[1]],
                stride: [1, stride[0]],
                dilation: [1, dilation[0]],
                groups: setting.groups,
                act: setting.act,
            };
            let (x, w) = (x.view(&[n, c, 1, x.shape[2]]), w.view(&[k, per_group, 1, w.shape[2]]));
            let y = conv2d(plan, &x, &w, b, &flat)?;
            Ok(y.view(&[n, k, y.shape[3]]))
        }
        2 => {
            let flat = Conv {
                pad: [pad[0], pad[1], pad[2], pad[3]],
                stride: [stride[0], stride[1]],
                dilation: [dilation[0], dilation[1]],
                groups: setting.groups,
                act: setting.act,
            };
            conv2d(plan, x, w, b, &flat)
        }
        _ => conv3d(plan, x, w, b, setting),
    }
}

/// Records a convolution along one axis: `x [N, C, L]`, `w [K, C/G, S]`, `b [K]`; returns
/// `y [N, K, OL]`.
pub fn conv1d(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    setting: &Setting,
) -> Result<Tensor, OpError> {
    let (what, tensor) = match (x.shape.len(), w.shape.len()) {
        (3, 3) => return conv(plan, x, w, b, setting),
        (3, _) => ("w", w),
        _ => ("x", x),
    };
    let want = "three axes: [N, C, L] and [K, C/G, S]".into();
    Err(OpError::Shape { op: "conv1d", what, have: tensor.shape.clone(), want })
}

/// Records a convolution whose sum is too long for one step, of the shape `y [N, K, outputs…]`.
fn long_convolution(
    plan: &mut Plan,
    p: &ConvNd,
    [x, w]: [&Tensor; 2],
    b: Option<&Tensor>,
    y: &[usize],
) -> Result<Tensor, OpError> {
    let act = Act { kind: p.act, a: p.slope };
    let mut sum = parts::convolve(plan, p, x, w).view(y);
    if let Some(b) = b {
        let mut maps = vec![1; y.len() - 1];
        maps[0] = b.len();
        sum = binary(plan, &sum, &b.view(&maps), Op::Add)?;
    }
    Ok(if act == Act::IDENTITY { sum } else { activation(plan, &sum, act) })
}

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
        step.wanted[0].then(|| parts::data(plan, p, &dz, w, None)),
        step.wanted[1].then(|| weights::gradient(plan, p, x, &dz)),
        step.wanted[2].then(|| to_channels(plan, &dz, p.n, p.y)),
    ]
}

/// Bias gradient: the sum over samples and positions of a tensor with `size` (W, H, D, C) a sample.
fn to_channels(plan: &mut Plan, dy: &Tensor, n: u32, size: [u32; 4]) -> Tensor {
    let [width, height, depth, channels] = size.map(|v| v as usize);
    bias_gradient(plan, dy, [n as usize, channels, depth * height * width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::{content, run};

    #[test]
    fn one_axis_is_a_row_of_two() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, 1, 5], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0]);
        let w = plan.constant("w", &[1, 1, 3], vec![1.0_f32, 0.0, -1.0]);
        let setting = Setting { stride: vec![2], pad: vec![1, 1], ..Setting::new(1) };
        let y = conv1d(&mut plan, &x, &w, None, &setting).unwrap();
        assert_eq!(y.shape, [1, 1, 3]);
        let values = run(&plan, &std::collections::BTreeMap::new());
        assert_eq!(content(&plan, &values, y.buf), [-2.0, -2.0, 4.0]);
        assert!(conv1d(&mut plan, &x, &w.view(&[1, 1, 1, 3]), None, &setting).is_err());
        assert!(conv(&mut plan, &x, &w, None, &Setting::new(2)).is_err());
    }
}
