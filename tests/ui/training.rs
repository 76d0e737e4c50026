//! A page on which networks train: played, looked back at, steered, audited, left and found again, and
//! carried over a lost device.

use std::time::{Duration, Instant};

use glassbox::exhibits::topic;
use glassbox::gpu::{BufId, GpuError, Runtime, Session};
use glassbox::nn::{LookId, Record, RunId};
use glassbox::viz::{Judge, Of, Words};

use super::adapter::{open, shared};
use super::lent::lend;
use super::scene::{Scene, difference, report, vivid_colours};

/// A page whose networks are small enough to be trained often.
const SMALL: [&str; 3] = ["samples=50", "width=16", "image=grid"];

fn page(scene: &mut Scene) {
    scene.open(topic("dropout").unwrap());
    for setting in SMALL {
        scene.app.shell.page().set(setting).unwrap();
    }
    scene.app.settle().unwrap();
}

fn losses(scene: &mut Scene) -> Vec<Vec<f32>> {
    let player = scene.app.shell.page().player().unwrap();
    let of = |records: &[Record]| records.iter().map(|r| r.loss).collect();
    player.runs().iter().map(|run| of(run.history())).collect()
}

fn step(scene: &mut Scene) -> u64 {
    scene.app.shell.page().player().unwrap().step()
}

#[test]
fn both_runs_train_and_their_curves_are_drawn() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::of(&Runtime::Gpu(gpu.clone()), [1280, 800], true);
    page(&mut scene);
    let before = scene.centre();
    scene.app.train(40).unwrap();
    let after = scene.centre();
    let losses = losses(&mut scene);
    assert_eq!(losses.iter().map(Vec::len).collect::<Vec<_>>(), [40, 40]);
    assert_ne!(losses[0], losses[1], "dropout makes a difference");
    assert!(losses[0].iter().take(10).sum::<f32>() > losses[0].iter().skip(30).sum::<f32>());
    assert!(difference(&before, &after) > 0.5);
    let caption = scene.app.shell.page().caption().unwrap().text();
    assert!(caption.contains("Unseen pictures"), "{caption}");
    // The colours of both series, which nothing else on the page has.
    for ink in [[0x5B, 0x9D, 0xFF], [0xFF, 0x7F, 0x57]] {
        let drawn = after.pixels().filter(|p| p.0[..3] == ink).count();
        assert!(drawn > 40, "{drawn} pixels of {ink:?}");
    }
    assert_eq!(gpu.take_errors(), Vec::<String>::new());
}

#[test]
fn a_paused_page_rests_and_a_step_that_was_shown_is_the_same_again() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::of(&Runtime::Gpu(gpu.clone()), [1280, 800], true);
    page(&mut scene);
    scene.app.train(30).unwrap();
    let at_thirty = scene.centre();
    let work = scene.app.shell.page().stage.work();
    for _ in 0..4 {
        scene.app.frame();
        assert!(scene.app.repaint_delay > Duration::from_secs(60), "{:?}", scene.app.repaint_delay);
    }
    assert_eq!(scene.app.shell.page().stage.work(), work, "nothing runs while it is paused");
    let shown = |scene: &mut Scene, step: u64| {
        scene.app.shell.page().player().unwrap().show(step);
        scene.centre()
    };
    let at_seven = shown(&mut scene, 7);
    assert_eq!(scene.app.shell.page().player().unwrap().showing(), 7);
    assert!(difference(&at_thirty, &at_seven) > 0.05);
    assert_eq!(difference(&at_thirty, &shown(&mut scene, 30)), 0.0, "exactly the step that it was");
    assert_eq!(difference(&at_seven, &shown(&mut scene, 7)), 0.0);
    assert_eq!(losses(&mut scene)[0].len(), 30, "looking back leaves the curves whole");
}

