//! On how many layers and units.

use super::hold;

/// Weights and biases of a dense layer.
fn dense(inputs: f64, outputs: f64) -> f64 {
    (inputs + 1.0) * outputs
}

#[test]
fn layers_and_neurons() {
    hold(
        "layers-and-neurons",
        &[
            // Inputs, units.
            ("one hidden layer of", |n| vec![dense(n[0], n[1]) + dense(n[1], 1.0)]),
            // Layers, units, inputs.
            ("stand between", |n| {
                let between = (1..n[0] as usize).map(|_| dense(n[1], n[1])).sum::<f64>();
                vec![dense(n[2], n[1]) + between + dense(n[1], 1.0)]
            }),
            // Units.
            ("exactly as many parameters", |n| {
                let two = dense(2.0, n[0]) + dense(n[0], n[0]) + dense(n[0], 1.0);
                vec![(two - 1.0) / (dense(2.0, 1.0) + 1.0)]
            }),
            // Layers, units.
            ("one more hidden layer", |n| vec![dense(n[1], n[1])]),
        ],
    );
}
