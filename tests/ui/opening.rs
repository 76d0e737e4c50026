//! Files dropped, pasted, chosen from the gallery and kept in mind: where they go, and what is said.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ColorImage, DroppedFile, Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use glassbox::app::Shell;
use glassbox::exhibits::{Own, topic};
use glassbox::gpu::Runtime;
use glassbox::models::Network;
use glassbox::models::network::InputSettings;
use glassbox::viz::{Screen, theme};

use super::adapter::shared;
use super::scene::Scene;

/// A file as the window system hands it over.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn model() -> PathBuf {
    project("tests/data/onnx/node/test_relu/model.onnx")
}

/// Drops files together and waits until all are opened.
pub fn drop_on(scene: &mut Scene, files: &[PathBuf]) {
    for file in files {
        scene.app.drop_file(Arc::new(Dropped(file.clone())));
    }
    scene.app.frame();
    scene.app.settle().unwrap();
}

fn paste(scene: &mut Scene, text: &str) {
    scene.app.event(Event::Paste(text.to_owned()));
    scene.app.frame();
    scene.app.settle().unwrap();
}

fn shown(scene: &Scene) -> &str {
    scene.app.shell.inputs.picture().name()
}

fn own(scene: &Scene) -> &Network {
    match scene.app.shell.inputs.own() {
        Some(Own::Network(network)) => network,
        _ => panic!("no network is open"),
    }
}

#[test]
fn what_is_dropped_goes_where_it_belongs() {
    let Some(gpu) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.onnx");
    std::fs::write(&garbage, b"no model at all").unwrap();
    let names = folder.path().join("names.txt");
    std::fs::write(&names, "tench\ngoldfish\n").unwrap();

    let mut scene = Scene::on(gpu);
    scene.open(topic("stride").unwrap());
    // The last of several is the one that stays.
    let photos = ["rocket", "brick", "coffee"].map(|name| project(&format!("assets/images/{name}.jpg")));
    drop_on(&mut scene, &photos);
    assert_eq!(shown(&scene), "coffee.jpg");
    assert_eq!(scene.app.shell.page().topic.slug, "stride");
    assert!(scene.app.shell.notices().is_empty());

    drop_on(&mut scene, std::slice::from_ref(&names));
    let notice = scene.app.shell.notices().last().unwrap();
    assert!(notice.contains("open their model first") && notice.contains("names.txt"), "{notice}");

    drop_on(&mut scene, &[model()]);
    assert_eq!(own(&scene).name, "model.onnx");
    assert_eq!(scene.app.shell.page().topic.slug, "model-explorer");
    drop_on(&mut scene, &[names]);
    assert_eq!(own(&scene).class(1), "goldfish");

    drop_on(&mut scene, &[garbage]);
    assert_eq!(scene.app.shell.notices().len(), 2);
    let notice = scene.app.shell.notices().last().unwrap();
    assert!(notice.contains("no intact ONNX file") && notice.ends_with("garbage.onnx"), "{notice}");
    assert_eq!(own(&scene).name, "model.onnx");
    assert_eq!(shown(&scene), "coffee.jpg");
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn a_file_that_is_being_opened_is_named_until_it_is_there() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    scene.app.shell.open(&model());
    assert_eq!(scene.app.shell.opening_name().as_deref(), Some("model.onnx"));
    assert!(scene.app.shell.inputs.own().is_none());
    scene.app.settle().unwrap();
    assert_eq!(scene.app.shell.opening_name(), None);
    assert_eq!(own(&scene).name, "model.onnx");
}

#[test]
fn pictures_and_paths_are_pasted_and_text_fields_keep_their_text() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    scene.open(topic("stride").unwrap());
    paste(&mut scene, "a sentence about nothing");
    assert_eq!(shown(&scene), "chelsea.png");
    assert!(scene.app.shell.notices().is_empty());

    let image = ColorImage::filled([20, 10], egui::Color32::from_rgb(200, 30, 10));
    scene.app.event(Event::PasteImage(Arc::new(image)));
    scene.app.frame();
    let picture = scene.app.shell.inputs.picture();
    assert_eq!((picture.width(), picture.height(), picture.rgb()[..3].to_vec()), (20, 10, vec![200, 30, 10]));

    let coffee = project("assets/images/coffee.jpg").display().to_string();
    paste(&mut scene, &format!("file://{coffee}\n"));
    assert_eq!(shown(&scene), "coffee.jpg");
    paste(&mut scene, "/no/such/file.png");
    let notice = scene.app.shell.notices().last().unwrap();
    assert!(notice.contains("/no/such/file.png"), "{notice}");

    // With the search field focused, the same text is only text.
    let find = Event::Key {
        key: Key::F,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::COMMAND,
    };
    scene.app.event(find);
    scene.app.frame();
    scene.app.frame();
    paste(&mut scene, &coffee.replace("coffee", "rocket"));
    assert_eq!(shown(&scene), "coffee.jpg");
    assert_eq!(scene.app.shell.notices().len(), 1);
}

