//! Questions of practice: 200 seeds a topic, each answer against a formula that takes
//! its numbers from the words of the question and calls no engine; at least three kinds a topic. Its page takes the settings
//! that a question names.

mod backpropagation;
mod batchnorm_vs_dropout;
mod choosing_architecture;
mod cross_entropy_labels;
mod dimensionality_reduction;
mod gradients;
mod layers_and_neurons;
mod losses;
mod networks;
mod random_init;
mod residual_learning;
mod sigmoid_vs_softmax;
mod transfer_learning;
mod zero_init;

use std::collections::BTreeSet;

use glassbox::exhibits::{TOPICS, topic};
use glassbox::lessons::{Answer, Question};
use glassbox::ops::philox::Rng;

const SEEDS: u64 = 200;
const KINDS: usize = 3;

/// A kind by its words, and the answer that a person works out of the numbers in the question.
type Kind = (&'static str, fn(&[f64]) -> Vec<f64>);

/// Numbers in a text, in order; commas that group digits do not count.
fn numbers(text: &str) -> Vec<f64> {
    let all: Vec<char> = text.chars().collect();
    let digit = |i: usize| all.get(i).is_some_and(char::is_ascii_digit);
    let mut found = Vec::new();
    let mut i = 0;
    while i < all.len() {
        let mut number = String::new();
        while digit(i) || (!number.is_empty() && matches!(all.get(i), Some(',' | '.')) && digit(i + 1)) {
            number.extend((all[i] != ',').then_some(all[i]));
            i += 1;
        }
        if number.is_empty() {
            i += 1;
        } else {
            found.push(number.parse().unwrap());
        }
    }
    found
}

/// What a question gives as its answer, as numbers.
fn given(answer: &Answer) -> Vec<f64> {
    match answer {
        Answer::Number { value, .. } => vec![*value],
        Answer::Numbers(values) => values.clone(),
        Answer::OneOf { right, .. } => vec![*right as f64],
    }
}

fn asked(slug: &str) -> Vec<Question> {
    let page = (topic(slug).unwrap().new)();
    (0..SEEDS).map(|seed| page.practice(&mut Rng::new(seed)).unwrap()).collect()
}

/// What the page of a topic says to the settings that its question names, where it refuses them.
fn refused(slug: &str, question: &Question) -> Option<String> {
    let settings = question.show.as_deref()?.parse().unwrap();
    let mut page = (topic(slug).unwrap().new)();
    let errors = glassbox::settings::apply(&settings, |k| page.knobs(k)).err()?;
    Some(format!("{}: its page refuses {:?}: {errors:?}", question.ask, question.show))
}

/// Holds every question of a topic against the kind whose words it has.
fn hold(slug: &str, kinds: &[Kind]) {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for question in asked(slug) {
        complaints.extend(refused(slug, &question));
        let Some((words, formula)) = kinds.iter().find(|(words, _)| question.ask.contains(words)) else {
            complaints.push(format!("of no known kind: {}", question.ask));
            continue;
        };
        seen.insert(*words);
        let (want, have) = (formula(&numbers(&question.ask)), given(&question.answer));
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-4 * a.abs().max(1.0);
        if want.len() != have.len() || !want.iter().zip(&have).all(close) {
            complaints.push(format!("{} is {want:?}, not {have:?}", question.ask));
        }
    }
    super::none(&complaints);
    assert!(seen.len() >= KINDS && seen.len() == kinds.len(), "{slug}: {seen:?}");
}

/// floor((W + 2P - D(F - 1) - 1)/S) + 1
fn places(w: f64, f: f64, s: f64, p: f64, d: f64) -> f64 {
    ((w + 2.0 * p - d * (f - 1.0) - 1.0) / s).floor() + 1.0
}

/// 0 where a map shrinks, 1 where it keeps its size, 2 where it grows.
fn does(before: f64, made: f64) -> f64 {
    f64::from(u8::from(made >= before) + u8::from(made > before))
}

#[test]
fn all_topics_of_the_notes_are_there_and_ask_questions_of_some_kinds() {
    let there: Vec<u32> = TOPICS.iter().map(|topic| topic.number).collect();
    assert_eq!(there, (1..=34).collect::<Vec<u32>>());
    let mut complaints = Vec::new();
    for topic in TOPICS {
        // What is asked stands at the end, and differs within a kind by its numbers alone.
        let kind = |question: Question| {
            let asks = question.ask.rsplit(['.', ':']).find(|part| part.contains('?')).unwrap_or_default();
            asks.chars().filter(|c| !c.is_ascii_digit()).collect::<String>()
        };
        let kinds: BTreeSet<String> = asked(topic.slug).into_iter().map(kind).collect();
        if kinds.len() < KINDS {
            complaints.push(format!("{}: {kinds:?}", topic.slug));
        }
    }
    super::none(&complaints);
}

#[test]
fn numbers_are_read_from_words() {
    assert_eq!(
        numbers("PE(3, 1) of 10,000 at 0.5: 7 × 7, and 12."),
        [3.0, 1.0, 10_000.0, 0.5, 7.0, 7.0, 12.0]
    );
}

#[test]
fn positions() {
    hold(
        "positional-encoding",
        &[
            ("longest wavelength", |n| vec![n[0] / 2.0 - 1.0]),
            ("what is PE(", |n| {
                let (d, base, at, i) = (n[0], n[1], n[2], n[3]);
                let angle = at / base.powf(2.0 * (i / 2.0).floor() / d);
                vec![if i % 2.0 == 0.0 { angle.sin() } else { angle.cos() }]
            }),
            ("by how many radians", |n| vec![n[3] / n[1].powf(2.0 * n[5] / n[0])]),
        ],
    );
}

#[test]
fn output_size() {
    // Width, height, F twice, S, P, D.
    hold(
        "output-size",
        &[
            ("how wide is the output", |n| {
                let [w, h] = [n[0], n[1]].map(|side| places(side, n[2], n[4], n[5], n[6]));
                vec![w, h, w * h]
            }),
            ("how many dot products", |n| {
                vec![places(n[0], n[2], n[4], n[5], n[6]) * places(n[1], n[2], n[4], n[5], n[6])]
            }),
            ("behind the last window", |n| vec![(n[0] + 2.0 * n[5] - n[6] * (n[2] - 1.0) - 1.0) % n[4]]),
        ],
    );
}

#[test]
fn twelve_by_twelve() {
    // W twice, F twice, S, P.
    hold(
        "twelve-by-twelve",
        &[
            ("a side of the output", |n| vec![places(n[0], n[2], n[4], n[5], 1.0)]),
            ("how many dot products", |n| vec![places(n[0], n[2], n[4], n[5], 1.0).powi(2)]),
            ("what does the map do", |n| vec![does(n[0], places(n[0], n[2], n[4], n[5], 1.0))]),
        ],
    );
}

#[test]
fn valid_and_same() {
    // W twice, F twice, S.
    fn total(n: &[f64]) -> f64 {
        (((n[0] / n[4]).ceil() - 1.0) * n[4] + n[2] - n[0]).max(0.0)
    }
    hold(
        "valid-vs-same",
        &[
            ("go to the right", |n| vec![total(n) - (total(n) / 2.0).floor()]),
            ("under valid, same, full", |n| {
                let [valid, full] = [0.0, n[2] - 1.0].map(|p| places(n[0], n[2], n[4], p, 1.0));
                vec![valid, (n[0] / n[4]).ceil(), full]
            }),
            ("along an axis", |n| vec![total(n) % 2.0]),
        ],
    );
}

#[test]
fn zero_padding() {
    // W twice, F twice.
    hold(
        "zero-padding",
        &[
            ("how many layers have room", |n| vec![((n[0] - 1.0) / (n[2] - 1.0)).floor()]),
            ("how many times does the first layer read", |n| {
                // Windows begin at 0..=W-F; those that hold the middle begin at most F-1 before it.
                let middle = (n[0] / 2.0).floor();
                let along = middle.min(n[0] - n[2]) - (middle - n[2] + 1.0).max(0.0) + 1.0;
                vec![1.0, along, along * along]
            }),
            ("would keep its size", |n| vec![(n[2] - 1.0) / 2.0]),
        ],
    );
}

#[test]
fn stride() {
    // F twice, P, W twice, S.
    fn read(n: &[f64], s: f64) -> f64 {
        let places = places(n[3], n[0], s, n[2], 1.0);
        let mut read = vec![false; n[3] as usize];
        for window in 0..places as usize {
            for tap in 0..n[0] as usize {
                let at = (window as f64 * s + tap as f64 - n[2]) as isize;
                if let Some(cell) = usize::try_from(at).ok().and_then(|at| read.get_mut(at)) {
                    *cell = true;
                }
            }
        }
        read.iter().filter(|read| **read).count() as f64
    }
    hold(
        "stride",
        &[
            ("fewer multiply-adds", |n| {
                let [one, own] = [1.0, n[5]].map(|s| places(n[3], n[0], s, n[2], 1.0));
                vec![(one / own).powi(2)]
            }),
            ("never read", |n| vec![(100.0 * (1.0 - (read(n, n[5]) / n[3]).powi(2))).round()]),
            ("finest pattern", |n| vec![2.0 * n[5]]),
        ],
    );
}

#[test]
fn does_size_always_reduce() {
    // W twice, F twice, S, P.
    let mut complaints = Vec::new();
    let mut kinds = BTreeSet::new();
    for question in asked("does-size-always-reduce") {
        let n = numbers(&question.ask);
        let [w, f, s, p] = [n[0], n[2], n[4], n[5]];
        let made = if question.ask.contains("transposed") {
            s * (w - 1.0) + f - 2.0 * p
        } else {
            places(w, f, s, p, 1.0)
        };
        let (kind, want) = match &question.answer {
            Answer::OneOf { .. } => ("does", does(w, made)),
            _ if question.ask.contains("more or fewer") => ("change", made - w),
            _ => ("side", made),
        };
        kinds.insert(kind);
        if given(&question.answer) != [want] {
            complaints.push(format!("{} is {want}, not {:?}", question.ask, question.answer));
        }
    }
    super::none(&complaints);
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[test]
fn one_or_two_dimensions() {
    // C, L, k, S, D, then zeros before, if there are any. "1-D" and "2-D" are numbers too.
    fn outputs(n: &[f64], before: f64) -> f64 {
        ((n[1] + before - n[4] * (n[2] - 1.0) - 1.0) / n[3]).floor() + 1.0
    }
    let before = |ask: &str, n: &[f64]| if ask.contains("no padding") { 0.0 } else { n[5] };
    let mut complaints = Vec::new();
    let mut kinds = BTreeSet::new();
    for question in asked("one-d-vs-two-d") {
        let (ask, n) = (&question.ask, numbers(&question.ask));
        let length = outputs(&n, before(ask, &n));
        let (kind, want) = if ask.contains("how many outputs") {
            ("outputs", vec![length])
        } else if ask.contains("how many weights") {
            ("weights", vec![n[0] * n[2], n[0] * n[2], n[2] * n[2]])
        } else if ask.contains("how many multiply-adds") {
            let line = length * n[0] * n[2];
            ("multiply-adds", vec![line, line, line * n[2]])
        } else {
            ("zeros", vec![n[4] * (n[2] - 1.0)])
        };
        kinds.insert(kind);
        if given(&question.answer) != want {
            complaints.push(format!("{ask} is {want:?}, not {:?}", question.answer));
        }
    }
    super::none(&complaints);
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[test]
fn parameter_sharing() {
    // W twice, filters, F twice, then the stride 1.
    fn outputs(n: &[f64]) -> f64 {
        (n[0] - n[3] + 1.0).powi(2)
    }
    hold(
        "parameter-sharing",
        &[
            ("has the convolution", |n| vec![n[2] * n[3] * n[3]]),
            ("has a dense layer", |n| vec![n[2] * outputs(n) * n[0] * n[0]]),
            ("kernels of its own", |n| vec![n[2] * outputs(n) * n[3] * n[3]]),
        ],
    );
}
