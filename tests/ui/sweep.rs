//! Every knob of every page at its ends: no panic, no complaint of the driver, and something on the stage that
//! follows. The knobs of colours are the same on all pages and are moved on one.

use std::collections::VecDeque;

use glassbox::app::Page;
use glassbox::exhibits::{Inputs, Topic};
use glassbox::gpu::Runtime;
use glassbox::ops::philox::Rng;
use glassbox::settings::{Effect, Settings};
use glassbox::viz::{Screen, Work};
use image::RgbaImage;

use super::combinations::combination;
use super::lent::{Lent, lend};
use super::scene::{Scene, difference, report};
use super::topics;

/// A mean difference of less than this is no change to see: one map cell, one changed figure.
const LEAST_CHANGE: f64 = 1e-3;
/// A small window: hundreds of pictures are drawn in it.
const SIZE: [u32; 2] = [1000, 620];
/// Combinations of the other knobs tried where a knob changes nothing by itself.
const TRIES: usize = 24;
/// Steps of training after which a knob of the training has to show.
const STEPS: u64 = 8;
/// Knobs that no still picture shows: how fast a window is played.
const UNSEEN: &[(&str, &str)] = &[("twelve-by-twelve", "speed")];
/// Knobs that every page has.
const COLOURS: [&str; 3] = ["range", "range-min", "range-max"];

/// The knob that an assignment sets.
pub fn name_of(assignment: &str) -> &str {
    assignment.split('=').next().unwrap_or_default()
}

/// Whether a knob scales the colours, as on every page.
pub fn is_of_colours(knob: &str) -> bool {
    COLOURS.contains(&knob)
}

/// The assignments of `ends` that are for one knob.
pub fn ends_of(page: &mut Page, name: &str) -> Vec<String> {
    page.ends().into_iter().filter(|end| name_of(end) == name).collect()
}

/// A page that computes nothing.
pub fn apart(topic: &'static Topic) -> Page {
    Page::new(topic, &Runtime::Reference, &Screen::Cpu(egui::Context::default()), 0)
}

/// What a page records under these settings; nothing is made of it.
pub fn recorded(topic: &'static Topic, settings: &Settings, inputs: &Inputs) -> Result<Work, String> {
    let mut exhibit = (topic.new)();
    // The knobs of colours, which it refuses, are the page's and no exhibit's.
    let _ = glassbox::settings::apply(settings, |k| exhibit.knobs(k));
    exhibit.record(inputs).map_err(|e| e.to_string())
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

/// Settings to try a knob under: what enables it, then combinations of the other knobs' ends that the page can
/// record, made when they are asked for. Some settings say nothing without others: what counts padding, where
/// none is.
struct Backgrounds<'i> {
    page: Page,
    name: &'static str,
    inputs: &'i Inputs,
    first: VecDeque<Vec<String>>,
    rng: Rng,
    tries: usize,
}

impl<'i> Backgrounds<'i> {
    /// Nothing if no other setting enables the knob.
    fn new(topic: &'static Topic, name: &'static str, inputs: &'i Inputs) -> Option<Self> {
        let mut page = apart(topic);
        let first = VecDeque::from([enabling(&mut page, name)?]);
        Some(Self { page, name, inputs, first, rng: Rng::new(11), tries: TRIES })
    }
}

impl Iterator for Backgrounds<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        while self.tries > 0 {
            self.tries -= 1;
            self.page.reset();
            let mut settings = combination(&mut self.page, &mut self.rng);
            settings.retain(|s| name_of(s) != self.name);
            for setting in &settings {
                // A range may depend on another knob; what it refuses then stays where it was.
                let _ = self.page.set(setting);
            }
            let enabled = self.page.knobs().iter().any(|k| k.name == self.name && k.enabled);
            let topic = self.page.topic;
            if enabled && recorded(topic, &self.page.settings(), self.inputs).is_ok() {
                return Some(settings);
            }
        }
        None
    }
}

/// A page of its own with these settings, trained a little: what only a training shows.
fn trained(gpu: &Lent, topic: &'static Topic, settings: &[String], end: Option<&String>) -> Scene {
    let mut scene = Scene::of(&gpu.runtime(), SIZE, true);
    scene.app.shell.open_topic(topic);
    draw(&mut scene, settings, end);
    scene.app.train(STEPS).unwrap();
    scene
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

/// Moves the knobs that `which` names to their ends.
fn sweep(gpu: &Lent, topic: &'static Topic, which: impl Fn(&str) -> bool) {
    let mut scene = Scene::of(&gpu.runtime(), SIZE, true);
    let inputs = Inputs::default();
    let mut complaints = Vec::new();
    let (mut drawn, mut refused) = (0, 0);
    scene.app.shell.open_topic(topic);
    scene.app.settle().unwrap();
    let stage = scene.app.shell.stage_rect();
    let knobs = scene.app.shell.page().knobs();
    for knob in knobs.into_iter().filter(|knob| which(knob.name)) {
        let of = knob.name;
        let ends = ends_of(scene.app.shell.page(), knob.name);
        let Some(mut backgrounds) = Backgrounds::new(topic, knob.name, &inputs) else {
            complaints.push(format!("{of}: no other setting enables it"));
            continue;
        };
        let trains = matches!(knob.effect, Effect::Steers | Effect::Restarts);
        let changes = backgrounds.any(|settings| {
            let picture = |scene: &mut Scene, end: Option<&String>| {
                if !trains {
                    return draw(scene, &settings, end);
                }
                *scene = trained(gpu, topic, &settings, end);
                scene.last_centre()
            };
            let before = picture(&mut scene, None);
            let mut changed = false;
            for end in &ends {
                let picture = picture(&mut scene, Some(end));
                drawn += 1;
                if scene.app.shell.stage_rect() != stage {
                    complaints.push(format!("{end}: the stage moved to {:?}", scene.app.shell.stage_rect()));
                }
                match scene.app.shell.page().problem() {
                    Some(problem) if is_a_sentence(problem) => refused += 1,
                    Some(problem) => complaints.push(format!("{of}: \"{problem}\" is no sentence")),
                    None => changed |= difference(&before, &picture) > LEAST_CHANGE,
                }
                complaints.extend(gpu.take_errors().into_iter().map(|e| format!("{end}: {e}")));
            }
            changed
        });
        if !changes {
            complaints.push(format!("{of}: none of {} ends changes the picture", ends.len()));
        }
    }
    println!("{drawn} ends drawn, {refused} of them refused with a sentence");
    report(&complaints);
    assert!(drawn > 0, "no knob was moved");
}

topics!(each knobs moves_every_knob);

fn moves_every_knob(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    sweep(&gpu, topic, |knob| !is_of_colours(knob) && !UNSEEN.contains(&(topic.slug, knob)));
}

#[test]
fn the_knobs_of_colours_move_the_picture() {
    let Some(gpu) = lend() else { return };
    sweep(&gpu, topics::of("pooling_types"), is_of_colours);
}

#[test]
fn every_page_has_the_knobs_of_colours() {
    for topic in glassbox::exhibits::pages() {
        let knobs = apart(topic).knobs();
        let names: Vec<&str> =
            knobs.iter().map(|knob| knob.name).filter(|name| is_of_colours(name)).collect();
        assert_eq!(names, COLOURS, "{}", topic.slug);
    }
}
