//! Weight files: what goes in comes out, and a spoiled file gives a sentence.

use super::super::quantized::QuantizedMatrix;
use super::super::weight_writer::{OwnedTensor, WeightWriter};
use super::*;

fn small_file() -> Vec<u8> {
    let mut writer = WeightWriter::default();
    writer.add("bias", &[3], &[1.0, -2.0, 0.5]);
    let matrix = QuantizedMatrix::quantize(&[127.0, -127.0, 0.0, -63.5, 254.0, 2.0], 2).unwrap();
    writer.add_quantized("dense", &matrix);
    writer.finish("about", "a test".to_owned(), "small").unwrap()
}

fn opened(bytes: Vec<u8>) -> Result<WeightFile, WeightError> {
    WeightFile::from_bytes("small.safetensors", bytes)
}

#[test]
fn tensors_rows_and_notes_come_back() {
    let file = opened(small_file()).unwrap();
    assert_eq!(file.note("about"), Some("a test"));
    assert_eq!(file.note("else"), None);
    let mut names = file.names();
    names.sort();
    assert_eq!(names, ["bias", "dense"]);
    assert_eq!(file.shape("dense").unwrap(), [3, 2]);
    assert_eq!(*file.tensor("bias", &[3]).unwrap(), [1.0, -2.0, 0.5]);
    let dense = file.tensor("dense", &[3, 2]).unwrap();
    assert_eq!(*dense, [127.0, -127.0, 0.0, -63.5, 254.0, 2.0]);
    let rows = file.rows("dense", [3, 2], &[2, 0, 2]).unwrap();
    assert_eq!(rows, [254.0, 2.0, 127.0, -127.0, 254.0, 2.0]);
    assert!(file.rows("dense", [3, 2], &[]).unwrap().is_empty());
}

#[test]
fn writing_twice_gives_the_same_bytes() {
    assert_eq!(small_file(), small_file());
}

#[test]
fn wrong_names_shapes_rows_and_types_are_told_apart() {
    let file = opened(small_file()).unwrap();
    let missing = file.tensor("absent", &[3]).unwrap_err();
    assert!(matches!(missing, WeightError::Missing { .. }), "{missing}");
    let shape = file.tensor("dense", &[2, 3]).unwrap_err().to_string();
    assert!(shape.contains("is 3 x 2 and the model needs 2 x 3"), "{shape}");
    let row = file.rows("dense", [3, 2], &[3]).unwrap_err();
    assert!(matches!(row, WeightError::Row { row: 3, rows: 3, .. }), "{row}");

    let ids = OwnedTensor { dtype: Dtype::I64, shape: vec![1], bytes: vec![0; 8] };
    let bytes = safetensors::serialize([("ids".to_owned(), ids)], None).unwrap();
    let kind = opened(bytes).unwrap().tensor("ids", &[1]).unwrap_err();
    assert!(kind.to_string().contains("I64"), "{kind}");
}

#[test]
fn every_group_of_a_row_has_its_own_scale() {
    let cols = 2 * GROUP + 3;
    let w: Vec<f32> =
        (0..3 * cols).map(|i| ((i % cols / GROUP) as f32 * 3.0 - 2.5) * (i / cols) as f32).collect();
    let matrix = QuantizedMatrix::quantize(&w, cols).unwrap();
    let mut writer = WeightWriter::default();
    writer.add_quantized("dense", &matrix);
    let file = opened(writer.finish("k", String::new(), "f").unwrap()).unwrap();
    assert_eq!(file.shape("dense.scale").unwrap(), [3, 3]);
    let back = file.tensor("dense", &[3, cols]).unwrap();
    assert_eq!(*back, matrix.dequantize());
    assert!(w.iter().zip(&*back).all(|(a, b)| (a - b).abs() <= 0.01), "{back:?}");
    let rows = file.rows("dense", [3, cols], &[2, 1]).unwrap();
    assert_eq!(rows, [&back[2 * cols..], &back[cols..2 * cols]].concat());
}

