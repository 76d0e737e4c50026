//! From a file to a network or a sentence encoder.

use std::path::Path;
use std::sync::Arc;

use super::described::Network;
use super::sentence::vocabulary_beside;
use super::told::Told;
use super::{label_file, labels};
use crate::models::foreign::{self, ForeignFile};
use crate::models::onnx::{FileError, Model};
use crate::models::weights::WeightError;
use crate::models::{family, weight_files};

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
    /// A model of another framework.
    #[error(transparent)]
    Foreign(#[from] ForeignFile),
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
    /// Opens a model file: ONNX, or weights of a known family as safetensors or PyTorch checkpoint, or the folder of
    /// these. Names of classes, configurations and a vocabulary that lie beside it are taken as told; what nobody tells is
    /// guessed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let inside = path.is_dir().then(|| weight_files::in_folder(path)).flatten();
        let path = inside.as_deref().unwrap_or(path);
        let kind = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let mut network = match kind.as_str() {
            "onnx" => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                Self::of(name, Model::open(path)?)
            }
            _ if weight_files::is_named_so(path) => family::network(&weight_files::open(path)?)?,
            _ => {
                foreign::check(path)?;
                return Err(OpenError::Kind { file: path.display().to_string() });
            }
        };
        network.be_told(path);
        if kind == "onnx"
            && network.classes.as_ref().is_some_and(|names| Arc::ptr_eq(names, &labels::imagenet()))
        {
            network.assumed.push("its thousand classes are ImageNet's in their usual order".to_owned());
        }
        Ok(network)
    }

    /// Takes in what the file's metadata and the files beside it tell.
    fn be_told(&mut self, path: &Path) {
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let mut folders = vec![folder];
        // As the Hugging Face hub has it: the graph in a folder of its own below the configurations.
        if folder.file_name().is_some_and(|name| name == "onnx") {
            folders.extend(folder.parent());
        }
        let mut told = Told::of_file(&self.model).or(Told::beside(&folders));
        let input = self.picture_input();
        let open = input.map_or([false; 2], |input| self.open_sides(input));
        told.set(&mut self.input, open);
        self.guessed.size &= told.size.is_none();
        self.guessed.scale &= told.scale.is_none() || told.scale_is_usual;
        self.classes = label_file::beside(path).or(told.classes).or(self.classes.take());
        if self.reads_tokens() {
            match vocabulary_beside(&folders) {
                Some(Ok(tokenizer)) => self.tokenizer = Some(Arc::new(tokenizer)),
                Some(Err(error)) => self.assumed.push(format!("its vocabulary is left out: {error}")),
                None => {}
            }
        }
    }
}
