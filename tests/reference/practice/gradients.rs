//! Questions of the pages on vanishing and exploding gradients.

use super::hold;

#[test]
fn vanishing_gradients() {
    hold(
        "vanishing-gradients",
        &[
            ("divided at least", |n| vec![4_f64.powf(n[0])]),
            ("slope of the sigmoid", |n| vec![n[0] * (1.0 - n[0])]),
            ("slope of tanh", |n| vec![1.0 - n[0] * n[0]]),
            ("certainly below one part", |n| vec![(n[1].ln() / 4_f64.ln()).ceil()]),
            ("y = x + f(x)", |n| vec![(1.0 + n[1]).powf(n[0])]),
        ],
    );
}

#[test]
fn exploding_gradients() {
    hold(
        "exploding-gradients",
        &[
            ("What is its norm afterwards", |n| vec![n[0].hypot(n[1]).min(n[2])]),
            ("gradient afterwards", |n| {
                let factor = (n[2] / n[0].hypot(n[1])).min(1.0);
                vec![n[0] * factor, n[1] * factor]
            }),
            ("singular values", |n| vec![n[0].powf(n[1])]),
            ("clipped by value", |n| vec![n[0].min(n[2]), n[1].min(n[2])]),
            ("without biases", |n| vec![n[1].powf(n[0])]),
        ],
    );
}
