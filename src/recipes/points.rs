//! Points of the plane and the classes that they belong to.

use super::classifier::judge;
use crate::data::toy::{Points, Toy};
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::{Draw, Format, Samples, batch, batch_ids};
use crate::ops::unary::Act;

/// Two hidden layers of tanh units on the spiral.
pub struct Spiral {
    sets: [Points; 2],
    layers: Vec<Linear>,
}

impl Spiral {
    /// Points of a seed: 900 to learn from, 300 to test.
    pub fn new(seed: u64) -> Self {
        let set = |n, seed| Toy::Spiral.points(n, 0.03, seed);
        let test = seed.wrapping_add(0x5eed);
        Self { sets: [set(900, seed), set(300, test)], layers: Vec::new() }
    }
}

impl Task for Spiral {
    fn declare(&mut self, p: &mut Parameters) {
        let tanh = |p: &mut Parameters, name, inputs| {
            Linear::new(p, name, [inputs, 32], Act::TANH, Init::XavierUniform)
        };
        self.layers = vec![
            tanh(p, "hidden1", 2),
            tanh(p, "hidden2", 32),
            Linear::new(p, "out", [32, Toy::Spiral.classes()], Act::IDENTITY, Init::XavierUniform),
        ];
    }

    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let points = &self.sets[set as usize];
        let n = points.class.len();
        let at = g.plan.constant("points", &[2 * n], points.words());
        let labels = g.plan.constant("labels", &[n], points.labels());
        let steps = g.steps.clone();
        let pairs = Samples { n, width: 2, pitch: 2, offset: 0 };
        let mut x = batch(&mut g.plan, &at, &steps, pairs, draw, Format::Floats)?;
        let one = Samples { n, width: 1, pitch: 1, offset: 0 };
        let classes = batch_ids(&mut g.plan, &labels, &steps, one, draw)?.view(&[draw.batch]);
        for layer in &self.layers {
            x = layer.forward(g, &x)?;
        }
        judge(g, &x, &classes)
    }

    fn samples(&self) -> [usize; 2] {
        [self.sets[0].class.len(), self.sets[1].class.len()]
    }
}
