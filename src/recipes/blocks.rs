//! Four blocks of convolutions that tell clothes apart, and linear probes that ask each block what can be read off it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::classifier::Classify;
use super::fashion::Fashion;
use super::judge::judge;
use crate::data::fashion::{CLASSES, SIDE};
use crate::gpu::{Plan, Tensor};
use crate::models::weights::WeightFile;
use crate::nn::layers::{BatchNorm, Linear};
use crate::nn::parameters::Parameter;
use crate::nn::{Block, Graph, Init, Net, Outcome, Parameters, Set, Stack, StackError, StackLayer, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::pool::global_avg_pool;
use crate::ops::unary::Act;

/// Maps of every block, so that what can be read off their means is limited alike at every depth.
pub const WIDTH: usize = 16;

/// How many layers of the network lie up to the end of each block.
pub const ENDS: [usize; 4] = [3, 6, 8, 10];

/// How many layers lie up to the convolution of each block, which an activation follows.
pub const SUMS: [usize; 4] = [1, 4, 7, 9];

/// Where the weights of the blocks come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// They have learned to tell clothes apart (`glassbox train fashion-blocks`).
    Trained,
    /// First values of this seed, as He says.
    Random(u64),
}

/// The network without its head: four blocks of a convolution with ReLU, the first two with max pooling, and the mean
/// of each map.
pub fn blocks() -> Stack {
    let conv = format!("conv {WIDTH} of 3x3 pad 1, relu");
    let text = format!("{conv}, pool 2, {conv}, pool 2, {conv}, {conv}, global average");
    text.parse().expect("a test reads it")
}

/// The task of telling clothes apart by them.
///
/// # Errors
/// None for pictures of clothes.
pub fn classify(data: Fashion) -> Result<Classify, StackError> {
    Classify::new(data, &blocks())
}

/// Records the first `layers` layers of the network with its head on pictures `x [N, 1, 28, 28]`, with weights that do not
/// change; gives each layer and what it puts out.
///
/// # Errors
/// If a shape rule refuses `x`.
pub fn record(
    plan: &mut Plan,
    x: &Tensor,
    layers: usize,
    weights: Weights,
) -> Result<Vec<(StackLayer, Tensor)>, StackError> {
    let stack = blocks().with_dense(CLASSES.len()).first(layers);
    match weights {
        Weights::Trained => stack.record_with(plan, x, 0, &|p| learned().get(&p.name).cloned()),
        Weights::Random(seed) => stack.record(plan, x, seed),
    }
}

/// Records all layers of the network behind the first `layers` on `x`, which stands for what those put out, with the trained
/// weights; gives the scores of the classes, `[N, 10]`.
///
/// # Errors
/// If a shape rule refuses `x`.
pub fn record_rest(plan: &mut Plan, x: &Tensor, layers: usize) -> Result<Tensor, StackError> {
    let all = blocks().with_dense(CLASSES.len());
    let before = all.first(layers).0.iter().filter(|block| matches!(block, Block::Conv { .. })).count();
    let rest = Stack(all.0[layers..].to_vec());
    // Counted from the layer where it begins.
    let known = |p: &Parameter| {
        let counted = p.name.strip_prefix("conv").and_then(|rest| rest.split_once('.'));
        let number = counted.and_then(|(number, part)| Some((number.parse::<usize>().ok()?, part)));
        let name = number.map_or_else(|| p.name.clone(), |(n, part)| format!("conv{}.{part}", n + before));
        learned().get(&name).cloned()
    };
    let layers = rest.record_with(plan, x, 0, &known)?;
    Ok(layers.last().map_or(x, |(_, scores)| scores).clone())
}

/// Trained weights `[16, C, 3, 3]` and biases `[16]` of the convolution of a block, from 0.
pub fn convolution(block: usize) -> [Arc<[f32]>; 2] {
    ["weight", "bias"].map(|part| learned()[&format!("conv{}.{part}", block + 1)].clone())
}

/// The weights that Glassbox carries, each allocated once.
fn learned() -> &'static BTreeMap<String, Arc<[f32]>> {
    static ALL: OnceLock<BTreeMap<String, Arc<[f32]>>> = OnceLock::new();
    ALL.get_or_init(|| {
        WeightFile::carried("fashion-blocks", crate::asset!("models/fashion-blocks.safetensors"))
    })
}

/// A linear probe (Alain and Bengio 2016): a dense layer that learns to tell clothes apart by the mean of each map behind
/// one of the blocks, whose weights stay as they are.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The pictures.
    pub data: Fashion,
    /// Behind which block, from 0.
    pub block: usize,
    /// Weights of the blocks.
    pub weights: Weights,
}

struct ProbeNet {
    of: Probe,
    norm: BatchNorm,
    dense: Linear,
}

impl Task for Probe {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        // Means of maps are small and alike: brought to one scale they are learned from in a few steps.
        let norm = BatchNorm::new(p, "norm", WIDTH);
        let dense = Linear::new(p, "probe", [WIDTH, CLASSES.len()], Act::IDENTITY, Init::XavierUniform);
        Box::new(ProbeNet { of: self.clone(), norm, dense })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl Net for ProbeNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.of.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let refused = |_| OpError::Shape {
            op: "probe",
            what: "the pictures",
            have: x.shape.clone(),
            want: format!("[N, 1, {SIDE}, {SIDE}]"),
        };
        let layers = record(&mut g.plan, x, ENDS[self.of.block], self.of.weights).map_err(refused)?;
        let maps = layers.last().map_or(x, |(_, maps)| maps);
        let means = global_avg_pool(&mut g.plan, maps)?.view(&[x.shape[0], WIDTH]);
        let scaled = self.norm.forward(g, &means)?;
        self.dense.forward(g, &scaled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;

    #[test]
    fn every_block_ends_in_as_many_maps_and_all_weights_are_there() {
        let layers = blocks().with_dense(CLASSES.len()).layers(&[1, SIDE, SIDE]);
        let ends = ENDS.map(|end| layers.layers[end - 1].to.clone());
        assert_eq!(ends, [14, 7, 7, 7].map(|side| vec![WIDTH, side, side]));
        let mut parameters = Parameters::new(0);
        classify(Fashion::carried()).unwrap().declare(&mut parameters);
        assert_eq!(learned().len(), parameters.list().len());
        for p in parameters.list() {
            assert_eq!(learned()[&p.name].len(), p.len(), "{}", p.name);
        }
    }

    #[test]
    fn the_rest_behind_any_layer_is_the_rest_of_the_network() {
        let mut plan = Plan::new();
        let values = (0..SIDE * SIDE).map(|i| (i * 7 % 13) as f32 / 13.0).collect::<Vec<_>>();
        let x = plan.constant("x", &[1, 1, SIDE, SIDE], values);
        let whole = record(&mut plan, &x, usize::MAX, Weights::Trained).unwrap();
        let scores = whole.last().unwrap().1.clone();
        let ends = SUMS.map(|end| end + 1);
        let rests = ends.map(|end| record_rest(&mut plan, &whole[end - 1].1, end).unwrap());
        let run = reference::run(&plan, &BTreeMap::new());
        for rest in rests {
            assert_eq!(run[rest.buf.0], run[scores.buf.0]);
        }
    }
}