#[test]
fn sixteen_bits_read_as_they_are() {
    let bytes = [1.0, -0.5, 65504.0, 6e-8].into_iter().flat_map(|v| f16::from_f32(v).to_le_bytes()).collect();
    let half = OwnedTensor { dtype: Dtype::F16, shape: vec![2, 2], bytes };
    let file = opened(safetensors::serialize([("half".to_owned(), half)], None).unwrap()).unwrap();
    let least = 2_f32.powi(-24);
    assert_eq!(*file.tensor("half", &[2, 2]).unwrap(), [1.0, -0.5, 65504.0, least]);
    assert_eq!(file.rows("half", [2, 2], &[1]).unwrap(), [65504.0, least]);

    let bytes = [1.0, -0.5, 3e38].into_iter().flat_map(|v| bf16::from_f32(v).to_le_bytes()).collect();
    let brain = OwnedTensor { dtype: Dtype::BF16, shape: vec![3], bytes };
    let file = opened(safetensors::serialize([("brain".to_owned(), brain)], None).unwrap()).unwrap();
    let back = file.tensor("brain", &[3]).unwrap();
    assert_eq!(back[..2], [1.0, -0.5]);
    assert!((back[2] / 3e38 - 1.0).abs() <= 1.0 / 256.0, "{}", back[2]);
}

#[test]
fn eight_bits_without_fitting_scales_are_an_error() {
    let dense = || OwnedTensor { dtype: Dtype::I8, shape: vec![2, 20], bytes: vec![1; 40] };
    let scales = |dtype, shape: &[usize], bytes| OwnedTensor { dtype, shape: shape.to_vec(), bytes };
    for (scales, says) in [
        (None, "dense.scale is missing"),
        (Some(scales(Dtype::F16, &[2], vec![0; 4])), "the model needs 2 x 2"),
        (Some(scales(Dtype::F16, &[2, 1], vec![0; 4])), "the model needs 2 x 2"),
        (Some(scales(Dtype::F32, &[2, 2], vec![0; 16])), "save it as F16"),
        (Some(scales(Dtype::I8, &[2, 2], vec![0; 4])), "save it as F16"),
        (Some(scales(Dtype::F16, &[2, 2], vec![0xFF; 8])), "NaN at position 0"),
    ] {
        let dense = [("dense".to_owned(), dense())].into_iter();
        let all = dense.chain(scales.map(|scales| ("dense.scale".to_owned(), scales)));
        let file = opened(safetensors::serialize(all, None).unwrap()).unwrap();
        let error = file.tensor("dense", &[2, 20]).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(file.check("dense", &[2, 20]).is_ok(), says.contains("NaN"));
    }
}

#[test]
fn a_nan_is_found_and_placed() {
    let mut writer = WeightWriter::default();
    writer.add("bias", &[3], &[0.0, 1.0, f32::NAN]);
    let bytes = writer.finish("k", String::new(), "f").unwrap();
    let error = opened(bytes).unwrap().tensor("bias", &[3]).unwrap_err();
    assert!(error.to_string().contains("NaN at position 2"), "{error}");
}

#[test]
fn no_corruption_panics() {
    let good = small_file();
    for len in 0..good.len() {
        let error = opened(good[..len].to_vec()).unwrap_err().to_string();
        assert!(error.ends_with("small.safetensors"), "{error}");
    }
    // A spoiled header may still parse; then reading must hold as well.
    for at in 0..good.len() {
        for flip in [0x01, 0x10, 0xFF] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            if let Ok(file) = opened(bad) {
                for name in file.names() {
                    let shape = file.shape(&name).unwrap().to_vec();
                    let _ = file.tensor(&name, &shape);
                }
            }
        }
    }
    let mut endless = u64::MAX.to_le_bytes().to_vec();
    endless.extend(b"{}");
    assert!(opened(endless).is_err());
}
