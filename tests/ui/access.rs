//! Keyboard and screen reader: every control has a name, and what it does can be done without a
//! pointer. On the reference, since nothing is painted.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT, Queryable};
use glassbox::app::{Page, Shell};
use glassbox::exhibits::{Own, TOPICS, Topic, topic};
use glassbox::gpu::Runtime;
use glassbox::viz::{Screen, theme};

use super::scene::report;
use super::sweep::{apart, enabling};

pub type Reader = Harness<'static, Option<Shell>>;

/// The shell on a page, as a screen reader sees it.
pub fn read(topic: &'static Topic, settings: &[String]) -> Reader {
    read_own(topic, settings, None)
}

/// The shell on a page, with a model that the user has opened.
pub fn read_own(topic: &'static Topic, settings: &[String], own: Option<Own>) -> Reader {
    let settings = settings.to_vec();
    let draw = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let shell = shell.get_or_insert_with(|| {
            let mut shell = Shell::new(&Runtime::Reference, &Screen::Cpu(ui.ctx().clone()));
            shell.open_topic(topic);
            if let Some(own) = own.clone() {
                shell.inputs.set_own(own);
            }
            for setting in &settings {
                shell.page().set(setting).unwrap();
            }
            shell
        });
        shell.ui(ui);
        shell.encode(None);
    };
    Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(30)
        .with_accessibility_check(false)
        .with_context_setup(theme::install)
        .build_ui_state(draw, None)
}

pub fn page(reader: &mut Reader) -> &mut Page {
    reader.state_mut().as_mut().unwrap().page()
}

/// Whether a node is something that a setting is changed with.
fn is_control(role: Role) -> bool {
    matches!(
        role,
        Role::Slider
            | Role::SpinButton
            | Role::ComboBox
            | Role::CheckBox
            | Role::TextInput
            | Role::MultilineTextInput
            | Role::DisclosureTriangle
    )
}

/// Controls whose label is this one or starts with it (`Grid, row 1, column 2`), and whether they
/// are switched off.
fn controls(reader: &Reader, label: &str) -> Vec<(Role, bool)> {
    let nodes = reader.root().children_recursive();
    nodes
        .map(|node| node.accesskit_node())
        .filter(|node| is_control(node.role()))
        .filter(|node| {
            node.label()
                .is_some_and(|l| l.strip_prefix(label).is_some_and(|r| r.is_empty() || r.starts_with(',')))
        })
        .map(|node| (node.role(), node.is_disabled()))
        .collect()
}

/// Labels of the topics in the navigation.
fn listed(reader: &Reader) -> Vec<&'static str> {
    let there = |t: &&Topic| reader.query_all_by_role_and_label(Role::Button, t.title()).next().is_some();
    TOPICS.iter().filter(there).map(Topic::title).collect()
}

/// The label of what has the keyboard.
fn focused(reader: &Reader) -> Option<(Role, String)> {
    let node = reader
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .find(AccessKitNode::is_focused)?;
    Some((node.role(), node.label().unwrap_or_default()))
}

topics!(each every_knob has_a_name);

fn has_a_name(topic: &'static Topic) {
    let mut complaints = Vec::new();
    let mut reader = read(topic, &[]);
    let knobs = page(&mut reader).knobs();
    complaints.extend(reader.unnamed_widgets());
    for knob in &knobs {
        let of = knob.name;
        let mut found = controls(&reader, knob.label);
        if !knob.enabled {
            if found.iter().any(|(_, disabled)| !disabled) {
                complaints.push(format!("{of}: drawn as if it had an effect"));
            }
            // And once it has one.
            let settings = enabling(&mut apart(topic), knob.name).unwrap();
            let reader = read(topic, &settings);
            found = controls(&reader, knob.label);
            complaints.extend(reader.unnamed_widgets().into_iter().map(|w| format!("{of}: {w}")));
        }
        if found.is_empty() {
            complaints.push(format!("{of}: no control is called \"{}\"", knob.label));
        }
        if found.iter().any(|(_, disabled)| *disabled) {
            complaints.push(format!("{of}: switched off though it has an effect"));
        }
    }
    report(&complaints);
}

/// The chapter of a topic in the navigation, and whether it is unfolded.
fn unfolded(reader: &Reader, chapter: &str) -> bool {
    let name = format!("{chapter}, ");
    let fold = reader.get_by_label_contains(&name);
    fold.accesskit_node().label().is_some_and(|label| label.ends_with(", unfolded"))
}

fn fold(reader: &mut Reader, chapter: &str) {
    reader.get_by_label_contains(&format!("{chapter}, ")).click_accesskit();
    reader.run_ok();
}

#[test]
fn every_topic_opens_from_the_navigation() {
    let mut reader = read(&TOPICS[0], &[]);
    for topic in TOPICS {
        if !unfolded(&reader, topic.chapter) {
            fold(&mut reader, topic.chapter);
        }
        reader.get_by_role_and_label(Role::Button, topic.title()).click_accesskit();
        reader.run_ok();
        assert_eq!(page(&mut reader).topic.slug, topic.slug);
    }
    assert_eq!(listed(&reader).len(), TOPICS.len(), "chapters stay open");
}

