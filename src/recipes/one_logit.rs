//! Points of the plane and one logit that tells two classes apart: a network small enough to be drawn weight by weight.

use super::points::PointSets;
use crate::gpu::Tensor;
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Net, Outcome, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::embed::embed;
use crate::ops::layout::{fill, transpose};
use crate::ops::loss::{Pointwise, Reduction, pointwise_loss};
use crate::ops::unary::Act;

/// Hidden layers and one output, the logit of class 1 against class 0. All biases begin at 0. Under inputs that stay each
/// layer also has its outputs unit by unit, `[units, N]`, as its extra `surfaces`.
#[derive(Clone, Debug)]
pub struct OneLogit {
    /// The points; classes from 2 on count as class 1.
    pub data: PointSets,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Their activation.
    pub act: Act,
    /// How all weights begin.
    pub init: Init,
}

struct OneLogitNet {
    data: PointSets,
    layers: Vec<Linear>,
}

impl Task for OneLogit {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let (mut inputs, mut layers) = (2, Vec::new());
        for (i, units) in (1..).zip(self.hidden.iter().copied()) {
            let name = if i == 1 { "hidden".into() } else { format!("hidden{i}") };
            layers.push(Linear::new(p, &name, [inputs, units], self.act, self.init));
            inputs = units;
        }
        layers.push(Linear::new(p, "out", [inputs, 1], Act::IDENTITY, self.init));
        Box::new(OneLogitNet { data: self.data.clone(), layers })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl Net for OneLogitNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.data.batch(g, set, draw)?;
        let logit = self.layers.iter().try_fold(x, |x, layer| layer.forward(g, &x))?;
        let targets: Vec<f32> = (0..self.data.classes()).map(|class| class.min(1) as f32).collect();
        let targets = g.plan.constant("targets of the classes", &[targets.len(), 1], targets);
        let target = embed(&mut g.plan, &targets, &classes)?;
        let kind = Pointwise::BinaryCrossEntropyLogits;
        let loss = pointwise_loss(&mut g.plan, &logit, &target, kind, Reduction::Mean)?;
        let zero = fill(&mut g.plan, "0", &[1], 0.0);
        let said = binary(&mut g.plan, &logit, &zero, Op::Greater)?;
        let right = binary(&mut g.plan, &said, &target, Op::Equal)?;
        Ok(Outcome { loss, right: Some(right), views: vec![("logit", logit)] })
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        self.layers.iter().try_fold(x.clone(), |x, layer| {
            let y = layer.forward(g, &x)?;
            let surfaces = transpose(&mut g.plan, &y, &[1, 0])?;
            g.extra("surfaces", &surfaces);
            Ok(y)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::toy::Toy;
    use crate::gpu::Runtime;
    use crate::nn::{Setup, Trainer};
    use crate::ops::optim::{Method, Optimiser};

    #[test]
    fn from_a_random_start_it_learns_a_disc_in_a_ring() {
        let data = PointSets::new(Toy::Circles, [200, 100], 0.02, 1);
        let task = OneLogit { data, hidden: vec![16], act: Act::TANH, init: Init::HeNormal };
        let setup = Setup::new(20, Optimiser::new(Method::Adam, 0.03));
        let mut trainer = Trainer::new(&Runtime::Reference, &task, setup).unwrap();
        trainer.run(200);
        let judged = trainer.evaluate(Set::Test, None).unwrap();
        assert!(judged.accuracy.unwrap() > 0.9, "{judged:?}");
    }
}
