//! What the topics on vanishing and exploding gradients promise.

use glassbox::gpu::{Plan, Runtime, Tensor};
use glassbox::nn::{Init, Setup, Trainer};
use glassbox::ops::gradient::backward;
use glassbox::ops::matmul::{Gemm, matmul};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::philox::Rng;
use glassbox::ops::unary::Act;
use glassbox::recipes::{Deep, Fashion};

use super::run;

const WIDTH: usize = 64;

/// A deep network with an activation behind every layer but the last.
fn deep(depth: usize, act: Act, init: Init, residual: bool) -> Deep {
    Deep { depth, width: WIDTH, act, act_from: 1, init, ..Deep::new(Fashion::carried(), residual) }
}

fn sgd(batch: usize, rate: f32) -> Setup {
    Setup::new(batch, Optimiser::new(Method::Sgd, rate))
}

/// The norm of each layer's weight gradient in the first step.
pub fn norms(runtime: &Runtime, task: &Deep) -> Vec<f64> {
    let mut trainer = Trainer::new(runtime, task, sgd(10, 0.0)).unwrap();
    trainer.run(1);
    let all = trainer.session().read(trainer.all_gradients().buf).unwrap();
    let of = |layer: &glassbox::nn::Layer| {
        let weight = trainer.parameters.get(layer.params[0]);
        let from = trainer.parameters.offset(weight);
        let squares = all[from..from + weight.len()].iter().map(|v| f64::from(*v).powi(2));
        squares.sum::<f64>().sqrt()
    };
    trainer.layers().iter().map(of).collect()
}

/// The first one over the last one.
pub fn reaches(norms: &[f64]) -> f64 {
    norms[0] / norms[norms.len() - 1]
}

pub fn vanishes(runtime: &Runtime) {
    let share = |act, init, residual| reaches(&norms(runtime, &deep(20, act, init, residual)));
    let sigmoid = share(Act::SIGMOID, Init::XavierNormal, false);
    assert!(sigmoid > 0.0 && sigmoid < 1e-6, "{sigmoid}");
    let relu = share(Act::RELU, Init::HeNormal, false);
    assert!((0.01..100.0).contains(&relu), "{relu}");
    let around = share(Act::SIGMOID, Init::XavierNormal, true);
    assert!((0.01..100.0).contains(&around), "{around}");
    let tanh = share(Act::TANH, Init::XavierNormal, false);
    assert!((0.01..100.0).contains(&tanh), "{tanh}");
}

pub fn explodes(runtime: &Runtime) {
    const RATE: f32 = 0.01;
    let task = deep(20, Act::RELU, Init::HeNormal, false);
    let setup = Setup { init_scale: 2.0, ..sgd(10, RATE) };
    let train = |setup: Setup, steps: usize| {
        let mut trainer = Trainer::new(runtime, &task, setup).unwrap();
        trainer.run(steps);
        let records = trainer.records().unwrap();
        (trainer, records)
    };
    let (_, wild) = train(setup, 10);
    assert!(wild[0].loss.is_finite() && wild[0].gradient_norm > 1e4, "{:?}", wild[0]);
    assert!(wild.iter().any(|r| !r.loss.is_finite()), "{wild:?}");
    let (mut trainer, tame) = train(Setup { clip_norm: Some(1.0), ..setup }, 20);
    assert!(tame.iter().all(|r| r.loss.is_finite() && r.gradient_norm.is_finite()), "{tame:?}");
    // A step of gradient descent is the clipped gradient times the rate.
    let weights = |trainer: &Trainer| trainer.session().read(trainer.all_weights().buf).unwrap();
    let before = weights(&trainer);
    trainer.run(1);
    let after = weights(&trainer);
    let moved: f64 = before.iter().zip(&after).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
    assert!(moved / f64::from(RATE) <= 1.001, "{moved}");
    let (_, sound) = train(Setup { init_scale: 1.0, ..setup }, 10);
    assert!(sound.iter().all(|r| r.loss.is_finite() && r.gradient_norm < 100.0), "{sound:?}");
}

pub fn recurs(runtime: &Runtime) {
    const STATE: usize = 16;
    const TURNS: usize = 50;
    for gain in [0.8_f32, 1.0, 1.2] {
        let mut plan = Plan::new();
        let mut rng = Rng::new(5);
        let w = Init::Orthogonal(gain).values(&[STATE, STATE], &mut rng);
        let w = plan.constant("W", &[STATE, STATE], w);
        let mut h = plan.constant("h", &[1, STATE], Init::Normal(1.0).values(&[STATE], &mut rng));
        let mut states = vec![h.clone()];
        for _ in 1..TURNS {
            h = matmul(&mut plan, &h, &w, None, &Gemm::NT).unwrap();
            states.push(h.clone());
        }
        let read = plan.constant("v", &[1, STATE], vec![0.25; STATE]);
        let loss = matmul(&mut plan, &h, &read, None, &Gemm::NT).unwrap();
        let wrt: Vec<&Tensor> = states.iter().collect();
        let found = backward(&mut plan, &loss, None, &wrt).unwrap();
        let [first, last] = [0, TURNS - 1].map(|turn| found.of(&states[turn]).unwrap());
        let [first, last] = run(runtime, plan, [&first, &last]);
        let norm = |d: &[f32]| d.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        let (got, want) = (norm(&first) / norm(&last), f64::from(gain).powi(TURNS as i32 - 1));
        assert!((got / want - 1.0).abs() < 1e-3, "gain {gain}: {got} instead of {want}");
    }
}

/// The gradients on both pages, of the first, a middle and the last layer, against finite differences.
pub fn finite_differences(runtime: &Runtime) {
    const EPS: f32 = 1e-2;
    let task = deep(4, Act::TANH, Init::XavierNormal, false);
    let mut trainer = Trainer::new(runtime, &task, sgd(10, 0.0)).unwrap();
    let start = trainer.checkpoint().unwrap();
    trainer.run(1);
    let gradients = trainer.session().read(trainer.all_gradients().buf).unwrap();
    let places: Vec<usize> = trainer
        .layers()
        .iter()
        .map(|layer| {
            let weight = trainer.parameters.get(layer.params[0]);
            let from = trainer.parameters.offset(weight);
            let size = |i: &usize| gradients[*i].abs();
            (from..from + weight.len()).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap()
        })
        .collect();
    for at in places {
        let mut loss = |by: f32| {
            let mut moved = start.clone();
            moved.w[at] += by;
            trainer.restore(&moved).unwrap();
            trainer.run(1);
            f64::from(trainer.records().unwrap().last().unwrap().loss)
        };
        let slope = (loss(EPS) - loss(-EPS)) / (2.0 * f64::from(EPS));
        let have = f64::from(gradients[at]);
        assert!((slope / have - 1.0).abs() < 0.02, "weight {at}: {have}, but {slope} by differences");
    }
}
