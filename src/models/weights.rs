//! Weights in safetensors files: read one tensor at a time, written in one go.
//!
//! A tensor `X` is stored as F32, F16 or BF16, or as I8 next to an F16 tensor `X.scale` with one number per
//! group (see [`super::quantized`]); all read as `f32`. Only the header is parsed when a file is opened, so
//! that opening costs the same for every size.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use thiserror::Error;

use super::quantized::GROUP;
use crate::untrusted::{one_line, read};

/// The suffix of the tensor that holds the scales of an I8 tensor.
pub(super) const SCALE: &str = ".scale";
/// Bytes before the header: its length as a `u64`.
const LENGTH_BYTES: usize = 8;
/// Most bytes of a weight file: it is held in memory.
pub const MAX_FILE: u64 = 1 << 31;
/// Most bytes of the header: it is parsed whole, and a name, a type, a shape and a place take a hundred.
const MAX_HEADER: u64 = 16 << 20;

/// Why weights could not be read or written. Each message is one sentence with the file last.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightError {
    /// The file system refused.
    #[error("the file cannot be {action} ({source}), check its path and that you may use it: {file}")]
    Io {
        /// `read` or `written`.
        action: &'static str,
        /// What the system says.
        source: io::Error,
        /// The file.
        file: String,
    },
    /// The bytes are not a safetensors file, or one cut short.
    #[error("this is no intact safetensors file ({reason}), copy or export it again: {file}")]
    Format {
        /// What the parser says.
        reason: String,
        /// The file.
        file: String,
    },
    /// A PyTorch checkpoint that cannot be read.
    #[error("this is no intact PyTorch checkpoint ({reason}), copy or save it again: {file}")]
    Checkpoint {
        /// What the parser says.
        reason: String,
        /// The file.
        file: String,
    },
    /// Weights of a network that is not known.
    #[error(
        "these weights belong to no network that is known (EfficientNet-Lite, ResNet or a BERT-like encoder), \
         export the network as ONNX: {file}"
    )]
    Family {
        /// The file.
        file: String,
    },
    /// A tensor that is needed is not there.
    #[error("the tensor {tensor} is missing, choose a file of the model's own kind: {file}")]
    Missing {
        /// The tensor's name.
        tensor: String,
        /// The file.
        file: String,
    },
    /// A tensor has another shape than the model needs.
    #[error("the tensor {tensor} has the shape {found:?} and the model needs {wanted:?}: {file}")]
    Shape {
        /// The tensor's name.
        tensor: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape that is needed.
        wanted: Vec<usize>,
        /// The file.
        file: String,
    },
    /// A convolution over more or fewer axes than a picture has.
    #[error(
        "the tensor {tensor} has {} axes {found:?} and the kernels of a picture have 4, choose a network for pictures: {file}",
        .found.len()
    )]
    Axes {
        /// The tensor's name.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The file.
        file: String,
    },
    /// Kernels that do not fit what they are given.
    #[error(
        "the kernels {tensor} {found:?} do not fit the {have} channels that come in, choose a file of the model's own kind: {file}"
    )]
    Channels {
        /// The tensor's name.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// Channels that come in.
        have: usize,
        /// The file.
        file: String,
    },
    /// A head of several dense layers.
    #[error(
        "the head has {count} dense layers ({tensors}) and weights do not tell what lies between them, export the network as \
         ONNX: {file}"
    )]
    Head {
        /// Their names.
        tensors: String,
        /// How many there are.
        count: usize,
        /// The file.
        file: String,
    },
    /// Tensors that the known network has no place for, so that it would compute something else.
    #[error(
        "{count} tensor{}{kind}, such as {example}, {} no part of {network}, export the network as ONNX, which says how it \
         computes: {file}",
        if *.count == 1 { "" } else { "s" },
        if *.count == 1 { "is" } else { "are" }
    )]
    LeftOver {
        /// How many there are.
        count: usize,
        /// What they are a part of, or empty.
        kind: &'static str,
        /// The first of them.
        example: String,
        /// The network that is known.
        network: String,
        /// The file.
        file: String,
    },
    /// A tensor is stored as a type that is not read.
    #[error("the tensor {tensor} is stored as {dtype}, save it as {wanted}: {file}")]
    Type {
        /// The tensor's name.
        tensor: String,
        /// The type in the file.
        dtype: Dtype,
        /// A type that is read there.
        wanted: Dtype,
        /// The file.
        file: String,
    },
    /// A tensor holds a NaN or an infinity.
    #[error(
        "the tensor {tensor} holds {value} at position {position}, use weights from before training failed: {file}"
    )]
    NotFinite {
        /// The tensor's name.
        tensor: String,
        /// The value found first.
        value: f32,
        /// Its place among the values that were asked for, flattened.
        position: usize,
        /// The file.
        file: String,
    },
    /// A row beyond the end was asked for.
    #[error("row {row} of the tensor {tensor} was asked for and it has {rows} rows: {file}")]
    Row {
        /// The tensor's name.
        tensor: String,
        /// The row asked for, from 0.
        row: u32,
        /// How many there are.
        rows: usize,
        /// The file.
        file: String,
    },
}

