//! What surrounds the pages: home with its doors and cards, the palette, the tour, practice that comes back, the
//! exam.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use glassbox::app::practised::{Practised, Score};
use glassbox::app::{HOME, Opened, Shell};
use glassbox::data::Picture;
use glassbox::exhibits::{TOPICS, topic};
use glassbox::gpu::Runtime;
use glassbox::lessons::tour;

use super::access::{Reader, page, read};
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
    reader.event(egui::Event::Text("no such thing".into()));
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
    assert!(reader.query_by_label_contains("To be repeated: 8 topics").is_some());
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
