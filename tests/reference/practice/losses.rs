//! Questions of the page on losses.

use super::hold;

fn probability(n: &[f64]) -> f64 {
    n[0].exp() / n[..3].iter().map(|z| z.exp()).sum::<f64>()
}

#[test]
fn loss_functions() {
    hold(
        "loss-functions",
        &[
            ("mean squared error", |n| vec![(0..3).map(|i| (n[i] - n[i + 3]).powi(2)).sum::<f64>() / 3.0]),
            ("what is Huber's loss", |n| {
                let (delta, far) = (n[0], (n[1] - n[2]).abs());
                vec![if far <= delta { far * far / 2.0 } else { delta * (far - delta / 2.0) }]
            }),
            ("What is the cross-entropy?", |n| vec![-probability(n).ln()]),
            ("What is the gradient of the cross-entropy", |n| vec![probability(n) - 1.0]),
            ("What is its hinge loss", |n| vec![(1.0 - n[0]).max(0.0)]),
            ("steepest slope", |n| vec![f64::from(u8::from(2.0 * n[0] < 1.0))]),
            ("The focal loss", |n| vec![(1.0 - n[1]).powf(n[0])]),
        ],
    );
}
