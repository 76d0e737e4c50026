//! Losses of one number: of how far a prediction is from its target, or of the score of what is right. All of them as one
//! list, so that a page draws and a network learns by the same kernels.

use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::layout::{concat, fill};
use crate::ops::loss::{ClassLoss, Pointwise, Reduction, cross_entropy, pointwise_loss};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

/// A loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Of a difference r: r².
    #[default]
    Squared,
    /// |r|.
    Absolute,
    /// ½·r² up to δ, then δ·|r| − ½·δ².
    Huber,
    /// Of the score z of the right one of two classes, the other's being 0: −ln softmax.
    CrossEntropy,
    /// −ln σ(z).
    Binary,
    /// max(0, 1 − z).
    Hinge,
    /// −(1 − p)^γ·ln p, p = σ(z).
    Focal,
    /// From the target (1 − ε, ε) to softmax: what smoothed labels are judged by.
    Divergence,
    /// (σ(z) − 1)².
    SquaredSigmoid,
}

/// What is set of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Where Huber's loss becomes straight, above 0.
    pub delta: f32,
    /// γ of the focal loss, from 0 on.
    pub gamma: f32,
    /// ε of smoothed labels, 0 to 1.
    pub smoothing: f32,
}

impl Loss {
    /// All.
    pub const ALL: [Self; 9] = [
        Self::Squared,
        Self::Absolute,
        Self::Huber,
        Self::CrossEntropy,
        Self::Binary,
        Self::Hinge,
        Self::Focal,
        Self::Divergence,
        Self::SquaredSigmoid,
    ];

    /// Those of differences, for predicted numbers.
    pub const OF_NUMBERS: [Self; 3] = [Self::Squared, Self::Absolute, Self::Huber];

    /// Those of scores, for classes.
    pub const OF_CLASSES: [Self; 6] =
        [Self::CrossEntropy, Self::Binary, Self::Hinge, Self::Focal, Self::Divergence, Self::SquaredSigmoid];

    /// Whether it judges predicted numbers.
    pub fn is_of_numbers(self) -> bool {
        Self::OF_NUMBERS.contains(&self)
    }

    /// Records the loss of each of `x [N]`: differences, or scores of what is right. Gives `[N]`.
    ///
    /// # Errors
    /// If `x` is empty or a setting is out of its range.
    pub fn record(self, plan: &mut Plan, x: &Tensor, of: Shape) -> Result<Tensor, OpError> {
        let n = x.len();
        let against = |plan: &mut Plan, x: &Tensor, target: f32, loss: Pointwise| {
            let target = fill(plan, "target", &[n], target);
            pointwise_loss(plan, &x.view(&[n]), &target, loss, Reduction::None)
        };
        match self {
            Self::Squared => against(plan, x, 0.0, Pointwise::Squared),
            Self::Absolute => against(plan, x, 0.0, Pointwise::Absolute),
            Self::Huber => against(plan, x, 0.0, Pointwise::Huber(of.delta)),
            Self::Binary => against(plan, x, 1.0, Pointwise::BinaryCrossEntropyLogits),
            Self::Hinge => against(plan, x, 1.0, Pointwise::Hinge),
            Self::Focal => {
                let loss = Pointwise::BinaryFocal { gamma: of.gamma, alpha: 1.0 };
                against(plan, x, 1.0, loss)
            }
            Self::SquaredSigmoid => {
                let p = activation(plan, x, Act::SIGMOID);
                against(plan, &p, 1.0, Pointwise::Squared)
            }
            Self::CrossEntropy => {
                let scores = scores(plan, x)?;
                let right = plan.constant("right class", &[n], vec![0_u32; n]);
                let each = ClassLoss { reduction: Reduction::None, ..ClassLoss::default() };
                Ok(cross_entropy(plan, &scores, &right, &each)?.loss)
            }
            Self::Divergence => {
                let scores = scores(plan, x)?;
                let log = SoftmaxOptions { log: true, ..SoftmaxOptions::default() };
                let logarithms = softmax(plan, &scores, 1, &log)?;
                let labels = [1.0 - of.smoothing, of.smoothing].repeat(n);
                let labels = plan.constant("smoothed labels", &[n, 2], labels);
                let each =
                    pointwise_loss(plan, &logarithms, &labels, Pointwise::KullbackLeibler, Reduction::None)?;
                reduce(plan, &each, &[1], Reduce::Sum, false)
            }
        }
    }
}

/// Scores of two classes, `[N, 2]`: that of the right one, and 0.
fn scores(plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
    let n = x.len();
    let other = fill(plan, "score of the other", &[n, 1], 0.0);
    concat(plan, &[&x.view(&[n, 1]), &other], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;
    use std::collections::BTreeMap;

    fn of(loss: Loss, x: f32) -> f64 {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1], vec![x]);
        let y = loss.record(&mut plan, &x, Shape { delta: 1.0, gamma: 2.0, smoothing: 0.1 }).unwrap();
        reference::run(&plan, &BTreeMap::new())[y.buf.0][0]
    }

    #[test]
    fn known_values() {
        let ln2 = std::f64::consts::LN_2;
        let near = |loss, x, want: f64| {
            let have = of(loss, x);
            assert!((have - want).abs() < 1e-6, "{loss:?} of {x}: {have}, not {want}");
        };
        near(Loss::Squared, -3.0, 9.0);
        near(Loss::Absolute, -3.0, 3.0);
        near(Loss::Huber, -3.0, 2.5);
        near(Loss::CrossEntropy, 0.0, ln2);
        near(Loss::Binary, 0.0, ln2);
        near(Loss::Hinge, -1.0, 2.0);
        near(Loss::Focal, 0.0, 0.25 * ln2);
        near(Loss::SquaredSigmoid, 0.0, 0.25);
        // 0.9·ln(0.9/0.5) + 0.1·ln(0.1/0.5)
        near(Loss::Divergence, 0.0, 0.9 * 1.8_f64.ln() + 0.1 * 0.2_f64.ln());
        near(Loss::Divergence, 9.0_f32.ln(), 0.0);
    }
}
