//! On sigmoid and softmax.

use super::hold;

/// e^z over the sum of all.
fn shares(z: &[f64]) -> Vec<f64> {
    let sum: f64 = z.iter().map(|z| z.exp()).sum();
    z.iter().map(|z| z.exp() / sum).collect()
}

#[test]
fn sigmoid_and_softmax() {
    hold(
        "sigmoid-vs-softmax",
        &[
            ("what does softmax give each", |n| shares(n).iter().map(|p| (100.0 * p).round()).collect()),
            ("what does its sigmoid give", |n| vec![(100.0 / (1.0 + (-n[0]).exp())).round()]),
            ("the gradient of the cross-entropy", |n| {
                (0..3).map(|i| n[i] - f64::from(u8::from(i as f64 + 1.0 == n[3]))).collect()
            }),
            ("Which one logit", |n| vec![n[0] - n[1]]),
            // Where exactly one is right, softmax; else a sigmoid for each.
            ("exactly one? Which output", |_| vec![0.0]),
            ("any number of them? Which output", |_| vec![1.0]),
            ("none, one or several? Which output", |_| vec![1.0]),
        ],
    );
}
