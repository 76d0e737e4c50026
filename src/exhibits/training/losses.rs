//! What the page on losses records: every loss of a family and its slope over a range and at a probe; lines through points
//! with an outlier; the surface of a small network.

use std::rc::Rc;

use super::fitted::Fitted;
use super::loss_asked::Asked;
use crate::data::toy::Toy;
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::gradient::backward;
use crate::ops::layout::{concat, narrow};
use crate::recipes::{Loss, PointSets, Shape, Slice, Sliced};
use crate::settings::Choice as _;
use crate::viz::View;

/// Places of a curve.
const PLACES: usize = 121;
/// Half the distance of the two places of a finite difference.
const APART: f32 = 0.01;
/// Side of the surface, and what it shows of the plane: along the first direction, along the second.
pub const SIDE: usize = 25;
pub const PLANE: [[f32; 2]; 2] = [[-0.4, 0.8], [-0.6, 0.6]];
/// Points of the network: learned from, tested; their noise.
const SETS: [usize; 2] = [256, 256];
const NOISE: f32 = 0.08;

/// A loss over its range, and at the probe.
struct Curve {
    /// Loss and slope, `[PLACES + 3]`: the probe, and a little before and behind it, stand last.
    both: [Tensor; 2],
}

/// What was recorded.
pub struct Losses {
    /// What was asked for.
    pub asked: Asked,
    /// The points and their lines.
    pub fitted: Fitted,
    /// Where the curves were computed, `[PLACES + 3]`.
    places: Tensor,
    /// Those of the family, in order.
    curves: Vec<Curve>,
    /// Mean loss of the network on the plane, `[1, 1, SIDE, SIDE]`.
    pub surface: Tensor,
}

/// A loss at the probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probed {
    /// Where it stands: the difference or the score.
    pub at: f64,
    /// The loss.
    pub loss: f64,
    /// Its slope, by the backward kernels.
    pub slope: f64,
    /// The same by a finite difference of the forward kernels.
    pub finite: f64,
}

/// A loss as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Place and loss, place and slope.
    pub curves: [Vec<[f32; 2]>; 2],
    /// At the probe.
    pub probed: Probed,
}

/// The task of the network, whose first weights are those of `seed`.
///
/// # Errors
/// If a setting is out of its range.
pub fn task(asked: &Asked, seed: u64) -> Result<Sliced, Problem> {
    let data = PointSets::new(Toy::Moons, SETS, NOISE, seed);
    let slice = Rc::new(Slice::new(&data, seed, asked.loss, asked.shape)?);
    Ok(Sliced { data, loss: asked.loss, shape: asked.shape, slice })
}

impl Losses {
    /// Records all of it.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn record(on: &mut Recording<'_>, asked: Asked, task: &Sliced, seed: u64) -> Result<Self, Problem> {
        let plan = &mut on.plan;
        let fitted = Fitted::record(plan, &asked, seed)?;
        // Where the probe stands: at the outlier's difference from its line, or at the score.
        let probe = match Loss::OF_NUMBERS.iter().position(|loss| *loss == asked.loss) {
            Some(i) => narrow(plan, &fitted.differences, 0, i, 1)?,
            None => plan.constant("score", &[1], vec![asked.score]),
        };
        let [before, behind] = [-APART, APART].map(|by| affine(plan, &probe, 1.0, by));
        let reach = asked.reach();
        let along = (0..PLACES).map(|i| reach * (2.0 * i as f32 / (PLACES - 1) as f32 - 1.0));
        let along = plan.constant("places", &[PLACES], along.collect::<Vec<f32>>());
        let places = concat(plan, &[&along, &probe, &before, &behind], 0)?;
        plan.name(&places, if asked.loss.is_of_numbers() { "differences" } else { "scores" });
        let curve = |loss: &Loss| Curve::record(plan, *loss, &places, asked.shape);
        let curves = asked.family().iter().map(curve).collect::<Result<_, _>>()?;
        let surface = task.slice.record(&mut on.plan, task, PLANE, SIDE)?;
        Ok(Self { asked, fitted, places, curves, surface })
    }

    /// Each loss of the family as it was measured, once all are there.
    pub fn read(&self, view: &mut View<'_>) -> Option<Vec<Measured>> {
        // All are asked for in one frame, so that none waits for another.
        let places = view.values(&self.places);
        let both: Vec<_> = self.curves.iter().map(|of| of.both.each_ref().map(|t| view.values(t))).collect();
        let places = places?;
        let mut all = Vec::new();
        for [loss, slope] in both {
            all.push(Measured::of(&places, [&loss?, &slope?]));
        }
        Some(all)
    }

    /// Place of the chosen loss in its family.
    pub fn chosen(&self) -> usize {
        self.asked.family().iter().position(|loss| *loss == self.asked.loss).unwrap_or(0)
    }
}

impl Curve {
    fn record(plan: &mut Plan, loss: Loss, places: &Tensor, shape: Shape) -> Result<Self, Problem> {
        let y = loss.record(plan, places, shape)?;
        plan.name(&y, loss.name());
        let slope = backward(plan, &y, None, &[places])?.of(places).expect("it was asked for");
        plan.name(&slope, &format!("slope of {}", loss.name()));
        Ok(Self { both: [y, slope] })
    }
}

impl Measured {
    fn of(places: &[f32], [loss, slope]: [&[f32]; 2]) -> Self {
        let points = |of: &[f32]| places.iter().zip(of).take(PLACES).map(|(x, y)| [*x, *y]).collect();
        let at = |of: &[f32], i: usize| of.get(PLACES + i).map_or(f64::NAN, |v| f64::from(*v));
        let apart = at(places, 2) - at(places, 1);
        let finite = (at(loss, 2) - at(loss, 1)) / apart;
        let probed = Probed { at: at(places, 0), loss: at(loss, 0), slope: at(slope, 0), finite };
        Self { curves: [points(loss), points(slope)], probed }
    }
}