#[test]
fn a_learning_rate_steers_and_a_width_restarts() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    page(&mut scene);
    scene.app.train(20).unwrap();
    let sessions = |scene: &mut Scene| -> Vec<u64> {
        scene.app.shell.page().stage.sessions().into_iter().map(|(_, session)| session.id()).collect()
    };
    let before = sessions(&mut scene);
    scene.app.shell.page().set("rate=0.01").unwrap();
    scene.app.settle().unwrap();
    assert_eq!((step(&mut scene), sessions(&mut scene)), (20, before.clone()));
    scene.app.train(25).unwrap();
    assert_eq!(losses(&mut scene)[0].len(), 25);
    // What only changes the maps leaves the training alone.
    scene.app.shell.page().set("masks=7").unwrap();
    scene.app.settle().unwrap();
    assert_eq!(step(&mut scene), 25);
    scene.app.shell.page().set("width=24").unwrap();
    scene.app.settle().unwrap();
    assert_eq!(step(&mut scene), 0);
    assert_ne!(sessions(&mut scene)[1..], before[1..]);
}

#[test]
fn the_audit_of_a_paused_page_passes_on_every_step_and_changes_nothing() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    page(&mut scene);
    scene.app.train(12).unwrap();
    let before = scene.centre();
    let kernels = scene.app.shell.page().stage.kernels();
    let passed = scene.app.audit().unwrap();
    let stage = &scene.app.shell.page().stage;
    let report = stage.audit.report().unwrap();
    let failed: Vec<_> = report.steps.iter().filter(|s| !s.1.ok).collect();
    assert!(matches!(passed, Some((_, true))), "{failed:?}");
    for kernel in kernels {
        assert!(report.steps.iter().any(|(name, _)| *name == kernel), "{kernel} was not judged");
    }
    let in_training = stage.session_of(Of::Training(RunId(1))).unwrap().plan().steps.len();
    assert!(report.steps.len() > in_training, "{} judged", report.steps.len());
    assert_eq!(step(&mut scene), 12, "the step that was judged was taken back");
    scene.app.shell.page().stage.audit.reset();
    assert!(difference(&before, &scene.centre()) < 0.05);
    let losses_before = losses(&mut scene);
    scene.app.train(20).unwrap();
    let mut undisturbed = Scene::on(gpu);
    page(&mut undisturbed);
    undisturbed.app.train(20).unwrap();
    assert_eq!(losses(&mut scene), losses(&mut undisturbed), "after {} steps", losses_before[0].len());
}

/// Words of all buffers of a session.
fn words(session: &Session) -> Words {
    (0..session.plan().buffers.len()).map(|id| session.words(BufId(id)).ok()).collect()
}

#[test]
fn one_spoiled_number_of_any_step_of_training_is_found() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    page(&mut scene);
    scene.app.train(3).unwrap();
    let session = scene.app.shell.page().stage.session_of(Of::Training(RunId(1))).unwrap();
    let plan = session.plan().clone();
    let before = words(session);
    session.run();
    gpu.wait().unwrap();
    let after = words(session);
    let judged = |after: &Words| {
        let mut judge = Judge::new(plan.clone(), &before, after);
        while !judge.advance(Duration::from_secs(1)) {}
        judge.report()
    };
    let good = judged(&after);
    assert!(good.worst.ok, "{:?}", good.steps.iter().find(|s| !s.1.ok));
    let mut tried = 0;
    for (i, step) in plan.steps.iter().enumerate() {
        for &out in &step.outs {
            let (whole, offset) = plan.whole(out);
            let again = plan.steps[i + 1..].iter().any(|s| s.outs.iter().any(|&o| plan.whole(o).0 == whole));
            let Some(words) = after[whole.0].as_ref().filter(|words| words.len() > offset && !again) else {
                continue;
            };
            let mut spoiled = after.clone();
            let word = &mut spoiled[whole.0].as_mut().unwrap()[offset];
            *word = match plan.buffers[out.0].dtype {
                glassbox::gpu::DType::F32 => (f32::from_bits(words[offset]) + 0.5).to_bits(),
                glassbox::gpu::DType::U32 => words[offset] + 1,
            };
            assert!(!judged(&spoiled).worst.ok, "step {i}, {}, was not found", step.kernel.name());
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried} of {} steps tried", plan.steps.len());
}

