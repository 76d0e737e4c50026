//! What a model's file and the files beside it tell of its input and its classes, so that it need not be guessed:
//! metadata of ONNX files (Ultralytics' `names` and `imgsz`, PaddleOCR's `character`), and `config.json` and
//! `preprocessor_config.json` as the Hugging Face hub has them.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::input::{InputSettings, MAX_INPUT_SIDE};
use super::label_file;
use super::labels::width;
use crate::models::onnx::Model;
use crate::untrusted::read;

/// Entries of a file's metadata that hold names of classes.
const NAMES: [&str; 6] = ["names", "classes", "class_names", "labels", "label_names", "id2label"];
/// Most bytes of a configuration; a thousand names take 40 KB.
const MAX_BYTES: u64 = 8 << 20;

/// What is told; `None` where nobody tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// Names of the classes.
    pub classes: Option<Arc<[String]>>,
    /// Width and height of the picture.
    pub size: Option<[u32; 2]>,
    /// Mean and std of pixels from 0 to 255.
    pub scale: Option<[[f32; 3]; 2]>,
    /// Whether that is only usual among files that tell the rest.
    pub scale_is_usual: bool,
    /// Share of the picture's shorter side that is kept.
    pub crop: Option<f32>,
}

impl Told {
    /// What the metadata of an ONNX file tells.
    pub fn of_file(model: &Model) -> Self {
        let entry = |key: &str| model.metadata.get(key).map(String::as_str);
        let names = NAMES.iter().find_map(|key| {
            let text = entry(key)?;
            // One line of several names parts them by commas.
            let is_line = !text.trim().contains(['\n', '[', '{']);
            label_file::parse(&if is_line { text.replace(',', "\n") } else { text.to_owned() }).ok()
        });
        let classes = names.or_else(|| Some(characters(model, entry("character")?)));
        let size = entry("imgsz").and_then(sides);
        // Ultralytics' exports, alone to write the size so, take pixels from 0 to 1 and the whole of the picture.
        let own = size.map(|_| ([[0.0; 3], [255.0; 3]], 1.0));
        let (scale, crop) = (own.map(|own| own.0), own.map(|own| own.1));
        Self { classes: classes.map(Into::into), size, scale, scale_is_usual: true, crop }
    }

    /// What the configurations in the first of these folders tell that has some.
    pub fn beside(folders: &[&Path]) -> Self {
        let parsed = |name: &str| folders.iter().find_map(|folder| json(&folder.join(name)));
        let mut told = Self::default();
        if let Some(config) = parsed("config.json") {
            let names = config.get("id2label").map(|names| label_file::named_by(names.clone()));
            told.classes = names.and_then(Result::ok).filter(|names| !names.is_empty()).map(Into::into);
            told.size = config.get("image_size").and_then(pixels);
        }
        let Some(config) = parsed("preprocessor_config.json") else { return told };
        let is_on = |key: &str| config.get(key).and_then(Value::as_bool).unwrap_or(true);
        let (size, cut) = (config.get("size"), config.get("crop_size").and_then(pixels));
        let cut = cut.filter(|_| config.get("do_center_crop").and_then(Value::as_bool).unwrap_or(false));
        let edge = size.and_then(|size| size.get("shortest_edge").and_then(Value::as_f64).or(size.as_f64()));
        told.size = cut.or_else(|| size.and_then(pixels)).or(told.size);
        let share = match (cut, edge.or_else(|| size.and_then(pixels).map(|[width, _]| width.into()))) {
            (Some([width, height]), Some(edge)) if edge > 0.0 => Some(f64::from(width.min(height)) / edge),
            _ => config.get("crop_pct").and_then(Value::as_f64),
        };
        told.crop = Some(share.unwrap_or(1.0).clamp(0.1, 1.0) as f32);
        // Numbers of the file are for pixels times its factor; those here for pixels from 0 to 255.
        let factor = config.get("rescale_factor").and_then(Value::as_f64).unwrap_or(1.0 / 255.0);
        let factor = if is_on("do_rescale") { factor } else { 1.0 };
        let of = |key: &str, or: f64| {
            let values = config.get(key).filter(|_| is_on("do_normalize"));
            three(values).unwrap_or([or; 3]).map(|v| (v / factor) as f32)
        };
        told.scale = Some([of("image_mean", 0.0), of("image_std", 1.0)]);
        told
    }

