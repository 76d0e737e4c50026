//! A picture through few numbers and back (Hinton and Salakhutdinov 2006).

use super::fashion::Fashion;
use crate::data::fashion::PIXELS;
use crate::gpu::Tensor;
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::unary::Act;

/// 784 pixels over a hidden layer to a code, and the same way back.
#[derive(Clone, Debug)]
pub struct Autoencoder {
    /// The pictures.
    pub data: Fashion,
    /// Units of the hidden layer on each side.
    pub hidden: usize,
    /// Numbers of the code.
    pub code: usize,
    /// Activation of the hidden layers; the identity makes it linear, but for the output.
    pub act: Act,
    /// Activation of the output.
    pub out: Act,
}

impl Autoencoder {
    /// The usual: 128 ReLU units, a code of two numbers, sigmoid at the end.
    pub fn new(data: Fashion) -> Self {
        Self { data, hidden: 128, code: 2, act: Act::RELU, out: Act::SIGMOID }
    }
}

struct AutoencoderNet {
    data: Fashion,
    encoder: [Linear; 2],
    decoder: [Linear; 2],
}

impl Task for Autoencoder {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let Self { hidden, code, act, out, .. } = *self;
        let mut linear = |name, size, act, init| Linear::new(p, name, size, act, init);
        let encoder = [
            linear("encoder1", [PIXELS, hidden], act, Init::HeNormal),
            linear("code", [hidden, code], Act::IDENTITY, Init::XavierUniform),
        ];
        let decoder = [
            linear("decoder1", [code, hidden], act, Init::HeNormal),
            linear("decoder2", [hidden, PIXELS], out, Init::XavierUniform),
        ];
        Box::new(AutoencoderNet { data: self.data.clone(), encoder, decoder })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl AutoencoderNet {
    /// Code and reconstruction of `x [N, 784]`.
    fn both(&self, g: &mut Graph, x: &Tensor) -> Result<[Tensor; 2], OpError> {
        let code = self.encoder.iter().try_fold(x.clone(), |x, layer| layer.forward(g, &x))?;
        let y = self.decoder.iter().try_fold(code.clone(), |x, layer| layer.forward(g, &x))?;
        Ok([code, y])
    }
}

impl Net for AutoencoderNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, _] = self.data.batch(g, set, draw)?;
        let x = x.view(&[draw.batch, PIXELS]);
        let [code, y] = self.both(g, &x)?;
        let loss = pointwise_loss(&mut g.plan, &y, &x, Pointwise::Squared, Reduction::Mean)?;
        Ok(Outcome { loss, right: None, views: vec![("code", code), ("picture", x), ("reconstruction", y)] })
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let x = x.view(&[x.shape[0], x.shape[1..].iter().product()]);
        Ok(self.both(g, &x)?[1].clone())
    }
}
