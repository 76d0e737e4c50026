//! What the topic on batch norm and dropout promises.

use glassbox::gpu::Runtime;
use glassbox::nn::{Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::recipes::{Between, Fashion, Modes};

/// Steps before both modes are compared, and over how many further ones.
const STEPS: usize = 30;
const COMPARED: usize = 10;

/// What one network notes, the mean of some steps: the gap, and the spread in training and in testing.
fn compared(runtime: &Runtime, between: Between, batch: usize) -> [f64; 3] {
    let data = Fashion::carried().first([1000, 100]);
    let task = Modes { data, between, rate: 0.5, momentum: 0.8 };
    let rate = 0.1 * (batch as f32 / 64.0).min(1.0);
    let mut trainer =
        Trainer::new(runtime, &task, Setup::new(batch, Optimiser::new(Method::Sgd, rate))).unwrap();
    trainer.run(STEPS);
    let noted = trainer.view(Modes::VIEW).unwrap().clone();
    let mut sums = [0.0; 3];
    for _ in 0..COMPARED {
        trainer.run(1);
        let row = trainer.session().read(noted.buf).unwrap();
        assert_eq!(row.len(), Modes::NOTED);
        sums.iter_mut().zip(&row).for_each(|(sum, v)| *sum += f64::from(*v) / COMPARED as f64);
    }
    [sums[0], sums[1].sqrt(), sums[2].sqrt()]
}

pub fn small_batches(runtime: &Runtime) {
    let [[two, ..], [many, ..]] = [2, 64].map(|batch| compared(runtime, Between::Norm, batch));
    assert!(two > 3.0 * many && many < 0.15, "{two} and {many}");
}

pub fn order(runtime: &Runtime) {
    let [_, training, testing] = compared(runtime, Between::DropoutNorm, 64);
    let shrunk = testing / training;
    // √(1 − p) for each of two blocks, where the inputs have mean 0.
    assert!((0.4..0.7).contains(&shrunk), "{shrunk}");
    let [_, training, testing] = compared(runtime, Between::NormDropout, 64);
    let kept = testing / training;
    assert!((kept - 1.0).abs() < 0.06, "{kept}");
}

pub fn neither(runtime: &Runtime) {
    let [gap, training, testing] = compared(runtime, Between::Nothing, 64);
    assert!(gap == 0.0 && training == testing, "{gap}, {training} and {testing}");
}
