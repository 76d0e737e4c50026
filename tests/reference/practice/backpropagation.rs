//! On backpropagation.

use super::hold;

#[test]
fn backpropagation() {
    hold(
        "backpropagation",
        &[
            // Input, weight, weight, target.
            ("goes through ReLU", |n| vec![2.0 * (n[0] * n[1] * n[2] - n[3]) * n[2] * n[0]]),
            ("A sigmoid unit", |n| vec![n[0] * (1.0 - n[0])]),
            ("A tanh unit", |n| vec![1.0 - n[0] * n[0]]),
            ("gradient of its taps", |n| {
                // Four cells, three gradients.
                let (x, dy) = (&n[..4], &n[4..7]);
                (0..2).map(|tap| dy.iter().enumerate().map(|(i, d)| d * x[i + tap]).sum()).collect()
            }),
            ("gradient of the row", |n| {
                // Two taps, four cells, three gradients.
                let (w, dy) = (&n[..2], &n[3..6]);
                let mut dx = vec![0.0; 4];
                for (i, d) in dy.iter().enumerate() {
                    for (tap, w) in w.iter().enumerate() {
                        dx[i + tap] += d * w;
                    }
                }
                dx
            }),
            ("how many paths", |n| vec![n[2] * n[3]]),
            ("learning rate", |n| vec![n[0] - n[2] * n[1]]),
        ],
    );
}
