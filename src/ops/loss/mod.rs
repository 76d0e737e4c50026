//! Losses: element by element, of classes, and their reductions.

mod classes;
mod pointwise;
mod reduction;

pub use classes::{
    ClassLoss, CrossEntropy, NLL, NLL_BACKWARD, Nll, NllBackward, cross_entropy, nll, soft_cross_entropy,
};
pub use pointwise::{
    POINTWISE_LOSS, POINTWISE_LOSS_BACKWARD, Pointwise, PointwiseLoss, TABLE, pointwise_loss,
};
pub use reduction::Reduction;
