//! Many layers in a row, with and without what is added past them (He et al. 2016).

use std::ops::Range;

use super::fashion::Fashion;
use super::judge::judge;
use crate::data::fashion::{CLASSES, PIXELS};
use crate::gpu::Tensor;
use crate::nn::layers::{BatchNorm, Linear};
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::norm::layer_norm;
use crate::ops::reduce::{Reduce, length, reduce};
use crate::ops::unary::{Act, activation};

/// Keeps variances of a layer normalisation from 0.
const EPS: f32 = 1e-5;

/// Where a block has its activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Behind each of its layers: x + act(W·x + b).
    Inside,
    /// Behind each of its layers, but behind the sum for the last one (He et al. 2015): act(x + W·act(V·x)).
    After,
    /// In front of each of its layers (He et al. 2016): x + W·act(V·act(x)).
    Before,
}

/// What the layers before the last are normalised by, without a scale or a shift that is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// Nothing.
    None,
    /// Mean and variance of the units of one sample.
    Layer,
    /// Mean and variance of one unit over the batch.
    Batch,
}

/// A dense layer in, blocks of as many layers each, a dense layer out. With and without what is added the parameters are
/// the same, so that one seed gives both the same start.
#[derive(Clone, Debug)]
pub struct Deep {
    /// The pictures.
    pub data: Fashion,
    /// Layers with parameters, the first and the last included; at least 2.
    pub depth: usize,
    /// Units of a layer.
    pub width: usize,
    /// Layers of a block, at least 1; what is left over at the end is a shorter one.
    pub block: usize,
    /// Where the activations of a block stand.
    pub form: Form,
    /// Normalisation in front of activations.
    pub norm: Norm,
    /// Whether what goes into a block is added to what it puts out.
    pub residual: bool,
    /// Blocks, counted from 1, to whose output nothing is added all the same.
    pub cut: Vec<usize>,
    /// Activation of the layers before the last.
    pub act: Act,
    /// The first layer, counted from 1, that has it; those before are linear.
    pub act_from: usize,
    /// How their weights begin.
    pub init: Init,
    /// Whether the size of what each layer puts out, Σ |y|, is noted in each step of training, the first layer first.
    pub notes: bool,
    /// Whether |F(x)| / |x| of each block is noted in each step of training, the first block first; layers of blocks then
    /// have what goes in, the sum and the ratio as extras `input`, `sum` and `adds`.
    pub adds: bool,
}

impl Deep {
    /// The usual: twenty layers of 64 sigmoid units, each a block.
    pub fn new(data: Fashion, residual: bool) -> Self {
        Self {
            data,
            depth: 20,
            width: 64,
            block: 1,
            form: Form::Inside,
            norm: Norm::None,
            residual,
            cut: Vec::new(),
            act: Act::SIGMOID,
            act_from: 2,
            init: Init::XavierNormal,
            notes: false,
            adds: false,
        }
    }

    /// The layers of each block, counted from 1, for so many layers in all.
    pub fn blocks(depth: usize, block: usize) -> Vec<Range<usize>> {
        let block = block.max(1);
        (2..depth.max(2)).step_by(block).map(|from| from..(from + block).min(depth)).collect()
    }
}

/// What stands before or behind a dense layer.
#[derive(Clone, Debug)]
struct Bend {
    norm: Norm,
    /// The statistics of [`Norm::Batch`].
    batch: Option<BatchNorm>,
    act: Act,
}

impl Bend {
    fn new(p: &mut Parameters, of: &Deep, layer: usize, act: Act) -> Self {
        let name = format!("norm{layer}");
        let batch = (of.norm == Norm::Batch).then(|| BatchNorm::without_scale(p, &name, of.width));
        Self { norm: of.norm, batch, act }
    }

    fn forward(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let x = match (self.norm, &self.batch) {
            (_, Some(batch)) => batch.forward(g, x)?,
            (Norm::Layer, _) => layer_norm(&mut g.plan, x, None, EPS)?,
            _ => x.clone(),
        };
        Ok(if self.act == Act::IDENTITY { x } else { activation(&mut g.plan, &x, self.act) })
    }
}

