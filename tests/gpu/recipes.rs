//! What the recipes promise, held to the end: minutes, not seconds.

use std::path::Path;

use glassbox::gpu::Runtime;
use glassbox::models::network::Features;
use glassbox::models::{Network, WeightFile};
use glassbox::nn::{Evaluation, Set, Trainer};
use glassbox::recipes::own::{example, example_file};
use glassbox::recipes::{DataChoice, recipe};

use super::{say, shared};

/// Trains until `enough`, looking every `every` steps, and fails after the recipe's own number of steps.
fn learns(name: &str, every: usize, enough: impl Fn(&Evaluation) -> bool) -> Option<(Trainer, u64)> {
    let gpu = shared()?;
    let recipe = recipe(name).unwrap();
    let task = (recipe.task)(&DataChoice::default()).unwrap();
    let runtime = Runtime::Gpu(gpu.clone());
    let mut trainer = Trainer::new(&runtime, &*task, (recipe.setup)()).unwrap();
    let mut last = trainer.evaluate(Set::Test, None).unwrap();
    while !enough(&last) {
        assert!(trainer.step() < recipe.steps as u64, "{name} after {} steps: {last:?}", trainer.step());
        trainer.run(every);
        last = trainer.evaluate(Set::Test, None).unwrap();
    }
    let steps = trainer.step();
    say(&format!("{name}: {last:?} after {steps} steps"));
    Some((trainer, steps))
}

#[test]
fn a_small_convolutional_network_reaches_85_percent_within_six_passes() {
    if let Some((trainer, steps)) = learns("fashion-cnn", 200, |e| e.accuracy.unwrap() >= 0.85) {
        assert!(steps as usize * trainer.setup().batch <= 6 * 10_000);
    }
}

#[test]
fn two_numbers_halve_the_loss_of_an_autoencoder() {
    let first = std::cell::Cell::new(None);
    learns("autoencoder", 50, |e| {
        let begun = first.get().unwrap_or(e.loss);
        first.set(Some(begun));
        e.loss <= 0.5 * begun
    });
}

#[test]
fn attention_copies_and_looks_along_the_diagonal() {
    let Some((trainer, _)) = learns("bahdanau-copy", 100, |e| e.accuracy.unwrap() >= 0.95) else { return };
    let (shape, map) = trainer.evaluated_view(Set::Test, "attention").unwrap().unwrap();
    let [n, rows, columns] = shape.try_into().unwrap();
    let largest = |row: &[f32]| (0..columns).max_by(|&i, &j| row[i].total_cmp(&row[j])).unwrap();
    let on = map.chunks_exact(columns).enumerate().filter(|(i, row)| largest(row) == i % rows).count();
    let share = on as f32 / (n * rows) as f32;
    assert!(share > 0.6, "{share} of the letters look first at the letter that they copy");
}

#[test]
fn the_features_of_the_example_are_those_of_the_network() {
    let Some(gpu) = shared() else { return };
    let network = Network::embedded();
    let made = example_file(&mut Features::new(&network, &Runtime::Gpu(gpu.clone()))).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/own-example.safetensors");
    if std::env::var_os("GLASSBOX_RENEW_GOLDEN").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let [made, carried] =
        [made, std::fs::read(path).unwrap()].map(|b| WeightFile::from_bytes("", b).unwrap());
    let own = example();
    assert_eq!((own.groups.len(), own.count(), &own.model), (4, 48, &network.identity()));
    for name in carried.names() {
        let shape = carried.shape(&name).unwrap();
        let [made, carried] = [&made, &carried].map(|file| file.tensor(&name, shape).unwrap());
        let worst = made.iter().zip(&*carried).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let large = carried.iter().copied().fold(0.0, f32::max);
        assert!(!made.is_empty() && worst <= 1e-3 * large, "{name}: {worst} of {large}");
    }
}
