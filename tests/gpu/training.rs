//! Networks learn on the adapter, repeat themselves, and agree with the reference.

use std::time::Duration;

use glassbox::data::toy::{Points, Toy};
use glassbox::gpu::{Runtime, Tensor};
use glassbox::nn::layers::{BatchNorm, Dropout, Linear};
use glassbox::nn::{
    Graph, Init, Net, Outcome, Parameters, Record, Ring, Set, Setup, Symptom, Task, Trainer, Watch, diagnose,
    symptoms, watch,
};
use glassbox::ops::OpError;
use glassbox::ops::batch::{Draw, Format, Samples, batch, batch_ids};
use glassbox::ops::loss::{ClassLoss, cross_entropy};
use glassbox::ops::metric::hits;
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::unary::{Act, activation};
use glassbox::recipes::{DataChoice, RECIPES, recipe};

use super::shared;

fn trainer_with(runtime: &Runtime, name: &str, change: impl FnOnce(&mut Setup)) -> Trainer {
    let recipe = recipe(name).unwrap();
    let mut setup = (recipe.setup)();
    change(&mut setup);
    let task = (recipe.task)(&DataChoice::default()).unwrap();
    Trainer::new(runtime, &*task, setup).unwrap()
}

fn trainer(runtime: &Runtime, name: &str) -> Trainer {
    trainer_with(runtime, name, |_| {})
}

fn run(trainer: &mut Trainer, steps: usize) -> Vec<Record> {
    trainer.run(steps);
    trainer.records().unwrap()
}

fn losses(records: &[Record]) -> Vec<f32> {
    records.iter().map(|r| r.loss).collect()
}

#[test]
fn every_recipe_takes_a_step_and_lowers_its_loss() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    for r in RECIPES.iter().filter(|r| r.name != "plain-20") {
        let mut trainer = trainer_with(&runtime, r.name, |setup| setup.batch = 16);
        let losses = losses(&run(&mut trainer, 40));
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        assert!(losses.iter().all(|l| l.is_finite()), "{}: {losses:?}", r.name);
        assert!(mean(&losses[30..]) < mean(&losses[..5]), "{}: {losses:?}", r.name);
    }
}

#[test]
fn the_first_ten_losses_agree_with_the_reference() {
    // A smaller batch than the recipe's: the reference multiplies one number after the other.
    let small = |runtime: &Runtime| trainer_with(runtime, "fashion-cnn", |setup| setup.batch = 8);
    let Some(gpu) = shared() else { return };
    let on_gpu = run(&mut small(&Runtime::Gpu(gpu.clone())), 10);
    let on_reference = run(&mut small(&Runtime::Reference), 10);
    for (a, b) in on_gpu.iter().zip(&on_reference) {
        assert!((a.loss - b.loss).abs() <= 1e-4, "{a:?} {b:?}");
        assert_eq!(a.accuracy.map(|x| (8.0 * x).round()), b.accuracy.map(|x| (8.0 * x).round()));
    }
}

#[test]
fn a_seed_gives_the_same_losses_and_another_seed_others() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let of = |seed| losses(&run(&mut trainer_with(&runtime, "spiral", |setup| setup.seed = seed), 60));
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn a_step_back_leads_the_same_way_again() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let mut trainer = trainer(&runtime, "spiral");
    let mut ring = Ring::of_bytes(1 << 20, trainer.parameters.buffer_len());
    run(&mut trainer, 20);
    ring.push(trainer.checkpoint().unwrap());
    let first = losses(&run(&mut trainer, 20));
    trainer.restore(ring.at(25).unwrap()).unwrap();
    assert_eq!(trainer.step(), 20);
    assert_eq!(losses(&run(&mut trainer, 20)), first);
    trainer.reset();
    assert_eq!(trainer.step(), 0);
}

#[test]
fn a_learning_rate_takes_hold_at_the_next_step() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let mut trainer = trainer(&runtime, "spiral");
    let mut optimiser = trainer.setup().optimiser;
    optimiser.lr = 1e-30;
    trainer.set_optimiser(optimiser);
    let before = trainer.checkpoint().unwrap().w;
    assert!(trainer.run_for(Duration::from_millis(1), 8).unwrap() >= 1);
    let largest =
        trainer.checkpoint().unwrap().w.iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest < 1e-12, "{largest}");
}

