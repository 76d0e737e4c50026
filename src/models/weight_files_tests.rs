//! Shards: whichever file is named, the whole is opened, and what is missing is told.

use std::fs;

use super::*;
use crate::models::weight_writer::WeightWriter;

/// A folder with two shards of a tensor each, and their index.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (number, tensor) in ["a", "b"].into_iter().enumerate() {
        let mut writer = WeightWriter::default();
        writer.add(tensor, &[2], &[number as f32, 7.0]);
        let bytes = writer.finish("format", "pt".into(), "made here").unwrap();
        fs::write(dir.path().join(shard(number + 1)), bytes).unwrap();
    }
    let map = format!(r#"{{"metadata":{{}},"weight_map":{{"a":"{}","b":"{}"}}}}"#, shard(1), shard(2));
    fs::write(dir.path().join(USUAL[1]), map).unwrap();
    dir
}

fn shard(number: usize) -> String {
    format!("model-{number:05}-of-00002.safetensors")
}

#[test]
fn the_index_or_any_shard_leads_to_all_tensors() {
    let dir = folder();
    assert_eq!(in_folder(dir.path()).unwrap(), dir.path().join(USUAL[1]));
    let all_of = |name: &str| {
        let file = open(dir.path().join(name)).unwrap();
        assert!(is_named_so(Path::new(file.name())) && is_of_folder(Path::new(file.name())));
        file.all().unwrap()
    };
    let whole = all_of(USUAL[1]);
    assert_eq!(*whole["a"], [0.0, 7.0]);
    assert_eq!(*whole["b"], [1.0, 7.0]);
    assert_eq!([all_of(&shard(1)), all_of(&shard(2))], [whole.clone(), whole.clone()]);
    // Without an index the names tell how many there are.
    fs::remove_file(dir.path().join(USUAL[1])).unwrap();
    assert_eq!(in_folder(dir.path()).unwrap(), dir.path().join(shard(1)));
    assert_eq!(all_of(&shard(2)), whole);
}

#[test]
fn what_is_missing_or_spoiled_is_named() {
    let says = |spoil: &dyn Fn(&Path), name: &str| {
        let dir = folder();
        spoil(dir.path());
        let error = open(dir.path().join(name)).unwrap_err().to_string();
        assert!(!error.contains('\n') && error.contains(&dir.path().display().to_string()), "{error}");
        error
    };
    let gone = |dir: &Path| fs::remove_file(dir.join(shard(2))).unwrap();
    let missing = format!("{} is missing, put it beside the others", shard(2));
    assert!(says(&gone, USUAL[1]).contains(&missing));
    assert!(says(&gone, &shard(1)).contains(&missing));
    let write = |name: String, text: String| move |dir: &Path| fs::write(dir.join(&name), &text).unwrap();
    let cut = says(&write(shard(2), "short".into()), &shard(1));
    assert!(cut.contains("no intact safetensors file") && cut.ends_with(&shard(2)), "{cut}");
    let index = |map: &str| write(USUAL[1].into(), map.to_owned());
    assert!(says(&index("{}"), USUAL[1]).contains("their index cannot be read"));
    assert!(says(&index(r#"{"weight_map":{}}"#), USUAL[1]).contains("names 0 files"));
    for outside in ["../a.safetensors", "/a.safetensors", "", "..", "a.txt"] {
        let map = format!(r#"{{"weight_map":{{"a":"{outside}"}}}}"#);
        assert!(says(&index(&map), USUAL[1]).contains("which is no file beside it"), "{outside}");
    }
    let elsewhere = format!(r#"{{"weight_map":{{"b":"{}"}}}}"#, shard(1));
    let text = says(&index(&elsewhere), USUAL[1]);
    assert!(text.contains(&format!("{} lacks the tensor b of their index", shard(1))), "{text}");
    let twice = |dir: &Path| {
        fs::copy(dir.join(shard(1)), dir.join(shard(2))).unwrap();
        fs::remove_file(dir.join(USUAL[1])).unwrap();
    };
    assert!(says(&twice, &shard(1)).contains("two of them hold the tensor a"));
}

#[test]
fn other_names_are_no_shards() {
    for name in ["model.safetensors", "a-1-of-2.bin", "a-00003-of-00002.bin", "a-00000-of-00002.bin"] {
        assert!(Shard::named(Path::new(name)).is_none(), "{name}");
    }
    assert!(!is_named_so(Path::new("config.json")) && !is_named_so(Path::new("a.index.json")));
    assert!(is_named_so(Path::new("a.PTH")) && is_named_so(Path::new("pytorch_model.bin.index.json")));
}
