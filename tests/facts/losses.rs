//! What the topic on losses promises.

use glassbox::gpu::{Plan, Runtime};
use glassbox::ops::gradient::backward;
use glassbox::recipes::{Loss, Shape};

use super::run;

const SHAPE: Shape = Shape { delta: 0.5, gamma: 2.0, smoothing: 0.1 };

/// Loss and slope of each number.
fn both(runtime: &Runtime, loss: Loss, x: &[f32]) -> [Vec<f32>; 2] {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[x.len()], x.to_vec());
    let y = loss.record(&mut plan, &x, SHAPE).unwrap();
    let slope = backward(&mut plan, &y, None, &[&x]).unwrap().of(&x).unwrap();
    run(runtime, plan, [&y, &slope])
}

pub fn slopes_are_finite_differences(runtime: &Runtime) {
    const H: f32 = 1.0 / 64.0;
    // Away from the corners of the absolute error, of Huber's loss and of the hinge.
    let x: Vec<f32> = (-28..=28).map(|i| i as f32 / 8.0 + 0.05).collect();
    for loss in Loss::ALL {
        let [_, slope] = both(runtime, loss, &x);
        let [before, behind] =
            [-H, H].map(|h| both(runtime, loss, &x.iter().map(|x| x + h).collect::<Vec<f32>>())[0].clone());
        for (i, slope) in slope.iter().enumerate() {
            let finite = (behind[i] - before[i]) / (2.0 * H);
            // Losses of size 12 in 32-bit floats, over 2H: 5e-5; the curvature of the focal loss leaves a little more.
            let close = (finite - slope).abs() <= 2e-3 * slope.abs().max(1.0);
            let corner = [0.0, 0.5, -0.5, 1.0].iter().any(|corner| (x[i] - corner).abs() <= H);
            assert!(close || corner, "{loss:?} at {}: slope {slope}, finite difference {finite}", x[i]);
        }
    }
}

pub fn certain_and_wrong(runtime: &Runtime) {
    let slope = |loss| both(runtime, loss, &[-6.0])[1][0];
    // p − 1, p = σ(−6)
    let p = 1.0 / (1.0 + 6.0_f32.exp());
    for loss in [Loss::CrossEntropy, Loss::Binary] {
        assert!((slope(loss) - (p - 1.0)).abs() < 1e-5, "{loss:?}: {}", slope(loss));
    }
    let stalled = slope(Loss::SquaredSigmoid);
    let formula = 2.0 * (p - 1.0) * p * (1.0 - p);
    assert!((stalled - formula).abs() < 1e-5 && stalled.abs() < 0.006, "{stalled}, by formula {formula}");
}
