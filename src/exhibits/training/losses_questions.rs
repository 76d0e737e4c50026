//! Questions of the page on losses, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::gradient::backward;
use crate::ops::loss::{ClassLoss, Pointwise, Reduction, cross_entropy, pointwise_loss};
use crate::ops::philox::Rng;
use crate::recipes::{Loss, Shape};

/// What is not asked about.
const SHAPE: Shape = Shape { delta: 1.0, gamma: 2.0, smoothing: 0.1 };

/// What a plan computes, on the reference, as a person would round it.
fn run(plan: &Plan, of: &Tensor) -> Option<Vec<f64>> {
    let exact = |v: &f64| (v * 1e6).round() / 1e6;
    Some(
        reference::content(plan, &reference::run(plan, &BTreeMap::new()), of.buf).iter().map(exact).collect(),
    )
}

/// One of these.
fn one<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.below(of.len() as u32) as usize]
}

/// A loss of one number, and its slope.
fn both(loss: Loss, x: f32, shape: Shape) -> Option<[f64; 2]> {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[1], vec![x]);
    let y = loss.record(&mut plan, &x, shape).ok()?;
    let slope = backward(&mut plan, &y, None, &[&x]).ok()?.of(&x)?;
    Some([*run(&plan, &y)?.first()?, *run(&plan, &slope)?.first()?])
}

/// A number of at most three decimals.
fn written(x: f64) -> String {
    format!("{}", (x * 1000.0).round() / 1000.0).replace('-', "−")
}

fn number(value: f64) -> Answer {
    Answer::Number { value, unit: "" }
}

/// On losses.
pub fn losses(rng: &mut Rng) -> Option<Question> {
    match rng.below(7) {
        0 => squared(rng),
        1 => huber(rng),
        2 => entropy(rng, false),
        3 => entropy(rng, true),
        4 => hinge(rng),
        5 => steepest(rng),
        _ => focal(rng),
    }
}

/// The mean of squared errors.
fn squared(rng: &mut Rng) -> Option<Question> {
    let [x, t] = [0; 2].map(|_| (0..3).map(|_| rng.below(9) as f32).collect::<Vec<f32>>());
    let mut plan = Plan::new();
    let [of, target] = [&x, &t].map(|numbers| plan.constant("numbers", &[3], numbers.clone()));
    let loss = pointwise_loss(&mut plan, &of, &target, Pointwise::Squared, Reduction::Mean).ok()?;
    let loss = *run(&plan, &loss)?.first()?;
    let list = |of: &[f32]| of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let squares: Vec<f32> = x.iter().zip(&t).map(|(x, t)| (x - t) * (x - t)).collect();
    Some(Question {
        ask: format!(
            "Predictions are {}, the targets {}. What is the mean squared error?",
            list(&x),
            list(&t)
        ),
        answer: number(loss),
        how: format!(
            "The squares of the differences are {}; their mean is {}.",
            list(&squares),
            written(loss)
        ),
        show: Some("loss=squared error".into()),
    })
}

/// Huber's loss of one prediction.
fn huber(rng: &mut Rng) -> Option<Question> {
    let delta = one(rng, &[0.5_f32, 1.0, 1.5, 2.0]);
    let [x, t] = [0; 2].map(|_| rng.below(9) as f32);
    let [loss, _] = both(Loss::Huber, x - t, Shape { delta, ..SHAPE })?;
    let far = (x - t).abs() > delta;
    Some(Question {
        ask: format!("With δ = {delta}, what is Huber's loss of the prediction {x} for the target {t}?"),
        answer: number(loss),
        how: if far {
            format!("Farther off than δ it is straight: δ·(|r| − δ/2) = {}.", written(loss))
        } else {
            format!("Up to δ it is half the square: ½·r² = {}.", written(loss))
        },
        show: Some(format!("loss=Huber&delta={delta}")),
    })
}