#[test]
fn chapters_fold_and_that_of_a_page_that_is_opened_unfolds() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.run_ok();
    assert!(unfolded(&reader, "Convolution") && !unfolded(&reader, "Attention"));
    assert!(listed(&reader).contains(&"Stride") && !listed(&reader).contains(&"Dropout"));
    fold(&mut reader, "Attention");
    fold(&mut reader, "Convolution");
    assert!(!listed(&reader).contains(&"Stride"));
    reader.state_mut().as_mut().unwrap().open_topic(topic("dropout").unwrap());
    reader.run_ok();
    assert!(listed(&reader).contains(&"Dropout"));
    assert!(
        unfolded(&reader, "Attention") && !unfolded(&reader, "Convolution"),
        "the others are as they were"
    );
}

#[test]
fn typing_searches_and_enter_opens() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.key_press_modifiers(Modifiers::COMMAND, Key::F);
    reader.run_ok();
    assert_eq!(focused(&reader), Some((Role::TextInput, "Search topics".into())));
    reader.event(egui::Event::Text("dropout".into()));
    reader.run_ok();
    let left = listed(&reader);
    assert!(left.contains(&"Dropout") && left.len() < TOPICS.len(), "{left:?}");
    reader.key_press(Key::Enter);
    reader.run_ok();
    let opened = page(&mut reader).topic;
    assert_eq!(opened.slug, "dropout");

    reader.get_by_label("Search topics").focus();
    reader.run_ok();
    reader.event(egui::Event::Text(" zzz".into()));
    reader.run_ok();
    assert!(listed(&reader).is_empty());
    assert!(reader.query_by_label_contains("No topic mentions").is_some());
    // What is only in the text comes behind what is in a title, wherever they stand in the list.
    let search = |reader: &Reader| focused(reader) == Some((Role::TextInput, "Search topics".into()));
    reader.key_press(Key::Escape);
    reader.run_ok();
    assert!(reader.query_by_label_contains("No topic mentions").is_none(), "Esc clears");
    assert!(search(&reader), "and stays");
    reader.event(egui::Event::Text("stride".into()));
    reader.run_ok();
    assert_ne!(listed(&reader)[0], "Stride");
    reader.key_press(Key::Enter);
    reader.run_ok();
    assert_eq!(page(&mut reader).topic.slug, "stride");
    reader.get_by_label("Search topics").focus();
    reader.run_ok();
    for _ in 0..2 {
        assert!(search(&reader));
        reader.key_press(Key::Escape);
        reader.run_ok();
    }
    assert!(!search(&reader), "a second Esc leaves");
}

#[test]
fn tab_reaches_every_control_and_is_caught_by_none() {
    let settings = ["image=grid".to_owned()];
    let mut reader = read(topic("stride").unwrap(), &settings);
    reader.get_by_role_and_label(Role::DisclosureTriangle, "Grid").click_accesskit();
    reader.run_ok();
    let wanted: Vec<&str> = page(&mut reader).knobs().iter().filter(|k| k.enabled).map(|k| k.label).collect();
    let others =
        ["Search topics", "Explore", "Answer", "Practice", "Code", "Shader", "Reset", "Copy link", "Open…"];
    let mut seen: Vec<(Role, String)> = Vec::new();
    let mut round = false;
    for _ in 0..260 {
        reader.key_press(Key::Tab);
        reader.run_ok();
        let Some(now) = focused(&reader) else { continue };
        round |= seen.len() > 20 && seen.first() == Some(&now);
        if round {
            break;
        }
        seen.push(now);
    }
    assert!(round, "Tab does not come round; last {:?}", &seen[seen.len().saturating_sub(5)..]);
    let names: Vec<&str> = seen.iter().map(|(_, label)| label.as_str()).collect();
    let missed: Vec<_> = wanted.iter().chain(&others).filter(|label| !names.contains(label)).collect();
    assert!(missed.is_empty(), "Tab never comes to {missed:?}, but to {names:?}");
    let rows = |(role, label): &(Role, String)| *role != Role::DisclosureTriangle && label == "Grid";
    assert!(seen.iter().any(rows), "Tab never comes to the rows of the grid");
}

#[test]
fn arrow_keys_and_a_screen_reader_move_the_stride() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.get_by_role_and_label(Role::Slider, "Stride").focus();
    reader.run_ok();
    let stride = |reader: &mut Reader| page(reader).settings().get("stride").unwrap().parse::<u32>().unwrap();
    assert_eq!(stride(&mut reader), 2);
    reader.key_press(Key::ArrowRight);
    reader.run_ok();
    assert_eq!(stride(&mut reader), 3);
    reader.key_press(Key::ArrowLeft);
    reader.key_press(Key::ArrowLeft);
    reader.run_ok();
    assert_eq!(stride(&mut reader), 1);
    reader.get_by_role_and_label(Role::Slider, "Stride").set_value_accesskit(7.0);
    reader.run_ok();
    assert_eq!(stride(&mut reader), 7);
    let version = page(&mut reader).stage.version();
    assert!(version >= 4, "the picture has followed: {version}");
}
