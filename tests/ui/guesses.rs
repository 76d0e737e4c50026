//! What the page of one's own model says of noise, batches, vocabularies and guesses.

use std::path::Path;
use std::rc::Rc;

use egui_kittest::kittest::Queryable;
use glassbox::app::{Opened, open};
use glassbox::exhibits::{Own, topic};
use glassbox::models::{Network, Tokenizer};

use super::access::{Reader, page, read_own};

/// The page with a network of `tests/data/seen`, on the reference.
fn reader(name: &str, settings: &[&str]) -> Reader {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/seen/{name}.onnx"));
    let network = Network::open(path).unwrap();
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    let own = Some(Own::Network(Rc::new(network)));
    let mut reader = read_own(topic("model-explorer").unwrap(), &settings, own);
    reader.run_ok();
    assert_eq!(page(&mut reader).problem(), None, "{name}");
    reader
}

/// How many classes the page has probabilities of, where the network itself ends in none.
fn classes(reader: &mut Reader) -> usize {
    let plan = page(reader).stage.plan().unwrap();
    plan.buffers.iter().find(|b| b.name == "class probabilities").map_or(0, |b| b.len)
}

fn says(reader: &Reader, text: &str) -> bool {
    reader.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn noise_is_said_and_has_no_classes_until_something_else_goes_in() {
    let mut reader = reader("noise_beside", &[]);
    assert!(says(&reader, "Noise goes in at scale"));
    assert_eq!(classes(&mut reader), 0);
    page(&mut reader).set("fill=ones").unwrap();
    reader.run_ok();
    assert!(!says(&reader, "Noise goes in"));
    assert_eq!(classes(&mut reader), 5);
}

#[test]
fn a_fixed_batch_opens_and_shows_its_first() {
    let mut reader = reader("fixed_batch_4", &["layer=2", "activation=on"]);
    assert!(says(&reader, "its batch of 4 is filled with the same"));
    assert!(says(&reader, "1 × 4 × 16 × 16") && says(&reader, "Map 1 of 4"));
    let session = page(&mut reader).stage.session().unwrap();
    let maps = session.plan().buffers.iter().position(|b| b.name == "a · class activation").unwrap();
    let values = session.read(glassbox::gpu::BufId(maps)).unwrap();
    assert!(values.len() == 256 && values.iter().all(|v| v.is_finite()));
}

#[test]
fn guesses_are_listed_and_go_once_something_is_set() {
    let mut reader = reader("two_outputs", &[]);
    assert!(says(&reader, "the picture goes in as N x C x H x W"));
    assert!(says(&reader, "the output p holds the classes, and not f"));
    assert_eq!(classes(&mut reader), 0, "p is what a softmax of the network makes");
    for setting in ["mean=0,0,0", "classes-from=f"] {
        page(&mut reader).set(setting).unwrap();
    }
    reader.run_ok();
    assert!(!says(&reader, "goes in as") && !says(&reader, "holds the classes"));
    assert_eq!(classes(&mut reader), 4, "f has four numbers");
    page(&mut reader).set("classes-from=q").unwrap();
    reader.run_ok();
    let problem = page(&mut reader).problem().unwrap_or_default();
    assert!(problem.contains("choose one of f, p"), "{problem}");
}

#[test]
fn a_network_with_words_of_its_own_reads_them_once_they_are_opened() {
    let mut reader = reader("small_vocabulary", &["sentence=The cat sat"]);
    assert!(says(&reader, "a vocabulary of its own, of 20 pieces") && !says(&reader, "class 0: "));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vocab.txt");
    std::fs::write(&file, "[pad]\n[unk]\nthe\ncat\nsat\n").unwrap();
    let Ok(opened @ Opened::Vocabulary(..)) = open(&file) else { panic!("no vocabulary") };
    reader.state_mut().as_mut().unwrap().show(opened);
    reader.run_ok();
    assert!(says(&reader, "3 tokens, filled up to 6 with id 0"));
    // What ONNX Runtime says of these ids.
    assert!(says(&reader, "class 0: 43.5 %") && says(&reader, "class 4: 37.3 %"));
}

#[test]
fn a_vocabulary_without_its_network_says_what_to_open() {
    let mut reader = reader("two_outputs", &[]);
    let words = Tokenizer::from_words("words", "a\nb").unwrap();
    let shell = reader.state_mut().as_mut().unwrap();
    shell.show(Opened::Vocabulary(std::sync::Arc::new(words), "vocab.txt".into()));
    let notice = shell.notices().last().unwrap();
    assert!(notice.contains("open the network that reads it first"), "{notice}");
}
