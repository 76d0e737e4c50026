//! Pages and sentences from the command line, and what it says to bad ones.

use glassbox::data::npy::read_npy;
use tempfile::TempDir;

use super::{glassbox, json, keys, passes_by, stderr};

const SENTENCE: &str = "The animal didn't cross the street because it was too tired.";

/// The last line on stderr: graphics libraries may print above it.
pub fn complaint(args: &[&str], code: i32) -> String {
    let output = glassbox(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    let text = stderr(&output);
    let last = text.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("error: "), "{args:?}: {text}");
    assert!(!text.contains("panicked"), "{text}");
    last
}

#[test]
fn render_draws_and_reports_and_a_knob_changes_the_picture() {
    let dir = TempDir::new().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let mut pictures = Vec::new();
    for stride in ["stride=1", "stride=4"] {
        let path = file(&format!("{stride}.png"));
        let args = ["render", "stride", "-o", &path, "--size", "800x600", "--set", stride, "--json"];
        let output = glassbox(&args);
        if passes_by(&output) {
            return;
        }
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let report = json(&output);
        assert_eq!(report["knobs"]["stride"].to_string(), stride[7..]);
        assert!(report["max_error"].as_f64().unwrap() < 1e-4, "{report}");
        pictures.push(image::open(path).unwrap().to_rgb8());
    }
    assert_eq!(pictures[0].dimensions(), (800, 600));
    let different = pictures[0].pixels().zip(pictures[1].pixels()).filter(|(a, b)| a != b).count();
    assert!(different > 800 * 600 / 20, "{different} pixels differ");
}

