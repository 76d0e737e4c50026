//! What the page on sigmoid and softmax records: the same logits through both, in the stable form and in the naive one
//! of the textbook; their losses and gradients from the backward kernels, finite differences beside them; how each
//! output moves with each logit.

use std::rc::Rc;

use crate::choices;
use crate::exhibits::Problem;
use crate::gpu::largest_difference;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::gradient::backward;
use crate::ops::layout::{concat, narrow};
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss, soft_cross_entropy};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};
use crate::settings::Choice as _;
use crate::viz::View;

/// Most classes.
pub const MOST: usize = 8;
/// How far a logit is moved for a finite difference, to each side: a power of 2, so that the sum is exact.
const STEP: f32 = 1.0 / 32.0;

choices! {
    /// How exponentials and logarithms are taken.
    pub enum Form {
        /// The largest logit is taken off first, and losses read logits.
        Stable = "stable",
        /// As the formulas stand: it overflows.
        Naive = "naive",
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// One a class.
    pub logits: Vec<f32>,
    /// Added to each.
    pub shift: f32,
    /// They are divided by it, above 0.
    pub temperature: f32,
    /// Classes that are right, counted from 0: one or two.
    pub right: Vec<usize>,
}

impl Asked {
    /// Targets of softmax, which share 1, and of the sigmoids, 1 for each that is right.
    pub fn targets(&self) -> [Vec<f32>; 2] {
        [1.0 / self.right.len().max(1) as f32, 1.0].map(|share| {
            (0..self.logits.len()).map(|i| if self.right.contains(&i) { share } else { 0.0 }).collect()
        })
    }
}

/// What one form makes of the logits; of two, softmax is the first and the sigmoids the second.
pub struct Outputs {
    /// Exponentials that softmax adds up, `[K]`.
    pub powers: Tensor,
    /// Their sum, `[1]`.
    pub sum: Tensor,
    /// The outputs, `[K]` each.
    pub shares: [Tensor; 2],
    /// Logarithms of the sigmoids, `[K]`.
    pub logs: Tensor,
    /// Categorical cross-entropy, and binary cross-entropy summed over the classes: of logits in the stable form, of
    /// probabilities in the naive one.
    pub losses: [Tensor; 2],
    /// Their gradients by the logits, `[K]` each.
    pub gradients: [Tensor; 2],
    /// Row i: by how much output i moves with each logit, `[K, K]` each.
    pub moves: [Tensor; 2],
}

/// What was recorded.
pub struct Scores {
    /// What was asked for.
    pub asked: Asked,
    /// The logits as both read them, shifted and divided by the temperature, `[K]`.
    pub x: Tensor,
    /// The largest of them, `[1]`.
    pub largest: Tensor,
    /// In the order of [`Form`].
    pub forms: [Outputs; 2],
    /// Softmax and sigmoids without the shift, `[K]` each.
    pub before: [Tensor; 2],
    /// Finite differences of both losses by each logit, `[K]` each.
    pub slopes: [Tensor; 2],
    /// Softmax of each logit and a 0: what the first gets, `[K]`.
    pub pairs: Tensor,
}

impl Scores {
    /// Records all of it.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(plan: &mut Plan, asked: Asked) -> Result<Self, Problem> {
        let k = asked.logits.len();
        let z = plan.constant("logits", &[1, k], asked.logits.clone());
        let sharpness = 1.0 / asked.temperature;
        let x = affine(plan, &z, sharpness, asked.shift * sharpness);
        plan.name(&x, "logits, shifted and divided by the temperature");
        let still = affine(plan, &z, sharpness, 0.0);
        plan.name(&still, "logits without the shift");
        let before = squash(plan, &still, Form::Stable)?.shares.map(|shares| shares.view(&[k]));
        let largest = reduce(plan, &x, &[1], Reduce::Max, false)?;
        plan.name(&largest, "largest logit");
        let targets = asked.targets();
        let forms = [outputs(plan, &x, &targets, Form::Stable)?, outputs(plan, &x, &targets, Form::Naive)?];
        let slopes = slopes(plan, &x, &targets)?;
        let zeros = plan.constant("zeros", &[k, 1], vec![0.0_f32; k]);
        let pairs = concat(plan, &[&x.view(&[k, 1]), &zeros], 1)?;
        let pairs = softmax(plan, &pairs, 1, &SoftmaxOptions::default())?;
        let pairs = narrow(plan, &pairs, 1, 0, 1)?.view(&[k]);
        plan.name(&pairs, "softmax of each logit and 0");
        Ok(Self { asked, x: x.view(&[k]), largest, forms, before, slopes, pairs })
    }
}

