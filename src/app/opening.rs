//! A file of any kind, or folders: what it is, and what it holds. Read on a thread of its own, so that a large model
//! does not hold up the window.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use crate::data::groups::{GroupError, Groups};
use crate::data::{Picture, PictureError};
use crate::models::encoder_files::{Encoder, EncoderFileError};
use crate::models::network::label_file::{self, LabelError};
use crate::models::network::{self, Network, VOCABULARIES};
use crate::models::weights::WeightError;
use crate::models::{SentenceError, Tokenizer, foreign, weight_files};

/// Files with these names are pictures; the dialog shows them.
pub const PICTURES: &[&str] = &["png", "jpg", "jpeg", "gif", "bmp", "webp"];
/// Files with these names are models.
pub const MODELS: &[&str] = &["onnx", "safetensors", "pth", "pt", "bin"];
/// Files with these names hold the names of classes.
pub const LABELS: &[&str] = &["txt", "json"];

/// Lies beside the weights of an encoder.
const CONFIG: &str = "config.json";

/// What a file holds.
#[derive(Clone)]
pub enum Opened {
    /// A picture, for every page.
    Picture(Picture),
    /// A network.
    Network(Box<Network>),
    /// A sentence encoder.
    Encoder(Arc<Encoder>),
    /// Groups of pictures, for a network to look at.
    Groups(Groups),
    /// Names of classes, for the network that is open, and the file that they come from.
    Labels(Arc<[String]>, PathBuf),
    /// The vocabulary of the network that is open, and the file that it comes from.
    Vocabulary(Arc<Tokenizer>, PathBuf),
}

/// Why a file cannot be opened. One sentence with the file last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A network.
    #[error(transparent)]
    Network(#[from] network::OpenError),
    /// A sentence encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderFileError),
    /// Names of classes.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// A vocabulary.
    #[error(transparent)]
    Vocabulary(#[from] SentenceError),
    /// A folder without a model or groups of pictures.
    #[error(
        "this folder holds neither a model with a config.json nor two subfolders of pictures or more; open a file in it, or \
         drop folders of pictures together, one for each group: {0}"
    )]
    Folder(String),
    /// Folders that are no groups of pictures.
    #[error(transparent)]
    Groups(#[from] GroupError),
    /// Nothing that is read.
    #[error(
        "this is neither a picture nor a model, open a PNG, JPEG, GIF, BMP or WebP picture, or an ONNX, \
         safetensors or PyTorch file: {0}"
    )]
    Unknown(String),
}

/// Opens a picture, a model, or names of classes. A picture is known by its content, the others by their
/// names.
///
/// # Errors
/// [`OpenError`].
pub fn open(path: &Path) -> Result<Opened, OpenError> {
    let is = |endings: &[&str]| {
        path.extension().is_some_and(|own| endings.iter().any(|ending| own.eq_ignore_ascii_case(ending)))
    };
    let shown = || path.display().to_string();
    if path.is_dir() {
        if is_model(path) {
            return folder(path);
        }
        foreign::check(path).map_err(network::OpenError::from)?;
        return match Groups::find(&[path.to_owned()]) {
            Err(GroupError::FewGroups { .. }) => Err(OpenError::Folder(shown())),
            found => Ok(Opened::Groups(found?)),
        };
    }
    if Picture::lies_at(path) {
        return Ok(Opened::Picture(Picture::open(path)?));
    }
    if path.file_name().is_some_and(|name| name == CONFIG) {
        return folder(path.parent().unwrap_or(Path::new(".")));
    }
    if is(MODELS) || weight_files::is_named_so(path) {
        return model(path);
    }
    if path.file_name().is_some_and(|name| VOCABULARIES.iter().any(|own| name == *own)) {
        return Ok(Opened::Vocabulary(Arc::new(Tokenizer::open(path)?), path.to_owned()));
    }
    if is(LABELS) {
        return Ok(Opened::Labels(label_file::open(path)?, path.to_owned()));
    }
    // For the sentence about a file that is missing, empty or called a picture and none.
    match Picture::open(path) {
        Err(PictureError::Unknown { .. }) if !is(PICTURES) => {
            foreign::check(path).map_err(network::OpenError::from)?;
            Err(OpenError::Unknown(shown()))
        }
        other => Ok(Opened::Picture(other?)),
    }
}

