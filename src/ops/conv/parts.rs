//! Convolutions whose sums are too long for one step: some of the channels of each group after the
//! others, and their results added up. A software adapter silently ends all loops of an invocation
//! after 65,535 turns.

use super::geometry::ConvNd;
use crate::gpu::{Plan, Tensor};
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
pub(super) fn sum_of_parts(
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
pub(super) fn part(plan: &mut Plan, x: &Tensor, shape: [usize; 3], first: usize, count: usize) -> Tensor {
    let x = x.view(&shape);
    if count == shape[1] { x } else { narrow(plan, &x, 1, first, count).expect("the part lies inside") }
}

/// Elements of a map.
pub(super) fn plane(size: [u32; 4]) -> usize {
    size[..3].iter().map(|&v| v as usize).product()
}
