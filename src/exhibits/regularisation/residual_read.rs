//! What is read of a network with blocks: how much each of them adds to what goes in, and how the gradient comes back
//! through one.

use crate::exhibits::deep::rivals::{Rival, norms};
use crate::gpu::Tensor;
use crate::nn::player::Run;
use crate::nn::{Layer, RunId};
use crate::viz::{Of, View};

/// The layers that tell of blocks, the first block first.
fn blocks(run: &Run) -> impl Iterator<Item = &Layer> {
    run.layers().iter().filter(|layer| layer.extra("adds").is_some())
}

/// The block, from 0, that a layer (from 0) belongs to, or the nearest one. `ways`: layer read and layer that reads, of each.
pub fn block_of(ways: &[[usize; 2]], layer: usize) -> usize {
    ways.iter().position(|[_, to]| layer < *to).unwrap_or(ways.len().saturating_sub(1))
}

/// Least and greatest gradient that has a colour of its own, whatever is measured.
const ENDS: [f32; 2] = [1e-12, 1e4];
/// Powers of ten that are told apart at least.
const POWERS: i32 = 3;

/// Powers of ten around all norms of gradients that either run has had, or will have in its first step.
pub fn range(view: &mut View<'_>) -> [f32; 2] {
    let next = [0, 1].map(|run| norms(view, run).unwrap_or_default());
    let mut all = next.concat();
    for run in view.player().iter().flat_map(|player| player.runs()) {
        let count = run.trainer().watched_layers().len();
        all.extend(run.layer_norms().iter().flat_map(|row| row.iter().take(count)));
    }
    powers_around(all)
}

/// The powers of ten around `values`; what is 0 or not finite is left out.
fn powers_around(values: impl IntoIterator<Item = f32>) -> [f32; 2] {
    let told = values.into_iter().filter(|v| v.is_finite() && *v > 0.0);
    let [lo, hi] = told.fold([f32::INFINITY, 0.0_f32], |[lo, hi], v| [lo.min(v), hi.max(v)]);
    let ends = if hi > 0.0 { [lo, hi] } else { [1.0; 2] };
    let [least, most] = ends.map(|v| v.clamp(ENDS[0], ENDS[1]).log10());
    let most = most.ceil() as i32;
    let least = (least.floor() as i32).min(most - POWERS);
    [least, most].map(|power| 10_f32.powi(power))
}

/// |F(x)| / |x| of each block in the last step before what is shown; before the first step, in the one that comes next.
pub fn added(view: &mut View<'_>, run: usize) -> Option<Vec<f32>> {
    let player = view.player()?;
    let (now, of) = (player.target() as usize, player.runs().get(run)?);
    if now > 0 {
        let count = of.trainer().watched_layers().len();
        return Some(of.layer_norms().get(now - 1)?.get(count..)?.to_vec());
    }
    let ratios: Vec<Tensor> = blocks(of).filter_map(|layer| layer.extra("adds").cloned()).collect();
    let view = &mut view.of(Of::Training(RunId(run)));
    // All are asked for in one frame.
    let read: Vec<_> = ratios.iter().map(|ratio| view.values(ratio)).collect();
    read.into_iter().map(|v| v.and_then(|v| v.first().copied())).collect()
}

/// Inspects |F(x)| / |x| of a block, from 0, because the pointer is over its bar.
pub fn point(view: &mut View<'_>, run: usize, block: usize) {
    let of = view.player().and_then(|player| player.runs().get(run));
    if let Some(ratio) = of.and_then(|of| blocks(of).nth(block)?.extra("adds").cloned()) {
        view.of(Of::Training(RunId(run))).point(&ratio, 0);
    }
}

/// What leads around a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// Nothing in the whole network.
    None,
    /// A skip.
    Skip,
    /// Nothing, where all other blocks have a skip.
    Cut,
}

impl Around {
    /// Around a block, from 0, of a network.
    pub fn of(rival: &Rival, block: usize) -> Self {
        match rival.cut {
            _ if !rival.residual => Self::None,
            Some(cut) if cut == block + 1 => Self::Cut,
            _ => Self::Skip,
        }
    }
}

/// Norms of the gradient on its way back through a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Back {
    /// What arrives at the sum x + F(x).
    pub arrives: f64,
    /// What F hands back of it.
    pub through: f64,
    /// Both ways together, at x.
    pub on: f64,
}

/// The gradient's way back through a block (from 0), around which there is a skip or not.
pub fn back(view: &mut View<'_>, run: usize, block: usize, skip: bool) -> Option<Back> {
    let of = view.player()?.runs().get(run)?;
    let layer = blocks(of).nth(block)?;
    let gradients = ["sum", "input"].map(|name| layer.extra(name).and_then(|t| of.gradient(t)));
    let [Some(sum), Some(input)] = gradients else { return None };
    let view = &mut view.of(Of::Training(RunId(run)));
    let [Some(sum), Some(input)] = [sum, input].map(|t| view.values(&t)) else { return None };
    // In f64, since squares of what has all but vanished are less than f32 can hold.
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let by_skip = if skip { 1.0 } else { 0.0 };
    let pairs = || sum.iter().zip(input.iter()).map(|(s, x)| [f64::from(*s), f64::from(*x)]);
    Some(Back {
        arrives: norm(&mut pairs().map(|[s, _]| s)),
        through: norm(&mut pairs().map(|[s, x]| x - by_skip * s)),
        on: norm(&mut pairs().map(|[_, x]| x)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_is_measured() {
        let of = |values: &[f32]| powers_around(values.iter().copied()).map(|v| v.log10().round() as i32);
        assert_eq!(of(&[0.5, 0.02, f32::NAN, 0.0]), [-3, 0]);
        assert_eq!(of(&[7.0, 2e-5, f32::INFINITY]), [-5, 1]);
        assert_eq!(of(&[1e-17, 1.0]), [-12, 0]);
        assert_eq!(of(&[]), [-3, 0]);
    }

    #[test]
    fn a_layer_has_its_block_or_the_nearest() {
        // Eight layers: one in, three blocks of two, one out.
        let ways = [[0, 3], [2, 5], [4, 7]];
        let all: Vec<usize> = (0..8).map(|layer| block_of(&ways, layer)).collect();
        assert_eq!(all, [0, 0, 0, 1, 1, 2, 2, 2]);
    }
}
