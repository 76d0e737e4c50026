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
    /// Activation of the layers between the first and the last.
    pub act: Act,
    /// How their weights begin.
    pub init: Init,
}

impl Deep {
    /// The usual: twenty layers of 64 sigmoid units.
    pub fn new(data: Fashion, residual: bool) -> Self {
        let (depth, width, cut) = (20, 64, Vec::new());
        Self { data, depth, width, residual, cut, act: Act::SIGMOID, init: Init::XavierNormal }
    }

    fn adds(&self, layer: usize) -> bool {
        self.residual && (2..self.depth).contains(&layer) && !self.cut.contains(&layer)
    }
}

struct DeepNet {
    data: Fashion,
    /// Each layer, and whether its input is added.
    layers: Vec<(Linear, bool)>,
}

impl Task for Deep {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let depth = self.depth.max(2);
        let layer = |i: usize| {
            let inputs = if i == 1 { PIXELS } else { self.width };
            let (outputs, act) = match i {
                1 => (self.width, Act::IDENTITY),
                i if i == depth => (CLASSES.len(), Act::IDENTITY),
                _ => (self.width, self.act),
            };
            let linear = Linear::new(p, &format!("layer{i}"), [inputs, outputs], act, self.init);
            (linear, self.adds(i))
        };
        Box::new(DeepNet { data: self.data.clone(), layers: (1..=depth).map(layer).collect() })
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
            x = if *adds { binary(&mut g.plan, &x, &y, Op::Add)? } else { y };
        }
        Ok(x)
    }
}