#[test]
fn added_paths_let_twenty_layers_learn_and_the_watch_says_why_plain_ones_do_not() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let [mut plain, mut residual] = ["plain-20", "residual-20"].map(|name| trainer(&runtime, name));
    assert_eq!(plain.parameters.initial(), residual.parameters.initial());
    run(&mut plain, 150);
    run(&mut residual, 150);
    let [stuck, learned] =
        [&mut plain, &mut residual].map(|t| t.evaluate(Set::Test, Some(2)).unwrap().accuracy.unwrap());
    assert!(stuck < 0.3 && learned > 0.5, "{stuck} {learned}");
    let gradient_of = |trainer: &Trainer, layer: &str| {
        let statistics = Watch::new(trainer).unwrap().look().unwrap();
        let found = statistics.iter().find(|s| s.layer == layer && s.role == watch::Role::WeightGradient);
        found.unwrap().norm
    };
    assert!(gradient_of(&residual, "layer2") > 1e3 * gradient_of(&plain, "layer2"));
}

#[test]
fn the_watch_counts_what_is_there_and_names_what_is_wrong() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let mut trainer = trainer_with(&runtime, "fashion-mlp", |setup| setup.init_scale = 1e30);
    trainer.run(2);
    let watch = Watch::new(&trainer).unwrap();
    let statistics = watch.look().unwrap();
    assert!(symptoms(trainer.step(), &statistics).len() > 1);
    let said = diagnose(&trainer.records().unwrap(), &[], &statistics).unwrap().to_string();
    assert!(said.starts_with("step 1, hidden: ") && said.contains("NaN or infinite"), "{said}");

    // Sigmoids far out, and a network whose gradient does not come back.
    trainer = trainer_with(&runtime, "plain-20", |setup| setup.init_scale = 300.0);
    run(&mut trainer, 1);
    let statistics = Watch::new(&trainer).unwrap().look().unwrap();
    let findings = symptoms(1, &statistics);
    let has = |f: fn(&Symptom) -> bool| findings.iter().any(|found| f(&found.symptom));
    assert!(has(|p| matches!(p, Symptom::Saturated(share) if *share > 0.9)), "{findings:?}");
    assert!(has(|p| matches!(p, Symptom::Vanished(_))), "{findings:?}");

    // ReLUs that are below 0 for every picture.
    trainer = trainer_with(&runtime, "fashion-mlp", |setup| setup.optimiser.lr = 300.0);
    run(&mut trainer, 3);
    let statistics = Watch::new(&trainer).unwrap().look().unwrap();
    let hidden =
        statistics.iter().find(|s| s.layer == "hidden" && s.role == watch::Role::Activation).unwrap();
    let dead = symptoms(3, &statistics).iter().any(|f| matches!(f.symptom, Symptom::Dead(_)));
    assert!(hidden.dead > 0.5 && dead, "{hidden:?}");

    trainer = trainer_with(&runtime, "fashion-mlp", |_| {});
    run(&mut trainer, 1);
    let statistics = Watch::new(&trainer).unwrap().look().unwrap();
    assert!(symptoms(1, &statistics).is_empty());
    let hidden =
        statistics.iter().find(|s| s.layer == "hidden" && s.role == watch::Role::Activation).unwrap();
    assert_eq!(hidden.histogram.iter().sum::<f32>(), 50.0 * 128.0);
    assert!(hidden.lo == 0.0 && hidden.hi > 0.0 && hidden.norm > 0.0);
}

/// Points of a spiral through a layer with batch normalisation.
#[derive(Clone)]
struct Normalised {
    points: Points,
    dropout: f64,
}

struct NormalisedNet {
    task: Normalised,
    layers: (Linear, BatchNorm, Linear),
}

impl Task for Normalised {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let first = Linear::new(p, "first", [2, 16], Act::IDENTITY, Init::XavierUniform);
        let norm = BatchNorm::new(p, "norm", 16);
        let last = Linear::new(p, "last", [16, 3], Act::IDENTITY, Init::XavierUniform);
        Box::new(NormalisedNet { task: self.clone(), layers: (first, norm, last) })
    }

    fn samples(&self) -> [usize; 2] {
        [self.points.class.len(); 2]
    }
}

