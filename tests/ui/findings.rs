//! What a stranger once found wrong on the pages, and what must not come back. Findings that have a test of their
//! own elsewhere are not repeated here.

use egui::Rect;
use glassbox::exhibits::topic;
use glassbox::viz::Tone;
use image::RgbaImage;

use super::lent::{Lent, lend};
use super::scene::Scene;

/// Pixels of usual pictures: one a point.
const SIZE: [u32; 2] = [1280, 800];

/// What stands at a rectangle in points of the last frame.
fn cut(scene: &mut Scene, rect: Rect) -> RgbaImage {
    let picture = scene.app.image().unwrap();
    let [x, y, w, h] = [rect.left(), rect.top(), rect.width(), rect.height()].map(|v| v as u32);
    image::imageops::crop_imm(&picture, x, y, w, h).to_image()
}

/// Mean luminance above that of the darkest pixel, 0 to 1.
fn luminance(picture: &RgbaImage) -> f64 {
    let linear = |v: u8| (f64::from(v) / 255.0).powf(2.2);
    let of = |p: &image::Rgba<u8>| 0.2126 * linear(p[0]) + 0.7152 * linear(p[1]) + 0.0722 * linear(p[2]);
    let darkest = picture.pixels().map(of).fold(1.0, f64::min);
    picture.pixels().map(of).sum::<f64>() / f64::from(picture.width() * picture.height()) - darkest
}

fn at(slug: &str, settings: &[&str]) -> Option<(Lent, Scene)> {
    let gpu = lend()?;
    let mut scene = Scene::of(&gpu.runtime(), SIZE, true);
    scene.app.shell.open_topic(topic(slug).unwrap());
    for setting in settings {
        scene.app.shell.page().set(setting).unwrap();
    }
    scene.app.settle().unwrap();
    Some((gpu, scene))
}

#[test]
fn a_forgotten_scale_is_half_as_bright() {
    let bright = |kind: &str| {
        let (_gpu, mut scene) = at("dropout", &[&format!("kind={kind}"), "masks=128"])?;
        // Mean over the masks, and testing, without their names and the bar.
        let panels = scene.app.panels();
        let map =
            |panel: Rect| Rect::from_min_size(panel.min + egui::vec2(4.0, 28.0), egui::Vec2::splat(80.0));
        let [mean, test] = [panels[4], panels[5]].map(|panel| luminance(&cut(&mut scene, map(panel))));
        Some(mean / test)
    };
    let Some(forgotten) = bright("forgotten") else { return };
    assert!((0.25..0.75).contains(&forgotten), "the mean is {forgotten:.2} as bright as the test");
    let inverted = bright("inverted").unwrap();
    assert!((0.85..1.15).contains(&inverted), "the mean is {inverted:.2} as bright as the test");
}

#[test]
fn a_sharp_head_that_was_trained_is_not_called_broken() {
    let Some((_gpu, mut scene)) = at("attention-mechanisms", &["head=3"]) else { return };
    let mut tone = |settings: &[&str]| {
        scene.app.shell.page().reset();
        for setting in settings {
            scene.app.shell.page().set(setting).unwrap();
        }
        scene.app.settle().unwrap();
        scene.app.shell.page().caption().unwrap().tone
    };
    for head in 1..=12 {
        assert_eq!(tone(&[&format!("head={head}")]), Tone::Plain, "head {head} of the real layer");
    }
    assert_eq!(tone(&["source=random weights", "d_k=512", "scale=off"]), Tone::Broken);
    assert_ne!(tone(&["source=random weights", "d_k=512", "scale=on"]), Tone::Broken);
}

#[test]
fn nothing_is_called_masked_without_a_mask() {
    let Some((_gpu, mut scene)) = at("attention-mechanisms", &[]) else { return };
    let said = scene.app.measure().texts.join(" ");
    assert!(!said.contains("mask"), "{said}");
}

#[test]
fn a_sum_is_not_called_less_than_a_maximum() {
    let Some((_gpu, mut scene)) = at("pooling-types", &["p=1"]) else { return };
    let said = scene.app.measure().texts.join(" ");
    assert!(!said.contains("between the two"), "{said}");
}

#[test]
fn a_small_head_chooses_and_pins_nothing() {
    let random = ["source=random weights", "heads=4"];
    let Some((_gpu, mut scene)) = at("attention-mechanisms", &random) else { return };
    // Heads follow the two panels of the first row.
    let third = scene.app.panels()[2 + 2].center_top() + egui::vec2(0.0, 20.0);
    scene.click_at(third);
    assert_eq!(scene.app.shell.page().settings().get("head"), Some("3"));
    assert!(scene.app.shell.page().stage.inspection.pinned.is_none());
}

#[test]
fn a_window_over_padding_is_outlined_whole() {
    let Some((_gpu, mut scene)) = at("valid-vs-same", &[]) else { return };
    let focus = |p: &image::Rgba<u8>| p[0] > 200 && (120..190).contains(&p[1]) && p[2] < 90;
    // Length of the upper edge of the window over the inputs of valid, same and full: between the last two stands
    // the lens.
    let panels = scene.app.panels();
    let edges = [0, 1, 3].map(|at| {
        let column = cut(&mut scene, panels[at]);
        let row = |y: u32| (0..column.width()).filter(|x| focus(column.get_pixel(*x, y))).count();
        (0..column.height()).map(row).find(|length| *length > 20).unwrap_or(0)
    });
    let [valid, same, full] = edges.map(|length| length as i32);
    assert!(valid > 40 && (valid - same).abs() <= 5 && (valid - full).abs() <= 5, "{edges:?}");
}

#[test]
fn the_lesson_on_attention_names_what_is_asked_today() {
    let answer = &topic("attention-mechanisms").unwrap().lesson().answer;
    for name in ["Cross-attention", "Grouped-query", "multi-query", "Sliding window", "sparse", "Linear"] {
        assert!(answer.contains(name), "{name}");
    }
}

#[test]
fn all_class_activation_maps_have_room() {
    let Some((_gpu, mut scene)) = at("vision-explorer", &["activation=on"]) else { return };
    let measured = scene.app.measure();
    // The deepest layers say most, and stand last.
    assert!(measured.texts.iter().filter(|text| *text == "7 × 7").count() >= 1, "{:?}", measured.texts);
    assert_eq!((measured.clipped, measured.overlaps), (0, 0), "{:?}", measured.complaints);
    assert!(measured.beyond[0] < 1.0, "{} reaches past the side", measured.farthest);
}
