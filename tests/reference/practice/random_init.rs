//! On random weights.

use super::{asked, given, hold, numbers};

#[test]
fn random_init() {
    hold(
        "random-init",
        &[
            ("under He initialisation (four", |n| vec![(2.0 / n[0]).sqrt()]),
            ("under Xavier initialisation", |n| vec![(2.0 / (n[0] + n[1])).sqrt()]),
            ("under LeCun initialisation", |n| vec![(1.0 / n[0]).sqrt()]),
            ("its fan-in, its fan-out", |n| {
                let window = n[2] * n[3];
                vec![n[0] * window, n[1] * window, (2.0 / (n[0] * window)).sqrt()]
            }),
            ("What is a (four", |n| vec![(6.0 / n[0]).sqrt()]),
            ("By what factor", |n| vec![n[0].powf(n[1])]),
            ("variance of the sum", |n| vec![n[0] * n[1] * n[2] * n[2]]),
        ],
    );
}

#[test]
fn deviations_are_given_with_four_digits() {
    for question in asked("random-init").iter().filter(|question| question.ask.contains("four digits")) {
        let value = given(&question.answer)[0];
        assert_eq!((value * 1e4).round() / 1e4, value, "{}: {:?}", question.ask, numbers(&question.ask));
    }
}
