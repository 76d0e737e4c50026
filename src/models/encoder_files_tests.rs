//! Encoders from a folder: a tiny one made here opens and runs, spoiled ones give a sentence.

use std::collections::BTreeMap;

use super::*;
use crate::data::npy::read_npy;
use crate::gpu::{Plan, reference};
use crate::models::weight_writer::WeightWriter;
use crate::models::{Architecture, encoder, encoder_reference};
use crate::ops::philox::Rng;

const WORDS: [&str; 8] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sat", "##s"];

fn config() -> EncoderConfig {
    EncoderConfig {
        architecture: Architecture::Bert,
        hidden_act: "gelu".into(),
        layers: 2,
        heads: 3,
        hidden: 12,
        intermediate: 20,
        vocabulary: WORDS.len(),
        positions: 10,
        types: 2,
        embedding: None,
        padding: None,
        position_embedding: Some("absolute".into()),
        norm_epsilon: 1e-12,
    }
}

/// A model's folder with random weights; `rename` changes what the tensors are called.
fn folder(rename: impl Fn(&str) -> String) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = WeightWriter::default();
    let mut rng = Rng::new(5);
    for (name, shape) in config().tensors() {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal() * 0.3).collect();
        writer.add(&rename(&name), &shape, &values);
    }
    let bytes = writer.finish("format", "pt".into(), "made here").unwrap();
    fs::write(dir.path().join(WEIGHTS), bytes).unwrap();
    fs::write(dir.path().join(CONFIG), serde_json::to_string(&config()).unwrap()).unwrap();
    fs::write(dir.path().join(VOCABULARY), WORDS.join("\n")).unwrap();
    dir
}

/// The sentence vector, by the reference.
fn vector(encoder: &Encoder, sentence: &str) -> Vec<f64> {
    let tokens = encoder.tokenizer.encode_within(sentence, encoder.max_tokens()).unwrap();
    let mut plan = Plan::new();
    let encoded = encoder::record(&mut plan, &encoder.model, &tokens, 9).unwrap();
    reference::run(&plan, &BTreeMap::new())[encoded.sentence.buf.0].clone()
}

