//! On codes of few numbers.

use super::hold;

#[test]
fn dimensionality_reduction() {
    hold(
        "dimensionality-reduction",
        &[
            // Height, width, channels, code.
            ("ratio of compression", |n| vec![n[0] * n[1] * n[2] / n[3]]),
            // Units of all layers.
            ("fully connected with biases", |n| {
                vec![n[..5].windows(2).map(|pair| (pair[0] + 1.0) * pair[1]).sum()]
            }),
            // Four variances, how many are kept.
            ("How many percent of the variance", |n| {
                vec![100.0 * n[..n[4] as usize].iter().sum::<f64>() / n[..4].iter().sum::<f64>()]
            }),
            // Maps, height, width, window of 1 x 1, filters, window and stride of the pooling.
            ("numbers are left", |n| vec![n[5] * (n[1] / n[8]) * (n[2] / n[8])]),
        ],
    );
}
