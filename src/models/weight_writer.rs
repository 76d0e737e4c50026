//! Writes safetensors files, matrices in eight bits among them.

use std::borrow::Cow;
use std::collections::HashMap;

use half::f16;
use safetensors::{Dtype, View};

use super::quantized::{GROUP, QuantizedMatrix};
use super::weights::{SCALE, WeightError};

/// Collects tensors and makes a safetensors file of them.
#[derive(Default)]
pub struct WeightWriter {
    tensors: Vec<(String, OwnedTensor)>,
}

/// A tensor to be written.
pub(super) struct OwnedTensor {
    /// Type of its elements.
    pub dtype: Dtype,
    /// Axis lengths.
    pub shape: Vec<usize>,
    /// Elements, little-endian.
    pub bytes: Vec<u8>,
}

impl WeightWriter {
    /// Adds a tensor as F32.
    pub fn add(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let tensor = OwnedTensor {
            dtype: Dtype::F32,
            shape: shape.to_vec(),
            bytes: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        self.tensors.push((name.to_owned(), tensor));
    }

    /// Adds a tensor as F16.
    pub fn add_half(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let tensor = OwnedTensor {
            dtype: Dtype::F16,
            shape: shape.to_vec(),
            bytes: values.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect(),
        };
        self.tensors.push((name.to_owned(), tensor));
    }

    /// Adds a matrix as I8 with its scales as F16.
    pub fn add_quantized(&mut self, name: &str, matrix: &QuantizedMatrix) {
        let rows = matrix.values.len() / matrix.cols;
        let values = OwnedTensor {
            dtype: Dtype::I8,
            shape: vec![rows, matrix.cols],
            bytes: matrix.values.iter().map(|q| q.cast_unsigned()).collect(),
        };
        let scales = OwnedTensor {
            dtype: Dtype::F16,
            shape: vec![rows, matrix.cols.div_ceil(GROUP)],
            bytes: matrix.scales.iter().flat_map(|scale| scale.to_le_bytes()).collect(),
        };
        self.tensors.push((name.to_owned(), values));
        self.tensors.push((format!("{name}{SCALE}"), scales));
    }

    /// The bytes of the file, with one text under `key` in its header. The same tensors and text
    /// give the same bytes. `file` stands in messages.
    ///
    /// # Errors
    /// [`WeightError::Format`] if a tensor's values do not fill its shape.
    pub fn finish(self, key: &str, note: String, file: &str) -> Result<Vec<u8>, WeightError> {
        let notes = HashMap::from([(key.to_owned(), note)]);
        safetensors::serialize(self.tensors, Some(notes))
            .map_err(|reason| WeightError::Format { reason: reason.to_string(), file: file.to_owned() })
    }
}

impl View for OwnedTensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
