//! A head as a safetensors file: its four tensors, and a note in JSON of its groups and of whose features it reads.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Head;
use super::task::NAMES;
use crate::data::groups::GROUPS;
use crate::files::write_whole;
use crate::models::weight_writer::WeightWriter;
use crate::models::{WeightError, WeightFile};
use crate::untrusted::one_line;

/// Key of the note.
const NOTE: &str = "glassbox.head";

/// Why a head cannot be saved or loaded. Each message is one sentence with the file last.
#[derive(Debug, thiserror::Error)]
pub enum HeadFileError {
    /// The file cannot be read or written, or a tensor is missing, of another shape, or not finite.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// It says nothing of a head, or nothing that can be.
    #[error("this file holds no head ({reason}), save one with `glassbox transfer --save`: {file}")]
    NoHead {
        /// What is wrong.
        reason: String,
        /// The file.
        file: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Note {
    model: String,
    groups: Vec<String>,
}

impl Head {
    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = WeightWriter::default();
        for ((name, values), shape) in
            NAMES.iter().zip(&self.tensors).zip(Self::shapes(self.groups.len(), self.width()))
        {
            writer.add(name, &shape, values);
        }
        let note = Note { model: self.model.clone(), groups: self.groups.to_vec() };
        let note = serde_json::to_string(&note).expect("texts can always be written");
        writer.finish(NOTE, note, "").expect("each tensor fills its shape")
    }

    /// Saves it, all of it or nothing.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), HeadFileError> {
        let failed = |source| WeightError::Io { action: "written", source, file: path.display().to_string() };
        Ok(write_whole(path, self.bytes()).map_err(failed)?)
    }

    /// Loads what [`Head::save`] wrote.
    ///
    /// # Errors
    /// [`HeadFileError`].
    pub fn load(path: &Path) -> Result<Self, HeadFileError> {
        let file = WeightFile::open(path)?;
        let wrong = |reason: String| HeadFileError::NoHead { reason, file: file.name().to_owned() };
        let note = file.note(NOTE).ok_or_else(|| wrong("it has no note of groups".to_owned()))?;
        let note: Note = serde_json::from_str(note)
            .map_err(|e| wrong(format!("its note is damaged, {}", one_line(&e.to_string()))))?;
        let [least, most] = GROUPS;
        if !(least..=most).contains(&note.groups.len()) {
            return Err(wrong(format!(
                "its number of groups is {}, not {least} to {most}",
                note.groups.len()
            )));
        }
        let width = file.shape(NAMES[0])?.first().copied().unwrap_or(0);
        let mut shapes = Self::shapes(note.groups.len(), width).into_iter();
        let mut next = |name| file.tensor(name, &shapes.next().unwrap_or_default());
        let [mean, deviation, weight, bias] = NAMES.map(&mut next);
        let tensors = [mean?, deviation?, weight?, bias?];
        if width == 0 || tensors[1].iter().any(|v| *v <= 0.0) {
            return Err(wrong("a deviation of its features is not above 0".to_owned()));
        }
        let groups = note.groups.iter().map(|name| one_line(name)).collect();
        Ok(Self { groups, model: note.model, tensors })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        let groups = ["cats", "cups"].map(str::to_owned).into();
        let tensors = [vec![0.5; 3], vec![2.0; 3], vec![0.25; 6], vec![1.0; 2]].map(Into::into);
        Head { groups, model: "three".to_owned(), tensors }
    }

    #[test]
    fn a_head_comes_back_and_a_spoiled_one_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head.safetensors");
        head().save(&path).unwrap();
        assert_eq!(Head::load(&path).unwrap(), head());

        let with = |change: &dyn Fn(&mut Head)| {
            let mut head = head();
            change(&mut head);
            head
        };
        for (spoiled, says) in [
            (with(&|head| head.groups = ["one".to_owned()].into()), "its number of groups is 1, not 2 to 20"),
            (with(&|head| head.tensors[1] = vec![1.0, 0.0, 1.0].into()), "deviation"),
            (with(&|head| head.tensors[2] = vec![f32::NAN; 6].into()), "head.weight holds NaN at position 0"),
            (with(&|head| head.groups = ["a", "b", "c"].map(str::to_owned).into()), "is 2 x 3 and"),
        ] {
            // A note of other groups beside tensors of two.
            let mut writer = WeightWriter::default();
            for ((name, values), shape) in NAMES.iter().zip(&spoiled.tensors).zip(Head::shapes(2, 3)) {
                writer.add(name, &shape, values);
            }
            let note = Note { model: "three".to_owned(), groups: spoiled.groups.to_vec() };
            let note = serde_json::to_string(&note).unwrap();
            std::fs::write(&path, writer.finish(NOTE, note, "").unwrap()).unwrap();
            let said = Head::load(&path).unwrap_err().to_string();
            assert!(said.contains(says) && said.ends_with("head.safetensors"), "{said}");
        }
        let other = WeightWriter::default().finish("other", "{}".to_owned(), "").unwrap();
        std::fs::write(&path, other).unwrap();
        assert!(Head::load(&path).unwrap_err().to_string().contains("no note of groups"));
    }
}
