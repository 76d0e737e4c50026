//! The pages of whole networks: a graph from a file, its layers on the user's picture, changes to it,
//! and files that run only in part.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use glassbox::app::Opened;
use glassbox::data::Picture;
use glassbox::exhibits::{Own, topic};
use glassbox::gpu::{Gpu, Plan, reference};
use glassbox::models::Network;
use glassbox::models::network::{Edit, Edits, class_activation};
use glassbox::models::onnx::Numbers;
use glassbox::settings::Address;

use super::access::{Reader, page, read_own};
use super::adapter::shared;
use super::arithmetic::last_number;
use super::inspector::{explained, find};
use super::networks::{light, small, squeezenet, text};
use super::scene::{Scene, vivid_colours};

/// The page of one's own model with a network, once all of it has arrived.
fn open(gpu: &Gpu, network: Rc<Network>) -> Scene {
    let mut scene = Scene::on(gpu);
    scene.app.shell.inputs.set_own(Own::Network(network));
    scene.open(topic("model-explorer").unwrap());
    scene
}

/// The same on the reference, as a screen reader sees it.
fn reader(network: Rc<Network>, settings: &[&str]) -> Reader {
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    let mut reader = read_own(topic("model-explorer").unwrap(), &settings, Some(Own::Network(network)));
    reader.run_ok();
    reader
}

/// How many layers the page offers.
fn layers(scene: &mut Scene) -> usize {
    let ends = scene.app.shell.page().ends();
    let last = ends.iter().rev().find_map(|end| end.strip_prefix("layer=")).unwrap();
    last.parse().unwrap()
}

