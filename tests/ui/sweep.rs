//! Every knob of every page at its ends: no panic, no complaint of the driver, and something on the
//! canvas that follows.

use glassbox::app::Page;
use glassbox::exhibits::{Inputs, TOPICS, Topic};
use glassbox::gpu::Runtime;
use glassbox::ops::philox::Rng;
use glassbox::viz::Screen;
use image::RgbaImage;

use super::adapter::shared;
use super::combinations::combination;
use super::scene::{Scene, difference, report};

/// A mean difference of less than this is no change to see: one map cell, one changed figure.
const LEAST_CHANGE: f64 = 1e-3;
/// A small window: hundreds of pictures are drawn in it.
const SIZE: [u32; 2] = [800, 560];
/// Combinations of the other knobs tried where a knob changes nothing by itself.
const TRIES: usize = 24;

/// The assignments of `ends` that are for one knob.
fn ends_of(page: &mut Page, name: &str) -> Vec<String> {
    let mine = |end: &String| end.split_once('=').is_some_and(|(knob, _)| knob == name);
    page.ends().into_iter().filter(mine).collect()
}

/// What has to be set so that the knob is not greyed out: nothing, or one other knob.
pub fn enabling(page: &mut Page, name: &str) -> Option<Vec<String>> {
    let enabled = |page: &mut Page| page.knobs().iter().any(|k| k.name == name && k.enabled);
    page.reset();
    if enabled(page) {
        return Some(Vec::new());
    }
    for assignment in page.ends() {
        page.reset();
        page.set(&assignment).unwrap();
        if enabled(page) {
            return Some(vec![assignment]);
        }
    }
    None
}

/// Whether a problem is a sentence that a person can act on.
pub fn is_a_sentence(problem: &str) -> bool {
    problem.len() > 20 && problem.contains(' ') && !problem.contains(['\n', '{']) && !problem.ends_with('.')
}

/// Settings to try a knob under: what enables it, then combinations of the other knobs' ends that
/// the page can draw. Some settings say nothing without others: what counts padding, where none is.
fn backgrounds(topic: &'static Topic, name: &str, inputs: &Inputs) -> Vec<Vec<String>> {
    let mut page = Page::new(topic, &Runtime::Reference, &Screen::Cpu(egui::Context::default()), 0);
    let Some(first) = enabling(&mut page, name) else { return Vec::new() };
    let mut found = vec![first];
    let mut rng = Rng::new(11);
    for _ in 0..TRIES {
        page.reset();
        let mut settings = combination(&mut page, &mut rng);
        settings.retain(|s| s.split('=').next() != Some(name));
        for setting in &settings {
            // A range may depend on another knob; what it refuses then stays where it was.
            let _ = page.set(setting);
        }
        page.update(inputs, 0);
        if page.problem().is_none() && page.knobs().iter().any(|k| k.name == name && k.enabled) {
            found.push(settings);
        }
    }
    found
}

/// The page with these settings.
fn draw(scene: &mut Scene, settings: &[String], end: Option<&String>) -> RgbaImage {
    let page = scene.app.shell.page();
    page.reset();
    for setting in settings.iter().chain(end) {
        let _ = page.set(setting);
    }
    scene.centre()
}

#[test]
fn every_knob_moves_its_picture_and_breaks_nothing() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::of(&Runtime::Gpu(gpu.clone()), SIZE, true);
    let mut complaints = Vec::new();
    let (mut drawn, mut refused) = (0, 0);
    for topic in TOPICS {
        scene.app.shell.open_topic(topic);
        let knobs = scene.app.shell.page().knobs();
        for knob in knobs {
            let of = format!("{} {}", topic.slug, knob.name);
            let ends = ends_of(scene.app.shell.page(), knob.name);
            let backgrounds = backgrounds(topic, knob.name, &scene.app.shell.inputs);
            if backgrounds.is_empty() {
                complaints.push(format!("{of}: no other setting enables it"));
                continue;
            }
            let changes = backgrounds.iter().any(|settings| {
                let before = draw(&mut scene, settings, None);
                let mut changed = false;
                for end in &ends {
                    let picture = draw(&mut scene, settings, Some(end));
                    drawn += 1;
                    match scene.app.shell.page().problem() {
                        Some(problem) if is_a_sentence(problem) => refused += 1,
                        Some(problem) => complaints.push(format!("{of}: \"{problem}\" is no sentence")),
                        None => changed |= difference(&before, &picture) > LEAST_CHANGE,
                    }
                    complaints.extend(gpu.take_errors().into_iter().map(|e| format!("{of}: {e}")));
                }
                changed
            });
            if !changes {
                complaints.push(format!("{of}: none of {} ends changes the picture", ends.len()));
            }
        }
    }
    println!("{drawn} ends drawn, {refused} of them refused with a sentence");
    report(&complaints);
}
