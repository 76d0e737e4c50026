//! Linear probes behind blocks of a trained network and of the same one with random weights.

use glassbox::gpu::Runtime;
use glassbox::nn::{Record, Set, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::recipes::Fashion;
use glassbox::recipes::blocks::{ENDS, Probe, Weights};

use super::{say, shared};

/// Steps and batch of the page.
const STEPS: usize = 100;
const BATCH: usize = 32;
/// Unseen pictures.
const UNSEEN: usize = 200;

/// Trains a probe; gives its share of right answers on unseen pictures, and its steps.
fn probed(runtime: &Runtime, block: usize, weights: Weights) -> (f32, Vec<Record>) {
    let data = Fashion::carried().first([2000, UNSEEN]);
    let setup = Setup::new(BATCH, Optimiser::new(Method::Adam, 0.05));
    let mut trainer = Trainer::new(runtime, &Probe { data, block, weights }, setup).unwrap();
    // What learns are a scale and a shift of each mean, and the dense layer: nothing of the blocks.
    assert_eq!(trainer.parameters.count(), 2 * 16 + 170);
    trainer.run(STEPS);
    let records = trainer.records().unwrap();
    (trainer.evaluate(Set::Test, None).unwrap().accuracy.unwrap(), records)
}

#[test]
fn probes_rise_with_depth_where_weights_were_learned_and_hardly_where_not() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let last = ENDS.len() - 1;
    let shares = [Weights::Trained, Weights::Random(0)]
        .map(|weights| [0, last].map(|block| probed(&runtime, block, weights).0));
    say(&format!("trained and random, first and last block: {shares:?}"));
    let [trained, random] = shares.map(|[first, last]| last - first);
    assert!(trained > 0.2 && random < 0.5 * trained, "{shares:?}");
    assert!(shares.iter().flatten().all(|share| *share > 0.2), "above guessing: {shares:?}");
}

#[test]
fn a_probe_repeats_itself() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let [a, b] = [0, 1].map(|_| probed(&runtime, 1, Weights::Random(3)));
    assert_eq!(a, b);
}
