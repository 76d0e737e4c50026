//! A network: its graph, how a picture or a sentence becomes its input, and what its classes are called.

use std::sync::Arc;

use super::input::{Guessed, InputSettings};
use super::labels;
use super::role::Role;
use crate::models::Tokenizer;
use crate::models::onnx::{Input, Model};

/// A network that can be recorded on a picture or on numbers.
#[derive(Clone, Debug)]
pub struct Network {
    /// What it is called: a name, or the file's.
    pub name: String,
    /// Its graph.
    pub model: Model,
    /// Names of its classes, by number, where they are known.
    pub classes: Option<Arc<[String]>>,
    /// How a picture becomes its input.
    pub input: InputSettings,
    /// What of that is guessed.
    pub guessed: Guessed,
    /// The output with the scores of classes, where somebody has chosen it.
    pub classes_from: Option<String>,
    /// Splits sentences for it, where its vocabulary is known.
    pub tokenizer: Option<Arc<Tokenizer>>,
    /// What else its file does not tell and was taken for granted, a clause each.
    pub assumed: Vec<String>,
}

impl Network {
    /// A graph of which nothing is known but what it tells itself.
    pub fn of(name: impl Into<String>, model: Model) -> Self {
        let mut network = Self {
            name: name.into(),
            classes: labels::of(&model),
            input: InputSettings::guess(&model),
            guessed: Guessed::default(),
            classes_from: None,
            tokenizer: None,
            assumed: Vec::new(),
            model,
        };
        if let Some(input) = network.picture_input() {
            let open = network.open_sides(input).contains(&true);
            network.guessed = Guessed { size: open, scale: true };
        }
        network
    }

    /// What an input is for, as far as the file tells and with the layout that was set.
    pub fn role(&self, input: &Input) -> Role {
        Role::of(&self.model, input, self.input.layout)
    }

    /// The first input that takes a picture.
    pub(super) fn picture_input(&self) -> Option<&Input> {
        self.model.inputs.iter().find(|input| self.role(input).is_picture())
    }

    /// Whether the file leaves width and height of a picture input open.
    pub(super) fn open_sides(&self, input: &Input) -> [bool; 2] {
        let [height, width] = self.role(input).sides(input);
        [width.is_none(), height.is_none()]
    }

    /// The name of a class.
    pub fn class(&self, index: usize) -> String {
        let known = self.classes.as_ref().and_then(|names| names.get(index));
        known.cloned().unwrap_or_else(|| format!("class {index}"))
    }

    /// The name of one of `count` classes. A single probability is that of the second of two classes, as is usual.
    pub fn class_of(&self, index: usize, count: usize) -> String {
        match (count, self.classes.as_deref()) {
            (1, Some([_, positive])) => positive.clone(),
            (1, None) => "the one class".to_owned(),
            _ => self.class(index),
        }
    }
}
