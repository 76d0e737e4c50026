//! Questions of the page on choosing an architecture, with their answers.

use super::chosen::{Worth, choice, front};
use crate::lessons::{Answer, Question};
use crate::nn::{Parameters, Stack, StackNet};
use crate::ops::philox::Rng;

/// Names of three networks.
const NAMES: [&str; 3] = ["A", "B", "C"];

/// On choosing.
pub fn choosing(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        0 => heart(rng),
        1 => beaten(rng),
        2 => enough(rng),
        3 => Some(runs(rng)),
        _ => parameters(rng),
    }
}

fn one_of(right: usize) -> Answer {
    Answer::OneOf { options: NAMES.map(str::to_owned).to_vec(), right }
}

/// Percent as a share.
fn share(percent: u32) -> Option<f64> {
    Some(f64::from(percent) / 100.0)
}

fn worth(parameters: u32, unseen: u32, gap: u32) -> Worth {
    Worth { parameters: parameters as usize, unseen: share(unseen), gap: share(gap) }
}

/// Which network learns by heart.
fn heart(rng: &mut Rng) -> Option<Question> {
    let right = rng.below(3) as usize;
    let all: Vec<[u32; 2]> = (0..3)
        .map(|i| {
            let unseen = 60 + rng.below(15);
            [unseen + if i == right { 16 + rng.below(9) } else { rng.below(9) }, unseen]
        })
        .collect();
    let told: Vec<String> = NAMES
        .iter()
        .zip(&all)
        .map(|(name, [seen, unseen])| format!("{name} {seen} % and {unseen} %"))
        .collect();
    let found = all.iter().map(|[seen, unseen]| worth(1, *unseen, seen - unseen).gap);
    let (heart, _) = found.enumerate().max_by(|a, b| a.1.unwrap_or(0.0).total_cmp(&b.1.unwrap_or(0.0)))?;
    Some(Question {
        ask: format!(
            "Right of the training set and of unseen samples: {}. Which network learns by heart most?",
            told.join(", ")
        ),
        answer: one_of(heart),
        how: "The one with the largest gap between both, however good it is.".into(),
        show: Some("samples=50".into()),
    })
}

/// Sizes that rise, and shares.
fn told(sizes: [u32; 3], unseen: [u32; 3]) -> String {
    let each = NAMES.iter().zip(sizes.iter().zip(unseen));
    let each: Vec<String> =
        each.map(|(name, (size, right))| format!("{name} {size} parameters and {right} %")).collect();
    each.join(", ")
}

/// Which network a smaller one beats.
fn beaten(rng: &mut Rng) -> Option<Question> {
    let sizes = [100 * (2 + rng.below(7)), 100 * (10 + rng.below(40)), 100 * (60 + rng.below(90))];
    let first = 60 + rng.below(10);
    let unseen = if rng.below(2) == 0 {
        // The middle one is beaten by the small one.
        [first, first - 1 - rng.below(5), first + 1 + rng.below(9)]
    } else {
        let middle = first + 3 + rng.below(9);
        [first, middle, middle - 1 - rng.below(2)]
    };
    let all: Vec<Worth> = sizes.iter().zip(unseen).map(|(size, right)| worth(*size, right, 0)).collect();
    let front = front(&all);
    let left = (0..3).find(|i| !front.contains(i))?;
    Some(Question {
        ask: format!(
            "Unseen samples right: {}. Which network is not on the Pareto front of size and accuracy?",
            told(sizes, unseen)
        ),
        answer: one_of(left),
        how: "On the front are those that no network of as few parameters beats.".into(),
        show: None,
    })
}

/// The smallest that is good enough.
fn enough(rng: &mut Rng) -> Option<Question> {
    let sizes = [100 * (2 + rng.below(7)), 100 * (10 + rng.below(40)), 100 * (60 + rng.below(90))];
    let best = 80 + rng.below(15);
    let near = [5, 1][rng.below(2) as usize];
    let unseen = [best - 6 - rng.below(9), best - near, best];
    let all: Vec<Worth> = sizes.iter().zip(unseen).map(|(size, right)| worth(*size, right, 0)).collect();
    let [_, small] = choice(&all)?;
    Some(Question {
        ask: format!(
            "Unseen samples right: {}. Which network is the smallest within 2 points of the best?",
            told(sizes, unseen)
        ),
        answer: one_of(small),
        how: format!("The best has {best} %, so {} % are enough.", best - 2),
        show: None,
    })
}

/// How many trainings a search needs.
fn runs(rng: &mut Rng) -> Question {
    let [widths, depths, seeds] = [2 + rng.below(4), 2 + rng.below(3), 2 + rng.below(4)];
    let minutes = 1 + rng.below(9);
    Question {
        ask: format!(
            "A grid search tries {widths} widths, {depths} depths and {seeds} seeds of each. A training takes {minutes} minutes, one \
             after the other. How many minutes does the search take?"
        ),
        answer: Answer::number(f64::from(widths * depths * seeds * minutes), "minutes"),
        how: format!(
            "{widths} · {depths} · {seeds} trainings of {minutes} minutes. A grid grows with every choice that is added."
        ),
        show: None,
    }
}

/// Parameters of a dense network, counted on the network itself.
fn parameters(rng: &mut Rng) -> Option<Question> {
    let (inputs, units) = ([36, 64, 100, 196][rng.below(4) as usize], 4 * (1 + rng.below(8)));
    let stack: Stack = format!("dense {units}, relu, dense 10").parse().ok()?;
    let mut declared = Parameters::new(0);
    StackNet::declare(&stack, &mut declared, &[inputs], "").ok()?;
    Some(Question {
        ask: format!(
            "{inputs} inputs, one hidden layer of {units} units, 10 classes, biases everywhere. How many parameters?"
        ),
        answer: Answer::number(declared.count() as f64, "parameters"),
        how: format!("({inputs} + 1) · {units} and ({units} + 1) · 10"),
        show: None,
    })
}
