//! What the topic on random weights promises.

use glassbox::gpu::{Plan, Runtime};
use glassbox::nn::Init;
use glassbox::nn::init::fans;
use glassbox::ops::gradient::backward;
use glassbox::ops::matmul::{Gemm, matmul};
use glassbox::ops::philox::Rng;
use glassbox::ops::unary::{Act, activation};

use super::{normal, run};

/// Layers, units of each, samples.
const LAYERS: usize = 30;
const UNITS: usize = 320;
const SAMPLES: usize = 4;

fn deviation(values: &[f32]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    (values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// Deviations of the sums in the first layer and in the last, and of the gradient there.
fn spread(runtime: &Runtime, init: Init, gain: f32, act: Act, seed: u64) -> [f64; 4] {
    let mut plan = Plan::new();
    let mut rng = Rng::new(seed);
    let mut h = plan.constant("x", &[SAMPLES, UNITS], normal(SAMPLES * UNITS, 4));
    let mut sums = Vec::new();
    for _ in 0..LAYERS {
        let w = plan.constant("w", &[UNITS, UNITS], init.values(&[UNITS, UNITS], &mut rng));
        let z = matmul(&mut plan, &h, &w, None, &Gemm { alpha: gain, ..Gemm::NT }).unwrap();
        h = activation(&mut plan, &z, act);
        sums.push(z);
    }
    let seed = plan.constant("seed", &[SAMPLES, UNITS], normal(SAMPLES * UNITS, 5));
    let gradients = backward(&mut plan, &h, Some(&seed), &[&sums[0]]).unwrap();
    let (first, last) = (&sums[0], &sums[LAYERS - 1]);
    let [d_first, d_last] = [first, last].map(|z| gradients.of(z).unwrap());
    let read = run(runtime, plan, [first, last, &d_first, &d_last]);
    read.map(|values| deviation(&values))
}

pub fn gains(runtime: &Runtime) {
    for seed in [1, 2] {
        let [first, last, back, end] = spread(runtime, Init::HeNormal, 1.0, Act::RELU, seed);
        assert!((0.5..2.0).contains(&(last / first)), "gain 1: {first} becomes {last}");
        assert!((0.5..2.0).contains(&(back / end)), "gain 1 backwards: {end} becomes {back}");
    }
    let [first, last, back, end] = spread(runtime, Init::HeNormal, 0.5, Act::RELU, 1);
    assert!(last / first < 1e-7 && back / end < 1e-7, "gain 0.5: {first} becomes {last}, {end} {back}");
    let [first, last, back, end] = spread(runtime, Init::HeNormal, 2.0, Act::RELU, 1);
    assert!(last / first > 1e7 && back / end > 1e7, "gain 2: {first} becomes {last}, {end} {back}");
    let [first, last, ..] = spread(runtime, Init::XavierNormal, 1.0, Act::RELU, 1);
    assert!(last / first < 1e-3, "Xavier on ReLU: {first} becomes {last}");
    let [first, last, back, end] = spread(runtime, Init::Orthogonal(1.0), 1.0, Act::IDENTITY, 1);
    for ratio in [last / first, back / end] {
        assert!((ratio - 1.0).abs() < 0.02, "orthogonal: {ratio}");
    }
}

pub fn deviations(_: &Runtime) {
    for shape in [vec![64, 300], vec![200, 50], vec![32, 16, 3, 3]] {
        let [fan_in, fan_out] = fans(&shape).map(|fan| fan as f64);
        for (init, variance) in [
            (Init::HeNormal, 2.0 / fan_in),
            (Init::HeUniform, 2.0 / fan_in),
            (Init::XavierNormal, 2.0 / (fan_in + fan_out)),
            (Init::XavierUniform, 2.0 / (fan_in + fan_out)),
            (Init::LeCunNormal, 1.0 / fan_in),
        ] {
            let drawn = deviation(&init.values(&shape, &mut Rng::new(7)));
            let told = f64::from(init.deviation(fans(&shape)));
            assert!((told / variance.sqrt() - 1.0).abs() < 1e-5, "{init:?} of {shape:?}: {told}");
            assert!((drawn / told - 1.0).abs() < 0.05, "{init:?} of {shape:?}: {drawn} instead of {told}");
        }
    }
}
