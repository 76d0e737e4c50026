//! What surrounds the pages: home with its doors and cards, the palette, the tour, practice that comes back, the
//! exam.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use glassbox::app::practised::{Practised, Score};
use glassbox::app::{HOME, Opened, Page, Shell};
use glassbox::data::Picture;
use glassbox::exhibits::{TOPICS, topic};
use glassbox::gpu::Runtime;
use glassbox::lessons::tour;

use super::access::{Reader, page, read};
use super::lent::lend;
use super::scene::Scene;

fn shell(reader: &mut Reader) -> &mut Shell {
    reader.state_mut().as_mut().unwrap()
}

fn place(reader: &mut Reader) -> String {
    shell(reader).address().page
}

/// A start with nothing kept but in this folder.
fn start(folder: &std::path::Path) -> Reader {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.step();
    let ctx = reader.ctx.clone();
    shell(&mut reader).keep_state_in(folder.join("state.json"), &ctx, true);
    shell(&mut reader).keep_practised_in(folder.join("practice.json"));
    reader.run_ok();
    reader
}

#[test]
fn the_first_start_shows_home_and_later_ones_the_last_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = start(folder.path());
    assert_eq!(place(&mut first), HOME);
    for name in ["Your photo", "A sentence", "Your model", "Begin: ", "Tour: ", "Exam: "] {
        assert!(first.query_all_by_label_contains(name).next().is_some(), "{name}");
    }
    for topic in TOPICS {
        let card = format!("{}: {}", topic.title(), topic.question());
        assert!(first.query_all_by_role_and_label(Role::Button, &card).count() >= 1, "{card}");
    }
    let dropout = topic("dropout").unwrap();
    first.get_by_label(&format!("{}: {}", dropout.title(), dropout.question())).click_accesskit();
    first.run_ok();
    assert_eq!(place(&mut first), "dropout");
    first.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    first.run_ok();
    assert_eq!(place(&mut first), HOME, "back leads there");
    assert!(first.query_by_label_contains("Continue: Dropout").is_some());
    first.key_press_modifiers(Modifiers::ALT, Key::ArrowRight);
    first.run_ok();
    assert_eq!(place(&mut first), "dropout");
    drop(first);
    assert_eq!(place(&mut start(folder.path())), "dropout");
}

#[test]
fn home_fits_at_every_size_and_runs_nothing() {
    for size in [[900, 600], [1024, 700], [1280, 800], [1920, 1080]] {
        for dark in [true, false] {
            let mut scene = Scene::of(&Runtime::Reference, size, dark);
            scene.app.shell.open_home();
            scene.app.settle().unwrap();
            let measured = scene.app.measure();
            assert_eq!((measured.clipped, measured.overlaps), (0, 0), "{size:?}, dark {dark}: {measured:?}");
            let titles: Vec<&str> =
                glassbox::exhibits::pages().map(glassbox::exhibits::Topic::title).collect();
            let cut: Vec<_> = measured.elided.iter().filter(|text| titles.contains(&text.as_str())).collect();
            assert!(cut.is_empty(), "{size:?}: titles end in …: {cut:?}");
            assert!(scene.app.shell.resident().is_empty(), "no page runs behind it");
            scene.app.frame();
            assert!(scene.app.repaint_delay.as_secs() > 3600, "nothing moves: {:?}", scene.app.repaint_delay);
        }
    }
}

#[test]
fn the_palette_finds_a_preset_and_sets_it() {
    let mut reader = read(topic("dropout").unwrap(), &[]);
    reader.key_press_modifiers(Modifiers::COMMAND, Key::K);
    reader.run_ok();
    assert!(reader.query_by_label("Search everything").is_some());
    reader.event(egui::Event::Text("false rings".into()));
    reader.run_ok();
    reader.key_press(Key::Enter);
    reader.run_ok();
    assert_eq!(page(&mut reader).topic.slug, "stride");
    assert_eq!(page(&mut reader).preset().map(|preset| preset.name.as_str()), Some("False rings"));
    assert!(reader.query_by_label("Search everything").is_none(), "and it closes");
    reader.key_press_modifiers(Modifiers::COMMAND, Key::K);
    reader.run_ok();
    reader.event(egui::Event::Text("xylophone".into()));
    reader.run_ok();
    assert!(reader.query_by_label_contains("Nothing is called").is_some());
    reader.key_press(Key::Escape);
    reader.run_ok();
    assert!(reader.query_by_label("Search everything").is_none());
    assert_eq!(page(&mut reader).topic.slug, "stride");
}

#[test]
fn the_tour_leads_from_stop_to_stop_and_is_left_by_going_elsewhere() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.key_press_modifiers(Modifiers::COMMAND, Key::T);
    reader.run_ok();
    // The last stop is a whole network, which the reference would take long for.
    let stops = &tour()[..tour().len() - 1];
    for (i, stop) in stops.iter().enumerate() {
        assert_eq!(place(&mut reader), stop.slug);
        let preset = page(&mut reader).preset().map(|preset| preset.name.as_str()).unwrap_or_default();
        assert_eq!(preset, stop.preset, "{stop:?}");
        if i + 1 < stops.len() {
            reader.get_by_label("Next, tour").click_accesskit();
            reader.run_ok();
        }
    }
    shell(&mut reader).open_topic(topic("stride").unwrap());
    reader.run_ok();
    assert!(reader.query_by_label("Next, tour").is_none());
}

