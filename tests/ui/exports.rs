//! What is taken away from pages: pictures, drawings, numbers, films, and what stays as it was.

use std::collections::BTreeMap;
use std::io::Cursor;

use egui::PointerButton;
use egui_kittest::kittest::Queryable;
use glassbox::app::Wish;
use glassbox::app::export::{Kind, Made, Motion, Served, Wanted};
use glassbox::data::npy::read_npy;
use glassbox::exhibits::{Topic, topic};
use glassbox::viz::offer::{Numbers, Offer};
use image::RgbaImage;
use image::imageops::{FilterType, resize};

use super::access::read;
use super::inspector::find;
use super::lent::lend;
use super::scene::{Scene, difference};

fn wanted(figure: Option<&str>, kind: Kind) -> Wanted {
    Wanted { figure: figure.map(str::to_owned), kind, copied: false }
}

fn bytes(made: Made) -> Vec<u8> {
    let [(_, bytes)] = <[_; 1]>::try_from(made.files).unwrap();
    bytes
}

fn picture(made: Made) -> RgbaImage {
    image::load_from_memory(&bytes(made)).unwrap().to_rgba8()
}

topics!(each numbers_of_maps are_those_of_the_run);

fn are_those_of_the_run(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic);
    let offers: Vec<Offer> = scene.app.offers();
    let titles: Vec<&str> = offers.iter().map(|offer| offer.title.as_str()).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut maps = 0;
    for offer in &offers {
        assert_eq!(titles.iter().filter(|title| **title == offer.title).count(), 1, "{}", offer.title);
        let mut export = |kind| scene.app.export(&wanted(Some(&offer.title), kind)).unwrap();
        let csv = String::from_utf8(bytes(export(Kind::Csv))).unwrap();
        let rows: Vec<Vec<f32>> = csv
            .lines()
            .skip(1)
            .map(|line| line.split(',').skip(1).filter_map(|cell| cell.parse().ok()).collect())
            .collect();
        let Numbers::Map { of, tensor, index, planes, .. } = &offer.numbers else {
            assert!(!rows.is_empty(), "{}: {csv}", offer.title);
            continue;
        };
        maps += 1;
        let file = folder.path().join("a.npy");
        std::fs::write(&file, bytes(export(Kind::Npy))).unwrap();
        let array = read_npy(&file).unwrap();
        let stage = &mut scene.app.shell.page().stage;
        let read = stage.session_of(*of).unwrap().read(tensor.buf).unwrap();
        let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
        assert_eq!(array.shape, tensor.shape, "{}", offer.title);
        assert!(same(&array.values, &read[..tensor.len()]), "{}", offer.title);
        if let Some(drawn) = stage.values(*of, tensor.buf) {
            assert!(same(&drawn, &read), "{}", offer.title);
        }
        let size = tensor.shape.iter().rev().take(2).product::<usize>();
        let own = &read[index * planes * size..(index + 1) * planes * size];
        if *planes == 1 {
            let names = csv.lines().skip(1).any(|line| line.starts_with('"'));
            assert!(names || same(&rows.concat(), own), "{}", offer.title);
        } else {
            // Behind row and column, of which one was skipped, stand the planes of a pixel.
            let red: Vec<f32> = rows.iter().map(|row| row[1]).collect();
            assert!(same(&red, &own[..size]), "{}", offer.title);
        }
    }
    let in_numbers = [
        "batchnorm-vs-dropout",
        "choosing-architecture",
        "exploding-gradients",
        "output-size",
        "random-init",
        "residual-learning",
        "twelve-by-twelve",
        "valid-vs-same",
        "vanishing-gradients",
        "zero-init",
    ];
    assert!(maps > 0 || in_numbers.contains(&topic.slug), "{titles:?}");
}

/// What stands between the tags of an XML document whose tags close each other; panics where they do not.
fn read_xml(text: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut said = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let plain = |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        assert!(before.split('&').skip(1).all(|entity| entity.contains(';')), "{before}");
        if !before.trim().is_empty() {
            said.push(plain(before).replace("&amp;", "&"));
        }
        let (tag, after) = after.split_once('>').expect("a tag that ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.trim_matches(['/', '?']).split_whitespace().next().unwrap();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
        } else if !tag.ends_with('/') && !tag.starts_with('?') {
            open.push(name);
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?}");
    said
}

