//! A small network whose loss is seen as a surface: a plane through its first weights, and where training goes, seen from
//! that plane (Li et al., "Visualizing the loss landscape of neural nets", 2018).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::losses::{Loss, Shape};
use super::points::PointSets;
use crate::gpu::{Plan, Tensor, reference};
use crate::nn::{Graph, Init, Net, Outcome, ParamId, Parameters, Set, Task};
use crate::ops::OpError;
use crate::ops::batch::Draw;
use crate::ops::binary::{Op, binary};
use crate::ops::embed::embed;
use crate::ops::gradient::backward;
use crate::ops::layout::{concat, fill, narrow};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::metric::hits;
use crate::ops::reduce::{Reduce, mean, reduce};
use crate::ops::unary::{Act, activation};

/// Units of the layers, from the coordinates of a point to one score.
const UNITS: [usize; 4] = [2, 8, 8, 1];
/// Layers.
const LAYERS: usize = UNITS.len() - 1;
/// Numbers that are learned.
pub const WEIGHTS: usize = {
    let [a, b, c, d] = UNITS;
    (a + 1) * b + (b + 1) * c + (c + 1) * d
};
/// Points of which the surface is the mean loss.
const POINTS: usize = 64;
/// How far the second direction is looked for down the first, in its length.
const ON: f32 = 0.5;

/// A network of two hidden layers of 8 tanh units on points of two classes, and one of the losses.
#[derive(Clone, Debug)]
pub struct Sliced {
    /// The points.
    pub data: PointSets,
    /// What is to become small.
    pub loss: Loss,
    /// What is set of it.
    pub shape: Shape,
    /// The plane from which its way is seen.
    pub slice: Rc<Slice>,
}

/// Weight and bias of each layer, one after the other, as numbers.
type Numbers = Vec<Vec<f32>>;

/// A plane through the first weights of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The first weights and biases.
    start: Numbers,
    /// Two directions at right angles: down the gradient, and down that which is met further on. Each row of a layer's
    /// weights is as long as the row that it is added to; biases, 0 at first, stay.
    ways: [Numbers; 2],
}

/// Sizes of the parameters of a layer: weights `[out, in]`, biases `[out]`.
fn shapes(layer: usize) -> [Vec<usize>; 2] {
    [vec![UNITS[layer + 1], UNITS[layer]], vec![UNITS[layer + 1]]]
}

/// Name of a parameter of a layer.
fn name(layer: usize, which: usize) -> String {
    format!("layer{}.{}", layer + 1, ["weight", "bias"][which])
}

/// Declares all parameters.
fn declare(p: &mut Parameters) -> Vec<ParamId> {
    let all = (0..LAYERS).flat_map(|layer| [(layer, 0), (layer, 1)]);
    all.map(|(layer, which)| {
        let init = if which == 0 { Init::XavierNormal } else { Init::Zeros };
        p.add(&name(layer, which), &shapes(layer)[which], init)
    })
    .collect()
}

/// Records the scores `[.., M]` of points `x [M, 2]`; weights `[.., out, in]` and biases `[.., 1, out]` may be those of many
/// networks.
fn scores(plan: &mut Plan, x: &Tensor, weights: &[Tensor]) -> Result<Tensor, OpError> {
    let mut x = x.clone();
    for (layer, of) in weights.chunks_exact(2).enumerate() {
        let sum = matmul(plan, &x, &of[0], None, &Gemm::NT)?;
        x = binary(plan, &sum, &of[1], Op::Add)?;
        plan.name(&x, &format!("sums of layer {}", layer + 1));
        if layer + 1 < LAYERS {
            x = activation(plan, &x, Act::TANH);
            plan.name(&x, &format!("layer {}", layer + 1));
        }
    }
    Ok(x)
}

