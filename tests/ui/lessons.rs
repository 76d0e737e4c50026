//! What lessons promise, held against the pages: presets show what they claim, links and knobs in the texts can
//! be set, the sentence above the picture says numbers that follow the settings.

use egui::{Pos2, Rect, Shape, vec2};
use glassbox::exhibits::{TOPICS, Topic, pages};
use glassbox::lessons::{Check, Tone, references};
use glassbox::settings::Effect;
use glassbox::viz::{Caption, theme, words};

use super::lent::lend;
use super::pages::LEAST_COLOURS;
use super::scene::{Scene, difference, report, vivid_colours};
use super::sweep::{apart, ends_of, is_a_sentence, is_of_colours};

/// Characters of a sentence.
const LENGTH: std::ops::RangeInclusive<usize> = 60..=140;
/// Width of the sentence in a window of 1024 points, whose settings are in a drawer: without navigation and margins.
const WIDTH: f32 = 1024.0 - theme::NAVIGATION_WIDTH - 2.0 * theme::MARGIN;
/// A preset moves the picture by more than one figure.
const LEAST_CHANGE: f64 = 0.02;

/// Numbers of a page that its sentence need not speak of, because they are no subject of it: which draw of
/// something random, and where the window stands.
const BESIDE: &[&str] = &["seed", "step", "cell", "speed"];

/// Knobs of one page that are no subject of its sentence: padding adds no weights, which that of the types of
/// convolution counts; of the types of pooling one alone is adaptive; which place of a code is decoded changes no error.
const BESIDE_ON: &[(&str, &str)] = &[
    ("convolution-types", "padding"),
    ("pooling-types", "cells"),
    ("dimensionality-reduction", "x"),
    ("dimensionality-reduction", "y"),
];

fn sentence(scene: &mut Scene) -> Option<String> {
    scene.app.shell.page().caption().map(Caption::text)
}

topics!(each presets show_what_they_claim);

fn show_what_they_claim(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.open(topic);
    let start = scene.last_centre();
    let mut complaints = Vec::new();
    for (i, preset) in topic.lesson().presets.iter().enumerate() {
        let mut complain = |what: String| complaints.push(format!("{}: {what}", preset.name));
        let settings = match preset.settings.parse() {
            Ok(settings) => settings,
            Err(error) => {
                complain(format!("{error}"));
                continue;
            }
        };
        // From the start, since what is refused leaves the picture before it.
        scene.app.shell.page().reset();
        scene.centre();
        if let Err(refused) = scene.app.shell.page().apply(&settings) {
            complain(format!("{refused:?}"));
            continue;
        }
        let picture = scene.centre();
        if picture.dimensions() != start.dimensions() {
            complain(format!("its stage is {:?} instead of {:?}", picture.dimensions(), start.dimensions()));
            continue;
        }
        let colours = vivid_colours(&picture);
        if colours < LEAST_COLOURS {
            complain(format!("blank: {colours} vivid colours"));
        }
        let change = difference(&start, &picture);
        if (change > LEAST_CHANGE) != (i > 0) {
            complain(format!("its picture differs by {change:.5} from the start"));
        }
        match scene.app.shell.page().problem() {
            Some(problem) if preset.tone != Tone::Broken || !is_a_sentence(problem) => {
                complain(problem.to_owned());
            }
            _ => {}
        }
        let page = scene.app.shell.page();
        if page.preset().map(|chosen| &chosen.name) != Some(&preset.name) {
            complain(format!("the page says that it shows {:?}", page.preset().map(|chosen| &chosen.name)));
        }
        let text = sentence(&mut scene).unwrap_or_default();
        if let Some(check) = &preset.check
            && !check.holds(&text)
        {
            complain(format!("{check:?} does not hold of \"{text}\""));
        }
    }
    complaints.extend(gpu.take_errors());
    report(&complaints);
}

#[test]
fn a_claim_can_fail() {
    let check = Check::parse("lesson contains \"16\"").unwrap();
    assert!(check.holds("Stride 4 keeps 1 place in 16.") && !check.holds("Stride 4 keeps 1 place in 15."));
}

#[test]
fn links_and_knobs_in_the_texts_can_be_set() {
    let mut complaints = Vec::new();
    for topic in pages() {
        let mut page = apart(topic);
        let knobs: Vec<&str> = page.knobs().iter().map(|knob| knob.name).collect();
        for link in topic.lesson().links() {
            page.reset();
            match link.settings.parse() {
                Ok(settings) => {
                    let refused = page.apply(&settings).err().into_iter().flatten();
                    complaints.extend(refused.map(|e| format!("{}, [{}]: {e}", topic.slug, link.name)));
                }
                Err(e) => complaints.push(format!("{}, [{}]: {e}", topic.slug, link.name)),
            }
        }
        for (heading, text) in topic.lesson().texts() {
            for reference in references(text).into_iter().filter(|_| heading != "In code") {
                let of = format!("{}, {heading}: {{{}}}", topic.slug, reference.name);
                if !knobs.contains(&reference.name.as_str()) {
                    complaints.push(format!("{of} is no knob; there is {}", knobs.join(", ")));
                } else if let Some(value) = reference.value {
                    page.reset();
                    let set = page.set(&format!("{}={value}", reference.name));
                    complaints.extend(set.err().map(|e| format!("{of}: {e}")));
                }
            }
        }
    }
    report(&complaints);
}

