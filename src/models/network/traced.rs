//! A network, and a network on a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::edit::Edits;
use super::input::{Feed, InputSettings, MAX_MADE};
use super::layers::{TracedLayer, layers};
use super::scores::{Scores, scores};
use crate::data::Picture;
use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Model, Recorded, Stop, Value, record_on};
use crate::ops::OpError;

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
    /// What its file does not tell and was taken for granted, a clause each.
    pub assumed: Vec<String>,
}

/// A network on a plan.
#[derive(Debug)]
pub struct Traced {
    /// The steps.
    pub plan: Plan,
    /// Inputs first, then the nodes in the order in which they run.
    pub layers: Vec<TracedLayer>,
    /// The picture as it was cut and scaled, `[3, H, W]` in 0..=1, if the network takes one.
    pub photo: Option<Tensor>,
    /// Scores of classes, if the first output is a row of them.
    pub scores: Option<Scores>,
    /// What stopped the recording before the end.
    pub stop: Option<Stop>,
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
        let layers = layers(&edited, &values, &plan);
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
