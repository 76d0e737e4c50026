//! The pictures of pages on home: each is there in both themes and of one size. Drawn anew, by the pages
//! themselves, by
//!
//! ```text
//! GLASSBOX_RENEW_GOLDEN=1 cargo test --test ui cards
//! ```

use glassbox::exhibits::{Topic, pages};
use glassbox::gpu::Runtime;
use image::imageops::{FilterType, crop_imm, resize};
use image::{DynamicImage, RgbImage};

use super::adapter::open;
use super::golden::{renews, save};
use super::scene::Scene;

/// Pixels of a card's picture: twice as many as it has points at its usual size.
const SIZE: [u32; 2] = [392, 176];
/// Pixels that the page is laid out in, and how many times as many it is drawn with.
const PAGE: [u32; 2] = [1280, 800];
const SCALE: u32 = 2;

/// The first row of the page, from its left, in the shape of a card.
fn drawn(runtime: &Runtime, topic: &'static Topic, dark: bool) -> RgbImage {
    let mut scene = Scene::of(runtime, PAGE, dark);
    scene.open(topic);
    if topic.slug == "model-explorer" {
        // Without a model it has no picture.
        scene.app.shell.page().set("sample=clothes").unwrap();
        scene.app.settle().unwrap();
    }
    let first = scene.app.first_row() * SCALE as f32;
    let page = DynamicImage::ImageRgba8(scene.app.picture(None, SCALE).unwrap()).into_rgb8();
    assert_eq!([page.width(), page.height()], PAGE.map(|side| side * SCALE));
    let aspect = SIZE[0] as f32 / SIZE[1] as f32;
    let (wide, high) =
        (first.width().min(first.height() * aspect), first.height().min(first.width() / aspect));
    let part = crop_imm(&page, first.left() as u32, first.top() as u32, wide as u32, high as u32).to_image();
    resize(&part, SIZE[0], SIZE[1], FilterType::Triangle)
}

#[test]
fn every_page_has_its_picture_on_home() {
    if renews() {
        let Some(gpu) = open() else { return };
        let runtime = Runtime::Gpu(gpu);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/cards");
        std::fs::create_dir_all(&folder).unwrap();
        for topic in pages() {
            for (dark, theme) in [(true, "dark"), (false, "light")] {
                let file = folder.join(format!("{}-{theme}.png", topic.slug));
                save(&drawn(&runtime, topic, dark), &file);
            }
        }
    }
    for topic in pages() {
        for dark in [true, false] {
            let card = image::load_from_memory((topic.card)(dark)).unwrap().into_rgb8();
            assert_eq!([card.width(), card.height()], SIZE, "{}", topic.slug);
            let first = card.get_pixel(0, 0);
            assert!(card.pixels().any(|pixel| pixel != first), "{} is of one colour", topic.slug);
        }
    }
}
