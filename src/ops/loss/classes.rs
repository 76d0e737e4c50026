//! Losses of classes: cross-entropy, negative log-likelihood, focal loss.
//!
//! `loss = −(1 − ε)·w_k·(1 − e^{x_k})^γ·x_k − ε/C·Σ_j w_j·x_j` at each position, with the log-probabilities
//! `x [N, C, ..]`, the class k of the position from `classes [N, ..]` and class weights `w [C]`. ε is
//! label smoothing, γ the focus, both usually 0. Cross-entropy takes logits and begins with a
//! log-softmax. A position of the ignored class, or of none of the C classes, has no loss and does not
//! count. Sources: smoothing: Szegedy et al., "Rethinking the Inception architecture", 2016; focus: Lin
//! et al., "Focal loss for dense object detection", 2017; means: ONNX SoftmaxCrossEntropyLoss.

use super::reduction::{Reduction, check_gamma, whole};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};
use crate::ops::affine::affine;
use crate::ops::arithmetic::number;
use crate::ops::binary::{Op, binary};
use crate::ops::reduce::{Reduce, reduce, sum_to};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::{OpError, dim, limit_elements};

/// Settings of a loss of classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassLoss<'a> {
    /// Weight of each class, `[C]`; `None`: all 1.
    pub weights: Option<&'a Tensor>,
    /// Positions of this class do not count.
    pub ignore: Option<u32>,
    /// ε: how much of the target is spread over all classes, 0 to 1.
    pub smoothing: f32,
    /// γ: how much what is already right counts less; 0 for not at all.
    pub gamma: f32,
    /// What becomes of the losses of all positions.
    pub reduction: Reduction,
}

impl Default for ClassLoss<'_> {
    fn default() -> Self {
        Self { weights: None, ignore: None, smoothing: 0.0, gamma: 0.0, reduction: Reduction::Mean }
    }
}

crate::params! {
    /// Negative log-likelihood.
    Nll {
        /// Batch.
        n: u32,
        /// Classes.
        c: u32,
        /// Positions: the product of the axes after the classes.
        d: u32,
        /// The class that does not count; one past all classes if there is none.
        ignore: u32,
        /// 1 if there are weights.
        weighted: u32,
        /// ε.
        smoothing: f32,
        /// γ.
        gamma: f32,
    }
}

crate::params! {
    /// Gradients of the negative log-likelihood.
    NllBackward {
        /// Batch.
        n: u32,
        /// Classes.
        c: u32,
        /// Positions.
        d: u32,
        /// The class that does not count.
        ignore: u32,
        /// 1 if there are weights.
        weighted: u32,
        /// 1 if a gradient of the losses arrives.
        of_loss: u32,
        /// 1 if a gradient of the weights that count arrives.
        of_counted: u32,
        /// ε.
        smoothing: f32,
        /// γ.
        gamma: f32,
    }
}

impl Nll {
    /// Shape rule: `x [N, C, ..]`, `classes [N, ..]`.
    pub fn new(x: &[usize], classes: &[usize], loss: &ClassLoss<'_>) -> Result<Self, OpError> {
        let op = "nll";
        let (n, c, rest) = class_axes(op, x)?;
        if classes != [&[n], rest].concat() {
            let want = format!("x {x:?} without its second axis");
            return Err(OpError::Shape { op, what: "classes", have: classes.to_vec(), want });
        }
        check_weights(op, loss.weights, c)?;
        check_smoothing(loss.smoothing)?;
        check_gamma(loss.gamma)?;
        limit_elements(op, x)?;
        Ok(Self {
            n: dim(n),
            c: dim(c),
            d: dim(rest.iter().product()),
            ignore: loss.ignore.unwrap_or(u32::MAX),
            weighted: u32::from(loss.weights.is_some()),
            smoothing: loss.smoothing,
            gamma: loss.gamma,
        })
    }

    fn len(&self) -> usize {
        self.positions() * self.c as usize
    }

    fn positions(&self) -> usize {
        self.n as usize * self.d as usize
    }

