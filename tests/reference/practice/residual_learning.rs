//! On residual learning.

use super::hold;

#[test]
fn residual_learning() {
    // Of the blocks: side twice, channels, 3x3, channels out, and what follows.
    hold(
        "residual-learning",
        &[
            ("how wide and how many", |n| {
                let side = ((n[0] + 2.0 - 3.0) / 2.0).floor() + 1.0;
                vec![side, side, n[5]]
            }),
            ("How many weights has", |n| {
                let (from, to) = (n[2], n[5]);
                vec![9.0 * from * to + 9.0 * to * to + from * to]
            }),
            ("is removed", |n| vec![(1.0 + n[1]).powf(n[0] - 1.0) * n[1]]),
            ("How many shortcuts", |n| vec![((n[0] - 2.0) / 2.0).ceil()]),
            ("Which shortcut", |n| vec![if n[2] == 1.0 && n[0] == n[1] { 0.0 } else { 1.0 }]),
        ],
    );
}
