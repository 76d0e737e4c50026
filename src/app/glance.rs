//! What the network that Glassbox carries says of the user's picture, found on a thread of its own.

use egui::Context;

use super::background::{Background, Progress};
use crate::data::Picture;
use crate::gpu::{Externals, Runtime, Session};
use crate::models::Network;
use crate::models::network::{Edits, top};

/// Classes that are named.
const NAMED: usize = 4;

/// A class and its probability.
pub type Named = (String, f32);

/// What is known of a picture.
#[derive(Default)]
pub enum Glance {
    /// Nobody has asked.
    #[default]
    Unasked,
    /// The network runs.
    Running(Background<Result<Vec<Named>, String>>),
    /// The likeliest classes, or why there are none.
    Said(Result<Vec<Named>, String>),
}

impl Glance {
    /// Asks, unless somebody has.
    pub fn ask(&mut self, ctx: &Context, runtime: &Runtime, picture: &Picture) {
        if matches!(self, Self::Unasked) {
            let (runtime, picture) = (runtime.clone(), picture.clone());
            *self = Self::Running(Background::new(ctx, move || {
                classes(&runtime, &picture).map_err(|error| error.to_string())
            }));
        }
    }

    /// Takes in what has come of it.
    pub fn advance(&mut self) {
        if let Self::Running(work) = self {
            match work.take() {
                Progress::Running => {}
                Progress::Done(said) => *self = Self::Said(said),
                Progress::Gone => *self = Self::Said(Err("the network did not come to an end".to_owned())),
            }
        }
    }
}

/// The likeliest classes of a picture.
fn classes(runtime: &Runtime, picture: &Picture) -> anyhow::Result<Vec<Named>> {
    let network = Network::embedded();
    let traced = network.record_picture(picture, &Edits::default())?;
    let scores = traced.scores.expect("the embedded network ends in scores");
    let session = Session::new(runtime, traced.plan, &Externals::new())?;
    session.run();
    let probabilities = session.read(scores.probabilities.buf)?;
    Ok(top(&probabilities, NAMED).into_iter().map(|i| (network.class(i), probabilities[i])).collect())
}
