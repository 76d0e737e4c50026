//! The audit of every page against the reference, and the quiet after it.

use std::time::Duration;

use glassbox::exhibits::{Topic, topic};

use super::lent::lend;
use super::scene::{Scene, report};

topics!(each every_page passes_its_audit_and_then_rests);

fn passes_its_audit_and_then_rests(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    // As in the window, so that nothing is left that would start by itself.
    scene.app.shell.auto_audit = true;
    let mut complaints = Vec::new();
    scene.open(topic);
    match scene.app.audit().unwrap() {
        Some((max_abs, true)) => println!("max |GPU - reference| {max_abs:.1e}"),
        Some((max_abs, false)) => {
            let report = scene.app.shell.page().stage.audit.report().unwrap();
            let failed: Vec<_> =
                report.steps.iter().filter(|s| !s.1.ok).map(|s| (s.0, s.1.worst.clone())).collect();
            complaints.push(format!("{max_abs:e}, {failed:?}"));
        }
        None => complaints.push("no audit".to_owned()),
    }
    scene.app.settle().unwrap();
    let work = scene.app.shell.page().stage.work();
    for frame in 0..4 {
        scene.app.frame();
        let delay = scene.app.repaint_delay;
        if delay < Duration::from_secs(3600) {
            complaints.push(format!("idle frame {frame} wants another after {delay:?}"));
        }
    }
    let stage = &scene.app.shell.page().stage;
    if stage.pending() || stage.work() != work {
        complaints.push("works while idle".to_owned());
    }
    complaints.extend(gpu.take_errors());
    report(&complaints);
}

#[test]
fn a_moved_knob_asks_for_frames_and_for_another_audit() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("stride").unwrap());
    assert!(scene.app.audit().unwrap().is_some());
    let work = scene.app.shell.page().stage.work();
    scene.app.shell.page().set("stride=5").unwrap();
    scene.app.frame();
    assert_eq!(scene.app.repaint_delay, Duration::ZERO, "numbers are on their way");
    let stage = &scene.app.shell.page().stage;
    assert!(stage.work() > work);
    assert!(stage.audit.report().is_none(), "the audit is not that of these settings");
}
