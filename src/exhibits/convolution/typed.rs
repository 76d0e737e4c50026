//! The types of convolution: what each reads, how many numbers it has and what it costs, from its settings
//! alone.

use crate::choices;
use crate::exhibits::filters::Filter;

/// Channels of the layer's input, and of its output.
pub const CHANNELS: usize = 6;
/// Frames of the image sequence, and of the window that slides along it.
pub const FRAMES: [usize; 2] = [5, 3];
/// Side of the window whose taps can be moved.
pub const DEFORMED: usize = 3;
/// Products that the interpolation of one tap takes.
const CORNERS: usize = 4;

choices! {
    /// What the layer of six channels is turned into.
    pub enum Kind {
        /// Every output reads every input.
        Standard = "standard",
        /// Every S-th place.
        Strided = "strided",
        /// Taps that lie apart.
        Dilated = "dilated",
        /// Each input is spread over several outputs.
        Transposed = "transposed",
        /// Separable in space: a column of weights, then a row.
        Spatial = "spatial",
        /// Taps that lie where their offsets put them.
        Deformable = "deformable",
        /// Every pixel alone.
        Pointwise = "pointwise 1x1",
        /// Groups of channels that do not meet.
        Grouped = "grouped",
        /// Every channel alone.
        Depthwise = "depthwise",
        /// Depthwise-separable: every channel alone, then every pixel alone.
        Separable = "separable",
        /// Along rows only.
        Line = "1-D",
        /// Along rows, and never ahead.
        Causal = "causal",
        /// Along time too.
        Volume = "3-D",
    }
}

impl Kind {
    /// Its name where there is little room.
    pub fn short(self) -> &'static str {
        match self {
            Self::Pointwise => "1 × 1",
            other => crate::settings::Choice::name(other),
        }
    }
    /// Whether a second layer follows within it.
    pub fn has_stages(self) -> bool {
        matches!(self, Self::Spatial | Self::Separable)
    }
    /// Whether rows are sequences, each by itself.
    pub fn is_line(self) -> bool {
        matches!(self, Self::Line | Self::Causal)
    }
}

/// What the settings say of all types.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Side of the kernel.
    pub size: usize,
    /// Step of the strided and of the transposed one.
    pub stride: usize,
    /// Distance between the taps of the dilated and of the causal one.
    pub dilation: usize,
    /// Zeros on each side.
    pub padding: usize,
    /// Rows and columns added behind the output of the transposed one.
    pub output_padding: usize,
    /// Groups of the grouped one.
    pub groups: usize,
    /// Pixels that the photo moves from frame to frame.
    pub shift: usize,
    /// Where the taps of the deformable one lie away from their places: down and across, tap by tap.
    pub offsets: Vec<f32>,
    /// What the kernels look for.
    pub filter: Filter,
    /// Angle of the first Gabor filter in degrees.
    pub angle: f32,
    /// Numbers of the filter that is written by hand.
    pub own: Vec<f32>,
}

/// Where the windows of a type lie on one channel of its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Reads {
    /// Rows and columns of taps.
    pub window: [usize; 2],
    /// Step of the window; of a transposed one, of the outputs that neighbouring inputs are spread over.
    pub stride: [usize; 2],
    /// Distance between the taps.
    pub dilation: [usize; 2],
    /// Zeros above, to the left, below and to the right.
    pub pad: [usize; 4],
    /// Groups of channels.
    pub groups: usize,
    /// Whether each input is spread over the outputs.
    pub spread: bool,
    /// Offsets of the taps, down and across; empty where there are none.
    pub offsets: Vec<f32>,
}

impl Spec {
    /// Where a type reads.
    pub fn reads(&self, kind: Kind) -> Reads {
        let (k, p) = (self.size, self.padding);
        let causal = self.dilation * (k - 1);
        let square = |side: usize| ([side, side], [p; 4]);
        let (window, pad) = match kind {
            Kind::Pointwise => square(1),
            Kind::Deformable => square(DEFORMED),
            Kind::Line => ([1, k], [0, p, 0, p]),
            Kind::Causal => ([1, k], [0, causal, 0, 0]),
            _ => square(k),
        };
        let stride = if matches!(kind, Kind::Strided | Kind::Transposed) { self.stride } else { 1 };
        let dilation = if matches!(kind, Kind::Dilated | Kind::Causal) { self.dilation } else { 1 };
        let groups = match kind {
            Kind::Grouped => self.groups,
            Kind::Depthwise | Kind::Separable => CHANNELS,
            _ => 1,
        };
        let offsets = if kind == Kind::Deformable { self.offsets.clone() } else { Vec::new() };
        let spread = kind == Kind::Transposed;
        Reads { window, stride: [stride; 2], dilation: [dilation; 2], pad, groups, spread, offsets }
    }