    fn weights(&self) -> usize {
        (self.c * self.weighted) as usize
    }

    /// The class that counts at a position.
    fn class(&self, id: f64) -> Option<usize> {
        (id < f64::from(self.c) && id != f64::from(self.ignore)).then_some(id as usize)
    }

    /// Index of class `j` at a position.
    fn at(&self, position: usize, j: usize) -> usize {
        let [c, d] = [self.c, self.d].map(|v| v as usize);
        (position / d * c + j) * d + position % d
    }

    /// Focus and its derivative by the log-probability.
    fn focus(&self, x: f64) -> (f64, f64) {
        let (miss, gamma) = ((1.0 - x.exp()).max(1e-30), f64::from(self.gamma));
        (miss.powf(gamma), -gamma * miss.powf(gamma - 1.0) * x.exp())
    }
}

impl NllBackward {
    fn forward(&self) -> Nll {
        let Self { n, c, d, ignore, weighted, smoothing, gamma, .. } = *self;
        Nll { n, c, d, ignore, weighted, smoothing, gamma }
    }
}

fn class_axes<'a>(op: &'static str, x: &'a [usize]) -> Result<(usize, usize, &'a [usize]), OpError> {
    match x {
        [n, c, rest @ ..] if *c > 0 => Ok((*n, *c, rest)),
        _ => {
            let (have, want) = (x.to_vec(), "a batch and at least one class: [N, C, ..]".into());
            Err(OpError::Shape { op, what: "x", have, want })
        }
    }
}

fn check_weights(op: &'static str, weights: Option<&Tensor>, c: usize) -> Result<(), OpError> {
    match weights {
        Some(w) if w.shape != [c] => {
            let want = format!("one weight for each class: [{c}]");
            Err(OpError::Shape { op, what: "the weights", have: w.shape.clone(), want })
        }
        _ => Ok(()),
    }
}

fn check_smoothing(smoothing: f32) -> Result<(), OpError> {
    if (0.0..=1.0).contains(&smoothing) {
        return Ok(());
    }
    Err(OpError::NotAFraction { what: "label smoothing", value: smoothing.into() })
}

