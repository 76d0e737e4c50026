//! A knob that changes no shape, moved: the very next frame shows everything, with the same sessions, programs
//! and textures.

use glassbox::exhibits::{Inputs, Topic};
use glassbox::gpu::Plan;
use glassbox::settings::{Effect, Listed};
use glassbox::viz::Of;

use super::lent::lend;
use super::scene::{Scene, report, vivid_colours};
use super::sweep::{apart, enabling, ends_of, is_of_colours, recorded};

const SIZE: [u32; 2] = [1280, 800];

/// A knob at a value that changes no shape.
struct Move {
    knob: Listed,
    /// What enables it.
    before: Vec<String>,
    assignment: String,
    /// Whether it is a number, or several, as a slider gives them.
    number: bool,
}

/// The plan that a page records under these settings, if it can.
fn plan(topic: &'static Topic, settings: &[String], inputs: &Inputs) -> Option<Plan> {
    let mut page = apart(topic);
    for setting in settings {
        page.set(setting).ok()?;
    }
    recorded(topic, &page.settings(), inputs).ok().map(|work| work.plan)
}

/// Values that a knob might be moved to from its default: a step or halfway before the ends, since those are
/// more likely to keep all shapes.
fn values(topic: &'static Topic, knob: &Listed, before: &[String]) -> (Vec<String>, bool) {
    let mut page = apart(topic);
    for setting in before {
        page.set(setting).unwrap();
    }
    let now = page.settings().get(knob.name).unwrap_or_default().to_owned();
    let ends: Vec<String> = ends_of(&mut page, knob.name)
        .iter()
        .filter_map(|end| Some(end.split_once('=')?.1.to_owned()))
        .collect();
    let numbers: Option<Vec<f64>> = ends.iter().map(|end| end.parse().ok()).collect();
    let mut wanted = Vec::new();
    let mut number = false;
    if let (Some(ends), Ok(at)) = (numbers, now.parse::<f64>()) {
        number = true;
        let whole = !now.contains('.') && ends.iter().all(|end| end.fract() == 0.0);
        let halfway = |end: f64| if whole { ((at + end) / 2.0).round() } else { (at + end) / 2.0 };
        let step = if whole { 1.0 } else { (ends[1] - ends[0]) / 100.0 };
        let tried = [at + step, at - step, halfway(ends[1]), halfway(ends[0])];
        wanted.extend(
            tried.iter().filter(|v| (ends[0]..=ends[1]).contains(*v)).map(|v| (*v as f32).to_string()),
        );
    } else if now.split_whitespace().count() > 1 && now.split_whitespace().all(|n| n.parse::<f32>().is_ok()) {
        // One number of a table, as it is typed or dragged.
        number = true;
        let mut table: Vec<String> = now.split_whitespace().map(str::to_owned).collect();
        table[0] = if table[0] == "7" { "8".into() } else { "7".into() };
        wanted.push(table.join(" "));
    }
    wanted.extend(ends);
    wanted.retain(|value| *value != now);
    (wanted, number)
}

/// The moves of a page that change no shape, one a knob.
fn moves(topic: &'static Topic) -> Vec<Move> {
    let inputs = Inputs::default();
    let mut found = Vec::new();
    for knob in apart(topic).knobs().into_iter().filter(|knob| !is_of_colours(knob.name)) {
        let Some(before) = enabling(&mut apart(topic), knob.name) else { continue };
        let Some(first) = plan(topic, &before, &inputs) else { continue };
        let (values, number) = values(topic, &knob, &before);
        let keeps = |value: &String| {
            let assignment = format!("{}={value}", knob.name);
            let other = plan(topic, &[before.clone(), vec![assignment.clone()]].concat(), &inputs)?;
            first.same_structure(&other).then_some(assignment)
        };
        match values.iter().find_map(keeps) {
            Some(assignment) => found.push(Move { knob, before, assignment, number }),
            None => println!("{} changes shapes with every value", knob.name),
        }
    }
    found
}

fn sessions(scene: &mut Scene) -> Vec<(Of, u64)> {
    scene.app.shell.page().stage.sessions().into_iter().map(|(of, session)| (of, session.id())).collect()
}

topics!(each a_moved_knob shows_everything_in_the_next_frame);

fn shows_everything_in_the_next_frame(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), SIZE, true);
    scene.app.shell.open_topic(topic);
    let moves = moves(topic);
    assert!(!moves.is_empty(), "no knob was moved");
    let mut complaints = Vec::new();
    for Move { knob, before, assignment, number } in &moves {
        let page = scene.app.shell.page();
        page.reset();
        for setting in before {
            page.set(setting).unwrap();
        }
        let colours = vivid_colours(&scene.centre());
        // Training begins anew with such a knob; the plan beside it does not.
        let held = |scene: &mut Scene| {
            let mut held = sessions(scene);
            held.retain(|(of, _)| knob.effect < Effect::Restarts || *of == Of::Plan);
            held
        };
        let (ids, compiled) = (held(&mut scene), gpu.compiled());
        let made = scene.app.shell.page().stage.textures_made();
        let spoken = scene.app.shell.page().caption().is_some();
        scene.app.shell.page().set(assignment).unwrap();
        let measured = scene.app.measure();
        let mut complain = |what: String| complaints.push(format!("{assignment}: {what}"));
        if held(&mut scene) != ids {
            complain("other sessions".into());
        }
        let page = scene.app.shell.page();
        // Another choice may be another look, or want another variant of a kernel, and another layer to look at
        // is another texture; a slider that moves numbers is none of them.
        if *number && matches!(knob.effect, Effect::Records | Effect::Steers) {
            if gpu.compiled() != compiled {
                complain(format!("{} programs compiled", gpu.compiled() - compiled));
            }
            if page.stage.textures_made() != made {
                complain(format!("{made} textures were made before, and {} now", page.stage.textures_made()));
            }
        }
        if page.caption().is_none() && spoken {
            complain("the sentence is gone".into());
        }
        if let Some(problem) = page.problem() {
            complain(problem.to_owned());
        }
        if let Some(text) = measured.texts.iter().find(|text| text.split_whitespace().any(|word| word == "…"))
        {
            complain(format!("a number is missing: \"{text}\""));
        }
        let after = vivid_colours(&scene.last_centre());
        // Another input may have fewer by itself.
        let all = vivid_colours(&scene.centre()).min(colours);
        if after * 3 < all {
            complain(format!("{after} colours of {all}"));
        }
    }
    complaints.extend(gpu.take_errors());
    println!("{} knobs moved", moves.len());
    report(&complaints);
}
