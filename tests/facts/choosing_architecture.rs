//! What the topic on choosing an architecture promises.

use glassbox::gpu::Runtime;
use glassbox::nn::{Set, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::recipes::{Classify, Fashion};

/// Steps of a training.
const STEPS: usize = 100;

/// Share of right answers of a network that has learned `samples` pictures: on them, and on others.
fn right(runtime: &Runtime, samples: usize, stack: &str) -> [f64; 2] {
    let data = Fashion::carried().first([samples, 320]);
    let task = Classify::new(data, &stack.parse().unwrap()).unwrap();
    let mut trainer =
        Trainer::new(runtime, &task, Setup::new(32, Optimiser::new(Method::Adam, 0.01))).unwrap();
    trainer.run(STEPS);
    [Set::Training, Set::Test]
        .map(|set| f64::from(trainer.evaluate(set, Some(10)).unwrap().accuracy.unwrap()))
}

pub fn few_samples(runtime: &Runtime) {
    let large = "average pool 2, flatten, dense 64, relu, dense 64, relu";
    let [seen, unseen] = right(runtime, 50, large);
    assert!(seen > 0.97 && seen - unseen > 0.2, "{seen} and {unseen}");
    let [more_seen, more_unseen] = right(runtime, 2000, large);
    assert!(more_seen - more_unseen < 0.12 && more_unseen > unseen + 0.05, "{more_seen} and {more_unseen}");
}

pub fn capacity(runtime: &Runtime) {
    let [_, small] = right(runtime, 1000, "average pool 2, flatten, dense 4, relu, dense 4, relu");
    let [_, large] = right(runtime, 1000, "average pool 2, flatten, dense 64, relu");
    assert!(large > small + 0.05, "{small} and {large}");
}
