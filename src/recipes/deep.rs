//! Many layers in a row, with and without what is added past them (He et al. 2016).

use super::fashion::Fashion;
use super::judge::judge;
use crate::data::fashion::{CLASSES, PIXELS};
use crate::gpu::Tensor;
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::Act;

/// A dense layer in, many alike, a dense layer out. With and without what is added the parameters are the
/// same, so that one seed gives both the same start.
#[derive(Clone, Debug)]
pub struct Deep {
    /// The pictures.
    pub data: Fashion,
    /// Layers with parameters, the first and the last included; at least 2.
    pub depth: usize,
    /// Units of a layer.
    pub width: usize,
    /// Whether each layer's input is added to its output, the first and the last excepted.
    pub residual: bool,
    /// Layers, counted from 1, to whose output nothing is added all the same.
    pub cut: Vec<usize>,
    /// Activation of the layers before the last.
    pub act: Act,
    /// The first layer, counted from 1, that has it; those before are linear.
    pub act_from: usize,
    /// How their weights begin.
    pub init: Init,
    /// Whether the size of what each layer puts out, Σ |y|, is noted in each step of training, the first layer first.
    pub notes: bool,
}

impl Deep {
    /// The usual: twenty layers of 64 sigmoid units.
    pub fn new(data: Fashion, residual: bool) -> Self {
        Self {
            data,
            depth: 20,
            width: 64,
            residual,
            cut: Vec::new(),
            act: Act::SIGMOID,
            act_from: 2,
            init: Init::XavierNormal,
            notes: false,
        }
    }

    fn adds(&self, layer: usize) -> bool {
        self.residual && (2..self.depth).contains(&layer) && !self.cut.contains(&layer)
    }
}

struct DeepNet {
    data: Fashion,
    /// Each layer, and whether its input is added.
    layers: Vec<(Linear, bool)>,
    notes: bool,
}

impl Task for Deep {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let depth = self.depth.max(2);
        let layer = |i: usize| {
            let inputs = if i == 1 { PIXELS } else { self.width };
            let (outputs, act) = match i {
                i if i == depth => (CLASSES.len(), Act::IDENTITY),
                i if i < self.act_from => (self.width, Act::IDENTITY),
                _ => (self.width, self.act),
            };
            let linear = Linear::new(p, &format!("layer{i}"), [inputs, outputs], act, self.init);
            (linear, self.adds(i))
        };
        let layers = (1..=depth).map(layer).collect();
        Box::new(DeepNet { data: self.data.clone(), layers, notes: self.notes })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl Net for DeepNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let mut x = x.view(&[x.shape[0], x.shape[1..].iter().product()]);
        for (layer, adds) in &self.layers {
            let y = layer.forward(g, &x)?;
            if self.notes && g.training {
                let size = reduce(&mut g.plan, &y.view(&[y.len()]), &[0], Reduce::L1, true)?;
                g.note(&size);
            }
            x = if *adds { binary(&mut g.plan, &x, &y, Op::Add)? } else { y };
        }
        Ok(x)
    }
}