#[test]
fn networks_of_others_open_with_layers_and_classes() {
    let Some(gpu) = shared() else { return };
    for (name, least) in [("squeezenet", 66), ("bvlc_alexnet", 20), ("resnet50", 150)] {
        let mut scene = open(gpu, light(name));
        let picture = scene.centre();
        let page = scene.app.shell.page();
        assert_eq!(page.problem(), None, "{name}");
        let plan = page.stage.plan().unwrap();
        assert!(plan.kernels().contains(&"softmax"), "{name} has no probabilities");
        assert!(vivid_colours(&picture) > 100, "{name}");
        let found = layers(&mut scene);
        assert!(found >= least, "{name}: {found} layers");
    }
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn looking_at_another_layer_runs_nothing_again() {
    let Some(gpu) = shared() else { return };
    let mut scene = open(gpu, squeezenet());
    let version = scene.app.shell.page().stage.version();
    let before = scene.centre();
    for setting in ["layer=30", "map=7", "order=greatest", "graph=list"] {
        scene.app.shell.page().set(setting).unwrap();
        let after = scene.centre();
        assert!(super::scene::difference(&before, &after) > 0.1, "{setting} changes nothing");
    }
    assert_eq!(scene.app.shell.page().stage.version(), version);
    scene.app.shell.page().set("activation=on").unwrap();
    scene.app.settle().unwrap();
    assert!(scene.app.shell.page().stage.version() > version);
}

#[test]
fn an_unknown_operator_is_named_and_all_before_it_can_be_looked_at() {
    let reader = reader(small("Mystery"), &["layer=3"]);
    assert!(reader.query_by_label_contains("Mystery at the node probabilities").is_some());
    assert!(reader.query_by_label_contains("9 of 10 nodes").is_some());
    assert!(reader.query_by_label_contains("3. BatchNormalization").is_some());
    assert!(reader.query_all_by_label_contains("Map 1 of 8").next().is_some());
}

/// The probabilities on the page.
fn probabilities(reader: &mut Reader) -> Vec<f32> {
    let session = page(reader).stage.session().unwrap();
    let at = session.plan().buffers.iter().position(|b| b.name == "probabilities").unwrap();
    session.read(glassbox::gpu::BufId(at)).unwrap()
}

#[test]
fn a_muted_map_moves_the_probabilities_and_undoing_brings_them_back() {
    let mut reader = reader(small("Softmax"), &["layer=4"]);
    let before = probabilities(&mut reader);
    assert!((before.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    // The map that says most.
    reader.get_by_role_and_label(Role::CheckBox, "Mute map 1").click_accesskit();
    reader.run_ok();
    let after = probabilities(&mut reader);
    assert!(before.iter().zip(&after).any(|(a, b)| (a - b).abs() > 1e-4), "{before:?} {after:?}");
    assert!(reader.query_by_label_contains("map 1 muted").is_some());
    assert!(reader.query_by_label_contains("before the changes").is_some());
    // The layer keeps its place and its operator.
    assert!(reader.query_by_label_contains("4. Relu").is_some());
    reader.get_by_role_and_label(Role::Button, "Undo all").click_accesskit();
    reader.run_ok();
    assert_eq!(probabilities(&mut reader), before);
    assert!(reader.query_by_label_contains("before the changes").is_none());
}

#[test]
fn a_change_that_does_not_fit_is_a_sentence_and_the_picture_before_stays() {
    let mut reader = reader(small("Softmax"), &["layer=5"]);
    let version = page(&mut reader).stage.version();
    reader.get_by_role_and_label(Role::ComboBox, "Padding").click_accesskit();
    reader.run_ok();
    reader.get_by_label("valid").click_accesskit();
    reader.run_ok();
    let problem = page(&mut reader).problem().unwrap().to_owned();
    assert!(problem.contains("Add at the node joined"), "{problem}");
    assert_eq!(page(&mut reader).stage.version(), version);
    assert!(reader.query_by_label_contains("5. Conv").is_some());
    reader.get_by_role_and_label(Role::Button, "Undo all").click_accesskit();
    reader.run_ok();
    assert_eq!(page(&mut reader).problem(), None);
}

#[test]
fn an_unknown_class_is_refused_with_what_to_write() {
    let mut reader = reader(small("Softmax"), &["activation=on"]);
    assert_eq!(page(&mut reader).problem(), None);
    for class in ["class=5", "class=zebra"] {
        page(&mut reader).set(class).unwrap();
        reader.run_ok();
        let problem = page(&mut reader).problem().unwrap_or_default();
        assert!(problem.contains("0 to 4"), "{class}: {problem}");
    }
}

#[test]
fn before_an_average_and_a_dense_layer_the_maps_are_those_weights_times_maps() {
    // Class activation mapping (Zhou et al., 2016), of which this is a special case.
    let network = small("Softmax");
    let mut traced = network.record_picture(&Picture::chelsea(), &Edits::default()).unwrap();
    let scores = traced.scores.clone().unwrap();
    let class = 3;
    let maps = class_activation(&mut traced.plan, &traced.layers, &scores, Some(class)).unwrap();
    // All with places but the input itself.
    assert_eq!(maps.len(), 6);
    let values = reference::run(&traced.plan, &BTreeMap::new());
    let at = traced.layers.iter().position(|l| l.value == "pooled").unwrap();
    let pooled = &values[traced.layers[at].output.as_ref().unwrap().buf.0];
    let Numbers::Floats(w) = &network.model.weights["w3"].numbers else { unreachable!() };
    let places = pooled.len() / 8;
    let mut some = 0.0_f64;
    for (i, &got) in values[maps[&at].buf.0].iter().enumerate() {
        let sum: f64 = (0..8).map(|k| f64::from(w[class * 8 + k]) * pooled[k * places + i]).sum();
        let want = (sum / places as f64).max(0.0);
        assert!((got - want).abs() <= 1e-6, "{i}: {got} instead of {want}");
        some += want;
    }
    assert!(some > 1e-3, "nothing speaks for the class, which shows nothing");
}

#[test]
fn class_activation_of_a_deep_network_is_finite_in_all_layers() {
    let Some(gpu) = shared() else { return };
    let mut scene = open(gpu, squeezenet());
    scene.app.shell.page().set("activation=on").unwrap();
    scene.app.settle().unwrap();
    let page = scene.app.shell.page();
    assert_eq!(page.problem(), None);
    let session = page.stage.session().unwrap();
    let ends = |name: &str| name.ends_with("class activation");
    let buffers = session.plan().buffers.iter().enumerate();
    let maps: Vec<usize> = buffers.filter(|(_, b)| ends(&b.name)).map(|(i, _)| i).collect();
    assert!(maps.len() > 50, "{} maps", maps.len());
    let mut alive = 0;
    for map in &maps {
        let values = session.read(glassbox::gpu::BufId(*map)).unwrap();
        assert!(values.iter().all(|v| v.is_finite() && *v >= 0.0));
        alive += usize::from(values.iter().any(|v| *v > 0.0));
    }
    assert!(alive > maps.len() / 2, "only {alive} of {} maps are not empty", maps.len());
}

#[test]
fn muting_keeps_every_layer_in_its_place() {
    let network = small("Softmax");
    let record = |edits: &Edits| network.record_picture(&Picture::chelsea(), edits).unwrap();
    let plain = record(&Edits::default());
    let mut edits = Edits::default();
    let mute = Edit { muted: [2].into(), operator: Some("Tanh"), ..Edit::default() };
    edits.set(&plain.layers[3], mute);
    let muted = record(&edits);
    let names = |layers: &[glassbox::models::network::TracedLayer]| -> Vec<String> {
        layers.iter().map(|l| l.value.clone()).collect()
    };
    assert_eq!(names(&plain.layers), names(&muted.layers));
    assert_eq!(muted.layers[3].operator, "Tanh");
    let run = |plan: &Plan| reference::run(plan, &BTreeMap::new());
    let output = muted.layers[3].output.as_ref().unwrap();
    let values = run(&muted.plan);
    let maps: Vec<f64> = values[output.buf.0].chunks(256).map(|m| m.iter().map(|v| v.abs()).sum()).collect();
    assert!(maps[2] == 0.0 && maps[1] > 0.0, "{maps:?}");
}

#[test]
fn every_kind_of_layer_explains_itself_down_to_its_value() {
    let Some(gpu) = shared() else { return };
    let mut scene = open(gpu, small("Softmax"));
    let count = layers(&mut scene);
    assert_eq!(count, 11);
    for layer in 2..=count {
        scene.app.shell.page().set(&format!("layer={layer}")).unwrap();
        scene.app.settle().unwrap();
        let computed = |scene: &mut Scene, element: glassbox::viz::Element| {
            let plan = scene.app.shell.page().stage.plan().unwrap();
            plan.producer(element.buf).is_some()
        };
        let (_, element) = find(&mut scene, computed).unwrap_or_else(|| panic!("no map of layer {layer}"));
        let found = explained(&mut scene);
        let value = f64::from(found.value.unwrap());
        let last = found.lines.last().unwrap_or_else(|| panic!("layer {layer} has no arithmetic"));
        let shown = last_number(last).unwrap_or(f64::NAN);
        let near = (shown - value).abs() <= 6e-4 + 6e-3 * value.abs();
        assert!(near, "layer {layer}, {} [{}]: {value} ends in \"{last}\"", found.kernel, element.index);
    }
}

#[test]
fn the_network_on_board_sees_a_cat() {
    let Some(gpu) = shared() else { return };
    let mut scene = Scene::on(gpu);
    scene.open(topic("vision-explorer").unwrap());
    let page = scene.app.shell.page();
    assert_eq!(page.problem(), None);
    let session = page.stage.session().unwrap();
    let name = "class probabilities";
    let at = session.plan().buffers.iter().position(|b| b.name == name || b.name == "probabilities").unwrap();
    let values = session.read(glassbox::gpu::BufId(at)).unwrap();
    let best = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
    let class = scene.app.shell.inputs.network().class(best);
    assert!(class.contains("cat") || class.contains("tabby"), "{class}");
    let vivid = vivid_colours(&scene.centre());
    assert!(vivid > 500, "{vivid} colours");
}

#[test]
fn a_network_on_text_runs_on_the_sentence() {
    let mut reader = reader(text(), &["sentence=One word", "layer=1"]);
    assert_eq!(page(&mut reader).problem(), None);
    // Two words between the marks of beginning and end.
    assert!(reader.query_by_label_contains("1 × 4 × 8").is_some());
    page(&mut reader).set("sentence=  ").unwrap();
    reader.run_ok();
    assert!(page(&mut reader).problem().is_some_and(|p| p.contains("at least one word")));
}

#[test]
fn without_a_model_the_page_says_how_to_open_one() {
    let mut reader = read_own(topic("model-explorer").unwrap(), &[], None);
    reader.run_ok();
    assert!(reader.query_by_label_contains("Drop a file").is_some());
    assert_eq!(page(&mut reader).problem(), None);
}

#[test]
fn a_sample_is_opened_with_one_click_or_by_a_link_and_gives_way_to_a_file() {
    let mut reader = read_own(topic("model-explorer").unwrap(), &[], None);
    reader.run_ok();
    for hidden in ["Layer", "Opacity", "Width"] {
        let sliders = reader.query_all_by_role_and_label(Role::Slider, hidden).count();
        assert_eq!(sliders, 0, "{hidden} has nothing to change yet");
    }
    reader.get_by_label("Clothes").click_accesskit();
    reader.run_ok();
    assert_eq!(page(&mut reader).problem(), None);
    assert!(reader.query_by_role_and_label(Role::Slider, "Layer").is_some());
    assert!(reader.query_all_by_label_contains("trained by Glassbox").next().is_some());
    reader.state_mut().as_mut().unwrap().show(Opened::Network(Box::new((*small("Softmax")).clone())));
    reader.run_ok();
    assert_eq!(page(&mut reader).settings().get("sample"), Some("none"));
    // By a link, on the adapter, since one of them is large.
    let Some(gpu) = shared() else { return };
    for (link, name) in [("clothes", "pooling 2"), ("EfficientNet-Lite0", "head conv")] {
        let address: Address = format!("model-explorer?sample={link}").parse().unwrap();
        let mut scene = Scene::on(gpu);
        scene.app.shell.go(&address, topic("model-explorer").unwrap()).unwrap();
        let picture = scene.centre();
        assert_eq!(scene.app.shell.page().problem(), None);
        assert!(vivid_colours(&picture) > 100, "{link}");
        let plan = scene.app.shell.page().stage.plan().unwrap();
        assert!(plan.buffers.iter().any(|buffer| buffer.name.contains(name)), "{link} has no {name}");
    }
}

#[test]
fn every_control_has_a_name() {
    for settings in [&["activation=on"][..], &["graph=list", "layer=4"]] {
        let reader = reader(small("Softmax"), settings);
        let unnamed = reader.unnamed_widgets();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    }
}

#[test]
fn settings_of_the_input_are_guessed_and_can_be_changed() {
    let mut reader = reader(small("Softmax"), &[]);
    assert_eq!(page(&mut reader).settings().get("width"), Some("32"));
    let before = probabilities(&mut reader);
    page(&mut reader).set("mean=0,0,0").unwrap();
    reader.run_ok();
    assert_ne!(probabilities(&mut reader), before);
    page(&mut reader).set("width=31").unwrap();
    reader.run_ok();
    let problem = page(&mut reader).problem().unwrap_or_default();
    assert!(problem.contains("the input x has the shape"), "{problem}");
}

#[test]
fn a_heavy_network_rests_unaudited_and_a_light_one_passes() {
    let Some(gpu) = shared() else { return };
    let mut heavy = open(gpu, squeezenet());
    heavy.app.shell.auto_audit = true;
    heavy.app.settle().unwrap();
    let work = heavy.app.shell.page().stage.work();
    for _ in 0..3 {
        heavy.app.frame();
        assert!(heavy.app.repaint_delay > Duration::from_secs(3600), "{:?}", heavy.app.repaint_delay);
    }
    assert_eq!(heavy.app.shell.page().stage.work(), work);
    let mut light = open(gpu, small("Softmax"));
    light.app.shell.page().set("activation=on").unwrap();
    light.app.settle().unwrap();
    let (_, passed) = light.app.audit().unwrap().unwrap();
    assert!(passed, "{:?}", light.app.shell.page().stage.audit.report());
}

#[test]
fn names_of_classes_leave_the_changes_and_settings_of_the_input_are_kept() {
    let Some(gpu) = shared() else { return };
    let mut scene = open(gpu, small("Softmax"));
    for setting in ["layer=6", "mean=10,20,30"] {
        scene.app.shell.page().set(setting).unwrap();
    }
    scene.app.settle().unwrap();
    let names: Vec<String> = ["ant", "bee", "cat", "dog", "eel"].map(String::from).to_vec();
    assert!(scene.app.shell.inputs.set_classes(names.into(), "names.txt".into()));
    scene.app.shell.set_picture(Picture::chelsea());
    scene.app.shell.page().set("activation=on").unwrap();
    scene.app.shell.page().set("class=dog").unwrap();
    scene.app.settle().unwrap();
    let page = scene.app.shell.page();
    assert_eq!(page.problem(), None);
    assert_eq!(page.settings().get("layer"), Some("6"));
    let kept = scene.app.shell.inputs.kept().of(&small("Softmax")).cloned().unwrap();
    assert_eq!(kept.input.unwrap().mean, [10.0, 20.0, 30.0]);
}
