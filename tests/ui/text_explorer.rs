//! The text explorer: every head is drawn, muting moves the vector and nothing else, exports hold what
//! is shown, long sentences and other encoders fit.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::pos2;
use egui_kittest::kittest::Queryable;
use glassbox::data::npy::read_npy;
use glassbox::exhibits::{Own, topic};
use glassbox::gpu::{BufId, Runtime};
use glassbox::models::weight_writer::WeightWriter;
use glassbox::models::{Encoder, EncoderConfig};
use glassbox::ops::philox::Rng;
use glassbox::settings::{Effect, affecting};

use super::access::{page, read};
use super::adapter::shared;
use super::scene::{Scene, difference, report, vivid_colours};
use super::sweep::is_a_sentence;

fn open(size: [u32; 2]) -> Option<Scene> {
    let gpu = shared()?;
    let mut scene = Scene::of(&Runtime::Gpu(gpu.clone()), size, true);
    scene.open(topic("text-explorer").unwrap());
    Some(scene)
}

fn set(scene: &mut Scene, assignments: &[&str]) {
    for assignment in assignments {
        scene.app.shell.page().set(assignment).unwrap();
    }
    scene.app.settle().unwrap();
}

/// The buffers of this name, in the order of recording.
fn named(scene: &mut Scene, name: &str) -> Vec<BufId> {
    let plan = scene.app.shell.page().stage.plan().unwrap();
    let ids = plan.buffers.iter().enumerate().filter(|(_, b)| b.name == name).map(|(i, _)| BufId(i));
    ids.collect()
}

/// The values of every buffer of this name.
fn values(scene: &mut Scene, name: &str) -> Vec<Vec<f32>> {
    let ids = named(scene, name);
    let session = scene.app.shell.page().stage.session().unwrap();
    ids.into_iter().map(|id| session.read(id).unwrap()).collect()
}

const VECTOR: &str = "sentence vector";
const COSINE: &str = "cosine of two sentence vectors";

#[test]
fn muting_moves_the_vector_and_unmuting_brings_it_back() {
    let Some(mut scene) = open([800, 560]) else { return };
    set(&mut scene, &["sentence=The cat was tired."]);
    let before = values(&mut scene, VECTOR);
    assert_eq!(before.len(), 1, "without mutes nothing is computed twice");
    let steps = scene.app.shell.page().stage.plan().unwrap().steps.len();

    set(&mut scene, &["mute=4.2, 6.1"]);
    let muted = values(&mut scene, VECTOR);
    assert_eq!(muted.len(), 2);
    assert_eq!(muted[0], before[0], "the intact pass is the same as before");
    let cosine: f32 = muted[0].iter().zip(&muted[1]).map(|(a, b)| a * b).sum();
    let shown = values(&mut scene, COSINE)[0][0];
    assert!((cosine - shown).abs() <= 1e-5, "{cosine} against {shown}");
    assert!((0.5..0.9999).contains(&shown), "two of 72 heads move the vector a little: {shown}");
    // The first three layers are shared by both passes.
    let more = scene.app.shell.page().stage.plan().unwrap().steps.len() - steps;
    assert!(more < steps * 3 / 4, "{more} steps more than {steps}");

    set(&mut scene, &["mute="]);
    assert_eq!(values(&mut scene, VECTOR), before);
}

#[test]
fn a_sentence_is_like_itself_and_less_like_another() {
    let Some(mut scene) = open([800, 560]) else { return };
    let mut similarity = |second: &str| {
        set(&mut scene, &["sentence=A cat sleeps.", second]);
        values(&mut scene, COSINE)[0][0]
    };
    let itself = similarity("second=A cat sleeps.");
    let (near, far) = (similarity("second=The kitten is asleep."), similarity("second=Stocks fell today."));
    assert!((itself - 1.0).abs() <= 1e-5, "{itself}");
    assert!(near < 0.999 && near > far + 0.3, "{near} and {far}");
    // Muting moves both, and the similarity with them.
    set(&mut scene, &["second=The kitten is asleep.", "mute=1.1, 1.2, 1.3, 2.1, 5.4"]);
    let moved = values(&mut scene, COSINE);
    assert_eq!(moved.len(), 3, "drift, intact similarity, similarity as shown");
    assert!((moved[1][0] - near).abs() <= 1e-6 && (moved[2][0] - near).abs() > 1e-4, "{moved:?}");
}

