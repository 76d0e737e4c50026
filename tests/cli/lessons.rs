//! What pages teach, from the command line: topics, lessons, practice, presets, addresses.

use std::path::Path;

use glassbox::exhibits::TOPICS;
use serde_json::Value;
use tempfile::TempDir;

use super::{glassbox, json, keys, passes_by, stderr, stdout};

/// Runs a command that has to work.
fn run(args: &[&str]) -> Value {
    let output = glassbox(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    json(&output)
}

#[test]
fn topics_are_listed_with_what_they_ask_and_run() {
    let topics = run(&["topics", "--json"]);
    let topics = topics.as_array().unwrap();
    assert_eq!(topics.len(), TOPICS.len());
    for (row, topic) in topics.iter().zip(TOPICS) {
        assert_eq!(keys(row), ["chapter", "kernels", "presets", "question", "slug", "title", "trains"]);
        assert_eq!((&row["slug"], &row["title"]), (&topic.slug.into(), &topic.title().into()));
        assert!(row["question"].as_str().unwrap().ends_with(['?', '.']), "{row}");
        let presets: Vec<&str> = topic.lesson().presets.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(row["presets"], Value::from(presets));
        let trains = row["trains"].as_bool().unwrap();
        assert!(trains || !row["kernels"].as_array().unwrap().is_empty(), "{row}");
    }
    assert!(stdout(&glassbox(&["topics"])).contains("valid-vs-same"));
}

#[test]
fn a_preset_is_rendered_by_name_and_reported() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("a.png");
    let file = file.to_str().unwrap();
    let render = |more: &[&str]| {
        let args = ["--backend", "reference", "render", "stride", "-o", file, "--json"];
        glassbox(&[&args, more].concat())
    };
    let lesson = glassbox::lessons::lesson("stride").unwrap();
    let preset = &lesson.presets[1];
    // Names are found in any case.
    let report = json(&render(&["--preset", &preset.name.to_uppercase()]));
    let mut wanted =
        vec!["clipped", "figures", "filled", "frame_ms", "gpu_ms", "height", "kernels", "knobs", "lesson"];
    wanted.extend(["max_error", "overlaps", "preset", "step", "topic", "width"]);
    assert_eq!(keys(&report), wanted);
    assert_eq!(report["preset"], preset.name.as_str());
    for (knob, value) in preset.settings().iter() {
        let drawn = &report["knobs"][knob];
        assert_eq!(drawn.as_str().map_or_else(|| drawn.to_string(), str::to_owned), value, "{knob}");
    }
    assert!(report["step"].is_null(), "nothing trains on this page");
    let filled = report["filled"].as_f64().unwrap();
    assert!(filled > 0.3 && filled <= 1.0, "{filled}");
    assert!(report["clipped"].is_u64() && report["overlaps"].is_u64());
    // With another setting it is the preset no more.
    let report = json(&render(&["--preset", &preset.name, "--set", "size=5"]));
    assert!(report["preset"].is_null() && report["knobs"]["size"] == 5, "{report}");

    let output = render(&["--preset", "no such preset"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(&preset.name), "{}", stderr(&output));
    let output = render(&["--steps", "5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("nothing trains"), "{}", stderr(&output));
}

#[test]
fn a_page_that_trains_is_drawn_twice_alike() {
    let dir = TempDir::new().unwrap();
    let topics = run(&["topics", "--json"]);
    let trains = |topic: &&Value| topic["trains"] == true;
    for slug in topics.as_array().unwrap().iter().filter(trains).map(|topic| topic["slug"].as_str().unwrap())
    {
        // The pilot whole, the others far enough to have curves.
        let steps = if slug == "dropout" { "150" } else { "20" };
        let mut pictures = Vec::new();
        for name in ["a.png", "b.png"] {
            let file = dir.path().join(name);
            let output =
                glassbox(&["render", slug, "--steps", steps, "--json", "-o", file.to_str().unwrap()]);
            if passes_by(&output) {
                return;
            }
            assert_eq!(output.status.code(), Some(0), "{slug}: {}", stderr(&output));
            assert_eq!(json(&output)["step"].to_string(), steps, "{slug}");
            pictures.push(std::fs::read(file).unwrap());
        }
        assert!(pictures[0] == pictures[1], "{slug}: two runs differ");
    }
}

#[test]
fn lessons_are_printed_whole() {
    for topic in TOPICS {
        let lesson = run(&["lesson", topic.slug, "--json"]);
        let wanted = [
            "answer",
            "code",
            "follow_ups",
            "notes",
            "presets",
            "question",
            "see_also",
            "slug",
            "spoken",
            "title",
        ];
        assert_eq!(keys(&lesson), wanted, "{}", topic.slug);
        assert_eq!((&lesson["slug"], &lesson["title"]), (&topic.slug.into(), &topic.title().into()));
        for (list, row) in [
            ("follow_ups", &["answer", "ask"][..]),
            ("notes", &["heard", "holds"]),
            ("presets", &["lesson", "name", "settings", "tone"]),
            ("see_also", &["page", "why"]),
        ] {
            let rows = lesson[list].as_array().unwrap();
            assert!(rows.len() >= 2 && rows.iter().all(|found| keys(found) == row), "{}: {list}", topic.slug);
        }
        let tones: Vec<&str> =
            lesson["presets"].as_array().unwrap().iter().filter_map(|p| p["tone"].as_str()).collect();
        assert!(tones[0] == "plain" && tones.contains(&"broken") && tones.contains(&"mended"), "{tones:?}");
    }
    let text = stdout(&glassbox(&["lesson", "stride", "--width", "60"]));
    assert!(text.starts_with("Stride\n") && text.contains("In half a minute"), "{text}");
    let output = glassbox(&["lesson", "strid"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("did you mean \"stride\"?"), "{}", stderr(&output));
}

#[test]
fn practice_prints_questions_of_every_kind_and_repeats_itself() {
    let ask = |count: &str, seed: &str| run(&["practice", "--json", "--count", count, "--seed", seed]);
    let five = ask("5", "1");
    assert_eq!(five.as_array().unwrap().len(), 5);
    assert_eq!(five, ask("5", "1"));
    assert_ne!(five, ask("5", "2"));
    let many = ask("60", "1");
    let many = many.as_array().unwrap();
    let mut kinds: Vec<&str> = Vec::new();
    for question in many {
        assert_eq!(keys(question), ["answer", "ask", "how", "settings", "topic"]);
        assert!(TOPICS.iter().any(|topic| question["topic"] == topic.slug), "{question}");
        assert!(question["ask"].as_str().unwrap().len() > 20, "{question}");
        let answer = &question["answer"];
        let kind = answer["kind"].as_str().unwrap();
        match kind {
            "number" => assert!(answer["value"].as_f64().unwrap().is_finite() && answer["unit"].is_string()),
            "numbers" => assert!(answer["values"].as_array().unwrap().len() > 1, "{question}"),
            "one-of" => {
                let options = answer["options"].as_array().unwrap().len();
                assert!((answer["right"].as_u64().unwrap() as usize) < options, "{question}");
            }
            other => panic!("an answer of the kind {other}"),
        }
        kinds.push(kind);
    }
    assert!(kinds.contains(&"number") && kinds.contains(&"one-of"), "{kinds:?}");
    // Settings of a question are settings of its page.
    let shown = many.iter().filter(|question| question["settings"].is_string());
    for question in shown {
        let topic = glassbox::exhibits::topic(question["topic"].as_str().unwrap()).unwrap();
        let mut page = (topic.new)();
        let settings = question["settings"].as_str().unwrap().parse().unwrap();
        let set = glassbox::settings::apply(&settings, |k| page.knobs(k));
        assert_eq!(set, Ok(()), "{question}");
    }
}

#[test]
fn code_is_printed_alone_for_the_settings() {
    let code = |more: &[&str]| glassbox(&[&["lesson", "stride", "--code"], more].concat());
    let start = stdout(&code(&[]));
    assert!(start.starts_with("import torch\n") && start.contains("stride = 2"), "{start}");
    assert!(!start.contains("```") && start.ends_with('\n'), "{start}");
    let preset = stdout(&code(&["--preset", "pixels skipped", "--set", "size=5"]));
    assert!(!preset.contains("stride = 2 ") && preset.contains("size = 5"), "{preset}");
    for (args, says) in [
        (&["--preset", "no such preset"][..], "has no preset"),
        (&["--set", "strde=4"], "did you mean \"stride\"?"),
        (&["--json"], "cannot be used with"),
    ] {
        let output = code(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
    let output = glassbox(&["lesson", "stride", "--preset", "Pixels skipped"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--code"), "{}", stderr(&output));
}

/// The tour of one address, in a folder of its own; what was printed last on stderr.
fn tour(address: &str, folder: &Path) -> (Option<i32>, String) {
    let output = assert_cmd::Command::new(super::PROGRAM)
        .args(["--backend", "reference", address])
        .current_dir(folder)
        .output()
        .unwrap();
    (output.status.code(), stderr(&output))
}

#[test]
fn without_a_display_an_address_is_rendered_with_its_settings() {
    let dir = TempDir::new().unwrap();
    let mut pictures = Vec::new();
    for (name, address) in [("set", "stride?stride=4&image=zone plate"), ("plain", "stride")] {
        let folder = dir.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let (code, said) = tour(address, &folder);
        assert_eq!(code, Some(0), "{address}: {said}");
        let tour = folder.join("glassbox-tour");
        let written: Vec<_> = std::fs::read_dir(&tour).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(written.len(), 3, "one page in both themes and the index: {written:?}");
        assert!(std::fs::read_to_string(tour.join("index.html")).unwrap().contains("stride.png"));
        pictures.push(image::open(tour.join("stride.png")).unwrap().to_rgb8());
    }
    // The same settings, as `render` draws them.
    let file = dir.path().join("a.png");
    let args = [
        "--backend",
        "reference",
        "render",
        "stride",
        "--set",
        "stride=4",
        "--set",
        "image=zone plate",
        "-o",
    ];
    let output = glassbox(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let rendered = image::open(file).unwrap().to_rgb8();
    assert!(pictures[0] == rendered, "the address is not drawn with its settings");
    assert!(pictures[1] != rendered);

    for (address, says) in [("stride?strde=4", "did you mean \"stride\"?"), ("stride?stride", "knob=value")] {
        let (code, said) = tour(address, dir.path());
        assert_eq!(code, Some(2), "{address}: {said}");
        assert!(said.contains(says), "{said}");
    }
}
