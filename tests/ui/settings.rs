//! Settings as text: written and read back on every page, undone and made again, left and found again, copied
//! as a link, kept from one start to the next.

use egui::accesskit::Role;
use egui::{
    Event, Key, Modifiers, OutputCommand, Pos2, RawInput, Rect, Shape, ThemePreference, UiBuilder, vec2,
};
use egui_kittest::kittest::Queryable;
use glassbox::app::Shell;
use glassbox::app::state::State;
use glassbox::data::Picture;
use glassbox::exhibits::{Topic, pages, topic};
use glassbox::gpu::Runtime;
use glassbox::ops::philox::Rng;
use glassbox::settings::{Address, Settings};
use glassbox::viz::{Screen, theme};

use super::access::{Reader, page, read};
use super::combinations::combination;
use super::lent::lend;
use super::scene::{Scene, report};
use super::sweep::apart;

/// Combinations of ends on each page.
const TRIES: usize = 12;

/// The settings of a fresh page after these were put on it as text.
fn read_back(topic: &'static Topic, text: &str) -> Result<String, String> {
    let settings: Settings = text.parse().map_err(|e| format!("{e}"))?;
    let mut fresh = apart(topic);
    fresh.apply(&settings).map_err(|e| format!("{e:?}"))?;
    Ok(fresh.settings().to_string())
}

#[test]
fn settings_of_every_page_come_back_from_their_text() {
    let mut complaints = Vec::new();
    for topic in pages() {
        let mut rng = Rng::new(5);
        for _ in 0..TRIES {
            let mut page = apart(topic);
            for setting in combination(&mut page, &mut rng) {
                // A range may depend on another knob.
                let _ = page.set(&setting);
            }
            for text in [page.settings().to_string(), page.changed_settings().to_string()] {
                let back = read_back(topic, &text);
                if back != Ok(page.settings().to_string()) {
                    complaints.push(format!("{}: {text}\n  gives {back:?}", topic.slug));
                }
            }
        }
        assert_eq!(apart(topic).changed_settings(), Settings::new(), "{}", topic.slug);
    }
    report(&complaints);
}

#[test]
fn addresses_of_every_page_come_back_from_their_text() {
    for (i, topic) in pages().enumerate() {
        let mut page = apart(topic);
        let settings = combination(&mut page, &mut Rng::new(i as u64));
        settings.iter().for_each(|setting| page.set(setting).unwrap_or_default());
        for step in [None, Some(0), Some(150)] {
            let address = Address { page: topic.slug.into(), settings: page.changed_settings(), step };
            assert_eq!(address.to_string().parse(), Ok(address));
        }
    }
}

fn now(reader: &mut Reader) -> String {
    let page = page(reader);
    format!("{}?{}", page.topic.slug, page.changed_settings())
}

/// Long enough for the undoer to take a change as one: it waits for a second without another.
fn wait(reader: &mut Reader) {
    for _ in 0..12 {
        reader.step();
    }
}

fn set(reader: &mut Reader, setting: &str) {
    page(reader).set(setting).unwrap();
    wait(reader);
}

fn press(reader: &mut Reader, modifiers: Modifiers, key: Key) {
    reader.key_press_modifiers(modifiers, key);
    reader.step();
    reader.step();
}

#[test]
fn changes_are_undone_and_made_again_by_keys() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    wait(&mut reader);
    set(&mut reader, "stride=4");
    set(&mut reader, "image=zone plate");
    let undo = |reader: &mut Reader| press(reader, Modifiers::COMMAND, Key::Z);
    let redo = |reader: &mut Reader| press(reader, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    undo(&mut reader);
    assert_eq!(now(&mut reader), "stride?stride=4");
    undo(&mut reader);
    assert_eq!(now(&mut reader), "stride?");
    redo(&mut reader);
    assert_eq!(now(&mut reader), "stride?stride=4");
    redo(&mut reader);
    assert_eq!(now(&mut reader), "stride?stride=4&image=zone plate");
}

