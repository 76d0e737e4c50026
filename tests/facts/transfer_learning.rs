//! What the topic on transfer learning promises.

use glassbox::gpu::Runtime;
use glassbox::nn::{Set, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::recipes::Transfer;
use glassbox::recipes::transfer::{FILTERS, MOVED, Start, directions, new_clothes};

/// Pictures of a batch, as on the page.
const BATCH: usize = 32;
/// Examples of a class.
const FEW: usize = 20;

fn trainer(runtime: &Runtime, task: &Transfer, rate: f32, seed: u64) -> Trainer {
    let setup = Setup { seed, ..Setup::new(BATCH, Optimiser::new(Method::Adam, rate)) };
    Trainer::new(runtime, task, setup).unwrap()
}

/// Share of unseen pictures that is right after so many steps.
fn right(runtime: &Runtime, task: &Transfer, rate: f32, seed: u64, steps: usize) -> f32 {
    let mut trainer = trainer(runtime, task, rate, seed);
    trainer.run(steps);
    trainer.evaluate(Set::Test, None).unwrap().accuracy.unwrap()
}

/// What is frozen keeps its bits, and what is not learns.
pub fn frozen(runtime: &Runtime) {
    for frozen in 0..=FILTERS.len() {
        let task = Transfer { data: new_clothes(5, 2), start: Start::Learned { frozen } };
        let mut trainer = trainer(runtime, &task, 0.01, 1);
        let [before, after] = [0, 3].map(|steps| {
            trainer.run(steps);
            trainer.checkpoint().unwrap().w
        });
        for parameter in trainer.parameters.list() {
            let own = trainer.parameters.offset(parameter)..;
            let same = before[own.clone()][..parameter.len()]
                .iter()
                .zip(&after[own][..parameter.len()])
                .all(|(a, b)| a.to_bits() == b.to_bits());
            let locked = (1..=frozen).any(|n| parameter.name.starts_with(&format!("conv{n}.")));
            assert_eq!(same, locked, "{} with {frozen} frozen", parameter.name);
        }
        for (convolution, name) in MOVED.into_iter().enumerate() {
            let moved = trainer.view(name).unwrap().clone();
            let moved = trainer.session().read(moved.buf).unwrap();
            assert_eq!(moved.len(), FILTERS[convolution]);
            let still = moved.iter().all(|v| v.to_bits() == 0);
            assert_eq!(still, convolution < frozen, "{name} with {frozen} frozen: {moved:?}");
        }
    }
}

/// With few examples what was learned before beats first weights that are chance.
pub fn few_examples(runtime: &Runtime) {
    // The reference is slow: it takes one seed, and fewer steps.
    let (seeds, steps) = if matches!(runtime, Runtime::Reference) { (1, 24) } else { (3, 100) };
    for seed in 0..seeds {
        let task = |start| Transfer { data: new_clothes(5, FEW), start };
        let scratch = right(runtime, &task(Start::Random), 0.005, seed, steps);
        let frozen = right(runtime, &task(Start::Learned { frozen: 3 }), 0.005, seed, steps);
        let tuned = right(runtime, &task(Start::Learned { frozen: 1 }), 0.002, seed, steps);
        assert!(tuned > scratch + 0.1, "seed {seed}: fine-tuned {tuned}, from scratch {scratch}");
        assert!(frozen > scratch + 0.05, "seed {seed}: frozen {frozen}, from scratch {scratch}");
    }
}

/// With many examples of an unrelated task locked filters hold back.
pub fn unrelated(runtime: &Runtime) {
    // Learning it takes steps that the reference has no time for.
    if matches!(runtime, Runtime::Reference) {
        return;
    }
    let task = |start| Transfer { data: directions(5, 1000), start };
    let scratch = right(runtime, &task(Start::Random), 0.005, 0, 160);
    let locked = right(runtime, &task(Start::Learned { frozen: 3 }), 0.005, 0, 160);
    assert!(scratch > locked + 0.15, "from scratch {scratch}, locked {locked}");
}
