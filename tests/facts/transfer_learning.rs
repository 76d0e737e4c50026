//! What the topic on transfer learning promises.

use glassbox::data::groups::held_back;
use glassbox::gpu::Runtime;
use glassbox::models::network::top;
use glassbox::nn::{Set, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::philox::Rng;
use glassbox::recipes::Transfer;
use glassbox::recipes::own::{
    Head, OwnGroup, OwnHead, OwnPicture, OwnPictures, PIXELS, STEPS, example, setup,
};
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

/// Pictures of two groups as eight features each, every fourth of them held back.
fn own_pictures() -> OwnPictures {
    let mut rng = Rng::new(3);
    let mut group = |name: &str, shift: f32| {
        let features = |_| (0..8).map(|i| if i == 7 { 0.5 } else { rng.normal() + shift }).collect();
        let pictures = (0..12).map(features).zip(held_back(12, 0, 0)).enumerate();
        let named = |(i, (features, held_back))| {
            let pixels = [0.5; PIXELS].into();
            OwnPicture { name: format!("{i}"), pixels, features, held_back }
        };
        OwnGroup { name: name.to_owned(), pictures: pictures.map(named).collect() }
    };
    OwnPictures { groups: vec![group("low", -1.5), group("high", 1.5)], model: "eight".to_owned() }
}

/// A head tells groups apart, the evaluator judges it as its own logits do, and a file keeps every bit of it.
pub fn own_head(runtime: &Runtime) {
    let pictures = own_pictures();
    let task = OwnHead::new(&pictures);
    let mut trainer = Trainer::new(runtime, &task, setup(&task, 0)).unwrap();
    trainer.run(STEPS);
    let judged = trainer.evaluate(Set::Test, None).unwrap();
    let head = Head::of(&pictures, &trainer).unwrap();
    let unseen: Vec<_> = pictures.set(true).collect();
    let features: Vec<&[f32]> = unseen.iter().map(|(_, own)| &*own.features).collect();
    let logits = head.logits(runtime, &features).unwrap();
    assert_eq!(logits.0, [6, 2]);
    let rows = logits.1.chunks_exact(2).zip(&unseen);
    let right = rows.filter(|(row, (group, _))| top(row, 1) == [*group]).count();
    assert_eq!(judged.accuracy, Some(right as f32 / 6.0));
    assert!(right == 6, "{right} of 6 are right");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head.safetensors");
    head.save(&path).unwrap();
    let loaded = Head::load(&path).unwrap();
    let bits = |logits: &[f32]| logits.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&loaded.logits(runtime, &features).unwrap().1), bits(&logits.1));
    assert_eq!(loaded, head);
}

/// On the example a head knows more of unseen pictures by the features of a network than by their pixels.
pub fn features_beat_pixels(runtime: &Runtime) {
    let (seeds, steps) = if matches!(runtime, Runtime::Reference) { (1, 20) } else { (3, STEPS) };
    for seed in 0..seeds {
        let pictures = example().held_back(seed);
        let right = [OwnHead::new(&pictures), OwnHead::on_pixels(&pictures)].map(|task| {
            let mut trainer = Trainer::new(runtime, &task, setup(&task, seed)).unwrap();
            trainer.run(steps);
            trainer.evaluate(Set::Test, None).unwrap().accuracy.unwrap()
        });
        assert!(right[0] > 0.8 && right[0] > right[1] + 0.25, "seed {seed}: features and pixels {right:?}");
    }
}

/// Fewer examples are fewer to learn from, and as many are held back.
pub fn fewer_examples(_: &Runtime) {
    let pictures = example().held_back(0);
    let [learned, held_back] = [false, true].map(|held_back| pictures.set(held_back).count());
    let few = pictures.with_examples(2);
    assert_eq!([false, true].map(|held_back| few.set(held_back).count()), [2 * 4, held_back]);
    assert_eq!((learned, held_back), (36, 12));
}
