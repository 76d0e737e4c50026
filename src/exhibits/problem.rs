//! Why an exhibit cannot show its present settings.

use crate::ops::OpError;

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