#[test]
fn the_reference_draws_the_same_page_without_an_adapter() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a.png");
    let args = ["--backend", "reference", "render", "valid-vs-same", "--size", "640x480", "--json", "-o"];
    let output = glassbox(&[&args[..], &[path.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(json(&output)["max_error"].is_null());
    assert_eq!(image::image_dimensions(path).unwrap(), (640, 480));
}

#[test]
fn attend_gives_tokens_a_unit_vector_and_the_attention_of_the_original_weights() {
    let dir = TempDir::new().unwrap();
    for backend in [&[][..], &["--backend", "reference"]] {
        let out = dir.path().to_str().unwrap();
        let output = glassbox(&[backend, &["attend", SENTENCE, "-o", out, "--json"]].concat());
        if passes_by(&output) {
            continue;
        }
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let report = json(&output);
        assert_eq!(keys(&report), ["embedding", "heads", "layers", "model", "tokens"]);
        let tokens: Vec<_> =
            report["tokens"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        let want = "[CLS] the animal didn ' t cross the street because it was too tired . [SEP]";
        assert_eq!(tokens.join(" "), want);
        let attention = read_npy(dir.path().join("attention.npy")).unwrap();
        let layers = report["layers"].as_u64().unwrap() as usize;
        assert_eq!(attention.shape, [layers, 12, 16, 16]);
        for row in attention.values.chunks(16) {
            let sum: f32 = row.iter().sum();
            assert!((sum - 1.0).abs() < 1e-4, "a row of attention sums to {sum}");
        }
        // NumPy on the original f32 weights; the embedded ones have eight bits.
        let original = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/minilm_attention.npy");
        let original = read_npy(original).unwrap();
        assert_eq!(attention.shape, original.shape);
        for (layer, pair) in
            attention.values.chunks(12 * 256).zip(original.values.chunks(12 * 256)).enumerate()
        {
            for (got, want) in pair.0.iter().zip(pair.1) {
                let difference = (got - want).abs();
                assert!(difference <= 2e-2, "layer {layer}: {got} against {want}");
            }
        }
        let embedding: Vec<f64> =
            report["embedding"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let original =
            read_npy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/minilm_embedding.npy")).unwrap();
        let cosine: f64 = embedding.iter().zip(&original.values).map(|(a, &b)| a * f64::from(b)).sum();
        assert!(cosine >= 0.999, "cosine {cosine}");
        let hidden = read_npy(dir.path().join("hidden.npy")).unwrap();
        assert_eq!(hidden.shape, [layers + 1, 16, 384]);
        // The sentence is the mean over the last layer's tokens, scaled to length 1.
        let last = &hidden.values[layers * 16 * 384..];
        let mean = |c: usize| last.iter().skip(c).step_by(384).map(|&v| f64::from(v)).sum::<f64>();
        let length = (0..384).map(|c| mean(c) * mean(c)).sum::<f64>().sqrt();
        let stored = read_npy(dir.path().join("embedding.npy")).unwrap();
        for (c, &got) in stored.values.iter().enumerate() {
            let want = mean(c) / length;
            assert!((f64::from(got) - want).abs() <= 1e-4, "channel {c}: {got} against {want}");
        }
    }
}

#[test]
fn a_second_sentence_gives_a_similarity_and_another_model_its_own_sizes() {
    let like = |pair: &str| {
        let output =
            glassbox(&["--backend", "reference", "attend", "A cat sleeps.", "--pair", pair, "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        json(&output)["similarity"].as_f64().unwrap()
    };
    let (itself, near, far) = (like("A cat sleeps."), like("A kitten is asleep."), like("Stocks fell."));
    assert!((itself - 1.0).abs() <= 1e-5, "{itself}");
    assert!(near > far + 0.3 && near < 0.999, "{near} and {far}");

    // The weights that Glassbox writes carry their configuration; the tokenizer lies beside them.
    let dir = TempDir::new().unwrap();
    let at = |name: &str| format!("{}/assets/models/all-MiniLM-L6-v2.{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(at("int8.safetensors"), dir.path().join("model.safetensors")).unwrap();
    let model = dir.path().to_str().unwrap();
    let run = || {
        let args =
            ["--backend", "reference", "attend", "A cat.", "--model", model, "--layers", "1", "--json"];
        glassbox(&args)
    };
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no tokenizer.json"), "{}", stderr(&output));
    std::fs::copy(at("tokenizer.json"), dir.path().join("tokenizer.json")).unwrap();
    let output = run();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(json(&output)["model"].as_str().unwrap().ends_with("model.safetensors"));
}

#[test]
fn long_and_foreign_sentences_are_read_and_cuts_are_told() {
    let long = "word ".repeat(600);
    let output = glassbox(&["--backend", "reference", "attend", &long, "--layers", "1", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(json(&output)["tokens"].as_array().unwrap().len(), 512);
    assert!(stderr(&output).contains("512"), "{}", stderr(&output));
    let output = glassbox(&["--backend", "reference", "attend", "مرحبا 你好 🙂", "--layers", "1", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn bad_input_gets_one_sentence() {
    let dir = TempDir::new().unwrap();
    let png = dir.path().join("a.png");
    let png = png.to_str().unwrap();
    let text = dir.path().join("not-a-picture.png");
    std::fs::write(&text, "hello").unwrap();
    let text = text.to_str().unwrap();
    let render =
        |more: &[&'static str]| [&["--backend", "reference", "render", "stride", "-o", png], more].concat();
    let says = |args: &[&str], code, what: &str| {
        let sentence = complaint(args, code);
        assert!(sentence.contains(what), "{sentence}");
    };
    says(&["render", "strid", "-o", png], 2, "\"stride\"");
    says(&render(&["--set", "strde=2"]), 2, "did you mean \"stride\"?");
    says(&render(&["--set", "stride=9"]), 2, "from 1 to 8");
    says(&render(&["--set", "stride"]), 2, "knob=value");
    says(&render(&["--set", "image=grid", "--image", "missing.png"]), 1, "missing.png");
    let args = ["--backend", "reference", "render", "stride", "-o", png, "--image", text];
    says(&args, 1, "not-a-picture.png");
    says(&["--backend", "reference", "attend", "  "], 1, "empty");
    says(&["--backend", "reference", "attend", "a cat", "--layers", "7"], 2, "1 to 6");
    says(&["no-such-topic"], 2, "no topic");
    let args = [
        "--backend",
        "reference",
        "render",
        "pooling-types",
        "-o",
        png,
        "--set",
        "padding=6",
        "--set",
        "window=2",
    ];
    says(&args, 1, "padding");
    assert!(!std::path::Path::new(png).exists(), "a refused picture was written");
    let args =
        ["--backend", "reference", "render", "stride", "-o", "/no/such/folder/a.png", "--size", "400x320"];
    says(&args, 1, "/no/such/folder/a.png");
}

#[test]
fn without_a_display_the_tour_is_rendered() {
    let dir = TempDir::new().unwrap();
    let output = assert_cmd::Command::new(super::PROGRAM)
        .args(["--backend", "reference", "valid-vs-same"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let tour = dir.path().join("glassbox-tour");
    let page = std::fs::read_to_string(tour.join("index.html")).unwrap();
    let brightness = |name: &str| {
        assert!(page.contains(name), "{page}");
        let picture = image::open(tour.join(name)).unwrap().to_luma8();
        picture.pixels().map(|p| f64::from(p[0])).sum::<f64>() / picture.len() as f64
    };
    let [dark, light] = ["valid-vs-same.png", "valid-vs-same-light.png"].map(brightness);
    assert!(dark < 100.0 && light > 150.0, "brightness {dark} and {light}");
    // The lesson, as the page begins.
    assert!(page.contains("Same adds 1 zero a side and keeps 7 × 7"), "{page}");
}