/// Records the loss of each score, given the sign of its class, 1 or −1; all of one shape.
fn losses(plan: &mut Plan, z: &Tensor, sign: &Tensor, loss: Loss, of: Shape) -> Result<Tensor, OpError> {
    // A number is to be met, a score is to be on the right side.
    let op = if loss.is_of_numbers() { Op::Subtract } else { Op::Multiply };
    let x = binary(plan, z, sign, op)?;
    loss.record(plan, &x.view(&[x.len()]), of)
}

/// Points that the surface is made of, `[M, 2]`, and the signs of their classes, `[M, 1]`.
fn points(plan: &mut Plan, data: &PointSets) -> [Tensor; 2] {
    let [at, classes] = data.points(Set::Training);
    let n = data.samples()[0].min(POINTS);
    let at: Vec<f32> = at.to_f64()[..2 * n].iter().map(|bits| f32::from_bits(*bits as u32)).collect();
    let signs: Vec<f32> =
        classes.to_f64()[..n].iter().map(|class| if *class == 0.0 { -1.0 } else { 1.0 }).collect();
    [plan.constant("points", &[n, 2], at), plan.constant("signs of their classes", &[n, 1], signs)]
}

impl Slice {
    /// The plane through the first weights of this seed.
    ///
    /// # Errors
    /// If a setting of the loss is out of its range.
    pub fn new(data: &PointSets, seed: u64, loss: Loss, shape: Shape) -> Result<Self, OpError> {
        let mut p = Parameters::new(seed);
        declare(&mut p);
        let all = p.initial();
        let of = |parameter| all[p.offset(parameter)..][..parameter.len()].to_vec();
        let start: Numbers = p.list().iter().map(of).collect();
        let steepest = |at: &Numbers| Ok::<_, OpError>(like(&descent(data, at, loss, shape)?, &start));
        let first = steepest(&start)?;
        let on: Numbers = start.iter().zip(&first).map(|(a, b)| sum(a, b, ON)).collect();
        let second = steepest(&on)?;
        // At right angles to the first, and as long.
        let along = dot(&second, &first) / dot(&first, &first).max(f32::MIN_POSITIVE);
        let second: Numbers = second.iter().zip(&first).map(|(a, b)| sum(a, b, -along)).collect();
        let long = (dot(&first, &first) / dot(&second, &second).max(f32::MIN_POSITIVE)).sqrt();
        let second = second.into_iter().map(|v| v.into_iter().map(|x| x * long).collect()).collect();
        Ok(Self { start, ways: [first, second] })
    }

    /// Records the mean loss of `count` × `count` networks on the plane, `[1, 1, count, count]`: `across` from left to right
    /// along the first direction and `up` from below to above along the second, from where to where.
    ///
    /// # Errors
    /// If a setting of the loss is out of its range.
    pub fn record(
        &self,
        plan: &mut Plan,
        task: &Sliced,
        [across, up]: [[f32; 2]; 2],
        count: usize,
    ) -> Result<Tensor, OpError> {
        let along =
            |[from, to]: [f32; 2], i: usize| from + (to - from) * i as f32 / (count - 1).max(1) as f32;
        let place = |i: usize| [along(across, i % count), along(up, count - 1 - i / count)];
        let places: Vec<f32> = (0..count * count).flat_map(place).collect();
        let places = plan.constant("places on the plane", &[count * count, 2], places);
        let mut weights = Vec::new();
        for (i, start) in self.start.iter().enumerate() {
            let (layer, which) = (i / 2, i % 2);
            let ways = self.ways.iter().flat_map(|way| way[i].iter().copied()).collect::<Vec<_>>();
            let ways =
                plan.constant(&format!("directions of {}", name(layer, which)), &[2, start.len()], ways);
            let first = plan.constant(&name(layer, which), &[start.len()], start.clone());
            let all = matmul(plan, &places, &ways, Some(&first), &Gemm::NN)?;
            let shape = [UNITS[layer + 1], UNITS[layer]];
            let [rows, columns] = if which == 0 { shape } else { [1, UNITS[layer + 1]] };
            weights.push(all.view(&[count * count, rows, columns]));
        }
        let [x, sign] = points(plan, &task.data);
        let z = scores(plan, &x, &weights)?;
        let sign = sign.view(&[1, sign.len(), 1]);
        let each = losses(plan, &z, &sign, task.loss, task.shape)?;
        let surface = reduce(plan, &each.view(&[count * count, sign.len()]), &[1], Reduce::Mean, false)?;
        plan.name(&surface, "loss on the plane");
        Ok(surface.view(&[1, 1, count, count]))
    }
}

