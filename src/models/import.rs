//! From the original all-MiniLM-L6-v2 files to the ones that Glassbox carries.
//!
//! The words' table and the layers' matrices go to eight bits (see [`super::quantized`]). Norms and
//! biases stay `f32`, and so do the tables of positions and types: a row of them is added to every
//! token, so that their rounding errors add up over the sentence instead of cancelling. They are 3%
//! of the file.
//!
//! What a sentence's vector does not need is dropped: `position_ids`, which only count, and the
//! pooler, because the vector is the mean over the tokens. What the rounding costs is measured
//! before anything is written.

use std::fmt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;

use super::encoder_config::{EncoderConfig, POSITIONS, TYPES};
use super::encoder_reference::{cosine, run};
use super::error::ModelError;
use super::minilm::{CONFIG_KEY, MiniLm};
use super::quantized::QuantizedMatrix;
use super::tokenizer::{SentenceError, Tokenizer};
use super::weight_writer::WeightWriter;
use super::weights::WeightFile;
use crate::files::write_whole;

/// The least cosine between a sentence's vector with the original and with the rounded weights.
pub const LEAST_COSINE: f64 = 0.999;

/// Statements, a question, a fragment, other scripts, and one of many tokens.
const SENTENCES: [&str; 6] = [
    "The animal didn't cross the street because it was too tired.",
    "How does a convolution with a stride of two change the size of the map?",
    "cat",
    "A man is playing the guitar, while someone in the audience is eating an apple.",
    "Привет, мир! 你好，世界。 مرحبا",
    "Attention mixes the values of all tokens, weighted by how well a query matches each key; \
     the weights of one query are positive and sum to one, which is why they can be drawn as a \
     heatmap, and each head learns its own way of looking.",
];

/// What an import did.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportReport {
    /// The weights that were written, and the tokenizer next to them.
    pub files: [PathBuf; 2],
    /// Size of the original weights.
    pub bytes_before: usize,
    /// Size of the written weights.
    pub bytes_after: usize,
    /// Tensors of the original that are not used.
    pub dropped: Vec<String>,
    /// Each measured sentence with the cosine between its two vectors.
    pub sentences: Vec<(String, f64)>,
    /// For each layer the largest difference of any attention weight over the sentences.
    pub attention_errors: Vec<f64>,
}

/// Why an import failed. Nothing has been written then, unless it is [`ImportError::Io`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The weights or the configuration cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The tokenizer cannot be used.
    #[error(transparent)]
    Sentence(#[from] SentenceError),
    /// The rounded weights are too far from the original ones.
    #[error(
        "rounding to eight bits turns \"{sentence}\" to a cosine of {cosine:.6} and at least \
         {LEAST_COSINE} is needed, check that the weights are the trained ones: {file}"
    )]
    Loss {
        /// The worst sentence.
        sentence: String,
        /// Its cosine.
        cosine: f64,
        /// The original weights.
        file: String,
    },
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
}

/// Reads `model.safetensors`, `config.json` and `tokenizer.json` from `src_dir`, rounds the weights
/// and writes them to `out_path`, and the tokenizer, without padding and length limit, next to
/// it: `NAME.int8.safetensors` gets `NAME.tokenizer.json`.
///
/// # Errors
/// Any [`ImportError`].
pub fn import_minilm(
    src_dir: impl AsRef<Path>,
    out_path: impl AsRef<Path>,
) -> Result<ImportReport, ImportError> {
    let (src_dir, out_path) = (src_dir.as_ref(), out_path.as_ref());
    let config_path = src_dir.join("config.json");
    let json = fs::read_to_string(&config_path).map_err(|e| refused("read", e, &config_path))?;
    let config = EncoderConfig::from_json(&json, &config_path.display().to_string())?;
    let tokenizer = Tokenizer::open(src_dir.join("tokenizer.json"))?;
    let source = WeightFile::open(src_dir.join("model.safetensors")).map_err(ModelError::from)?;
    let source_name = source.name().to_owned();
    let bytes_before = source.len_bytes();
    let wanted = config.tensors();
    let mut dropped = source.names();
    dropped.retain(|name| wanted.iter().all(|(used, _)| used != name));
    dropped.sort();

    let original = MiniLm::new(source, config)?;
    let bytes = round(&original)?;
    let rounded = WeightFile::from_bytes(out_path.display().to_string(), bytes.clone())
        .map_err(ModelError::from)
        .and_then(MiniLm::from_file)?;
    let Loss { sentences, attention_errors } = compare(&original, &rounded, &tokenizer)?;
    if let Some((sentence, cosine)) = sentences.iter().find(|(_, cosine)| !(*cosine >= LEAST_COSINE)) {
        return Err(ImportError::Loss { sentence: sentence.clone(), cosine: *cosine, file: source_name });
    }

    let files = [out_path.to_owned(), tokenizer_path(out_path)];
    let bytes_after = bytes.len();
    for (path, content) in files.iter().zip([bytes, tokenizer.to_json()?.into_bytes()]) {
        write_whole(path, content).map_err(|error| refused("written", error, path))?;
    }
    Ok(ImportReport { files, bytes_before, bytes_after, dropped, sentences, attention_errors })
}

