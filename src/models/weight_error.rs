//! Why weights could not be read or written.

use std::io;

use safetensors::Dtype;
use thiserror::Error;

use super::foreign::ForeignFile;
use crate::gpu::shape_in_words as words;

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
    /// A model of another framework, or a program.
    #[error(transparent)]
    Foreign(#[from] ForeignFile),
    /// A PyTorch checkpoint that cannot be read.
    #[error("this is no intact PyTorch checkpoint ({reason}), copy or save it again: {file}")]
    Checkpoint {
        /// What the parser says.
        reason: String,
        /// The file.
        file: String,
    },
    /// The files that a large model is spread over do not make a whole.
    #[error("these weights are in several files and {reason}: {file}")]
    Shards {
        /// What is wrong and what to do, as a clause.
        reason: String,
        /// The file that led to them.
        file: String,
    },
    /// Weights of a network that is not known.
    #[error(
        "these weights belong to no network that is known (EfficientNet-Lite, ResNet, ViT or a BERT-like encoder), \
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
    #[error("the tensor {tensor} is {} and the model needs {}: {file}", words(found), words(wanted))]
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
        "the tensor {tensor} has {} axes ({}) and the kernels of a picture have 4, choose a network for pictures: {file}",
        .found.len(), words(found)
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
        "the kernels {tensor} ({}) do not fit the {have} channels that come in, choose a file of the model's own kind: {file}",
        words(found)
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
    /// Attention whose heads nothing counts.
    #[error(
        "weights do not tell how many heads share a width of {width}, put the model's config.json beside them or export the \
         network as ONNX: {file}"
    )]
    Heads {
        /// Length of a token's vector.
        width: usize,
        /// The file.
        file: String,
    },
    /// A setting beside the weights that the known network cannot have.
    #[error("{setting} is {found} in the config.json beside these weights and {wanted} is needed: {file}")]
    Setting {
        /// What it is called there.
        setting: &'static str,
        /// What it says.
        found: String,
        /// What the network can have.
        wanted: String,
        /// The weights.
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
