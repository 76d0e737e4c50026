//! Weights in safetensors files: read one tensor at a time, written in one go.
//!
//! A tensor `X` is stored as F32, F16 or BF16, or as I8 next to an F16 tensor `X.scale` with one number per
//! group (see [`super::quantized`]); all read as `f32`. Only the header is parsed when a file is opened, so
//! that opening costs the same for every size.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};

use super::quantized::GROUP;
pub use super::weight_error::WeightError;
use crate::untrusted::{one_line, read};

/// The suffix of the tensor that holds the scales of an I8 tensor.
pub(super) const SCALE: &str = ".scale";
/// Bytes before the header: its length as a `u64`.
const LENGTH_BYTES: usize = 8;
/// Most bytes of a weight file: it is held in memory.
pub const MAX_FILE: u64 = 1 << 31;
/// Most bytes of the header: it is parsed whole, and a name, a type, a shape and a place take a hundred.
const MAX_HEADER: u64 = 16 << 20;

/// An opened weight file, or the files that the weights of one model are spread over.
#[derive(Debug)]
pub struct WeightFile {
    name: String,
    parts: Vec<Part>,
    /// Texts of files that lie beside it, by their names.
    beside: BTreeMap<&'static str, String>,
}

/// The bytes of one file.
#[derive(Debug)]
struct Part {
    bytes: Cow<'static, [u8]>,
    data_start: usize,
    header: Metadata,
}

/// A tensor, where it is stored.
#[derive(Clone, Copy)]
struct Stored<'f> {
    part: &'f Part,
    info: &'f TensorInfo,
}