#[test]
fn a_page_that_was_left_goes_on_where_it_was() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    page(&mut scene);
    scene.app.train(15).unwrap();
    let before = losses(&mut scene);
    for slug in ["stride", "valid-vs-same", "pooling-types", "twelve-by-twelve"] {
        scene.open(topic(slug).unwrap());
    }
    scene.open(topic("dropout").unwrap());
    assert_eq!((step(&mut scene), losses(&mut scene)), (15, before.clone()));
    scene.app.train(18).unwrap();
    assert_eq!(losses(&mut scene)[0][..15], before[0][..]);
}

#[test]
fn twenty_lost_devices_cost_no_step_and_change_no_number() {
    let Some(first) = open() else { return };
    let mut undisturbed = Scene::on(&first);
    page(&mut undisturbed);
    undisturbed.app.train(60).unwrap();
    let want = losses(&mut undisturbed);

    let mut gpu = first;
    let mut scene = Scene::on(&gpu);
    page(&mut scene);
    for loss in 1..=20 {
        let goal = loss * 3;
        scene.app.shell.pace = Some(2);
        scene.app.shell.page().player().unwrap().play();
        // Somewhere on the way, with steps in flight.
        while step(&mut scene) + 2 < goal {
            scene.app.frame();
        }
        gpu.device.destroy();
        scene.app.frame();
        scene.app.frame();
        assert!(matches!(scene.app.settle(), Err(GpuError::Lost(_))) || gpu.is_lost());
        let at = step(&mut scene);
        let began = Instant::now();
        gpu = open().unwrap();
        scene.app.reopen(&Runtime::Gpu(gpu.clone())).unwrap();
        // It goes on playing by itself; stopped after its first frame it has taken that frame's steps.
        while scene.app.shell.page().player().is_none() {
            scene.app.frame();
        }
        scene.app.shell.page().player().unwrap().pause();
        scene.app.settle().unwrap();
        println!("loss {loss} at step {at}: back after {:?}", began.elapsed());
        let back = step(&mut scene);
        assert!((at..=at + 2).contains(&back), "loss {loss} at step {at}, back at {back}");
        let have = losses(&mut scene);
        for (have, want) in have.iter().zip(&want) {
            assert_eq!(have[..], want[..have.len()], "loss {loss}");
        }
    }
    scene.app.train(60).unwrap();
    assert_eq!(losses(&mut scene), want);
    assert!(vivid_colours(&scene.centre()) > 100);
    assert_eq!(gpu.take_errors(), Vec::<String>::new());
}

#[test]
fn a_place_of_a_code_is_dragged_and_decoded_by_the_same_sessions() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.open(topic("dimensionality-reduction").unwrap());
    scene.app.train(3).unwrap();
    let held = |scene: &mut Scene| -> Vec<u64> {
        scene.app.shell.page().stage.sessions().into_iter().map(|(_, session)| session.id()).collect()
    };
    let decoded = |scene: &mut Scene| -> Vec<Vec<f32>> {
        let stage = &scene.app.shell.page().stage;
        let looks: Vec<_> = stage.looks().collect();
        let looking = |look: &LookId| stage.player().and_then(|player| player.looking(*look)).unwrap();
        looks.iter().map(looking).map(|l| l.session().read(l.output().buf).unwrap()).collect()
    };
    let (sessions, before) = (held(&mut scene), decoded(&mut scene));
    let plane = scene.app.panels()[2];
    let from = plane.left_top() + plane.size() * 0.3;
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    scene.point_at(from);
    scene.app.event(button(from, true));
    scene.app.frame();
    for i in 1..=4 {
        scene.point_at(from + plane.size() * 0.1 * i as f32);
    }
    let to = from + plane.size() * 0.4;
    scene.app.event(button(to, false));
    scene.centre();
    assert_eq!(held(&mut scene), sessions, "a session was made anew");
    let page = scene.app.shell.page();
    let at = ["x", "y"].map(|name| page.settings().get(name).unwrap_or_default().parse::<f32>().unwrap());
    assert!(at[0] > 0.5 && at[1] < -0.5, "{at:?}");
    let after = decoded(&mut scene);
    assert!(before.iter().zip(&after).all(|(a, b)| a != b), "the pictures stayed");
    report(&gpu.take_errors());
}
