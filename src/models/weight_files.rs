//! The files that weights lie in: one, or the shards that a large model is saved as, whichever of them is named.
//!
//! A folder of the Hugging Face hub has `model.safetensors`, or `model-00001-of-00003.safetensors` and its like with
//! `model.safetensors.index.json`, which says for each tensor where it is; older ones have `pytorch_model.bin` in the
//! same ways. An index is not trusted: it names files in its own folder, and they hold what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::pytorch;
use super::weights::{MAX_FILE, WeightError, WeightFile};
use crate::untrusted::{one_line, read};

/// What the weights in a folder are called; the first that is there is read.
const USUAL: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];
/// How the name of an index ends, behind the name that the whole would have.
const INDEX: &str = ".index.json";
/// Files that say of weights what these do not, such as how many heads share a width.
const BESIDE: [&str; 2] = ["config.json", "preprocessor_config.json"];
/// Most bytes of one of them.
const MAX_BESIDE: u64 = 1 << 20;
/// Most bytes of an index: a tensor takes a hundred.
const MAX_INDEX: u64 = 16 << 20;
/// Most files of one model; each is looked for.
const MAX_SHARDS: usize = 1000;

/// Whether a file is called as weights are.
#[must_use]
pub fn is_named_so(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_index(&name) || kind(&name).is_some()
}

/// The weights of a model's folder: the file, the index of several, or the first shard of several without one.
#[must_use]
pub fn in_folder(folder: &Path) -> Option<PathBuf> {
    let usual = USUAL.iter().map(|name| folder.join(name)).find(|file| file.is_file());
    usual.or_else(|| {
        let files = folder.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        files.filter(|file| Shard::named(file).is_some() && file.is_file()).min()
    })
}

/// Whether a file is what [`in_folder`] finds, so that its folder says more of it than its own name.
#[must_use]
pub fn is_of_folder(path: &Path) -> bool {
    USUAL.iter().any(|name| path.ends_with(name)) || Shard::named(path).is_some()
}

/// Opens the weights that `path` leads to: a file, all shards of an index, or all those beside the one that is named. What
/// lies beside them and describes them is kept with them.
///
/// # Errors
/// [`WeightError::Shards`] where some are missing or are not those of the index; else as [`WeightFile::open`] and
/// [`pytorch::open`].
pub fn open(path: impl AsRef<Path>) -> Result<WeightFile, WeightError> {
    let path = path.as_ref();
    let mut weights = whole(path)?;
    for name in BESIDE {
        // Whoever needs it says so where it is missing or is no text.
        let text = read(&path.with_file_name(name), MAX_BESIDE).ok().and_then(|b| String::from_utf8(b).ok());
        if let Some(text) = text {
            weights.put_beside(name, text);
        }
    }
    Ok(weights)
}

fn whole(path: &Path) -> Result<WeightFile, WeightError> {
    if path.file_name().is_some_and(|name| is_index(&name.to_string_lossy())) {
        return indexed(path, path);
    }
    let Some(shard) = Shard::named(path) else { return one(path) };
    let index = path.with_file_name(format!("{}.{}{INDEX}", shard.stem, shard.ending));
    if index.is_file() {
        return indexed(&index, path);
    }
    let names: BTreeSet<String> = (1..=shard.count).map(|number| shard.sibling(number)).collect();
    WeightFile::joined(path.display().to_string(), shards(path, &names)?.into_values().collect())
}

/// One file, by what its name says it is.
fn one(path: &Path) -> Result<WeightFile, WeightError> {
    match kind(&path.to_string_lossy()) {
        Some(Kind::Pytorch) => pytorch::open(path),
        _ => WeightFile::open(path),
    }
}

enum Kind {
    Safetensors,
    Pytorch,
}

fn kind(name: &str) -> Option<Kind> {
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "safetensors" => Some(Kind::Safetensors),
        "bin" | "pt" | "pth" => Some(Kind::Pytorch),
        _ => None,
    }
}

fn is_index(name: &str) -> bool {
    name.strip_suffix(INDEX).is_some_and(|whole| kind(whole).is_some())
}

/// What the name of a shard says: `model-00002-of-00003.safetensors`.
struct Shard {
    stem: String,
    count: usize,
    ending: String,
}

impl Shard {
    fn named(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        kind(name)?;
        let (rest, ending) = name.rsplit_once('.')?;
        let (rest, count) = rest.rsplit_once("-of-")?;
        let (stem, number) = rest.rsplit_once('-')?;
        let digits = |text: &str| {
            let five = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
            five.then(|| text.parse().ok()).flatten()
        };
        let (number, count): (usize, usize) = (digits(number)?, digits(count)?);
        let counts = (1..=count).contains(&number) && count <= MAX_SHARDS;
        counts.then(|| Self { stem: stem.to_owned(), count, ending: ending.to_owned() })
    }

    fn sibling(&self, number: usize) -> String {
        format!("{}-{number:05}-of-{:05}.{}", self.stem, self.count, self.ending)
    }
}

/// What is read of an index.
#[derive(Deserialize)]
struct Index {
    /// The file of each tensor.
    weight_map: BTreeMap<String, String>,
}

/// All tensors of an index; `path` is what was asked for.
fn indexed(index: &Path, path: &Path) -> Result<WeightFile, WeightError> {
    let file = || path.display().to_string();
    let bytes = read(index, MAX_INDEX).map_err(|source| WeightError::Io {
        action: "read",
        source,
        file: index.display().to_string(),
    })?;
    let wrong = |reason: String| WeightError::Shards { reason, file: file() };
    let Index { weight_map } = serde_json::from_slice(&bytes).map_err(|error| {
        wrong(format!("their index cannot be read ({}), copy it again", one_line(&error.to_string())))
    })?;
    let names: BTreeSet<String> = weight_map.values().cloned().collect();
    if names.is_empty() || names.len() > MAX_SHARDS {
        return Err(wrong(format!("their index names {} files, 1 to {MAX_SHARDS} are read", names.len())));
    }
    let plain = |name: &String| Path::new(name).file_name().is_some_and(|own| own == name.as_str());
    if let Some(name) = names.iter().find(|name| !plain(name) || kind(name).is_none()) {
        return Err(wrong(format!("their index names {}, which is no file beside it", one_line(name))));
    }
    let files = shards(path, &names)?;
    for (tensor, name) in &weight_map {
        if files[name].shape(tensor).is_err() {
            let (name, tensor) = (one_line(name), one_line(tensor));
            return Err(wrong(format!("{name} lacks the tensor {tensor} of their index, copy it again")));
        }
    }
    WeightFile::joined(file(), files.into_values().collect())
}

/// Opens all files of a model, which lie beside `path`, by their names.
fn shards(path: &Path, names: &BTreeSet<String>) -> Result<BTreeMap<String, WeightFile>, WeightError> {
    let wrong = |reason| WeightError::Shards { reason, file: path.display().to_string() };
    let mut size = 0;
    for name in names {
        let file = path.with_file_name(name);
        let Ok(found) = file.metadata() else {
            return Err(wrong(format!("{} is missing, put it beside the others", one_line(name))));
        };
        size += found.len();
    }
    if size > MAX_FILE {
        return Err(wrong(format!("have {size} bytes together and the limit is {MAX_FILE} bytes")));
    }
    names.iter().map(|name| Ok((name.clone(), one(&path.with_file_name(name))?))).collect()
}

#[cfg(test)]
#[path = "weight_files_tests.rs"]
mod tests;
