//! Training while somebody watches: every look back, every other way and every interruption ends in the
//! numbers of an undisturbed run.

use std::rc::Rc;
use std::time::Duration;

use glassbox::gpu::{Data, Gpu, Runtime, Tensor};
use glassbox::nn::{
    Contender, Evaluation, Pace, Player, Record, Role, Run, RunId, Set, Setup, TrainError, Trainer, Watch,
};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::philox::Rng;
use glassbox::recipes::{Classify, Fashion, Plane};

use super::adapter::{open, shared};

pub const A: RunId = RunId(0);
const B: RunId = RunId(1);

pub fn setup(lr: f32) -> Setup {
    Setup::new(50, Optimiser::new(Method::Adam, lr))
}

pub fn spiral(name: &str, lr: f32) -> Contender {
    Contender::new(name, Rc::new(Plane::spiral(0)), setup(lr))
}

/// Few pictures and a network with all that keeps or draws something of its own.
pub fn pictures() -> Contender {
    let stack = "conv 4 of 5x5 stride 3, batch norm, relu, dropout 0.3, dense 12, tanh".parse().unwrap();
    let task = Classify::new(Fashion::carried().first([60, 40]), &stack).unwrap();
    Contender::new("pictures", Rc::new(task), Setup { batch: 10, watch_gradients: true, ..setup(1e-2) })
}

fn frame(player: &mut Player, gpu: &Gpu, pace: Pace) -> usize {
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let steps = player.frame(Some(&mut encoder), pace).unwrap();
    gpu.queue.submit([encoder.finish()]);
    steps
}

/// Frames until there is nothing to do.
pub fn settle(player: &mut Player, gpu: &Gpu, pace: Pace) {
    for _ in 0..10_000 {
        if !player.busy() {
            return;
        }
        frame(player, gpu, pace);
        if pace != Pace::Fixed(1) {
            gpu.wait().unwrap();
        }
    }
    panic!("no end of it at step {} of {}", player.showing(), player.target());
}

/// A player that has taken so many steps.
pub fn played(gpu: &Gpu, contenders: &[Contender], steps: u64) -> Player {
    let mut player = Player::new(&Runtime::Gpu(gpu.clone()), contenders).unwrap();
    player.plan_steps(steps);
    player.play();
    settle(&mut player, gpu, Pace::Fixed(7));
    player
}

pub fn losses(player: &Player, run: RunId) -> Vec<u32> {
    player.run(run).history().iter().map(|r| r.loss.to_bits()).collect()
}

/// All that a step leaves: parameters, activations, gradients, masks.
fn left(player: &Player, run: RunId) -> Vec<Vec<u32>> {
    let run = player.run(run);
    let of_layers = run.layers().iter().flat_map(|layer| {
        let extra = layer.extra.iter().map(|(_, tensor)| tensor.clone());
        [Some(layer.output.clone()), run.gradient(&layer.output)].into_iter().flatten().chain(extra)
    });
    let all: Vec<Tensor> = of_layers.chain([run.trainer().all_weights().clone()]).collect();
    all.iter().map(|t| run.session().words(t.buf).unwrap()).collect()
}

#[test]
fn a_player_stops_where_it_was_planned_and_costs_nothing_then() {
    let Some(gpu) = shared() else { return };
    let mut player = Player::new(&Runtime::Gpu(gpu.clone()), &[spiral("a", 1e-2)]).unwrap();
    player.plan_steps(120);
    settle(&mut player, gpu, Pace::Fixed(7));
    assert_eq!((player.step(), player.is_playing()), (0, false));
    player.play();
    settle(&mut player, gpu, Pace::Fill(Duration::from_millis(5)));
    assert_eq!((player.step(), player.run(A).history().len()), (120, 120));
    assert!(!player.is_playing() && !player.busy());
    // Without an encoder nothing could be handed over.
    assert_eq!(player.frame(None, Pace::Fixed(7)).unwrap(), 0);
    let first = losses(&player, A);
    player.play();
    assert_eq!(player.planned(), Some(240));
    frame(&mut player, gpu, Pace::Fixed(3));
    player.pause();
    settle(&mut player, gpu, Pace::Fixed(3));
    assert_eq!(player.step(), 123);
    player.step_once();
    settle(&mut player, gpu, Pace::Fixed(3));
    assert_eq!((player.step(), player.run(A).history().len()), (124, 124));
    assert_eq!(losses(&player, A)[..120], first);

    player.reset();
    settle(&mut player, gpu, Pace::Fixed(3));
    assert_eq!((player.step(), player.planned(), player.run(A).history().len()), (0, Some(120), 0));
    player.play();
    settle(&mut player, gpu, Pace::Fixed(11));
    assert_eq!(losses(&player, A), first);
}

