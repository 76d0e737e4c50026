//! What a user has set for models of their own, kept from one time to the next.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{InputSettings, Network};
use crate::untrusted::one_line;

/// Most models that are remembered; the one that was changed longest ago goes first.
pub const MAX_MODELS: usize = 100;
/// Most bytes of the text that [`Kept::to_json`] makes.
pub const MAX_BYTES: u64 = 1 << 20;

/// What was set for one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Which model: see [`Network::identity`].
    model: String,
    /// How a picture becomes its input, where that was changed.
    #[serde(default)]
    pub input: Option<InputSettings>,
    /// The file with the names of its classes, where one was opened.
    #[serde(default)]
    pub labels: Option<PathBuf>,
}

/// What was set for all models, the last change last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    models: Vec<Choice>,
    #[serde(skip)]
    changed: bool,
}

impl Network {
    /// What tells it from other models: name, nodes and weights. Cheap, and the same wherever the file
    /// lies.
    pub fn identity(&self) -> String {
        let weights: usize = self.model.weights.values().map(|w| w.numbers.len()).sum();
        format!("{}, {} nodes, {weights} weights", self.name, self.model.nodes.len())
    }
}

impl Kept {
    /// Reads what [`Kept::to_json`] has written. Settings that no input can have are left out.
    ///
    /// # Errors
    /// What is wrong, as a clause.
    pub fn from_json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Entries {
            models: Vec<serde_json::Value>,
        }
        let entries: Entries = serde_json::from_str(text).map_err(|e| one_line(&e.to_string()))?;
        // One bad entry does not take the others with it.
        let sound = |choice: &Choice| choice.input.as_ref().is_none_or(|input| input.check().is_ok());
        let read = entries.models.into_iter().filter_map(|entry| serde_json::from_value(entry).ok());
        let mut kept = Self { models: read.filter(sound).collect(), changed: false };
        kept.models.drain(..kept.models.len().saturating_sub(MAX_MODELS));
        Ok(kept)
    }

    /// Everything as text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and texts can always be written")
    }

    /// What was set for a network.
    pub fn of(&self, network: &Network) -> Option<&Choice> {
        let model = network.identity();
        self.models.iter().find(|choice| choice.model == model)
    }

    /// Remembers how a picture becomes a network's input; `None` forgets it.
    pub fn set_input(&mut self, network: &Network, input: Option<InputSettings>) {
        self.change(network, |choice| choice.input = input);
    }

    /// Remembers the file with the names of a network's classes; `None` forgets it.
    pub fn set_labels(&mut self, network: &Network, labels: Option<PathBuf>) {
        self.change(network, |choice| choice.labels = labels);
    }

    fn change(&mut self, network: &Network, change: impl FnOnce(&mut Choice)) {
        let model = network.identity();
        let at = self.models.iter().position(|choice| choice.model == model);
        let before = at.map(|at| self.models.remove(at));
        let mut choice = before.clone().unwrap_or(Choice { model, input: None, labels: None });
        change(&mut choice);
        self.changed |= before.as_ref() != Some(&choice);
        if choice.input.is_some() || choice.labels.is_some() {
            self.models.push(choice);
        }
        self.models.drain(..self.models.len().saturating_sub(MAX_MODELS));
    }

    /// Whether something has changed since this was asked last.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn network(name: &str) -> Network {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx/node/test_relu/model.onnx");
        let mut network = Network::open(path).unwrap();
        network.name = name.to_owned();
        network
    }

    #[test]
    fn what_was_set_comes_back_for_its_own_model() {
        let (a, b) = (network("a.onnx"), network("b.onnx"));
        let input = InputSettings { width: 32, bgr: true, ..InputSettings::default() };
        let mut kept = Kept::default();
        kept.set_input(&a, Some(input.clone()));
        kept.set_labels(&a, Some("names.txt".into()));
        assert!(kept.take_changed() && !kept.take_changed());
        let mut back = Kept::from_json(&kept.to_json()).unwrap();
        assert_eq!(back, kept);
        assert_eq!(back.of(&a).unwrap().input, Some(input));
        assert!(back.of(&b).is_none());
        back.set_input(&a, None);
        back.set_labels(&a, None);
        assert!(back.take_changed() && back.of(&a).is_none());
        // A file of the same name with other weights is another model.
        let mut other = network("a.onnx");
        other.model.nodes.clear();
        assert!(kept.of(&other).is_none());
    }

    #[test]
    fn the_number_of_models_has_a_limit_and_the_oldest_goes() {
        let mut kept = Kept::default();
        for i in 0..MAX_MODELS + 5 {
            kept.set_input(&network(&format!("{i}.onnx")), Some(InputSettings::default()));
        }
        assert!(kept.of(&network("4.onnx")).is_none() && kept.of(&network("5.onnx")).is_some());
        assert!(kept.to_json().len() as u64 <= MAX_BYTES);
    }

    #[test]
    fn impossible_settings_and_damaged_text_are_not_taken() {
        let mut kept = Kept::default();
        kept.set_input(&network("a"), Some(InputSettings { width: 0, ..InputSettings::default() }));
        assert!(Kept::from_json(&kept.to_json()).unwrap().of(&network("a")).is_none());
        assert!(Kept::from_json("{\"models\": 3}").is_err());
        assert!(Kept::from_json("").is_err());
    }
}
