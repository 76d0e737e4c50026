//! Two deep networks that learn the same pictures side by side, and what is read of them: the size of the gradient
//! by layer, in the step that is shown and in all before it, and where numbers stopped being finite.

use std::ops::Range;
use std::rc::Rc;

use crate::choices;
use crate::exhibits::Recording;
use crate::nn::player::Run;
use crate::nn::{Init, RunId, Setup};
use crate::ops::optim::Optimiser;
use crate::ops::unary::Act;
use crate::recipes::{Deep, Fashion, Form, Norm};
use crate::viz::{Of, View};

/// Share that guessing would get right.
pub const GUESS: f32 = 0.1;
/// Units of a layer, and pictures of a batch, on most pages.
pub const WIDTH: usize = 64;
const BATCH: usize = 32;
/// Most layers.
pub const DEEPEST: u32 = 50;
/// Steps of training as planned by most pages.
pub const STEPS: u64 = 150;
/// After how many steps the networks are judged, on so many batches of unseen pictures, on most pages.
const JUDGED: (u64, usize) = (25, 8);

choices! {
    /// Activation of hidden layers.
    pub enum Activation {
        /// 1/(1 + e⁻ˣ)
        Sigmoid = "sigmoid",
        /// The hyperbolic tangent.
        Tanh = "tanh",
        /// max(x, 0)
        Relu = "ReLU",
        /// x below 0 times 0.01.
        Leaky = "leaky ReLU",
        /// x·Φ(x)
        Gelu = "GELU",
        /// x·σ(x)
        Silu = "SiLU",
        /// Scaled, so that mean 0 and variance 1 stay.
        Selu = "SELU",
    }
}

impl Activation {
    /// Its kernel.
    pub fn act(self) -> Act {
        match self {
            Self::Sigmoid => Act::SIGMOID,
            Self::Tanh => Act::TANH,
            Self::Relu => Act::RELU,
            Self::Leaky => Act::leaky_relu(0.01),
            Self::Gelu => Act::GELU,
            Self::Silu => Act::SILU,
            Self::Selu => Act::SELU,
        }
    }
}

choices! {
    /// How weights begin.
    pub enum Start {
        /// Xavier for sigmoid and tanh, LeCun for SELU, He for the rest.
        Usual = "usual for it",
        /// Variance 2/fan-in.
        He = "He",
        /// Variance 2/(fan-in + fan-out).
        Xavier = "Xavier",
        /// Variance 1/fan-in.
        LeCun = "LeCun",
        /// Orthogonal rows or columns of length 1.
        Orthogonal = "orthogonal",
    }
}

impl Start {
    /// First weights before an activation.
    pub fn init(self, of: Activation) -> Init {
        match (self, of) {
            (Self::Xavier, _) | (Self::Usual, Activation::Sigmoid | Activation::Tanh) => Init::XavierNormal,
            (Self::LeCun, _) | (Self::Usual, Activation::Selu) => Init::LeCunNormal,
            (Self::He | Self::Usual, _) => Init::HeNormal,
            (Self::Orthogonal, _) => Init::Orthogonal(1.0),
        }
    }
}

/// One of the two networks.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// What the page calls it.
    pub name: String,
    /// Activation of its hidden layers.
    pub act: Act,
    /// How its weights begin.
    pub init: Init,
    /// All first weights times this.
    pub gain: f32,
    /// Whether each block's input is added to its output.
    pub residual: bool,
    /// A block, counted from 1, to whose output nothing is added all the same.
    pub cut: Option<usize>,
    /// Largest norm of its gradient.
    pub clip: Option<f32>,
}

/// What both have alike.
#[derive(Clone, Copy, Debug)]
pub struct Alike {
    /// Layers with weights.
    pub layers: usize,
    /// Units of each layer but the last.
    pub width: usize,
    /// Pictures of a batch.
    pub batch: usize,
    /// Layers of a block, at least 1.
    pub block: usize,
    /// Where the activations of a block stand.
    pub form: Form,
    /// Normalisation in front of activations.
    pub norm: Norm,
    /// Steps of training that are planned.
    pub steps: u64,
    /// After how many steps the networks are judged, on so many batches of unseen pictures.
    pub judged: (u64, usize),
    /// Seed of first weights and batches.
    pub seed: u64,
    /// What changes the weights.
    pub optimiser: Optimiser,
    /// Whether the size of what each layer puts out is noted in each step.
    pub notes: bool,
    /// Whether what each block adds is noted in each step.
    pub adds: bool,
}

impl Alike {
    /// Layers that are each a block with the activation inside and nothing normalised; nothing noted.
    pub fn new(layers: usize, seed: u64, optimiser: Optimiser) -> Self {
        let (form, norm) = (Form::Inside, Norm::None);
        Self {
            layers,
            width: WIDTH,
            batch: BATCH,
            block: 1,
            form,
            norm,
            steps: STEPS,
            judged: JUDGED,
            seed,
            optimiser,
            notes: false,
            adds: false,
        }
    }

