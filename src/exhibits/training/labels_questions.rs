//! Questions of the page on the two cross-entropies, with their answers.

use std::collections::BTreeMap;

use crate::gpu::{Plan, Tensor, reference};
use crate::lessons::{Answer, Question};
use crate::ops::gradient::backward;
use crate::ops::loss::{ClassLoss, Reduction, cross_entropy, soft_cross_entropy};
use crate::ops::philox::Rng;

/// What labels look like, and whether they are indices.
const LABELS: [(&str, bool); 6] = [
    ("integers such as 7, 0, 3", true),
    ("rows such as [0, 0, 1, 0]", false),
    ("rows such as [0.9, 0.05, 0.05]", false),
    ("token ids out of 50,257", true),
    ("the mean of three people's votes for each class", false),
    ("one class number a pixel", true),
];

/// What a plan computes, on the reference.
fn run(plan: &Plan, of: &Tensor) -> Option<Vec<f64>> {
    reference::run(plan, &BTreeMap::new()).get(of.buf.0).cloned()
}

/// A number of three digits behind the point.
fn rounded(v: f64) -> f64 {
    (1e3 * v).round() / 1e3
}

/// A question on losses, gradients or memory of labels.
pub fn question(rng: &mut Rng) -> Option<Question> {
    Some(match rng.below(5) {
        0 => {
            let [n, k] = [16 << rng.below(3), 10 * (1 + rng.below(100))];
            let bytes = [n * k, n].map(|count| f64::from(4 * count));
            Question {
                ask: format!(
                    "A batch has {n} samples of {k} classes. How many bytes take its labels as one-hot rows of 32-bit numbers, and as 32-bit indices (two numbers)?"
                ),
                answer: Answer::Numbers(bytes.to_vec()),
                how: format!("{n}·{k}·4 and {n}·4: an index is one number where a row has {k}."),
                show: Some(format!("batch={n}&classes={k}")),
            }
        }
        1 => {
            // Probabilities in tenths, each above 0.
            let first = 1 + rng.below(7);
            let second = 1 + rng.below(9 - first - 1);
            let tenths = [first, second, 10 - first - second].map(|t| t as f32 / 10.0);
            let right = rng.below(3);
            let mut plan = Plan::new();
            let x = plan.constant("logits", &[1, 3], tenths.map(f32::ln).to_vec());
            let class = plan.constant("class", &[1], vec![right]);
            let loss = cross_entropy(&mut plan, &x, &class, &ClassLoss::default()).ok()?.loss;
            let [a, b, c] = tenths;
            Question {
                ask: format!(
                    "Softmax gives classes 0, 1 and 2 the probabilities {a}, {b} and {c}; the label is the index {right}. What is the sparse categorical cross-entropy, to three digits behind the point?"
                ),
                answer: Answer::number(rounded(*run(&plan, &loss)?.first()?), ""),
                how: format!("−ln p of class {right}; the others do not enter."),
                show: Some("format=indices".into()),
            }
        }
        2 => {
            let part = 1 + rng.below(4);
            let t = [10 - part, part].map(|t| t as f32 / 10.0);
            let first = 1 + rng.below(9);
            let p = [first, 10 - first].map(|p| p as f32 / 10.0);
            let mut plan = Plan::new();
            let x = plan.constant("logits", &[1, 2], p.map(f32::ln).to_vec());
            let targets = plan.constant("targets", &[1, 2], t.to_vec());
            let loss = soft_cross_entropy(&mut plan, &x, &targets, None, 0.0, Reduction::Sum).ok()?.loss;
            Question {
                ask: format!(
                    "A soft label is [{}, {}] and softmax gives [{}, {}]. What is the categorical cross-entropy, to three digits behind the point?",
                    t[0], t[1], p[0], p[1]
                ),
                answer: Answer::number(rounded(*run(&plan, &loss)?.first()?), ""),
                how: format!("−{}·ln {} − {}·ln {}.", t[0], p[0], t[1], p[1]),
                show: Some(format!("labels=mixed&amount={}", t[1])),
            }
        }
        3 => {
            let batch = 1 << (1 + rng.below(5));
            let p = (1 + rng.below(9)) as f32 / 10.0;
            let mut plan = Plan::new();
            let row = [p.ln(), (1.0 - p).ln()];
            let x = plan.constant("logits", &[batch, 2], row.repeat(batch));
            let classes = plan.constant("classes", &[batch], vec![0_u32; batch]);
            let loss = cross_entropy(&mut plan, &x, &classes, &ClassLoss::default()).ok()?.loss;
            let d = backward(&mut plan, &loss, None, &[&x]).ok()?.of(&x)?;
            let gradient = (1e5 * run(&plan, &d)?.first()?).round() / 1e5;
            Question {
                ask: format!(
                    "The loss is the mean over {batch} samples. In one of them the right class has probability {p}. What is the gradient by its logit?"
                ),
                answer: Answer::number(gradient, ""),
                how: format!("(p − 1)/N = ({p} − 1)/{batch}, for labels as vectors and as indices alike."),
                show: Some(format!("batch={batch}")),
            }
        }
        _ => {
            let (labels, index) = LABELS[rng.below(LABELS.len() as u32) as usize];
            let options = ["categorical_crossentropy", "sparse_categorical_crossentropy"];
            Question {
                ask: format!("A data set gives its labels as {labels}. Which loss takes them as they are?"),
                answer: Answer::OneOf {
                    options: options.map(str::to_owned).to_vec(),
                    right: usize::from(index),
                },
                how:
                    "One number a class: categorical. One index a sample: sparse. Soft labels have no index."
                        .into(),
                show: None,
            }
        }
    })
}
