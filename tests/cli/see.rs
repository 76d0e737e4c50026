//! `glassbox see`.

use std::fs;

use crate::{glassbox, json, keys, stderr};

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