    /// The ways around blocks: the node that is read, and the one behind the block that reads it, layers counted from 0.
    pub fn ways(&self) -> Vec<[usize; 2]> {
        Deep::blocks(self.layers, self.block).iter().map(|own| [own.start - 2, own.end - 1]).collect()
    }
}

/// Records that both are trained.
pub fn train(on: &mut Recording<'_>, rivals: &[Rival; 2], alike: Alike) {
    let Alike { layers: depth, width, batch, block, form, norm, steps, judged, seed, optimiser, notes, adds } =
        alike;
    let data = Fashion::carried();
    for rival in rivals {
        let Rival { name, act, init, gain, residual, cut, clip } = rival.clone();
        let task = Deep {
            depth,
            width,
            block,
            form,
            norm,
            cut: cut.into_iter().collect(),
            act,
            act_from: 1,
            init,
            notes,
            adds,
            ..Deep::new(data.clone(), residual)
        };
        let setup = Setup {
            seed,
            clip_norm: clip,
            init_scale: gain,
            watch_gradients: true,
            ..Setup::new(batch, optimiser)
        };
        on.train(&name, Rc::new(task), setup);
    }
    on.plan_steps(steps, judged.0, Some(judged.1));
}

/// The L2 norm of the gradient of each layer's weights, the first layer first, in the last step before what is shown; before
/// the first step, in the one that comes next. Not finite where the network is not.
pub fn norms(view: &mut View<'_>, run: usize) -> Option<Vec<f32>> {
    let player = view.player()?;
    let (now, of) = (player.target() as usize, player.runs().get(run)?);
    let layers = of.trainer().watched_layers();
    if now > 0 {
        return Some(of.layer_norms().get(now - 1)?[..layers.len()].to_vec());
    }
    let places: Vec<Range<usize>> = layers.iter().map(|layer| layer.weights.clone()).collect();
    let all = of.trainer().all_gradients().clone();
    let values = view.of(Of::Training(RunId(run))).values(&all)?;
    // In f64, since squares of what has all but vanished are less than f32 can hold.
    let norm = |place: Range<usize>| {
        let squares = values[place].iter().map(|v| f64::from(*v).powi(2));
        squares.sum::<f64>().sqrt() as f32
    };
    Some(places.into_iter().map(norm).collect())
}

/// The norm of the gradient of all parameters together in that step, before it is clipped.
pub fn whole_norm(view: &mut View<'_>, run: usize) -> Option<f32> {
    let player = view.player()?;
    let (now, of) = (player.target() as usize, player.runs().get(run)?);
    if now > 0 {
        return Some(of.history().get(now - 1)?.gradient_norm);
    }
    let all = of.trainer().all_gradients().clone();
    let values = view.of(Of::Training(RunId(run))).values(&all)?;
    Some(values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt() as f32)
}

/// The gradient of the first layer as a share of that of the last one.
pub fn reaches(norms: &[f32]) -> f64 {
    match norms {
        [first, .., last] => f64::from(*first) / f64::from(*last),
        _ => f64::NAN,
    }
}

/// Where numbers stopped being finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broke {
    /// The step, counted from 1.
    pub step: u64,
    /// The layer, counted from 1.
    pub layer: usize,
    /// Whether it was in the gradients alone, and not yet in what the layers put out.
    pub backward: bool,
}

/// The first step of a run, up to what is shown, in which a number was not finite, and the first layer in the order of its
/// arithmetic: forward in what layers put out, if that is noted, then backward in their gradients.
pub fn broke(run: &Run, until: u64) -> Option<Broke> {
    let count = run.trainer().watched_layers().len();
    let rows = run.layer_norms().iter().take(until as usize).enumerate();
    rows.into_iter()
        .find_map(|(at, row)| first_odd(row, count).map(|odd| Broke { step: at as u64 + 1, ..odd }))
}

/// The layer in a row of `count` norms and as many sizes of outputs.
fn first_odd(row: &[f32], count: usize) -> Option<Broke> {
    let (norms, sizes) = row.split_at_checked(count)?;
    let odd = |v: &f32| !v.is_finite();
    let forward = sizes.iter().position(odd).map(|at| Broke { step: 0, layer: at + 1, backward: false });
    let backward = || norms.iter().rposition(odd).map(|at| Broke { step: 0, layer: at + 1, backward: true });
    forward.or_else(backward)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_layer_that_is_not_finite_is_the_first_to_be_computed() {
        let odd = |row: &[f32]| first_odd(row, 3).map(|b| (b.layer, b.backward));
        assert_eq!(odd(&[1.0, 2.0, 3.0, 1.0, 1.0, 1.0]), None);
        assert_eq!(odd(&[f32::NAN, f32::NAN, f32::NAN, 1.0, f32::INFINITY, f32::NAN]), Some((2, false)));
        assert_eq!(odd(&[f32::INFINITY, f32::INFINITY, 3.0, 1.0, 1.0, 1.0]), Some((2, true)));
    }

    #[test]
    fn a_share_of_the_last_layer() {
        assert_eq!(reaches(&[0.5, 9.0, 2.0]), 0.25);
        assert!(reaches(&[]).is_nan());
    }
}
