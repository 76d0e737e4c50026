//! What the page on ReLU records: the sums of a block of a trained network, what activations make of them, the gradient
//! behind and before the chosen one, which maps are dead for a batch of pictures, and two convolutions as one.

use super::seen::Source;
use crate::choices;
use crate::data::fashion::{Images, PIXELS, SIDE};
use crate::exhibits::difference::largest_difference;
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::ops::affine::affine;
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::gradient::backward;
use crate::ops::layout::{Cut, concat, expand, fill, narrow, slice, transpose};
use crate::ops::reduce::{Reduce, mean, reduce};
use crate::ops::unary::{Act, activation, d_activation};
use crate::recipes::blocks::{self, ENDS, SUMS, WIDTH, Weights};
use crate::recipes::gated::{SHUT, openness};
use crate::settings::Choice as _;
use crate::viz::View;

/// Side of the photo.
pub const PHOTO: usize = 128;
/// Test pictures for which all a map has to be 0 before it is called dead.
pub const PICTURES: usize = 32;
/// The block whose convolution stands directly before that of the next.
const FIRST: usize = 2;
/// What the winning score is multiplied by before it is differentiated: the mean of a map divides gradients by its cells.
pub const SCALE: usize = 1000;
/// Side of the window that stands for two windows of 3.
pub const ONE: usize = 5;

choices! {
    /// What follows the sums.
    pub enum Activation {
        /// max(x, 0)
        Relu = "ReLU",
        /// x below 0 times a slope.
        Leaky = "leaky ReLU",
        /// x·Φ(x)
        Gelu = "GELU",
        /// x·σ(x)
        Silu = "SiLU",
        /// Nothing.
        None = "none",
    }
}

/// How many there are.
pub const ACTIVATIONS: usize = Activation::ALL.len();

