//! On batch norm and dropout.

use super::hold;

/// A channel normalised by itself.
fn normalised(values: &[f64], x: f64) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| v * v).sum::<f64>() / n - mean * mean;
    (x - mean) / variance.sqrt()
}

#[test]
fn batchnorm_vs_dropout() {
    hold(
        "batchnorm-vs-dropout",
        &[
            // The values, then the one that is asked for.
            ("One channel has the values", |n| {
                vec![(normalised(&n[..4], n[4]) * 100.0).round() / 100.0 + 0.0]
            }),
            // Old, new, share that stays.
            ("running mean of a channel", |n| vec![n[2] * n[0] + (1.0 - n[2]) * n[1]]),
            // p.
            ("stands in front of a batch norm", |n| vec![(1.0 - n[0]).sqrt()]),
            // 2, both values.
            ("A batch of 2 has", |n| vec![normalised(&n[1..3], n[1].max(n[2]))]),
            // Channels.
            ("numbers does the batch norm behind it learn", |n| vec![2.0 * n[0]]),
        ],
    );
}
