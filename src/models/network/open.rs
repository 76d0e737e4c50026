//! From a file to a network or a sentence encoder.

use std::path::Path;
use std::sync::Arc;

use super::{InputSettings, Network};
use crate::models::onnx::{FileError, Model};

/// Why a model file cannot be opened. One sentence with the file last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// An ONNX file.
    #[error(transparent)]
    Onnx(#[from] FileError),
}

impl Network {
    /// Opens a model file: ONNX.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let model = Model::open(path)?;
        let input = InputSettings::guess(&model);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name, model: Arc::new(model), classes: None, input })
    }
}
