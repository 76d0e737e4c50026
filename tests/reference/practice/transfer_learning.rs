//! On weights that are used again.

use super::hold;

#[test]
fn transfer_learning() {
    hold(
        "transfer-learning",
        &[
            // Window, three convolutions, classes, and how many layers are locked.
            ("the strongest answer of each map", |n| {
                let [a, b, c, classes] = [n[2], n[3], n[4], n[5]];
                let each = [9.0 * a + a, 9.0 * a * b + b, 9.0 * b * c + c];
                // "conv1 is locked", "conv1 to conv2 are locked", "No layer is locked".
                let locked = n[6..].iter().copied().fold(0.0, f64::max) as usize;
                vec![each[locked..].iter().sum::<f64>() + (c + 1.0) * classes]
            }),
            // Features, classes before, classes now.
            ("You replace the last layer", |n| vec![(n[0] + 1.0) * n[2]]),
            // Pictures: few, many, very many.
            ("What fits best", |n| {
                vec![if n[0] == 40.0 {
                    0.0
                } else if n[0] == 50_000.0 {
                    1.0
                } else {
                    2.0
                }]
            }),
            // Two weights before and after.
            ("has it moved", |n| {
                let way = (n[2] - n[0]).hypot(n[3] - n[1]);
                vec![(1000.0 * way / n[0].hypot(n[1])).round() / 10.0]
            }),
        ],
    );
}
