//! Training: what is made small and by which way, from which start, and what becomes of the gradients.

mod backpropagation;
mod depth;
mod depth_drawn;
mod depth_questions;
mod exploding_gradients;
mod exploding_said;
mod fitted;
mod kernel_gradients;
mod kernel_gradients_drawn;
mod layered;
mod loss_asked;
mod loss_functions;
mod losses;
mod losses_drawn;
mod losses_questions;
mod losses_said;
mod optimisers;
mod propagated;
mod propagated_chain;
mod propagated_drawn;
mod propagated_graph;
mod propagated_measured;
mod propagated_places;
mod propagated_questions;
mod propagated_said;
mod propagated_steps;
mod recurrent;
mod recurrent_drawn;
mod slopes;
mod vanishing_gradients;
mod vanishing_said;

pub use backpropagation::Backpropagation;
pub use exploding_gradients::ExplodingGradients;
pub use loss_functions::LossFunctions;
pub use vanishing_gradients::VanishingGradients;