#[test]
fn questions_fit_on_the_line_above_the_picture() {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    // Beside navigation and settings; at 1024 the settings are in a drawer.
    let room = WIDTH.min(1280.0 - theme::NAVIGATION_WIDTH - theme::SETTINGS_WIDTH - 2.0 * theme::MARGIN);
    let mut complaints = Vec::new();
    // The first frame may have no fonts yet.
    for _ in 0..2 {
        complaints.clear();
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            for topic in TOPICS {
                let width = words::width(ui, topic.question(), theme::control());
                if width > room {
                    complaints.push(format!("{}: {width} points of {room}", topic.slug));
                }
            }
        });
        output.textures_delta.clear();
    }
    report(&complaints);
}

/// Lines that a sentence takes in a window of 1024 points.
fn lines(caption: &Caption) -> usize {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut rows = 0;
    // The first frame may have no fonts yet.
    for _ in 0..2 {
        let room = Rect::from_min_size(Pos2::ZERO, vec2(WIDTH, 40.0 * theme::LESSON_LINE));
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            words::lesson(ui, room, &caption.spans, None);
        });
        output.textures_delta.clear();
        let texts = output.shapes.iter().filter_map(|shape| match &shape.shape {
            Shape::Text(text) => Some(text.galley.rows.len()),
            _ => None,
        });
        rows = texts.max().unwrap_or(0);
    }
    rows
}

#[test]
fn lines_are_counted() {
    let long = "A sentence of many words goes on and on and on. ".repeat(6);
    let counts = ["One line.", &long[..150], &long].map(|text| lines(&Caption::plain(text)));
    assert_eq!(counts[0], 1);
    assert!(counts[1] == 2 && counts[2] > 2, "{counts:?}");
}

/// What is wrong with a sentence.
fn faults(caption: &Caption) -> Vec<String> {
    let text = caption.text();
    let mut faults = Vec::new();
    let length = text.chars().count();
    if !LENGTH.contains(&length) {
        faults.push(format!("{length} characters: \"{text}\""));
    }
    if lines(caption) > 2 {
        faults.push(format!("{} lines: \"{text}\"", lines(caption)));
    }
    if !text.contains(|c: char| c.is_ascii_digit()) {
        faults.push(format!("no number: \"{text}\""));
    }
    faults
}

topics!(each sentences say_what_is_to_be_seen);

fn say_what_is_to_be_seen(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1000, 620], true);
    scene.open(topic);
    let mut complaints = faults(scene.app.shell.page().caption().unwrap());
    for preset in &topic.lesson().presets {
        scene.app.shell.page().apply(&preset.settings()).unwrap();
        scene.centre();
        let caption = scene.app.shell.page().caption().cloned().unwrap();
        complaints.extend(faults(&caption).into_iter().map(|fault| format!("{}: {fault}", preset.name)));
    }
    // The numbers that the page is about move its sentence; those of a training do once it trains.
    let mut page = apart(topic);
    let numbers = page.knobs().into_iter().filter(|knob| {
        let own = !is_of_colours(knob.name) && !BESIDE.contains(&knob.name);
        own && !BESIDE_ON.contains(&(topic.slug, knob.name)) && knob.enabled && knob.effect == Effect::Records
    });
    for knob in numbers {
        let ends = ends_of(&mut apart(topic), knob.name);
        if ends.len() != 2
            || ends.iter().any(|end| end.split_once('=').is_none_or(|(_, v)| v.parse::<f64>().is_err()))
        {
            continue;
        }
        let said: Vec<_> = ends
            .iter()
            .map(|end| {
                scene.app.shell.page().reset();
                scene.centre();
                scene.app.shell.page().set(end).unwrap();
                scene.centre();
                (sentence(&mut scene), scene.app.shell.page().problem().map(str::to_owned))
            })
            .collect();
        if said[0] == said[1] {
            complaints.push(format!("{}: the same at both ends, {:?}", knob.name, said[0].0));
        }
        for (text, _) in said.iter().filter(|(_, problem)| problem.is_none()) {
            let caption = Caption::plain(text.as_deref().unwrap_or_default());
            complaints.extend(
                faults(&caption).into_iter().map(|fault| format!("{} at an end: {fault}", knob.name)),
            );
        }
    }
    report(&complaints);
}
