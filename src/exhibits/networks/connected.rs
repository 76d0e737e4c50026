//! What the page on dense layers records: the last layer of a trained classifier on its features, one of which may be
//! turned up or down, the products that let a class lead another, and the same layer as a convolution.

use super::seen::{Dense, Seen};
use crate::exhibits::Problem;
use crate::exhibits::difference::largest_difference;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::layout::{concat, gather};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::pool::global_max_pool;
use crate::ops::softmax::{SoftmaxOptions, softmax};

/// What is far below every logit.
const FAR: f32 = -1e9;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// The class that is explained; `None` for the one that wins before anything is changed.
    pub class: Option<usize>,
    /// The feature that is changed.
    pub feature: usize,
    /// What it is multiplied by.
    pub gain: f32,
}

/// What was recorded.
pub struct Connected {
    /// The features with the change, `[N]`.
    pub features: Tensor,
    /// Logits `[K]`, without the change and with it.
    pub logits: [Tensor; 2],
    /// Their softmax.
    pub shares: [Tensor; 2],
    /// Numbers of the class that is explained and of the strongest other one, `[2]`.
    pub pair: Tensor,
    /// Weights of the first less those of the second, `[N]`.
    pub weights: Tensor,
    /// Times the features: what each lets the first lead by, `[N]`.
    pub products: Tensor,
    /// What the bias lets the first lead by, and the largest difference of the layer as a convolution, `[2]`.
    pub told: Tensor,
    /// Shape `[C, H, W]` of the kernel that covers the whole map.
    pub kernel: [usize; 3],
    /// Sizes of the layer, `[N, K]`.
    pub sizes: [usize; 2],
}

impl Connected {
    /// Records the layer `dense` behind what was `seen`.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(plan: &mut Plan, seen: &Seen, dense: &Dense, asked: Asked) -> Result<Self, Problem> {
        let (n, k) = (seen.features.len(), dense.bias.len());
        let kernel = match seen.maps.shape[..] {
            [c, h, w] if c * h * w == n => [c, h, w],
            // The mean of each map.
            _ => [n, 1, 1],
        };
        let [c, h, w] = kernel;
        let weights = plan.constant("weights", &[k, n], dense.weights.clone());
        let bias = plan.constant("biases", &[k], dense.bias.clone());
        let layer =
            |plan: &mut Plan, x: &Tensor| matmul(plan, &x.view(&[1, n]), &weights, Some(&bias), &Gemm::NT);
        let before = layer(plan, &seen.features)?;
        plan.name(&before, "logits");
        let gains = (0..n).map(|i| if i == asked.feature { asked.gain } else { 1.0 }).collect::<Vec<_>>();
        let gains = plan.constant("gains", &[1, n], gains);
        let x = binary(plan, &seen.features.view(&[1, n]), &gains, Op::Multiply)?;
        plan.name(&x, "features");
        let after = layer(plan, &x)?;
        plan.name(&after, "logits with the change");
        let as_kernel = weights.view(&[k, c, h, w]);
        let convolved = conv2d(plan, &x.view(&[1, c, h, w]), &as_kernel, Some(&bias), &Conv::default())?;
        plan.name(&convolved, "logits, as a convolution");
        let differs = largest_difference(plan, &convolved.view(&[k]), &after.view(&[k]))?;

        let best = |plan: &mut Plan, logits: &Tensor| -> Result<Tensor, Problem> {
            Ok(global_max_pool(plan, &logits.view(&[1, 1, 1, k]))?.1.view(&[1]))
        };
        let first = match asked.class {
            Some(class) => plan.constant("class", &[1], vec![class as u32]),
            None => best(plan, &before)?,
        };
        let numbers = (0..k).map(|class| class as f32).collect::<Vec<_>>();
        let numbers = plan.constant("class numbers", &[k], numbers);
        let number = gather(plan, &numbers, &first, 0)?;
        // All but the first, as they are after the change.
        let taken = binary(plan, &numbers, &number, Op::Equal)?;
        let below = affine(plan, &taken, FAR, 0.0);
        let others = binary(plan, &after.view(&[k]), &below, Op::Add)?;
        let second = best(plan, &others)?;
        let less = |plan: &mut Plan, table: &Tensor, name: &str| -> Result<Tensor, Problem> {
            let [a, b] = [gather(plan, table, &first, 0)?, gather(plan, table, &second, 0)?];
            let lead = binary(plan, &a, &b, Op::Subtract)?;
            plan.name(&lead, name);
            Ok(lead)
        };
        let lead = less(plan, &weights, "weights of the class less those of the next")?;
        let lead_bias = less(plan, &bias, "the same of the biases")?;
        let products = binary(plan, &lead, &x, Op::Multiply)?;
        plan.name(&products, "products");
        let told = concat(plan, &[&lead_bias.view(&[1]), &differs], 0)?;
        plan.name(&told, "lead of the bias, difference of the convolution");
        let next = gather(plan, &numbers, &second, 0)?;
        let pair = concat(plan, &[&number, &next], 0)?;
        plan.name(&pair, "class and the next");
        let mut shares = Vec::new();
        for logits in [&before, &after] {
            shares.push(softmax(plan, &logits.view(&[k]), 0, &SoftmaxOptions::default())?);
        }
        let shares = shares.try_into().expect("two were recorded");
        Ok(Self {
            features: x.view(&[n]),
            logits: [before.view(&[k]), after.view(&[k])],
            shares,
            pair,
            weights: lead.view(&[n]),
            products: products.view(&[n]),
            told,
            kernel,
            sizes: [n, k],
        })
    }

    /// Weights and biases of the layer.
    pub fn parameters(&self) -> usize {
        let [n, k] = self.sizes;
        (n + 1) * k
    }
}
