//! A new head learns: features `x` of a picture brought to one scale, then a dense layer, `y = W·(x − mean) / deviation + b`.

use std::sync::Arc;

use super::{OwnPicture, OwnPictures};
use crate::gpu::{Data, Plan, Tensor};
use crate::nn::{Graph, Init, Net, Outcome, ParamId, Parameters, Set, Setup, Task};
use crate::ops::OpError;
use crate::ops::batch::{Draw, Format, Samples, batch, batch_ids};
use crate::ops::binary::{Op, binary};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::optim::{Method, Optimiser};
use crate::ops::unary::Act;
use crate::recipes::judge::judge;

/// Steps in which a head learns.
pub const STEPS: usize = 150;
/// Pictures of a batch at most.
const BATCH: usize = 32;
const RATE: f32 = 1e-3;
/// Features are many more than pictures, so weights are kept small.
const DECAY: f32 = 0.1;

/// Names of the parameters, which are those of the tensors in a file.
pub(super) const NAMES: [&str; 4] = ["features.mean", "features.deviation", "head.weight", "head.bias"];

/// How `task` is trained.
pub fn setup(task: &OwnHead, seed: u64) -> Setup {
    let optimiser = Optimiser { weight_decay: DECAY, ..Optimiser::new(Method::AdamW, RATE) };
    Setup { seed, ..Setup::new(BATCH.min(task.samples()[0]), optimiser) }
}

/// Records the logits `[N, GROUPS]` of features `x [N, F]`, with mean and deviation `[F]`, weights `[GROUPS, F]` and biases.
pub(super) fn logits(plan: &mut Plan, x: &Tensor, of: [&Tensor; 4]) -> Result<Tensor, OpError> {
    let [mean, deviation, weight, bias] = of;
    let centred = binary(plan, x, mean, Op::Subtract)?;
    let scaled = binary(plan, &centred, deviation, Op::Divide)?;
    plan.name(&scaled, "features on one scale");
    matmul(plan, &scaled, weight, Some(bias), &Gemm::NT)
}

/// The task.
#[derive(Clone, Debug)]
pub struct OwnHead {
    groups: usize,
    width: usize,
    /// Features as the bits of floats, and groups, of each set.
    sets: [[Data; 2]; 2],
    samples: [usize; 2],
    mean: Arc<[f32]>,
    deviation: Arc<[f32]>,
}

impl OwnHead {
    /// That of telling the groups of these pictures apart by a network's features of them.
    pub fn new(pictures: &OwnPictures) -> Self {
        Self::reading(pictures, |own| &own.features)
    }

    /// The same by their pixels alone, which no network has looked at.
    pub fn on_pixels(pictures: &OwnPictures) -> Self {
        Self::reading(pictures, |own| &own.pixels)
    }

    fn reading(pictures: &OwnPictures, read: fn(&OwnPicture) -> &[f32]) -> Self {
        let width = pictures.set(true).next().map_or(0, |(_, own)| read(own).len());
        let set = |held_back| {
            let features = pictures.set(held_back).flat_map(|(_, own)| read(own).iter().map(|v| v.to_bits()));
            let groups = pictures.set(held_back).map(|(group, _)| group as u32);
            [features.collect::<Vec<_>>().into(), groups.collect::<Vec<_>>().into()]
        };
        let samples = [false, true].map(|held_back| pictures.set(held_back).count());
        let [mean, deviation] =
            scale(width, &pictures.set(false).map(|(_, own)| read(own)).collect::<Vec<_>>());
        Self { groups: pictures.groups.len(), width, sets: [set(false), set(true)], samples, mean, deviation }
    }

    /// What it reads of the pictures that are held back, `[N, F]`, and that shape.
    pub fn unseen(&self) -> (Vec<f32>, [usize; 2]) {
        let [features, _] = &self.sets[Set::Test as usize];
        let features = bytemuck::cast_slice(features.bytes()).to_vec();
        (features, [self.samples[Set::Test as usize], self.width])
    }
}

/// Mean and standard deviation of each feature. One that is always the same is left on its scale.
fn scale(width: usize, pictures: &[&[f32]]) -> [Arc<[f32]>; 2] {
    let n = pictures.len() as f64;
    let moments = (0..width).map(|i| {
        let values = || pictures.iter().map(|features| f64::from(features[i]));
        let mean = values().sum::<f64>() / n;
        let deviation = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt() as f32;
        (mean as f32, if deviation > 0.0 { deviation } else { 1.0 })
    });
    let (mean, deviation): (Vec<f32>, Vec<f32>) = moments.unzip();
    [mean.into(), deviation.into()]
}

struct OwnHeadNet {
    of: OwnHead,
    params: [ParamId; 4],
}

impl Task for OwnHead {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        let [mean, deviation, weight, bias] = NAMES;
        for (name, values) in [(mean, &self.mean), (deviation, &self.deviation)] {
            p.reuse(name, values.clone(), true);
        }
        let params = [
            p.add_statistic(mean, &[self.width], Init::Zeros),
            p.add_statistic(deviation, &[self.width], Init::Constant(1.0)),
            // One layer needs no first weights that differ: from 0 on, no group is preferred.
            p.add(weight, &[self.groups, self.width], Init::Zeros),
            p.add(bias, &[self.groups], Init::Zeros),
        ];
        Box::new(OwnHeadNet { of: self.clone(), params })
    }

    fn samples(&self) -> [usize; 2] {
        self.samples
    }
}

impl Net for OwnHeadNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let OwnHead { width, sets, samples, .. } = &self.of;
        let ([features, groups], n) = (&sets[set as usize], samples[set as usize]);
        let features = g.plan.constant("features of all pictures", &[n * width], features.clone());
        let groups = g.plan.constant("groups", &[n], groups.clone());
        let steps = g.steps.clone();
        let of = |width| Samples { n, width, pitch: width, offset: 0 };
        let x = batch(&mut g.plan, &features, &steps, of(*width), draw, Format::Floats)?;
        let classes = batch_ids(&mut g.plan, &groups, &steps, of(1), draw)?;
        let logits = self.look(g, &x)?;
        judge(g, &logits, &classes.view(&[draw.batch]))
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let params = self.params.map(|id| g.param(id));
        let y = logits(&mut g.plan, x, params.each_ref())?;
        g.layer("head", &y, &self.params[2..], Act::IDENTITY);
        Ok(y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learned_from_is_brought_to_one_scale_and_what_is_always_the_same_is_not_divided() {
        let [mean, deviation] = scale(3, &[&[1.0, 5.0, 0.0], &[3.0, 5.0, 0.0]]);
        assert_eq!((&mean[..], &deviation[..]), (&[2.0, 5.0, 0.0][..], &[1.0, 1.0, 1.0][..]));
    }
}
