//! Which rule changes the parameters, as a knob beside the learning rate.

use crate::choices;
use crate::ops::optim::{Method, Optimiser};

choices! {
    /// A rule.
    pub enum Rule {
        /// Adaptive moments.
        Adam = "Adam",
        /// Adam with decoupled weight decay.
        AdamW = "AdamW",
        /// Stochastic gradient descent.
        Sgd = "SGD",
        /// With momentum.
        Momentum = "momentum",
        /// With Nesterov's momentum.
        Nesterov = "Nesterov",
        /// Divides by the root of the sum of squares.
        Adagrad = "Adagrad",
        /// Divides by the root of their moving mean.
        RmsProp = "RMSProp",
    }
}

/// Weight decay of AdamW, the usual one: without any it would be Adam.
const DECAY: f32 = 0.01;

impl Rule {
    /// The optimiser with this learning rate.
    pub fn optimiser(self, rate: f32) -> Optimiser {
        let method = match self {
            Self::Adam => Method::Adam,
            Self::AdamW => Method::AdamW,
            Self::Sgd => Method::Sgd,
            Self::Momentum => Method::Momentum,
            Self::Nesterov => Method::Nesterov,
            Self::Adagrad => Method::Adagrad,
            Self::RmsProp => Method::RmsProp,
        };
        let weight_decay = if self == Self::AdamW { DECAY } else { 0.0 };
        Optimiser { weight_decay, ..Optimiser::new(method, rate) }
    }
}
