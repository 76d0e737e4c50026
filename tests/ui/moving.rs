//! What moves by itself: numbers on their way to a preset, panels that words light, a heavy page being opened.

use egui::{Key, pos2};
use glassbox::exhibits::topic;

use super::lent::lend;
use super::scene::{Scene, difference, report};

/// More frames than any way takes, at sixty a second.
const FRAMES: usize = 40;

fn number(scene: &mut Scene, knob: &str) -> f32 {
    scene.app.shell.page().settings().get(knob).unwrap().parse().unwrap()
}

#[test]
fn numbers_glide_to_those_of_a_preset_and_a_hand_stops_them() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.app.shell.glides = true;
    scene.open(topic("stride").unwrap());
    scene.press(Key::Num3);
    let mut strides = Vec::new();
    for _ in 0..FRAMES {
        let page = scene.app.shell.page();
        assert_eq!(page.problem(), None, "nothing on the way is complained of");
        assert_eq!(page.preset().unwrap().name, "Pixels skipped", "the chip is lit from the first frame");
        assert_eq!(page.settings().get("image"), Some("grid"), "what is no number is there at once");
        strides.push(number(&mut scene, "stride"));
        scene.app.frame();
    }
    assert!(strides.is_sorted() && strides.contains(&3.0), "{strides:?}");
    assert_eq!(strides.last(), Some(&4.0));
    assert!(!scene.app.shell.page().is_gliding());

    scene.press(Key::Num1);
    scene.press(Key::Num3);
    scene.app.shell.page().set("stride=7").unwrap();
    for _ in 0..FRAMES {
        scene.app.frame();
    }
    assert_eq!(number(&mut scene, "stride"), 7.0, "the hand has the last word");
    report(&gpu.take_errors());
}

topics!(each every_way arrives);

fn arrives(topic: &'static glassbox::exhibits::Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.app.shell.glides = true;
    scene.open(topic);
    let mut complaints = Vec::new();
    for (i, preset) in topic.lesson().presets.iter().enumerate() {
        scene.app.shell.page().reset();
        scene.app.settle().unwrap();
        scene.app.shell.choose_preset(i);
        for _ in 0..FRAMES {
            scene.app.frame();
        }
        let reached = scene.app.shell.page().preset().map(|preset| preset.name.as_str());
        if scene.app.shell.page().is_gliding() || reached != Some(&preset.name) {
            complaints.push(format!("{}: the page is at {reached:?}", preset.name));
        }
    }
    report(&complaints);
}

#[test]
fn words_of_the_sentence_light_their_panel_and_the_other_way_round() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("twelve-by-twelve").unwrap());
    let [left, top, right, _] = scene.centre_points();
    let calm = scene.last_centre();
    // The sentence stands between the title and the picture.
    let lit = (0..((right - left) / 10.0) as usize)
        .flat_map(|i| [top - 80.0, top - 60.0].map(|y| pos2(left + 10.0 * i as f32, y)))
        .filter(|at| {
            scene.point_at(*at);
            difference(&calm, &scene.last_centre()) > 0.0
        })
        .count();
    assert!(lit > 5, "{lit} places light a panel");
    let sentence = |scene: &mut Scene, at| {
        scene.point_at(at);
        let picture = scene.app.image().unwrap();
        image::imageops::crop_imm(&picture, left as u32, 60, (right - left) as u32, (top - 70.0) as u32)
            .to_image()
    };
    let away = sentence(&mut scene, pos2(4.0, 4.0));
    let output = scene.app.panels()[2].center();
    assert!(difference(&away, &sentence(&mut scene, output)) > 0.0, "the words of a panel are underlined");
}

/// Draws frames until a page is open: programs that the adapter does not have are compiled meanwhile.
fn open_in_sight(scene: &mut Scene) {
    while scene.app.shell.page().is_opening() {
        scene.app.frame();
    }
}

#[test]
fn a_heavy_page_says_at_once_what_it_is_doing() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.app.shell.open_topic(topic("vision-explorer").unwrap());
    for says in ["Reading the network…", "onto the adapter"] {
        let texts = scene.app.measure().texts;
        assert!(texts.iter().any(|text| text.contains(says)), "{says}: {texts:?}");
        assert!(scene.app.shell.page().stage.plan().is_none(), "nothing was uploaded yet");
    }
    open_in_sight(&mut scene);
    assert!(scene.app.shell.page().stage.plan().is_some());
    assert!(scene.app.shell.page().reads_picture(), "the gallery stands beside it");
}

#[test]
fn a_page_with_networks_says_at_once_what_it_is_doing() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.app.shell.open_topic(topic("dropout").unwrap());
    let texts = scene.app.measure().texts;
    assert!(texts.iter().any(|text| text.contains("2 networks to train")), "{texts:?}");
    assert!(scene.app.shell.page().player().is_none(), "they were not made yet");
    open_in_sight(&mut scene);
    assert!(scene.app.shell.page().player().is_some());
}

#[test]
fn a_page_that_needs_a_network_later_says_so() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("fully-connected").unwrap());
    scene.app.shell.page().set("network=EfficientNet-Lite0").unwrap();
    let texts = scene.app.measure().texts;
    assert!(texts.iter().any(|text| text.contains("Reading the network…")), "{texts:?}");
    scene.app.settle().unwrap();
    let said = scene.app.shell.page().caption().map(glassbox::viz::Caption::text).unwrap_or_default();
    assert!(said.starts_with("tiger cat leads Egyptian cat"), "{said}");
}
