//! A network as data, recorded: in training, and on a plain plan with constant parameters.

use std::cell::LazyCell;
use std::sync::Arc;

use super::block::{Block, PoolKind, Stack};
use super::error::{Fault, StackError};
use super::shape::{StackLayer, StackLayers};
use crate::gpu::{DType, Plan, Tensor};
use crate::nn::graph::Graph;
use crate::nn::init::Init;
use crate::nn::layers::{BatchNorm, Conv2d, Dropout, Linear};
use crate::nn::parameters::{Parameter, Parameters};
use crate::ops::OpError;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::Conv;
use crate::ops::pool::{Pool, avg_pool, global_avg_pool, max_pool};
use crate::ops::unary::{Act, activation};

/// A network as data whose parameters are declared.
#[derive(Clone, Debug)]
pub struct StackNet {
    parts: Vec<Part>,
    layers: Vec<StackLayer>,
}

/// A block that can record itself.
#[derive(Clone, Debug)]
enum Part {
    Dense(Linear),
    Conv(Conv2d),
    Pool(String, PoolKind, Pool),
    Act(String, Act),
    Dropout(String, Dropout),
    Norm(BatchNorm),
    Residual(String, Vec<Self>),
    Flatten(String),
    Average(String),
}

/// What declaring goes through: the sized layers in their order, and the dropouts before.
struct Declaring<'a> {
    layers: std::slice::Iter<'a, StackLayer>,
    prefix: &'a str,
    dropouts: u32,
}

impl StackNet {
    /// Declares the parameters of a network for an input `[C, H, W]` or `[N]`; their names begin with
    /// `prefix`. Weights before a function that is 0 for half of its inputs begin as He says, others as
    /// Xavier does.
    ///
    /// # Errors
    /// If it cannot be built for this input.
    pub fn declare(
        stack: &Stack,
        p: &mut Parameters,
        input: &[usize],
        prefix: &str,
    ) -> Result<Self, StackError> {
        let StackLayers { layers, error, .. } = stack.layers(input);
        if let Some(error) = error {
            return Err(error);
        }
        let mut declaring = Declaring { layers: layers.iter(), prefix, dropouts: 0 };
        let parts = declaring.list(&stack.0, p);
        Ok(Self { parts, layers })
    }

    /// Its layers, those of a residual block before its sum: as many as [`StackNet::forward`] records.
    pub fn layers(&self) -> &[StackLayer] {
        &self.layers
    }

    /// Records the network on `x [N, ..]`, each block as a layer of the graph; returns its output.
    ///
    /// # Errors
    /// If a shape rule refuses `x`.
    pub fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        list(&self.parts, g, x)
    }
}

impl Declaring<'_> {
    fn list(&mut self, blocks: &[Block], p: &mut Parameters) -> Vec<Part> {
        blocks.iter().enumerate().map(|(i, block)| self.block(block, &blocks[i + 1..], p)).collect()
    }

    fn block(&mut self, block: &Block, behind: &[Block], p: &mut Parameters) -> Part {
        if let Block::Residual(inside) = block {
            let parts = self.list(inside, p);
            return Part::Residual(self.next().0, parts);
        }
        let (name, from) = self.next();
        match *block {
            Block::Dense { units } => {
                let inputs = from.iter().product();
                Part::Dense(Linear::new(p, &name, [inputs, units], Act::IDENTITY, start(behind)))
            }
            Block::Conv { filters, size: [r, s], stride, pad, dilation, groups } => {
                let settings = Conv {
                    pad: [pad; 4],
                    stride: [stride; 2],
                    dilation: [dilation; 2],
                    groups,
                    ..Conv::default()
                };
                let shape = [filters, from[0] / groups, r, s];
                Part::Conv(Conv2d::new(p, &name, shape, settings, start(behind)))
            }
            Block::Pool { kind, window, stride } => {
                let pool = Pool { stride: [stride; 2], ..Pool::new([window; 2]) };
                Part::Pool(name, kind, pool)
            }
            Block::Dropout(rate) => {
                self.dropouts += 1;
                let dropout = Dropout::new(&name, f64::from(rate), p.seed(), self.dropouts);
                Part::Dropout(name, dropout)
            }
            Block::BatchNorm => Part::Norm(BatchNorm::new(p, &name, from[0])),
            Block::Act(act) => Part::Act(name, act),
            Block::GlobalAverage => Part::Average(name),
            Block::Flatten | Block::Residual(_) => Part::Flatten(name),
        }
    }

    /// Name and input shape of the next layer.
    fn next(&mut self) -> (String, Vec<usize>) {
        let layer = self.layers.next().expect("each block has its layers");
        (format!("{}{}", self.prefix, layer.name), layer.from.clone())
    }
}

