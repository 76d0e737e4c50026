//! `glassbox transfer` and `glassbox see --head` from outside.

use std::path::{Path, PathBuf};

use image::imageops::{crop_imm, flip_horizontal};

use super::{glassbox, json, keys, passes_by, stderr, stdout};

/// Four views of a carried photo in a folder of this name.
fn group(whole: &Path, name: &str, photo: &str) -> PathBuf {
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/images").join(photo);
    let photo = image::open(photo).unwrap().into_rgb8();
    let (width, height) = photo.dimensions();
    let left = crop_imm(&photo, 0, 0, width * 4 / 5, height).to_image();
    let right = crop_imm(&photo, width / 5, height / 10, width * 4 / 5, height * 9 / 10).to_image();
    let folder = whole.join(name);
    std::fs::create_dir(&folder).unwrap();
    for (i, view) in [flip_horizontal(&photo), left, right, photo].iter().enumerate() {
        view.save(folder.join(format!("{i}.png"))).unwrap();
    }
    folder
}

#[test]
fn a_head_is_learned_from_two_folders_saved_and_used_again() {
    let whole = tempfile::tempdir().unwrap();
    let cats = group(whole.path(), "cats", "chelsea.png");
    group(whole.path(), "cups", "coffee.jpg");
    std::fs::write(cats.join("notes.txt"), "no picture").unwrap();
    let saved = whole.path().join("head.safetensors");
    let [folder, file, cat] =
        [whole.path(), &saved, &cats.join("3.png")].map(|path| path.to_str().unwrap().to_owned());
    let output = glassbox(&["transfer", &folder, "--save", &file, "--json"]);
    if passes_by(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("notes.txt"), "{}", stderr(&output));
    let report = json(&output);
    let all = ["accuracy_held_back", "confusions", "groups", "held_back", "model", "parameters"];
    assert_eq!(keys(&report), [&all[..], &["right", "seconds", "skipped", "steps"]].concat());
    let of = |name: &str| serde_json::json!({ "name": name, "pictures": 4, "held_back": 1 });
    assert_eq!(report["groups"], serde_json::json!([of("cats"), of("cups")]));
    assert_eq!(
        [&report["accuracy_held_back"], &report["right"], &report["held_back"], &report["parameters"]],
        [&1.0.into(), &2.into(), &2.into(), &(2 * 1281).into()] as [&serde_json::Value; 4]
    );

    let output = glassbox(&["see", &cat, "--head", &file, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let seen = json(&output);
    assert_eq!(keys(&seen), ["layers", "model", "top"]);
    assert_eq!(seen["top"][0]["label"], "cats", "{seen}");
    assert!(seen["top"][0]["probability"].as_f64().unwrap() > 0.5, "{seen}");
    assert_eq!(seen["top"].as_array().unwrap().len(), 2);
    assert!(seen["model"].as_str().unwrap().ends_with("head.safetensors"), "{seen}");
    assert_eq!(seen["layers"].as_array().unwrap().last().unwrap()["name"], "flatten");

    // Another byte in the name of the tensor, and the rest as it was.
    let bytes = std::fs::read(&saved).unwrap();
    let place = bytes.windows(11).position(|part| part == b"head.weight").unwrap();
    let spoiled = [&bytes[..place], b"h", &bytes[place + 1..place + 10], b"x", &bytes[place + 11..]].concat();
    std::fs::write(&saved, &spoiled).unwrap();
    let photo = format!("{}/assets/images/chelsea.png", env!("CARGO_MANIFEST_DIR"));
    for (head, says) in [(file.as_str(), "head.weight is missing"), (&photo, "no intact safetensors file")] {
        let output = glassbox(&["see", &cat, "--head", head]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}

#[test]
fn what_cannot_be_learned_from_is_said_in_a_sentence() {
    let whole = tempfile::tempdir().unwrap();
    let [a, b, none] = ["a", "b", "none"].map(|name| {
        let folder = whole.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        for i in 0..if name == "none" { 0 } else { 2 } {
            image::RgbImage::new(8, 8).save(folder.join(format!("{i}.png"))).unwrap();
        }
        folder.to_str().unwrap().to_owned()
    });
    for (args, says) in [
        (&["transfer", a.as_str()][..], "makes 0 of at least 2 groups"),
        (&["transfer", a.as_str(), none.as_str()], "none has 0 of at least 2 pictures"),
        (&["transfer", a.as_str(), b.as_str(), "--save", "no/such/folder/head"], "no/such/folder/head"),
        (&["transfer", "nowhere", b.as_str()], "nowhere"),
    ] {
        let output = glassbox(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        assert!(stderr(&output).contains(says), "{args:?}: {}", stderr(&output));
        assert_eq!((stdout(&output).as_str(), stderr(&output).lines().count()), ("", 1));
    }
    assert_eq!(glassbox(&["transfer"]).status.code(), Some(2));
    let both = ["see", "a.png", "--head", "b", "--model", "c"];
    assert_eq!(glassbox(&both).status.code(), Some(2));
}