#[test]
fn a_look_back_shows_the_very_numbers_of_that_step() {
    let Some(gpu) = shared() else { return };
    let contenders = [pictures()];
    let mut player = Player::new(&Runtime::Gpu(gpu.clone()), &contenders).unwrap();
    player.plan_steps(130);
    let mut rng = Rng::new(4);
    let mut looked: Vec<u64> = (0..8).map(|_| u64::from(rng.below(130))).collect();
    looked.extend([0, 1, 49, 50, 51, 130]);
    let mut live = std::collections::BTreeMap::new();
    settle(&mut player, gpu, Pace::Fixed(1));
    live.insert(0, left(&player, A));
    player.play();
    while player.step() < 130 {
        assert_eq!(frame(&mut player, gpu, Pace::Fixed(1)), 1);
        if looked.contains(&player.step()) {
            live.insert(player.step(), left(&player, A));
        }
    }
    settle(&mut player, gpu, Pace::Fixed(1));
    let whole = losses(&player, A);
    for (i, step) in looked.into_iter().enumerate() {
        player.show(step);
        assert_eq!(player.target(), step);
        let pace = if i % 2 == 0 { Pace::Fixed(9) } else { Pace::Fill(Duration::from_millis(5)) };
        settle(&mut player, gpu, pace);
        assert_eq!((player.showing(), player.is_looking_back()), (step, step < 130));
        assert_eq!(losses(&player, A), whole, "curves stay whole");
        assert!(left(&player, A) == live[&step], "step {step} is not what it was");
    }
}

#[test]
fn another_way_leaves_the_old_curve_and_steering_is_replayed() {
    let Some(gpu) = shared() else { return };
    let mut player = played(gpu, &[spiral("a", 1e-2), spiral("b", 3e-3)], 60);
    let old = losses(&player, A);
    let slower = Optimiser { lr: 1e-3, ..player.optimiser(A) };
    player.show(25);
    settle(&mut player, gpu, Pace::Fixed(7));
    // The same again is no other way.
    player.steer(A, player.optimiser(A));
    assert!(player.is_looking_back());
    player.steer(A, slower);
    player.mark("learning rate 0.001");
    assert_eq!((player.step(), player.run(A).history().len()), (25, 25));
    let branch = &player.run(A).branches()[0];
    assert_eq!((branch.from, branch.history.len()), (25, 35));
    player.play();
    settle(&mut player, gpu, Pace::Fixed(7));
    let new = losses(&player, A);
    assert_eq!(new.len(), 60);
    // The first step's loss is that of the same weights on the same batch; then the ways part.
    assert!(new[..26] == old[..26] && new[26] != old[26]);
    let (at_60, marks) = (left(&player, A), player.marks().to_vec());
    assert_eq!(marks, [(25, "learning rate 0.001".to_owned())]);
    // Over the change and back, and from before it.
    for step in [40, 10, 60] {
        player.show(step);
        settle(&mut player, gpu, Pace::Fixed(13));
        assert_eq!(player.optimiser(A).lr, if step < 25 { 1e-2 } else { 1e-3 });
    }
    assert!(left(&player, A) == at_60);
    // B was never steered, and went the same way twice.
    assert_eq!(player.run(B).branches()[0].history[..], player.run(B).history()[25..]);
    player.show(10);
    player.go_on();
    assert_eq!((player.step(), player.marks().len(), player.optimiser(A).lr), (10, 0, 1e-2));
    player.play();
    settle(&mut player, gpu, Pace::Fixed(7));
    assert_eq!(losses(&player, A), old);
}

/// Numbers of a run that must not depend on what happened on the way.
#[derive(Debug, PartialEq)]
struct Numbers {
    history: Vec<Record>,
    norms: Vec<Vec<f32>>,
    evaluations: Vec<(u64, Evaluation)>,
}

fn numbers(player: &Player) -> Numbers {
    let run = player.run(A);
    Numbers {
        history: run.history().to_vec(),
        norms: run.layer_norms().to_vec(),
        evaluations: run.evaluations().to_vec(),
    }
}