#[test]
fn a_question_that_was_passed_over_is_not_asked_again_at_once() {
    let mut reader = read(topic("twelve-by-twelve").unwrap(), &[]);
    reader.get_by_label("Practice").click_accesskit();
    reader.run_ok();
    let first = page(&mut reader).practice.seed();
    reader.get_by_label("Another question").click_accesskit();
    reader.run_ok();
    assert_ne!(page(&mut reader).practice.seed(), first);
}

#[test]
fn a_narrow_window_has_a_way_out_of_the_exam() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.set_size(egui::vec2(900.0, 600.0));
    reader.key_press_modifiers(Modifiers::COMMAND, Key::E);
    reader.run_ok();
    reader.get_by_label("Pages").click_accesskit();
    reader.run_ok();
    reader.get_by_label("Home").click_accesskit();
    reader.run_ok();
    assert_eq!(place(&mut reader), HOME);
}

#[test]
fn an_answer_is_kept_and_a_wrong_one_waits_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("practice.json");
    let mut reader = start(folder.path());
    shell(&mut reader).open_topic(topic("stride").unwrap());
    reader.run_ok();
    reader.get_by_label("Practice").click_accesskit();
    reader.run_ok();
    // The first question of this page wants a number, and this is none of its.
    reader.get_by_role_and_label(Role::TextInput, "Your answer").focus();
    reader.run_ok();
    reader.event(egui::Event::Text("123456".into()));
    reader.run_ok();
    for _ in 0..2 {
        reader.get_by_label("Check").click_accesskit();
        reader.run_ok();
    }
    let kept = Practised::load(&file);
    assert_eq!(kept.scores["stride"], Score { right: 0, wrong: 1 }, "the first answer counts, once");
    assert_eq!(kept.waiting.len(), 1);
    assert!(reader.query_by_label_contains("0 of 1 right").is_some());
    assert!(reader.query_by_label_contains("1 question will come back").is_some());
}

#[test]
fn the_exam_asks_one_question_after_the_other() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.key_press_modifiers(Modifiers::COMMAND, Key::E);
    reader.run_ok();
    reader.get_by_label("Begin").click_accesskit();
    reader.run_ok();
    for number in 1..=10 {
        assert!(reader.query_by_label_contains(&format!("Question {number} of 10")).is_some());
        let next = if number == 10 { "To the result" } else { "Next question" };
        reader.get_by_label(next).click_accesskit();
        reader.run_ok();
    }
    assert!(reader.query_by_label_contains("0 of 10 right").is_some());
    assert!(reader.query_by_label_contains("To be repeated: ").is_some());
}

#[test]
fn a_picture_given_at_home_is_seen_and_keys_of_pages_do_nothing_there() {
    let mut reader = read(topic("stride").unwrap(), &["stride=4".to_owned()]);
    shell(&mut reader).open_home();
    reader.run_ok();
    for key in [Key::Num1, Key::Num4, Key::Space] {
        reader.key_press(key);
        reader.run_ok();
    }
    reader.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    reader.run_ok();
    assert_eq!(place(&mut reader), HOME);
    assert_eq!(page(&mut reader).settings().get("stride"), Some("4"));
    let picture = Picture::from_rgba("a picture", [2, 2], vec![255; 16]).unwrap();
    shell(&mut reader).show(Opened::Picture(picture));
    assert_eq!(place(&mut reader), "vision-explorer");
}

/// What is written at home, and where.
fn texts(scene: &mut Scene) -> Vec<(String, egui::Rect)> {
    let measured = scene.app.measure();
    measured.texts.into_iter().zip(measured.places).collect()
}

/// A scene at home with the pointer on the door or the card that begins its text like this, once it may run.
fn pointed(runtime: &Runtime, name: &str) -> Scene {
    // High enough for every card.
    let mut scene = Scene::of(runtime, [1280, 2400], true);
    scene.app.shell.open_home();
    scene.app.settle().unwrap();
    // A long title has lost its end.
    let named = |text: &str| name.starts_with(text.trim_end_matches('…')) && text.len() > 4;
    let at = texts(&mut scene).into_iter().find(|(text, _)| named(text)).unwrap().1;
    for _ in 0..40 {
        scene.point_at(at.center());
    }
    scene
}

/// Draws frames until the page that runs there is as `wanted`.
fn until(scene: &mut Scene, wanted: impl Fn(&mut Page) -> bool) -> bool {
    (0..6000).any(|_| {
        scene.app.frame();
        std::thread::sleep(std::time::Duration::from_millis(2));
        scene.app.shell.alive().is_some_and(&wanted)
    })
}