/// What was given at once, as it is opened: each path by itself, but folders without a model together.
pub fn gathered(paths: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let is_group = |path: &PathBuf| path.is_dir() && !is_model(path);
    let (folders, files): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(is_group);
    let folders = Some(folders).filter(|folders| !folders.is_empty());
    files.into_iter().map(|file| vec![file]).chain(folders).collect()
}

/// Opens one of what was [`gathered`].
///
/// # Errors
/// [`OpenError`].
pub fn open_given(paths: &[PathBuf]) -> Result<Opened, OpenError> {
    match paths {
        [path] => open(path),
        folders => Ok(Opened::Groups(Groups::find(folders)?)),
    }
}

/// Whether a folder is that of a model, and not one of pictures.
fn is_model(folder: &Path) -> bool {
    folder.join(CONFIG).is_file() || weight_files::in_folder(folder).is_some()
}

/// The model of a folder.
fn folder(path: &Path) -> Result<Opened, OpenError> {
    match weight_files::in_folder(path) {
        Some(file) => model(&file),
        // It says what is missing.
        None => encoder(path),
    }
}

/// A network, or else a sentence encoder.
fn model(path: &Path) -> Result<Opened, OpenError> {
    match Network::open(path) {
        Ok(network) => Ok(Opened::Network(Box::new(network))),
        // Of no family that is known, so perhaps an encoder; only that can say what is wrong with one.
        Err(network::OpenError::Weights(WeightError::Family { .. }))
            if path.with_file_name(CONFIG).is_file() =>
        {
            encoder(path)
        }
        Err(error) => Err(error.into()),
    }
}

fn encoder(path: &Path) -> Result<Opened, OpenError> {
    Ok(Opened::Encoder(Arc::new(Encoder::open(path)?)))
}

/// Asks for a frame when it goes.
struct Wake(egui::Context);

impl Drop for Wake {
    fn drop(&mut self) {
        self.0.request_repaint();
    }
}

/// What comes of reading.
type Reading = Receiver<Result<Opened, String>>;

/// Files, and folders that belong together, that wait to be opened, one after the other, so that the last one given is the
/// last one shown.
#[derive(Default)]
pub struct Opening {
    waiting: VecDeque<Vec<PathBuf>>,
    running: Option<(Vec<PathBuf>, Reading)>,
}

impl Opening {
    /// Opens what was given at once as soon as those before it are done.
    pub fn push(&mut self, paths: &[PathBuf]) {
        self.waiting.extend(gathered(paths));
    }

    /// Opens a file before those that wait: names of classes, while their model is still the open one.
    pub fn push_next(&mut self, path: PathBuf) {
        self.waiting.push_front(vec![path]);
    }

    /// Lets a file that waits go.
    pub fn withdraw(&mut self, path: &Path) {
        self.waiting.retain(|waiting| *waiting != [path]);
    }

    /// The file that is being opened, or the first of the folders.
    pub fn current(&self) -> Option<&Path> {
        let running = self.running.as_ref().map(|(paths, _)| paths);
        running.or(self.waiting.front())?.first().map(PathBuf::as_path)
    }

    /// What has been read since the last call, of folders the first, and what it holds or why it cannot be read; `None` while
    /// nothing is done.
    /// The thread asks `ctx` for a frame when it is.
    pub fn advance(&mut self, ctx: &egui::Context) -> Option<(PathBuf, Result<Opened, String>)> {
        if self.running.is_none() {
            let paths = self.waiting.pop_front()?;
            let (sender, receiver) = sync_channel(1);
            let (ctx, given) = (ctx.clone(), paths.clone());
            let work = move || {
                // Also where reading fails in a way that nobody thought of.
                let _wake = Wake(ctx);
                let sender = sender;
                let _ = sender.send(open_given(&given).map_err(|error| error.to_string()));
            };
            if let Err(error) = std::thread::Builder::new().name("open file".into()).spawn(work) {
                let text = format!(
                    "no thread could be started to open the file ({error}): {}",
                    first(&paths).display()
                );
                return Some((first(&paths), Err(text)));
            }
            self.running = Some((paths, receiver));
        }
        let (paths, receiver) = self.running.as_ref()?;
        let result = match receiver.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Ok(result) => result,
            Err(TryRecvError::Disconnected) => Err(format!(
                "opening the file failed, which is a fault of Glassbox: {}",
                first(paths).display()
            )),
        };
        let (paths, _) = self.running.take()?;
        Some((first(&paths), result))
    }
}

