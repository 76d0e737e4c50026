//! Networks to train: a task each, its data, and settings under which it learns.
//!
//! A new recipe is a task and a row of [`RECIPES`]; `glassbox train`, its help and the tests find it
//! there.

mod alignment;
mod autoencoder;
pub mod blocks;
pub mod bottleneck;
mod characters;
mod choice;
mod classifier;
pub mod clothes;
mod deep;
mod fashion;
pub mod gated;
mod judge;
mod looking;
mod losses;
mod modes;
mod one_logit;
pub mod own;
mod points;
mod sliced;
pub mod transfer;

use std::rc::Rc;

use crate::nn::{Setup, Task};
use crate::ops::optim::{Method, Optimiser};

pub use alignment::Alignment;
pub use autoencoder::Autoencoder;
pub use bottleneck::Bottleneck;
pub use characters::Transformer;
pub use choice::DataChoice;
pub use classifier::{Classify, Cnn, Labelled, Mlp};
pub use clothes::Clothes;
pub use deep::{Deep, Form, Norm};
pub use fashion::Fashion;
pub use gated::Gated;
pub use looking::{LEARNED, Looking, TAUGHT_BY, TESTED, WORDS, place};
pub use losses::{Loss, Shape};
pub use modes::{Between, Modes};
pub use one_logit::OneLogit;
pub use points::{Plane, PointSets};
pub use sliced::{Slice, Sliced, WEIGHTS};
pub use transfer::Transfer;

/// A network to train.
pub struct Recipe {
    /// Its name on the command line.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Steps that it takes to learn.
    pub steps: usize,
    /// Settings.
    pub setup: fn() -> Setup,
    /// The network and its data.
    pub task: fn(&DataChoice) -> anyhow::Result<Rc<dyn Task>>,
}

fn adam(batch: usize, lr: f32) -> Setup {
    Setup::new(batch, Optimiser::new(Method::Adam, lr))
}

/// All recipes.
pub static RECIPES: &[Recipe] = &[
    Recipe {
        name: "fashion-cnn",
        about: "two convolutions and a dense layer tell ten kinds of clothes apart",
        steps: 1200,
        setup: || adam(50, 2e-3),
        task: |choice| Ok(Rc::new(Cnn::new(Fashion::load(choice)?))),
    },
    Recipe {
        name: "fashion-mlp",
        about: "one hidden dense layer on the same pictures",
        steps: 1200,
        setup: || adam(50, 1e-3),
        task: |choice| Ok(Rc::new(Mlp::new(Fashion::load(choice)?))),
    },
    Recipe {
        name: "fashion-blocks",
        about: "four blocks of convolutions, the mean of each map and a dense layer on the same pictures",
        steps: 3000,
        setup: || adam(50, 5e-3),
        task: |choice| Ok(Rc::new(blocks::classify(Fashion::load(choice)?)?)),
    },
    Recipe {
        name: "cluttered-clothes",
        about: "three convolutions find five kinds of clothes among scraps of others",
        steps: 1000,
        setup: || adam(50, 4e-3),
        task: |choice| Ok(Rc::new(transfer::learned_before(choice)?)),
    },
    Recipe {
        name: "spiral",
        about: "three arms of points in the plane, wound round each other",
        steps: 1500,
        setup: || adam(100, 1e-2),
        task: |choice| Ok(Rc::new(Plane::spiral(choice.seed))),
    },
    Recipe {
        name: "autoencoder",
        about: "a picture of clothes squeezed through two numbers and drawn again",
        steps: 2000,
        setup: || adam(50, 2e-3),
        task: |choice| Ok(Rc::new(Autoencoder::new(Fashion::load(choice)?))),
    },
    Recipe {
        name: "plain-20",
        about: "twenty sigmoid layers in a row, which do not learn",
        steps: 600,
        setup: || adam(50, 1e-3),
        task: |choice| Ok(Rc::new(Deep::new(Fashion::load(choice)?, false))),
    },
    Recipe {
        name: "residual-20",
        about: "the same twenty layers from the same seed, each added to what goes in, which do",
        steps: 600,
        setup: || adam(50, 1e-3),
        task: |choice| Ok(Rc::new(Deep::new(Fashion::load(choice)?, true))),
    },
    Recipe {
        name: "bahdanau-copy",
        about: "a sequence read and written again, with attention to where it was read",
        steps: 800,
        setup: || Setup { clip_norm: Some(1.0), ..adam(64, 5e-3) },
        task: |choice| Ok(Rc::new(Alignment::new(choice.seed, false))),
    },
    Recipe {
        name: "bahdanau-reverse",
        about: "the same, written backwards",
        steps: 800,
        setup: || Setup { clip_norm: Some(1.0), ..adam(64, 5e-3) },
        task: |choice| Ok(Rc::new(Alignment::new(choice.seed, true))),
    },
    Recipe {
        name: "tiny-transformer",
        about: "two blocks of attention learn the next letter of five sonnets",
        steps: 600,
        setup: || Setup { clip_norm: Some(1.0), ..adam(16, 2e-3) },
        task: |_| Ok(Rc::new(Transformer::default())),
    },
    Recipe {
        name: "attention-scores",
        about: "score functions of attention learn to look where a head of a real encoder looks",
        steps: 400,
        setup: || Setup::new(15, Optimiser { weight_decay: 0.1, ..Optimiser::new(Method::AdamW, 2e-3) }),
        task: |_| Ok(Rc::new(Looking::new()?)),
    },
];

/// The recipe of a name.
pub fn recipe(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|r| r.name == name)
}
