//! The lessons that Glassbox carries.

use std::sync::LazyLock;

use super::lesson::Lesson;

macro_rules! texts {
    ($($slug:literal),* $(,)?) => {
        &[$(($slug, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/lessons/", $slug, ".md")))),*]
    };
}

/// Each page with the text of its lesson.
static TEXTS: &[(&str, &str)] = texts![
    "vision-explorer",
    "text-explorer",
    "model-explorer",
    "attention-mechanisms",
    "positional-encoding",
    "convolution-types",
    "output-size",
    "twelve-by-twelve",
    "valid-vs-same",
    "zero-padding",
    "stride",
    "does-size-always-reduce",
    "one-d-vs-two-d",
    "parameter-sharing",
    "why-pooling",
    "pooling-types",
    "pooling-hyperparameters",
    "flatten",
    "fully-connected",
    "feature-learning-vs-classification",
    "three-conv-layers",
    "relu-in-cnn",
    "backpropagation",
    "loss-functions",
    "zero-init",
    "random-init",
    "vanishing-gradients",
    "exploding-gradients",
    "sigmoid-vs-softmax",
    "cross-entropy-labels",
    "choosing-architecture",
    "layers-and-neurons",
    "dropout",
    "batchnorm-vs-dropout",
    "residual-learning",
    "transfer-learning",
    "dimensionality-reduction",
];

static LESSONS: LazyLock<Vec<Lesson>> = LazyLock::new(|| {
    let read = |(slug, text): &(&str, &str)| Lesson::parse(slug, text).unwrap_or_else(|e| panic!("{e}"));
    TEXTS.iter().map(read).collect()
});

/// All lessons, in the order of the navigation.
pub fn all() -> &'static [Lesson] {
    &LESSONS
}

/// The lesson of a page.
pub fn lesson(slug: &str) -> Option<&'static Lesson> {
    all().iter().find(|lesson| lesson.slug == slug)
}
