//! What was learned on five kinds of clothes used again: a small network whose convolutions begin as another one has learned
//! them, some of them frozen, on kinds that it has never seen or on pictures of another sort.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::choice::DataChoice;
use super::classifier::Classify;
use super::fashion::Fashion;
use super::judge::judge;
use crate::data::cluttered::cluttered;
use crate::data::fashion::{Images, SIDE};
use crate::data::stripes::stripes;
use crate::gpu::{Plan, Tensor};
use crate::models::weights::WeightFile;
use crate::nn::{Graph, Net, Outcome, Parameters, Set, Stack, StackNet, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::reduce::{Reduce, reduce};

/// Kinds of clothes that were learned before, and those that are new.
pub const KINDS: [[usize; 5]; 2] = [[3, 4, 6, 7, 9], [0, 1, 2, 5, 8]];
/// Filters of the convolutions.
pub const FILTERS: [usize; 3] = [8, 16, 32];
/// Names of the views of how far the filters of each have moved.
pub const MOVED: [&str; 3] = ["moved conv1", "moved conv2", "moved conv3"];
/// Examples of a class in a data set: more are not carried.
pub const EXAMPLES: usize = 1000;
/// Unseen pictures of a class at most.
const UNSEEN: usize = 80;

/// All layers but the last: each convolution looks at 3x3 cells, and of each map its strongest answer is kept.
pub fn features() -> Stack {
    let [a, b, c] = FILTERS.map(|filters| format!("conv {filters} of 3x3 pad 1, relu"));
    format!("{a}, pool 2, {b}, pool 2, {c}, pool 7, flatten").parse().expect("a test reads it")
}

/// The task that was learned before.
///
/// # Errors
/// If the folder of the choice has not the published files.
pub fn learned_before(choice: &DataChoice) -> anyhow::Result<Classify> {
    let [before, _] = KINDS;
    let sets = choice.clothes()?.each_ref().map(|images| cluttered(images, &before, usize::MAX));
    Ok(Classify::new(Fashion::of(sets, before.len()), &features())?)
}

/// New kinds of clothes, so many, among scraps of others: `each` pictures of each to learn from.
pub fn new_clothes(kinds: usize, each: usize) -> Fashion {
    let kinds = &KINDS[1][..kinds.clamp(2, KINDS[1].len())];
    let [learned, unseen] = Images::carried();
    Fashion::of([cluttered(learned, kinds, each), cluttered(unseen, kinds, UNSEEN)], kinds.len())
}

/// So many directions of stripes: `each` pictures of each to learn from.
pub fn directions(classes: usize, each: usize) -> Fashion {
    Fashion::of([stripes(classes, each, 1), stripes(classes, UNSEEN, 2)], classes)
}

/// How a network begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With first values of the seed, as He says.
    Random,
    /// With convolutions that have learned five kinds of clothes; so many of them, from the input on, are frozen.
    Learned {
        /// 0 to 3.
        frozen: usize,
    },
}

/// A network on new classes. Each step of training notes for each filter of each convolution the square of how far it has
/// moved from where it began, over the square of its first length: the views [`MOVED`].
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The pictures.
    pub data: Fashion,
    /// How it begins.
    pub start: Start,
}

/// The weights that Glassbox carries, each allocated once.
fn learned() -> &'static BTreeMap<String, Arc<[f32]>> {
    static ALL: OnceLock<BTreeMap<String, Arc<[f32]>>> = OnceLock::new();
    ALL.get_or_init(|| {
        WeightFile::carried("cluttered-clothes", crate::asset!("models/cluttered-clothes.safetensors"))
    })
}

/// The name of a convolution, from 0.
pub fn layer(convolution: usize) -> String {
    format!("conv{}", convolution + 1)
}

struct TransferNet {
    data: Fashion,
    net: StackNet,
    /// First weights of each convolution.
    first: Vec<Arc<[f32]>>,
}

impl Task for Transfer {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        if let Start::Learned { frozen } = self.start {
            for convolution in 0..FILTERS.len() {
                for part in ["weight", "bias"] {
                    let name = format!("{}.{part}", layer(convolution));
                    p.reuse(&name, learned()[&name].clone(), convolution < frozen);
                }
            }
        }
        let stack = features().with_dense(self.data.classes());
        let net = StackNet::declare(&stack, p, &[1, SIDE, SIDE], "").expect("a test builds it");
        let all = p.initial();
        let convolutions = p.list().iter().filter(|own| own.shape.len() == 4);
        let first = convolutions.map(|own| all[p.offset(own)..][..own.len()].into()).collect();
        Box::new(TransferNet { data: self.data.clone(), net, first })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl TransferNet {
    /// Has it noted how far each filter of each convolution has moved; gives what is noted.
    fn moved(&self, g: &mut Graph) -> Result<Vec<(&'static str, Tensor)>, OpError> {
        let convolutions: Vec<_> = g.layers.iter().filter(|layer| layer.params.len() == 2).collect();
        let weights: Vec<Tensor> =
            convolutions.iter().take(FILTERS.len()).map(|layer| g.param(layer.params[0])).collect();
        let mut views = Vec::new();
        for ((weight, first), name) in weights.iter().zip(&self.first).zip(MOVED) {
            let moved = moved(&mut g.plan, weight, first)?;
            g.plan.name(&moved, name);
            g.note(&moved);
            views.push((name, moved));
        }
        Ok(views)
    }
}

/// Records for each filter of `weight [K, ..]` the square of its distance from `first` over the square of its length there.
fn moved(plan: &mut Plan, weight: &Tensor, first: &Arc<[f32]>) -> Result<Tensor, OpError> {
    let filters = weight.shape[0];
    let size = weight.len() / filters;
    let before = plan.constant("first weights", &[filters, size], first.clone());
    let way = binary(plan, &weight.view(&[filters, size]), &before, Op::Subtract)?;
    let square = binary(plan, &way, &way, Op::Multiply)?;
    let far = reduce(plan, &square, &[1], Reduce::Sum, false)?;
    let lengths = first.chunks_exact(size).map(|own| own.iter().map(|v| v * v).sum());
    let lengths = plan.constant("squares of first lengths", &[filters], lengths.collect::<Vec<f32>>());
    binary(plan, &far, &lengths, Op::Divide)
}

impl Net for TransferNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        let mut outcome = judge(g, &logits, &classes)?;
        if g.training {
            outcome.views.extend(self.moved(g)?);
        }
        Ok(outcome)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        self.net.forward(g, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_that_is_reused_is_carried() {
        let mut parameters = Parameters::new(0);
        learned_before(&DataChoice::default()).unwrap().declare(&mut parameters);
        assert_eq!(learned().len(), parameters.list().len());
        for p in parameters.list() {
            assert_eq!(learned()[&p.name].len(), p.len(), "{}", p.name);
        }
    }

    #[test]
    fn what_is_frozen_is_not_counted() {
        let counts = [0, 1, 2, 3].map(|frozen| {
            let mut p = Parameters::new(0);
            Transfer { data: new_clothes(5, 1), start: Start::Learned { frozen } }.declare(&mut p);
            p.count()
        });
        let each = [80, 16 * (72 + 1), 32 * (144 + 1), 5 * 33];
        assert_eq!(counts, [0, 1, 2, 3].map(|frozen| each[frozen..].iter().sum::<usize>()));
    }
}