/// Exponentials, their sums and both outputs of rows of logits.
struct Squashed {
    powers: Tensor,
    sum: Tensor,
    shares: [Tensor; 2],
}

/// Records both functions of `x [rows, K]`.
fn squash(plan: &mut Plan, x: &Tensor, form: Form) -> Result<Squashed, Problem> {
    let shifted = match form {
        Form::Stable => {
            let most = reduce(plan, x, &[1], Reduce::Max, true)?;
            binary(plan, x, &most, Op::Subtract)?
        }
        Form::Naive => x.clone(),
    };
    let powers = activation(plan, &shifted, Act::EXP);
    let sum = reduce(plan, &powers, &[1], Reduce::Sum, true)?;
    let shares = match form {
        Form::Stable => [softmax(plan, x, 1, &SoftmaxOptions::default())?, activation(plan, x, Act::SIGMOID)],
        Form::Naive => {
            // A sigmoid is softmax of its logit and 0.
            let with_zero = affine(plan, &powers, 1.0, 1.0);
            [binary(plan, &powers, &sum, Op::Divide)?, binary(plan, &powers, &with_zero, Op::Divide)?]
        }
    };
    for (tensor, name) in [&powers, &sum, &shares[0], &shares[1]].into_iter().zip([
        "exponentials",
        "sum of the exponentials",
        "softmax",
        "sigmoids",
    ]) {
        plan.name(tensor, &format!("{name}, {}", form.name()));
    }
    Ok(Squashed { powers, sum, shares })
}

/// Records what a form makes of `x [1, K]`.
fn outputs(plan: &mut Plan, x: &Tensor, targets: &[Vec<f32>; 2], form: Form) -> Result<Outputs, Problem> {
    let k = x.len();
    let Squashed { powers, sum, shares } = squash(plan, x, form)?;
    let [shared, each] = targets.clone().map(|t| plan.constant("targets", &[1, k], t));
    let losses = match form {
        Form::Stable => [
            soft_cross_entropy(plan, x, &shared, None, 0.0, Reduction::Sum)?.loss,
            pointwise_loss(plan, x, &each, Pointwise::BinaryCrossEntropyLogits, Reduction::Sum)?,
        ],
        Form::Naive => {
            let logs = activation(plan, &shares[0], Act::LOG);
            let terms = binary(plan, &logs, &shared, Op::Multiply)?;
            let sum = reduce(plan, &terms, &[0, 1], Reduce::Sum, false)?;
            let of_shares = Pointwise::BinaryCrossEntropy;
            let each = pointwise_loss(plan, &shares[1], &each, of_shares, Reduction::Sum)?;
            [affine(plan, &sum, -1.0, 0.0), each]
        }
    };
    let logs = match form {
        Form::Stable => {
            let minus = affine(plan, x, -1.0, 0.0);
            let above = activation(plan, &minus, Act::SOFTPLUS);
            affine(plan, &above, -1.0, 0.0)
        }
        Form::Naive => activation(plan, &shares[1], Act::LOG),
    };
    plan.name(&logs, &format!("logarithms of the sigmoids, {}", form.name()));
    let mut gradients = Vec::new();
    for (loss, name) in losses.iter().zip(["categorical", "binary"]) {
        let named = format!("{name} cross-entropy, {}", form.name());
        plan.name(loss, &named);
        let d = backward(plan, loss, None, &[x])?.of(x).expect("the loss depends on the logits");
        plan.name(&d, &format!("gradient of {named}"));
        gradients.push(d.view(&[k]));
    }
    // As many rows alike, one for each output, whose gradient is asked for.
    let rows = plan.constant("rows of zeros", &[k, k], vec![0.0_f32; k * k]);
    let rows = binary(plan, &rows, x, Op::Add)?;
    let one = (0..k * k).map(|i| f32::from(u8::from(i / k == i % k))).collect::<Vec<_>>();
    let one = plan.constant("one output a row", &[k, k], one);
    let mut moves = Vec::new();
    for (share, name) in squash(plan, &rows, form)?.shares.iter().zip(["softmax", "sigmoid"]) {
        let d = backward(plan, share, Some(&one), &[&rows])?.of(&rows).expect("they depend on the logits");
        plan.name(&d, &format!("how each {name} moves, {}", form.name()));
        moves.push(d);
    }
    let two = |list: Vec<Tensor>| <[Tensor; 2]>::try_from(list).expect("two were recorded");
    Ok(Outputs {
        powers: powers.view(&[k]),
        sum: sum.view(&[1]),
        shares: shares.map(|share| share.view(&[k])),
        logs: logs.view(&[k]),
        losses,
        gradients: two(gradients),
        moves: two(moves),
    })
}

