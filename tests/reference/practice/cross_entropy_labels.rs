//! On categorical and sparse categorical cross-entropy.

use super::hold;

fn rounded(v: f64) -> f64 {
    (1e3 * v).round() / 1e3
}

#[test]
fn cross_entropy_labels() {
    hold(
        "cross-entropy-labels",
        &[
            // Samples, classes, 32 and 32.
            ("How many bytes", |n| vec![4.0 * n[0] * n[1], 4.0 * n[0]]),
            // Classes 0, 1, 2, their probabilities, the index.
            ("the sparse categorical cross-entropy, to", |n| vec![rounded(-n[3 + n[6] as usize].ln())]),
            ("A soft label is", |n| vec![rounded(-n[0] * n[2].ln() - n[1] * n[3].ln())]),
            ("the gradient by its logit", |n| vec![(n[1] - 1.0) / n[0]]),
            ("labels as integers", |_| vec![1.0]),
            ("labels as rows", |_| vec![0.0]),
            ("labels as token ids", |_| vec![1.0]),
            ("labels as the mean", |_| vec![0.0]),
            ("labels as one class number", |_| vec![1.0]),
        ],
    );
}