impl Activation {
    /// Its kernel; `slope` below 0 where it is leaky.
    pub fn act(self, slope: f32) -> Act {
        match self {
            Self::Relu => Act::RELU,
            Self::Leaky => Act::leaky_relu(slope),
            Self::Gelu => Act::GELU,
            Self::Silu => Act::SILU,
            Self::None => Act::IDENTITY,
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// What follows the sums of the block.
    pub activation: Activation,
    /// Slope of leaky ReLU below 0.
    pub slope: f32,
    /// What is added to all biases of the block.
    pub bias: f32,
    /// The block, from 0.
    pub block: usize,
    /// Which of its maps is shown, from 0.
    pub map: usize,
}

/// Two convolutions of 3 × 3 in a row and the one of 5 × 5 that they would be.
struct Pair {
    /// In a row with nothing between, with ReLU between, and with the chosen activation between, `[1, 16, h, w]`.
    rows: [Tensor; 3],
    /// The one, of the same shape.
    one: Tensor,
}

/// What was recorded.
pub struct Rectified {
    /// Sums of the shown map with the bias that was added, `[1, 1, h, w]`.
    pub x: Tensor,
    /// What each [`Activation`] makes of them.
    pub ways: Vec<Tensor>,
    /// The gradient of [`SCALE`] times the winning score behind the activation and before it, in the same map.
    pub gradients: [Tensor; 2],
    /// The shown map of two convolutions in a row, of one, their difference; of two with ReLU between, and its difference
    /// from the one; `[1, 1, h, w]`.
    pub pair: [Tensor; 5],
    /// Cells of all maps of the block.
    pub cells: usize,
    /// Shares of 0 by activation, shares of the gradient that pass, largest differences of [`Pair::rows`] from the one,
    /// of its largest value; the share of 0 in the shown map; `[14]`.
    told: Tensor,
    /// Mean slope of each map over the test pictures, and its largest sum, `[32]`.
    gates: Tensor,
    /// What was asked for.
    pub asked: Asked,
}

/// The measured numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Share of cells that are exactly 0, by activation.
    pub zeros: [f64; ACTIVATIONS],
    /// Size of the gradient that passes, of what arrives.
    pub passes: [f64; ACTIVATIONS],
    /// How far two convolutions in a row are from one, of its largest value: with nothing between, with ReLU, with the
    /// chosen activation.
    pub apart: [f64; 3],
    /// Share of cells of the shown map that are exactly 0 behind the chosen activation.
    pub map: f64,
    /// Maps that let no gradient through, of the chosen activation and of ReLU.
    pub dead: [usize; 2],
}

impl Rectified {
    /// Records all of it on the picture of `source`.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(on: &mut Recording<'_>, source: Source, asked: Asked) -> Result<Self, Problem> {
        let picture = picture(on, source)?;
        let plan = &mut on.plan;
        let layers = SUMS[asked.block];
        // The pair reads what the second block puts out.
        let first = blocks::record(plan, &picture, layers.max(ENDS[FIRST - 1]), Weights::Trained)?;
        let pair = Pair::record(plan, &first[ENDS[FIRST - 1] - 1].1, asked.activation.act(asked.slope))?;
        let x = affine(plan, &first[layers - 1].1, 1.0, asked.bias);
        plan.name(&x, "sums of the block");
        let act = |of: Activation| of.act(asked.slope);
        let mut ways = Vec::new();
        for of in Activation::ALL {
            let y = activation(plan, &x, act(*of));
            plan.name(&y, &format!("maps behind {}", of.name()));
            ways.push(y);
        }
        let y = &ways[asked.activation as usize];
        let scores = blocks::record_rest(plan, y, layers + 1)?;
        plan.name(&scores, "scores");
        let best = reduce(plan, &scores.view(&[scores.len()]), &[0], Reduce::Max, true)?;
        plan.name(&best, "the winning score");
        let seed = plan.constant("scale of the gradient", &[1], vec![SCALE as f32]);
        let arrives = backward(plan, &best, Some(&seed), &[y])?.of(y).expect("it was asked for");
        // One map, on which the activation and its backward kernel run once more: whoever points at a cell sees that arithmetic.
        let shown = |plan: &mut Plan, of: &Tensor, name: &str| -> Result<Tensor, Problem> {
            let map = narrow(plan, of, 1, asked.map, 1)?;
            plan.name(&map, name);
            Ok(map)
        };
        let own = shown(plan, &x, "x")?;
        let dy = shown(plan, &arrives, "gradient of y")?;
        let mut maps = Vec::new();
        for of in Activation::ALL {
            let y = activation(plan, &own, act(*of));
            plan.name(&y, &format!("y, {}", of.name()));
            maps.push(y);
        }
        let y = &maps[asked.activation as usize];
        let dx = backward(plan, y, Some(&dy), &[&own])?.of(&own).expect("it was asked for");
        plan.name(&dx, "gradient of x");
        let pictured = [
            shown(plan, &pair.rows[0], "two in a row")?,
            shown(plan, &pair.one, "one")?,
            shown(plan, &pair.rows[1], "two with ReLU between")?,
        ];
        let [two, one, between] = &pictured;
        let less = [two, between].map(|of| binary(plan, of, one, Op::Subtract));
        let [apart, more] = less;
        let told = told(plan, [&x, &arrives, y], &ways, &pair, act)?;
        let gates = gates(plan, asked)?;
        let [two, one, between] = pictured;
        Ok(Self {
            cells: x.len(),
            x: own,
            ways: maps,
            gradients: [dy, dx],
            pair: [two, one, apart?, between, more?],
            told,
            gates,
            asked,
        })
    }

    /// What the chosen activation makes of the sums.
    pub fn y(&self) -> &Tensor {
        &self.ways[self.asked.activation as usize]
    }

    /// Rows and columns of a map.
    pub fn side(&self) -> [usize; 2] {
        [self.x.shape[2], self.x.shape[3]]
    }

    /// The measured numbers, once they are there.
    pub fn read(&self, view: &mut View<'_>) -> Option<Told> {
        // All are asked for in one frame, so that none waits for another.
        let [told, gates] = [&self.told, &self.gates].map(|tensor| view.values(tensor));
        Told::read(&told?, &gates?)
    }
}

impl Told {
    /// From the numbers that were recorded.
    fn read(told: &[f32], gates: &[f32]) -> Option<Self> {
        let at = |i: usize| told.get(i).map_or(f64::NAN, |v| f64::from(*v));
        let (open, tops) = gates.split_at_checked(WIDTH)?;
        let dead = open.iter().filter(|open| **open < SHUT).count();
        let relu = tops.iter().filter(|top| **top <= 0.0).count();
        Some(Self {
            zeros: std::array::from_fn(at),
            passes: std::array::from_fn(|i| at(ACTIVATIONS + i)),
            apart: std::array::from_fn(|i| at(2 * ACTIVATIONS + i)),
            map: at(2 * ACTIVATIONS + 3),
            dead: [dead, relu],
        })
    }
}