#[test]
fn a_folder_opens_by_any_of_its_names_and_runs() {
    let dir = folder(str::to_owned);
    let encoder = Encoder::open(dir.path()).unwrap();
    assert_eq!(encoder.max_tokens(), 10);
    let tokens = encoder.tokenizer.encode("The CATs sat.").unwrap();
    assert_eq!(tokens.texts, ["[CLS]", "the", "cat", "##s", "sat", "[UNK]", "[SEP]"]);
    let whole = vector(&encoder, "The cats sat.");
    assert!((whole.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-6);
    for name in [WEIGHTS, CONFIG] {
        let again = Encoder::open(dir.path().join(name)).unwrap();
        assert_eq!(vector(&again, "The cats sat."), whole);
        assert_eq!(again.name(), dir.path().file_name().unwrap().to_str().unwrap());
    }
    // More words than it has positions for are cut.
    let cut = encoder.tokenizer.encode_within(&"cat ".repeat(40), encoder.max_tokens()).unwrap();
    assert_eq!(cut.ids.len(), 10);
    vector(&encoder, &"cat ".repeat(40));
}

/// The files are those of `tests/data/encoders.py`.
#[test]
fn each_kind_agrees_with_transformers() {
    for (name, first) in [
        ("bert", ["[CLS]", "the", "cat"]),
        ("distilbert", ["[CLS]", "the", "cat"]),
        ("roberta", ["<s>", "T", "he"]),
        ("electra", ["[CLS]", "the", "cat"]),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/encoders").join(name);
        let encoder = Encoder::open(&folder).unwrap();
        assert_eq!(encoder.name(), name);
        let tokens = encoder.tokenizer.encode_within("The cats sat, 你.", encoder.max_tokens()).unwrap();
        let ids: Vec<u32> = serde_json::from_slice(&fs::read(folder.join("ids.json")).unwrap()).unwrap();
        assert_eq!((&tokens.ids, &tokens.texts[..3]), (&ids, &first.map(String::from)[..]), "{name}");
        assert_eq!(tokens.unknown, usize::from(name != "roberta"), "{name}");

        let trace = encoder_reference::run(&encoder.model, &tokens.ids, &tokens.type_ids).unwrap();
        let mut plan = Plan::new();
        let encoded = encoder::record(&mut plan, &encoder.model, &tokens, 9).unwrap();
        let values = reference::run(&plan, &BTreeMap::new());
        let mut hidden = [trace.embedded, values[encoded.embedded.buf.0].clone()];
        let mut attention = [Vec::new(), Vec::new()];
        for (ours, layer) in trace.layers.into_iter().zip(encoded.layers) {
            hidden[0].extend(ours.hidden);
            attention[0].extend(ours.attention);
            hidden[1].extend(&values[layer.hidden.buf.0]);
            attention[1].extend(&values[layer.attention.probabilities.buf.0]);
        }
        for (file, made) in [("hidden.npy", hidden), ("attention.npy", attention)] {
            let theirs = read_npy(folder.join(file)).unwrap().values;
            for ours in made {
                assert_eq!(ours.len(), theirs.len(), "{name}: {file}");
                for (a, b) in ours.iter().zip(&theirs) {
                    assert!((a - f64::from(*b)).abs() <= 2e-5, "{name}: {file}: {a} and {b}");
                }
            }
        }
    }
}

#[test]
fn roberta_counts_positions_from_behind_padding() {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/encoders/roberta/config.json");
    let json = fs::read_to_string(at).unwrap();
    let config = EncoderConfig::from_json(&json, "config.json").unwrap();
    assert_eq!((config.positions, config.max_tokens()), (20, 18));
    assert_eq!(config.position_rows(&[0, 9, 1, 9]), [2, 3, 1, 4]);
    let spoiled = json.replace("\"pad_token_id\": 1", "\"pad_token_id\": 19");
    let error = EncoderConfig::from_json(&spoiled, "config.json").unwrap_err().to_string();
    assert!(error.contains("pad_token_id is 19"), "{error}");
}

#[test]
fn prefixes_and_the_old_names_of_norms_are_known() {
    let plain = folder(str::to_owned);
    let old = folder(|name| {
        let name =
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        format!("bert.{name}")
    });
    let [a, b] = [&plain, &old].map(|dir| vector(&Encoder::open(dir.path()).unwrap(), "cat"));
    assert_eq!(a, b);
}

#[test]
fn what_is_missing_or_spoiled_gets_a_sentence() {
    let says = |spoil: &dyn Fn(&Path)| {
        let dir = folder(str::to_owned);
        spoil(dir.path());
        let error = Encoder::open(dir.path()).unwrap_err().to_string();
        assert!(error.len() > 30 && !error.contains('\n') && error.contains(": "), "{error}");
        error
    };
    let remove = |name: &'static str| move |dir: &Path| fs::remove_file(dir.join(name)).unwrap();
    assert!(says(&remove(VOCABULARY)).contains("no tokenizer.json"));
    assert!(says(&remove(CONFIG)).contains("no config.json"));
    assert!(says(&remove(WEIGHTS)).contains("no model.safetensors"));
    let write = |name: &'static str, bytes: &'static [u8]| {
        move |dir: &Path| fs::write(dir.join(name), bytes).unwrap()
    };
    says(&write(WEIGHTS, b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"));
    says(&write(CONFIG, b"{}"));
    says(&write(TOKENIZER, b"{\"model\": 3}"));
    assert!(says(&write(VOCABULARY, b"cat\nsat\n")).contains("[UNK]"));
    for (from, to, part) in [
        ("\"num_hidden_layers\":2", "\"num_hidden_layers\":4000000000", "1 to 256"),
        ("\"num_hidden_layers\":2", "\"num_hidden_layers\":3", "encoder.layer.2"),
        ("\"num_attention_heads\":3", "\"num_attention_heads\":5", "5 heads"),
        ("\"hidden_size\":12", "\"hidden_size\":15", "is 8 x 12 and the model needs 8 x 15"),
        ("\"vocab_size\":8", "\"vocab_size\":16777216", "and the model needs 16777216 x 12"),
        ("absolute", "relative_key", "position_embedding_type"),
        ("\"bert\"", "\"gpt2\"", "model_type is gpt2 and those that are read are bert, distilbert,"),
        ("\"num_hidden_layers\":2", "\"num_hidden_layers\":1", "no part of 1-layer BERT"),
    ] {
        let error = says(&|dir| {
            let json = fs::read_to_string(dir.join(CONFIG)).unwrap();
            assert!(json.contains(from), "{json}");
            fs::write(dir.join(CONFIG), json.replace(from, to)).unwrap();
        });
        assert!(error.contains(part), "{error}");
    }
    let dir = folder(str::to_owned);
    let error = Encoder::open(dir.path().join(VOCABULARY)).unwrap_err();
    assert!(matches!(error, EncoderFileError::Kind(_)), "{error}");
    let error = Encoder::open(dir.path().join("absent")).unwrap_err();
    assert!(matches!(error, EncoderFileError::Io { .. }), "{error}");
}

#[test]
fn spoiled_bytes_are_refused_or_read_but_never_a_panic() {
    let dir = folder(str::to_owned);
    let mut rng = Rng::new(9);
    for name in [WEIGHTS, CONFIG, VOCABULARY] {
        let good = fs::read(dir.path().join(name)).unwrap();
        for _ in 0..50 {
            let mut bad = good.clone();
            bad.truncate(good.len() - rng.below(1 + good.len() as u32 / 2) as usize);
            let at = rng.below(bad.len().min(600) as u32) as usize;
            bad[at] ^= 1 << rng.below(8);
            fs::write(dir.path().join(name), bad).unwrap();
            let Ok(encoder) = Encoder::open(dir.path()) else { continue };
            let Ok(tokens) = encoder.tokenizer.encode_within("the cat", encoder.max_tokens()) else {
                continue;
            };
            let recorded = encoder::record(&mut Plan::new(), &encoder.model, &tokens, 9);
            drop(recorded.map_err(|e| assert!(e.to_string().len() > 20, "{e}")));
        }
        fs::write(dir.path().join(name), good).unwrap();
    }
}
