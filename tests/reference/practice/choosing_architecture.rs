//! On choosing an architecture.

use super::hold;

/// The place of the largest.
fn largest(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

#[test]
fn choosing_architecture() {
    hold(
        "choosing-architecture",
        &[
            // Seen and unseen, three times.
            ("learns by heart most", |n| vec![largest(&[n[0] - n[1], n[2] - n[3], n[4] - n[5]]) as f64]),
            // Size and share, three times, by size.
            ("not on the Pareto front", |n| {
                let [a, b, c] = [n[1], n[3], n[5]];
                vec![if b <= a { 1.0 } else { f64::from(u8::from(c <= a.max(b)) * 2) }]
            }),
            ("smallest within 2 points", |n| {
                let right = [n[1], n[3], n[5]];
                let best = right[largest(&right)];
                vec![(0..3).find(|i| right[*i] >= best - 2.0).unwrap() as f64]
            }),
            // Widths, depths, seeds, minutes.
            ("grid search", |n| vec![n[0] * n[1] * n[2] * n[3]]),
            // Inputs, units, classes.
            ("biases everywhere", |n| vec![(n[0] + 1.0) * n[1] + (n[1] + 1.0) * n[2]]),
        ],
    );
}
