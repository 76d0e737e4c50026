//! Points of the plane and the classes that they belong to.

use super::judge::judge;
use crate::data::toy::Toy;
use crate::gpu::{Data, Tensor};
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::{Draw, Format, Samples, batch, batch_ids};
use crate::ops::unary::Act;

/// Points to learn from and to test. Clones share them.
#[derive(Clone, Debug)]
pub struct PointSets {
    toy: Toy,
    /// Coordinates and classes of each set.
    sets: [[Data; 2]; 2],
    samples: [usize; 2],
}

impl PointSets {
    /// Points of a seed, so many to learn from and to test, with noise of this standard deviation.
    pub fn new(toy: Toy, samples: [usize; 2], noise: f32, seed: u64) -> Self {
        let samples = samples.map(|n| n.max(1));
        let set = |n, seed| {
            let points = toy.points(n, noise, seed);
            [points.words(), points.labels()]
        };
        let sets = [set(samples[0], seed), set(samples[1], seed.wrapping_add(0x5eed))];
        Self { toy, sets, samples }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.toy.classes()
    }

    /// Points in each set.
    pub fn samples(&self) -> [usize; 2] {
        self.samples
    }

    /// Coordinates of a set as the bits of floats, x and y of each in turn, and classes.
    pub fn points(&self, set: Set) -> &[Data; 2] {
        &self.sets[set as usize]
    }

    /// Each point of a set, x and y, and its class.
    pub fn placed(&self, set: Set) -> Vec<([f32; 2], u32)> {
        let [at, classes] = self.points(set).each_ref().map(Data::bytes);
        let at: &[[f32; 2]] = bytemuck::cast_slice(at);
        at.iter().copied().zip(bytemuck::cast_slice::<u8, u32>(classes).iter().copied()).collect()
    }

    /// Records a batch: points `[B, 2]` and classes `[B]`.
    pub fn batch(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<[Tensor; 2], OpError> {
        let ([at, labels], n) = (self.points(set), self.samples[set as usize]);
        let at = g.plan.constant("points", &[2 * n], at.clone());
        let labels = g.plan.constant("labels", &[n], labels.clone());
        let steps = g.steps.clone();
        let of = |width| Samples { n, width, pitch: width, offset: 0 };
        let x = batch(&mut g.plan, &at, &steps, of(2), draw, Format::Floats)?;
        let classes = batch_ids(&mut g.plan, &labels, &steps, of(1), draw)?;
        Ok([x, classes.view(&[draw.batch])])
    }
}

/// Hidden layers, all alike, on points of the plane.
#[derive(Clone, Debug)]
pub struct Plane {
    /// The points.
    pub data: PointSets,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Their activation.
    pub act: Act,
    /// How all weights begin.
    pub init: Init,
}

impl Plane {
    /// The usual: two layers of 32 tanh units on the spiral, 900 points to learn from, 300 to test.
    pub fn spiral(seed: u64) -> Self {
        let data = PointSets::new(Toy::Spiral, [900, 300], 0.03, seed);
        Self { data, hidden: vec![32; 2], act: Act::TANH, init: Init::XavierUniform }
    }
}

struct PlaneNet {
    data: PointSets,
    layers: Vec<Linear>,
}

impl Task for Plane {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let mut inputs = 2;
        let mut layers = Vec::new();
        for (i, units) in (1..).zip(self.hidden.iter().copied()) {
            layers.push(Linear::new(p, &format!("hidden{i}"), [inputs, units], self.act, self.init));
            inputs = units;
        }
        let classes = self.data.classes();
        layers.push(Linear::new(p, "out", [inputs, classes], Act::IDENTITY, self.init));
        Box::new(PlaneNet { data: self.data.clone(), layers })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl Net for PlaneNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        self.layers.iter().try_fold(x.clone(), |x, layer| layer.forward(g, &x))
    }
}