#[test]
fn the_way_back_finds_pages_with_their_settings() {
    let mut reader = read(topic("stride").unwrap(), &["stride=4".to_owned()]);
    reader.step();
    let open = |reader: &mut Reader, slug: &str| {
        reader.state_mut().as_mut().unwrap().open_topic(topic(slug).unwrap());
        reader.step();
    };
    open(&mut reader, "valid-vs-same");
    page(&mut reader).reset();
    open(&mut reader, "pooling-types");
    let back = |reader: &mut Reader| press(reader, Modifiers::ALT, Key::ArrowLeft);
    let forward = |reader: &mut Reader| press(reader, Modifiers::ALT, Key::ArrowRight);
    back(&mut reader);
    assert_eq!(now(&mut reader), "valid-vs-same?");
    back(&mut reader);
    assert_eq!(now(&mut reader), "stride?stride=4");
    forward(&mut reader);
    assert_eq!(now(&mut reader), "valid-vs-same?");
    forward(&mut reader);
    assert_eq!(now(&mut reader), "pooling-types?");
    // A preset is a place on the way, too.
    press(&mut reader, Modifiers::NONE, Key::Num2);
    assert!(now(&mut reader).len() > "pooling-types?".len(), "the second preset has settings");
    back(&mut reader);
    assert_eq!(now(&mut reader), "pooling-types?");
}

#[test]
fn the_link_says_page_and_settings() {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut shell = Shell::new(&Runtime::Reference, &Screen::Cpu(ctx.clone()));
    shell.open_topic(topic("stride").unwrap());
    for setting in ["stride=4", "image=zone plate"] {
        shell.page().set(setting).unwrap();
    }
    let modifiers = Modifiers::COMMAND | Modifiers::SHIFT;
    let press = Event::Key { key: Key::C, physical_key: None, pressed: true, repeat: false, modifiers };
    let input = RawInput { events: vec![press], ..RawInput::default() };
    let mut output = ctx.run_ui(input, |ui| shell.ui(ui));
    output.textures_delta.clear();
    let copied = output.platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied.as_deref(), Some("stride?stride=4&image=zone plate"));
    let address: Address = copied.unwrap().parse().unwrap();
    assert_eq!(address.page, "stride");
    assert_eq!(address.settings.get("image"), Some("zone plate"));
}

#[test]
fn page_settings_theme_zoom_and_picture_are_there_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let picture = folder.path().join("stripes.png");
    image::RgbImage::from_fn(40, 30, |x, _| image::Rgb([(x * 6) as u8, 90, 200])).save(&picture).unwrap();
    let start = |settings: &[String]| {
        let mut reader = read(topic("twelve-by-twelve").unwrap(), settings);
        reader.step();
        let ctx = reader.ctx.clone();
        reader.state_mut().as_mut().unwrap().keep_state_in(file.clone(), &ctx, true);
        reader
    };
    let mut first = start(&[]);
    first.step();
    first.state_mut().as_mut().unwrap().open_topic(topic("stride").unwrap());
    set(&mut first, "stride=4");
    first.state_mut().as_mut().unwrap().open_topic(topic("valid-vs-same").unwrap());
    first.state_mut().as_mut().unwrap().open(&picture);
    let ctx = first.ctx.clone();
    ctx.set_theme(ThemePreference::Light);
    ctx.set_zoom_factor(1.25);
    let opened = |reader: &Reader| {
        reader.state().as_ref().is_some_and(|shell| shell.inputs.picture().name() == "stripes.png")
    };
    for _ in 0..400 {
        first.step();
        if opened(&first) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    first.step();
    drop(first);
    let state = State::load(&file);
    assert_eq!(state.page, "valid-vs-same");
    assert_eq!(state.settings.get("stride").map(String::as_str), Some("stride=4"));

    let mut second = start(&[]);
    for _ in 0..400 {
        second.step();
        if opened(&second) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(opened(&second), "the own picture is not there again");
    assert_eq!(now(&mut second), "valid-vs-same?");
    assert_eq!(second.ctx.options(|o| o.theme_preference), ThemePreference::Light);
    assert_eq!(second.ctx.zoom_factor(), 1.25);
    second.state_mut().as_mut().unwrap().open_topic(topic("stride").unwrap());
    assert_eq!(now(&mut second), "stride?stride=4");
}

#[test]
fn three_stages_stay_in_memory_and_all_settings() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [800, 560], true);
    let slugs = ["stride", "pooling-types", "valid-vs-same", "twelve-by-twelve", "attention-mechanisms"];
    for slug in slugs {
        scene.open(topic(slug).unwrap());
        let page = scene.app.shell.page();
        let moved = combination(page, &mut Rng::new(1)).into_iter().find(|s| page.set(s).is_ok());
        assert!(moved.is_some());
        scene.app.settle().unwrap();
    }
    let mut resident = scene.app.shell.resident();
    let mut last = slugs[2..].to_vec();
    resident.sort_unstable();
    last.sort_unstable();
    assert_eq!(resident, last);
    // And it comes back as it was left.
    scene.app.shell.open_topic(topic("stride").unwrap());
    assert_ne!(scene.app.shell.page().changed_settings(), Settings::new());
    scene.app.settle().unwrap();
    assert!(scene.app.shell.resident().contains(&"stride"));
    assert_eq!(scene.app.shell.page().problem(), None);
    report(&gpu.take_errors());
}

