//! Losses element by element, `y = f(x, t)` of a prediction x and a target t; one row of the table
//! each.
//!
//! Sources: Huber, "Robust estimation of a location parameter", 1964; smooth L1: Girshick, "Fast
//! R-CNN", 2015; hinge: Cortes and Vapnik, "Support-vector networks", 1995; focal: Lin et al., "Focal
//! loss for dense object detection", 2017.

use super::reduction::{Reduction, check_gamma, whole};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::arithmetic::number;
use crate::ops::{OpError, dim, limit_elements};

/// A row of the table. `a` and `b` are the settings of the loss, where it has some.
pub struct Row {
    /// Name in the field.
    pub name: &'static str,
    /// Formula for the page.
    pub formula: &'static str,
    /// The loss.
    pub f: fn(x: f64, t: f64, a: f64, b: f64) -> f64,
    /// Its derivatives by the prediction and by the target.
    pub slopes: fn(x: f64, t: f64, a: f64, b: f64) -> [f64; 2],
}

/// A derivative by x − t.
fn of_difference(slope: f64) -> [f64; 2] {
    [slope, -slope]
}

/// Of NaN, NaN.
fn sign(d: f64) -> f64 {
    if d == 0.0 { 0.0 } else { d.signum() }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Logarithm of a probability, at least −100.
fn log_probability(x: f64) -> f64 {
    if x <= 0.0 || x.ln() < -100.0 { -100.0 } else { x.ln() }
}

/// How far a prediction is from the right side of the margin; not by `max`, which would hide a NaN.
fn margin(x: f64, t: f64) -> f64 {
    if t * x >= 1.0 { 0.0 } else { 1.0 - t * x }
}

fn cross_entropy_of_logits(x: f64, t: f64) -> f64 {
    x.max(0.0) - x * t + (-x.abs()).exp().ln_1p()
}

/// Probability that a focal loss's prediction gives to the other class.
fn miss(x: f64, t: f64) -> f64 {
    (sigmoid(x) * (1.0 - t) + sigmoid(-x) * t).max(1e-30)
}

fn focal_slopes(x: f64, t: f64, gamma: f64, alpha: f64) -> [f64; 2] {
    let (s, miss, entropy) = (sigmoid(x), miss(x, t), cross_entropy_of_logits(x, t));
    let weight = alpha * t + (1.0 - alpha) * (1.0 - t);
    let (focus, d_focus) = (miss.powf(gamma), gamma * miss.powf(gamma - 1.0));
    let of_x = weight * (d_focus * (1.0 - 2.0 * t) * s * sigmoid(-x) * entropy + focus * (s - t));
    let of_t = weight * (d_focus * (1.0 - 2.0 * s) * entropy - focus * x);
    [of_x, of_t + (2.0 * alpha - 1.0) * focus * entropy]
}

/// All losses; the index is the `kind` parameter of the kernels.
pub const TABLE: &[Row] = &[
    Row {
        name: "squared error",
        formula: "(x − t)²",
        f: |x, t, _, _| (x - t).powi(2),
        slopes: |x, t, _, _| of_difference(2.0 * (x - t)),
    },
    Row {
        name: "absolute error",
        formula: "|x − t|",
        f: |x, t, _, _| (x - t).abs(),
        slopes: |x, t, _, _| of_difference(sign(x - t)),
    },
    Row {
        name: "Huber",
        formula: "½(x − t)² if |x − t| ≤ δ else δ(|x − t| − ½δ)",
        f: |x, t, a, _| {
            let d = (x - t).abs();
            if d <= a { 0.5 * d * d } else { a * (d - 0.5 * a) }
        },
        slopes: |x, t, a, _| of_difference((x - t).clamp(-a, a)),
    },
    Row {
        name: "smooth L1",
        formula: "½(x − t)²/β if |x − t| ≤ β else |x − t| − ½β",
        f: |x, t, a, _| {
            let d = (x - t).abs();
            if d <= a { 0.5 * d * d / a } else { d - 0.5 * a }
        },
        slopes: |x, t, a, _| of_difference(((x - t) / a).clamp(-1.0, 1.0)),
    },
    Row {
        name: "hinge",
        formula: "max(0, 1 − t·x), t = ±1",
        f: |x, t, _, _| margin(x, t),
        slopes: |x, t, _, _| if t * x >= 1.0 { [0.0; 2] } else { [-t, -x] },
    },
    Row {
        name: "squared hinge",
        formula: "max(0, 1 − t·x)², t = ±1",
        f: |x, t, _, _| margin(x, t).powi(2),
        slopes: |x, t, _, _| [t, x].map(|v| -2.0 * v * margin(x, t)),
    },
    Row {
        name: "Kullback-Leibler divergence",
        formula: "t·(ln t − x), x = ln p",
        f: |x, t, _, _| if t <= 0.0 { 0.0 } else { t * (t.ln() - x) },
        slopes: |x, t, _, _| if t <= 0.0 { [0.0; 2] } else { [-t, t.ln() - x + 1.0] },
    },
    Row {
        name: "binary cross-entropy",
        formula: "−t·ln x − (1 − t)·ln(1 − x)",
        f: |x, t, _, _| -t * log_probability(x) - (1.0 - t) * log_probability(1.0 - x),
        slopes: |x, t, _, _| {
            [(x - t) / (x * (1.0 - x)).max(1e-12), log_probability(1.0 - x) - log_probability(x)]
        },
    },
    Row {
        name: "binary cross-entropy of logits",
        formula: "max(x, 0) − x·t + ln(1 + e^−|x|)",
        f: |x, t, _, _| cross_entropy_of_logits(x, t),
        slopes: |x, t, _, _| [sigmoid(x) - t, -x],
    },
    Row {
        name: "binary focal loss of logits",
        formula: "−α_t·(1 − p_t)^γ·ln p_t, p = σ(x)",
        f: |x, t, a, b| {
            let weight = b * t + (1.0 - b) * (1.0 - t);
            weight * miss(x, t).powf(a) * cross_entropy_of_logits(x, t)
        },
        slopes: focal_slopes,
    },
];

/// A loss element by element: a row of [`TABLE`] with its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointwise {
    /// (x − t)²
    Squared,
    /// |x − t|
    Absolute,
    /// Quadratic up to δ > 0, then linear with slope δ.
    Huber(f32),
    /// Quadratic up to β > 0, then linear with slope 1.
    SmoothL1(f32),
    /// max(0, 1 − t·x), targets ±1.
    Hinge,
    /// max(0, 1 − t·x)², targets ±1.
    SquaredHinge,
    /// t·(ln t − x), x the logarithm of a probability.
    KullbackLeibler,
    /// Of probabilities.
    BinaryCrossEntropy,
    /// Of logits.
    BinaryCrossEntropyLogits,
    /// Of logits.
    BinaryFocal {
        /// How much what is already right counts less; 0 for not at all.
        gamma: f32,
        /// Weight of target 1, between 0 and 1; target 0 has the rest.
        alpha: f32,
    },
}

