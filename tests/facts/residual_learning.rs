//! What the topic on residual learning promises.

use glassbox::gpu::Runtime;
use glassbox::nn::{Init, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::unary::Act;
use glassbox::recipes::{Deep, Fashion, Form, Norm};

use super::vanishing_gradients::{norms, reaches};

/// Units of a layer and pictures of a batch, as on the page.
const WIDTH: usize = 32;
const BATCH: usize = 16;
/// Loss of a guess, -ln(1/10).
const GUESS: f64 = 2.303;

/// Blocks of two pre-activated layers.
fn deep(depth: usize, act: Act, norm: Norm, residual: bool) -> Deep {
    let init = if act == Act::RELU { Init::HeNormal } else { Init::XavierNormal };
    let (block, width, form) = (2, WIDTH, Form::Before);
    Deep {
        depth,
        block,
        width,
        form,
        norm,
        act,
        act_from: 1,
        init,
        ..Deep::new(Fashion::carried(), residual)
    }
}

/// The mean loss of the last ten of so many steps of Adam.
fn loss(runtime: &Runtime, task: &Deep, seed: u64, steps: usize) -> f64 {
    let setup = Setup { seed, ..Setup::new(BATCH, Optimiser::new(Method::Adam, 1e-3)) };
    let mut trainer = Trainer::new(runtime, task, setup).unwrap();
    trainer.run(steps);
    let records = trainer.records().unwrap();
    records[steps - 10..].iter().map(|r| f64::from(r.loss)).sum::<f64>() / 10.0
}

/// A pair that is trained: depth, activation and normalisation, seed, the least loss of the plain one and the largest one of
/// the residual one.
struct Pair(usize, Act, Norm, u64, f64, f64);

/// Of 24 layers of sigmoids, and of normalised ReLU units, those with ways around them learn and those without hardly do;
/// of 56 the plain ones guess. Eight plain layers have a lower training loss than 24.
pub fn trains(runtime: &Runtime) {
    const STEPS: usize = 60;
    let all = [
        Pair(24, Act::SIGMOID, Norm::None, 0, 0.97 * GUESS, 1.9),
        Pair(24, Act::RELU, Norm::Layer, 0, 1.9, 1.5),
        Pair(24, Act::RELU, Norm::Layer, 1, 1.9, 1.6),
        Pair(24, Act::RELU, Norm::Layer, 2, 1.9, 1.6),
        Pair(56, Act::RELU, Norm::Layer, 0, 0.97 * GUESS, 1.5),
    ];
    // The reference is slow: all but the first are left to the adapter.
    let count = if matches!(runtime, Runtime::Reference) { 1 } else { all.len() };
    for Pair(depth, act, norm, seed, least, most) in all.into_iter().take(count) {
        let [plain, residual] =
            [false, true].map(|residual| loss(runtime, &deep(depth, act, norm, residual), seed, STEPS));
        assert!(plain > least && residual < most, "{depth} layers: {plain} plain, {residual} residual");
    }
    if count > 1 {
        let shallow = loss(runtime, &deep(8, Act::RELU, Norm::Layer, false), 0, STEPS);
        assert!(shallow < 1.8, "{shallow}");
    }
}

/// The first layer's gradient as a share of the last one's: nothing vanishes where layers are normalised, skips or not; of
/// sigmoids the plain ones starve, and one missing skip is felt by all layers before it.
pub fn shares(runtime: &Runtime) {
    let share = |task: &Deep| reaches(&norms(runtime, task));
    for residual in [false, true] {
        let relu = share(&deep(24, Act::RELU, Norm::Layer, residual));
        assert!((0.3..10.0).contains(&relu), "{residual}: {relu}");
    }
    let plain = share(&deep(24, Act::SIGMOID, Norm::None, false));
    assert!(plain < 1e-12, "{plain}");
    let whole = deep(24, Act::SIGMOID, Norm::None, true);
    let missing = Deep { cut: vec![6], ..whole.clone() };
    let [whole, missing] = [whole, missing].map(|task| norms(runtime, &task));
    assert!((0.3..3.0).contains(&reaches(&whole)), "{whole:?}");
    // Block 6 has layers 12 and 13.
    for layer in 0..11 {
        assert!(missing[layer] < 0.2 * whole[layer], "layer {}: {missing:?} {whole:?}", layer + 1);
    }
}
