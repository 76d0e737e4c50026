//! What the page on flattening records: maps in one strip in two orders, where each number went, and the dense layer
//! that reads the strip, or the mean of each map.

use std::sync::Arc;

use crate::choices;
use crate::exhibits::Problem;
use crate::exhibits::difference::largest_difference;
use crate::gpu::{Plan, Tensor};
use crate::ops::layout::{Cut, concat, gather, slice, transpose};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::softmax::{SoftmaxOptions, softmax};

/// Most maps, rows and columns: those of the small trained network.
pub const MOST: [usize; 3] = [32, 7, 7];

choices! {
    /// Which axis of maps is walked slowest.
    pub enum Layout {
        /// Map after map, row by row: `[C, H, W]`.
        First = "channels first",
        /// All maps of a place side by side: `[H, W, C]`.
        Last = "channels last",
    }
}

/// Where numbers lie in a strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Maps, rows, columns.
    pub sizes: [usize; 3],
    /// Which axis is walked slowest.
    pub layout: Layout,
}

impl Order {
    /// Numbers in all.
    pub fn count(&self) -> usize {
        self.sizes.iter().product()
    }

    /// Places from a map, a row and a column to the next one.
    pub fn strides(&self) -> [usize; 3] {
        let [c, h, w] = self.sizes;
        match self.layout {
            Layout::First => [h * w, w, 1],
            Layout::Last => [1, w * c, c],
        }
    }

    /// The place of a cell: `(c·H + y)·W + x`, or `(y·W + x)·C + c`.
    pub fn index(&self, cell: [usize; 3]) -> usize {
        cell.iter().zip(self.strides()).map(|(at, stride)| at * stride).sum()
    }

    /// Map, row and column of the cell that is so far from the first, map by map and row by row.
    pub fn cell(&self, at: usize) -> [usize; 3] {
        let [_, h, w] = self.sizes;
        [at / (h * w), at / w % h, at % w]
    }

    /// Order of the axes, as a transposition takes it.
    fn axes(&self) -> [usize; 3] {
        match self.layout {
            Layout::First => [0, 1, 2],
            Layout::Last => [1, 2, 0],
        }
    }
}

/// The dense layer behind: its weights `[K, C, H, W]` and biases `[K]`, and the order that it was trained on.
pub struct Reader {
    /// Weights of all [`MOST`] cells, and biases.
    pub layer: [Arc<[f32]>; 2],
    /// The order of the strip that its weights are sorted by.
    pub expects: Layout,
}

/// What was recorded.
pub struct Flattened {
    /// The maps, `[C, H, W]`.
    pub maps: Tensor,
    /// In one strip, `[N]`.
    pub strip: Tensor,
    /// The same strip of cell numbers: where each of its numbers came from, `[N]`.
    pub origin: Tensor,
    /// The mean of each map, `[C]`.
    pub means: Tensor,
    /// Probabilities `[K]` of the dense layer: on the strip, on a strip in the order that it expects, on the means.
    pub shares: [Tensor; 3],
    /// Largest difference `[2]` between where numbers are and where the formula says, and of the first two scores.
    pub differs: Tensor,
    /// The order.
    pub order: Order,
}

impl Flattened {
    /// Records `maps`, of which the first `order.sizes` are kept.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(plan: &mut Plan, maps: &Tensor, order: Order, reader: &Reader) -> Result<Self, Problem> {
        let [c, h, w] = order.sizes;
        let (count, classes) = (order.count(), reader.layer[1].len());
        let cut = |len: usize| Cut { start: 0, len, step: 1 };
        let maps = slice(plan, maps, &order.sizes.map(cut))?;
        plan.name(&maps, "maps");
        let strip = transpose(plan, &maps, &order.axes())?.view(&[count]);
        plan.name(&strip, "strip");
        // Cells that hold their own number, through the same step.
        let numbered = (0..count).map(|at| at as f32).collect::<Vec<_>>();
        let numbered = plan.constant("cell numbers", &order.sizes, numbered);
        let origin = transpose(plan, &numbered, &order.axes())?.view(&[count]);
        plan.name(&origin, "cell that each number came from");
        let said = (0..count).map(|at| order.index(order.cell(at)) as u32).collect::<Vec<_>>();
        let said = plan.constant("index by the formula", &[count], said);
        let found = gather(plan, &origin, &said, 0)?;
        let misplaced = largest_difference(plan, &found, &numbered.view(&[count]))?;
        let means = reduce(plan, &maps.view(&[c, h * w]), &[1], Reduce::Mean, false)?;
        plan.name(&means, "global average");

        let [weights, bias] = reader.layer.clone();
        let weights = plan.constant("dense weights", &[&[classes][..], &MOST].concat(), weights);
        let bias = plan.constant("dense biases", &[classes], bias);
        let weights = slice(plan, &weights, &[cut(classes), cut(c), cut(h), cut(w)])?;
        plan.name(&weights, "weights of these cells");
        let expected = Order { layout: reader.expects, ..order }.axes().map(|axis| axis + 1);
        let sorted = transpose(plan, &weights, &[0, expected[0], expected[1], expected[2]])?;
        plan.name(&sorted, "weights in the order that they expect");
        let score = |plan: &mut Plan, x: &Tensor, w: &Tensor, name: &str| -> Result<Tensor, Problem> {
            let n = x.len();
            let y = matmul(plan, &x.view(&[1, n]), &w.view(&[classes, n]), Some(&bias), &Gemm::NT)?;
            plan.name(&y, &format!("scores {name}"));
            Ok(y.view(&[classes]))
        };
        let read = score(plan, &strip, &sorted, "of the strip")?;
        let meant = score(plan, &maps, &weights, "as it was trained")?;
        // What is left of the weights where all cells of a map count alike.
        let pooled = reduce(plan, &weights.view(&[classes, c, h * w]), &[2], Reduce::Sum, false)?;
        plan.name(&pooled, "weights of each map, summed");
        let averaged = score(plan, &means, &pooled, "of the global average")?;
        let changed = largest_difference(plan, &read, &meant)?;
        let differs = concat(plan, &[&misplaced, &changed], 0)?;
        plan.name(&differs, "largest differences");
        let mut shares = Vec::new();
        for scores in [&read, &meant, &averaged] {
            shares.push(softmax(plan, scores, 0, &SoftmaxOptions::default())?);
        }
        let shares = shares.try_into().expect("three were recorded");
        Ok(Self { maps, strip, origin, means, shares, differs, order })
    }

    /// Parameters of a dense layer of so many classes, biases included: on the strip, on the means.
    pub fn parameters(&self, classes: usize) -> [usize; 2] {
        [self.order.count(), self.order.sizes[0]].map(|inputs| (inputs + 1) * classes)
    }
}