    /// What is told here, or else there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let scale_is_usual = if self.scale.is_some() { self.scale_is_usual } else { other.scale_is_usual };
        Self {
            classes: self.classes.or(other.classes),
            size: self.size.or(other.size),
            scale: self.scale.or(other.scale),
            scale_is_usual,
            crop: self.crop.or(other.crop),
        }
    }

    /// Puts what is told into `settings`; a size only along an axis that is `open`, width before height. What no picture
    /// can be made with is as if untold.
    pub fn set(&mut self, settings: &mut InputSettings, open: [bool; 2]) {
        let mut set = settings.clone();
        if let Some([width, height]) = self.size {
            set.width = if open[0] { width } else { set.width };
            set.height = if open[1] { height } else { set.height };
        }
        if let Some([mean, std]) = self.scale {
            (set.mean, set.std) = (mean, std);
        }
        set.crop = self.crop.unwrap_or(set.crop);
        match set.check() {
            Ok(()) => *settings = set,
            Err(_) => (self.size, self.scale, self.crop) = (None, None, None),
        }
    }
}

/// Configurations that cannot be read tell nothing; their model may well be opened without.
fn json(path: &Path) -> Option<Value> {
    if !path.is_file() {
        return None;
    }
    let parsed = read(path, MAX_BYTES).map_err(|e| e.to_string());
    match parsed.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|e| e.to_string())) {
        Ok(json) => Some(json),
        Err(error) => {
            tracing::warn!("this configuration is left out ({error}): {}", path.display());
            None
        }
    }
}

/// Width and height from `[96, 128]`, height first, or from the one number of a square.
fn sides(text: &str) -> Option<[u32; 2]> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
    let height = numbers.next()?;
    side([numbers.next().unwrap_or(height), height])
}

/// Width and height from `{"height": 96, "width": 128}`, `[96, 128]` or the one number of a square.
fn pixels(size: &Value) -> Option<[u32; 2]> {
    let number = |value: Option<&Value>| u32::try_from(value?.as_u64()?).ok();
    let both = match size {
        Value::Object(_) => number(size.get("width")).zip(number(size.get("height"))),
        Value::Array(sides) => number(sides.get(1)).zip(number(sides.first())),
        _ => number(Some(size)).map(|n| (n, n)),
    };
    let edge = || number(size.get("shortest_edge")).map(|n| (n, n));
    both.or_else(edge).and_then(|(width, height)| side([width, height]))
}

fn side(size: [u32; 2]) -> Option<[u32; 2]> {
    size.iter().all(|side| (1..=MAX_INPUT_SIDE).contains(side)).then_some(size)
}

/// A number for each colour, or one for all.
fn three(values: Option<&Value>) -> Option<[f64; 3]> {
    match values? {
        Value::Array(each) => {
            let numbers: Vec<f64> = each.iter().filter_map(Value::as_f64).collect();
            match numbers[..] {
                [one] => Some([one; 3]),
                [r, g, b] => Some([r, g, b]),
                _ => None,
            }
        }
        one => one.as_f64().map(|one| [one; 3]),
    }
}

/// The classes of a PaddleOCR network: its characters, a line each. Most networks have a blank in front, and a space
/// behind; the last dense layer tells.
fn characters(model: &Model, text: &str) -> Vec<String> {
    let mut names: Vec<String> = text.trim_end_matches(['\r', '\n']).lines().map(str::to_owned).collect();
    let more = width(model).and_then(|width| width.checked_sub(names.len()));
    if more != Some(0) {
        names.insert(0, "blank".to_owned());
    }
    if !matches!(more, Some(0 | 1)) {
        names.push("space".to_owned());
    }
    names
}
