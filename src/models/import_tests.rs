//! Importing a network of random weights, small enough to make here.

use super::*;

const CONFIG: &str = r#"{"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": 2,
    "num_attention_heads": 2, "hidden_size": 8, "intermediate_size": 16, "vocab_size": 30522,
    "max_position_embeddings": 64, "type_vocab_size": 2, "layer_norm_eps": 1e-12}"#;

/// A folder like the original one, with weights from a fixed sequence.
fn small_model(dir: &Path, config: &str) {
    fs::write(dir.join("config.json"), config).unwrap();
    fs::write(dir.join("tokenizer.json"), Tokenizer::embedded().to_json().unwrap()).unwrap();
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let mut writer = WeightWriter::default();
    let parsed = EncoderConfig::from_json(CONFIG, "config.json").unwrap();
    let extra = ("pooler.dense.bias".to_owned(), vec![8]);
    for (name, shape) in parsed.tensors().into_iter().chain([extra]) {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| next()).collect();
        writer.add(&name, &shape, &values);
    }
    let bytes = writer.finish("format", "pt".to_owned(), "model").unwrap();
    fs::write(dir.join("model.safetensors"), bytes).unwrap();
}

#[test]
fn a_small_model_is_rounded_measured_and_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    small_model(dir.path(), CONFIG);
    let out = dir.path().join("small.int8.safetensors");
    let report = import_minilm(dir.path(), &out).unwrap();
    assert_eq!(report.files, [out.clone(), dir.path().join("small.tokenizer.json")]);
    assert_eq!(report.dropped, ["pooler.dense.bias"]);
    assert!(report.bytes_after < report.bytes_before / 2);
    assert!(report.worst_cosine() >= LEAST_COSINE);
    assert_eq!(report.attention_errors.len(), 2);
    assert!(report.attention_errors.iter().all(|error| *error < 0.01), "{report}");
    assert!(report.to_string().contains("cosine"));

    let model = MiniLm::open(&out).unwrap();
    assert_eq!(model.config(), &EncoderConfig::from_json(CONFIG, "").unwrap());
    let tokens = Tokenizer::open(&report.files[1]).unwrap().encode("a cat").unwrap();
    run(&model, &tokens.ids, &tokens.type_ids).unwrap();
}

#[test]
fn another_kind_of_model_or_a_missing_file_is_refused_and_nothing_is_written() {
    for (from, to, says) in [
        ("\"bert\"", "\"gpt2\"", "gpt2"),
        ("\"gelu\"", "\"relu\"", "relu"),
        ("\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "3 heads"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "encoder.layer.2"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 0", "is 0"),
        ("\"hidden_size\": 8", "\"hidden_size\": 12", "30522 x 12"),
        ("1e-12", "-1", "layer_norm_eps"),
        ("{", "", "configuration"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        small_model(dir.path(), &CONFIG.replacen(from, to, 1));
        let out = dir.path().join("out.safetensors");
        let error = import_minilm(dir.path(), &out).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(!out.exists());
    }
    for missing in ["config.json", "tokenizer.json", "model.safetensors"] {
        let dir = tempfile::tempdir().unwrap();
        small_model(dir.path(), CONFIG);
        fs::remove_file(dir.path().join(missing)).unwrap();
        let error = import_minilm(dir.path(), dir.path().join("out")).unwrap_err();
        assert!(error.to_string().ends_with(missing), "{error}");
    }
}