impl WeightFile {
    /// Reads the file at `path` into memory and parses its header.
    ///
    /// # Errors
    /// [`WeightError::Io`] or [`WeightError::Format`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, WeightError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match read(path, MAX_FILE) {
            Ok(bytes) => Self::from_bytes(name, bytes),
            Err(source) => Err(WeightError::Io { action: "read", source, file: name }),
        }
    }

    /// Parses the header of a file in memory. `name` stands in messages.
    ///
    /// # Errors
    /// [`WeightError::Format`].
    pub fn from_bytes(
        name: impl Into<String>,
        bytes: impl Into<Cow<'static, [u8]>>,
    ) -> Result<Self, WeightError> {
        let (name, bytes) = (name.into(), bytes.into());
        let wrong = |reason: &str, file| Err(WeightError::Format { reason: one_line(reason), file });
        if let Some(length) = bytes.first_chunk().map(|b| u64::from_le_bytes(*b)).filter(|&l| l > MAX_HEADER)
        {
            let reason = format!("its header claims {length} bytes and the limit is {MAX_HEADER}");
            return wrong(&reason, name);
        }
        match SafeTensors::read_metadata(&bytes) {
            Ok((header_len, header)) => {
                let part = Part { data_start: LENGTH_BYTES + header_len, bytes, header };
                Ok(Self { name, parts: vec![part], beside: BTreeMap::new() })
            }
            Err(reason) => wrong(&reason.to_string(), name),
        }
    }

    /// All tensors of several files as one file called `name`.
    ///
    /// # Errors
    /// [`WeightError::Shards`] if two of them have a tensor of the same name.
    pub fn joined(name: impl Into<String>, files: Vec<Self>) -> Result<Self, WeightError> {
        let mut whole = Self { name: name.into(), parts: Vec::new(), beside: BTreeMap::new() };
        for file in files {
            if let Some(twice) = file.names().into_iter().find(|tensor| whole.info(tensor).is_ok()) {
                return Err(WeightError::Shards {
                    reason: format!("two of them hold the tensor {}, copy the files again", one_line(&twice)),
                    file: whole.name,
                });
            }
            whole.parts.extend(file.parts);
        }
        Ok(whole)
    }

    /// The file's path, or the name given to [`WeightFile::from_bytes`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size of the file in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.bytes.len()).sum()
    }

    /// A text from the header, written by whoever made the file.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        self.parts.iter().find_map(|part| part.header.metadata().as_ref()?.get(key)).map(String::as_str)
    }

    /// Adds the text of a file that lies beside it, such as its `config.json`.
    pub fn put_beside(&mut self, name: &'static str, text: String) {
        self.beside.insert(name, text);
    }

    /// The text of a file that lies beside it, where there is one.
    #[must_use]
    pub fn beside(&self, name: &str) -> Option<&str> {
        self.beside.get(name).map(String::as_str)
    }

    /// The names of the tensors in the order of the file, without those that only hold scales.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.parts.iter().flat_map(|part| part.header.offset_keys()).collect();
        names.retain(|name| {
            let scaled = name.strip_suffix(SCALE).and_then(|of| self.info(of).ok());
            scaled.is_none_or(|stored| stored.info.dtype != Dtype::I8)
        });
        names
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// [`WeightError::Missing`].
    pub fn shape(&self, tensor: &str) -> Result<&[usize], WeightError> {
        Ok(&self.info(tensor)?.info.shape)
    }

    /// Whether a tensor is there with this shape and, if it is stored in eight bits, its scales.
    ///
    /// # Errors
    /// [`WeightError::Missing`], [`WeightError::Shape`], [`WeightError::Type`].
    pub fn check(&self, tensor: &str, shape: &[usize]) -> Result<(), WeightError> {
        let stored = self.checked(tensor, shape)?;
        self.scales(tensor, stored).map(drop)
    }

    /// The values of a tensor in `f32`, in C order; eight-bit groups are scaled back.
    ///
    /// # Errors
    /// [`WeightError::Missing`], [`WeightError::Shape`] if the file's shape is not `shape`,
    /// [`WeightError::Type`], [`WeightError::NotFinite`].
    pub fn tensor(&self, tensor: &str, shape: &[usize]) -> Result<Arc<[f32]>, WeightError> {
        let stored = self.checked(tensor, shape)?;
        if shape.contains(&0) {
            // As many rows as one likes may be declared of nothing.
            return Ok([].into());
        }
        let all = 0..shape.first().copied().unwrap_or(1);
        let mut values = Vec::with_capacity(shape.iter().product());
        let scales = self.scales(tensor, stored)?;
        for row in all {
            stored.append_row(row, scales, &mut values);
        }
        self.all_finite(tensor, &values)?;
        Ok(values.into())
    }

    /// All tensors of a file that comes with the program, by name.
    ///
    /// # Panics
    /// If it is none, or not of finite numbers: a test loads each.
    pub fn carried(name: &str, bytes: &'static [u8]) -> BTreeMap<String, Arc<[f32]>> {
        let file = Self::from_bytes(format!("{name} (built in)"), bytes);
        file.and_then(|file| file.all()).expect("a test loads all of them")
    }

    /// All tensors of the file in `f32`, by name.
    ///
    /// # Errors
    /// [`WeightError::Type`], [`WeightError::NotFinite`].
    pub fn all(&self) -> Result<BTreeMap<String, Arc<[f32]>>, WeightError> {
        let tensor = |name: String| Ok((name.clone(), self.tensor(&name, self.shape(&name)?)?));
        self.names().into_iter().map(tensor).collect()
    }

    /// Some rows of a matrix `[rows, cols]` in `f32`, in the order asked for: `[wanted.len(), cols]`.
    /// The rest of the matrix is not touched.
    ///
    /// # Errors
    /// As [`WeightFile::tensor`], and [`WeightError::Row`].
    pub fn rows(&self, tensor: &str, shape: [usize; 2], wanted: &[u32]) -> Result<Vec<f32>, WeightError> {
        let stored = self.checked(tensor, &shape)?;
        let [rows, cols] = shape;
        let scales = self.scales(tensor, stored)?;
        let mut values = Vec::with_capacity(wanted.len() * cols);
        for &row in wanted {
            if row as usize >= rows {
                return Err(WeightError::Row {
                    tensor: tensor.to_owned(),
                    row,
                    rows,
                    file: self.name.clone(),
                });
            }
            stored.append_row(row as usize, scales, &mut values);
        }
        self.all_finite(tensor, &values)?;
        Ok(values)
    }

    fn info(&self, tensor: &str) -> Result<Stored<'_>, WeightError> {
        let found = self.parts.iter().find_map(|part| Some(Stored { part, info: part.header.info(tensor)? }));
        found.ok_or_else(|| WeightError::Missing { tensor: tensor.to_owned(), file: self.name.clone() })
    }

    /// The tensor's place, if its shape is `shape` and its type one that is read.
    fn checked(&self, tensor: &str, shape: &[usize]) -> Result<Stored<'_>, WeightError> {
        let stored = self.info(tensor)?;
        let TensorInfo { shape: found, dtype, .. } = stored.info;
        if found != shape {
            return Err(WeightError::Shape {
                tensor: tensor.to_owned(),
                found: found.clone(),
                wanted: shape.to_vec(),
                file: self.name.clone(),
            });
        }
        if !matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::I8) {
            return Err(self.type_error(tensor, *dtype, Dtype::F32));
        }
        Ok(stored)
    }

    fn type_error(&self, tensor: &str, dtype: Dtype, wanted: Dtype) -> WeightError {
        WeightError::Type { tensor: tensor.to_owned(), dtype, wanted, file: self.name.clone() }
    }

    /// Where the scales of an I8 tensor are.
    fn scales(&self, tensor: &str, stored: Stored<'_>) -> Result<Option<Stored<'_>>, WeightError> {
        if stored.info.dtype != Dtype::I8 {
            return Ok(None);
        }
        let name = format!("{tensor}{SCALE}");
        let rows = stored.info.shape.first().copied().unwrap_or(1);
        let cols = stored.data().len().checked_div(rows).unwrap_or(0);
        let scales = self.checked(&name, &[rows, cols.div_ceil(GROUP)])?;
        if scales.info.dtype != Dtype::F16 {
            return Err(self.type_error(&name, scales.info.dtype, Dtype::F16));
        }
        Ok(Some(scales))
    }

    fn all_finite(&self, tensor: &str, values: &[f32]) -> Result<(), WeightError> {
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(()),
            Some(position) => Err(WeightError::NotFinite {
                tensor: tensor.to_owned(),
                value: values[position],
                position,
                file: self.name.clone(),
            }),
        }
    }
}

