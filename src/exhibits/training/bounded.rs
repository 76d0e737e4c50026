//! Two networks of equally many parameters that tell points of the plane apart: how wide the one has to be for the depth of
//! the other, and what is read of both while they learn.

use std::rc::Rc;

use super::twins::Activation;
use crate::choices;
use crate::data::toy::Toy;
use crate::exhibits::Recording;
use crate::gpu::Tensor;
use crate::nn::{Init, LookId, RunId, Set, Setup};
use crate::ops::optim::Optimiser;
use crate::recipes::{OneLogit, PointSets};
use crate::viz::View;

/// Cells of the plane on each side, and how far it reaches from its middle.
pub const SIDE: usize = 64;
pub const REACH: f32 = 1.2;
/// Points that no network learns from.
pub const UNSEEN: usize = 200;
/// Steps of training, and after how many both are judged on all unseen points.
pub const STEPS: u64 = 600;
const JUDGED: u64 = 50;
const BATCH: usize = 50;
/// Inputs of each network.
const INPUTS: usize = 2;

choices! {
    /// Points of two classes.
    pub enum Points {
        /// Two arms that wind round each other.
        Spiral = "spiral",
        /// A disc in a ring.
        Circles = "circles",
        /// Four clouds, opposite ones of one class.
        Xor = "XOR",
        /// Two half moons that reach into each other.
        Moons = "moons",
    }
}

impl Points {
    fn toy(self) -> Toy {
        match self {
            Self::Spiral => Toy::TwoArms,
            Self::Circles => Toy::Circles,
            Self::Xor => Toy::Xor,
            Self::Moons => Toy::Moons,
        }
    }
}

/// Hidden layers, all of one width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Hidden layers.
    pub layers: usize,
    /// Units of each.
    pub units: usize,
}

impl Size {
    /// Weights and biases with two inputs and one output.
    pub fn parameters(self) -> usize {
        let Self { layers, units } = self;
        (INPUTS + 1) * units + (layers - 1) * (units + 1) * units + units + 1
    }

    /// So many layers, of the width whose parameters come nearest to those of this one; of two the narrower.
    pub fn rival(self, layers: usize) -> Self {
        let apart = |units: &usize| Self { layers, units: *units }.parameters().abs_diff(self.parameters());
        let units = (1..=self.parameters()).min_by_key(apart).unwrap_or(1);
        Self { layers, units }
    }

    /// In words: "3 layers of 6".
    pub fn name(self) -> String {
        let Self { layers, units } = self;
        format!("{layers} {} of {units}", if layers == 1 { "layer" } else { "layers" })
    }
}

/// What both have alike.
#[derive(Clone, Copy, Debug)]
pub struct Alike {
    /// Points, how many to learn from, and the standard deviation of their noise.
    pub points: Points,
    /// How many to learn from.
    pub count: usize,
    /// Noise of each coordinate.
    pub noise: f32,
    /// Activation of hidden layers.
    pub activation: Activation,
    /// Of points, first weights and batches.
    pub seed: u64,
    /// What changes the weights.
    pub optimiser: Optimiser,
}

/// What was recorded.
pub struct Bounded {
    /// A and B.
    pub sizes: [Size; 2],
    /// Their activation.
    pub activation: Activation,
    /// Points: those that are learned from, and those that are not.
    pub points: [Vec<([f32; 2], u32)>; 2],
    /// Which look of the stage shows the plane to each.
    looks: [usize; 2],
}

/// A unit of a hidden layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// 0 for A, 1 for B.
    pub run: usize,
    /// Hidden layer, from 0.
    pub layer: usize,
    /// From 0.
    pub unit: usize,
}

/// Places of the plane, x and y of each cell's middle, row by row from above.
pub fn grid() -> Vec<f32> {
    let at = |i: usize| REACH * ((2 * i + 1) as f32 / SIDE as f32 - 1.0);
    (0..SIDE * SIDE).flat_map(|i| [at(i % SIDE), -at(i / SIDE)]).collect()
}

