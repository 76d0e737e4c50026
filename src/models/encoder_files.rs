//! A sentence encoder with its tokenizer: the one that Glassbox carries, or a BERT-like one from the
//! user's own files.
//!
//! A model is a folder as the Hugging Face hub has it: its weights ([`weight_files`]), `config.json`, and
//! `tokenizer.json`, `vocab.txt`, or `vocab.json` with `merges.txt`. Its files are not trusted: their sizes are held against limits
//! before they are read, every tensor's shape against the configuration, and nothing outside the
//! folder is opened.

use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;

use super::encoder_config::EncoderConfig;
use super::error::ModelError;
use super::minilm::{CONFIG_KEY, MiniLm};
use super::tokenizer::{MAX_TOKENS, SentenceError, Tokenizer};
use super::weight_files;
use super::weights::WeightFile;
use crate::untrusted;

/// What the weights are called that are asked for where there are none.
const WEIGHTS: &str = "model.safetensors";
const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const VOCABULARY: &str = "vocab.txt";
const PIECES: &str = "vocab.json";
const MERGES: &str = "merges.txt";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";

const MIB: u64 = 1 << 20;
const MAX_CONFIG: u64 = MIB;
/// Multilingual vocabularies take 17 MiB.
const MAX_TOKENIZER: u64 = 64 * MIB;

/// Why an encoder could not be opened. Each message is one sentence with the file last.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncoderFileError {
    /// The weights or the configuration.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The tokenizer.
    #[error(transparent)]
    Sentence(#[from] SentenceError),
    /// A file of the model is absent.
    #[error("there is no {name} beside the weights, put the model's own there: {}", .folder.display())]
    Absent {
        /// What was looked for.
        name: &'static str,
        /// Where.
        folder: PathBuf,
    },
    /// The name says that it is no file of a model.
    #[error(
        "this is no file of an encoder, choose its folder or its weights (.safetensors, .bin, .pth): {}", .0.display()
    )]
    Kind(PathBuf),
    /// A file is larger than any of its kind.
    #[error("the file has {} MiB and {} MiB are the most that is read: {}", .bytes / MIB, .limit / MIB, .file.display())]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The most that is read.
        limit: u64,
        /// The file.
        file: PathBuf,
    },
    /// The file system refused.
    #[error("the file cannot be read ({source}), check its path and that you may use it: {}", .file.display())]
    Io {
        /// What the system says.
        source: io::Error,
        /// The file.
        file: PathBuf,
    },
}

/// A sentence encoder with its tokenizer.
#[derive(Debug)]
pub struct Encoder {
    /// Weights.
    pub model: MiniLm,
    /// Text to tokens.
    pub tokenizer: Tokenizer,
}

impl Encoder {
    /// all-MiniLM-L6-v2, which Glassbox carries.
    #[must_use]
    pub fn embedded() -> Self {
        Self { model: MiniLm::embedded(), tokenizer: Tokenizer::embedded() }
    }