/// How weights begin, by the activation that follows them.
fn start(behind: &[Block]) -> Init {
    let follows = behind.iter().find_map(|block| match block {
        Block::Act(act) => Some(Some(*act)),
        Block::Dense { .. } | Block::Conv { .. } | Block::Residual(_) => Some(None),
        _ => None,
    });
    match follows.flatten() {
        Some(act) if ![Act::TANH, Act::SIGMOID, Act::SOFTSIGN].contains(&act) => Init::HeNormal,
        _ => Init::XavierUniform,
    }
}

fn list(parts: &[Part], g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
    parts.iter().try_fold(x.clone(), |x, part| part.forward(g, &x))
}

/// The same numbers, those of a sample one behind the other.
fn flat(x: &Tensor) -> Tensor {
    let [n, rest @ ..] = x.shape.as_slice() else { return x.clone() };
    x.view(&[*n, rest.iter().product()])
}

impl Part {
    fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let named = |g: &mut Graph, name: &str, y: &Tensor, act| g.layer(name, y, &[], act);
        Ok(match self {
            Self::Dense(layer) => layer.forward(g, &flat(x))?,
            Self::Conv(layer) => layer.forward(g, x)?,
            Self::Norm(layer) => layer.forward(g, x)?,
            Self::Dropout(name, layer) => {
                let y = layer.forward(g, x)?;
                if !g.training {
                    g.pass(name, &y);
                }
                y
            }
            Self::Pool(name, PoolKind::Max, pool) => {
                let (y, argmax) = max_pool(&mut g.plan, x, pool)?;
                named(g, name, &y, Act::IDENTITY);
                g.extra("argmax", &argmax);
                y
            }
            Self::Pool(name, PoolKind::Average, pool) => {
                let y = avg_pool(&mut g.plan, x, pool, false)?;
                named(g, name, &y, Act::IDENTITY);
                y
            }
            Self::Act(name, act) => {
                let y = activation(&mut g.plan, x, *act);
                named(g, name, &y, *act);
                y
            }
            Self::Average(name) => {
                let y = flat(&global_avg_pool(&mut g.plan, x)?);
                named(g, name, &y, Act::IDENTITY);
                y
            }
            Self::Flatten(name) => {
                let y = flat(x);
                g.pass(name, &y);
                y
            }
            Self::Residual(name, parts) => {
                let branch = list(parts, g, x)?;
                let y = binary(&mut g.plan, x, &branch, Op::Add)?;
                named(g, name, &y, Act::IDENTITY);
                y
            }
        })
    }
}

impl Stack {
    /// Records the network on a plain plan, on `x [N, C, H, W]` or `[N, NUMBERS]`, with the first values of
    /// a seed as constants; returns its layers and what each puts out.
    ///
    /// # Errors
    /// If it cannot be built for this input.
    pub fn record(
        &self,
        plan: &mut Plan,
        x: &Tensor,
        seed: u64,
    ) -> Result<Vec<(StackLayer, Tensor)>, StackError> {
        self.record_with(plan, x, seed, &|_| None)
    }