/// Cross-entropy of three logits, or its gradient for that of the right class.
fn entropy(rng: &mut Rng, slope: bool) -> Option<Question> {
    let logits: Vec<f32> = (0..3).map(|_| rng.below(5) as f32).collect();
    let mut plan = Plan::new();
    let x = plan.constant("logits", &[1, 3], logits.clone());
    let right = plan.constant("class", &[1], vec![0_u32]);
    let made = cross_entropy(&mut plan, &x, &right, &ClassLoss::default()).ok()?;
    let gradient = backward(&mut plan, &made.loss, None, &[&x]).ok()?.of(&x)?;
    let (loss, gradient) = (*run(&plan, &made.loss)?.first()?, *run(&plan, &gradient)?.first()?);
    let list = logits.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let p = 1.0 + gradient;
    let show = Some(format!("loss=cross-entropy&score={}", logits[0]));
    Some(if slope {
        Question {
            ask: format!(
                "Logits are {list}, and the first class is right. What is the gradient of the cross-entropy for the first logit?"
            ),
            answer: number(gradient),
            how: format!("Its probability is {}; the gradient is p − 1 = {}.", written(p), written(gradient)),
            show,
        }
    } else {
        Question {
            ask: format!("Logits are {list}, and the first class is right. What is the cross-entropy?"),
            answer: number(loss),
            how: format!("Its probability is {}; −ln p = {}.", written(p), written(loss)),
            show,
        }
    })
}

/// The hinge loss of a score.
fn hinge(rng: &mut Rng) -> Option<Question> {
    let score = rng.below(21) as f32 / 10.0;
    let [loss, _] = both(Loss::Hinge, score, SHAPE)?;
    Some(Question {
        ask: format!("The score of the right class is {score}. What is its hinge loss?"),
        answer: number(loss),
        how: format!("max(0, 1 − {score}) = {}.", written(loss)),
        show: Some(format!("loss=hinge&score={score}")),
    })
}

/// Which loss pulls hardest.
fn steepest(rng: &mut Rng) -> Option<Question> {
    let far = one(rng, &[0.2_f32, 0.3, 0.4, 0.8, 2.0, 3.0, 6.0]);
    let delta = one(rng, &[0.5_f32, 1.5, 2.5]);
    let shape = Shape { delta, ..SHAPE };
    let mut slopes = Vec::new();
    for loss in Loss::OF_NUMBERS {
        slopes.push(both(loss, far, shape)?[1]);
    }
    let right = (0..slopes.len()).max_by(|a, b| slopes[*a].total_cmp(&slopes[*b]))?;
    let all: Vec<String> = slopes.iter().map(|slope| written(*slope)).collect();
    Some(Question {
        ask: format!(
            "A point lies {far} from the line. Which loss has the steepest slope there: squared error, absolute error, or Huber with δ = {delta}?"
        ),
        answer: Answer::OneOf {
            options: ["squared error", "absolute error", "Huber"].map(str::to_owned).to_vec(),
            right,
        },
        how: format!("Slopes are 2·r, 1, and r but at most δ: {}.", all.join(", ")),
        show: Some(format!("loss=squared error&delta={delta}")),
    })
}

/// What the focal loss multiplies cross-entropy by.
fn focal(rng: &mut Rng) -> Option<Question> {
    let gamma = one(rng, &[1.0_f32, 2.0, 3.0]);
    let p = one(rng, &[0.1_f64, 0.2, 0.5, 0.8, 0.9]);
    // The score of this probability.
    let score = (p / (1.0 - p)).ln() as f32;
    let [with, _] = both(Loss::Focal, score, Shape { gamma, ..SHAPE })?;
    let [without, _] = both(Loss::Binary, score, SHAPE)?;
    let factor = (with / without * 1e4).round() / 1e4;
    Some(Question {
        ask: format!(
            "The focal loss with γ = {gamma} judges an answer of probability {p}. What does it multiply the cross-entropy by?"
        ),
        answer: number(factor),
        how: format!("(1 − p)^γ = (1 − {p})^{gamma} = {}.", format!("{factor}").replace('-', "−")),
        show: Some(format!("loss=focal&gamma={gamma}&score={}", (score * 100.0).round() / 100.0)),
    })
}
