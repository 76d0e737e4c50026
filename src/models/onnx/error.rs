//! Why an ONNX file, a tensor file or a node cannot be used.

use std::io;
use std::path::Path;

use crate::ops::OpError;

/// What is wrong with a file, without its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The file system refused.
    #[error("the file cannot be read ({0}), check its path and that you may read it")]
    Io(io::Error),
    /// The bytes are not what they should be, or are cut short.
    #[error("this is no intact ONNX file ({0}), copy or export it again")]
    Format(String),
    /// Something is too large to be read safely.
    #[error("{what} is {value}, and the limit is {limit}: choose a smaller model")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The limit.
        limit: u64,
    },
    /// Weights outside the file cannot be used.
    #[error("the tensor {tensor} {reason}")]
    External {
        /// Name of the tensor.
        tensor: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A tensor of a type that is not read.
    #[error("the tensor {tensor} is of the type {name}, which is not supported: convert it to float32")]
    Type {
        /// Name of the tensor.
        tensor: String,
        /// Name of the type.
        name: String,
    },
    /// A tensor that cannot be used.
    #[error("the tensor {tensor} {reason}")]
    Tensor {
        /// Name of the tensor.
        tensor: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Nodes that wait for each other.
    #[error(
        "the graph has a cycle through the node {node}: a network that is run once from inputs to outputs \
         cannot have one"
    )]
    Cycle {
        /// One of them.
        node: String,
    },
    /// A value that nothing makes.
    #[error("the node {node} reads {value}, which neither an input, a weight nor another node makes")]
    Dangling {
        /// The reader.
        node: String,
        /// What it reads.
        value: String,
    },
    /// An output that nothing makes.
    #[error("neither an input, a weight nor a node makes the output {value}: export the model again")]
    Unmade {
        /// Its name.
        value: String,
    },
    /// A value made twice.
    #[error("{value} is made twice, the second time by the node {node}: names of values must be unique")]
    Twice {
        /// The second maker.
        node: String,
        /// What it makes.
        value: String,
    },
}

/// What is wrong with which file. Displays as one sentence with the file last.
#[derive(Debug, thiserror::Error)]
#[error("{fault}: {file}")]
pub struct FileError {
    /// What is wrong.
    pub fault: Fault,
    /// The file.
    pub file: String,
}

impl Fault {
    /// Whether the file is sound and only something that it uses is not supported.
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::Type { .. })
    }

    /// Names the file.
    pub fn of(self, file: &Path) -> FileError {
        FileError { fault: self, file: file.display().to_string() }
    }
}

/// Why a node cannot be recorded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// ONNX allows it, Glassbox does not run it.
    #[error("{0}")]
    Unsupported(String),
    /// ONNX does not allow it.
    #[error("{0}")]
    Invalid(String),
    /// The operation cannot take these shapes or settings.
    #[error(transparent)]
    Op(#[from] OpError),
}

/// What stopped the recording of a graph. Displays as one sentence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Stop {
    /// A node cannot be recorded.
    #[error("{operator} at the node {node}: {refusal}")]
    Node {
        /// ONNX name of the operator.
        operator: String,
        /// Name of the node, or of its first output.
        node: String,
        /// Why. On the heap: a refusal may carry whole shapes.
        refusal: Box<Refusal>,
    },
    /// An input is a sequence, text or the like.
    #[error("the input {name} is no tensor of numbers, and others are not supported")]
    Type {
        /// Name of the input.
        name: String,
    },
    /// An input does not fit the graph.
    #[error("the input {name} {reason}")]
    Input {
        /// Name of the input.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl Stop {
    /// Whether the file is sound and only something that it uses is not supported.
    pub fn is_unsupported(&self) -> bool {
        match self {
            Self::Type { .. } => true,
            Self::Node { refusal, .. } => matches!(**refusal, Refusal::Unsupported(_)),
            Self::Input { .. } => false,
        }
    }
}

/// Text from a file as it may stand in a sentence: on one line, and not without end.
pub(super) fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// Shorthand for a refusal of what ONNX allows.
pub(super) fn unsupported<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Unsupported(tame(&reason.into())))
}

/// Shorthand for a refusal of what ONNX does not allow.
pub(super) fn invalid<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Invalid(tame(&reason.into())))
}