#[test]
fn settings_of_a_model_come_back_when_it_is_opened_again() {
    let Some(gpu) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("models.json");
    let names = folder.path().join("names.txt");
    std::fs::write(&names, "tench\ngoldfish\n").unwrap();
    let wanted = InputSettings { width: 64, bgr: true, ..InputSettings::default() };

    let mut scene = Scene::on(gpu);
    scene.app.shell.keep_settings_in(kept.clone());
    drop_on(&mut scene, &[model(), names.clone()]);
    assert_ne!(own(&scene).input, wanted);
    scene.app.shell.inputs.keep_input(own(&scene), &wanted);
    scene.app.frame();

    let mut scene = Scene::on(gpu);
    scene.app.shell.keep_settings_in(kept);
    drop_on(&mut scene, &[model()]);
    assert_eq!(scene.app.shell.inputs.kept_input(own(&scene)), Some(wanted));
    assert_eq!(own(&scene).class(0), "tench");
    // A reset goes back to what the file tells.
    let told = own(&scene).input.clone();
    scene.app.shell.inputs.keep_input(own(&scene), &told);
    assert_eq!(scene.app.shell.inputs.kept_input(own(&scene)), None);

    // The names are read anew each time: without their file, the model still opens.
    std::fs::remove_file(names).unwrap();
    drop_on(&mut scene, &[model()]);
    assert!(own(&scene).classes.is_none());
    let notice = scene.app.shell.notices().last().unwrap();
    assert!(notice.contains("names of the classes") && notice.contains("names.txt"), "{notice}");
}

#[test]
fn the_gallery_stands_where_a_picture_is_shown_and_changes_it() {
    let draw = |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let shell = shell.get_or_insert_with(|| {
            let mut shell = Shell::new(&Runtime::Reference, &Screen::Cpu(ui.ctx().clone()));
            shell.open_topic(topic("stride").unwrap());
            shell
        });
        shell.ui(ui);
        shell.encode(None);
    };
    let mut reader = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(30)
        .with_context_setup(theme::install)
        .build_ui_state(draw, None);
    reader.run_ok();
    reader.get_by_label("A cup of coffee").click();
    reader.run_ok();
    let shell = reader.state_mut().as_mut().unwrap();
    assert_eq!(shell.inputs.picture().name(), "coffee.jpg");
    // One's own stays beside the others, to come back to.
    let grey =
        glassbox::data::Picture::from_rgba("mine.png", [2, 2], [vec![9; 3], vec![255]].concat().repeat(4))
            .unwrap();
    shell.set_picture(grey);
    reader.run_ok();
    reader.get_by_label("A cup of coffee").click();
    reader.run_ok();
    reader.get_by_label("Your picture mine.png").click();
    reader.run_ok();
    let shell = reader.state_mut().as_mut().unwrap();
    assert_eq!(shell.inputs.picture().name(), "mine.png");
    shell.open_topic(topic("attention-mechanisms").unwrap());
    reader.run_ok();
    assert!(reader.query_by_label("A cup of coffee").is_none(), "the page shows no picture");
}

#[test]
fn kept_names_go_to_their_own_model_and_give_way_to_new_ones() {
    let Some(gpu) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("old.txt"), "tench\ngoldfish\n").unwrap();
    std::fs::write(at("new.txt"), "ant\nbee\n").unwrap();
    let other = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx/light/squeezenet/model.onnx");
    std::fs::copy(other, at("other.onnx")).unwrap();
    let mut scene = Scene::on(gpu);
    drop_on(&mut scene, &[model(), at("old.txt")]);
    assert_eq!(own(&scene).class(0), "tench");
    // Both at once: the names of the first are no names of the second.
    drop_on(&mut scene, &[model(), at("other.onnx")]);
    assert_eq!(own(&scene).name, "other.onnx");
    assert_ne!(own(&scene).class(1), "goldfish");
    drop_on(&mut scene, &[model(), at("new.txt")]);
    assert_eq!(own(&scene).class(0), "ant");
}
