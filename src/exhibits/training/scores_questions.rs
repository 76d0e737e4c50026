//! Questions of the page on sigmoid and softmax, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::gradient::backward;
use crate::ops::loss::{Reduction, soft_cross_entropy};
use crate::ops::philox::Rng;
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::ops::unary::{Act, activation};

/// What classifiers are for, and whether exactly one class is right.
const TASKS: [(&str, bool); 8] = [
    ("A network reads a handwritten digit: which of ten is it, exactly one?", true),
    ("A network reads a photo: which of these forty tags fit, any number of them?", false),
    ("A network reads an X-ray: which of fourteen findings are there, none, one or several?", false),
    ("A network continues a text: which token of the vocabulary comes next, exactly one?", true),
    ("A network reads a song: which instruments are heard, any number of them?", false),
    ("A network reads a street sign: which of forty-three is it, exactly one?", true),
    ("A network reads an article: which topics does it touch, none, one or several?", false),
    ("A network reads a sentence: in which of twenty languages is it written, exactly one?", true),
];

/// What a plan computes, on the reference.
fn run(plan: &Plan, of: &Tensor) -> Option<Vec<f64>> {
    reference::run(plan, &BTreeMap::new()).get(of.buf.0).cloned()
}

/// Softmax of some logits.
fn shares(logits: &[f32]) -> Option<Vec<f64>> {
    let mut plan = Plan::new();
    let x = plan.constant("logits", &[1, logits.len()], logits.to_vec());
    let y = softmax(&mut plan, &x, 1, &SoftmaxOptions::default()).ok()?;
    run(&plan, &y)
}

/// A question on outputs, gradients, or which of the two one needs.
pub fn question(rng: &mut Rng) -> Option<Question> {
    let half = |rng: &mut Rng, most: u32| rng.below(2 * most + 1) as f32 / 2.0;
    Some(match rng.below(5) {
        0 => {
            let z = [half(rng, 4), half(rng, 4), half(rng, 4)];
            let percents = shares(&z)?.iter().map(|p| (100.0 * p).round()).collect();
            let [a, b, c] = z;
            Question {
                ask: format!(
                    "Three classes have logits {a}, {b} and {c}: what does softmax give each, in whole percent (three numbers)?"
                ),
                answer: Answer::Numbers(percents),
                how: format!(
                    "Each exponential over the sum of all: e^{a}, e^{b} and e^{c}, divided by their sum."
                ),
                show: Some(format!("classes=3&z1={a}&z2={b}&z3={c}")),
            }
        }
        1 => {
            let z = half(rng, 5);
            let mut plan = Plan::new();
            let x = plan.constant("logit", &[1], vec![z]);
            let y = activation(&mut plan, &x, Act::SIGMOID);
            let percent = (100.0 * run(&plan, &y)?.first()?).round();
            Question {
                ask: format!(
                    "One of several labels has the logit {z}: what does its sigmoid give, in whole percent?"
                ),
                answer: Answer::number(percent, "percent"),
                how: format!("1 / (1 + e^−{z}); the other labels do not matter."),
                show: Some(format!("z1={z}")),
            }
        }
        2 => {
            // Shares in tenths, each above 0.
            let first = 1 + rng.below(7);
            let second = 1 + rng.below(9 - first - 1);
            let tenths = [first, second, 10 - first - second];
            let p = tenths.map(|t| t as f32 / 10.0);
            let right = rng.below(3) as usize;
            let mut plan = Plan::new();
            let x = plan.constant("logits", &[1, 3], p.map(f32::ln).to_vec());
            let t = (0..3).map(|i| f32::from(u8::from(i == right))).collect::<Vec<_>>();
            let t = plan.constant("targets", &[1, 3], t);
            let loss = soft_cross_entropy(&mut plan, &x, &t, None, 0.0, Reduction::Sum).ok()?.loss;
            let d = backward(&mut plan, &loss, None, &[&x]).ok()?.of(&x)?;
            let gradient = run(&plan, &d)?.iter().map(|v| (1e4 * v).round() / 1e4).collect();
            let [a, b, c] = p;
            Question {
                ask: format!(
                    "Softmax gives three classes {a}, {b} and {c}, and class {} is right: what is the gradient of the cross-entropy by each logit (three numbers)?",
                    right + 1
                ),
                answer: Answer::Numbers(gradient),
                how: "p − y: the probabilities, less 1 for the class that is right.".into(),
                show: Some(format!("label={}", right + 1)),
            }
        }
        3 => {
            let (a, b) = (half(rng, 4), half(rng, 4));
            let share = *shares(&[a, b])?.first()?;
            let logit = (1e4 * (share / (1.0 - share)).ln()).round() / 1e4;
            Question {
                ask: format!(
                    "Two classes have logits {a} and {b}. Which one logit gives, through a sigmoid, what softmax gives the first?"
                ),
                answer: Answer::number(logit, ""),
                how: format!("Softmax knows differences alone: take {b} off both, and (z, 0) is a sigmoid."),
                show: Some(format!("classes=2&z1={a}&z2={b}")),
            }
        }
        _ => {
            let (ask, one) = TASKS[rng.below(TASKS.len() as u32) as usize];
            let options = ["softmax over all of them", "a sigmoid for each of them"];
            Question {
                ask: format!("{ask} Which output does it need?"),
                answer: Answer::OneOf {
                    options: options.map(str::to_owned).to_vec(),
                    right: usize::from(!one),
                },
                how: "Where exactly one is right, they share 1: softmax. Where any number may be, each has a sigmoid of its own."
                    .into(),
                show: None,
            }
        }
    })
}