/// The bytes of a weight file with the matrices of `original` in eight bits, as far as they fit.
fn round(original: &MiniLm) -> Result<Vec<u8>, ModelError> {
    let config = original.config();
    let mut writer = WeightWriter::default();
    for (name, shape) in config.tensors() {
        let values = original.tensor(&name, &shape)?;
        let rounded = match *shape {
            [_, cols] if name != POSITIONS && name != TYPES => QuantizedMatrix::quantize(&values, cols),
            _ => None,
        };
        match rounded {
            Some(matrix) => writer.add_quantized(&name, &matrix),
            None => writer.add(&name, &shape, &values),
        }
    }
    let json = serde_json::to_string(config).map_err(|error| ModelError::Config {
        reason: error.to_string(),
        file: original.name().to_owned(),
    })?;
    Ok(writer.finish(CONFIG_KEY, json, original.name())?)
}

/// What rounding cost, as in [`ImportReport`].
struct Loss {
    sentences: Vec<(String, f64)>,
    attention_errors: Vec<f64>,
}

/// Runs every sentence with both.
fn compare(original: &MiniLm, rounded: &MiniLm, tokenizer: &Tokenizer) -> Result<Loss, ImportError> {
    let mut sentences = Vec::with_capacity(SENTENCES.len());
    let mut attention_errors = vec![0.0_f64; original.config().layers];
    for sentence in SENTENCES {
        let tokens = tokenizer.encode_within(sentence, original.config().max_tokens())?;
        let before = run(original, &tokens.ids, &tokens.type_ids)?;
        let after = run(rounded, &tokens.ids, &tokens.type_ids)?;
        sentences.push((sentence.to_owned(), cosine(&before.sentence, &after.sentence)));
        for ((a, b), most) in before.layers.iter().zip(&after.layers).zip(&mut attention_errors) {
            for (p, q) in a.attention.iter().zip(&b.attention) {
                *most = most.max((p - q).abs());
            }
        }
    }
    Ok(Loss { sentences, attention_errors })
}

fn tokenizer_path(out_path: &Path) -> PathBuf {
    let stem = out_path.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.strip_suffix(".int8").unwrap_or(&stem);
    out_path.with_file_name(format!("{name}.tokenizer.json"))
}

fn refused(action: &'static str, source: io::Error, file: &Path) -> ImportError {
    ImportError::Io { action, source, file: file.display().to_string() }
}

impl ImportReport {
    /// The cosine of the sentence that lost most.
    #[must_use]
    pub fn worst_cosine(&self) -> f64 {
        self.sentences.iter().map(|(_, cosine)| *cosine).fold(1.0, f64::min)
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: usize| bytes as f64 / 1e6;
        let [weights, tokenizer] = &self.files;
        writeln!(
            f,
            "{}: {:.1} MB of {:.1} MB",
            weights.display(),
            megabytes(self.bytes_after),
            megabytes(self.bytes_before)
        )?;
        writeln!(f, "{}", tokenizer.display())?;
        writeln!(f, "not used: {}", self.dropped.join(", "))?;
        let errors = self.attention_errors.iter().map(|error| format!("{error:.5}"));
        writeln!(f, "attention weights differ by at most, layer by layer:")?;
        writeln!(f, "  {}", errors.collect::<Vec<_>>().join("  "))?;
        writeln!(f, "cosine between the vectors before and after:")?;
        for (sentence, cosine) in &self.sentences {
            writeln!(f, "  {cosine:.6}  {sentence}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