impl Pointwise {
    /// Row of the table.
    pub fn kind(self) -> usize {
        match self {
            Self::Squared => 0,
            Self::Absolute => 1,
            Self::Huber(_) => 2,
            Self::SmoothL1(_) => 3,
            Self::Hinge => 4,
            Self::SquaredHinge => 5,
            Self::KullbackLeibler => 6,
            Self::BinaryCrossEntropy => 7,
            Self::BinaryCrossEntropyLogits => 8,
            Self::BinaryFocal { .. } => 9,
        }
    }
}

crate::params! {
    /// `y[i] = f(x[i], t[i])`.
    PointwiseLoss {
        /// Elements.
        len: u32,
        /// Row of the table.
        kind: u32,
        /// First setting: δ, β or γ.
        a: f32,
        /// Second setting: α.
        b: f32,
    }
}

impl PointwiseLoss {
    /// Shape rule.
    pub fn new(x: &[usize], t: &[usize], loss: Pointwise) -> Result<Self, OpError> {
        let op = "pointwise_loss";
        if x != t {
            let want = format!("the prediction: {x:?}");
            return Err(OpError::Shape { op, what: "the target", have: t.to_vec(), want });
        }
        limit_elements(op, x)?;
        let (a, b) = match loss {
            Pointwise::Huber(a) | Pointwise::SmoothL1(a) if !(a > 0.0 && a.is_finite()) => {
                return Err(OpError::NotPositive { what: "the width of the quadratic part", value: a });
            }
            Pointwise::BinaryFocal { alpha, .. } if !(0.0..=1.0).contains(&alpha) => {
                return Err(OpError::NotAFraction { what: "alpha", value: alpha.into() });
            }
            Pointwise::Huber(a) | Pointwise::SmoothL1(a) => (a, 0.0),
            Pointwise::BinaryFocal { gamma, alpha } => (check_gamma(gamma)?, alpha),
            _ => (0.0, 0.0),
        };
        Ok(Self { len: dim(x.iter().product()), kind: dim(loss.kind()), a, b })
    }

    fn row(&self) -> &'static Row {
        &TABLE[self.kind as usize]
    }

    fn settings(&self) -> [f64; 2] {
        [self.a, self.b].map(f64::from)
    }
}

