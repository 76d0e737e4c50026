//! A network on a plan.

use super::described::Network;
use super::edit::Edits;
use super::feed::Feed;
use super::layers::{TracedLayer, layers};
use super::scores::{Scores, find};
use crate::data::Picture;
use crate::gpu::{Plan, Tensor};
use crate::models::onnx::{Recorded, Stop, record_on};
use crate::ops::OpError;
use crate::untrusted::one_line;

/// A network on a plan.
#[derive(Debug)]
pub struct Traced {
    /// The steps.
    pub plan: Plan,
    /// Inputs first, then the nodes in the order in which they run.
    pub layers: Vec<TracedLayer>,
    /// The picture as it was cut and scaled, `[3, H, W]` in 0..=1, if the network takes one.
    pub photo: Option<Tensor>,
    /// Scores of classes, if an output is a row of them and something was there to be seen.
    pub scores: Option<Scores>,
    /// Outputs that are a row of numbers, which may be scores of classes.
    pub rows: Vec<String>,
    /// Inputs that hold noise, or ids that mean nothing to the network: then there are no scores.
    pub noise: Vec<String>,
    /// What was taken for granted, a clause each.
    pub assumed: Vec<String>,
    /// What stopped the recording before the end.
    pub stop: Option<Stop>,
}

impl Traced {
    /// Whether the output exists that somebody has chosen for the classes.
    ///
    /// # Errors
    /// What can be chosen, as a sentence.
    pub fn check_output(&self, network: &Network) -> Result<(), String> {
        let Some(wanted) = network.classes_from.as_ref().filter(|_| self.stop.is_none()) else {
            return Ok(());
        };
        if self.rows.contains(wanted) || !self.noise.is_empty() {
            return Ok(());
        }
        let wanted = one_line(wanted);
        Err(match self.rows.len() {
            0 => format!("no output holds a row of scores, so classes cannot come from {wanted}"),
            _ => format!(
                "no output {wanted} holds a row of scores, choose one of {}",
                one_line(&self.rows.join(", "))
            ),
        })
    }
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
        let fed = feed.record(&mut plan, self)?;
        let Recorded { mut plan, values, outputs, stop, .. } =
            record_on(plan, &edits.muted(&edited), fed.given);
        let layers = layers(&edited, &values, &plan, fed.batch);
        let mut assumed = [self.assumed.clone(), self.guesses()].concat();
        if fed.batch > 1 {
            assumed.push(format!(
                "its batch of {batch} is filled with the same {batch} times, and the first is shown",
                batch = fed.batch
            ));
        }
        let (mut scores, mut rows) = (None, Vec::new());
        if fed.is_seen && fed.noise.is_empty() {
            let found = find(&mut plan, self, &values, &outputs, fed.batch)?;
            assumed.extend(found.assumed);
            (scores, rows) = (found.scores, found.names);
        }
        Ok(Traced { plan, layers, photo: fed.photo, scores, rows, noise: fed.noise, assumed, stop })
    }

    /// Records the network on a picture.
    pub fn record_picture(&self, picture: &Picture, edits: &Edits) -> Result<Traced, OpError> {
        self.record(&Feed::new(picture), edits)
    }
}
