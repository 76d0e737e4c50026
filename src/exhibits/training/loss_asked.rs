//! What the page on losses is asked for.

use crate::recipes::{Loss, Shape};
use crate::settings::Choice;

/// How far curves reach to both sides: differences, scores.
const REACH: [f32; 2] = [4.0, 8.0];

impl Choice for Loss {
    const ALL: &'static [Self] = &Loss::ALL;
    const NAMES: &'static [&'static str] = &[
        "squared error",
        "absolute error",
        "Huber",
        "cross-entropy",
        "binary cross-entropy",
        "hinge",
        "focal",
        "Kullback-Leibler",
        "squared, sigmoid",
    ];
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// The loss.
    pub loss: Loss,
    /// What is set of it.
    pub shape: Shape,
    /// Where the outlier lies.
    pub outlier: [f32; 2],
    /// The score of the right class.
    pub score: f32,
}

/// What the page begins with.
pub const START: Asked = Asked {
    loss: Loss::Squared,
    shape: Shape { delta: 0.5, gamma: 2.0, smoothing: 0.1 },
    outlier: [0.9, -3.0],
    score: -6.0,
};

impl Asked {
    /// The losses that can be compared with the chosen one.
    pub fn family(&self) -> &'static [Loss] {
        if self.loss.is_of_numbers() { &Loss::OF_NUMBERS } else { &Loss::OF_CLASSES }
    }

    /// How far the curves reach to both sides.
    pub fn reach(&self) -> f32 {
        REACH[usize::from(!self.loss.is_of_numbers())]
    }
}