/// Losses element by element.
pub static POINTWISE_LOSS: Kernel<PointwiseLoss> = Kernel {
    name: "pointwise_loss",
    about: "y = f(x, t), the loss of each prediction and its target",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input("t", |p| p.len as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let [a, b] = p.settings();
        for (y, (&x, &t)) in outs[0].iter_mut().zip(ins[0].iter().zip(ins[1])) {
            *y = (p.row().f)(x, t, a, b);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let [dx, dt] =
            ["d prediction", "d target"].map(|name| plan.temporary(name, &[p.len as usize], DType::F32));
        let ins = [step.ins[0].as_ref(), step.ins[1].as_ref(), step.d_outs[0].as_ref()];
        plan.push(&POINTWISE_LOSS_BACKWARD, *p, &ins, &[&dx, &dt]);
        vec![Some(dx), Some(dt)]
    }),
    trace: Some(|p, ins, _, index| {
        let [x, t] = [0, 1].map(|slot: usize| f64::from(ins[slot][index]));
        let [a, b] = p.settings();
        let y = number((p.row().f)(x, t, a, b));
        let line = format!("{} with x = {}, t = {}: {y}", p.row().formula, number(x), number(t));
        Trace { reads: vec![(0, index), (1, index)], lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("loss/pointwise_loss"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(2),
    tolerance: Tolerance { abs: 5e-6, rel: 2e-5 },
    flops: |p| 8.0 * f64::from(p.len),
};

/// Gradients of losses element by element.
pub static POINTWISE_LOSS_BACKWARD: Kernel<PointwiseLoss> = Kernel {
    name: "pointwise_loss_backward",
    about: "dx = dy·∂f/∂x, dt = dy·∂f/∂t",
    ins: &[
        Slot::input("x", |p| p.len as usize),
        Slot::input("t", |p| p.len as usize),
        Slot::input("dy", |p| p.len as usize),
    ],
    outs: &[Slot::output("dx", |p| p.len as usize), Slot::output("dt", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let [a, b] = p.settings();
        for i in 0..p.len as usize {
            let slopes = (p.row().slopes)(ins[0][i], ins[1][i], a, b);
            outs[0][i] = ins[2][i] * slopes[0];
            outs[1][i] = ins[2][i] * slopes[1];
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: Some(|p, ins, out, index| {
        let [x, t, dy] = [0, 1, 2].map(|slot: usize| f64::from(ins[slot][index]));
        let [a, b] = p.settings();
        let slope = (p.row().slopes)(x, t, a, b)[out];
        let of = ["x", "t"][out];
        let lines = vec![
            format!(
                "{}, derivative by {of} at x = {}, t = {}: {}",
                p.row().name,
                number(x),
                number(t),
                number(slope)
            ),
            format!("{}·{} = {}", number(dy), number(slope), number(dy * slope)),
        ];
        Trace { reads: vec![(0, index), (1, index), (2, index)], lines }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("loss/pointwise_loss_backward"),
        groups: |p| fold(p.len as usize, 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(3),
    tolerance: Tolerance { abs: 5e-6, rel: 5e-5 },
    flops: |p| 12.0 * f64::from(p.len),
};

/// Cases for a kernel with `inputs` inputs: prediction, target and, backwards, dy.
fn cases(inputs: usize) -> Vec<Case<PointwiseLoss>> {
    let case = |name, len: usize, loss: Pointwise, mut fills: Vec<Fill>| {
        let params = PointwiseLoss::new(&[len], &[len], loss).expect("the cases have valid settings");
        fills.resize(inputs, Fill::Normal(1.0));
        Case::normal(name, params, inputs).fills(fills)
    };
    let normal = || vec![Fill::Normal(2.0), Fill::Normal(1.0)];
    let signs = || vec![Fill::Normal(1.0), Fill::Values(vec![1.0, -1.0])];
    let logits = || vec![Fill::Normal(2.0), Fill::Values(vec![1.0, 0.0, 0.25])];
    let probabilities = || vec![Fill::Uniform(0.05, 0.95), Fill::Uniform(0.1, 0.9)];
    let logs = || vec![Fill::Uniform(-3.0, -0.1), Fill::Uniform(0.1, 0.9)];
    let certain = || vec![Fill::Values(vec![0.0, 1.0, 1.0, 0.0]), Fill::Values(vec![0.0, 1.0, 0.0, 1.0])];
    let rare = || vec![Fill::Uniform(-3.0, -0.1), Fill::Values(vec![0.0, 1.0, 0.5])];
    let focal = |gamma, alpha| Pointwise::BinaryFocal { gamma, alpha };
    let extreme = || vec![Fill::Extreme, Fill::Values(vec![1.0, 0.0, 0.5])];
    vec![
        case("one element", 1, Pointwise::Squared, normal()),
        case("squared", 131, Pointwise::Squared, normal()),
        case("absolute", 131, Pointwise::Absolute, normal()),
        case("Huber", 131, Pointwise::Huber(1.5), normal()),
        case("smooth L1", 131, Pointwise::SmoothL1(0.5), normal()),
        case("hinge", 131, Pointwise::Hinge, signs()),
        case("squared hinge", 131, Pointwise::SquaredHinge, signs()),
        case("Kullback-Leibler", 131, Pointwise::KullbackLeibler, logs()),
        case("binary cross-entropy", 131, Pointwise::BinaryCrossEntropy, probabilities()),
        case("binary cross-entropy of logits", 131, Pointwise::BinaryCrossEntropyLogits, logits()),
        case("focal", 131, focal(2.0, 0.25), logits()),
        case("focal, gamma 0", 131, focal(0.0, 0.5), logits()),
        case("focal, gamma 0.5", 131, focal(0.5, 0.25), logits()),
        case("certain, extreme", 12, Pointwise::BinaryCrossEntropy, certain()),
        case("extreme values, absolute", 64, Pointwise::Absolute, extreme()),
        case("extreme values, Huber", 64, Pointwise::Huber(1.0), extreme()),
        case("extreme values, logits", 64, Pointwise::BinaryCrossEntropyLogits, extreme()),
        case("extreme values, focal", 64, focal(2.0, 0.25), extreme()),
        case("no probability, extreme", 64, Pointwise::KullbackLeibler, rare()),
    ]
}

/// Records a loss of each prediction in `x` and its target in `t`, of one shape, and the reduction.
/// Returns the shape of `x`, or `[]`.
pub fn pointwise_loss(
    plan: &mut Plan,
    x: &Tensor,
    t: &Tensor,
    loss: Pointwise,
    reduction: Reduction,
) -> Result<Tensor, OpError> {
    let p = PointwiseLoss::new(&x.shape, &t.shape, loss)?;
    let y = plan.temporary(TABLE[loss.kind()].name, &x.shape, DType::F32);
    plan.push(&POINTWISE_LOSS, p, &[Some(x), Some(t)], &[&y]);
    whole(plan, &y, None, reduction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(x: f64, t: f64, loss: Pointwise) -> f64 {
        let p = PointwiseLoss::new(&[1], &[1], loss).unwrap();
        let [a, b] = p.settings();
        (p.row().f)(x, t, a, b)
    }

    #[test]
    fn known_values() {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert_eq!(loss(3.0, 1.0, Pointwise::Squared), 4.0);
        assert_eq!(loss(0.0, 1.0, Pointwise::Huber(2.0)), 0.5);
        assert_eq!(loss(5.0, 1.0, Pointwise::Huber(2.0)), 6.0);
        assert_eq!(loss(5.0, 1.0, Pointwise::SmoothL1(2.0)), 3.0);
        assert_eq!(loss(0.5, -1.0, Pointwise::Hinge), 1.5);
        assert!(near(loss(0.0, 1.0, Pointwise::BinaryCrossEntropyLogits), std::f64::consts::LN_2));
        assert_eq!(loss(0.0, 1.0, Pointwise::BinaryCrossEntropy), 100.0);
        // Logits and their probabilities agree; a focus of 0 leaves half of the cross-entropy.
        let probability = loss(1.0 / (1.0 + (-0.7_f64).exp()), 0.3, Pointwise::BinaryCrossEntropy);
        assert!(near(loss(0.7, 0.3, Pointwise::BinaryCrossEntropyLogits), probability));
        let focal = loss(0.7, 1.0, Pointwise::BinaryFocal { gamma: 0.0, alpha: 0.5 });
        assert!(near(2.0 * focal, loss(0.7, 1.0, Pointwise::BinaryCrossEntropyLogits)));
    }

    #[test]
    fn impossible_settings_are_refused() {
        let refused = |loss| PointwiseLoss::new(&[1], &[1], loss).is_err();
        assert!(refused(Pointwise::Huber(0.0)) && refused(Pointwise::SmoothL1(f32::NAN)));
        assert!(refused(Pointwise::BinaryFocal { gamma: -1.0, alpha: 0.5 }));
        assert!(refused(Pointwise::BinaryFocal { gamma: 1.0, alpha: 1.5 }));
        assert!(PointwiseLoss::new(&[2], &[1, 2], Pointwise::Squared).is_err());
    }
}