    /// The same, but with the values that `known` has for a parameter: weights from a file. They do not change, also
    /// where the plan is that of a training.
    ///
    /// # Errors
    /// If it cannot be built for this input.
    pub fn record_with(
        &self,
        plan: &mut Plan,
        x: &Tensor,
        seed: u64,
        known: &dyn Fn(&Parameter) -> Option<Arc<[f32]>>,
    ) -> Result<Vec<(StackLayer, Tensor)>, StackError> {
        let mut parameters = Parameters::new(seed);
        let net = StackNet::declare(self, &mut parameters, x.shape.get(1..).unwrap_or_default(), "")?;
        // Drawn only where one of them is not known.
        let all = LazyCell::new(|| parameters.initial());
        let constant = |p: &Parameter| {
            let at = parameters.offset(p);
            let values = known(p).unwrap_or_else(|| all[at..at + p.len()].into());
            plan.constant(&p.name, &p.shape, values)
        };
        let weights = parameters.list().iter().map(constant).collect();
        // Nothing reads it: nothing is dropped outside training.
        let steps = plan.temporary("steps", &[1], DType::U32);
        let (own, layers, notes) = (std::mem::take(plan), Vec::new(), Vec::new());
        let mut g = Graph { plan: own, weights, layers, notes, training: false, follows: false, steps };
        let recorded = net.forward(&mut g, x);
        *plan = g.plan;
        recorded.map_err(|error| StackError { layer: vec![], fault: Fault::Op(error) })?;
        let outputs = g.layers.into_iter().map(|layer| layer.output);
        Ok(net.layers.into_iter().zip(outputs).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;
    use std::collections::BTreeMap;

    #[test]
    fn every_block_records_a_layer_of_the_shape_that_was_foretold() {
        let text = "conv 4 of 3x3 pad 1, batch norm, relu, residual (conv 4 of 3x3 pad 1 groups 2, tanh), \
                    pool 2, average pool 2, conv 6 of 3x3 stride 2 dilation 1, global average, dropout 0.5, \
                    dense 5, leaky relu 0.1, flatten, dense 3";
        let stack: Stack = text.replace("  ", "").parse().unwrap();
        let mut plan = Plan::new();
        let values: Vec<f32> = (0..2 * 3 * 20 * 20).map(|i| (i * 7 % 13) as f32 / 13.0).collect();
        let x = plan.constant("x", &[2, 3, 20, 20], values);
        let recorded = stack.record(&mut plan, &x, 3).unwrap();
        assert_eq!(recorded.len(), stack.layers(&[3, 20, 20]).layers.len());
        for (layer, output) in &recorded {
            assert_eq!(output.shape, [&[2], layer.to.as_slice()].concat(), "{}", layer.name);
        }
        let run = reference::run(&plan, &BTreeMap::new());
        let logits = reference::content(&plan, &run, recorded.last().unwrap().1.buf);
        assert!(logits.iter().all(|v| v.is_finite()) && logits.iter().any(|v| *v != 0.0), "{logits:?}");
        // A layer more leaves the others' first values as they are.
        let mut other = Parameters::new(3);
        StackNet::declare(&stack.first(3), &mut other, &[3, 20, 20], "").unwrap();
        let first = &other.list()[0];
        let mut whole = Parameters::new(3);
        StackNet::declare(&stack, &mut whole, &[3, 20, 20], "").unwrap();
        assert_eq!(other.initial()[..first.len()], whole.initial()[..first.len()]);
    }

    #[test]
    fn what_cannot_be_built_leaves_the_plan_alone() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, 1, 4, 4], vec![0.0; 16]);
        let stack: Stack = "pool 2, conv 1 of 5x5".parse().unwrap();
        let error = stack.record(&mut plan, &x, 0).unwrap_err();
        assert_eq!((error.layer.as_slice(), plan.buffers.len()), (&[2][..], 1));
        assert_eq!(stack.first(1).record(&mut plan, &x, 0).unwrap().len(), 1);
    }
}
