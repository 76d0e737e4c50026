//! Convolutions whose sums are too long for one step: some of the channels of each group after the
//! others, and their results added up. A software adapter silently ends all loops of an invocation
//! after 65,535 turns.

use super::{CONV_TRANSPOSE, CONV2D, CONV3D, Conv2d, ConvNd};
use crate::gpu::{DType, Plan, Tensor};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::narrow;

/// Most turns of an invocation, with some left for what stands around the sum.
const MAX_TURNS: usize = 65_000;

impl ConvNd {
    /// Turns of the loops over one channel of a sum; a loop's last look at its condition counts as one.
    fn turns(&self) -> usize {
        let [s, r, t, _] = self.window.map(|v| v as usize);
        2 + t * (2 + r * (2 + s))
    }

    /// Channels of a group whose sum one step can take.
    pub(super) fn channels_a_step(&self) -> usize {
        MAX_TURNS / self.turns()
    }

    /// Refuses windows that are too large even for one channel.
    pub(super) fn check_window(&self) -> Result<(), OpError> {
        if self.turns() > MAX_TURNS {
            let op = "a window of a convolution";
            return Err(OpError::TooManyElements { op, elements: self.turns(), limit: MAX_TURNS });
        }
        Ok(())
    }
}

/// Records `step` of each stretch of the channels of a group, (first, count), and the sum of it all.
fn sum_of_parts(
    plan: &mut Plan,
    channels: usize,
    at_once: usize,
    mut step: impl FnMut(&mut Plan, usize, usize) -> Tensor,
) -> Tensor {
    let mut sum = step(plan, 0, at_once.min(channels));
    for first in (at_once..channels).step_by(at_once) {
        let part = step(plan, first, at_once.min(channels - first));
        sum = binary(plan, &sum, &part, Op::Add).expect("the parts have one shape");
    }
    sum
}

/// Some of the middle axis; x itself if that is all.
fn part(plan: &mut Plan, x: &Tensor, shape: [usize; 3], first: usize, count: usize) -> Tensor {
    let x = x.view(&shape);
    if count == shape[1] { x } else { narrow(plan, &x, 1, first, count).expect("the part lies inside") }
}

/// Elements of a map.
fn plane(size: [u32; 4]) -> usize {
    size[..3].iter().map(|&v| v as usize).product()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::{content, run};
    use crate::ops::conv::{Setting, conv, conv_transpose};
    use crate::ops::gradient::backward;
    use crate::ops::unary::Act;

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
        let setting = Setting { groups: 2, act: Act::RELU, ..Setting::new(2) };
        let y = conv(&mut plan, &x, &w, Some(&b), &setting).unwrap();
        let d = backward(&mut plan, &y, None, &[&x, &w, &b]).unwrap();
        let back = conv_transpose(
            &mut plan,
            &y,
            &w,
            Some(&b),
            &Setting { act: Act::IDENTITY, ..setting.clone() },
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
        assert!(ConvNd::new(&[1, 1, 300, 300], &[1, 1, 260, 260], false, &Setting::new(2)).is_err());
        assert!(ConvNd::new(&[1, 4096, 7, 7], &[8, 4096, 7, 7], false, &Setting::new(2)).is_ok());
    }
}
