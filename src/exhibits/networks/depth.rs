//! What the page on feature learning records: a picture through the blocks of a trained network and of the same one with
//! random weights, and the probes that ask every block.

use std::rc::Rc;

use super::seen::Source;
use crate::choices;
use crate::data::fashion::{CLASSES, SIDE};
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::nn::{Player, RunId, Setup, StackLayer};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::recipes::Fashion;
use crate::recipes::blocks::{self, ENDS, Probe, WIDTH, Weights};

/// How many blocks there are.
pub const BLOCKS: usize = ENDS.len();
/// Share that guessing would get right.
pub const GUESS: f32 = 1.0 / CLASSES.len() as f32;
/// Unseen pictures that probes are judged on.
pub const UNSEEN: usize = 400;

choices! {
    /// Whose maps are looked at.
    pub enum Which {
        /// Those of the network that has learned.
        Trained = "trained",
        /// Those of the same network before it has.
        Random = "random",
    }
}

/// A picture in one of the networks.
pub struct Blocks {
    /// Maps behind each block, `[1, 16, H, W]`.
    pub maps: [Tensor; BLOCKS],
    /// The mean of each of them, `[16]`.
    pub means: [Tensor; BLOCKS],
    /// Probabilities of the classes, `[10]`.
    pub shares: Tensor,
    /// All layers, the head included.
    pub layers: Vec<StackLayer>,
}

impl Blocks {
    fn record(plan: &mut Plan, x: &Tensor, weights: Weights, named: &str) -> Result<Self, Problem> {
        let recorded = blocks::record(plan, x, usize::MAX, weights);
        let (layers, outputs): (Vec<_>, Vec<_>) =
            recorded.map_err(|error| Problem::Input(error.to_string()))?.into_iter().unzip();
        let maps = ENDS.map(|end| outputs[end - 1].clone());
        let mut means = Vec::new();
        for (block, maps) in maps.iter().enumerate() {
            plan.name(maps, &format!("block {}, {named} weights", block + 1));
            let mean = reduce(plan, &maps.view(&[WIDTH, maps.len() / WIDTH]), &[1], Reduce::Mean, false)?;
            plan.name(&mean, &format!("means of block {}, {named} weights", block + 1));
            means.push(mean);
        }
        let logits = outputs.last().unwrap_or(x).view(&[CLASSES.len()]);
        let shares = softmax(plan, &logits, 0, &SoftmaxOptions::default())?;
        plan.name(&shares, &format!("probabilities, {named} weights"));
        let means = means.try_into().expect("a mean for each block");
        Ok(Self { maps, means, shares, layers })
    }

    /// Rows and columns of the picture that a cell behind a block sees.
    pub fn sees(&self, block: usize) -> [usize; 2] {
        self.layers[ENDS[block] - 1].receptive
    }
}

/// What was recorded.
pub struct Depth {
    /// The picture, `[1, 1, 28, 28]`.
    pub picture: Tensor,
    /// The trained network, and the random one.
    pub networks: [Blocks; 2],
    /// Weights and biases of a probe, and of the head.
    pub parameters: usize,
}

impl Depth {
    /// Records the picture of `source` through both networks.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(on: &mut Recording<'_>, source: Source, seed: u64) -> Result<Self, Problem> {
        let grey = source.grey(on.inputs);
        let picture = on.plan.constant("picture", &[1, 1, SIDE, SIDE], grey);
        let trained = Blocks::record(&mut on.plan, &picture, Weights::Trained, "trained")?;
        let random = Blocks::record(&mut on.plan, &picture, Weights::Random(seed), "random")?;
        let parameters = trained.layers.last().map_or(0, |head| head.parameters);
        Ok(Self { picture, networks: [trained, random], parameters })
    }
}

/// Probes behind all blocks of both networks, from the same first weights and on the same batches.
pub fn probe(on: &mut Recording<'_>, pictures: usize, setup: Setup) {
    let data = Fashion::carried().first([pictures, UNSEEN]);
    for (name, weights) in [("trained", Weights::Trained), ("random", Weights::Random(setup.seed))] {
        for block in 0..BLOCKS {
            on.train(name, Rc::new(Probe { data: data.clone(), block, weights }), setup);
        }
    }
}

/// The probe behind a block of a network.
pub fn run(which: usize, block: usize) -> RunId {
    RunId(which * BLOCKS + block)
}

/// Whether all probes were judged after they have begun to learn, up to the step that is shown.
pub fn have_learned(player: &Player) -> bool {
    let learned = |step: &u64| (1..=player.target()).contains(step);
    player.runs().iter().all(|run| run.evaluations().iter().any(|(step, _)| learned(step)))
}

/// Shares of unseen pictures that the probes had right when they were judged last, by block: of the trained network and of
/// the random one.
pub fn read(player: &Player) -> [[Option<f32>; 2]; BLOCKS] {
    std::array::from_fn(|block| [0, 1].map(|which| player.unseen(run(which, block))))
}