/// The picture, grey: clothes as the network was trained on them, the photo larger.
fn picture(on: &mut Recording<'_>, source: Source) -> Result<Tensor, Problem> {
    let picture = if let Some(grey) = source.grey() {
        on.plan.constant("picture", &[1, 1, SIDE, SIDE], grey)
    } else {
        let photo = on.photo(PHOTO);
        let mean = on.plan.constant("mean of the channels", &[1, 3, 1, 1], vec![1.0 / 3.0; 3]);
        conv2d(&mut on.plan, &photo, &mean, None, &Conv::default())?
    };
    on.plan.name(&picture, "picture");
    Ok(picture)
}

impl Pair {
    /// Records the convolutions of the third and the fourth block, between which nothing but the activation stands, on `h`,
    /// what the second block puts out. Nothing is padded: at a padded edge two windows see zeros that one does not.
    fn record(plan: &mut Plan, h: &Tensor, chosen: Act) -> Result<Self, Problem> {
        let weights = [FIRST, FIRST + 1].map(|block| {
            let [w, b] = blocks::convolution(block);
            let w = plan.constant(&format!("weights of block {}", block + 1), &[WIDTH, WIDTH, 3, 3], w);
            (w, plan.constant(&format!("biases of block {}", block + 1), &[WIDTH], b))
        });
        let [(w, b), (v, c)] = &weights;
        let plain = Conv::default();
        // The composed kernel is the convolution of both: a convolution layer is a correlation, so one is turned.
        let by_input = transpose(plan, w, &[1, 0, 2, 3])?;
        let back = Cut { start: 2, len: 3, step: -1 };
        let turned = slice(plan, v, &[Cut::all(WIDTH), Cut::all(WIDTH), back, back])?;
        let composed = conv2d(plan, &by_input, &turned, None, &Conv { pad: [2; 4], ..plain })?;
        let composed = transpose(plan, &composed, &[1, 0, 2, 3])?;
        plan.name(&composed, "composed kernel, 5 × 5");
        let through = expand(plan, &b.view(&[1, WIDTH, 1, 1]), &[1, WIDTH, 3, 3])?;
        let bias = conv2d(plan, &through, v, Some(c), &plain)?.view(&[WIDTH]);
        plan.name(&bias, "composed biases");
        let one = conv2d(plan, h, &composed, Some(&bias), &plain)?;
        plan.name(&one, "one convolution");
        let first = conv2d(plan, h, w, Some(b), &plain)?;
        let mut row = |act: Act, name: &str| -> Result<Tensor, Problem> {
            let between = activation(plan, &first, act);
            let y = conv2d(plan, &between, v, Some(c), &plain)?;
            plan.name(&y, name);
            Ok(y)
        };
        let rows = [
            row(Act::IDENTITY, "two in a row")?,
            row(Act::RELU, "two with ReLU between")?,
            row(chosen, "two with the activation between")?,
        ];
        Ok(Self { rows, one })
    }
}