#[test]
fn a_picture_that_lies_in_no_file_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let ctx = egui::Context::default();
    let mut shell = Shell::new(&Runtime::Reference, &Screen::Cpu(ctx.clone()));
    shell.keep_state_in(file.clone(), &ctx, true);
    shell.set_picture(Picture::from_rgba("the clipboard", [2, 2], vec![255; 16]).unwrap());
    let mut output = ctx.run_ui(RawInput::default(), |ui| shell.ui(ui));
    output.textures_delta.clear();
    assert_eq!(State::load(&file).picture, None);
}

#[test]
fn a_number_between_two_steps_of_its_slider_stays_when_it_is_drawn() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.open(topic("dropout").unwrap());
    let page = scene.app.shell.page();
    page.set("rate=0.00043").unwrap();
    page.set("p=0.123").unwrap();
    scene.centre();
    let settings = scene.app.shell.page().settings();
    assert_eq!([settings.get("rate"), settings.get("p")], [Some("0.00043"), Some("0.123")]);
}

/// The texts of a page's settings in a panel of their width that lost their end, or reach out of it.
fn cut_off(topic: &'static Topic) -> Vec<String> {
    let mut page = apart(topic);
    let ctx = egui::Context::default();
    theme::install(&ctx);
    // The panel's margins, and what scrolls.
    let room = Rect::from_min_size(Pos2::ZERO, vec2(theme::SETTINGS_WIDTH - 16.0, 2000.0));
    let mut cut = Vec::new();
    // The first frame may have no fonts yet, and widgets take two to find their places.
    for _ in 0..3 {
        let mut output = ctx.run_ui(RawInput::default(), |ui| {
            let mut ui = ui.new_child(UiBuilder::new().max_rect(room));
            page.settings_ui(&mut ui);
        });
        output.textures_delta.clear();
        cut = output
            .shapes
            .iter()
            .filter_map(|shape| {
                let Shape::Text(text) = &shape.shape else { return None };
                if text.galley.text().trim().is_empty() {
                    return None;
                }
                let rect = text.visual_bounding_rect();
                // A field shows as much of what is written in it as it has room for.
                let beyond = rect.right().min(shape.clip_rect.right()) > room.right();
                (text.galley.elided || beyond).then(|| text.galley.text().to_owned())
            })
            .collect();
    }
    cut
}

#[test]
fn no_name_of_a_setting_is_cut_off() {
    let cut =
        pages().flat_map(|topic| cut_off(topic).into_iter().map(|text| format!("{}: {text}", topic.slug)));
    report(&cut.collect::<Vec<_>>());
}

#[test]
fn what_explains_a_setting_covers_no_other() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.run_ok();
    let spoken = |reader: &Reader| {
        let text = reader.query_by_label("Input cells between one window and the next");
        text.map(|node| node.rect())
    };
    reader.get_by_role_and_label(Role::Slider, "Stride").hover();
    reader.run_steps(60);
    let tip = spoken(&reader).expect("what is pointed at is explained");
    for label in ["Down, 0 as across", "Kernel size", "Padding"] {
        let next = reader.get_by_role_and_label(Role::Slider, label).rect();
        assert!(!tip.intersects(next), "{tip:?} covers {label} at {next:?}");
    }
}
