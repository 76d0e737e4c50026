//! A small convolutional network with batch normalisation, with dropout, with both in either order or with neither, and how
//! much it differs between training and testing: each step runs its batch in both modes.

use std::mem;

use super::fashion::Fashion;
use super::judge::judge;
use crate::data::fashion::{CLASSES, SIDE};
use crate::gpu::Tensor;
use crate::nn::layers::{BatchNorm, Conv2d, Dropout, Linear};
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::Conv;
use crate::ops::histogram::{BINS, histogram};
use crate::ops::layout::concat;
use crate::ops::norm::moments;
use crate::ops::pool::{Pool, avg_pool};
use crate::ops::reduce::length;
use crate::ops::unary::{Act, activation};

/// Maps of both convolutions, each 3x3 with stride 2.
const MAPS: [usize; 2] = [8, 16];
/// Side of the pictures, halved by averaging, and of the maps of the second convolution.
const HALF: usize = SIDE / 2;
const LAST: usize = HALF.div_ceil(2).div_ceil(2);

/// What stands between a convolution and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// conv, ReLU
    Nothing,
    /// conv, batch norm, ReLU
    Norm,
    /// conv, ReLU, dropout
    Dropout,
    /// conv, dropout, batch norm, ReLU
    DropoutNorm,
    /// conv, batch norm, ReLU; dropout once, behind all of them
    NormDropout,
}

impl Between {
    fn has_norm(self) -> bool {
        matches!(self, Self::Norm | Self::DropoutNorm | Self::NormDropout)
    }
}

/// Two convolutions and a dense layer that tell clothes apart. Each step of training notes, in this order: the distance of
/// its logits from those of testing over the length of the latter; the variance of what goes into the last ReLU in training
/// and in testing; a histogram of each, [`BINS`] counts from −[`Modes::REACH`] to [`Modes::REACH`]. The next step's are the
/// view [`Modes::VIEW`], `[3 + 2·BINS]`.
#[derive(Clone, Debug)]
pub struct Modes {
    /// The pictures.
    pub data: Fashion,
    /// What stands between.
    pub between: Between,
    /// Probability of being dropped, 0 to under 1.
    pub rate: f64,
    /// Share of the running statistics that a batch leaves as it is, 0 to 1.
    pub momentum: f32,
}

impl Modes {
    /// Where the histograms end.
    pub const REACH: f32 = 4.0;
    /// The view of what is noted.
    pub const VIEW: &str = "both modes";
    /// Numbers that are noted.
    pub const NOTED: usize = 3 + 2 * BINS;
}

/// A convolution with what stands behind it.
struct Block {
    conv: Conv2d,
    norm: Option<BatchNorm>,
    dropout: Option<Dropout>,
}

struct ModesNet {
    of: Modes,
    blocks: Vec<Block>,
    dense: Linear,
}

/// What a pass yields: what goes into the last ReLU, and the logits.
struct Passed {
    last: Tensor,
    logits: Tensor,
}

impl Task for Modes {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let halving = Conv { pad: [1; 4], stride: [2; 2], ..Conv::default() };
        let last = MAPS.len();
        let mut inputs = 1;
        let mut blocks = Vec::new();
        for (i, maps) in (1..).zip(MAPS) {
            let conv = Conv2d::new(p, &format!("conv{i}"), [maps, inputs, 3, 3], halving, Init::HeNormal);
            let norm = self.between.has_norm();
            let norm = norm.then(|| BatchNorm::new(p, &format!("norm{i}"), maps).keeping(self.momentum));
            let drops = match self.between {
                Between::Dropout | Between::DropoutNorm => true,
                Between::NormDropout => i == last,
                Between::Nothing | Between::Norm => false,
            };
            let dropout = drops.then(|| Dropout::new(&format!("dropout{i}"), self.rate, p.seed(), i as u32));
            blocks.push(Block { conv, norm, dropout });
            inputs = maps;
        }
        let inputs = inputs * LAST * LAST;
        let dense = Linear::new(p, "dense", [inputs, CLASSES.len()], Act::IDENTITY, Init::XavierUniform);
        Box::new(ModesNet { of: self.clone(), blocks, dense })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl ModesNet {
    /// The network on pictures `[N, 1, 28, 28]`, in the mode of the graph.
    fn pass(&self, g: &mut Graph, x: &Tensor) -> Result<Passed, OpError> {
        let mut x = avg_pool(&mut g.plan, x, &Pool::new([2, 2]), false)?;
        let mut last = x.clone();
        let first = self.of.between == Between::DropoutNorm;
        for Block { conv, norm, dropout } in &self.blocks {
            let mut y = conv.forward(g, &x)?;
            if let Some(dropout) = dropout.as_ref().filter(|_| first) {
                y = dropout.forward(g, &y)?;
            }
            if let Some(norm) = norm {
                y = norm.forward(g, &y)?;
            }
            last = y;
            x = activation(&mut g.plan, &last, Act::RELU);
            if let Some(dropout) = dropout.as_ref().filter(|_| !first) {
                x = dropout.forward(g, &x)?;
            }
        }
        let logits = self.dense.forward(g, &x.view(&[x.shape[0], x.shape[1..].iter().product()]))?;
        Ok(Passed { last, logits })
    }

    /// Runs the batch in testing as well, and has it noted by how much that differs; returns all that is noted.
    fn compare(&self, g: &mut Graph, x: &Tensor, trained: &Passed) -> Result<Tensor, OpError> {
        // The layers of the page are those of training, and running statistics follow a batch once.
        let layers = mem::take(&mut g.layers);
        let follows = mem::replace(&mut g.follows, false);
        g.training = false;
        let tested = self.pass(g, x);
        g.training = true;
        (g.layers, g.follows) = (layers, follows);
        let tested = tested?;
        let plan = &mut g.plan;
        let apart = binary(plan, &trained.logits, &tested.logits, Op::Subtract)?;
        let [apart, whole] = [&apart, &tested.logits].map(|t| length(plan, t));
        let gap = binary(plan, &apart, &whole, Op::Divide)?;
        plan.name(&gap, "training against testing");
        let mut noted = vec![gap];
        let ends = [-Modes::REACH, Modes::REACH, 0.0, 0.0];
        let ends = plan.constant("ends of the histograms", &[4], ends.to_vec());
        let mut counts = Vec::new();
        for (last, mode) in [(&trained.last, "training"), (&tested.last, "testing")] {
            let [_, variance] = moments(plan, last, [1, 1, last.len()])?;
            plan.name(&variance, &format!("variance in {mode}"));
            noted.push(variance);
            let own = histogram(plan, &last.view(&[last.len()]), &ends)?;
            plan.name(&own, &format!("histogram in {mode}"));
            counts.push(own);
        }
        noted.extend(counts);
        let all = concat(plan, &noted.iter().collect::<Vec<_>>(), 0)?;
        g.note(&all);
        Ok(all)
    }
}

impl Net for ModesNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.of.data.batch(g, set, draw)?;
        let passed = self.pass(g, &x)?;
        let mut outcome = judge(g, &passed.logits, &classes)?;
        if g.training {
            let noted = self.compare(g, &x, &passed)?;
            outcome.views.push((Modes::VIEW, noted));
        }
        Ok(outcome)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        Ok(self.pass(g, x)?.logits)
    }
}
