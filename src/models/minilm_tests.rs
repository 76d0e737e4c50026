//! The embedded encoder, and files that are none.

use super::*;

#[test]
fn the_embedded_model_has_the_sizes_it_is_known_by() {
    let model = MiniLm::embedded();
    let config = model.config();
    assert_eq!((config.layers, config.heads, config.hidden), (6, 12, 384));
    assert_eq!((config.vocabulary, config.positions), (30_522, 512));
    assert_eq!((config.intermediate, config.head_size()), (1536, 32));
    assert_eq!(config.norm_epsilon, 1e-12);
    assert!(embedded().len() < 27_000_000);
}

#[test]
fn tensors_are_made_once_and_shared() {
    let model = MiniLm::embedded();
    let first = Arc::clone(&model.layer(5).unwrap().query.w);
    assert!(Arc::ptr_eq(&first, &model.layer(5).unwrap().query.w));
    assert_eq!(first.len(), 384 * 384);
    assert_eq!(model.embeddings().unwrap().position.len(), 512 * 384);
    let error = model.layer(6).unwrap_err().to_string();
    assert!(error.contains("layer 6") && error.contains("has 6"), "{error}");
}

#[test]
fn single_rows_are_those_of_the_whole_table() {
    let model = MiniLm::embedded();
    let rows = model.word_rows(&[30_521, 0, 2003]).unwrap();
    let table = model.word_table().unwrap();
    assert_eq!(table.len(), 30_522 * 384);
    assert_eq!(rows[..384], table[30_521 * 384..]);
    assert_eq!(rows[384..768], table[..384]);
    assert!(model.word_rows(&[30_522]).is_err());
}

#[test]
fn a_spoiled_copy_is_refused_in_a_sentence() {
    let cut = embedded()[..embedded().len() - 1].to_vec();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cut.safetensors");
    std::fs::write(&file, cut).unwrap();
    let error = MiniLm::open(&file).unwrap_err().to_string();
    assert!(error.ends_with("cut.safetensors"), "{error}");
    assert!(MiniLm::open(dir.path()).is_err());

    let writer = crate::models::weight_writer::WeightWriter::default();
    let plain = writer.finish("format", "pt".to_owned(), "p").unwrap();
    let other = WeightFile::from_bytes("other.safetensors", plain).unwrap();
    let error = MiniLm::from_file(other).unwrap_err().to_string();
    assert!(error.contains("holds none"), "{error}");
}
