//! A network as an explorer sees it: a graph in ONNX operators, whatever file it came from, with what
//! turns a picture into its input and the names of its classes.
//!
//! One path serves the network that Glassbox carries, checkpoints of known families and ONNX files:
//! a family's file becomes the same graph ([`Model`]) that an ONNX file holds, so recording, edits,
//! layers and receptive fields are written once.

mod activation;
mod edit;
mod field;
mod input;
pub mod kept;
pub mod label_file;
pub mod labels;
mod layers;
mod open;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use activation::{ActivationError, ActivationMaps, class_activation};
pub use edit::{ACTIVATIONS, Edit, Edits, GLOBAL_POOLINGS, POOLINGS, Padding, alternatives, is_padded};
pub use field::{Field, Sight};
pub use input::{Feed, Fill, InputSettings, MAX_INPUT_SIDE, Role};
pub use layers::{Layer, LayerId};
pub use open::OpenError;

use self::input::MAX_MADE;
use super::onnx::{Model, Recorded, Stop, Value, record_on};
use crate::data::Picture;
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::softmax::{Setting, softmax};

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
}

/// A network on a plan.
#[derive(Debug)]
pub struct Traced {
    /// The steps.
    pub plan: Plan,
    /// Inputs first, then the nodes in the order in which they run.
    pub layers: Vec<Layer>,
    /// The picture as it was cut and scaled, `[3, H, W]` in 0..=1, if the network takes one.
    pub photo: Option<Tensor>,
    /// Scores of classes, if the first output is a row of them.
    pub scores: Option<Scores>,
    /// What stopped the recording before the end.
    pub stop: Option<Stop>,
}

/// The row of numbers that a classifier ends in.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Before softmax, `[N]`.
    pub logits: Tensor,
    /// After it, `[N]`.
    pub probabilities: Tensor,
}

/// The `n` classes with the greatest values, greatest first and NaN last.
pub fn top(values: &[f32], n: usize) -> Vec<usize> {
    let rank = |class: usize| if values[class].is_nan() { f32::NEG_INFINITY } else { values[class] };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)));
    order.truncate(n);
    order
}

impl Network {
    /// Records the network with `edits` on `feed`.
    ///
    /// Whatever cannot be recorded stops it, and everything before stays to be looked at.
    pub fn record(&self, feed: &Feed<'_>, edits: &Edits) -> Result<Traced, OpError> {
        self.record_on(Plan::new(), feed, edits)
    }

    /// Records the network behind the steps that a plan has already.
    pub fn record_on(&self, mut plan: Plan, feed: &Feed<'_>, edits: &Edits) -> Result<Traced, OpError> {
        let edited = edits.exchanged(&self.model);
        let (given, photo) = self.feed(&mut plan, feed)?;
        let Recorded { mut plan, values, outputs, stop, .. } = record_on(plan, &edits.muted(&edited), given);
        let layers = layers::layers(&edited, &values, &plan);
        let scores =
            outputs.first().and_then(|(name, value)| scores(&mut plan, &edited, &values, name, value));
        Ok(Traced { plan, layers, photo, scores: scores.transpose()?, stop })
    }

    /// The inputs as values on the plan, and the picture among them.
    fn feed(
        &self,
        plan: &mut Plan,
        feed: &Feed<'_>,
    ) -> Result<(BTreeMap<String, Value>, Option<Tensor>), OpError> {
        let mut given = BTreeMap::new();
        let mut photo = None;
        // Numbers made for all inputs together.
        let mut room = MAX_MADE;
        for input in &self.model.inputs {
            let (value, seen) = feed.value(plan, input, &self.input, &mut room)?;
            photo = photo.or(seen);
            if let Some(value) = value {
                given.insert(input.name.clone(), value);
            }
        }
        Ok((given, photo))
    }

    /// Records the network on a picture.
    pub fn record_picture(&self, picture: &Picture, edits: &Edits) -> Result<Traced, OpError> {
        self.record(&Feed::new(picture), edits)
    }

    /// The name of a class.
    pub fn class(&self, index: usize) -> String {
        let known = self.classes.as_ref().and_then(|names| names.get(index));
        known.cloned().unwrap_or_else(|| format!("class {index}"))
    }
}

/// An output of shape `[1, N]` (or with further axes of length 1) holds scores. Where the network
/// itself ends in a softmax or a sigmoid, its input holds the logits; otherwise one is recorded behind it.
fn scores(
    plan: &mut Plan,
    model: &Model,
    values: &std::collections::HashMap<String, Value>,
    name: &str,
    value: &Value,
) -> Option<Result<Scores, OpError>> {
    let output = value.tensor.as_ref().filter(|_| value.elem.is_float())?;
    let classes = output.len();
    if classes < 2 || output.shape.iter().filter(|&&n| n != 1).count() != 1 {
        return None;
    }
    let flat = output.view(&[classes]);
    // What only renames or reshapes the row may stand behind its softmax.
    const RENAMING: &[&str] =
        &["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Dropout", "Transpose"];
    let made_by =
        |value: &str| model.nodes.iter().find(|node| node.output.first().is_some_and(|o| o == value));
    let mut last = made_by(name)?;
    while last.op_type.as_deref().is_some_and(|o| RENAMING.contains(&o))
        && let Some(before) = last.input.first().and_then(|value| made_by(value))
        && values.get(&last.input[0]).is_some_and(|v| v.len() == classes)
    {
        last = before;
    }
    if let Some("Softmax" | "Sigmoid") = last.op_type.as_deref() {
        let logits = last.input.first().and_then(|i| values.get(i)).and_then(|v| v.tensor.clone());
        let logits =
            logits.filter(|t| t.len() == classes).map_or_else(|| flat.clone(), |t| t.view(&[classes]));
        return Some(Ok(Scores { logits, probabilities: flat }));
    }
    let probabilities = softmax(plan, &flat, 0, &Setting::default());
    Some(probabilities.map(|probabilities| {
        plan.name(&probabilities, "class probabilities");
        Scores { logits: flat, probabilities }
    }))
}

#[cfg(test)]
mod tests;
