//! What holds of the mechanisms on the page on attention, as the adapter computes them.

use glassbox::exhibits::topic;
use glassbox::gpu::largest_difference;

use super::lent::{Lent, lend};
use super::scene::Scene;

/// Rounding of softmax and sums.
const NEAR: f32 = 2e-5;

fn at(settings: &[&str]) -> Option<(Lent, Scene)> {
    let gpu = lend()?;
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.app.shell.open_topic(topic("attention-mechanisms").unwrap());
    for setting in settings {
        scene.app.shell.page().set(setting).unwrap();
    }
    scene.app.settle().unwrap();
    assert_eq!(scene.app.shell.page().problem(), None);
    Some((gpu, scene))
}

/// The values of the buffer of this name.
fn named(scene: &mut Scene, name: &str) -> Vec<f32> {
    let session = scene.app.shell.page().stage.session().unwrap();
    let at = session.plan().buffers.iter().position(|buffer| buffer.name == name);
    let at = at.unwrap_or_else(|| panic!("no buffer is called {name}"));
    session.read(glassbox::gpu::BufId(at)).unwrap()
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert!(!a.is_empty());
    largest_difference(a, b) as f32
}

/// Head 6 of 16 words.
fn sixth(all: &[f32]) -> &[f32] {
    &all[5 * 256..6 * 256]
}

#[test]
fn a_window_leaves_what_is_inside() {
    let Some((gpu, mut scene)) = at(&["mechanism=local-m"]) else { return };
    for (index, weight) in named(&mut scene, "weights of local-m").iter().enumerate() {
        assert_eq!(*weight > 0.0, (index / 16).abs_diff(index % 16) <= 2);
    }
    scene.app.shell.page().set("mechanism=sliding window").unwrap();
    for setting in ["window=16", "mask=causal"] {
        scene.app.shell.page().set(setting).unwrap();
    }
    scene.app.settle().unwrap();
    let full = named(&mut scene, "attention weights");
    assert!(apart(&named(&mut scene, "weights of the sliding window"), sixth(&full)) <= NEAR);
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn a_sentence_that_asks_itself_attends_to_itself_and_concat_is_additive() {
    let same = "second=The animal didn't cross the street because it was too tired.";
    let Some((gpu, mut scene)) = at(&["mechanism=cross", same]) else { return };
    let (own, crossed) =
        (named(&mut scene, "attention weights"), named(&mut scene, "weights across sentences"));
    assert!(apart(&own, &crossed) <= NEAR);
    let of = ["weights of concat scores", "weights of additive scores"].map(|name| named(&mut scene, name));
    assert!(apart(&of[0], &of[1]) <= NEAR);
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn exactly_the_part_of_a_muted_head_is_missing() {
    let mute = "mute=0 0 1 0 0 0 0 0 0 0 0 0";
    let Some((gpu, mut scene)) = at(&["mechanism=multi-head", mute]) else { return };
    let (added, gone) =
        (named(&mut scene, "what each head adds"), named(&mut scene, "what muted heads would add"));
    let each = 16 * 384;
    assert_eq!(gone, added[2 * each..3 * each]);
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn a_small_picture_chooses_its_mechanism() {
    let Some((_gpu, mut scene)) = at(&[]) else { return };
    // The strip follows the two panels of the first row: the fourth picture is Luong's dot.
    let fourth = scene.app.panels()[2 + 3].center_top() + egui::vec2(0.0, 20.0);
    scene.click_at(fourth);
    assert_eq!(scene.app.shell.page().settings().get("mechanism"), Some("Luong dot"));
    assert!(scene.app.shell.page().stage.inspection.pinned.is_none());
}
