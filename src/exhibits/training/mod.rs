//! How networks learn, and what keeps them from it.

mod depth;
mod depth_drawn;
mod depth_questions;
mod exploding_gradients;
mod exploding_said;
mod optimisers;
mod recurrent;
mod recurrent_drawn;
mod slopes;
mod vanishing_gradients;
mod vanishing_said;

pub use exploding_gradients::ExplodingGradients;
pub use vanishing_gradients::VanishingGradients;