#[test]
fn cards_train_and_read_where_they_are_pointed_at() {
    let Some(gpu) = lend() else { return };
    let runs = |page: &mut Page| {
        assert_eq!(page.problem(), None);
        let trains = page.player().is_none_or(|player| player.step() > 2);
        trains && !page.stage.sessions().is_empty() && !page.stage.pending()
    };
    for slug in ["dropout", "attention-mechanisms"] {
        let topic = topic(slug).unwrap();
        let mut scene = pointed(&gpu.runtime(), topic.title());
        assert!(until(&mut scene, runs), "{slug}");
        assert_eq!(scene.app.shell.alive().unwrap().topic.slug, slug);
    }
    let complaints = gpu.take_errors();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn a_door_shows_the_sentence_that_is_written_in_it_and_a_network() {
    let Some(gpu) = lend() else { return };
    let quiet =
        |page: &mut Page| page.problem().is_none() && page.stage.plan().is_some() && !page.stage.pending();
    for (door, slug) in [("A sentence", "text-explorer"), ("Your model", "model-explorer")] {
        let mut scene = pointed(&gpu.runtime(), door);
        assert!(until(&mut scene, quiet), "{door}");
        assert_eq!(scene.app.shell.alive().unwrap().topic.slug, slug);
        scene.app.frame();
    }
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn only_the_card_that_is_pointed_at_runs_and_stops_when_it_is_left() {
    let Some(gpu) = lend() else { return };
    let mut scene = pointed(&gpu.runtime(), "Stride");
    assert!(until(&mut scene, |page| page.window().is_some_and(|walk| walk.playing())), "the window slides");
    let at = |scene: &mut Scene| scene.app.shell.alive().unwrap().window().unwrap().at();
    let before = at(&mut scene);
    for _ in 0..60 {
        scene.app.frame();
    }
    assert!(at(&mut scene) > before);
    assert!(scene.app.shell.resident().is_empty(), "the page itself is not opened");
    scene.point_at(egui::pos2(700.0, 20.0));
    for _ in 0..3 {
        scene.app.frame();
    }
    assert!(scene.app.shell.alive().is_none());
    assert!(scene.app.repaint_delay.as_secs() > 3600, "nothing moves: {:?}", scene.app.repaint_delay);
    let complaints = gpu.take_errors();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn the_sentence_and_the_sample_of_a_door_are_opened() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    shell(&mut reader).open_home();
    reader.run_ok();
    reader.get_by_role_and_label(Role::TextInput, "Sentence to look inside").focus();
    reader.run_ok();
    reader.event(egui::Event::Text("One more word".into()));
    reader.run_ok();
    reader.key_press(Key::Enter);
    reader.run_ok();
    assert_eq!(place(&mut reader), "text-explorer");
    assert_eq!(page(&mut reader).settings().get("sentence"), Some("One more word"));
    shell(&mut reader).open_home();
    reader.run_ok();
    reader.get_by_label("Trained here, a sample model").click_accesskit();
    reader.run_ok();
    assert_eq!(place(&mut reader), "model-explorer");
    assert_eq!(page(&mut reader).settings().get("sample"), Some("clothes"));
    assert_eq!(page(&mut reader).problem(), None);
}

#[test]
fn the_photo_of_the_door_is_named_without_holding_up_a_frame() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.app.shell.open_home();
    scene.app.settle().unwrap();
    let door = texts(&mut scene).into_iter().find(|(text, _)| text == "Your photo").unwrap().1;
    scene.point_at(door.center());
    let says = |scene: &mut Scene, part: &str| texts(scene).iter().any(|(text, _)| text.contains(part));
    assert!(says(&mut scene, "The network looks"));
    let named = (0..6000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        says(&mut scene, "tiger cat")
    });
    assert!(named);
    // The answer stays when the pointer goes, and is gone with the picture.
    scene.point_at(egui::pos2(700.0, 20.0));
    assert!(says(&mut scene, "tiger cat"));
    let picture = Picture::from_rgba("a picture", [2, 2], vec![255; 16]).unwrap();
    scene.app.shell.set_picture(picture);
    assert!(says(&mut scene, "Point here"));
}

#[test]
fn the_picture_of_the_last_time_is_seen_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.png");
    image::RgbaImage::from_pixel(4, 4, image::Rgba([9, 9, 9, 255])).save(&file).unwrap();
    let opened = |reader: &mut Reader| {
        while shell(reader).opening_name().is_some() {
            reader.step();
        }
        reader.step();
    };
    let mut first = start(folder.path());
    shell(&mut first).open(&file);
    opened(&mut first);
    assert_eq!(place(&mut first), "vision-explorer");
    shell(&mut first).open_home();
    first.step();
    drop(first);
    let mut second = start(folder.path());
    opened(&mut second);
    assert_eq!(place(&mut second), HOME, "what is only kept leads nowhere");
    shell(&mut second).open(&file);
    opened(&mut second);
    assert_eq!(place(&mut second), "vision-explorer");
}
