//! Questions of the pages on regularisation, with their answers.

use crate::lessons::{Answer, Question};
use crate::ops::philox::Rng;

/// On dropout.
pub fn dropout(rng: &mut Rng) -> Option<Question> {
    let tenths = 1 + rng.below(8);
    let (p, x) = (f64::from(tenths) / 10.0, f64::from(2 + rng.below(8)));
    let unit = format!("A unit's activation is {x}. Inverted dropout with p = {p} is applied in training.");
    let show = Some(format!("p={p}"));
    let number = |ask: &str, value: f64, how: String| Question {
        ask: format!("{unit} {ask}"),
        answer: Answer::number(value, ""),
        how,
        show: show.clone(),
    };
    Some(match rng.below(4) {
        0 => number(
            "What is the variance of its output?",
            x * x * p / (1.0 - p),
            format!(
                "It is {x}/(1 − p) with probability 1 − p and 0 otherwise: mean {x}, mean square {x}²/(1 − p), so the variance is {x}²·p/(1 − p)"
            ),
        ),
        1 => number("What is its output where it is kept?", x / (1.0 - p), format!("{x}/(1 − {p})")),
        2 => number(
            "The gradient that arrives at its output is 1 and the unit was kept. What is the gradient at its input?",
            1.0 / (1.0 - p),
            "The same mask and the same factor: 1/(1 − p)".into(),
        ),
        _ => Question {
            ask: format!("{unit} What happens to it in testing?"),
            answer: Answer::OneOf {
                options: ["it stays as it is", "it is multiplied by 1 − p", "it is divided by 1 − p"]
                    .map(str::to_owned)
                    .to_vec(),
                right: 0,
            },
            how: "Inverted dropout scales in training, so that testing changes nothing".into(),
            show: Some(format!("p={p}&kind=inverted")),
        },
    })
}
