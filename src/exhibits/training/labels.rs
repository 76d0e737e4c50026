//! What the page on the two cross-entropies records: a batch of logits, its labels as vectors and as indices, both losses
//! of each sample and their gradients, and a finite difference of one cell.

use std::rc::Rc;

use crate::choices;
use crate::exhibits::Problem;
use crate::gpu::largest_difference;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::gradient::backward;
use crate::ops::layout::{gather, narrow};
use crate::ops::loss::{ClassLoss, Reduction, cross_entropy, soft_cross_entropy};
use crate::ops::philox::Rng;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::viz::View;

/// Most samples and classes.
pub const MOST: [usize; 2] = [64, 1000];
/// How far a logit is moved for a finite difference, to each side: a power of 2, so that the sum is exact.
const STEP: f32 = 1.0 / 32.0;

choices! {
    /// What labels say.
    pub enum Labels {
        /// One class is right.
        Hard = "hard",
        /// A part of each label is spread over all classes.
        Smoothed = "smoothed",
        /// A part of each label is that of the next sample, as mixed samples have it.
        Mixed = "mixed",
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Samples N and classes K.
    pub sizes: [usize; 2],
    /// Logits `[N, K]`; `None` draws them from the seed.
    pub logits: Option<Vec<f32>>,
    /// What drawn logits are multiplied by.
    pub spread: f32,
    /// What the logit of the right class is raised by.
    pub lead: f32,
    /// Of the logits and of the labels.
    pub seed: u64,
    /// What the labels say.
    pub labels: Labels,
    /// How much of a soft label goes elsewhere, below a half.
    pub amount: f32,
    /// The cell whose finite difference is taken, row by row.
    pub cell: usize,
}

impl Asked {
    /// The right class of each sample.
    fn classes(&self) -> Vec<usize> {
        let [n, k] = self.sizes;
        let mut rng = Rng::new(self.seed);
        (0..n).map(|_| rng.below(k as u32) as usize).collect()
    }

    /// The labels as vectors, `[N, K]`.
    pub fn targets(&self) -> Vec<f32> {
        let [n, k] = self.sizes;
        let classes = self.classes();
        let elsewhere = if self.labels == Labels::Hard { 0.0 } else { self.amount };
        let mut all = vec![0.0; n * k];
        for (row, sample) in all.chunks_mut(k).zip(0..) {
            row[classes[sample]] += 1.0 - elsewhere;
            match self.labels {
                Labels::Hard => {}
                Labels::Smoothed => row.iter_mut().for_each(|t| *t += elsewhere / k as f32),
                Labels::Mixed => row[classes[(sample + 1) % n]] += elsewhere,
            }
        }
        all
    }

    /// Whether a label says more than an index can.
    fn soft(&self) -> bool {
        self.targets().iter().any(|t| *t != 0.0 && (*t - 1.0).abs() > 1e-6)
    }

    /// Bytes of the labels: as vectors of 32-bit numbers and as 32-bit indices.
    pub fn bytes(&self) -> [u64; 2] {
        let [n, k] = self.sizes.map(|n| n as u64);
        [4 * n * k, 4 * n]
    }
}

/// What one of the two losses makes of the batch.
pub struct Side {
    /// Of each sample, `[N]`.
    pub losses: Tensor,
    /// Their mean.
    pub mean: Tensor,
    /// The gradient of each sample's loss, `[N, K]`.
    pub gradient: Tensor,
    /// Finite difference of that loss by the logit of one cell, `[1]`.
    pub slope: Tensor,
}

/// What was recorded.
pub struct Batch {
    /// What was asked for.
    pub asked: Asked,
    /// The right class of each sample.
    pub classes: Vec<usize>,
    /// Whether a label says more than an index can.
    pub soft: bool,
    /// The logits, `[N, K]`.
    pub x: Tensor,
    /// Their softmax.
    pub shares: Tensor,
    /// The labels as vectors, `[N, K]`, and as indices, `[N]`.
    pub labels: [Tensor; 2],
    /// Categorical and sparse categorical cross-entropy.
    pub sides: [Side; 2],
}

impl Batch {
    /// Records all of it.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(plan: &mut Plan, asked: Asked) -> Result<Self, Problem> {
        let [n, k] = asked.sizes;
        let classes = asked.classes();
        let x = match &asked.logits {
            Some(logits) => plan.constant("logits", &[n, k], logits.clone()),
            None => {
                let mut rng = Rng::new(asked.seed.wrapping_add(1));
                let drawn = (0..n * k).map(|_| rng.normal()).collect::<Vec<_>>();
                let drawn = plan.constant("drawn numbers", &[n, k], drawn);
                let drawn = affine(plan, &drawn, asked.spread, 0.0);
                let right = (0..n * k).map(|i| f32::from(u8::from(classes[i / k] == i % k)));
                let right = plan.constant("right classes", &[n, k], right.collect::<Vec<_>>());
                let lead = affine(plan, &right, asked.lead, 0.0);
                let x = binary(plan, &drawn, &lead, Op::Add)?;
                plan.name(&x, "logits");
                x
            }
        };
        let shares = softmax(plan, &x, 1, &SoftmaxOptions::default())?;
        let vectors = plan.constant("labels as vectors", &[n, k], asked.targets());
        let ids = classes.iter().map(|class| *class as u32).collect::<Vec<_>>();
        let ids = plan.constant("labels as indices", &[n], ids);

        // The sample of the cell twice, its logit moved up and down.
        let (sample, class) = (asked.cell / k, asked.cell % k);
        let twice = plan.constant("sample of the cell", &[2], vec![sample as u32; 2]);
        let rows = gather(plan, &x, &twice, 0)?;
        let step = |i: usize| if i < k { STEP } else { -STEP };
        let steps = (0..2 * k).map(|i| if i % k == class { step(i) } else { 0.0 }).collect::<Vec<_>>();
        let steps = plan.constant("steps", &[2, k], steps);
        let moved = binary(plan, &rows, &steps, Op::Add)?;
        let moved_vectors = gather(plan, &vectors, &twice, 0)?;
        let moved_ids = plan.constant("its index", &[2], vec![classes[sample] as u32; 2]);

        let each = ClassLoss { reduction: Reduction::None, ..ClassLoss::default() };
        let categorical = |plan: &mut Plan, x: &Tensor, t: &Tensor| {
            soft_cross_entropy(plan, x, t, None, 0.0, Reduction::None).map(|of| of.loss)
        };
        let sparse =
            |plan: &mut Plan, x: &Tensor, t: &Tensor| cross_entropy(plan, x, t, &each).map(|of| of.loss);
        let losses = [categorical(plan, &x, &vectors)?, sparse(plan, &x, &ids)?];
        let moved = [categorical(plan, &moved, &moved_vectors)?, sparse(plan, &moved, &moved_ids)?];
        let mut sides = Vec::new();
        for ((losses, moved), name) in losses.into_iter().zip(moved).zip(["categorical", "sparse"]) {
            plan.name(&losses, &format!("{name} losses"));
            let mean = reduce(plan, &losses, &[0], Reduce::Mean, false)?;
            plan.name(&mean, &format!("mean {name} loss"));
            let gradient = backward(plan, &losses, None, &[&x])?.of(&x).expect("the loss reads the logits");
            plan.name(&gradient, &format!("gradient of the {name} loss"));
            let [up, down] = [narrow(plan, &moved, 0, 0, 1)?, narrow(plan, &moved, 0, 1, 1)?];
            let apart = binary(plan, &up, &down, Op::Subtract)?;
            let slope = affine(plan, &apart, 0.5 / STEP, 0.0);
            plan.name(&slope, &format!("finite difference of the {name} loss"));
            sides.push(Side { losses, mean, gradient, slope });
        }
        let sides = sides.try_into().ok().expect("two were recorded");
        Ok(Self { soft: asked.soft(), asked, classes, x, shares, labels: [vectors, ids], sides })
    }
}

