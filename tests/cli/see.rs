//! `glassbox see`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{glassbox, json, keys, stderr, stdout};

fn root(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn see_names_the_cat_and_lists_the_layers() {
    let output = glassbox(&["see", &root("assets/images/chelsea.png"), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let seen = json(&output);
    assert_eq!(keys(&seen), ["layers", "model", "top"]);
    assert_eq!(keys(&seen["top"][0]), ["index", "label", "probability"]);
    // What ONNX Runtime gives for the weights in 32 bits.
    for (i, (class, probability)) in [(282, 0.385), (285, 0.363), (281, 0.167)].into_iter().enumerate() {
        let found = &seen["top"][i];
        assert_eq!(found["index"], class);
        let off = (found["probability"].as_f64().unwrap() - probability).abs();
        assert!(off <= 0.01, "{found}");
    }
    let layers = seen["layers"].as_array().unwrap();
    assert_eq!(layers[0]["shape"], serde_json::json!([1, 3, 224, 224]));
    assert_eq!(layers.last().unwrap()["name"], "probabilities");
}

#[test]
fn see_writes_each_layer_of_another_model() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("maps");
    let (picture, model) =
        (root("assets/images/chelsea.png"), root("tests/data/onnx/light/squeezenet/model.onnx"));
    let folder_text = folder.to_str().unwrap();
    let output = glassbox(&["see", &picture, "--model", &model, "-o", folder_text, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let layers = json(&output)["layers"].as_array().unwrap().len();
    let files: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    for kind in [".png", ".npy"] {
        assert_eq!(files.iter().filter(|f| f.ends_with(kind)).count(), layers, "{files:?}");
    }
    let first = files.iter().find(|f| f.starts_with("001") && f.ends_with(".png")).unwrap();
    let maps = image::open(folder.join(first)).unwrap().into_rgb8();
    let pixels: std::collections::HashSet<_> = maps.pixels().collect();
    assert!(pixels.len() > 100, "{first} shows {} colours", pixels.len());
}

#[test]
fn see_refuses_what_it_cannot_see_in_a_sentence() {
    let picture = root("assets/images/chelsea.png");
    for (model, says) in [
        ("README.md", "is no model that can be opened"),
        ("nowhere.onnx", "cannot be read"),
        ("tests/data/onnx/node/test_relu/model.onnx", "takes a picture of 1 or 3 channels (x)"),
    ] {
        let output = glassbox(&["see", &picture, "--model", &root(model)]);
        assert_eq!(output.status.code(), Some(1), "{model}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
    let output = glassbox(&["see", &root("README.md")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no known picture format"), "{}", stderr(&output));
}

/// What ONNX Runtime says of a network of `tests/data/seen` for a picture of one colour.
fn said(name: &str) -> Vec<f64> {
    let all: Value = serde_json::from_slice(&fs::read(root("tests/data/seen/says.json")).unwrap()).unwrap();
    all[name].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect()
}

/// A picture of the colour that those networks were asked about.
fn colour(folder: &Path) -> String {
    let path = folder.join("colour.png");
    image::RgbImage::from_pixel(80, 70, image::Rgb([200, 100, 50])).save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What `see` prints as JSON of that picture in a network of `tests/data/seen`.
fn seen(name: &str, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let (picture, model) = (colour(folder.path()), root(&format!("tests/data/seen/{name}.onnx")));
    let given = ["see", &picture, "--model", &model, "--json", "--backend", "reference"];
    let output = glassbox(&[&given, more].concat());
    assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
    json(&output)
}

/// Holds the probabilities against those of ONNX Runtime, class by class.
fn agrees(seen: &Value, says: &str) {
    let want = said(says);
    let top = seen["top"].as_array().unwrap();
    assert_eq!(top.len(), want.len(), "{seen}");
    for class in top {
        let index = usize::try_from(class["index"].as_u64().unwrap()).unwrap();
        let off = (class["probability"].as_f64().unwrap() - want[index]).abs();
        assert!(off <= 1e-4, "{says}: {class} and not {}", want[index]);
    }
}

/// All that was assumed.
fn assumed(seen: &Value) -> String {
    let clauses = seen["assumed"].as_array().map_or(&[][..], Vec::as_slice);
    clauses.iter().map(|clause| clause.as_str().unwrap()).collect::<Vec<_>>().join("; ")
}

#[test]
fn bytes_of_a_picture_go_in_as_they_are() {
    let seen = seen("uint8_picture", &[]);
    agrees(&seen, "uint8_picture");
    assert!(assumed(&seen).contains("N x H x W x C, red, green, blue, pixels from 0 to 255"), "{seen}");
}

#[test]
fn noise_beside_a_picture_is_said_and_gives_no_classes() {
    let seen_with = |more: &[&str]| seen("noise_beside", more);
    let noisy = seen_with(&[]);
    assert_eq!(keys(&noisy), ["assumed", "layers", "model", "noise", "top"]);
    assert_eq!((&noisy["noise"], &noisy["top"]), (&serde_json::json!(["scale"]), &serde_json::json!([])));
    let told = seen_with(&["--fill", "ones"]);
    assert_eq!(keys(&told), ["assumed", "layers", "model", "top"]);
    agrees(&told, "noise_beside");
    let folder = tempfile::tempdir().unwrap();
    let (picture, model) = (colour(folder.path()), root("tests/data/seen/noise_beside.onnx"));
    let output = glassbox(&["see", &picture, "--model", &model, "--backend", "reference"]);
    assert!(stdout(&output).contains("no classes: noise goes in at scale"), "{}", stdout(&output));
}

#[test]
fn a_fixed_batch_is_filled_with_the_picture_and_the_first_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let maps = folder.path().join("maps");
    let seen = seen("fixed_batch_4", &["-o", maps.to_str().unwrap()]);
    agrees(&seen, "fixed_batch_4");
    assert!(assumed(&seen).contains("batch of 4"), "{seen}");
    assert_eq!(seen["layers"][0]["shape"], serde_json::json!([1, 3, 64, 64]));
    let array = glassbox::data::npy::read_npy(maps.join("001-a.npy")).unwrap();
    assert_eq!(array.shape, [1, 4, 16, 16]);
}

#[test]
fn of_several_outputs_the_likeliest_holds_the_classes_and_another_can_be_chosen() {
    let likeliest = seen("two_outputs", &[]);
    agrees(&likeliest, "two_outputs");
    assert!(assumed(&likeliest).contains("the output p holds the classes, and not f"), "{likeliest}");
    agrees(&seen("two_outputs", &["--classes-from", "f"]), "two_outputs, f");
    let folder = tempfile::tempdir().unwrap();
    let (picture, model) = (colour(folder.path()), root("tests/data/seen/two_outputs.onnx"));
    let given = ["see", &picture, "--model", &model, "--backend", "reference", "--classes-from", "q"];
    let output = glassbox(&given);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no output q holds a row of scores, choose one of f, p"));
}

#[test]
fn one_probability_is_a_class_and_a_softmax_is_known_in_its_parts() {
    let one = seen("single_sigmoid", &[]);
    agrees(&one, "single_sigmoid");
    let folder = tempfile::tempdir().unwrap();
    let names = folder.path().join("names.txt");
    fs::write(&names, "cat\ndog\n").unwrap();
    let named = seen("single_sigmoid", &["--labels", names.to_str().unwrap()]);
    assert_eq!(named["top"][0]["label"], "dog");
    let few = seen("two_outputs", &["--labels", names.to_str().unwrap()]);
    assert!(assumed(&few).contains("2 names are known for its 5 classes"), "{few}");
    // A softmax of probabilities would make all of them alike.
    agrees(&seen("summed_exponentials", &[]), "summed_exponentials");
}

#[test]
fn what_the_file_tells_comes_before_guesses() {
    let told = seen("ultralytics", &[]);
    agrees(&told, "ultralytics");
    assert_eq!(told["layers"][0]["shape"], serde_json::json!([1, 3, 96, 128]));
    let label = |seen: &Value, index: u64| {
        let top = seen["top"].as_array().unwrap();
        top.iter().find(|class| class["index"] == index).unwrap()["label"].clone()
    };
    assert_eq!([label(&told, 0), label(&told, 1)], ["person", "cat's"]);
    assert!(!assumed(&told).contains("leaves open"), "{told}");
    let paddle = seen("paddle", &["--size", "64x64"]);
    agrees(&paddle, "paddle");
    assert_eq!([0, 1, 3, 4].map(|i| label(&paddle, i)), ["blank", "a", "c", "space"]);
}

#[test]
fn configurations_beside_a_model_tell_names_size_and_scale() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("onnx")).unwrap();
    let model = folder.path().join("onnx/model.onnx");
    fs::copy(root("tests/data/seen/paddle.onnx"), &model).unwrap();
    write("config.json", r#"{"id2label": {"0": "ant", "1": "bee"}, "image_size": 32}"#);
    write(
        "preprocessor_config.json",
        r#"{"size": {"height": 48, "width": 40}, "image_mean": [0, 0, 0], "image_std": [1, 1, 1],
            "do_rescale": true, "rescale_factor": 0.00392156862745098}"#,
    );
    let picture = colour(folder.path());
    let run = || {
        let given = ["see", &picture, "--model", model.to_str().unwrap(), "--json", "--backend", "reference"];
        let output = glassbox(&given);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        json(&output)
    };
    let seen = run();
    agrees(&seen, "ultralytics");
    assert_eq!(seen["layers"][0]["shape"], serde_json::json!([1, 3, 48, 40]));
    // Names in the file itself count for more, and those that somebody has put beside it for most.
    assert!(seen["top"].as_array().unwrap().iter().any(|class| class["label"] == "blank"), "{seen}");
    assert!(!assumed(&seen).contains("goes in as"), "nothing of that is a guess: {seen}");
    fs::write(folder.path().join("onnx/labels.txt"), "one\ntwo\nthree\nfour\nfive\n").unwrap();
    assert!(run()["top"].as_array().unwrap().iter().any(|class| class["label"] == "five"));
}

#[test]
fn what_is_guessed_can_be_told() {
    let told = seen("two_outputs", &["--mean", "0", "--std", "255"]);
    agrees(&told, "ultralytics");
    assert!(!assumed(&told).contains("goes in as"), "{told}");
    assert!(assumed(&seen("two_outputs", &[])).contains("(pixel − (123.675, 116.28, 103.53))"));
}

#[test]
fn a_network_without_classes_is_seen_all_the_same() {
    let seen = seen("headless", &[]);
    assert_eq!((&seen["top"], seen["layers"].as_array().unwrap().len()), (&serde_json::json!([]), 3));
    let folder = tempfile::tempdir().unwrap();
    let (picture, model) = (colour(folder.path()), root("tests/data/seen/headless.onnx"));
    let output = glassbox(&["see", &picture, "--model", &model, "--backend", "reference"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("no classes: the network ends in no row"), "{}", stdout(&output));
}
