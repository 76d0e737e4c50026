//! Settings taken together: each combination is either drawn or refused with a sentence, and then
//! the last good picture stays.

use glassbox::app::Page;
use glassbox::exhibits::{Inputs, TOPICS, Topic};
use glassbox::gpu::Runtime;
use glassbox::ops::philox::Rng;
use glassbox::viz::Screen;

use super::adapter::shared;
use super::scene::{Scene, report, vivid_colours};
use super::sweep::is_a_sentence;

/// Combinations tried on each page.
const TRIES: usize = 60;

/// A random end for every knob.
pub fn combination(page: &mut Page, rng: &mut Rng) -> Vec<String> {
    let ends = page.ends();
    let same = |a: &String, b: &String| a.split('=').next() == b.split('=').next();
    ends.chunk_by(same).map(|knob| knob[rng.below(knob.len() as u32) as usize].clone()).collect()
}

/// Combinations of ends that a page refuses, with its reason. Nothing is computed here.
fn refused(topic: &'static Topic, inputs: &Inputs) -> Vec<(Vec<String>, String)> {
    let screen = Screen::Cpu(egui::Context::default());
    let mut page = Page::new(topic, &Runtime::Reference, &screen, 0);
    let mut rng = Rng::new(7);
    let mut found = Vec::new();
    for _ in 0..TRIES {
        page.reset();
        let settings = combination(&mut page, &mut rng);
        for assignment in &settings {
            // A range may depend on another knob; what it refuses then stays where it was.
            let _ = page.set(assignment);
        }
        page.update(inputs, 0);
        if let Some(problem) = page.problem() {
            found.push((settings, problem.to_owned()));
        }
    }
    found
}

#[test]
fn every_combination_of_ends_is_recorded_or_refused_with_a_sentence() {
    let inputs = Inputs::default();
    let mut complaints = Vec::new();
    for topic in TOPICS {
        let refused = refused(topic, &inputs);
        println!("{}: {} of {TRIES} refused", topic.slug, refused.len());
        for (settings, problem) in refused {
            if !is_a_sentence(&problem) {
                complaints.push(format!("{} {settings:?}: \"{problem}\" is no sentence", topic.slug));
            }
        }
    }
    report(&complaints);
}

#[test]
fn the_last_good_picture_stays_beside_the_reason() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    let mut complaints = Vec::new();
    let mut tried = 0;
    for topic in TOPICS {
        let Some((settings, _)) = refused(topic, &scene.app.shell.inputs).into_iter().next() else {
            continue;
        };
        tried += 1;
        scene.open(topic);
        let before = vivid_colours(&scene.last_centre());
        let version = scene.app.shell.page().stage.version();
        for assignment in &settings {
            let _ = scene.app.shell.page().set(assignment);
        }
        let picture = scene.centre();
        let page = scene.app.shell.page();
        if page.problem().is_none() {
            complaints.push(format!("{} {settings:?}: no reason is given", topic.slug));
        }
        if page.stage.version() != version {
            complaints.push(format!("{} {settings:?}: the good picture was given up", topic.slug));
        }
        // The reason above it takes a little of its room.
        let after = vivid_colours(&picture);
        if after * 2 < before {
            complaints.push(format!("{} {settings:?}: {after} colours are left of {before}", topic.slug));
        }
        // And on it goes with settings that work.
        scene.app.shell.page().reset();
        scene.centre();
        complaints.extend(scene.app.shell.page().problem().map(|p| format!("{} after: {p}", topic.slug)));
    }
    complaints.extend(gpu.take_errors());
    report(&complaints);
    assert!(tried >= 2, "{tried} pages refuse anything: the combinations no longer reach what is impossible");
}
