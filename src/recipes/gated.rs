//! A small network that counts in every step of its training how many of its maps are dead: their activation lets no
//! gradient through, wherever and whatever the picture.

use super::fashion::Fashion;
use super::judge::judge;
use crate::data::fashion::{CLASSES, SIDE};
use crate::gpu::{Plan, Tensor};
use crate::nn::layers::Linear;
use crate::nn::{Graph, Init, Net, Outcome, ParamId, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::layout::{concat, fill};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation, d_activation};

/// Maps of both convolutions, and their windows.
const MAPS: [usize; 2] = [8, 16];
const WINDOWS: [usize; 2] = [5, 3];

/// Maps of the whole network.
pub const GATES: usize = MAPS[0] + MAPS[1];
/// Mean slope of a map's activation under which it counts as dead.
pub const SHUT: f32 = 1e-4;

/// Two convolutions of stride 2 with one activation and a dense layer, on pictures of clothes.
#[derive(Clone, Debug)]
pub struct Gated {
    /// The pictures.
    pub data: Fashion,
    /// Activation behind both convolutions.
    pub act: Act,
    /// First value of their biases.
    pub bias: f32,
}

struct GatedNet {
    of: Gated,
    /// Weights and biases.
    convs: [[ParamId; 2]; 2],
    dense: Linear,
}

impl Task for Gated {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let mut inputs = 1;
        let convs = std::array::from_fn(|i| {
            let shape = [MAPS[i], inputs, WINDOWS[i], WINDOWS[i]];
            inputs = MAPS[i];
            let weight = p.add(&format!("conv{}.weight", i + 1), &shape, Init::HeNormal);
            [weight, p.add(&format!("conv{}.bias", i + 1), &[MAPS[i]], Init::Constant(self.bias))]
        });
        // Each window leaves out what it does not fit on, and every second place.
        let side = WINDOWS.iter().fold(SIDE, |side, window| (side - window) / 2 + 1);
        let sizes = [MAPS[1] * side * side, CLASSES.len()];
        let dense = Linear::new(p, "dense", sizes, Act::IDENTITY, Init::XavierUniform);
        Box::new(GatedNet { of: self.clone(), convs, dense })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl GatedNet {
    /// Scores of the classes, and what goes into each activation.
    fn both(&self, g: &mut Graph, x: &Tensor) -> Result<(Tensor, Vec<Tensor>), OpError> {
        let (mut x, mut before) = (x.clone(), Vec::new());
        for (i, [w, b]) in self.convs.iter().enumerate() {
            let (weight, bias) = (g.param(*w), g.param(*b));
            let conv = Conv { stride: [2; 2], ..Conv::default() };
            let sum = conv2d(&mut g.plan, &x, &weight, Some(&bias), &conv)?;
            g.layer(&format!("conv{}", i + 1), &sum, &[*w, *b], Act::IDENTITY);
            x = activation(&mut g.plan, &sum, self.of.act);
            g.layer(&format!("activation{}", i + 1), &x, &[], self.of.act);
            before.push(sum);
        }
        let flat = x.view(&[x.shape[0], x.shape[1..].iter().product()]);
        Ok((self.dense.forward(g, &flat)?, before))
    }
}

impl Net for GatedNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.of.data.batch(g, set, draw)?;
        let (logits, before) = self.both(g, &x)?;
        let mut outcome = judge(g, &logits, &classes)?;
        if g.training {
            let mut open = Vec::new();
            for x in &before {
                open.push(openness(&mut g.plan, x, self.of.act)?);
            }
            let open = concat(&mut g.plan, &open.iter().collect::<Vec<_>>(), 0)?;
            let shut = fill(&mut g.plan, "shut", &[1], SHUT);
            let dead = binary(&mut g.plan, &open, &shut, Op::Less)?;
            let dead = reduce(&mut g.plan, &dead, &[0], Reduce::Sum, true)?;
            g.plan.name(&dead, "dead maps");
            g.note(&dead);
            outcome.views.push((DEAD, dead));
        }
        Ok(outcome)
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        Ok(self.both(g, x)?.0)
    }
}

/// The view that holds how many maps are dead in the batch, `[1]`.
pub const DEAD: &str = "dead";

/// Records how much of the gradient each of the maps `x [N, K, H, W]` would get through the activation behind it: the mean
/// of the slope's size over all samples and places, `[K]`.
///
/// # Errors
/// If `x` are no maps.
pub fn openness(plan: &mut Plan, x: &Tensor, act: Act) -> Result<Tensor, OpError> {
    let ones = fill(plan, "ones", &x.shape, 1.0);
    let slope = d_activation(plan, x, &ones, act);
    plan.name(&slope, "slope");
    let size = activation(plan, &slope, Act::ABS);
    let open = reduce(plan, &size, &[0, 2, 3], Reduce::Mean, false)?;
    plan.name(&open, "mean slope of each map");
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::Runtime;
    use crate::nn::{Setup, Trainer};
    use crate::ops::optim::{Method, Optimiser};

    /// Dead maps in the first step.
    fn dead(act: Act, bias: f32) -> f32 {
        let task = Gated { data: Fashion::carried(), act, bias };
        let setup = Setup::new(4, Optimiser::new(Method::Adam, 1e-3));
        let mut trainer = Trainer::new(&Runtime::Reference, &task, setup).unwrap();
        trainer.run(1);
        let view = trainer.view(DEAD).unwrap().clone();
        trainer.session().read(view.buf).unwrap()[0]
    }

    #[test]
    fn a_bias_far_below_0_kills_every_map_behind_relu_and_none_behind_a_leaky_one() {
        assert_eq!(dead(Act::RELU, -20.0), GATES as f32);
        assert_eq!(dead(Act::leaky_relu(0.01), -20.0), 0.0);
        assert_eq!(dead(Act::IDENTITY, -20.0), 0.0);
        assert!(dead(Act::RELU, 0.0) < GATES as f32 / 2.0);
    }
}