    /// Weights of a type.
    pub fn weights(&self, kind: Kind) -> usize {
        let reads = self.reads(kind);
        let (taps, pairs) = (reads.window[0] * reads.window[1], CHANNELS * CHANNELS);
        match kind {
            Kind::Spatial => pairs * self.size + CHANNELS * self.size,
            Kind::Separable => CHANNELS * taps + pairs,
            Kind::Volume => FRAMES[1] * taps * pairs,
            _ => taps * pairs / reads.groups,
        }
    }

    /// Multiply-adds of a type, those with padding counted: `input` and `output` are the sides of its maps,
    /// `between` those of the map between two stages.
    pub fn work(&self, kind: Kind, input: [usize; 2], between: [usize; 2], output: [usize; 2]) -> u64 {
        let area = |[h, w]: [usize; 2]| h * w;
        let (weights, pairs) = (self.weights(kind), CHANNELS * CHANNELS);
        let products = match kind {
            Kind::Transposed => weights * area(input),
            Kind::Spatial => self.size * (pairs * area(between) + CHANNELS * area(output)),
            Kind::Separable => (weights - pairs) * area(between) + pairs * area(output),
            Kind::Volume => weights * area(output) * (FRAMES[0] + 1 - FRAMES[1]),
            Kind::Deformable => (weights + CORNERS * CHANNELS * DEFORMED * DEFORMED) * area(output),
            _ => weights * area(output),
        };
        products as u64
    }
}

impl Reads {
    /// Places of the taps, in the order in which they lie on the input.
    fn order(&self) -> impl Iterator<Item = usize> {
        let taps = self.window[0] * self.window[1];
        // Spread over the outputs, the last weight comes from the first input.
        (0..taps).map(move |t| if self.spread { taps - 1 - t } else { t })
    }

    /// The taps of an output, row by row: place of the weight, and the row and column of the input that it reads,
    /// which may lie in the padding or between pixels; `None` where a spread input has no value.
    pub fn taps(&self, at: [usize; 2]) -> Vec<(usize, Option<[f32; 2]>)> {
        let read = |axis: usize, tap: usize| {
            let (step, pad) = (self.stride[axis] as i64, self.pad[axis] as i64);
            let by = (tap * self.dilation[axis]) as i64;
            let at = at[axis] as i64;
            if !self.spread {
                return Some((at * step + by - pad) as f32);
            }
            let from = at + pad - by;
            (from.rem_euclid(step) == 0).then(|| from.div_euclid(step) as f32)
        };
        let moved = |t: usize, axis: usize| self.offsets.get(2 * t + axis).copied().unwrap_or(0.0);
        self.order()
            .map(|t| {
                let place = read(0, t / self.window[1]).zip(read(1, t % self.window[1]));
                (t, place.map(|(y, x)| [y + moved(t, 0), x + moved(t, 1)]))
            })
            .collect()
    }

    /// Whether an output reads a place of the input: one of the four around each tap that lies between pixels.
    pub fn meets(&self, output: [usize; 2], input: [usize; 2]) -> bool {
        let near = |at: f32, of: usize| (at - of as f32).abs() < 1.0;
        self.taps(output)
            .iter()
            .filter_map(|(_, at)| *at)
            .any(|[y, x]| near(y, input[0]) && near(x, input[1]))
    }

