//! What the page on shared weights records: a layer with one kernel or with one for each place, the matrix that
//! does the same, and the layer on the input that was shifted.

use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::layout::{PadMode, concat, gather, narrow, pad, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::philox::Rng;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};

/// A layer on an input of one channel.
pub struct Layer {
    /// The first filter, row by row.
    pub kernel: Vec<f32>,
    /// Whether all places share it.
    pub tied: bool,
    /// Filters.
    pub channels: usize,
    /// Cells that the input is moved to the right.
    pub shift: usize,
    /// Of what is random.
    pub seed: u64,
}

/// What was recorded.
pub struct Sharing {
    /// The first filter's sizes.
    pub p: Conv2d,
    /// The input.
    pub x: Tensor,
    /// Its weights: one kernel, or one for each place.
    pub w: Tensor,
    /// The maps; the first is drawn.
    pub y: Tensor,
    /// The matrix that gives the first map `[outputs, inputs]`, and one of a dense layer.
    pub matrix: Tensor,
    /// A dense layer's matrix of the same shape, random.
    pub dense: Tensor,
    /// The input that was shifted, its map, and how far that is from the map that was shifted.
    pub moved: [Tensor; 3],
    /// Largest difference of the matrix's product, and of the shifted map.
    pub differs: Tensor,
    /// Cells that the input was shifted by.
    pub shift: usize,
}

impl Sharing {
    /// Records a layer on the square `x` of side `n`.
    pub fn record(plan: &mut Plan, (x, n): (Vec<f32>, usize), of: &Layer) -> Result<Self, Problem> {
        let k = of.kernel.len().isqrt();
        let x = plan.constant("input", &[1, 1, n, n], x);
        let p = Conv2d::new(&x.shape, &[1, 1, k, k], false, &Conv::default())?;
        let (side, outputs, taps) = (p.oh as usize, (p.oh * p.ow) as usize, k * k);
        let mut rng = Rng::new(of.seed + 11);
        let mut random = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.normal() * 0.3).collect() };
        // The input that each tap of each place reads.
        let reads: Vec<u32> = (0..outputs * taps)
            .map(|i| {
                let (place, tap) = (i / taps, i % taps);
                ((place / side + tap / k) * n + place % side + tap % k) as u32
            })
            .collect();
        let own = random(outputs * taps);
        let others = random((of.channels - 1) * if of.tied { taps } else { outputs * taps });
        let first = if of.tied { of.kernel.clone() } else { own };
        let all = [first, others].concat();
        let (w, matrix) = if of.tied {
            let w = plan.constant("weights", &[of.channels, 1, k, k], all);
            // Each input lit alone: what the layer answers is a column of its matrix.
            let lit = (0..n * n * n * n)
                .map(|i| f32::from(u8::from(i / (n * n) == i % (n * n))))
                .collect::<Vec<_>>();
            let lit = plan.constant("each input alone", &[n * n, 1, n, n], lit);
            let kernel = narrow(plan, &w, 0, 0, 1)?;
            let columns = conv2d(plan, &lit, &kernel, None, &Conv::default())?;
            (w, transpose(plan, &columns.view(&[n * n, outputs]), &[1, 0])?)
        } else {
            let mut matrix = vec![0.0; outputs * n * n];
            reads.iter().enumerate().for_each(|(i, read)| matrix[i / taps * n * n + *read as usize] = all[i]);
            let matrix = plan.constant("matrix", &[outputs, n * n], matrix);
            (plan.constant("weights of all places", &[of.channels, outputs, taps], all), matrix)
        };
        plan.name(&matrix, "matrix");
        let ids = plan.constant("what each place reads", &[outputs, taps], reads);
        let layer = |plan: &mut Plan, x: &Tensor| -> Result<Tensor, Problem> {
            if of.tied {
                return Ok(conv2d(plan, x, &w, None, &Conv::default())?);
            }
            let windows = gather(plan, &x.view(&[n * n]), &ids, 0)?;
            let products = binary(plan, &w, &windows, Op::Multiply)?;
            Ok(reduce(plan, &products, &[2], Reduce::Sum, false)?.view(&[1, of.channels, side, side]))
        };
        let y = layer(plan, &x)?;
        plan.name(&y, "output");
        let map = narrow(plan, &y, 1, 0, 1)?;
        let product = matmul(plan, &matrix, &x.view(&[n * n, 1]), None, &Gemm::NN)?;
        let apart = |plan: &mut Plan, a: &Tensor, b: &Tensor| -> Result<Tensor, Problem> {
            let apart = binary(plan, a, b, Op::Subtract)?;
            Ok(activation(plan, &apart, Act::ABS))
        };
        let same = apart(plan, &product.view(&map.shape), &map)?;
        let same = reduce(plan, &same.view(&[outputs]), &[0], Reduce::Max, true)?;
        let shift = of.shift.min(side - 1);
        let by = shift as isize;
        let right = [(0, 0), (0, 0), (0, 0), (by, -by)];
        let shifted = pad(plan, &x, &right, PadMode::Constant(0.0))?;
        plan.name(&shifted, "input, shifted");
        let answer = layer(plan, &shifted)?;
        let answer = narrow(plan, &answer, 1, 0, 1)?;
        plan.name(&answer, "its map");
        // What moved in from the left has no counterpart.
        let kept = narrow(plan, &answer, 3, shift, side - shift)?;
        let before = narrow(plan, &map, 3, 0, side - shift)?;
        let distance = apart(plan, &kept, &before)?;
        let most = reduce(plan, &distance.view(&[distance.len()]), &[0], Reduce::Max, true)?;
        let distance = pad(plan, &distance, &[(0, 0), (0, 0), (0, 0), (by, 0)], PadMode::Constant(0.0))?;
        plan.name(&distance, "difference from the shifted map");
        let dense = random(outputs * n * n);
        let dense = plan.constant("dense layer, random", &[outputs, n * n], dense);
        let differs = concat(plan, &[&same, &most], 0)?;
        Ok(Self { p, x, w, y, matrix, dense, moved: [shifted, answer, distance], differs, shift })
    }

    /// Cells of the map.
    pub fn outputs(&self) -> usize {
        (self.p.oh * self.p.ow) as usize
    }

    /// Weights of one filter.
    pub fn weights(&self, tied: bool) -> usize {
        (self.p.r * self.p.s) as usize * if tied { 1 } else { self.outputs() }
    }

    /// Numbers of the matrix of one filter.
    pub fn entries(&self) -> usize {
        self.matrix.len()
    }

    /// Largest differences, of the matrix's product and of the shifted map.
    pub fn differences(&self, values: &[f32]) -> Option<[f64; 2]> {
        values.first_chunk().map(|two: &[f32; 2]| two.map(f64::from))
    }
}

/// What the page has recorded, and of which settings.
pub struct Shown {
    pub sharing: Sharing,
    pub tied: bool,
    pub channels: usize,
}
