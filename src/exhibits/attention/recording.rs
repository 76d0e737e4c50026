//! What recording a mechanism takes, and what it gives.

use super::mechanism::Mechanism;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::attention::AttentionOptions;
use crate::ops::layout::narrow;

/// What the mechanisms are set to.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Scale, mask and temperature of all; heads of the layer.
    pub options: AttentionOptions,
    /// The head that single-headed mechanisms have, from 0.
    pub head: usize,
    /// Half-width of a window, or words before a query that a sliding one sees.
    pub reach: usize,
    /// Heads of keys and values that the grouped one has.
    pub groups: usize,
    /// Places of the two marked words, from 0.
    pub entities: [usize; 2],
}

/// A stage before the softmax: what it is called, its tensor, which of its maps.
pub type Stage = (&'static str, Tensor, usize);

/// A mechanism as it was recorded.
pub struct Recorded {
    /// Which.
    pub mechanism: Mechanism,
    /// Its small picture, `[T, T]`, or the heads across sentences.
    pub thumb: Tensor,
    /// Its weights, and which of their maps is looked at.
    pub weights: (Tensor, usize),
    /// What came before them.
    pub stages: Vec<Stage>,
}

/// Head `head` of `[1, HEADS, T, S]`, as `[T, S]`.
pub fn one_head(plan: &mut Plan, x: &Tensor, head: usize) -> Result<Tensor, Problem> {
    let [_, heads, rows, columns] = x.shape[..] else { unreachable!("heads have four axes") };
    Ok(narrow(plan, &x.view(&[heads, rows, columns]), 0, head, 1)?.view(&[rows, columns]))
}