topics!(each drawings are_well_formed_and_hold_every_word);

fn are_well_formed_and_hold_every_word(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::of(&gpu.runtime(), [1280, 800], false);
    scene.open(topic);
    let svg = String::from_utf8(bytes(scene.app.export(&wanted(None, Kind::Svg)).unwrap())).unwrap();
    let said = read_xml(&svg);
    let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let all = squeeze(&said.concat());
    for text in scene.app.measure().texts {
        let whole = squeeze(&text);
        // Of words that have no room, what is written instead of their end.
        let cut = || said.iter().filter_map(|s| s.strip_suffix('…')).any(|s| whole.starts_with(&squeeze(s)));
        assert!(all.contains(&whole) || cut(), "\"{text}\" is not in the drawing");
    }
    for title in scene.app.figures() {
        let svg = scene.app.export(&wanted(Some(&title), Kind::Svg)).unwrap();
        read_xml(&String::from_utf8(bytes(svg)).unwrap());
    }
}

#[test]
fn a_picture_is_the_page_and_one_of_twice_the_size_as_well() {
    let Some(gpu) = lend() else { return };
    for runtime in [gpu.runtime(), glassbox::gpu::Runtime::Reference] {
        let mut scene = Scene::new(&runtime);
        scene.open(topic("stride").unwrap());
        let before = scene.app.image().unwrap();
        let same = picture(scene.app.export(&wanted(None, Kind::Png(1))).unwrap());
        assert_eq!(difference(&before, &same), 0.0);
        let twice = picture(scene.app.export(&wanted(None, Kind::Png(2))).unwrap());
        assert_eq!(twice.width(), 2 * before.width());
        let halved = resize(&twice, before.width(), before.height(), FilterType::Triangle);
        let far = difference(&before, &halved);
        assert!(far > 0.0 && far < 6.0, "{far}");
        let figure = picture(scene.app.export(&wanted(Some("Output"), Kind::Png(1))).unwrap());
        assert!(figure.width() < before.width() && figure.height() < before.height());
    }
}

#[test]
fn pointer_pin_and_settings_are_afterwards_as_they_were() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("stride").unwrap());
    scene.app.shell.page().set("stride=3").unwrap();
    scene.app.settle().unwrap();
    let (pinned, _) = find(&mut scene, |_, _| true).unwrap();
    scene.click_at(pinned);
    scene.point_at(pinned + egui::vec2(30.0, 20.0));
    scene.app.settle().unwrap();
    let settings = scene.app.shell.page().settings();
    let spot = scene.app.shell.page().stage.inspection.spot();
    let before = scene.app.image().unwrap();
    assert!(scene.app.shell.page().stage.inspection.pinned.is_some());
    for kind in [Kind::Png(2), Kind::Svg, Kind::Csv] {
        let figure = kind.is_numbers().then_some("Output");
        scene.app.export(&wanted(figure, kind)).unwrap();
        scene.app.settle().unwrap();
        assert_eq!(scene.app.shell.page().settings(), settings);
        assert_eq!(scene.app.shell.page().stage.inspection.spot(), spot);
        assert_eq!(difference(&before, &scene.app.image().unwrap()), 0.0, "{kind:?}");
    }
}

#[test]
fn what_was_asked_for_becomes_a_wish_once_its_numbers_are_there() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("stride").unwrap());
    let mut serve = |wanted: Wanted| {
        scene.app.shell.export(wanted);
        for _ in 0..50 {
            scene.app.frame();
            gpu.wait().unwrap();
            match scene.app.serve() {
                Served::Done => {}
                served => return served,
            }
        }
        panic!("nothing came of it")
    };
    for (figure, kind, name) in [
        (Some("Output"), Kind::Png(2), "stride-output.png"),
        (Some("Output"), Kind::Npy, "stride-output.npy"),
        (Some("stride 3"), Kind::Csv, "stride-stride-3.csv"),
        (None, Kind::Svg, "stride.svg"),
    ] {
        let Served::Save(made) = serve(wanted(figure, kind)) else { panic!("{name}") };
        assert_eq!(made.name, name);
    }
    let copied = Wanted { copied: true, ..wanted(Some("One cell"), Kind::Csv) };
    let Served::Copy(text) = serve(copied) else { panic!() };
    assert!(text.starts_with("\"pixels, brightness\",weight,product\n"), "{text}");
}

