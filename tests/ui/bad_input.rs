//! Bad files, empty sentences, plans beyond the adapter: a sentence, and the program goes on.

use std::sync::Arc;

use egui::Ui;
use glassbox::app::{Page, Painter};
use glassbox::exhibits::{Exhibit, Inputs, Problem, Recording, Topic, mount, topic};
use glassbox::gpu::{DType, Runtime, Tensor};
use glassbox::ops::unary::{Act, activation};
use glassbox::settings::{Knob, Knobs};
use glassbox::viz::{Look, MapStyle, View};

use super::adapter::shared;
use super::scene::{Scene, difference, vivid_colours};
use super::sweep::is_a_sentence;

#[test]
fn a_bad_picture_is_a_notice_and_the_picture_before_stays() {
    let Some(gpu) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let photo = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/images/chelsea.png")).unwrap();
    let files = [
        ("missing.png", None),
        ("empty.png", Some(&[][..])),
        ("cut.png", Some(&photo[..photo.len() / 2])),
        ("text.png", Some(&b"no picture at all"[..])),
    ];
    let mut scene = Scene::on(gpu);
    scene.open(topic("stride").unwrap());
    let rgb = scene.app.shell.inputs.picture().rgb().clone();
    for (i, (name, bytes)) in files.into_iter().enumerate() {
        let path = folder.path().join(name);
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).unwrap();
        }
        scene.app.shell.open(&path);
        scene.app.settle().unwrap();
        let notices = scene.app.shell.notices();
        assert_eq!(notices.len(), i + 1, "{name}");
        let notice = notices.last().unwrap();
        assert!(notice.contains(name) && notice.len() > name.len() + 20, "{notice}");
        assert!(Arc::ptr_eq(&rgb, scene.app.shell.inputs.picture().rgb()), "{name}");
    }
    let picture = scene.centre();
    assert!(vivid_colours(&picture) > 100);
    assert!(scene.app.shell.page().problem().is_none());
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn another_picture_is_shown_on_every_page() {
    let Some(gpu) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stripes.png");
    image::RgbImage::from_fn(40, 30, |x, _| image::Rgb([(x * 6) as u8, 90, 200])).save(&path).unwrap();
    let mut scene = Scene::on(gpu);
    let mut pictures = ["stride", "pooling-types"].map(|slug| {
        scene.open(topic(slug).unwrap());
        scene.centre()
    });
    scene.app.shell.open(&path);
    scene.app.settle().unwrap();
    assert!(scene.app.shell.notices().is_empty());
    for (slug, before) in ["stride", "pooling-types"].into_iter().zip(&mut pictures) {
        scene.open(topic(slug).unwrap());
        assert!(difference(before, &scene.last_centre()) > 2.0, "{slug}");
    }
}

#[test]
fn an_empty_sentence_says_what_to_do_and_the_attention_stays() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    scene.open(topic("attention-mechanisms").unwrap());
    let version = scene.app.shell.page().stage.version();
    for empty in ["sentence=", "sentence=   "] {
        scene.app.shell.page().set(empty).unwrap();
        let picture = scene.centre();
        let page = scene.app.shell.page();
        let problem = page.problem().unwrap();
        assert!(is_a_sentence(problem) && problem.contains("write at least one word"), "{problem}");
        assert_eq!(page.stage.version(), version);
        assert!(vivid_colours(&picture) > 100);
    }
    scene.app.shell.page().set("sentence=One word").unwrap();
    scene.centre();
    assert!(scene.app.shell.page().problem().is_none());
}

/// A page whose plan is as large as its knob says.
#[derive(Default)]
struct Large {
    log2: u32,
}

impl Exhibit for Large {
    type Shown = Tensor;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::int("log2", "Size", &mut self.log2, 0..=29).show(k);
    }
    fn record(&mut self, on: &mut Recording<'_>) -> Result<Tensor, Problem> {
        let plan = &mut on.plan;
        let x = plan.temporary("x", &[1 << self.log2, 4], DType::F32);
        let y = activation(plan, &x, Act::RELU);
        // A buffer that the last good plan does not have, where only that is on the GPU.
        let large = self.log2 > 20;
        Ok(if large { activation(plan, &y, Act::RELU) } else { y })
    }
    fn draw(&mut self, y: &Tensor, ui: &mut Ui, view: &mut View<'_>) {
        view.map(ui, y, 0, MapStyle::new("y", Look::Diverging, 200.0));
        view.values(y);
    }
}

#[test]
fn a_plan_beyond_the_adapter_is_a_sentence_and_not_the_end() {
    let Some(gpu) = shared() else { return };
    static TOPIC: Topic =
        Topic { slug: "large", chapter: "Tests", number: 99, new: mount::<Large>, card: |_| &[] };
    let screen = Painter::new(gpu, wgpu::TextureFormat::Rgba8Unorm, None).screen();
    let mut page = Page::new(&TOPIC, &Runtime::Gpu(gpu.clone()), &screen, 0);
    let ctx = egui::Context::default();
    let inputs = Inputs::default();
    for (size, works) in [("log2=3", true), ("log2=29", false), ("log2=4", true)] {
        page.set(size).unwrap();
        page.begin_frame();
        // A program that was not compiled yet is opened in sight.
        page.update(&ctx, &inputs, 0);
        while page.is_opening() {
            page.update(&ctx, &inputs, 0);
        }
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| page.canvas_ui(ui));
        output.textures_delta.clear();
        assert_eq!(page.problem().is_none(), works, "{size}: {:?}", page.problem());
        if let Some(problem) = page.problem() {
            assert!(is_a_sentence(problem), "{problem}");
        }
    }
    assert!(gpu.take_errors().is_empty());
}
