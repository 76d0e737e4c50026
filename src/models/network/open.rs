//! From a file to a network or a sentence encoder.

use std::path::Path;

use super::{InputSettings, Network, labels};
use crate::models::onnx::{FileError, Model};
use crate::models::weights::{WeightError, WeightFile};
use crate::models::{family, pytorch};

/// Why a model file cannot be opened. One sentence with the file last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// An ONNX file.
    #[error(transparent)]
    Onnx(#[from] FileError),
    /// A checkpoint.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// A file of another kind.
    #[error(
        "{file} is no model that can be opened: choose an .onnx file, or weights in .safetensors, .pth, .pt or .bin"
    )]
    Kind {
        /// The file.
        file: String,
    },
}

impl Network {
    /// Opens a model file: ONNX, or weights of a known family as safetensors or PyTorch checkpoint.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let kind = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        match kind.as_str() {
            "onnx" => {
                let model = Model::open(path)?;
                let (input, classes) = (InputSettings::guess(&model), labels::of(&model));
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                Ok(Self { name, model, classes, input, assumed: Vec::new() })
            }
            "safetensors" => Ok(family::network(&WeightFile::open(path)?)?),
            "pth" | "pt" | "bin" => Ok(family::network(&pytorch::open(path)?)?),
            _ => Err(OpenError::Kind { file: path.display().to_string() }),
        }
    }
}