/// The negative gradient of the mean loss at these weights, by the reference: it is needed before anything is recorded.
fn descent(data: &PointSets, at: &Numbers, loss: Loss, shape: Shape) -> Result<Numbers, OpError> {
    let mut plan = Plan::new();
    let mut weights = Vec::new();
    for (i, numbers) in at.iter().enumerate() {
        weights.push(plan.constant(&name(i / 2, i % 2), &shapes(i / 2)[i % 2], numbers.clone()));
    }
    let [x, sign] = points(&mut plan, data);
    let z = scores(&mut plan, &x, &weights)?;
    let each = losses(&mut plan, &z, &sign, loss, shape)?;
    let mean = mean(&mut plan, &each);
    let gradients = backward(&mut plan, &mean, None, &weights.iter().collect::<Vec<_>>());
    let gradients = gradients.expect("every loss has a gradient and reads all weights");
    let values = reference::run(&plan, &BTreeMap::new());
    let of = |weight: &Tensor| {
        let found = gradients.of(weight).expect("it was asked for");
        reference::content(&plan, &values, found.buf).iter().map(|v| -*v as f32).collect()
    };
    Ok(weights.iter().map(of).collect())
}

/// Each row of a direction's weights made as long as the row of `start`; biases 0.
fn like(direction: &Numbers, start: &Numbers) -> Numbers {
    let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    let rows = |i: usize| {
        let inputs = UNITS[i / 2];
        let pairs = direction[i].chunks(inputs).zip(start[i].chunks(inputs));
        pairs.flat_map(move |(d, s)| {
            let factor = norm(s) / norm(d).max(f32::MIN_POSITIVE);
            d.iter().map(move |x| x * factor)
        })
    };
    let all = 0..direction.len();
    all.map(|i| if i % 2 == 0 { rows(i).collect() } else { vec![0.0; direction[i].len()] }).collect()
}

fn sum(a: &[f32], b: &[f32], factor: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + factor * b).collect()
}

fn dot(a: &Numbers, b: &Numbers) -> f32 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| a * b).sum()
}

struct SlicedNet {
    of: Sliced,
    params: Vec<ParamId>,
}

impl Task for Sliced {
    fn declare(&self, p: &mut Parameters) -> Box<dyn Net> {
        Box::new(SlicedNet { of: self.clone(), params: declare(p) })
    }

    fn samples(&self) -> [usize; 2] {
        self.data.samples()
    }
}

impl SlicedNet {
    /// Notes where on the plane the weights stand: their shadow, in lengths of both directions.
    fn note(&self, g: &mut Graph) -> Result<(), OpError> {
        let Slice { start, ways } = &*self.of.slice;
        let flat: Vec<Tensor> =
            self.params.iter().map(|id| g.param(*id)).map(|w| w.view(&[1, w.len()])).collect();
        let all = concat(&mut g.plan, &flat.iter().collect::<Vec<_>>(), 1)?;
        let scaled = ways.each_ref().map(|way| {
            let size = dot(way, way).max(f32::MIN_POSITIVE);
            way.iter().flatten().map(|x| x / size).collect::<Vec<_>>()
        });
        let before = ways.each_ref().map(|way| -dot(start, way) / dot(way, way).max(f32::MIN_POSITIVE));
        let ways = g.plan.constant("directions", &[2, all.len()], scaled.concat());
        let before = g.plan.constant("the start", &[2], before.to_vec());
        let shadow = matmul(&mut g.plan, &all, &ways, Some(&before), &Gemm::NT)?;
        g.plan.name(&shadow, "place on the plane");
        for axis in 0..2 {
            let one = narrow(&mut g.plan, &shadow, 1, axis, 1)?.view(&[1]);
            g.note(&one);
        }
        Ok(())
    }
}

