//! Recording convolutions along any number of axes.

use super::conv2d::{Conv, Conv2d};
use super::geometry::{ConvNd, ConvOptions, check_bias};
use super::kernels::{CONV2D, CONV3D, convolve, data};
use super::transpose;
use crate::gpu::{DType, Plan, Tensor};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::unary::{Act, activation};

/// Records a convolution along one, two or three spatial axes.
///
/// `x [N, C, spatial…]`, `w [K, C/G, window…]`, `b [K]`; returns `y [N, K, outputs…]`.
pub fn conv(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    setting: &ConvOptions,
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
    setting: &ConvOptions,
) -> Result<Tensor, OpError> {
    let (what, tensor) = match (x.shape.len(), w.shape.len()) {
        (3, 3) => return conv(plan, x, w, b, setting),
        (3, _) => ("w", w),
        _ => ("x", x),
    };
    let want = "three axes: [N, C, L] and [K, C/G, S]".into();
    Err(OpError::Shape { op: "conv1d", what, have: tensor.shape.clone(), want })
}

/// Records a convolution.
///
/// `x [N, C, H, W]`, `w [K, C/G, R, S]`, `b [K]`; returns `y [N, K, OH, OW]`.
pub fn conv2d(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    conv: &Conv,
) -> Result<Tensor, OpError> {
    let p = Conv2d::new(&x.shape, &w.shape, b.is_some(), conv)?;
    check_bias("conv2d", b, w.shape[0])?;
    let shape = [p.n, p.k, p.oh, p.ow].map(|v| v as usize);
    let nd = ConvNd::from(&p);
    if (p.c / p.groups) as usize > nd.channels_a_step() {
        return long_convolution(plan, &nd, [x, w], b, &shape);
    }
    let y = plan.temporary("feature maps", &shape, DType::F32);
    plan.push(&CONV2D, p, &[Some(x), Some(w), b], &[&y]);
    Ok(y)
}

/// Records a 3-D convolution: `x [N, C, D, H, W]`, `w [K, C/G, T, R, S]`, `b [K]`; returns
/// `y [N, K, OD, OH, OW]`.
pub fn conv3d(
    plan: &mut Plan,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    setting: &ConvOptions,
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
        return long_convolution(plan, &p, [x, w], b, &shape);
    }
    let y = plan.temporary("feature volumes", &shape, DType::F32);
    plan.push(&CONV3D, p, &[Some(x), Some(w), b], &[&y]);
    Ok(y)
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
    setting: &ConvOptions,
    output_padding: &[usize],
) -> Result<Tensor, OpError> {
    let p = transpose::geometry(&x.shape, &w.shape, b.is_some(), setting, output_padding)?;
    check_bias("conv_transpose", b, p.x[3] as usize)?;
    let mut shape = vec![p.n as usize, p.x[3] as usize];
    shape.extend(p.x[..x.shape.len() - 2].iter().rev().map(|&v| v as usize));
    Ok(data(plan, &p, x, w, b).view(&shape))
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
    let mut sum = convolve(plan, p, x, w).view(y);
    if let Some(b) = b {
        let mut maps = vec![1; y.len() - 1];
        maps[0] = b.len();
        sum = binary(plan, &sum, &b.view(&maps), Op::Add)?;
    }
    Ok(if act == Act::IDENTITY { sum } else { activation(plan, &sum, act) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::{content, run};
    use crate::ops::gradient::backward;

    fn ramp(plan: &mut Plan, name: &str, shape: &[usize]) -> Tensor {
        let values: Vec<f32> =
            (0..shape.iter().product()).map(|i: usize| (i * 7 % 11) as f32 - 5.0).collect();
        plan.constant(name, shape, values)
    }

    #[test]
    fn parts_of_the_channels_add_up_to_the_whole() {
        let mut plan = Plan::new();
        // 120·120 turns a channel and more: at most four channels a step.
        let x = ramp(&mut plan, "x", &[1, 10, 120, 121]);
        let w = ramp(&mut plan, "w", &[10, 5, 120, 120]);
        let b = ramp(&mut plan, "b", &[10]);
        let setting = ConvOptions { groups: 2, act: Act::RELU, ..ConvOptions::new(2) };
        let y = conv(&mut plan, &x, &w, Some(&b), &setting).unwrap();
        let d = backward(&mut plan, &y, None, &[&x, &w, &b]).unwrap();
        let back = conv_transpose(
            &mut plan,
            &y,
            &w,
            Some(&b),
            &ConvOptions { act: Act::IDENTITY, ..setting.clone() },
            &[0; 2],
        )
        .unwrap();
        let steps = |name: &str| plan.steps.iter().filter(|s| s.kernel.name() == name).count();
        assert!(steps("conv2d") == 2 && steps("conv_transpose") == 2 * 2 + 2, "{:?}", plan.steps.len());
        let values = run(&plan, &std::collections::BTreeMap::new());
        let at = |t: &Tensor| content(&plan, &values, t.buf).to_vec();
        let (dx_got, dw_got) = (at(&d.of(&x).unwrap()), at(&d.of(&w).unwrap()));
        let (x, w, b) = (at(&x), at(&w), at(&b));
        let p = ConvNd::new(&[1, 10, 120, 121], &[10, 5, 120, 120], true, &setting).unwrap();
        let mut want: Vec<f64> = (0..p.ys()).map(|i| b[i / 2]).collect();
        p.for_each_product(|at_x, at_w, at_y| want[at_y] += x[at_x] * w[at_w]);
        let want: Vec<f64> = want.iter().map(|y| y.max(0.0)).collect();
        assert_eq!(at(&y), want);
        let (mut dx, mut dw, mut turned) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; x.len()]);
        p.for_each_product(|at_x, at_w, at_y| {
            let dy = f64::from(u8::from(want[at_y] > 0.0));
            dx[at_x] += dy * w[at_w];
            dw[at_w] += dy * x[at_x];
            turned[at_x] += want[at_y] * w[at_w];
        });
        turned.iter_mut().enumerate().for_each(|(i, v)| *v += b[i / (120 * 121)]);
        assert_eq!(dx_got, dx);
        assert_eq!(dw_got, dw);
        assert_eq!(at(&back), turned);
    }

    #[test]
    fn windows_too_large_for_one_channel_are_refused() {
        assert!(ConvNd::new(&[1, 1, 300, 300], &[1, 1, 260, 260], false, &ConvOptions::new(2)).is_err());
        assert!(ConvNd::new(&[1, 4096, 7, 7], &[8, 4096, 7, 7], false, &ConvOptions::new(2)).is_ok());
    }

    #[test]
    fn one_axis_is_a_row_of_two() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, 1, 5], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0]);
        let w = plan.constant("w", &[1, 1, 3], vec![1.0_f32, 0.0, -1.0]);
        let setting = ConvOptions { stride: vec![2], pad: vec![1, 1], ..ConvOptions::new(1) };
        let y = conv1d(&mut plan, &x, &w, None, &setting).unwrap();
        assert_eq!(y.shape, [1, 1, 3]);
        let values = run(&plan, &std::collections::BTreeMap::new());
        assert_eq!(content(&plan, &values, y.buf), [-2.0, -2.0, 4.0]);
        assert!(conv1d(&mut plan, &x, &w.view(&[1, 1, 1, 3]), None, &setting).is_err());
        assert!(conv(&mut plan, &x, &w, None, &ConvOptions::new(2)).is_err());
    }
}
