//! Why an exhibit cannot show its present settings.

use crate::nn::stack::StackError;
use crate::ops::OpError;
use crate::ops::gradient::GradientError;

/// Why an exhibit cannot show its present settings; one sentence for the page.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// An operation refuses its shapes.
    #[error(transparent)]
    Op(#[from] OpError),
    /// It has no gradient.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// The network cannot be read or built.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The sentence or another input will not do.
    #[error("{0}")]
    Input(String),
}