/// Negative log-likelihood.
pub static NLL: Kernel<Nll> = Kernel {
    name: "nll",
    about: "loss = −w·(1 − p)^γ·ln p of the class at each position, smoothed, and the weight that counts",
    ins: &[
        Slot::input("x", Nll::len),
        Slot::input_u32("classes", Nll::positions),
        Slot::input("weights", Nll::weights),
    ],
    outs: &[Slot::output("loss", Nll::positions), Slot::output("counted", Nll::positions)],
    reference: |p, ins, outs| {
        let weight = |j: usize| if p.weighted != 0 { ins[2][j] } else { 1.0 };
        let smoothing = f64::from(p.smoothing);
        for position in 0..p.positions() {
            let Some(k) = p.class(ins[1][position]) else { continue };
            let x = |j| ins[0][p.at(position, j)];
            let all: f64 = (0..p.c as usize).map(|j| weight(j) * x(j)).sum();
            let own = weight(k) * p.focus(x(k)).0 * x(k);
            outs[0][position] = -(1.0 - smoothing) * own - smoothing / f64::from(p.c) * all;
            outs[1][position] = weight(k);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Nll { n, c, d, ignore, weighted, smoothing, gamma } = *p;
        let [of_loss, of_counted] = [0, 1].map(|i: usize| u32::from(step.d_outs[i].is_some()));
        let params = NllBackward { n, c, d, ignore, weighted, of_loss, of_counted, smoothing, gamma };
        let [dx, terms] = ["d log-probabilities", "d weights, each position"]
            .map(|name| plan.temporary(name, &[p.len()], DType::F32));
        let ins: Vec<_> = step.ins.iter().chain(step.d_outs).map(Option::as_ref).collect();
        plan.push(&NLL_BACKWARD, params, &ins, &[&dx, &terms]);
        let dweights = step.wanted[2].then(|| {
            let [n, c, d] = [n, c, d].map(|v| v as usize);
            sum_to(plan, &terms.view(&[n, c, d]), &[1, c, 1]).view(&[c])
        });
        vec![Some(dx), None, dweights]
    }),
    trace: Some(|p, ins, _, index| {
        let k = ins[1][index];
        let Some(class) = p.class(k.into()) else {
            let line = format!("class {k} does not count: 0");
            return Trace { reads: vec![(1, index)], lines: vec![line] };
        };
        let at = p.at(index, class);
        let x = f64::from(ins[0][at]);
        let mut lines = vec![format!("class {class}, −ln p = {}", number(-x))];
        let mut reads = vec![(1, index), (0, at)];
        if p.gamma != 0.0 {
            lines.push(format!("focus (1 − p)^{} = {}", p.gamma, number(p.focus(x).0)));
        }
        if p.weighted != 0 {
            lines.push(format!("weight {}", number(ins[2][class].into())));
            reads.push((2, class));
        }
        if p.smoothing != 0.0 {
            lines.push(format!("{} of the target is spread over {} classes", p.smoothing, p.c));
        }
        Trace { reads, lines }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("loss/nll"),
        groups: |p| fold(p.positions(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case = |name, [n, c, d, ignore, weighted]: [u32; 5], [smoothing, gamma]: [f32; 2]| {
            let params = Nll { n, c, d, ignore, weighted, smoothing, gamma };
            let fills = vec![Fill::Uniform(-4.0, -0.1), Fill::Ids(c + 1), Fill::Uniform(0.5, 2.0)];
            Case::normal(name, params, 3).fills(fills)
        };
        let none = u32::MAX;
        let one = || vec![Fill::Const(-0.5), Fill::Const(0.0), Fill::Const(1.0)];
        vec![
            case("one element", [1, 1, 1, none, 0], [0.0; 2]).fills(one()),
            case("67 of 5", [67, 5, 1, none, 0], [0.0; 2]),
            case("positions, weights, an ignored class", [3, 4, 7, 2, 1], [0.0; 2]),
            case("smoothing and weights", [13, 6, 2, none, 1], [0.1, 0.0]),
            case("focal", [13, 6, 2, none, 0], [0.0, 2.0]),
            case("focal, weights, smoothing, an ignored class", [5, 6, 3, 0, 1], [0.2, 1.5]),
            case("certain, extreme", [4, 3, 1, none, 0], [0.0, 2.0]).fills(vec![
                Fill::Values(vec![0.0, -100.0]),
                Fill::Ids(3),
                Fill::Const(1.0),
            ]),
            case("50,001 classes, smoothed", [3, 50_001, 1, none, 0], [0.1, 0.0]),
        ]
    },
    tolerance: Tolerance { abs: 1e-5, rel: 2e-5 },
    flops: |p| 2.0 * p.len() as f64,
};

/// Gradients of the negative log-likelihood.
pub static NLL_BACKWARD: Kernel<NllBackward> = Kernel {
    name: "nll_backward",
    about: "dx of the log-probabilities, and at each position the terms of the gradient of the weights",
    ins: &[
        Slot::input("x", |p| p.forward().len()),
        Slot::input_u32("classes", |p| p.forward().positions()),
        Slot::input("weights", |p| p.forward().weights()),
        Slot::input("dloss", |p| p.forward().positions() * p.of_loss as usize),
        Slot::input("dcounted", |p| p.forward().positions() * p.of_counted as usize),
    ],
    outs: &[Slot::output("dx", |p| p.forward().len()), Slot::output("terms", |p| p.forward().len())],
    reference: |p, ins, outs| {
        let forward = p.forward();
        let smoothing = f64::from(p.smoothing);
        for position in 0..forward.positions() {
            let Some(k) = forward.class(ins[1][position]) else { continue };
            let [dloss, dcounted] = [3, 4].map(|slot: usize| ins[slot].get(position).copied().unwrap_or(0.0));
            for j in 0..p.c as usize {
                let at = forward.at(position, j);
                let (x, weight) = (ins[0][at], if p.weighted != 0 { ins[2][j] } else { 1.0 });
                let (mut of_x, mut of_weight) = (smoothing / f64::from(p.c), smoothing / f64::from(p.c) * x);
                if j == k {
                    let (focus, slope) = forward.focus(x);
                    of_x += (1.0 - smoothing) * (focus + slope * x);
                    of_weight += (1.0 - smoothing) * focus * x;
                }
                outs[0][at] = -dloss * weight * of_x;
                outs[1][at] = -dloss * of_weight + if j == k { dcounted } else { 0.0 };
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("loss/nll_backward"),
        groups: |p| fold(p.forward().len(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || {
        let case =
            |name, [n, c, d, weighted, of_loss, of_counted]: [u32; 6], [smoothing, gamma]: [f32; 2]| {
                let ignore = if weighted != 0 { 1 } else { u32::MAX };
                let params = NllBackward { n, c, d, ignore, weighted, of_loss, of_counted, smoothing, gamma };
                let (x, w) = (Fill::Uniform(-4.0, -0.1), Fill::Uniform(0.5, 2.0));
                let d = Fill::Normal(1.0);
                Case::normal(name, params, 5).fills(vec![x, Fill::Ids(c + 1), w, d.clone(), d])
            };
        let one =
            vec![Fill::Const(-0.5), Fill::Const(0.0), Fill::Const(1.0), Fill::Const(1.0), Fill::Const(1.0)];
        vec![
            case("one element", [1, 1, 1, 0, 1, 1], [0.0; 2]).fills(one),
            case("67 of 5", [67, 5, 1, 0, 1, 0], [0.0; 2]),
            case("of the weights alone", [3, 4, 7, 1, 0, 1], [0.0; 2]),
            case("focal, weights, smoothing", [5, 6, 3, 1, 1, 1], [0.2, 1.5]),
        ]
    },
    tolerance: Tolerance { abs: 1e-5, rel: 2e-5 },
    flops: |p| 6.0 * p.forward().len() as f64,
};

/// Records the negative log-likelihood of `classes [N, ..]` (`u32`) under the log-probabilities
/// `x [N, C, ..]`. Returns `[N, ..]`, or `[]` when reduced.
pub fn nll(plan: &mut Plan, x: &Tensor, classes: &Tensor, loss: &ClassLoss<'_>) -> Result<Tensor, OpError> {
    let p = Nll::new(&x.shape, &classes.shape, loss)?;
    let losses = plan.temporary("losses", &classes.shape, DType::F32);
    let counted = plan.temporary("weights that count", &classes.shape, DType::F32);
    plan.push(&NLL, p, &[Some(x), Some(classes), loss.weights], &[&losses, &counted]);
    whole(plan, &losses, Some(&counted), loss.reduction)
}

/// The tensors of a cross-entropy.
#[derive(Clone, Debug)]
pub struct CrossEntropy {
    /// `[N, ..]`, or `[]` when reduced.
    pub loss: Tensor,
    /// `[N, C, ..]`.
    pub log_probabilities: Tensor,
}

/// Records the cross-entropy of `logits [N, C, ..]` with the classes `[N, ..]` (`u32`).
pub fn cross_entropy(
    plan: &mut Plan,
    logits: &Tensor,
    classes: &Tensor,
    loss: &ClassLoss<'_>,
) -> Result<CrossEntropy, OpError> {
    Nll::new(&logits.shape, &classes.shape, loss)?;
    let log_probabilities =
        softmax(plan, logits, 1, &SoftmaxOptions { log: true, ..SoftmaxOptions::default() })?;
    Ok(CrossEntropy { loss: nll(plan, &log_probabilities, classes, loss)?, log_probabilities })
}

/// Records the cross-entropy of `logits [N, C, ..]` with target probabilities of the same shape,
/// `−Σ_j w_j·t_j·ln p_j`; a mean divides by the number of positions.
pub fn soft_cross_entropy(
    plan: &mut Plan,
    logits: &Tensor,
    targets: &Tensor,
    weights: Option<&Tensor>,
    smoothing: f32,
    reduction: Reduction,
) -> Result<CrossEntropy, OpError> {
    let op = "soft_cross_entropy";
    let (_, c, rest) = class_axes(op, &logits.shape)?;
    check_weights(op, weights, c)?;
    check_smoothing(smoothing)?;
    if targets.shape != logits.shape {
        let (have, want) = (targets.shape.clone(), format!("the logits: {:?}", logits.shape));
        return Err(OpError::Shape { op, what: "the targets", have, want });
    }
    let log_probabilities =
        softmax(plan, logits, 1, &SoftmaxOptions { log: true, ..SoftmaxOptions::default() })?;
    let targets = match smoothing {
        0.0 => targets.clone(),
        _ => affine(plan, targets, 1.0 - smoothing, smoothing / c as f32),
    };
    let mut terms = binary(plan, &log_probabilities, &targets, Op::Multiply)?;
    if let Some(weights) = weights {
        let shape = [&[c][..], &vec![1; rest.len()]].concat();
        terms = binary(plan, &terms, &weights.view(&shape), Op::Multiply)?;
    }
    let sums = reduce(plan, &terms, &[1], Reduce::Sum, false)?;
    let losses = affine(plan, &sums, -1.0, 0.0);
    Ok(CrossEntropy { loss: whole(plan, &losses, None, reduction)?, log_probabilities })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gpu::reference;

    fn value(plan: &Plan, t: &Tensor) -> Vec<f64> {
        reference::run(plan, &BTreeMap::new())[t.buf.0].clone()
    }

    #[test]
    fn a_mean_divides_by_the_weights_that_count() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[3, 2], vec![-1.0_f32, -2.0, -3.0, -4.0, -5.0, -6.0]);
        let classes = plan.constant("classes", &[3], vec![0_u32, 1, 1]);
        let weights = plan.constant("weights", &[2], vec![1.0_f32, 3.0]);
        let loss = ClassLoss { weights: Some(&weights), ..ClassLoss::default() };
        let mean = nll(&mut plan, &x, &classes, &loss).unwrap();
        let some = nll(&mut plan, &x, &classes, &ClassLoss { ignore: Some(0), ..loss }).unwrap();
        let each = nll(&mut plan, &x, &classes, &ClassLoss { reduction: Reduction::None, ..loss }).unwrap();
        assert_eq!(value(&plan, &mean), [(1.0 + 12.0 + 18.0) / 7.0]);
        assert_eq!(value(&plan, &some), [5.0]);
        assert_eq!(value(&plan, &each), [1.0, 12.0, 18.0]);
    }

    #[test]
    fn hard_targets_are_soft_ones_with_a_single_1() {
        for smoothing in [0.0, 0.1] {
            let mut plan = Plan::new();
            let logits = plan.constant("logits", &[2, 3], vec![0.5_f32, -1.0, 2.0, 0.0, 0.25, -0.5]);
            let classes = plan.constant("classes", &[2], vec![2_u32, 0]);
            let targets = plan.constant("targets", &[2, 3], vec![0.0_f32, 0.0, 1.0, 1.0, 0.0, 0.0]);
            let loss = ClassLoss { smoothing, ..ClassLoss::default() };
            let hard = cross_entropy(&mut plan, &logits, &classes, &loss).unwrap().loss;
            let soft = soft_cross_entropy(&mut plan, &logits, &targets, None, smoothing, Reduction::Mean);
            let soft = soft.unwrap().loss;
            assert!((value(&plan, &hard)[0] - value(&plan, &soft)[0]).abs() < 1e-7);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |x: &[usize], classes: &[usize], smoothing| {
            Nll::new(x, classes, &ClassLoss { smoothing, ..ClassLoss::default() }).is_err()
        };
        assert!(!refused(&[2, 3, 4], &[2, 4], 0.0));
        assert!(refused(&[2, 3, 4], &[2, 3], 0.0));
        assert!(refused(&[3], &[], 0.0));
        assert!(refused(&[2, 3], &[2], 1.5));
    }
}