/// The path that stands for all that were given with it.
fn first(paths: &[PathBuf]) -> PathBuf {
    paths.first().cloned().unwrap_or_default()
}

/// Paths in a text from the clipboard: each line that is a `file://` address or a path from the root.
/// Nothing for any other text.
pub fn pasted_paths(text: &str) -> Vec<PathBuf> {
    let path = |line: &str| {
        let line = line.trim().trim_matches(['"', '\'']);
        let path = match line.strip_prefix("file://") {
            // A host may stand before the path; it can only be this one.
            Some(rest) => PathBuf::from(decoded(&rest[rest.find('/')?..])?),
            None => PathBuf::from(line),
        };
        path.is_absolute().then_some(path)
    };
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .take(MAX_PASTED)
        .map(path)
        .collect::<Option<_>>()
        .unwrap_or_default()
}

/// Most paths that are taken from the clipboard at once.
const MAX_PASTED: usize = 16;

/// Percent-encoded bytes put back.
fn decoded(address: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = address.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (code, tail) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok()?);
        rest = tail;
    }
    // Windows: a slash stands before the drive.
    let text = String::from_utf8(bytes).ok()?;
    let drive = text.get(2..3) == Some(":");
    Some(if drive { text[1..].to_owned() } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_are_found_in_what_is_pasted_and_other_text_is_not_one() {
        let paths =
            |text: &str| pasted_paths(text).iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
        assert_eq!(paths("/a/b c.png\n"), ["/a/b c.png"]);
        assert_eq!(paths("\"/a/b.png\""), ["/a/b.png"]);
        assert_eq!(paths("file:///a/b%20c%C3%A4.png\r\nfile://host/d.onnx"), ["/a/b cä.png", "/d.onnx"]);
        for other in ["", "a cat", "a/b.png", "/a\nand a word", "file://", "file:///%f", "file:///%ff"] {
            assert!(paths(other).is_empty(), "{other}");
        }
        assert_eq!(paths(&"/a\n".repeat(100)).len(), MAX_PASTED);
    }

    #[test]
    fn each_kind_is_told_by_content_or_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let photo = std::fs::read(root.join("assets/images/coffee.jpg")).unwrap();
        // A picture is one whatever it is called.
        assert!(matches!(open(&file("model.onnx", &photo)), Ok(Opened::Picture(_))));
        let relu = std::fs::read(root.join("tests/data/onnx/node/test_relu/model.onnx")).unwrap();
        let model = file("relu.onnx", &relu);
        assert!(matches!(open(&model), Ok(Opened::Network(n)) if n.classes.is_none()));
        file("labels.txt", b"tench\ngoldfish\n");
        assert!(matches!(open(&model), Ok(Opened::Network(n)) if n.class(1) == "goldfish"));
        assert!(
            matches!(open(&folder.path().join("labels.txt")), Ok(Opened::Labels(names, _)) if names.len() == 2)
        );
        for (path, says) in [
            (file("a.xyz", b"nothing that is known"), "neither a picture nor a model"),
            (file("a.png", b"nothing that is known"), "no known picture format"),
            (file("b.onnx", b"nothing that is known"), "no intact ONNX file"),
            (file("empty", b""), "empty"),
            (file("b.keras", b"PK\x03\x04 config.json model.weights.h5"), "a Keras model"),
            (folder.path().join("none.onnx"), "cannot be read"),
            (folder.path().join("none"), "no such file"),
            (folder.path().to_owned(), "neither a model with a config.json nor two subfolders of pictures"),
        ] {
            let Err(error) = open(&path) else { panic!("{} opened", path.display()) };
            let error = error.to_string();
            assert!(error.contains(says) && error.contains(&path.display().to_string()), "{error}");
        }
    }
}
