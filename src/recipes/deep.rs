//! Twenty layers in a row, with and without what is added past them (He et al. 2016).

use super::classifier::judge;
use super::fashion::Fashion;
use crate::data::fashion::{CLASSES, PIXELS};
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::unary::Act;

/// Layers with parameters.
const DEPTH: usize = 20;
/// Units of a layer.
const WIDTH: usize = 64;

/// A dense layer in, eighteen of sigmoid units, a dense layer out. Both kinds have the same
/// parameters, so that one seed gives both the same start.
pub struct Deep {
    data: Fashion,
    residual: bool,
    layers: Vec<Linear>,
}

impl Deep {
    /// On these pictures; `residual` adds each layer's input to its output.
    pub fn new(data: Fashion, residual: bool) -> Self {
        Self { data, residual, layers: Vec::new() }
    }
}

impl Task for Deep {
    fn declare(&mut self, p: &mut Parameters) {
        self.layers = (1..=DEPTH)
            .map(|i| {
                let inputs = if i == 1 { PIXELS } else { WIDTH };
                let (outputs, act) = match i {
                    1 => (WIDTH, Act::IDENTITY),
                    DEPTH => (CLASSES.len(), Act::IDENTITY),
                    _ => (WIDTH, Act::SIGMOID),
                };
                Linear::new(p, &format!("layer{i}"), [inputs, outputs], act, Init::XavierNormal)
            })
            .collect();
    }

    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let mut x = x.view(&[draw.batch, PIXELS]);
        for (i, layer) in (1..).zip(&self.layers) {
            let y = layer.forward(g, &x)?;
            x = if self.residual && (2..DEPTH).contains(&i) {
                binary(&mut g.plan, &x, &y, Op::Add)?
            } else {
                y
            };
        }
        judge(g, &x, &classes)
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}
