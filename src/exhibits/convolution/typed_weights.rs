//! The numbers of the types of convolution: one filter, mixed over the channels in the same way for all of them.

use super::typed::{CHANNELS, DEFORMED, FRAMES, Kind, Spec};
use crate::exhibits::filters::{self, Filter};

/// Share with which an output reads the inputs that are not its own.
const OTHERS: f32 = 0.25;
/// What the window along time multiplies its frames by: the change around the middle one.
const CHANGE: [f32; FRAMES[1]] = [-0.5, 0.0, 0.5];
/// Rounds in which a filter's best column and row are found.
const ROUNDS: usize = 60;
/// Degrees by which the Gabor filter of each further output is turned.
const TURN: f32 = 30.0;

/// What an output of a layer multiplies an input by: its own by 1.
pub fn share(out: usize, channel: usize) -> f32 {
    match (out + channel) % 2 {
        _ if out == channel => 1.0,
        0 => OTHERS,
        _ => -OTHERS,
    }
}

/// The column and the row whose products come nearest to a square filter: its largest singular value and the
/// vectors that belong to it, by power iteration.
pub fn rank_one(kernel: &[f32]) -> [Vec<f32>; 2] {
    let k = kernel.len().isqrt();
    let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let at = |i: usize, j: usize| f64::from(kernel[i * k + j]);
    let norm = |i: &usize| length(&(0..k).map(|j| at(*i, j)).collect::<Vec<_>>());
    // The heaviest row to begin with: it is no combination of the others' alone.
    let heaviest = (0..k).max_by(|a, b| norm(a).total_cmp(&norm(b))).unwrap_or(0);
    let mut row: Vec<f64> = (0..k).map(|j| at(heaviest, j)).collect();
    let mut column = vec![0.0; k];
    for _ in 0..ROUNDS {
        let scale = length(&row).max(f64::MIN_POSITIVE);
        column = (0..k).map(|i| (0..k).map(|j| at(i, j) * row[j] / scale).sum()).collect();
        let scale = length(&column).max(f64::MIN_POSITIVE);
        row = (0..k).map(|j| (0..k).map(|i| at(i, j) * column[i] / scale).sum()).collect();
    }
    // The singular value is the length of both; each takes its root.
    let root = length(&column).sqrt().max(f64::MIN_POSITIVE);
    [column, row].map(|v| v.iter().map(|x| (x / root) as f32).collect())
}

impl Spec {
    /// The square filter of an output.
    fn square(&self, out: usize, side: usize) -> Vec<f32> {
        // One weight has no room for a filter: it takes the pixel as it is.
        if side == 1 {
            return vec![1.0];
        }
        filters::kernel(self.filter, side, self.angle + TURN * out as f32, &self.own)
    }

    /// What a type multiplies the cells of its window by, of an output and its own input, row by row.
    pub fn kernel(&self, kind: Kind, out: usize) -> Vec<f32> {
        let square = self.square(out, self.size);
        let times = |by: f32| square.iter().map(move |w| w * by);
        match kind {
            Kind::Pointwise => vec![1.0],
            Kind::Deformable => self.square(out, DEFORMED),
            Kind::Line | Kind::Causal => {
                let middle = (self.size - 1) / 2 * self.size;
                let row = &square[middle..middle + self.size];
                // As heavy as the whole filter, but for numbers that were written by hand.
                let weight = |w: &[f32]| w.iter().map(|w| w.abs()).sum::<f32>();
                let named = self.filter != Filter::Own && weight(row) > 0.0;
                let by = if named { weight(&square) / weight(row) } else { 1.0 };
                row.iter().map(|w| w * by).collect()
            }
            // Each input is spread over as many outputs: as bright as before.
            Kind::Transposed => times((self.stride * self.stride) as f32).collect(),
            Kind::Volume => CHANGE.iter().flat_map(|by| times(*by)).collect(),
            Kind::Spatial => {
                let [column, row] = rank_one(&square);
                column.iter().flat_map(|c| row.iter().map(move |r| c * r)).collect()
            }
            _ => square,
        }
    }

    /// The weights of a layer with one stage, `[6, 6/groups, taps]`; of a transposed one inputs come first.
    pub fn layer(&self, kind: Kind, groups: usize) -> Vec<f32> {
        let of = |out: usize| self.kernel(kind, out);
        mixed(groups, of, kind == Kind::Transposed)
    }

    /// The weights of both stages of a type that has two.
    pub fn stages(&self, kind: Kind) -> [Vec<f32>; 2] {
        let alone = |of: &dyn Fn(usize) -> Vec<f32>| (0..CHANNELS).flat_map(of).collect();
        if kind == Kind::Spatial {
            let part = |out: usize, i: usize| rank_one(&self.square(out, self.size))[i].clone();
            return [mixed(1, |out| part(out, 0), false), alone(&|out| part(out, 1))];
        }
        [alone(&|out| self.square(out, self.size)), mixed(1, |_| vec![1.0], false)]
    }
}

/// A filter for each output, mixed over the inputs of its group.
fn mixed(groups: usize, of: impl Fn(usize) -> Vec<f32>, turned: bool) -> Vec<f32> {
    let per_group = CHANNELS / groups;
    let mut w = Vec::new();
    for first in 0..CHANNELS {
        let start = first / per_group * per_group;
        for second in start..start + per_group {
            let (out, channel) = if turned { (second, first) } else { (first, second) };
            w.extend(of(out).iter().map(|k| k * share(out, channel)));
        }
    }
    w
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibits::filters::kernel;

    /// The largest part of a filter that its column and row leave.
    fn left(kernel: &[f32]) -> f32 {
        let k = kernel.len().isqrt();
        let [column, row] = rank_one(kernel);
        (0..k * k).map(|i| (kernel[i] - column[i / k] * row[i % k]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn separable_filters_are_a_column_times_a_row() {
        for size in 1..=9 {
            for filter in [Filter::Blur, Filter::Edges, Filter::Centre] {
                assert!(left(&kernel(filter, size, 0.0, &[])) < 1e-6, "{filter:?} {size}");
            }
        }
        assert!(left(&kernel(Filter::Sharpen, 5, 0.0, &[])) > 0.05);
        assert_eq!(left(&[0.0; 9]), 0.0);
    }

    #[test]
    fn the_best_column_and_row_leave_least() {
        // A diagonal has its singular values on it: the largest stays.
        let [column, row] = rank_one(&[1.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 2.0]);
        assert!((column[1] * row[1] - 3.0).abs() < 1e-5, "{column:?} {row:?}");
        assert!(column[0].abs() < 1e-5 && row[2].abs() < 1e-5);
    }
}