/// What two networks begin with before this activation.
fn init(of: Activation) -> Init {
    match of {
        Activation::Relu => Init::HeNormal,
        Activation::Tanh | Activation::Sigmoid => Init::XavierNormal,
    }
}

impl Bounded {
    /// Records that both learn, and that both are shown the plane.
    pub fn record(on: &mut Recording<'_>, sizes: [Size; 2], alike: Alike) -> Self {
        let Alike { points, count, noise, activation, seed, optimiser } = alike;
        let data = PointSets::new(points.toy(), [count, UNSEEN], noise, seed);
        let setup = Setup { seed, ..Setup::new(BATCH.min(count), optimiser) };
        let mut names = ["A", "B"].into_iter();
        let looks = sizes.map(|size| {
            let hidden = vec![size.units; size.layers];
            let (act, init) = (activation.act(), init(activation));
            let run = on.train(
                names.next().unwrap_or_default(),
                Rc::new(OneLogit { data: data.clone(), hidden, act, init }),
                setup,
            );
            on.look_at(run, grid(), &[SIDE * SIDE, INPUTS], false)
        });
        on.plan_steps(STEPS, JUDGED, None);
        let points = [Set::Training, Set::Test].map(|set| data.placed(set));
        Self { sizes, activation, points, looks }
    }

    /// What shows the plane to a network.
    pub fn look(&self, view: &View<'_>, run: usize) -> Option<LookId> {
        view.stage.looks().nth(self.looks[run])
    }

    /// The logit of each cell, `[SIDE, SIDE]`.
    pub fn boundary(&self, view: &View<'_>, run: usize) -> Option<Tensor> {
        let looking = view.player()?.looking(self.look(view, run)?)?;
        Some(looking.output().view(&[SIDE, SIDE]))
    }

    /// What a hidden layer, from 0, puts out unit by unit over the plane, `[units, SIDE, SIDE]`, and cell by cell as the layer
    /// has computed it, `[SIDE·SIDE, units]`.
    pub fn surfaces(&self, view: &View<'_>, run: usize, layer: usize) -> Option<[Tensor; 2]> {
        let looking = view.player()?.looking(self.look(view, run)?)?;
        let of = looking.layers().get(layer)?;
        let surfaces = of.extra("surfaces")?;
        Some([surfaces.view(&[surfaces.shape[0], SIDE, SIDE]), of.output.clone()])
    }

    /// The unit that there is nearest to the one that is asked for.
    pub fn nearest(&self, of: Unit) -> Unit {
        let size = self.sizes[of.run.min(1)];
        Unit { run: of.run.min(1), layer: of.layer.min(size.layers - 1), unit: of.unit.min(size.units - 1) }
    }
}

/// Share of right answers at the step that is shown: on the last batches, and on unseen points.
pub fn right(view: &View<'_>, run: usize) -> Option<[f64; 2]> {
    let player = view.player()?;
    let unseen = player.unseen(RunId(run))?;
    let learned = player.seen(RunId(run)).unwrap_or(f32::NAN);
    Some([learned, unseen].map(f64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_and_matched() {
        assert_eq!(Size { layers: 1, units: 26 }.parameters(), 105);
        assert_eq!(Size { layers: 2, units: 8 }.parameters(), 105);
        for layers in 1..=4 {
            for units in 2..=16 {
                let own = Size { layers, units };
                for rival in 1..=4 {
                    let found = own.rival(rival);
                    let next = Size { units: found.units + 1, ..found };
                    let apart = |of: Size| of.parameters().abs_diff(own.parameters());
                    assert!(apart(found) <= apart(next), "{own:?} {found:?}");
                }
            }
        }
    }

    #[test]
    fn the_plane_begins_at_its_left_upper_corner() {
        let grid = grid();
        assert!(grid[0] < 0.0 && grid[1] > 0.0 && grid[2] > grid[0] && grid[3] == grid[1]);
        assert!(grid.iter().all(|v| v.abs() < REACH));
    }
}
