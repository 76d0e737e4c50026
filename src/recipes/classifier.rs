//! Networks that tell classes apart: ten kinds of clothes, or points of the plane.

use super::fashion::Fashion;
use super::judge::judge;
use super::points::PointSets;
use crate::data::fashion::{CLASSES, PIXELS, SIDE};
use crate::gpu::Tensor;
use crate::nn::layers::{Conv2d, Linear};
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Stack, StackError, StackNet, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::conv::Conv;
use crate::ops::pool::{Pool, max_pool};
use crate::ops::unary::Act;

/// Samples with classes. Clones share them.
#[derive(Clone, Debug)]
pub enum Labelled {
    /// Pictures of clothes, `[1, 28, 28]`.
    Fashion(Fashion),
    /// Points of the plane, `[2]`.
    Points(PointSets),
}

impl From<Fashion> for Labelled {
    fn from(data: Fashion) -> Self {
        Self::Fashion(data)
    }
}

impl From<PointSets> for Labelled {
    fn from(data: PointSets) -> Self {
        Self::Points(data)
    }
}

impl Labelled {
    /// Shape of a sample.
    pub fn shape(&self) -> &'static [usize] {
        match self {
            Self::Fashion(_) => &[1, SIDE, SIDE],
            Self::Points(_) => &[2],
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        match self {
            Self::Fashion(pictures) => pictures.classes(),
            Self::Points(points) => points.classes(),
        }
    }

    /// Samples in each set.
    pub fn samples(&self) -> [usize; 2] {
        match self {
            Self::Fashion(pictures) => pictures.samples(),
            Self::Points(points) => points.samples(),
        }
    }

    /// Records a batch: samples `[B, ..]` and classes `[B]`.
    fn batch(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<[Tensor; 2], OpError> {
        match self {
            Self::Fashion(pictures) => pictures.batch(g, set, draw),
            Self::Points(points) => points.batch(g, set, draw),
        }
    }
}

/// A network as data that tells classes apart. A dense layer with a unit for each class stands behind it.
#[derive(Clone, Debug)]
pub struct Classify {
    data: Labelled,
    stack: Stack,
}

impl Classify {
    /// This network on these samples.
    ///
    /// # Errors
    /// If it cannot be built for samples of their shape.
    pub fn new(data: impl Into<Labelled>, stack: &Stack) -> Result<Self, StackError> {
        let data = data.into();
        let stack = stack.with_dense(data.classes());
        match stack.layers(data.shape()).error {
            Some(error) => Err(error),
            None => Ok(Self { data, stack }),
        }
    }

    /// The network, the layer of the classes included.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }
}

struct ClassifyNet {
    data: Labelled,
    net: StackNet,
}

impl Task for Classify {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let net = StackNet::declare(&self.stack, p, self.data.shape(), "");
        let net = net.expect("what cannot be built was refused when the task was made");
        Box::new(ClassifyNet { data: self.data.clone(), net })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl Net for ClassifyNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        self.net.forward(g, x)
    }
}

/// Two convolutions of 3x3, max pooling after each, and a dense layer, on pictures of clothes.
#[derive(Clone, Debug)]
pub struct Cnn {
    /// The pictures.
    pub data: Fashion,
    /// Maps of each convolution.
    pub filters: [usize; 2],
    /// Activation of both.
    pub act: Act,
}

impl Cnn {
    /// The usual: 16 and 32 maps, ReLU.
    pub fn new(data: Fashion) -> Self {
        Self { data, filters: [16, 32], act: Act::RELU }
    }
}

struct CnnNet {
    data: Fashion,
    convs: [Conv2d; 2],
    dense: Linear,
}

impl Task for Cnn {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let same = Conv { pad: [1; 4], act: self.act, ..Conv::default() };
        let [first, second] = self.filters;
        let convs = [
            Conv2d::new(p, "conv1", [first, 1, 3, 3], same, Init::HeNormal),
            Conv2d::new(p, "conv2", [second, first, 3, 3], same, Init::HeNormal),
        ];
        let inputs = second * (SIDE / 4) * (SIDE / 4);
        let dense = Linear::new(p, "dense", [inputs, CLASSES.len()], Act::IDENTITY, Init::XavierUniform);
        Box::new(CnnNet { data: self.data.clone(), convs, dense })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl Net for CnnNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let mut x = x.clone();
        for conv in &self.convs {
            x = conv.forward(g, &x)?;
            x = max_pool(&mut g.plan, &x, &Pool::new([2, 2]))?.0;
        }
        self.dense.forward(g, &x.view(&[x.shape[0], x.shape[1..].iter().product()]))
    }
}

/// One hidden dense layer on pictures of clothes.
#[derive(Clone, Debug)]
pub struct Mlp {
    /// The pictures.
    pub data: Fashion,
    /// Units of the hidden layer.
    pub hidden: usize,
    /// Its activation.
    pub act: Act,
}

impl Mlp {
    /// The usual: 128 units, ReLU.
    pub fn new(data: Fashion) -> Self {
        Self { data, hidden: 128, act: Act::RELU }
    }
}

struct MlpNet {
    data: Fashion,
    layers: [Linear; 2],
}

impl Task for Mlp {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let layers = [
            Linear::new(p, "hidden", [PIXELS, self.hidden], self.act, Init::HeNormal),
            Linear::new(p, "dense", [self.hidden, CLASSES.len()], Act::IDENTITY, Init::XavierUniform),
        ];
        Box::new(MlpNet { data: self.data.clone(), layers })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl Net for MlpNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let x = x.view(&[x.shape[0], x.shape[1..].iter().product()]);
        self.layers.iter().try_fold(x, |x, layer| layer.forward(g, &x))
    }
}
