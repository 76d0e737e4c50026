//! Straight lines through points of which one lies far off: for each loss of numbers the line that makes it least, with that
//! point and without.

use super::loss_asked::Asked;
use crate::data::toy::{Line, regression};
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::{concat, narrow};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::unary::{Act, activation};
use crate::recipes::Loss;
use crate::viz::View;

/// Points beside the one that is moved.
const POINTS: usize = 12;
/// Slope and offset of the line that they are near, and how near.
const TRUE: [f32; 2] = [1.2, 0.4];
const NOISE: f32 = 0.25;
/// Losses, and lines: with the outlier, then without.
const LOSSES: usize = Loss::OF_NUMBERS.len();
const LINES: usize = 2 * LOSSES;
/// Rounds of weighted least squares: those of the absolute error need most.
const ROUNDS: usize = 14;
/// Where Huber's loss becomes straight so that it is the squared error, and so that it is the absolute one.
const WIDE: f32 = 1e6;
const NARROW: f32 = 1e-3;

/// Points and the lines through them.
pub struct Fitted {
    /// All points, the outlier last.
    pub points: Vec<[f32; 2]>,
    /// Slope and offset of each line, `[6, 2]`: the losses of numbers in order, with the outlier, then without.
    lines: Tensor,
    /// How far the outlier moves each line at its own place, `[3]`.
    pulls: Tensor,
    /// From the outlier to the line of each loss, `[3]`: line less point.
    pub differences: Tensor,
}

/// What was measured of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Slope and offset of each line, with the outlier and without, by loss.
    pub lines: [[[f32; 2]; LOSSES]; 2],
    /// How far the outlier moves each line.
    pub pulls: [f64; LOSSES],
}

/// Points near a line; their places do not depend on the outlier.
fn points(seed: u64) -> Line {
    regression(POINTS, TRUE, NOISE, 0.0, seed)
}

impl Fitted {
    /// Records the lines, by weighted least squares again and again: a point that is farther than δ from the line counts by
    /// δ over its distance (Holland and Welsch, "Robust regression using iteratively reweighted least-squares", 1977).
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(plan: &mut Plan, asked: &Asked, seed: u64) -> Result<Self, Problem> {
        let line = points(seed);
        let mut at: Vec<[f32; 2]> = line.x.into_iter().zip(line.y).map(|(x, y)| [x, y]).collect();
        at.push(asked.outlier);
        let n = at.len();
        let column = |plan: &mut Plan, name: &str, of: fn([f32; 2]) -> f32| {
            plan.constant(name, &[n, 1], at.iter().map(|p| of(*p)).collect::<Vec<f32>>())
        };
        let sums = [
            column(plan, "1", |_| 1.0),
            column(plan, "x", |[x, _]| x),
            column(plan, "x²", |[x, _]| x * x),
            column(plan, "y", |[_, y]| y),
            column(plan, "x·y", |[x, y]| x * y),
        ];
        let [x, y] = [&sums[1], &sums[3]].map(|of| of.view(&[1, n]));
        let widths = [WIDE, NARROW, asked.shape.delta].repeat(2);
        let widths = plan.constant("δ of each line", &[LINES, 1], widths);
        let counts = (0..LINES * n).map(|i| if i >= LOSSES * n && i % n + 1 == n { 0.0 } else { 1.0 });
        let counts = plan.constant("which points count", &[LINES, n], counts.collect::<Vec<f32>>());
        let mut weights = counts.clone();
        let mut round = 0;
        let (slope, offset) = loop {
            let (slope, offset) = least_squares(plan, &weights, &sums)?;
            round += 1;
            if round == ROUNDS {
                break (slope, offset);
            }
            let steep = binary(plan, &slope, &x, Op::Multiply)?;
            let predicted = binary(plan, &steep, &offset, Op::Add)?;
            let difference = binary(plan, &predicted, &y, Op::Subtract)?;
            let distance = activation(plan, &difference, Act::ABS);
            let farther = binary(plan, &distance, &widths, Op::Maximum)?;
            let counted = binary(plan, &widths, &farther, Op::Divide)?;
            weights = binary(plan, &counted, &counts, Op::Multiply)?;
            plan.name(&weights, "weights of the points");
        };
        let lines = concat(plan, &[&slope, &offset], 1)?;
        plan.name(&lines, "slope and offset of each line");
        let there = affine(plan, &slope, asked.outlier[0], 0.0);
        let there = binary(plan, &there, &offset, Op::Add)?;
        plan.name(&there, "lines at the outlier's place");
        let [with, without] = [0, LOSSES].map(|from| narrow(plan, &there, 0, from, LOSSES));
        let with = with?;
        let pulls = binary(plan, &with, &without?, Op::Subtract)?;
        let pulls = activation(plan, &pulls, Act::ABS);
        plan.name(&pulls, "how far the outlier moves each line");
        let differences = affine(plan, &with, 1.0, -asked.outlier[1]).view(&[LOSSES]);
        plan.name(&differences, "from the outlier to each line");
        Ok(Self { points: at, lines, pulls, differences })
    }