#[test]
fn twenty_interruptions_leave_the_curves_as_they_would_have_been() {
    let Some(first) = open() else { return };
    let contenders = [pictures()];
    let begin = |gpu: &Gpu| {
        let mut player = Player::new(&Runtime::Gpu(gpu.clone()), &contenders).unwrap();
        player.plan_steps(100);
        player.evaluate_every(20, None);
        player.play();
        player
    };
    let mut gpu = first;
    let mut undisturbed = begin(&gpu);
    settle(&mut undisturbed, &gpu, Pace::Fixed(7));
    let faster = Optimiser { lr: 2e-2, ..undisturbed.optimiser(A) };

    let mut player = begin(&gpu);
    for i in 0..20_u64 {
        while player.step() < 4 + 5 * i {
            frame(&mut player, &gpu, Pace::Fixed(1 + i as usize % 3));
        }
        let (step, mut kept) = (player.step(), player.kept());
        if i % 7 == 3 {
            kept.thin();
        }
        if i % 5 == 4 {
            gpu.device.destroy();
            assert!(gpu.wait().is_err() && gpu.is_lost());
            let lost = player.frame(None, Pace::Fixed(1)).unwrap_err();
            assert!(matches!(lost, TrainError::Gpu(_)) && !player.busy(), "{lost}");
            player.show(1);
            player.reset();
            gpu = open().unwrap();
        }
        player = Player::resume(&Runtime::Gpu(gpu.clone()), &contenders, kept).unwrap();
        assert_eq!((player.step(), player.is_playing()), (step, true));
    }
    settle(&mut player, &gpu, Pace::Fixed(7));
    assert_eq!(numbers(&player), numbers(&undisturbed));

    // What was steered is kept, and so is a look back.
    player.steer(A, faster);
    player.play();
    settle(&mut player, &gpu, Pace::Fixed(7));
    player.show(130);
    settle(&mut player, &gpu, Pace::Fixed(7));
    let before = left(&player, A);
    let mut player = Player::resume(&Runtime::Gpu(gpu.clone()), &contenders, player.kept()).unwrap();
    settle(&mut player, &gpu, Pace::Fixed(7));
    assert_eq!((player.showing(), player.step()), (130, 200));
    assert!(left(&player, A) == before);
    assert_eq!(gpu.take_errors(), Vec::<String>::new());
    let error = Player::resume(&Runtime::Gpu(gpu.clone()), &[pictures(), pictures()], player.kept());
    assert!(matches!(error, Err(TrainError::Kept { have: 1, want: 2 })));
}

#[test]
fn four_runs_go_in_step_and_what_they_must_share_is_said() {
    let Some(gpu) = shared() else { return };
    let all = [spiral("a", 1e-2), spiral("b", 3e-3), spiral("c", 1e-4), spiral("d", 1e-2)];
    let player = played(gpu, &all, 40);
    let histories: Vec<&[Record]> = player.runs().iter().map(Run::history).collect();
    assert!(histories.iter().all(|h| h.len() == 40));
    assert!(
        histories.iter().all(|h| h[0].loss == histories[0][0].loss),
        "the first batch meets the same weights"
    );
    assert_eq!(histories[0], histories[3]);
    assert!(histories[0][30].loss < histories[2][30].loss);
    let alone = played(gpu, &[spiral("b", 3e-3)], 40);
    assert_eq!(losses(&alone, A), losses(&player, B), "company changes nothing");

    let runtime = Runtime::Gpu(gpu.clone());
    let mut small = spiral("small", 1e-2);
    small.setup.batch = 2;
    let Err(error) = Player::new(&runtime, &[spiral("large", 1e-2), small.clone()]) else {
        panic!("they differ")
    };
    assert!(error.to_string().contains("small seed 0 and batches of 2"), "{error}");
    assert!(Player::new(&runtime, &[spiral("large", 1e-2), small.with_own_draws()]).is_ok());
    assert!(matches!(Player::new(&runtime, &[]), Err(TrainError::Nobody)));
}

#[test]
fn results_on_the_test_set_are_those_of_their_steps_at_any_pace() {
    let Some(gpu) = shared() else { return };
    let runtime = Runtime::Gpu(gpu.clone());
    let judged = |pace| {
        let mut player = Player::new(&runtime, &[spiral("a", 1e-2), spiral("b", 3e-3)]).unwrap();
        player.plan_steps(50);
        player.evaluate_every(20, None);
        player.play();
        settle(&mut player, gpu, pace);
        [A, B].map(|run| player.run(run).evaluations().to_vec())
    };
    let [a, b] = judged(Pace::Fixed(7));
    assert_eq!(a.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [0, 20, 40, 50]);
    assert_eq!(judged(Pace::Fill(Duration::from_millis(5))), [a.clone(), b]);
    assert_eq!(judged(Pace::Fixed(50))[0], a);
    let mut trainer = Trainer::new(&runtime, &Plane::spiral(0), setup(1e-2)).unwrap();
    for (step, evaluation) in a {
        trainer.run((step - trainer.step()) as usize);
        assert_eq!(trainer.evaluate(Set::Test, None).unwrap(), evaluation);
    }
}

