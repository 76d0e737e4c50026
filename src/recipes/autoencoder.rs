//! A picture through two numbers and back (Hinton and Salakhutdinov 2006).

use super::fashion::Fashion;
use crate::data::fashion::PIXELS;
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::unary::Act;

/// 784 pixels to 128 units to a code of two numbers, and the same way back.
pub struct Autoencoder {
    data: Fashion,
    layers: Vec<Linear>,
}

impl Autoencoder {
    /// On these pictures.
    pub fn new(data: Fashion) -> Self {
        Self { data, layers: Vec::new() }
    }
}

impl Task for Autoencoder {
    fn declare(&mut self, p: &mut Parameters) {
        let sizes = [
            ("encoder1", [PIXELS, 128], Act::RELU, Init::HeNormal),
            ("code", [128, 2], Act::IDENTITY, Init::XavierUniform),
            ("decoder1", [2, 128], Act::RELU, Init::HeNormal),
            ("decoder2", [128, PIXELS], Act::SIGMOID, Init::XavierUniform),
        ];
        self.layers = sizes.map(|(name, size, act, init)| Linear::new(p, name, size, act, init)).to_vec();
    }

    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, _] = self.data.batch(g, set, draw)?;
        let x = x.view(&[draw.batch, PIXELS]);
        let mut y = x.clone();
        let mut code = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            y = layer.forward(g, &y)?;
            if i == 1 {
                code = y.clone();
            }
        }
        let loss = pointwise_loss(&mut g.plan, &y, &x, Pointwise::Squared, Reduction::Mean)?;
        Ok(Outcome { loss, right: None, views: vec![("code", code), ("picture", x), ("reconstruction", y)] })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}