/// The numbers that [`Told`] is read from.
fn told(
    plan: &mut Plan,
    [x, arrives, map]: [&Tensor; 3],
    ways: &[Tensor],
    pair: &Pair,
    act: impl Fn(Activation) -> Act,
) -> Result<Tensor, Problem> {
    // Each by itself: the maps of all activations in one row are two million numbers, and nobody reads them.
    let whole =
        |plan: &mut Plan, of: &Tensor, how: Reduce| reduce(plan, &of.view(&[of.len()]), &[0], how, true);
    let row = |plan: &mut Plan, of: &[Tensor], name: &str| -> Result<Tensor, Problem> {
        let row = concat(plan, &of.iter().collect::<Vec<_>>(), 0)?;
        plan.name(&row, name);
        Ok(row)
    };
    let zero = fill(plan, "0", &[1], 0.0);
    let arrived = whole(plan, arrives, Reduce::L1)?;
    let (mut zeros, mut passed) = (Vec::new(), Vec::new());
    for (of, y) in Activation::ALL.iter().zip(ways) {
        let is_zero = binary(plan, y, &zero, Op::Equal)?;
        zeros.push(whole(plan, &is_zero, Reduce::Mean)?);
        let passes = d_activation(plan, x, arrives, act(*of));
        passed.push(whole(plan, &passes, Reduce::L1)?);
    }
    let zeros = row(plan, &zeros, "shares of cells that are 0")?;
    let passed = row(plan, &passed, "gradient that passes")?;
    let passes = binary(plan, &passed, &arrived, Op::Divide)?;
    plan.name(&passes, "shares of the gradient that pass");
    let size = activation(plan, &pair.one, Act::ABS);
    let largest = whole(plan, &size, Reduce::Max)?;
    let mut apart = Vec::new();
    for row in &pair.rows {
        apart.push(largest_difference(plan, row, &pair.one)?);
    }
    let apart = concat(plan, &apart.iter().collect::<Vec<_>>(), 0)?;
    let apart = binary(plan, &apart, &largest, Op::Divide)?;
    plan.name(&apart, "largest differences from one convolution");
    let is_zero = binary(plan, map, &zero, Op::Equal)?;
    let of_map = mean(plan, &is_zero).view(&[1]);
    let told = concat(plan, &[&zeros, &passes, &apart, &of_map], 0)?;
    plan.name(&told, "zeros, gradient that passes, differences, zeros of the map");
    Ok(told)
}

/// Mean slope of each map and its largest sum over test pictures, `[32]`.
fn gates(plan: &mut Plan, asked: Asked) -> Result<Tensor, Problem> {
    let [_, tests] = Images::carried();
    let grey: Vec<f32> =
        tests.pixels.bytes()[..PICTURES * PIXELS].iter().map(|v| f32::from(*v) / 255.0).collect();
    let pictures = plan.constant("test pictures", &[PICTURES, 1, SIDE, SIDE], grey);
    let layers = blocks::record(plan, &pictures, SUMS[asked.block], Weights::Trained)?;
    let x = affine(plan, &layers[layers.len() - 1].1, 1.0, asked.bias);
    let open = openness(plan, &x, asked.activation.act(asked.slope))?;
    let top = reduce(plan, &x, &[0, 2, 3], Reduce::Max, false)?;
    let gates = concat(plan, &[&open, &top], 0)?;
    plan.name(&gates, "mean slope and largest sum of each map");
    Ok(gates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibits::Inputs;
    use crate::gpu::reference;
    use std::collections::BTreeMap;

    fn told(activation: Activation, bias: f32) -> Told {
        let inputs = Inputs::default();
        let mut on = Recording::new(&inputs);
        let asked = Asked { activation, slope: 0.01, bias, block: FIRST, map: 1 };
        let of = Rectified::record(&mut on, Source::Sneaker, asked).unwrap();
        let run = reference::run(&on.plan, &BTreeMap::new());
        let [told, gates] = [&of.told, &of.gates].map(|t| run[t.buf.0].iter().map(|v| *v as f32).collect());
        let (told, gates): (Vec<f32>, Vec<f32>) = (told, gates);
        Told::read(&told, &gates).unwrap()
    }

    #[test]
    fn without_an_activation_two_convolutions_are_one_and_with_it_they_are_not() {
        let of = told(Activation::Relu, 0.0);
        assert!(of.apart[0] < 1e-6 && of.apart[1] > 0.1, "{of:?}");
        assert_eq!(of.apart[1], of.apart[2]);
        assert!(of.zeros[0] > 0.1 && of.zeros[4] < of.zeros[0] && of.passes[4] == 1.0, "{of:?}");
        assert_eq!(told(Activation::None, 0.0).apart[2], of.apart[0]);
    }

    #[test]
    fn a_bias_far_below_0_kills_all_maps_behind_relu_and_none_behind_a_leaky_one() {
        let dead = told(Activation::Relu, -100.0);
        assert_eq!((dead.dead, dead.zeros[0]), ([WIDTH; 2], 1.0));
        let leaky = told(Activation::Leaky, -100.0);
        assert_eq!((leaky.dead, leaky.zeros[1]), ([0, WIDTH], 0.0));
        assert!((leaky.passes[1] - 0.01).abs() < 1e-6);
    }
}
