//! What the page on stride records, and what is told of it from shapes.

use crate::choices;
use crate::exhibits::Problem;
use crate::exhibits::inputs::zone_frequency;
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::Conv2d;
use crate::ops::layout::{Cut, concat, slice};
use crate::ops::reduce::{Reduce, reduce};
use crate::viz::{Look, Part, View};

/// Side of the photo and of the zone plate.
pub const SIDE: usize = 224;
/// Side of the grid.
pub const GRID: usize = 12;
/// The strip shows the output at each of these.
pub const STRIDES: std::ops::RangeInclusive<usize> = 1..=8;
/// Side and standard deviation of the blur.
pub const BLUR: (usize, f32) = (9, 2.0);
/// The square that the strip shows of each map: first row and column, rows
/// and columns, as shares of the side. At stride 4 false rings lie in its middle.
pub const SQUARE: [f32; 4] = [0.34, 0.68, 0.32, 0.32];
/// Its middle, whose contrast is measured.
pub const MIDDLE: [f32; 4] = [0.44, 0.80, 0.12, 0.12];

choices! {
    /// What the filter reads.
    pub enum Image {
        /// The user's picture.
        Photo = "photo",
        /// The middle of the user's picture, pixel by pixel.
        Original = "photo, full size",
        /// Rings that get finer outwards.
        ZonePlate = "zone plate",
        /// Numbers that can be changed.
        Grid = "grid",
    }
}

/// What the picture needs of the settings it was recorded with.
pub struct Shown {
    /// What is read.
    pub image: Image,
    /// Whether it was blurred first.
    pub blur: bool,
    /// The input, blurred or not.
    pub read: Tensor,
    /// The filter of one channel.
    pub kernel: Vec<f32>,
    /// The output.
    pub y: Tensor,
    /// The output at each of [`STRIDES`].
    pub strip: Vec<Tensor>,
    /// The layer.
    pub p: Conv2d,
    /// How input and output are drawn.
    pub looks: [Look; 2],
    /// Greatest and least value in the middle of the square, as it is and as it would be without the blur.
    pub contrast: Option<Tensor>,
    /// Share of the places of each map of the strip whose rings are false, and of the output.
    pub falsely: Vec<f64>,
}

/// The cells of [`SQUARE`] or [`MIDDLE`] in a map.
pub fn square([y, x, high, wide]: [f32; 4], h: usize, w: usize) -> Part {
    let start = [y * h as f32, x * w as f32].map(|v| v.round() as usize);
    let start = [start[0].min(h - 1), start[1].min(w - 1)];
    let size = [high * h as f32, wide * w as f32].map(|v| (v.round() as usize).max(1));
    Part { start, size: [size[0].min(h - start[0]), size[1].min(w - start[1])] }
}

/// Greatest and least value in its middle, `[2]`.
pub fn ends(plan: &mut Plan, y: &Tensor) -> Result<Tensor, Problem> {
    let part = square(MIDDLE, y.shape[2], y.shape[3]);
    let cut = |axis: usize| Cut { start: part.start[axis], len: part.size[axis], step: 1 };
    let inner = slice(plan, y, &[Cut::all(1), Cut::all(y.shape[1]), cut(0), cut(1)])?;
    let most = reduce(plan, &inner, &[0, 1, 2, 3], Reduce::Max, false)?.view(&[1]);
    let least = reduce(plan, &inner, &[0, 1, 2, 3], Reduce::Min, false)?.view(&[1]);
    Ok(concat(plan, &[&most, &least], 0)?)
}

/// Share of the places of a map of the zone plate where its rings are finer than two steps.
pub fn falsely(p: &Conv2d) -> f64 {
    let at = |o: u32, axis: usize| (o * p.stride[axis] + p.r / 2) as f32 - p.pad[axis] as f32;
    let limit = 0.5 / p.stride[0].max(p.stride[1]) as f32;
    let fine = |i: &u32| zone_frequency(SIDE, at(i / p.ow, 0), at(i % p.ow, 1)) > limit;
    (0..p.oh * p.ow).filter(fine).count() as f64 / f64::from(p.oh * p.ow)
}

impl Shown {
    /// The same layer at stride 1.
    pub fn full(&self) -> Conv2d {
        let p = &self.p;
        let [oh, ow] = [p.h + p.pad[0] + p.pad[2] - p.r + 1, p.w + p.pad[1] + p.pad[3] - p.s + 1];
        Conv2d { stride: [1, 1], oh, ow, ..*p }
    }

    /// Period in cells of the finest pattern that the output can hold.
    pub fn finest(&self) -> u32 {
        2 * self.p.stride[0].max(self.p.stride[1])
    }

    /// Whether rings come back that are not there.
    pub fn is_false(&self) -> bool {
        self.image == Image::ZonePlate && !self.blur && self.falsely.last().is_some_and(|share| *share > 0.0)
    }

    /// What the blur leaves of the contrast in the square.
    pub fn left(&self, view: &mut View<'_>) -> Option<f64> {
        let ends = view.values(self.contrast.as_ref()?)?;
        Some(f64::from(ends[0] - ends[1]) / f64::from((ends[2] - ends[3]).max(f32::MIN_POSITIVE)))
    }
}
