//! What the page on why one pools records: filters of a real network on the photo and on the photo moved by some
//! pixels, the maps made smaller in four ways, and by how much each changes; what the layers behind cost.

use std::sync::Arc;

use crate::choices;
use crate::exhibits::{Problem, Recording};
use crate::gpu::{Plan, Tensor};
use crate::models::family::{Behind, Stem};
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, Conv2d, conv2d, same_pads};
use crate::ops::layout::{Cut, concat, narrow, slice};
use crate::ops::pool::{Pool, avg_pool, max_pool};
use crate::ops::reduce::{Reduce, length, reduce};
use crate::ops::unary::Act;
use crate::settings::Choice as _;

/// Side of the maps before they are made smaller.
pub const SIDE: usize = 112;
/// Side of the part of the photo that they are of: the filters read one pixel more on each side.
pub const SEEN: usize = SIDE + 2;
/// Most pixels that the photo is moved by.
pub const MOST: usize = 8;
/// Those of the stem's 32 filters whose maps vary most from place to place: the others answer nearly everywhere alike,
/// or not at all.
const FILTERS: [usize; 8] = [6, 15, 21, 30, 27, 0, 5, 24];
/// How many of them.
pub const MAPS: usize = FILTERS.len();
/// Greatest value of ReLU6.
pub const CEILING: f32 = 6.0;

choices! {
    /// How a map is made smaller.
    pub enum Pooling {
        /// Not at all.
        None = "none",
        /// Every so many cells one is kept.
        Stride = "stride",
        /// The greatest of each window.
        Max = "max",
        /// The mean of each window.
        Average = "average",
    }
}

/// A map made smaller in one way.
pub struct Way {
    /// `[MOST + 1, MAPS, side, side]`: of the photo moved by 0, 1, … pixels.
    pub maps: Tensor,
    /// Each less that of the photo which was not moved.
    pub change: Tensor,
    /// What each layer of the next two blocks costs behind these maps, worked out from the shapes.
    pub costs: Vec<Cost>,
}

/// What was recorded.
pub struct Reduced {
    /// The photo, `[1, 3, SEEN + MOST, SEEN + MOST]`, of which a part is seen.
    pub photo: Tensor,
    /// In the order of [`Pooling`].
    pub ways: Vec<Way>,
    /// Of each way and each move the change: the length of the difference over that of the map without its mean,
    /// `[4 · (MOST + 1)]`.
    pub changes: Tensor,
    /// Side of the window.
    pub window: usize,
}

/// A layer behind, and what it costs.
pub struct Cost {
    /// Its name.
    pub name: &'static str,
    /// Multiply-adds.
    pub work: u64,
    /// Bytes of the map that it writes.
    pub bytes: u64,
}

impl Reduced {
    /// Records all of it on the user's photo; only what comes behind the filters hangs on `window`.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(on: &mut Recording<'_>, stem: &Stem, window: usize) -> Result<Self, Problem> {
        // With room to move: no black border comes in.
        let photo = on.photo(SEEN + MOST);
        let plan = &mut on.plan;
        let mut moved = Vec::new();
        for by in 0..=MOST {
            let [rows, columns] = seen(by).map(|start| Cut { start, len: SEEN, step: 1 });
            moved.push(slice(plan, &photo, &[Cut::all(1), Cut::all(3), rows, columns])?);
        }
        let photos = concat(plan, &moved.iter().collect::<Vec<_>>(), 0)?;
        plan.name(&photos, "photo, moved by 0 to 8 pixels");
        let filters: Vec<f32> =
            FILTERS.iter().flat_map(|k| &stem.weights[k * Stem::TAPS..][..Stem::TAPS]).copied().collect();
        let filters = plan.constant("filters of the stem", &[MAPS, 3, 3, 3], filters);
        let bias = plan.constant("biases of the stem", &[MAPS], FILTERS.map(|k| stem.bias[k]).to_vec());
        let conv = Conv { act: Act::RELU6, ..Conv::default() };
        let x = conv2d(plan, &photos, &filters, Some(&bias), &conv)?;
        plan.name(&x, "maps");