    /// Outputs of a map of so many rows and columns that read a place of the input.
    pub fn readers(&self, input: [usize; 2], outputs: [usize; 2]) -> Vec<[usize; 2]> {
        // Along an axis, the outputs at which a tap comes to lie on the input or right beside it.
        let near = |t: usize, axis: usize| {
            let tap = if axis == 0 { t / self.window[1] } else { t % self.window[1] };
            let by = (tap * self.dilation[axis]) as f32;
            let (at, step, pad) = (input[axis] as f32, self.stride[axis] as f32, self.pad[axis] as f32);
            let (first, last) = if self.spread {
                (at * step + by - pad, at * step + by - pad)
            } else {
                let to = at + pad - by - self.offsets.get(2 * t + axis).copied().unwrap_or(0.0);
                (((to - 1.0) / step).ceil(), ((to + 1.0) / step).floor())
            };
            let end = outputs[axis] as f32;
            first.clamp(0.0, end) as usize..(last + 1.0).clamp(0.0, end) as usize
        };
        let taps = 0..self.window[0] * self.window[1];
        let mut found: Vec<[usize; 2]> = taps
            .flat_map(|t| {
                let columns = near(t, 1);
                near(t, 0).flat_map(move |row| columns.clone().map(move |column| [row, column]))
            })
            .filter(|output| self.meets(*output, input))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The block of cells that the taps of an output span: first row and column, rows and columns. `None` where it
    /// reads nothing.
    pub fn field(&self, at: [usize; 2]) -> Option<[f32; 4]> {
        let read: Vec<[f32; 2]> = self.taps(at).into_iter().filter_map(|(_, at)| at).collect();
        let ends = |axis: usize| {
            let of = || read.iter().map(|at| at[axis]);
            let least = of().reduce(f32::min)?.floor();
            Some((least, of().reduce(f32::max)?.ceil() + 1.0 - least))
        };
        let ((row, rows), (column, columns)) = (ends(0)?, ends(1)?);
        Some([row, column, rows, columns])
    }

    /// Rows and columns that the widest window spans.
    pub fn reach(&self) -> [usize; 2] {
        let most = |axis: usize| {
            let of = |at: [usize; 2]| self.field(at).map_or(0.0, |field| field[2 + axis]);
            let step = if self.spread { self.stride[axis] } else { 1 };
            // Where inputs are spread, outputs differ in how many reach them.
            (0..step).map(|i| of([50 + i; 2])).fold(0.0, f32::max) as usize
        };
        [most(0), most(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::typed_facts::spec;
    use super::*;
    use crate::settings::Choice;

    #[test]
    fn weights_are_those_of_the_formulas() {
        let spec = spec();
        let weights: Vec<usize> = Kind::ALL.iter().map(|kind| spec.weights(*kind)).collect();
        assert_eq!(weights, [324, 324, 324, 324, 126, 324, 36, 108, 54, 90, 108, 108, 972]);
        let share = spec.weights(Kind::Separable) as f64 / spec.weights(Kind::Standard) as f64;
        assert!((share - (1.0 / 6.0 + 1.0 / 9.0)).abs() < 1e-12);
        for (groups, kind) in [(1, Kind::Standard), (6, Kind::Depthwise)] {
            assert_eq!(Spec { groups, ..spec.clone() }.weights(Kind::Grouped), spec.weights(kind));
        }
    }

    #[test]
    fn windows_reach_as_far_as_they_should() {
        let reach = |kind| spec().reads(kind).reach();
        assert_eq!(reach(Kind::Standard), [3, 3]);
        assert_eq!(reach(Kind::Dilated), [5, 5]);
        assert_eq!(reach(Kind::Transposed), [2, 2]);
        assert_eq!(reach(Kind::Causal), [1, 5]);
        assert_eq!(reach(Kind::Pointwise), [1, 1]);
        let mut wide = spec();
        wide.offsets[0] = -1.5;
        assert_eq!(wide.reads(Kind::Deformable).reach(), [5, 3]);
    }

    #[test]
    fn causal_windows_never_look_ahead() {
        let spec = spec();
        for t in 0..20 {
            let ahead =
                |kind: Kind| spec.reads(kind).taps([0, t]).iter().any(|(_, at)| at.unwrap()[1] > t as f32);
            assert!(!ahead(Kind::Causal), "{t}");
            assert!(ahead(Kind::Line), "{t}");
        }
    }

    #[test]
    fn readers_are_the_outputs_whose_taps_meet() {
        let spec = spec();
        assert_eq!(spec.reads(Kind::Standard).readers([5, 5], [10, 10]).len(), 9);
        assert_eq!(spec.reads(Kind::Dilated).readers([5, 5], [8, 8]).len(), 9);
        // One input is spread over nine outputs.
        assert_eq!(spec.reads(Kind::Transposed).readers([2, 2], [9, 9]).len(), 9);
        assert_eq!(spec.reads(Kind::Strided).readers([4, 4], [5, 5]), [[2, 2]]);
    }
}
