//! The tabs beside the picture: the answer with its contents, the verdict of a question, the shader that ran.

use egui::accesskit::Role;
use egui::{Key, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use glassbox::app::Tab;
use glassbox::exhibits::{Topic, topic};
use glassbox::gpu::{Runtime, StepId};
use glassbox::lessons::{substituted, words};

use super::access::{Reader, page, read};
use super::lent::lend;
use super::scene::{Scene, report};

/// Windows in which everything must have room.
const WINDOWS: [[f32; 2]; 2] = [[1280.0, 800.0], [1024.0, 700.0]];
/// Height of the status line, which covers nothing of a page.
const STATUS: f32 = 24.0;

fn show(reader: &mut Reader, tab: Tab) {
    reader.state_mut().as_mut().unwrap().tab = tab;
    reader.run_ok();
}

topics!(each practice shows_the_verdict_beside_the_question);

fn shows_the_verdict_beside_the_question(topic: &'static Topic) {
    let mut complaints = Vec::new();
    let mut reader = read(topic, &[]);
    reader.run_ok();
    for [width, height] in WINDOWS {
        reader.set_size(vec2(width, height));
        for seed in 0..4 {
            page(&mut reader).ask(seed);
            show(&mut reader, Tab::Practice);
            if reader.query_by_label("Your answer").is_some() {
                // One number is wanted, or two, or three.
                for answer in ["1, 1, 1", "1, 1", "1"] {
                    page(&mut reader).ask(seed);
                    reader.get_by_role_and_label(Role::TextInput, "Your answer").focus();
                    reader.run_ok();
                    reader.event(egui::Event::Text(answer.into()));
                    reader.key_press(Key::Enter);
                    reader.run_ok();
                    if reader.query_by_label_contains("The engine's answer").is_some() {
                        break;
                    }
                }
            } else {
                let first = options(&reader).into_iter().next().unwrap();
                reader.get_by_label(&first).click_accesskit();
                reader.run_ok();
            }
            let Some(verdict) = reader.query_by_label_contains("The engine's answer") else {
                complaints.push(format!("seed {seed}: no verdict"));
                continue;
            };
            let rect = verdict.rect();
            let room = Rect::from_min_size(egui::Pos2::ZERO, vec2(width, height - STATUS));
            if !room.contains_rect(rect) {
                complaints.push(format!("{width} x {height}, seed {seed}: the verdict is at {rect:?}"));
            }
            let next = reader.get_by_label("Another question").rect();
            if rect.top() >= next.bottom() {
                complaints
                    .push(format!("{width} x {height}, seed {seed}: the verdict is below the question"));
            }
        }
    }
    report(&complaints);
}

/// What the question offers to choose from: the buttons above the one that goes on.
fn options(reader: &Reader) -> Vec<String> {
    let end = reader.get_by_label("Another question").rect();
    let buttons = reader.query_all_by_role(Role::Button);
    let own = buttons.filter(|node| {
        let rect = node.rect();
        rect.left() >= end.left() - 1.0
            && rect.bottom() < end.top()
            && rect.top() > 44.0
            && rect.right() < 760.0
    });
    own.filter_map(|node| node.accesskit_node().label()).collect()
}

topics!(each presets can_all_be_clicked);

fn can_all_be_clicked(topic: &'static Topic) {
    let mut reader = read(topic, &[]);
    for [width, height] in WINDOWS {
        reader.set_size(vec2(width, height));
        reader.run_ok();
        for preset in topic.lesson().presets.iter().rev() {
            let chip = reader.get_by_role_and_label(Role::Button, &preset.name);
            let rect = chip.rect();
            assert!(rect.right() <= width && rect.width() > 40.0, "{}: {rect:?}", preset.name);
            chip.click();
            reader.run_ok();
            let chosen = page(&mut reader).preset().map(|preset| preset.name.as_str());
            assert_eq!(chosen, Some(preset.name.as_str()), "{width} x {height}");
        }
    }
}

#[test]
fn other_pages_are_one_click_away() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    show(&mut reader, Tab::Answer);
    reader.get_by_role_and_label(Role::Link, topic("why-pooling").unwrap().title()).click_accesskit();
    reader.run_ok();
    assert_eq!(page(&mut reader).topic.slug, "why-pooling");
}

#[test]
fn the_contents_lead_through_the_answer_and_a_claim_sets_the_page() {
    let stride = topic("stride").unwrap();
    let mut reader = read(stride, &[]);
    show(&mut reader, Tab::Answer);
    assert!(reader.query_by_role_and_label(Role::Slider, "Stride").is_none(), "no settings beside an answer");
    for heading in stride.lesson().headings() {
        assert!(reader.query_all_by_role_and_label(Role::Button, heading).next().is_some(), "{heading}");
    }
    let aliasing = |reader: &Reader| reader.get_by_role_and_label(Role::Label, "Aliasing").rect().top();
    assert!(aliasing(&reader) > 300.0);
    reader.get_by_role_and_label(Role::Button, "Aliasing").click_accesskit();
    reader.run_steps(40);
    assert!((0.0..120.0).contains(&aliasing(&reader)), "it is scrolled to: {}", aliasing(&reader));
    let chosen = reader.get_by_role_and_label(Role::Button, "Aliasing");
    assert!(
        chosen.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True),
        "and marked as in view"
    );
    reader.get_by_label_contains("False rings: ").click_accesskit();
    reader.run_ok();
    assert_eq!(page(&mut reader).preset().map(|preset| preset.name.as_str()), Some("False rings"));
    assert!(reader.query_by_role_and_label(Role::Slider, "Stride").is_some(), "and the page is shown");
}

#[test]
fn formulas_have_the_numbers_of_the_page() {
    let mut reader = read(topic("stride").unwrap(), &["stride=4".to_owned(), "padding=1".to_owned()]);
    reader.run_ok();
    let symbols = page(&mut reader).symbols();
    let made =
        substituted(r"\left\lfloor \frac{W + 2P - D(F - 1) - 1}{S} \right\rfloor + 1", &symbols).unwrap();
    assert!(made.ends_with("= 56"), "{made}");
    show(&mut reader, Tab::Answer);
    assert!(reader.query_all_by_label_contains("equals 56").next().is_some(), "and it stands below");
}

#[test]
fn the_shader_tab_shows_the_variant_that_ran_first() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], true);
    scene.open(topic("stride").unwrap());
    let session = scene.app.shell.page().stage.session().unwrap();
    let ran = session.variant(StepId(0)).unwrap();
    let kernel = session.plan().steps[0].kernel;
    let text = kernel.variants()[ran].shader.text().trim_end().to_owned();
    scene.app.shell.tab = Tab::Shader;
    scene.app.settle().unwrap();
    let texts = scene.app.measure().texts;
    let shown = texts.iter().max_by_key(|text| words(text)).unwrap();
    assert!(text.contains(shown.as_str()), "{} is not shown", kernel.variants()[ran].name);
    // Without an adapter none has run, and the plain one is there to be read.
    let mut scene = Scene::of(&Runtime::Reference, [1280, 800], true);
    scene.open(topic("stride").unwrap());
    scene.app.shell.tab = Tab::Shader;
    scene.app.settle().unwrap();
    let plain = kernel.variants()[0].shader.text();
    let texts = scene.app.measure().texts;
    let shown = texts.iter().max_by_key(|text| words(text)).unwrap();
    assert!(plain.contains(shown.as_str()), "{texts:?}");
}