        let pool = Pool::new([window; 2]);
        let side = SIDE / window;
        let mut ways = Vec::new();
        let mut changes = Vec::new();
        for way in Pooling::ALL.iter().copied() {
            let maps = match way {
                Pooling::None => x.clone(),
                Pooling::Stride => {
                    let kept = Cut { start: 0, len: side, step: window as isize };
                    slice(plan, &x, &[Cut::all(MOST + 1), Cut::all(MAPS), kept, kept])?
                }
                Pooling::Max => max_pool(plan, &x, &pool)?.0,
                Pooling::Average => avg_pool(plan, &x, &pool, false)?,
            };
            let name = way.label(window);
            if way != Pooling::None {
                plan.name(&maps, &name);
            }
            let (change, share) = changed(plan, &maps)?;
            plan.name(&change, &format!("change, {name}"));
            let costs = behind(&stem.behind, maps.shape[3])?;
            ways.push(Way { maps, change, costs });
            changes.push(share);
        }
        let changes = concat(plan, &changes.iter().collect::<Vec<_>>(), 0)?;
        plan.name(&changes, "change of the map, by way and move");
        Ok(Self { photo, ways, changes, window })
    }

    /// A map made smaller in this way.
    pub fn way(&self, way: Pooling) -> &Way {
        &self.ways[way as usize]
    }

    /// Side of the maps.
    pub fn side(&self, way: Pooling) -> usize {
        self.way(way).maps.shape[3]
    }

    /// Multiply-adds of all layers behind, for each of some ways.
    pub fn work<const N: usize>(&self, ways: [Pooling; N]) -> [u64; N] {
        ways.map(|way| self.way(way).costs.iter().map(|cost| cost.work).sum())
    }

    /// Pixels of the photo a side that one cell of a 3 × 3 convolution behind sees.
    pub fn sees(&self, way: Pooling) -> usize {
        let [window, stride] = match way {
            Pooling::None => [1, 1],
            Pooling::Stride => [1, self.window],
            Pooling::Max | Pooling::Average => [self.window; 2],
        };
        // The filter sees 3; each cell more of a window adds one pixel, each of the convolution a stride.
        3 + (window - 1) + 2 * stride
    }
}

/// What layers cost behind maps of `side`.
///
/// # Errors
/// If a shape rule refuses one.
fn behind(layers: &[Behind], mut side: usize) -> Result<Vec<Cost>, Problem> {
    let mut costs = Vec::new();
    for Behind { name, weights, groups, stride } in layers {
        let pads = same_pads(&[side; 2], &weights[2..], &[*stride; 2], &[1; 2], true);
        let pad = [pads[0], pads[1], pads[2], pads[3]];
        let conv = Conv { stride: [*stride; 2], groups: *groups, pad, ..Conv::default() };
        let p = Conv2d::new(&[1, weights[1] * groups, side, side], weights, false, &conv)?;
        costs.push(Cost { name, work: p.multiply_adds(), bytes: 4 * p.outputs() as u64 });
        side = p.oh as usize;
    }
    Ok(costs)
}

/// First row and column of the part of the photo that is seen when it is moved to the right by so many pixels.
pub fn seen(by: usize) -> [usize; 2] {
    [MOST / 2, MOST - by.min(MOST)]
}

/// The difference of each of `maps [moves, K, h, w]` from the first, and its length over that of the first without the
/// mean of each map, `[moves]`. Two maps that have nothing in common differ by √2.
fn changed(plan: &mut Plan, maps: &Tensor) -> Result<(Tensor, Tensor), Problem> {
    let still = narrow(plan, maps, 0, 0, 1)?;
    let change = binary(plan, maps, &still, Op::Subtract)?;
    let mean = reduce(plan, &still, &[2, 3], Reduce::Mean, true)?;
    let varies = binary(plan, &still, &mean, Op::Subtract)?;
    let whole = length(plan, &varies);
    let apart = reduce(plan, &change, &[1, 2, 3], Reduce::L2, false)?;
    let share = binary(plan, &apart, &whole, Op::Divide)?;
    Ok((change, share))
}

impl Pooling {
    /// How it is called where its window is told too.
    pub fn label(self, window: usize) -> String {
        match self {
            Self::None => "no pooling".into(),
            Self::Stride => format!("every {}", ordinal(window)),
            Self::Max => format!("{window} × {window} max"),
            Self::Average => format!("{window} × {window} average"),
        }
    }
}

/// "2nd", "3rd", "4th".
pub fn ordinal(n: usize) -> String {
    let end = match n {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{n}{end}")
}

/// By how much each way changes, and each move.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes(Arc<[f32]>);

impl Changes {
    /// From what was recorded; of a photo without anything to see all are 0.
    pub fn read(values: &[f32]) -> Option<Self> {
        let finite = values.iter().map(|v| if v.is_finite() { *v } else { 0.0 });
        (values.len() == 4 * (MOST + 1)).then(|| Self(finite.collect()))
    }

    /// Of one way, by moves.
    pub fn of(&self, way: Pooling) -> &[f32] {
        &self.0[way as usize * (MOST + 1)..][..=MOST]
    }
}