#[test]
fn every_head_of_every_layer_is_drawn_and_numbers_are_those_of_the_tensors() {
    let Some(mut scene) = open([1280, 800]) else { return };
    assert!(vivid_colours(&scene.last_centre()) > 300);
    let (mut heads, mut weight) = (BTreeSet::new(), None);
    let [left, top, right, bottom] = scene.centre_points();
    let half = (left + right) / 2.0;
    // Less than a small map; then down the column of the weights.
    let grid =
        (0..40).flat_map(|y| (0..38).map(move |x| (left + x as f32 * 11.0, top + 30.0 + y as f32 * 8.0)));
    let column = (0..60).flat_map(|y| {
        (1..6).map(move |x| (right - x as f32 * 8.0, top + (bottom - top) * 0.3 + y as f32 * 7.0))
    });
    for (x, y) in grid.filter(|p| p.0 < half + 30.0 && p.1 < top + 310.0).step_by(2).chain(column) {
        scene.point_at(pos2(x, y));
        let stage = &scene.app.shell.page().stage;
        let Some(spot) = stage.inspection.spot() else { continue };
        let name = stage.plan().unwrap().buffers[spot.element.buf.0].name.clone();
        let Some(layer) = name.strip_prefix("attention weights, layer ") else { continue };
        let at = spot.element.index / (16 * 16);
        assert_eq!(at, spot.place[0]);
        if x < half + 30.0 {
            heads.insert((layer.to_owned(), at));
        } else {
            weight = Some(spot.element);
        }
    }
    assert_eq!(heads.len(), 72, "{heads:?}");
    // Layer 4, head 2, query "it".
    let element = weight.expect("a weight was pointed at");
    assert_eq!(element.index / 16, 16 + 10);
    let session = scene.app.shell.page().stage.session().unwrap();
    let weights = session.read(element.buf).unwrap();
    assert_eq!(named(&mut scene, "attention weights, layer 4"), [element.buf]);
    // Here "it" looks at "animal".
    assert!(weights[(16 + 10) * 16 + 2] > 0.6, "{}", weights[(16 + 10) * 16 + 2]);
}

#[test]
fn an_export_holds_what_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let settings = [
        format!("folder={}", dir.path().display()),
        "sentence=A cat.".into(),
        "layer=2".into(),
        "head=3".into(),
        "matrix=keys".into(),
    ];
    let mut reader = read(topic("text-explorer").unwrap(), &settings);
    reader.run_ok();
    let mut save = |name: &str| {
        reader.get_by_role_and_label(Role::Button, &format!("Save {name}")).click_accesskit();
        reader.run_ok();
        reader.run_ok();
    };
    save("keys");
    let keys = read_npy(dir.path().join("layer-2-head-3-keys.npy")).unwrap();
    assert_eq!(keys.shape, [5, 32]);
    let csv = std::fs::read_to_string(dir.path().join("layer-2-head-3-keys.csv")).unwrap();
    assert_eq!(csv.lines().count(), 6);
    assert!(csv.lines().nth(3).unwrap().starts_with("cat,"), "{csv}");
    page(&mut reader).set("matrix=attention weights").unwrap();
    reader.run_ok();
    let stage = &page(&mut reader).stage;
    let plan = stage.plan().unwrap();
    let find = |name: &str, nth: usize| {
        let mut ids = plan.buffers.iter().enumerate().filter(|(_, b)| b.name == name);
        BufId(ids.nth(nth).unwrap().0)
    };
    let all_keys = stage.session().unwrap().read(find("keys", 1)).unwrap();
    for (row, own) in keys.values.chunks(32).enumerate() {
        assert_eq!(own, &all_keys[row * 384 + 64..][..32]);
    }
    let weights = stage.session().unwrap().read(find("attention weights, layer 2", 0)).unwrap();
    reader.get_by_role_and_label(Role::Button, "Save attention weights").click_accesskit();
    reader.run_ok();
    reader.run_ok();
    let saved = read_npy(dir.path().join("layer-2-head-3-attention.npy")).unwrap();
    assert_eq!((saved.shape.as_slice(), saved.values.as_slice()), (&[5, 5][..], &weights[50..75]));
}