    /// Opens a model's folder, or the weights or the `config.json` in it.
    ///
    /// # Errors
    /// Any [`EncoderFileError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, EncoderFileError> {
        let path = path.as_ref();
        let found =
            fs::metadata(path).map_err(|source| EncoderFileError::Io { source, file: path.to_owned() })?;
        let (file, folder) = if found.is_dir() {
            (weight_files::in_folder(path), path)
        } else {
            let folder = path.parent().unwrap_or(Path::new("."));
            let is_config = path.file_name().is_some_and(|name| name == CONFIG);
            (if is_config { weight_files::in_folder(folder) } else { Some(path.to_owned()) }, folder)
        };
        let file = file.ok_or_else(|| absent(WEIGHTS, folder))?;
        if !weight_files::is_named_so(&file) {
            return Err(EncoderFileError::Kind(file));
        }
        Self::from_weights(weight_files::open(file).map_err(ModelError::from)?, folder)
    }

    /// An encoder over weights that are open already, with the configuration and the tokenizer that
    /// lie in `folder`. Weights that Glassbox has written have their configuration in their header.
    ///
    /// # Errors
    /// Any [`EncoderFileError`].
    pub fn from_weights(weights: WeightFile, folder: &Path) -> Result<Self, EncoderFileError> {
        let model = if weights.note(CONFIG_KEY).is_some() {
            MiniLm::from_file(weights)?
        } else {
            let file = folder.join(CONFIG);
            let json = text(&file, MAX_CONFIG)?.ok_or_else(|| absent(CONFIG, folder))?;
            let config = EncoderConfig::from_json(&json, &file.display().to_string())?;
            MiniLm::new(weights, config)?
        };
        Ok(Self { model, tokenizer: tokenizer(folder)? })
    }

    /// The most tokens of a sentence: what the model has positions for, at most 512.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        self.model.config().max_tokens().min(MAX_TOKENS)
    }

    /// The name of the weights' file or of its folder, without the way there.
    #[must_use]
    pub fn name(&self) -> String {
        let path = Path::new(self.model.name());
        let named = if weight_files::is_of_folder(path) { path.parent().unwrap_or(path) } else { path };
        named.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    }
}

/// `tokenizer.json`, or else `vocab.json` and `merges.txt` with the rules of RoBERTa, or else
/// `vocab.txt` with those of BERT.
fn tokenizer(folder: &Path) -> Result<Tokenizer, EncoderFileError> {
    let file = folder.join(TOKENIZER);
    if let Some(json) = text(&file, MAX_TOKENIZER)? {
        return Ok(Tokenizer::from_bytes(&file.display().to_string(), json.as_bytes())?);
    }
    let file = folder.join(PIECES);
    if let Some(pieces) = text(&file, MAX_TOKENIZER)? {
        let merges = text(&folder.join(MERGES), MAX_TOKENIZER)?.ok_or_else(|| absent(MERGES, folder))?;
        return Ok(Tokenizer::from_merges(&file.display().to_string(), &pieces, &merges)?);
    }
    let file = folder.join(VOCABULARY);
    let Some(words) = text(&file, MAX_TOKENIZER)? else { return Err(absent(TOKENIZER, folder)) };
    let rules = text(&folder.join(TOKENIZER_CONFIG), MAX_CONFIG)?;
    let rules: Option<serde_json::Value> = rules.and_then(|json| serde_json::from_str(&json).ok());
    // BERT lowers the case unless its rules say otherwise.
    let lower = rules.and_then(|r| r.get("do_lower_case")?.as_bool()).unwrap_or(true);
    Ok(Tokenizer::from_vocabulary(&file.display().to_string(), &words, lower)?)
}

fn absent(name: &'static str, folder: &Path) -> EncoderFileError {
    EncoderFileError::Absent { name, folder: folder.to_owned() }
}

/// Whether there is such a file, of at most `limit` bytes.
fn fits(file: &Path, limit: u64) -> Result<bool, EncoderFileError> {
    match fs::metadata(file) {
        Ok(found) if found.len() > limit => {
            Err(EncoderFileError::TooLarge { bytes: found.len(), limit, file: file.to_owned() })
        }
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(EncoderFileError::Io { source, file: file.to_owned() }),
    }
}

/// A text file's content; `None` where there is no such file.
fn text(file: &Path, limit: u64) -> Result<Option<String>, EncoderFileError> {
    if !fits(file, limit)? {
        return Ok(None);
    }
    let refused = |source| EncoderFileError::Io { source, file: file.to_owned() };
    let bytes = untrusted::read(file, limit).map_err(refused)?;
    let text =
        String::from_utf8(bytes).map_err(|e| refused(io::Error::new(io::ErrorKind::InvalidData, e)))?;
    Ok(Some(text))
}

#[cfg(test)]
#[path = "encoder_files_tests.rs"]
mod tests;
