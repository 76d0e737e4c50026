//! What the topic on dropout promises.

use glassbox::gpu::{Plan, Runtime, Tensor};
use glassbox::ops::dropout::{DropoutOptions, dropout, dropout_mean};
use glassbox::ops::gradient::backward;

use super::run;

const CELLS: usize = 4096;
const MASKS: u32 = 1000;

fn ramp(plan: &mut Plan) -> Tensor {
    plan.constant("x", &[CELLS], (0..CELLS).map(|i| 1.0 + (i % 17) as f32).collect::<Vec<_>>())
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64
}

pub fn over_masks(runtime: &Runtime) {
    for rate in [0.2, 0.5, 0.9] {
        let mut plan = Plan::new();
        let x = ramp(&mut plan);
        let inverted = DropoutOptions { rate, ..DropoutOptions::default() };
        let unscaled = DropoutOptions { inverted: false, ..inverted };
        let scaled = dropout_mean(&mut plan, &x, &inverted, MASKS).unwrap();
        let forgotten = dropout_mean(&mut plan, &x, &unscaled, MASKS).unwrap();
        let (test, _) = dropout(&mut plan, &x, &DropoutOptions { train: false, ..inverted }).unwrap();
        let [scaled, forgotten, test] =
            run(runtime, plan, [&scaled, &forgotten, &test]).map(|values| mean(&values));
        assert!((scaled / test - 1.0).abs() < 0.01, "p = {rate}: {scaled} and {test}");
        assert!((forgotten / test - (1.0 - rate)).abs() < 0.01, "p = {rate}: {forgotten} and {test}");
    }
}

pub fn one_mask(runtime: &Runtime) {
    let mut plan = Plan::new();
    let x = ramp(&mut plan);
    let options = DropoutOptions { rate: 0.75, ..DropoutOptions::default() };
    let (y, _) = dropout(&mut plan, &x, &options).unwrap();
    let dx = backward(&mut plan, &y, None, &[&x]).unwrap().of(&x).unwrap();
    let [x, y, dx] = run(runtime, plan, [&x, &y, &dx]);
    for (i, ((x, y), slope)) in x.iter().zip(&y).zip(&dx).enumerate() {
        assert!((*slope == 0.0 || *slope == 4.0) && *y == slope * x, "{i}: {x}, {y}, {slope}");
    }
}
