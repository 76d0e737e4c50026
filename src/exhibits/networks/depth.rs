//! What the page on feature learning records: a picture through the blocks of a trained network and of the same one with
//! random weights, or the photo through a large network, and the probes that ask every block.

use std::rc::Rc;

use super::seen::{Source, short};
use crate::choices;
use crate::data::fashion::{CLASSES, SIDE};
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::models::network::{Edits, Feed, Sight};
use crate::nn::{Player, RunId, Setup};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};
use crate::recipes::Fashion;
use crate::recipes::blocks::{self, ENDS, Probe, Weights};

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
    /// Maps behind each block, `[1, C, H, W]`.
    pub maps: [Tensor; BLOCKS],
    /// The mean of each of them, `[C]`.
    pub means: [Tensor; BLOCKS],
    /// Probabilities of the classes, `[K]`.
    pub shares: Tensor,
    /// Rows and columns of the picture that a cell behind each block sees.
    pub sees: [[usize; 2]; BLOCKS],
    /// Weights and biases of the head.
    pub parameters: usize,
    /// Names of the classes.
    pub classes: Vec<String>,
}

impl Blocks {
    fn record(plan: &mut Plan, x: &Tensor, weights: Weights, named: &str) -> Result<Self, Problem> {
        let recorded = blocks::record(plan, x, usize::MAX, weights);
        let (layers, outputs): (Vec<_>, Vec<_>) =
            recorded.map_err(|error| Problem::Input(error.to_string()))?.into_iter().unzip();
        let maps = ENDS.map(|end| outputs[end - 1].clone());
        let means = means(plan, &maps, &format!("{named} weights"))?;
        let logits = outputs.last().unwrap_or(x).view(&[CLASSES.len()]);
        let shares = softmax(plan, &logits, 0, &SoftmaxOptions::default())?;
        plan.name(&shares, &format!("probabilities, {named} weights"));
        Ok(Self {
            maps,
            means,
            shares,
            sees: ENDS.map(|end| layers[end - 1].receptive),
            parameters: layers.last().map_or(0, |head| head.parameters),
            classes: CLASSES.map(str::to_owned).to_vec(),
        })
    }

    /// Records the photo in a large network, whose blocks end where maps become smaller; gives the photo as it went in,
    /// `[3, H, W]`.
    fn photo(on: &mut Recording<'_>) -> Result<(Tensor, Self), Problem> {
        let network = on.inputs.network();
        let feed = Feed::new(on.inputs.picture());
        let traced = network.record_on(std::mem::take(&mut on.plan), &feed, &Edits::default())?;
        on.plan = traced.plan;
        // The last of each size that are not negative: what the activation lets through.
        let mut ends: Vec<(&Tensor, [usize; 2])> = Vec::new();
        for layer in traced.layers.iter().filter(|layer| layer.never_negative) {
            let (Some([_, h, w]), Some(maps), Sight::Part(field)) =
                (layer.maps(), &layer.output, layer.sight)
            else {
                continue;
            };
            if h * w < 2 {
                continue;
            }
            if ends.last().is_some_and(|(last, _)| last.shape[2..] == maps.shape[2..]) {
                ends.pop();
            }
            // Behind many layers a cell would see beyond the edges.
            let most = traced.photo.as_ref().map_or([0; 2], |photo| [photo.shape[1], photo.shape[2]]);
            ends.push((maps, [0, 1].map(|axis| most[axis].min(field.size[axis] as usize))));
        }
        let few = || Problem::Input(format!("{} has fewer than {BLOCKS} sizes of maps", network.name));
        let ends = &ends[ends.len().checked_sub(BLOCKS).ok_or_else(few)?..];
        let maps = std::array::from_fn(|block| ends[block].0.clone());
        let means = means(&mut on.plan, &maps, &network.name)?;
        let (Some(photo), Some(scores)) = (traced.photo, traced.scores) else { return Err(few()) };
        let classes: Vec<_> = (0..scores.probabilities.len()).map(|class| network.class(class)).collect();
        let blocks = Self {
            maps,
            means,
            sees: std::array::from_fn(|block| ends[block].1),
            parameters: traced
                .layers
                .iter()
                .rev()
                .map(|layer| layer.parameters)
                .find(|n| *n > 0)
                .unwrap_or(0),
            classes: (0..classes.len()).map(|class| short(&classes, class).to_owned()).collect(),
            shares: scores.probabilities,
        };
        Ok((photo, blocks))
    }
}

/// Records the mean of each map of each block, `[C]`.
fn means(plan: &mut Plan, maps: &[Tensor; BLOCKS], named: &str) -> Result<[Tensor; BLOCKS], Problem> {
    let mut means = Vec::new();
    for (block, maps) in maps.iter().enumerate() {
        plan.name(maps, &format!("block {}, {named}", block + 1));
        let count = maps.shape[1];
        let mean = reduce(plan, &maps.view(&[count, maps.len() / count]), &[1], Reduce::Mean, false)?;
        plan.name(&mean, &format!("means of block {}, {named}", block + 1));
        means.push(mean);
    }
    Ok(means.try_into().expect("a mean for each block"))
}

/// What was recorded.
pub struct Depth {
    /// The picture, `[1, 1, 28, 28]`, or the photo, `[3, H, W]`.
    pub picture: Tensor,
    /// The trained network, and the random one; the large network alone if it is the photo.
    pub networks: Vec<Blocks>,
}

impl Depth {
    /// Records the picture of `source` through both networks, or the photo through the large one.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(on: &mut Recording<'_>, source: Source, seed: u64) -> Result<Self, Problem> {
        let Some(grey) = source.grey() else {
            let (picture, blocks) = Blocks::photo(on)?;
            return Ok(Self { picture, networks: vec![blocks] });
        };
        let picture = on.plan.constant("picture", &[1, 1, SIDE, SIDE], grey);
        let trained = Blocks::record(&mut on.plan, &picture, Weights::Trained, "trained")?;
        let random = Blocks::record(&mut on.plan, &picture, Weights::Random(seed), "random")?;
        Ok(Self { picture, networks: vec![trained, random] })
    }

    /// Whether it is the photo in the large network.
    pub fn is_photo(&self) -> bool {
        self.networks.len() == 1
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

/// The step after which the probes were judged last.
pub fn judged(player: &Player) -> Option<u64> {
    let steps = player.runs().first()?.evaluations().iter().map(|(step, _)| *step);
    steps.filter(|step| *step <= player.target()).max()
}

/// Shares of unseen pictures that the probes had right when they were judged last, by block: of the trained network and of
/// the random one.
pub fn read(player: &Player) -> [[Option<f32>; 2]; BLOCKS] {
    std::array::from_fn(|block| [0, 1].map(|which| player.unseen(run(which, block))))
}