/// Numbers of one loss, as they were read back.
pub struct Loss {
    /// Of each sample.
    pub losses: Rc<Vec<f32>>,
    /// Their mean.
    pub mean: f64,
    /// The gradients of the samples' losses.
    pub gradient: Rc<Vec<f32>>,
    /// Finite difference of the cell.
    pub slope: f64,
}

impl Loss {
    fn of(side: &Side, view: &mut View<'_>) -> Option<Self> {
        // All are asked for in one frame.
        let [losses, gradient] = [&side.losses, &side.gradient].map(|tensor| view.values(tensor));
        let [mean, slope] = [&side.mean, &side.slope].map(|tensor| view.values(tensor));
        let [mean, slope] = [mean?, slope?].map(|v| v.first().map_or(f64::NAN, |v| f64::from(*v)));
        Some(Self { losses: losses?, mean, gradient: gradient?, slope })
    }
}

/// All numbers of the page, as they were read back.
pub struct Numbers {
    /// Categorical and sparse.
    pub sides: [Loss; 2],
    /// Softmax of the logits.
    pub shares: Rc<Vec<f32>>,
    /// Largest difference of both losses of a sample, and of both gradients.
    pub differ: [f64; 2],
    /// Larger difference of a gradient and the finite difference of its cell.
    pub slopes_differ: f64,
}

impl Numbers {
    /// All numbers, once they are there.
    pub fn of(of: &Batch, view: &mut View<'_>) -> Option<Self> {
        let [a, b] = of.sides.each_ref().map(|side| Loss::of(side, view));
        let shares = view.values(&of.shares);
        let (a, b) = (a?, b?);
        let cell = of.asked.cell;
        let off = |loss: &Loss| {
            let own = loss.gradient.get(cell).map_or(f64::NAN, |d| f64::from(*d));
            (own - loss.slope).abs()
        };
        let [first, second] = [off(&a), off(&b)];
        Some(Self {
            shares: shares?,
            differ: [largest_difference(&a.losses, &b.losses), largest_difference(&a.gradient, &b.gradient)],
            slopes_differ: if first.is_nan() || first > second { first } else { second },
            sides: [a, b],
        })
    }
}