#[test]
fn before_the_first_step_there_is_something_to_see_and_nothing_has_changed() {
    let Some(gpu) = shared() else { return };
    let contender = pictures();
    let mut player = Player::new(&Runtime::Gpu(gpu.clone()), std::slice::from_ref(&contender)).unwrap();
    let start = player.run(A).trainer().checkpoint().unwrap();
    settle(&mut player, gpu, Pace::Fixed(1));
    assert_eq!(player.run(A).trainer().checkpoint().unwrap(), start);
    let read = |player: &Player, name: &str| {
        let layer = player.run(A).layers().iter().find(|l| l.name == name).unwrap();
        player.run(A).session().read(layer.output.buf).unwrap()
    };
    let seen = read(&player, "tanh1");
    assert!(seen.iter().any(|v| *v != 0.0));
    player.step_once();
    settle(&mut player, gpu, Pace::Fixed(1));
    assert_eq!(read(&player, "tanh1"), seen, "it was the batch of the first step");
    let mut trainer = Trainer::new(player.runtime(), &*contender.task, contender.setup).unwrap();
    trainer.run(1);
    assert_eq!(trainer.records().unwrap(), player.run(A).history());
}

#[test]
fn the_norms_of_the_layers_gradients_are_noted() {
    let Some(gpu) = shared() else { return };
    let player = played(gpu, &[pictures()], 12);
    let (run, trainer) = (player.run(A), player.run(A).trainer());
    let names: Vec<&str> = trainer.watched_layers().iter().map(|layer| &*layer.name).collect();
    assert_eq!(names, ["conv1", "norm1", "dense1", "dense2"]);
    assert!(run.layer_norms().len() == 12 && run.layer_norms().iter().all(|row| row.len() == 4));
    let statistics = Watch::new(trainer).unwrap().look().unwrap();
    let last = &run.layer_norms()[11];
    let gradients = trainer.session().read(trainer.all_gradients().buf).unwrap();
    for (layer, norm) in trainer.watched_layers().iter().zip(last) {
        let name = &layer.name;
        let of = |s: &&glassbox::nn::Statistics| s.layer == *name && s.role == Role::WeightGradient;
        let want = statistics.iter().find(of).unwrap().norm;
        assert!((norm - want).abs() <= 1e-5 * want, "{name}: {norm} {want}");
        let there = gradients[layer.weights.clone()].iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((there - want).abs() <= 1e-5 * want, "{name}: {there} {want}");
    }
    assert!(played(gpu, &[spiral("a", 1e-2)], 3).run(A).layer_norms().iter().all(Vec::is_empty));
}

#[test]
fn the_reference_plays_too() {
    let stack = "dense 4, tanh, dropout 0.2".parse().unwrap();
    let points = glassbox::recipes::PointSets::new(glassbox::data::toy::Toy::Moons, [40, 20], 0.05, 1);
    let task = Rc::new(Classify::new(points, &stack).unwrap());
    let contender = Contender::new("a", task, Setup { batch: 10, watch_gradients: true, ..setup(1e-2) });
    let mut player = Player::new(&Runtime::Reference, std::slice::from_ref(&contender)).unwrap();
    let look = player.look_at(A, &Data::from(vec![0.1_f32, -0.3]), &[1, 2], true).unwrap();
    player.evaluate_every(10, None);
    player.plan_steps(60);
    let all = |player: &mut Player| {
        while player.busy() {
            player.frame(None, Pace::Fixed(9)).unwrap();
        }
    };
    player.play();
    all(&mut player);
    assert_eq!((player.step(), player.run(A).evaluations().len()), (60, 7));
    let looking = player.looking(look).unwrap();
    assert!(looking.session().read(looking.output().buf).unwrap().iter().any(|v| *v != 0.0));
    let (whole, end) = (losses(&player, A), left(&player, A));
    player.show(33);
    all(&mut player);
    player.watch(A).unwrap();
    all(&mut player);
    assert_eq!(player.watch(A).unwrap().unwrap().step, 33);
    let mut player = Player::resume(&Runtime::Reference, &[contender], player.kept()).unwrap();
    player.show(60);
    all(&mut player);
    assert_eq!(losses(&player, A), whole);
    // The reference computes in f64, a checkpoint holds f32.
    for (a, b) in left(&player, A).concat().into_iter().zip(end.concat()) {
        let [a, b] = [a, b].map(f32::from_bits);
        assert!((a - b).abs() <= 1e-4 * b.abs().max(1.0), "{a} {b}");
    }
}