/// An opened weight file.
#[derive(Debug)]
pub struct WeightFile {
    name: String,
    bytes: Cow<'static, [u8]>,
    data_start: usize,
    header: Metadata,
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
                Ok(Self { name, data_start: LENGTH_BYTES + header_len, bytes, header })
            }
            Err(reason) => wrong(&reason.to_string(), name),
        }
    }

    /// The file's path, or the name given to [`WeightFile::from_bytes`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size of the file in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// A text from the header, written by whoever made the file.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        let notes = self.header.metadata().as_ref()?;
        notes.get(key).map(String::as_str)
    }

    /// The names of the tensors in the order of the file, without those that only hold scales.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = self.header.offset_keys();
        names.retain(|name| {
            let scaled = name.strip_suffix(SCALE).and_then(|of| self.header.info(of));
            scaled.is_none_or(|info| info.dtype != Dtype::I8)
        });
        names
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// [`WeightError::Missing`].
    pub fn shape(&self, tensor: &str) -> Result<&[usize], WeightError> {
        Ok(&self.info(tensor)?.shape)
    }

    /// Whether a tensor is there with this shape and, if it is stored in eight bits, its scales.
    ///
    /// # Errors
    /// [`WeightError::Missing`], [`WeightError::Shape`], [`WeightError::Type`].
    pub fn check(&self, tensor: &str, shape: &[usize]) -> Result<(), WeightError> {
        let info = self.checked(tensor, shape)?;
        self.scales(tensor, info).map(drop)
    }

    /// The values of a tensor in `f32`, in C order; eight-bit groups are scaled back.
    ///
    /// # Errors
    /// [`WeightError::Missing`], [`WeightError::Shape`] if the file's shape is not `shape`,
    /// [`WeightError::Type`], [`WeightError::NotFinite`].
    pub fn tensor(&self, tensor: &str, shape: &[usize]) -> Result<Arc<[f32]>, WeightError> {
        let info = self.checked(tensor, shape)?;
        if shape.contains(&0) {
            // As many rows as one likes may be declared of nothing.
            return Ok([].into());
        }
        let all = 0..shape.first().copied().unwrap_or(1);
        let mut values = Vec::with_capacity(shape.iter().product());
        let scales = self.scales(tensor, info)?;
        for row in all {
            self.append_row(info, row, scales, &mut values);
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
        let info = self.checked(tensor, &shape)?;
        let [rows, cols] = shape;
        let scales = self.scales(tensor, info)?;
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
            self.append_row(info, row as usize, scales, &mut values);
        }
        self.all_finite(tensor, &values)?;
        Ok(values)
    }

    fn info(&self, tensor: &str) -> Result<&TensorInfo, WeightError> {
        self.header
            .info(tensor)
            .ok_or_else(|| WeightError::Missing { tensor: tensor.to_owned(), file: self.name.clone() })
    }

    /// The tensor's place, if its shape is `shape` and its type one that is read.
    fn checked(&self, tensor: &str, shape: &[usize]) -> Result<&TensorInfo, WeightError> {
        let info = self.info(tensor)?;
        if info.shape != shape {
            return Err(WeightError::Shape {
                tensor: tensor.to_owned(),
                found: info.shape.clone(),
                wanted: shape.to_vec(),
                file: self.name.clone(),
            });
        }
        if !matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::I8) {
            return Err(self.type_error(tensor, info.dtype, Dtype::F32));
        }
        Ok(info)
    }

    fn type_error(&self, tensor: &str, dtype: Dtype, wanted: Dtype) -> WeightError {
        WeightError::Type { tensor: tensor.to_owned(), dtype, wanted, file: self.name.clone() }
    }

    /// Where the scales of an I8 tensor are.
    fn scales(&self, tensor: &str, info: &TensorInfo) -> Result<Option<&TensorInfo>, WeightError> {
        if info.dtype != Dtype::I8 {
            return Ok(None);
        }
        let name = format!("{tensor}{SCALE}");
        let rows = info.shape.first().copied().unwrap_or(1);
        let cols = self.data(info).len().checked_div(rows).unwrap_or(0);
        let of_scales = self.checked(&name, &[rows, cols.div_ceil(GROUP)])?;
        if of_scales.dtype != Dtype::F16 {
            return Err(self.type_error(&name, of_scales.dtype, Dtype::F16));
        }
        Ok(Some(of_scales))
    }

    /// Appends one slice of the first axis; a missing first axis counts as one row.
    fn append_row(&self, info: &TensorInfo, row: usize, scales: Option<&TensorInfo>, values: &mut Vec<f32>) {
        let bytes = self.row_bytes(info, row);
        match (scales, info.dtype) {
            (Some(scales), _) => {
                for (group, scale) in bytes.chunks(GROUP).zip(halves(self.row_bytes(scales, row))) {
                    values.extend(group.iter().map(|q| f32::from(q.cast_signed()) * scale));
                }
            }
            (None, Dtype::F16) => values.extend(halves(bytes)),
            (None, Dtype::BF16) => values.extend(brain_halves(bytes)),
            (None, _) => values.extend(floats(bytes)),
        }
    }

    fn row_bytes(&self, info: &TensorInfo, row: usize) -> &[u8] {
        let data = self.data(info);
        let len = data.len() / info.shape.first().copied().unwrap_or(1);
        &data[row * len..][..len]
    }

    fn data(&self, info: &TensorInfo) -> &[u8] {
        // `read_metadata` has held every offset against the length of the file.
        let (start, end) = info.data_offsets;
        &self.bytes[self.data_start + start..self.data_start + end]
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
