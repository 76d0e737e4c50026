//! Questions of the page on transfer learning, with their answers.

use crate::lessons::{Answer, Question};
use crate::nn::{Parameters, Task as _};
use crate::ops::philox::Rng;
use crate::recipes::transfer::{FILTERS, Start, Transfer, layer, new_clothes};

/// On re-use.
pub fn transfers(rng: &mut Rng) -> Option<Question> {
    match rng.below(5) {
        0 | 1 => Some(learns(rng)),
        2 => Some(head(rng)),
        3 => Some(which(rng)),
        _ => Some(moved(rng)),
    }
}

/// Numbers that the network of the page learns with so many layers locked.
fn count(classes: usize, frozen: usize) -> usize {
    let mut p = Parameters::new(0);
    Transfer { data: new_clothes(classes, 1), start: Start::Learned { frozen } }.declare(&mut p);
    p.count()
}

/// Parameters by frozen depth.
fn learns(rng: &mut Rng) -> Question {
    let (classes, frozen) = (2 + rng.below(4) as usize, rng.below(4) as usize);
    let mut inputs = 1;
    let mut terms = Vec::new();
    for (convolution, filters) in FILTERS.into_iter().enumerate() {
        if convolution >= frozen {
            terms.push(format!("(9 · {inputs} + 1) · {filters}"));
        }
        inputs = filters;
    }
    terms.push(format!("({inputs} + 1) · {classes}"));
    let [a, b, c] = FILTERS;
    let locked = match frozen {
        0 => "No layer is locked".into(),
        1 => format!("{} is locked", layer(0)),
        n => format!("{} to {} are locked", layer(0), layer(n - 1)),
    };
    Question {
        ask: format!(
            "Convolutions of 3x3 with {a}, {b} and {c} filters on one channel, the strongest answer of each map, a dense layer for \
             {classes} classes; biases everywhere. {locked}. How many parameters learn?"
        ),
        answer: Answer::number(count(classes, frozen) as f64, "parameters"),
        how: terms.join(" and "),
        show: Some(format!("classes={classes}&frozen={frozen}")),
    }
}

/// The new head of a known network.
fn head(rng: &mut Rng) -> Question {
    let features = [512, 1280, 2048][rng.below(3) as usize];
    let classes = 2 + rng.below(19);
    Question {
        ask: format!(
            "A trained network ends in {features} features and 1000 classes. You replace the last layer for {classes} classes and \
             freeze the rest. How many parameters learn?"
        ),
        answer: Answer::number(f64::from((features + 1) * classes), "parameters"),
        how: format!("A weight for each feature and a bias, for each class: ({features} + 1) · {classes}."),
        show: None,
    }
}

/// What to do in which case.
fn which(rng: &mut Rng) -> Question {
    let options = ["freeze all but the head", "fine-tune all with a small rate", "train from scratch"];
    let cases = [
        (
            "40 photos of a related task",
            "With so few, the learned features are the best there is; more would be learned by heart.",
        ),
        (
            "50,000 photos of a related task",
            "Enough to learn on without learning by heart, and the start is good.",
        ),
        (
            "10 million pictures of an unrelated sort, and all the time you want",
            "Old features are of little use, and there is enough to learn all anew.",
        ),
    ];
    let right = rng.below(3) as usize;
    let (case, how) = cases[right];
    Question {
        ask: format!("You have {case}, and a network trained on ImageNet. What fits best?"),
        answer: Answer::OneOf { options: options.map(str::to_owned).to_vec(), right },
        how: how.into(),
        show: None,
    }
}

/// How far a filter moved.
fn moved(rng: &mut Rng) -> Question {
    let [a, b] = [[3.0, 4.0], [6.0, 8.0]][rng.below(2) as usize];
    let way = [0.3, 0.4].map(|v| v * f64::from(1 + rng.below(3)));
    let share = way[0].hypot(way[1]) / f64::hypot(a, b);
    Question {
        ask: format!(
            "A filter of two weights was ({a}, {b}) and is ({:.1}, {:.1}) after fine-tuning. By which share of its length has it \
             moved (percent)?",
            a + way[0],
            b + way[1],
        ),
        answer: Answer::number((1000.0 * share).round() / 10.0, "%"),
        how: format!("√({:.1}² + {:.1}²) / √({a}² + {b}²)", way[0], way[1]),
        show: None,
    }
}