    /// What was measured, once it is there.
    pub fn read(&self, view: &mut View<'_>) -> Option<Told> {
        let [lines, pulls] = [&self.lines, &self.pulls].map(|of| view.values(of));
        Told::of(&lines?, &pulls?)
    }
}

impl Told {
    fn of(lines: &[f32], pulls: &[f32]) -> Option<Self> {
        let (lines, _) = lines.as_chunks::<2>();
        let side = |from: usize| lines.get(from..from + LOSSES)?.try_into().ok();
        let pulls: [f32; LOSSES] = pulls.try_into().ok()?;
        Some(Self { lines: [side(0)?, side(LOSSES)?], pulls: pulls.map(f64::from) })
    }
}

/// Slope and offset, `[6, 1]` each, of the lines of least squares with these weights `[6, N]`; `sums`: 1, x, x², y, x·y of
/// each point, `[N, 1]`.
fn least_squares(plan: &mut Plan, weights: &Tensor, sums: &[Tensor; 5]) -> Result<(Tensor, Tensor), Problem> {
    let mut all = Vec::new();
    for of in sums {
        all.push(matmul(plan, weights, of, None, &Gemm::NN)?);
    }
    let [one, x, xx, y, xy] = &all[..] else { unreachable!("there are five") };
    let mut both = |a: &Tensor, b: &Tensor, op| binary(plan, a, b, op);
    let (a, b) = (both(one, xy, Op::Multiply)?, both(x, y, Op::Multiply)?);
    let (c, d) = (both(one, xx, Op::Multiply)?, both(x, x, Op::Multiply)?);
    let (above, below) = (both(&a, &b, Op::Subtract)?, both(&c, &d, Op::Subtract)?);
    let slope = both(&above, &below, Op::Divide)?;
    let steep = both(&slope, x, Op::Multiply)?;
    let left = both(y, &steep, Op::Subtract)?;
    let offset = both(&left, one, Op::Divide)?;
    Ok((slope, offset))
}

#[cfg(test)]
mod tests {
    use super::super::loss_asked::START;
    use super::*;
    use crate::gpu::reference;
    use std::collections::BTreeMap;

    fn told(delta: f32) -> (Vec<[f32; 2]>, Told) {
        let mut plan = Plan::new();
        let mut asked = START;
        asked.shape.delta = delta;
        let of = Fitted::record(&mut plan, &asked, 0).unwrap();
        let run = reference::run(&plan, &BTreeMap::new());
        let [lines, pulls] =
            [&of.lines, &of.pulls].map(|t| run[t.buf.0].iter().map(|v| *v as f32).collect::<Vec<f32>>());
        (of.points, Told::of(&lines, &pulls).unwrap())
    }

    #[test]
    fn one_point_pulls_the_squared_error_most() {
        let (_, told) = told(0.5);
        let [squared, absolute, huber] = told.pulls;
        assert!(squared > 2.0 * absolute && squared > 2.0 * huber, "{:?}", told.pulls);
    }

    #[test]
    fn the_line_of_the_absolute_error_is_the_best_of_those_through_two_points() {
        let (points, told) = told(0.5);
        let error = |[slope, offset]: [f32; 2]| -> f64 {
            points.iter().map(|[x, y]| f64::from((slope * x + offset - y).abs())).sum()
        };
        let mut best = f64::INFINITY;
        for (i, a) in points.iter().enumerate() {
            for b in &points[i + 1..] {
                let slope = (b[1] - a[1]) / (b[0] - a[0]);
                best = best.min(error([slope, a[1] - slope * a[0]]));
            }
        }
        let have = error(told.lines[0][1]);
        assert!(have <= 1.01 * best, "{have} is not near {best}");
    }

    #[test]
    fn a_wide_huber_is_the_squared_error() {
        let (_, told) = told(1e5);
        assert!((told.pulls[0] - told.pulls[2]).abs() < 1e-6);
    }
}