#[test]
fn two_hundred_and_fifty_six_tokens_are_shown_and_looking_around_costs_no_run() {
    let Some(mut scene) = open([1280, 800]) else { return };
    let sentence = format!("sentence={}", "tired cat ".repeat(127));
    set(&mut scene, &[&sentence]);
    assert_eq!(scene.app.shell.page().problem(), None);
    let sizes: Vec<usize> = values(&mut scene, "attention weights, layer 6").iter().map(Vec::len).collect();
    assert_eq!(sizes, [12 * 256 * 256]);
    for row in values(&mut scene, "attention weights, layer 6")[0].chunks(256).step_by(97) {
        let sum: f32 = row.iter().sum();
        assert!((sum - 1.0).abs() <= 1e-4, "{sum}");
    }
    let version = scene.app.shell.page().stage.version();
    set(&mut scene, &["layer=2", "head=7", "query=200"]);
    assert_eq!(scene.app.shell.page().stage.version(), version, "what is looked at changes no result");
    let work = scene.app.shell.page().stage.work();
    scene.app.frame();
    scene.app.frame();
    assert_eq!(scene.app.shell.page().stage.work(), work, "nothing moves, nothing is done");
    assert!(shared().unwrap().take_errors().is_empty());
}

#[test]
fn what_cannot_be_muted_gets_a_sentence_and_the_picture_stays() {
    let Some(mut scene) = open([800, 560]) else { return };
    let version = scene.app.shell.page().stage.version();
    let mut complaints = Vec::new();
    for bad in ["mute=7.1", "mute=1.13", "mute=two", "sentence= ", "sentence=\u{7}"] {
        scene.app.shell.page().reset();
        set(&mut scene, &[bad]);
        let page = scene.app.shell.page();
        match page.problem() {
            Some(problem) if is_a_sentence(problem) => {}
            other => complaints.push(format!("{bad}: {other:?}")),
        }
        if page.stage.version() != version {
            complaints.push(format!("{bad}: the good picture was given up"));
        }
    }
    report(&complaints);
}

#[test]
fn looking_elsewhere_records_nothing_again() {
    let Some(mut scene) = open([1280, 800]) else { return };
    let mut exhibit = (topic("text-explorer").unwrap().new)();
    let recorded = affecting(Effect::Records, |k| exhibit.knobs(k));
    let names: BTreeSet<&str> = recorded.iter().map(|(name, _)| name).collect();
    assert_eq!(names, BTreeSet::from(["encoder", "mute", "second", "sentence"]));
    let version = scene.app.shell.page().stage.version();
    let before = scene.centre();
    for setting in ["layer=2", "head=7", "query=3", "matrix=keys"] {
        scene.app.shell.page().set(setting).unwrap();
        let after = scene.centre();
        assert!(difference(&before, &after) > 0.01, "{setting} changes nothing");
    }
    assert_eq!(scene.app.shell.page().stage.version(), version);
}

/// A folder with a tiny encoder of 2 layers and 3 heads with random weights.
fn tiny() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let json = r#"{"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": 2, "num_attention_heads": 3,
        "hidden_size": 12, "intermediate_size": 20, "vocab_size": 6, "max_position_embeddings": 8,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12}"#;
    let (mut writer, mut rng) = (WeightWriter::default(), Rng::new(1));
    for (name, shape) in EncoderConfig::from_json(json, "made here").unwrap().tensors() {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal() * 0.3).collect();
        writer.add(&format!("bert.{name}"), &shape, &values);
    }
    let weights = writer.finish("format", "pt".into(), "made here").unwrap();
    std::fs::write(dir.path().join("model.safetensors"), weights).unwrap();
    std::fs::write(dir.path().join("config.json"), json).unwrap();
    std::fs::write(dir.path().join("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\ncat\ndog").unwrap();
    dir
}

#[test]
fn an_encoder_of_one_s_own_is_shown() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::of(&Runtime::Gpu(gpu.clone()), [1280, 800], true);
    let dir = tiny();
    scene.app.shell.inputs.set_own(Own::Encoder(Arc::new(Encoder::open(dir.path()).unwrap())));
    scene.open(topic("text-explorer").unwrap());
    set(&mut scene, &["sentence=cat dog cat", "layer=2", "head=3"]);
    assert_eq!(scene.app.shell.page().problem(), None);
    assert_eq!(values(&mut scene, "attention weights, layer 2")[0].len(), 3 * 5 * 5);
    assert!(vivid_colours(&scene.last_centre()) > 100);
    // More than it has positions for is cut; the built-in one has more.
    set(&mut scene, &["sentence=cat dog cat dog cat dog cat dog cat"]);
    assert_eq!(values(&mut scene, "attention weights, layer 1")[0].len(), 3 * 8 * 8);
    set(&mut scene, &["encoder=built in"]);
    assert_eq!(values(&mut scene, "attention weights, layer 6")[0].len(), 12 * 11 * 11);
    assert!(gpu.take_errors().is_empty());
}