/// Records finite differences of both losses by each logit of `x [1, K]`.
fn slopes(plan: &mut Plan, x: &Tensor, targets: &[Vec<f32>; 2]) -> Result<[Tensor; 2], Problem> {
    let k = x.len();
    // A logit a row, first moved up, then down.
    let step = |row: usize| if row < k { STEP } else { -STEP };
    let steps = (0..2 * k * k).map(|i| if i / k % k == i % k { step(i / k) } else { 0.0 });
    let steps = plan.constant("steps", &[2 * k, k], steps.collect::<Vec<_>>());
    let moved = binary(plan, &steps, x, Op::Add)?;
    let [shared, each] =
        targets.clone().map(|t| plan.constant("targets of each row", &[2 * k, k], t.repeat(2 * k)));
    let categorical = soft_cross_entropy(plan, &moved, &shared, None, 0.0, Reduction::None)?.loss;
    let binary_losses =
        pointwise_loss(plan, &moved, &each, Pointwise::BinaryCrossEntropyLogits, Reduction::None)?;
    let summed = reduce(plan, &binary_losses, &[1], Reduce::Sum, false)?;
    let mut slopes = Vec::new();
    for (losses, name) in [&categorical, &summed].into_iter().zip(["categorical", "binary"]) {
        let losses = losses.view(&[2, k]);
        let [up, down] = [narrow(plan, &losses, 0, 0, 1)?, narrow(plan, &losses, 0, 1, 1)?];
        let apart = binary(plan, &up, &down, Op::Subtract)?;
        let slope = affine(plan, &apart, 0.5 / STEP, 0.0);
        plan.name(&slope, &format!("finite differences of the {name} cross-entropy"));
        slopes.push(slope.view(&[k]));
    }
    Ok(slopes.try_into().expect("two were recorded"))
}

/// Numbers of a form, as they were read back.
pub struct Read {
    /// Exponentials.
    pub powers: Rc<Vec<f32>>,
    /// Their sum.
    pub sum: f64,
    /// Softmax and sigmoids.
    pub shares: [Rc<Vec<f32>>; 2],
    /// Logarithms of the sigmoids.
    pub logs: Rc<Vec<f32>>,
    /// Categorical and binary cross-entropy.
    pub losses: [f64; 2],
    /// Their gradients.
    pub gradients: [Rc<Vec<f32>>; 2],
    /// Row i: how output i moves with each logit.
    pub moves: [Rc<Vec<f32>>; 2],
}