#[test]
fn a_right_click_on_a_figure_opens_its_menu() {
    let mut reader = read(topic("stride").unwrap(), &[]);
    reader.run_ok();
    let of = |reader: &mut super::access::Reader| {
        let shell = reader.state_mut().as_mut().unwrap();
        shell.take_wish()
    };
    reader.get_by_label_contains("Output: map 1").click_button(PointerButton::Secondary);
    reader.run_ok();
    assert!(reader.query_by_label("Numbers (NPY)").is_some());
    reader.get_by_label("Drawing (SVG)").click_accesskit();
    reader.run_ok();
    assert_eq!(of(&mut reader), Some(Wish::Export(wanted(Some("Output"), Kind::Svg))));
    assert!(reader.query_by_label("Drawing (SVG)").is_none(), "the menu is gone");
    reader.get_by_label("Export…").click_accesskit();
    reader.run_ok();
    reader.get_by_label("Picture (PNG), 2 times the size").click_accesskit();
    reader.run_ok();
    assert_eq!(of(&mut reader), Some(Wish::Export(wanted(None, Kind::Png(2)))));
}

#[test]
fn a_film_shows_the_steps_and_the_networks_are_back_where_they_were() {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic("dropout").unwrap());
    scene.app.train(5).unwrap();
    let now = scene.app.picture(None, 1).unwrap();
    scene.app.shell.page().player().unwrap().show(3);
    scene.app.settle().unwrap();
    let mut told = Vec::new();
    let made = scene.app.film(Motion::Gif, None, Some(2), |filmed| told.push(filmed)).unwrap();
    assert_eq!(made.name, "dropout-training.gif");
    assert!(told.contains(&[2, 4]), "{told:?}");
    let player = scene.app.shell.page().player().unwrap();
    assert_eq!((player.step(), player.showing(), player.is_playing()), (5, 3, false));
    use image::AnimationDecoder as _;
    let gif = image::codecs::gif::GifDecoder::new(Cursor::new(bytes(made))).unwrap();
    let frames = gif.into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 4, "steps 0, 2, 4 and 5");
    // 256 colours of all.
    let far = difference(&now, frames[3].buffer());
    assert!(far < 4.0, "{far}");
    assert!(difference(frames[0].buffer(), frames[3].buffer()) > far, "it moves");

    // What was not trained is trained for the film alone.
    let mut fresh = Scene::on(&gpu);
    fresh.open(topic("dropout").unwrap());
    fresh.app.shell.page().player().unwrap().plan_steps(3);
    let made = fresh.app.film(Motion::Sequence, None, None, |_| {}).unwrap();
    let files: BTreeMap<_, _> = made.files.into_iter().collect();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, [1, 2, 3, 4].map(|i| format!("dropout-training-000{i}.png")));
    let player = fresh.app.shell.page().player().unwrap();
    assert_eq!((player.step(), player.showing(), player.planned()), (0, 0, Some(3)));
    // Given up on the way, nothing is left of it.
    fresh.app.shell.page().player().unwrap().plan_steps(300);
    fresh.app.shell.film(Motion::Gif, None, None);
    (0..3).for_each(|_| fresh.app.frame());
    fresh.app.shell.stop_recording();
    fresh.app.settle().unwrap();
    let player = fresh.app.shell.page().player().unwrap();
    assert_eq!((player.step(), player.is_playing()), (0, false));
    assert_eq!(fresh.app.shell.filmed(), None);
    // Nor when the page is left.
    fresh.app.shell.film(Motion::Gif, None, None);
    (0..3).for_each(|_| fresh.app.frame());
    fresh.app.shell.open_topic(topic("stride").unwrap());
    fresh.app.frame();
    assert_eq!((fresh.app.shell.filmed(), fresh.app.shell.notices().len()), (None, 0));
    fresh.open(topic("dropout").unwrap());
    assert_eq!(fresh.app.shell.page().player().unwrap().step(), 0);
}
