//! What the page on types of pooling pools.

use super::feature_map::{SIDE, brightness, feature_map, telling};
use crate::exhibits::prelude::*;
use crate::ops::conv::Conv2d;

/// Side of the grid.
pub const GRID: usize = 12;
/// Share of the cells of the sparse map that are not 0.
const SPARSE: f32 = 0.01;

choices! {
    /// What is pooled.
    pub enum Image {
        /// The strongest edges of the photo, as a first layer finds them.
        FeatureMap = "feature map",
        /// Its brightness.
        Photo = "photo",
        /// Numbers that the user writes.
        Grid = "grid",
        /// Few bright cells among zeros.
        Sparse = "sparse",
        /// Uniform noise.
        Noise = "noise",
    }
}

impl Image {
    /// Its name above the picture.
    pub fn title(self) -> &'static str {
        match self {
            Self::FeatureMap => "Feature map",
            Self::Photo => "Photo",
            Self::Grid => "Grid",
            Self::Sparse => "Sparse map",
            Self::Noise => "Noise",
        }
    }

    /// Records it, `[1, 1, side, side]`; `grid` are the numbers of the grid, row by row.
    ///
    /// # Errors
    /// If a shape rule refuses it.
    pub fn record(self, on: &mut Recording<'_>, grid: &[f32]) -> Result<Tensor, Problem> {
        let noise = |keep: f32| noise(keep, on.inputs.seed);
        let (square, plan) = ([1, 1, SIDE, SIDE], &mut on.plan);
        Ok(match self {
            Self::Grid => plan.constant("grid", &[1, 1, GRID, GRID], grid.to_vec()),
            Self::Sparse => plan.constant("sparse map", &square, noise(SPARSE)),
            Self::Noise => plan.constant("noise", &square, noise(1.0)),
            Self::FeatureMap => feature_map(on)?,
            Self::Photo => brightness(on)?,
        })
    }

    /// Which of `[oh, ow]` outputs of windows `p` is looked at first: where all maps of the photo are, or where a
    /// sparse map is brightest.
    pub fn telling(self, p: &Conv2d, [oh, ow]: [usize; 2], seed: u64) -> usize {
        if self != Self::Sparse {
            return telling([oh, ow]);
        }
        let map = noise(SPARSE, seed);
        let most = (0..map.len()).max_by(|a, b| map[*a].total_cmp(&map[*b])).unwrap_or(0);
        let on = |at: usize, axis: usize| (at + p.pad[axis] as usize) / p.stride[axis] as usize;
        on(most / SIDE, 0).min(oh - 1) * ow + on(most % SIDE, 1).min(ow - 1)
    }
}

/// A map of which a share is uniform noise, the rest 0.
fn noise(keep: f32, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed + 1);
    (0..SIDE * SIDE).map(|_| if rng.uniform() < keep { rng.uniform() } else { 0.0 }).collect()
}