impl Read {
    fn of(of: &Outputs, view: &mut View<'_>) -> Option<Self> {
        // All are asked for in one frame.
        let both =
            |pair: &[Tensor; 2], view: &mut View<'_>| pair.each_ref().map(|tensor| view.values(tensor));
        let [powers, sum, logs] = [&of.powers, &of.sum, &of.logs].map(|tensor| view.values(tensor));
        let [shares, losses] = [both(&of.shares, view), both(&of.losses, view)];
        let [gradients, moves] = [both(&of.gradients, view), both(&of.moves, view)];
        let some = |[a, b]: [Option<Rc<Vec<f32>>>; 2]| Some([a?, b?]);
        let losses = some(losses)?;
        Some(Self {
            powers: powers?,
            sum: f64::from(*sum?.first()?),
            shares: some(shares)?,
            logs: logs?,
            losses: losses.each_ref().map(|loss| loss.first().map_or(f64::NAN, |v| f64::from(*v))),
            gradients: some(gradients)?,
            moves: some(moves)?,
        })
    }

    /// Outputs of softmax that are no numbers.
    pub fn lost(&self) -> usize {
        self.shares[0].iter().filter(|p| !p.is_finite()).count()
    }

    /// What softmax and the sigmoids add up to.
    pub fn sums(&self) -> [f64; 2] {
        self.shares.each_ref().map(|shares| shares.iter().map(|p| f64::from(*p)).sum())
    }
}

/// All numbers of the page, as they were read back.
pub struct Numbers {
    /// The logits as both read them.
    pub x: Rc<Vec<f32>>,
    /// The largest of them.
    pub largest: f64,
    /// In the order of [`Form`].
    pub forms: [Read; 2],
    /// Softmax and sigmoids without the shift.
    pub before: [Rc<Vec<f32>>; 2],
    /// Largest differences of gradient and finite difference, of both losses.
    pub slopes_differ: f64,
    /// Largest difference of gradient and p − y, of both losses.
    pub targets_differ: f64,
    /// Largest difference of a sigmoid and softmax of its logit and 0.
    pub pairs_differ: f64,
    /// Largest difference of naive and stable softmax; NaN where one is none.
    pub forms_differ: f64,
    /// Largest change of softmax by the shift.
    pub shift_moves: f64,
}

impl Numbers {
    /// All numbers, once they are there.
    pub fn of(of: &Scores, view: &mut View<'_>) -> Option<Self> {
        let [stable, naive] = of.forms.each_ref().map(|form| Read::of(form, view));
        let [x, largest, pairs] = [&of.x, &of.largest, &of.pairs].map(|tensor| view.values(tensor));
        let [before, slopes] = [&of.before, &of.slopes].map(|pair| pair.each_ref().map(|t| view.values(t)));
        let some = |[a, b]: [Option<Rc<Vec<f32>>>; 2]| Some([a?, b?]);
        let (stable, naive, before, slopes) = (stable?, naive?, some(before)?, some(slopes)?);
        let worst = |a: [&[f32]; 2], b: [&[f32]; 2]| {
            let [first, second] = [0, 1].map(|i| largest_difference(a[i], b[i]));
            if first.is_nan() || first > second { first } else { second }
        };
        let gradients = stable.gradients.each_ref().map(|d| &d[..]);
        let residuals = [0, 1].map(|i| {
            let targets = &of.asked.targets()[i];
            stable.shares[i].iter().zip(targets).map(|(p, y)| p - y).collect::<Vec<f32>>()
        });
        Some(Self {
            x: x?,
            largest: f64::from(*largest?.first()?),
            slopes_differ: worst(gradients, slopes.each_ref().map(|d| &d[..])),
            targets_differ: worst(gradients, residuals.each_ref().map(|d| &d[..])),
            pairs_differ: largest_difference(&pairs?, &stable.shares[1]),
            forms_differ: largest_difference(&naive.shares[0], &stable.shares[0]),
            shift_moves: largest_difference(&before[0], &stable.shares[0]),
            forms: [stable, naive],
            before,
        })
    }
}
