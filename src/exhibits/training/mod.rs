//! Training: what is made small and by which way, from which start, and what becomes of the gradients.

mod depth;
mod depth_drawn;
mod depth_questions;
mod exploding_gradients;
mod exploding_said;
mod fitted;
mod loss_asked;
mod loss_functions;
mod losses;
mod losses_drawn;
mod losses_questions;
mod losses_said;
mod optimisers;
mod recurrent;
mod recurrent_drawn;
mod slopes;
mod vanishing_gradients;
mod vanishing_said;

pub use exploding_gradients::ExplodingGradients;
pub use loss_functions::LossFunctions;
pub use vanishing_gradients::VanishingGradients;