/// A layer with what stands around it.
struct Layered {
    before: Option<Bend>,
    linear: Linear,
    after: Option<Bend>,
}

struct DeepNet {
    of: Deep,
    layers: Vec<Layered>,
    /// Layers of each block, counted from 0.
    blocks: Vec<Range<usize>>,
}

impl Task for Deep {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let depth = self.depth.max(2);
        let blocks = Self::blocks(depth, self.block);
        let layer = |i: usize| {
            let inputs = if i == 1 { PIXELS } else { self.width };
            let outputs = if i == depth { CLASSES.len() } else { self.width };
            let hidden = i < depth && self.form != Form::Before;
            let summed = self.form == Form::After && blocks.iter().any(|own| own.end == i + 1);
            let act = if hidden && !summed && i >= self.act_from { self.act } else { Act::IDENTITY };
            let apart = hidden && self.norm != Norm::None;
            let own = if apart { Act::IDENTITY } else { act };
            let linear = Linear::new(p, &format!("layer{i}"), [inputs, outputs], own, self.init);
            let before = (self.form == Form::Before && i > 1).then(|| Bend::new(p, self, i, self.act));
            let after = apart.then(|| Bend::new(p, self, i, act));
            Layered { before, linear, after }
        };
        let layers = (1..=depth).map(layer).collect();
        let blocks = blocks.iter().map(|own| own.start - 1..own.end - 1).collect();
        Box::new(DeepNet { of: self.clone(), layers, blocks })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl DeepNet {
    /// One layer.
    fn layer(&self, g: &mut Graph, at: usize, x: &Tensor) -> Result<Tensor, OpError> {
        let Layered { before, linear, after } = &self.layers[at];
        let x = before.as_ref().map_or(Ok(x.clone()), |bend| bend.forward(g, x))?;
        let mut y = linear.forward(g, &x)?;
        if let Some(bend) = after {
            y = bend.forward(g, &y)?;
        }
        if self.of.notes && g.training {
            let size = reduce(&mut g.plan, &y.view(&[y.len()]), &[0], Reduce::L1, true)?;
            g.note(&size);
        }
        Ok(y)
    }

    /// Block `at`, from 0.
    fn block(&self, g: &mut Graph, at: usize, x: &Tensor) -> Result<Tensor, OpError> {
        let f = self.blocks[at].clone().try_fold(x.clone(), |x, layer| self.layer(g, layer, &x))?;
        let adds = self.of.residual && !self.of.cut.contains(&(at + 1));
        let sum = if adds { binary(&mut g.plan, x, &f, Op::Add)? } else { f.clone() };
        if self.of.adds && g.training {
            let [of_f, of_x] = [&f, x].map(|t| length(&mut g.plan, t));
            let ratio = binary(&mut g.plan, &of_f, &of_x, Op::Divide)?;
            g.note(&ratio);
            for (name, tensor) in [("input", x), ("sum", &sum), ("adds", &ratio)] {
                g.extra(name, tensor);
            }
        }
        let bends = self.of.form == Form::After && self.of.act != Act::IDENTITY;
        Ok(if bends { activation(&mut g.plan, &sum, self.of.act) } else { sum })
    }
}

impl Net for DeepNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.of.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let x = x.view(&[x.shape[0], x.shape[1..].iter().product()]);
        let x = self.layer(g, 0, &x)?;
        let x = (0..self.blocks.len()).try_fold(x, |x, at| self.block(g, at, &x))?;
        self.layer(g, self.layers.len() - 1, &x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lie_between_the_first_layer_and_the_last() {
        assert_eq!(Deep::blocks(8, 2), [2..4, 4..6, 6..8]);
        assert_eq!(Deep::blocks(7, 2), [2..4, 4..6, 6..7]);
        assert_eq!(Deep::blocks(4, 1), [2..3, 3..4]);
        assert!(Deep::blocks(2, 2).is_empty());
    }
}
