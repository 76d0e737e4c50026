//! Networks that tell ten kinds of clothes apart.

use super::fashion::Fashion;
use crate::data::fashion::{CLASSES, PIXELS};
use crate::gpu::Tensor;
use crate::nn::layers::{Conv2d, Linear};
use crate::nn::{Graph, Init, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::conv::Conv;
use crate::ops::loss::{ClassLoss, cross_entropy};
use crate::ops::metric::hits;
use crate::ops::pool::{Pool, max_pool};
use crate::ops::unary::Act;

/// Records the cross-entropy of `logits [N, C]` and which rows are right.
pub(super) fn judge(g: &mut Graph, logits: &Tensor, classes: &Tensor) -> Result<Outcome, OpError> {
    let loss = cross_entropy(&mut g.plan, logits, classes, &ClassLoss::default())?.loss;
    let right = hits(&mut g.plan, logits, classes)?;
    Ok(Outcome { loss, right: Some(right), views: vec![("logits", logits.clone())] })
}

/// Two convolutions with max pooling and a dense layer.
pub struct Cnn {
    data: Fashion,
    layers: Option<([Conv2d; 2], Linear)>,
}

impl Cnn {
    /// On these pictures.
    pub fn new(data: Fashion) -> Self {
        Self { data, layers: None }
    }
}

impl Task for Cnn {
    fn declare(&mut self, p: &mut Parameters) {
        let same = Conv { pad: [1; 4], act: Act::RELU, ..Conv::default() };
        let convs = [
            Conv2d::new(p, "conv1", [16, 1, 3, 3], same, Init::HeNormal),
            Conv2d::new(p, "conv2", [32, 16, 3, 3], same, Init::HeNormal),
        ];
        let dense = Linear::new(p, "dense", [32 * 7 * 7, CLASSES.len()], Act::IDENTITY, Init::XavierUniform);
        self.layers = Some((convs, dense));
    }

    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let (convs, dense) = self.layers.as_ref().expect("declared before it is recorded");
        let [mut x, classes] = self.data.batch(g, set, draw)?;
        for conv in convs {
            x = conv.forward(g, &x)?;
            x = max_pool(&mut g.plan, &x, &Pool::new([2, 2]))?.0;
        }
        let logits = dense.forward(g, &x.view(&[draw.batch, 32 * 7 * 7]))?;
        judge(g, &logits, &classes)
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

/// One hidden dense layer.
pub struct Mlp {
    data: Fashion,
    layers: Vec<Linear>,
}

impl Mlp {
    /// On these pictures.
    pub fn new(data: Fashion) -> Self {
        Self { data, layers: Vec::new() }
    }
}

impl Task for Mlp {
    fn declare(&mut self, p: &mut Parameters) {
        self.layers = vec![
            Linear::new(p, "hidden", [PIXELS, 128], Act::RELU, Init::HeNormal),
            Linear::new(p, "dense", [128, CLASSES.len()], Act::IDENTITY, Init::XavierUniform),
        ];
    }

    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let mut x = x.view(&[draw.batch, PIXELS]);
        for layer in &self.layers {
            x = layer.forward(g, &x)?;
        }
        judge(g, &x, &classes)
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}