impl<'f> Stored<'f> {
    /// Appends one slice of the first axis; a missing first axis counts as one row.
    fn append_row(self, row: usize, scales: Option<Stored<'_>>, values: &mut Vec<f32>) {
        let bytes = self.row_bytes(row);
        match (scales, self.info.dtype) {
            (Some(scales), _) => {
                for (group, scale) in bytes.chunks(GROUP).zip(halves(scales.row_bytes(row))) {
                    values.extend(group.iter().map(|q| f32::from(q.cast_signed()) * scale));
                }
            }
            (None, Dtype::F16) => values.extend(halves(bytes)),
            (None, Dtype::BF16) => values.extend(brain_halves(bytes)),
            (None, _) => values.extend(floats(bytes)),
        }
    }

    fn row_bytes(self, row: usize) -> &'f [u8] {
        let data = self.data();
        let len = data.len() / self.info.shape.first().copied().unwrap_or(1);
        &data[row * len..][..len]
    }

    fn data(self) -> &'f [u8] {
        // `read_metadata` has held every offset against the length of the file.
        let (start, end) = self.info.data_offsets;
        &self.part.bytes[self.part.data_start + start..self.part.data_start + end]
    }
}

/// Little-endian numbers at any alignment.
fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    let (quads, _) = bytes.as_chunks::<4>();
    quads.iter().map(|quad| f32::from_le_bytes(*quad))
}

/// Little-endian 16-bit numbers at any alignment.
fn halves(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| f16::from_le_bytes(*pair).to_f32())
}

/// Little-endian numbers of 8 bits of exponent and 8 of precision, at any alignment.
fn brain_halves(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| bf16::from_le_bytes(*pair).to_f32())
}

#[cfg(test)]
#[path = "weights_tests.rs"]
mod tests;
