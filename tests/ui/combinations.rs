//! Settings taken together: each combination is either drawn or refused with a sentence, and then the last good
//! picture stays.

use glassbox::app::Page;
use glassbox::exhibits::{Inputs, TOPICS, Topic};
use glassbox::ops::philox::Rng;

use super::lent::lend;
use super::scene::{Scene, report, vivid_colours};
use super::sweep::{apart, is_a_sentence, is_of_colours, name_of, recorded};

/// Combinations tried on each page.
const TRIES: usize = 60;

/// A random end for every knob of the page's own.
pub fn combination(page: &mut Page, rng: &mut Rng) -> Vec<String> {
    let ends: Vec<String> = page.ends().into_iter().filter(|end| !is_of_colours(name_of(end))).collect();
    glassbox::app::combination(&ends, rng)
}

/// The first `most` combinations of ends that a page refuses, with its reason. Nothing is computed here.
fn refused(topic: &'static Topic, most: usize) -> Vec<(Vec<String>, String)> {
    let inputs = Inputs::default();
    let mut page = apart(topic);
    let mut rng = Rng::new(7);
    let mut found = Vec::new();
    for _ in 0..TRIES {
        page.reset();
        let settings = combination(&mut page, &mut rng);
        for assignment in &settings {
            // A range may depend on another knob; what it refuses then stays where it was.
            let _ = page.set(assignment);
        }
        if let Err(problem) = recorded(topic, &page.settings(), &inputs) {
            found.push((settings, problem));
            if found.len() == most {
                break;
            }
        }
    }
    found
}

topics!(each ends_together are_recorded_or_refused_with_a_sentence);

fn are_recorded_or_refused_with_a_sentence(topic: &'static Topic) {
    let refused = refused(topic, TRIES);
    println!("{} of {TRIES} refused", refused.len());
    let bad = refused.into_iter().filter(|(_, problem)| !is_a_sentence(problem));
    report(
        &bad.map(|(settings, problem)| format!("{settings:?}: \"{problem}\" is no sentence"))
            .collect::<Vec<_>>(),
    );
}

topics!(each what_is_refused leaves_the_last_good_picture);

fn leaves_the_last_good_picture(topic: &'static Topic) {
    let Some((settings, _)) = refused(topic, 1).into_iter().next() else { return };
    let Some(gpu) = lend() else { return };
    // The usual window: in a small one the reason is a large part of it.
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.open(topic);
    let before = vivid_colours(&scene.last_centre());
    let version = scene.app.shell.page().stage.version();
    let caption = scene.app.shell.page().caption().cloned();
    for assignment in &settings {
        let _ = scene.app.shell.page().set(assignment);
    }
    let picture = scene.centre();
    let page = scene.app.shell.page();
    assert!(page.problem().is_some(), "{settings:?}: no reason is given");
    assert_eq!(page.stage.version(), version, "{settings:?}: the good picture was given up");
    assert_eq!(page.caption().cloned(), caption, "{settings:?}: the sentence is not that of the picture");
    // The reason above it takes a little of its room.
    let after = vivid_colours(&picture);
    assert!(after * 2 >= before, "{settings:?}: {after} colours are left of {before}");
    // And on it goes with settings that work.
    scene.app.shell.page().reset();
    scene.centre();
    assert_eq!(scene.app.shell.page().problem(), None);
    report(&gpu.take_errors());
}

#[test]
fn some_pages_refuse_combinations() {
    let count = TOPICS.iter().filter(|topic| !refused(topic, 1).is_empty()).count();
    assert!(count >= 2, "{count} pages refuse anything: the combinations no longer reach what is impossible");
}