impl Net for NormalisedNet {
    fn forward(&self, g: &mut Graph, _: Set, draw: Draw) -> Result<Outcome, OpError> {
        let (first, norm, last) = &self.layers;
        let points = &self.task.points;
        let n = points.class.len();
        let at = g.plan.constant("points", &[2 * n], points.words());
        let labels = g.plan.constant("labels", &[n], points.labels());
        let steps = g.steps.clone();
        let of = |width| Samples { n, width, pitch: width, offset: 0 };
        let x = batch(&mut g.plan, &at, &steps, of(2), draw, Format::Floats)?;
        let classes = batch_ids(&mut g.plan, &labels, &steps, of(1), draw)?.view(&[draw.batch]);
        let x = first.forward(g, &x)?;
        let x = norm.forward(g, &x)?;
        let x = activation(&mut g.plan, &x, Act::RELU);
        let x = Dropout::new("dropout", self.task.dropout, 0, 0).forward(g, &x)?;
        let logits = last.forward(g, &x)?;
        let loss = cross_entropy(&mut g.plan, &logits, &classes, &ClassLoss::default())?.loss;
        Ok(Outcome { loss, right: Some(hits(&mut g.plan, &logits, &classes)?), views: vec![] })
    }
}

fn normalised(dropout: f64) -> Normalised {
    Normalised { points: Toy::Spiral.points(300, 0.03, 1), dropout }
}

#[test]
fn each_step_drops_other_units() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let setup = Setup::new(50, Optimiser::new(Method::Sgd, 1e-9));
    let mut trainer = Trainer::new(&runtime, &normalised(0.5), setup).unwrap();
    let mut mask = || {
        trainer.run(1);
        let layer = trainer.layers().iter().find(|l| l.name == "dropout").unwrap();
        let read = |t: &Tensor| trainer.session().read(t.buf).unwrap();
        let (y, mask) = (read(&layer.output), read(layer.extra("mask").unwrap()));
        assert!(y.iter().zip(&mask).all(|(y, m)| *y == 0.0 || *m == 1.0));
        // The same mask on the gradient, at the same scale: dx = dy·m/(1 − p).
        let plan = trainer.session().plan();
        let (step, _) = plan.producer(layer.output.buf).unwrap();
        let x = Tensor { buf: plan.steps[step.0].ins[0].unwrap(), ..layer.output.clone() };
        let d = [&layer.output, &x].map(|t| read(&trainer.gradient(t).unwrap()));
        assert!(d[0].iter().zip(&d[1]).zip(&mask).all(|((dy, dx), m)| *dx == 2.0 * dy * m));
        mask
    };
    let (a, b) = (mask(), mask());
    let differ = a.iter().zip(&b).filter(|(a, b)| a != b).count() as f64 / a.len() as f64;
    assert!(differ > 0.2, "{differ}");
}

#[test]
fn running_statistics_are_kept_but_not_learned() {
    let Some(runtime) = shared().cloned().map(Runtime::Gpu) else { return };
    let task = normalised(0.0);
    let optimiser = Optimiser { weight_decay: 0.1, ..Optimiser::new(Method::AdamW, 1e-2) };
    let mut trainer = Trainer::new(&runtime, &task, Setup::new(50, optimiser)).unwrap();
    let value = |trainer: &Trainer, name: &str| {
        let p = trainer.parameters.list().iter().find(|p| p.name == name).unwrap().clone();
        let at = trainer.parameters.offset(&p);
        trainer.checkpoint().unwrap().w[at..at + p.len()].to_vec()
    };
    assert_eq!(value(&trainer, "norm.running_var"), [1.0; 16]);
    let losses = losses(&run(&mut trainer, 200));
    assert!(losses[199] < 0.8 * losses[0], "{losses:?}");
    // Nobody but the batches moves them: weight decay does not.
    let [mean, variance] = ["norm.running_mean", "norm.running_var"].map(|name| value(&trainer, name));
    assert!(
        mean.iter().any(|m| m.abs() > 1e-3) && variance.iter().all(|v| *v > 1e-4),
        "{mean:?} {variance:?}"
    );
    // Judged by them, the network does as well as by its batches.
    let [batch, whole] = [losses[199], trainer.evaluate(Set::Test, None).unwrap().loss];
    assert!((batch - whole).abs() < 0.2, "{batch} {whole}");
}