impl Net for SlicedNet {
    fn forward(&self, g: &mut Graph, set: Set, draw: Draw) -> Result<Outcome, OpError> {
        let [x, classes] = self.of.data.batch(g, set, draw)?;
        let z = self.look(g, &x)?;
        let signs = g.plan.constant("signs of classes", &[2, 1], vec![-1.0, 1.0]);
        let sign = embed(&mut g.plan, &signs, &classes)?;
        let each = losses(&mut g.plan, &z, &sign, self.of.loss, self.of.shape)?;
        let loss = mean(&mut g.plan, &each);
        let none = fill(&mut g.plan, "score of class 0", &z.shape, 0.0);
        let both = concat(&mut g.plan, &[&none, &z], 1)?;
        let right = hits(&mut g.plan, &both, &classes)?;
        if g.training {
            self.note(g)?;
        }
        Ok(Outcome { loss, right: Some(right), views: vec![("scores", z)] })
    }

    fn look(&self, g: &mut Graph, x: &Tensor) -> Result<Tensor, OpError> {
        let weights: Vec<Tensor> = self.params.iter().map(|id| g.param(*id)).collect();
        let z = scores(&mut g.plan, x, &weights)?;
        g.layer("score", &z, &self.params[2 * (LAYERS - 1)..], Act::IDENTITY);
        Ok(z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::toy::Toy;
    use crate::gpu::Runtime;
    use crate::nn::{Setup, Trainer};
    use crate::ops::optim::{Method, Optimiser};

    const SHAPE: Shape = Shape { delta: 1.0, gamma: 2.0, smoothing: 0.1 };

    fn task(loss: Loss, seed: u64) -> Sliced {
        let data = PointSets::new(Toy::Moons, [POINTS, 8], 0.05, 1);
        let slice = Rc::new(Slice::new(&data, seed, loss, SHAPE).unwrap());
        Sliced { data, loss, shape: SHAPE, slice }
    }

    #[test]
    fn the_middle_of_the_plane_is_the_start_and_down_the_first_direction_the_loss_falls() {
        for loss in Loss::ALL {
            let of = task(loss, 3);
            let mut plan = Plan::new();
            let surface = of.slice.record(&mut plan, &of, [[-0.2, 0.2]; 2], 5).unwrap();
            let surface = &reference::run(&plan, &BTreeMap::new())[surface.buf.0];
            let setup = Setup { seed: 3, ..Setup::new(POINTS, Optimiser::new(Method::Sgd, 0.1)) };
            let mut trainer = Trainer::new(&Runtime::Reference, &of, setup).unwrap();
            trainer.run(1);
            let first = trainer.records().unwrap()[0].loss;
            assert!((surface[12] - f64::from(first)).abs() < 1e-5, "{loss:?}: {} and {first}", surface[12]);
            assert!(surface[13] < surface[12], "{loss:?} falls to the right: {:?}", &surface[10..15]);
        }
    }

    #[test]
    fn both_directions_are_at_right_angles_and_as_long_as_the_weights() {
        let of = task(Loss::CrossEntropy, 0);
        let [first, second] = &of.slice.ways;
        let [a, b] = [first, second].map(|way| dot(way, way));
        assert!(dot(first, second).abs() < 1e-4 * a && (a - b).abs() < 1e-4 * a);
        let weights: f32 = of.slice.start.iter().flatten().map(|x| x * x).sum();
        assert!((a - weights).abs() < 1e-4 * weights, "{a} and {weights}");
    }
}
