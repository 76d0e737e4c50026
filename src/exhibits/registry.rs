//! Every page, in the order of the navigation.

use super::exhibit::{AnyExhibit, mount};
use super::inputs::Inputs;
use super::{attention, convolution, explore, networks, pooling, regularisation, representation, training};
use crate::asset;
use crate::lessons::{self, Lesson, filled};

/// A page: its names, its lesson and how to make it.
#[derive(Debug)]
pub struct Topic {
    /// Name on the command line, and of its lesson.
    pub slug: &'static str,
    /// Chapter it stands in.
    pub chapter: &'static str,
    /// Number in the list of all topics that are planned; 0 for an explorer.
    pub number: u32,
    /// Makes the page with its default settings.
    pub new: fn() -> Box<dyn AnyExhibit>,
    /// A PNG of its picture as it begins, in the dark theme or in the light one, drawn by the page itself.
    pub card: fn(dark: bool) -> &'static [u8],
}

/// Heading of the explorers in the navigation.
pub const EXPLORE: &str = "Look inside";

macro_rules! topics {
    ($($chapter:literal: $($number:literal $slug:literal $exhibit:ty),+ $(,)?);+ $(;)?) => {
        &[$($(Topic {
            slug: $slug,
            chapter: $chapter,
            number: $number,
            new: mount::<$exhibit>,
            card: |dark| {
                if dark { asset!("cards/", $slug, "-dark.png") } else { asset!("cards/", $slug, "-light.png") }
            },
        }),+),+]
    };
}

/// Every topic of the interview notes that has a page.
pub static TOPICS: &[Topic] = topics! {
    "Attention":
        1 "attention-mechanisms" attention::AttentionMechanisms,
        2 "positional-encoding" attention::PositionalEncoding;
    "Convolution":
        3 "convolution-types" convolution::ConvolutionTypes,
        4 "output-size" convolution::OutputSize,
        5 "twelve-by-twelve" convolution::TwelveByTwelve,
        6 "valid-vs-same" convolution::ValidVsSame,
        7 "zero-padding" convolution::ZeroPadding,
        8 "stride" convolution::Stride,
        9 "does-size-always-reduce" convolution::DoesSizeAlwaysReduce,
        10 "one-d-vs-two-d" convolution::OneDVsTwoD,
        11 "parameter-sharing" convolution::ParameterSharing;
    "Pooling, networks":
        12 "why-pooling" pooling::WhyPooling,
        13 "pooling-types" pooling::PoolingTypes,
        14 "pooling-hyperparameters" pooling::PoolingHyperparameters,
        15 "flatten" networks::Flatten,
        16 "fully-connected" networks::FullyConnected,
        17 "feature-learning-vs-classification" networks::FeatureLearning,
        18 "three-conv-layers" networks::ThreeConvLayers,
        19 "relu-in-cnn" networks::ReluInCnn;
    "Training":
        20 "backpropagation" training::Backpropagation,
        21 "loss-functions" training::LossFunctions,
        22 "zero-init" training::ZeroInit,
        23 "random-init" training::RandomInit,
        24 "vanishing-gradients" training::VanishingGradients,
        25 "exploding-gradients" training::ExplodingGradients,
        26 "sigmoid-vs-softmax" training::SigmoidVsSoftmax,
        27 "cross-entropy-labels" training::CrossEntropyLabels,
        28 "choosing-architecture" training::ChoosingArchitecture,
        29 "layers-and-neurons" training::LayersAndNeurons;
    "Depth and re-use":
        30 "dropout" regularisation::Dropout,
        31 "batchnorm-vs-dropout" regularisation::BatchnormVsDropout,
        32 "residual-learning" regularisation::ResidualLearning,
        33 "transfer-learning" representation::TransferLearning,
        34 "dimensionality-reduction" representation::DimensionalityReduction;
};

/// Whole networks on the user's own picture, sentence and model; above the chapters in the navigation.
pub static EXPLORERS: &[Topic] = topics! {
    "Look inside":
        0 "vision-explorer" explore::Vision,
        0 "text-explorer" explore::Text,
        0 "model-explorer" explore::OwnModel;
};

/// All pages in the order of the navigation.
pub fn pages() -> impl Iterator<Item = &'static Topic> {
    EXPLORERS.iter().chain(TOPICS)
}

/// The page of a slug.
pub fn topic(slug: &str) -> Option<&'static Topic> {
    pages().find(|t| t.slug == slug)
}

/// Chapters of the topics, in order.
pub fn chapters() -> Vec<&'static str> {
    let mut chapters: Vec<&str> = TOPICS.iter().map(|t| t.chapter).collect();
    chapters.dedup();
    chapters
}

impl Topic {
    /// What is taught on it.
    pub fn lesson(&self) -> &'static Lesson {
        lessons::lesson(self.slug).expect("a test finds the lesson of every page")
    }

    /// Whether it is a page on a whole network, and no topic of the notes.
    pub fn is_explorer(&self) -> bool {
        self.number == 0
    }

    /// Name on the page.
    pub fn title(&self) -> &'static str {
        &self.lesson().title
    }

    /// The question that it answers.
    pub fn question(&self) -> &'static str {
        &self.lesson().question
    }

    /// PyTorch that computes what a page of it shows under its present settings; empty if there is none.
    pub fn code(&self, page: &mut dyn AnyExhibit) -> String {
        if let Some(made) = page.code() {
            return made;
        }
        let code = filled(&self.lesson().code, |k| page.knobs(k));
        // What frames it in Markdown is no Python.
        code.lines().filter(|line| !line.starts_with("```")).collect::<Vec<_>>().join("\n")
    }

    /// Names of the kernels that its page dispatches with default settings, and whether networks train on
    /// it.
    pub fn kernels(&self, inputs: &Inputs) -> (Vec<&'static str>, bool) {
        match (self.new)().record(inputs) {
            Ok(recorded) => (recorded.plan.kernels(), !recorded.contenders.is_empty()),
            Err(_) => (Vec::new(), false),
        }
    }
}
