//! One page for each topic: its settings, the plan they record, the picture that is drawn of it.

pub mod attention;
pub mod convolution;
pub mod explore;
mod filters;
mod inputs;
pub mod pooling;
pub mod regularisation;

pub use inputs::{Inputs, Own};

use crate::gpu::Plan;
use crate::ops::OpError;
use crate::ops::philox::Rng;
use crate::viz::{Knobs, View};

/// Why an exhibit cannot show its present settings; one sentence for the page.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// An operation refuses its shapes.
    #[error(transparent)]
    Op(#[from] OpError),
    /// The sentence or another input will not do.
    #[error("{0}")]
    Input(String),
}

/// A question with fresh numbers, answered by the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// The number it asks for.
    pub answer: f64,
    /// How to get there, shown afterwards.
    pub how: String,
}

/// A page.
pub trait Exhibit {
    /// Every setting, declared once.
    fn knobs(&mut self, k: &mut dyn Knobs);
    /// Records what the settings ask for. On an error the last good picture stays, so an exhibit
    /// keeps what its picture needs apart from the settings and replaces it only on success.
    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem>;
    /// Draws the picture of what was recorded last.
    fn canvas(&mut self, ui: &mut egui::Ui, view: &mut View<'_>);
    /// Counts changes that ask for another recording and are no knobs, such as a layer that was muted
    /// by a click on it.
    fn revision(&self) -> u64 {
        0
    }
    /// Forgets what is kept of its settings from one time to the next, for a reset.
    fn forget(&self, _inputs: &Inputs) {}
    /// A fresh question, answered by the engine.
    fn practice(&self, _rng: &mut Rng) -> Option<Question> {
        None
    }
}

/// A topic: its names, its note and how to make its page.
pub struct Topic {
    /// Name on the command line.
    pub slug: &'static str,
    /// Name on the page.
    pub title: &'static str,
    /// Chapter it stands in.
    pub chapter: &'static str,
    /// Question, answer and what holds of the notes, in Markdown.
    pub note: &'static str,
    /// Makes the page with its default settings.
    pub new: fn() -> Box<dyn Exhibit>,
}

macro_rules! topic {
    ($slug:literal, $title:literal, $chapter:expr, $exhibit:ty) => {
        Topic {
            slug: $slug,
            title: $title,
            chapter: $chapter,
            note: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/notes/", $slug, ".md")),
            new: || Box::new(<$exhibit>::default()),
        }
    };
}

/// Chapters in order.
pub const CHAPTERS: &[&str] =
    &["Attention and sequences", "Convolution", "Pooling, heads, networks", "Regularisation and re-use"];

/// Every topic, in the order of the navigation.
pub static TOPICS: &[Topic] = &[
    topic!("attention-mechanisms", "Attention mechanisms", CHAPTERS[0], attention::AttentionMechanisms),
    topic!("convolution-types", "Convolution types", CHAPTERS[1], convolution::ConvolutionTypes),
    topic!("valid-vs-same", "Valid and same padding", CHAPTERS[1], convolution::ValidVsSame),
    topic!("stride", "Stride", CHAPTERS[1], convolution::Stride),
    topic!("pooling-types", "Types of pooling", CHAPTERS[2], pooling::PoolingTypes),
    topic!("dropout", "Dropout", CHAPTERS[3], regularisation::Dropout),
];

/// Heading of the explorers in the navigation.
pub const EXPLORE: &str = "Explore";

/// Whole networks on the user's own picture, sentence and model; above the chapters in the navigation.
pub static EXPLORERS: &[Topic] = &[
    topic!("vision-explorer", "Vision explorer", EXPLORE, explore::Vision),
    topic!("text-explorer", "Text explorer", EXPLORE, explore::Text),
    topic!("model-explorer", "Your model", EXPLORE, explore::OwnModel),
];

/// All pages in the order of the navigation.
pub fn pages() -> impl Iterator<Item = &'static Topic> {
    EXPLORERS.iter().chain(TOPICS)
}

/// The page of a slug.
pub fn topic(slug: &str) -> Option<&'static Topic> {
    pages().find(|t| t.slug == slug)
}

impl Topic {
    /// The question of its note.
    pub fn question(&self) -> &'static str {
        let after = self.note.split_once("## Question").map_or("", |(_, rest)| rest);
        after.split("\n## ").next().unwrap_or("").trim()
    }

    /// Names of the kernels that its page dispatches with default settings.
    pub fn kernels(&self, inputs: &Inputs) -> Vec<&'static str> {
        let mut plan = Plan::new();
        match (self.new)().record(&mut plan, inputs) {
            Ok(()) => plan.kernels(),
            Err(_) => Vec::new(),
        }
    }
}
