//! One pooling layer with all that can be set of it, and the same layer with each setting changed alone: what is
//! recorded, and what follows from the shapes.

use super::feature_map::telling;
use super::pooled::{Kind, square, window_of};
use crate::choices;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::Conv2d;
use crate::ops::pool::{Pool, PoolNd, avg_pool, lp_pool, max_pool};
use crate::viz::figures::ruler::Ruler;
use crate::viz::{Look, View};

/// How many types the page offers: the first of [`Kind`], maximum, average and Lp.
pub const TYPES: usize = 3;
/// Widest window.
pub const WIDEST: usize = 8;

choices! {
    /// What is pooled.
    pub enum Image {
        /// Numbers of the user's.
        Grid = "grid",
        /// The strongest edges of the photo.
        FeatureMap = "feature map",
        /// Its brightness.
        Photo = "photo",
    }
}

impl Image {
    /// Its name above the picture.
    pub fn title(self) -> &'static str {
        match self {
            Self::Grid => "Input",
            Self::FeatureMap => "Feature map",
            Self::Photo => "Photo",
        }
    }

    /// How it and what is made of it are drawn.
    pub fn look(self) -> Look {
        if self == Self::Photo { Look::Brightness } else { Look::Sequential }
    }
}

/// What is set of a pooling layer, alike down and across. Nothing of it is learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its type, one of the first [`TYPES`].
    pub kind: Kind,
    /// Cells of a window a side, 1 to [`WIDEST`].
    pub window: usize,
    /// Cells from window to window, at least 1.
    pub stride: usize,
    /// Cells of padding on each side, fewer than a window spans.
    pub padding: usize,
    /// From one cell that a window reads to the next, at least 1.
    pub dilation: usize,
    /// Whether the output's size is rounded up.
    pub ceil: bool,
    /// Whether padding counts in an average.
    pub counts: bool,
    /// Exponent of Lp, at least 1.
    pub p: f32,
}

impl Layer {
    fn pool(&self) -> Pool {
        square([self.window, self.stride, self.padding, self.dilation], self.ceil)
    }

    fn record(&self, plan: &mut Plan, x: &Tensor) -> Result<Tensor, Problem> {
        let pool = self.pool();
        Ok(match self.kind {
            Kind::Max => max_pool(plan, x, &pool)?.0,
            Kind::Average => avg_pool(plan, x, &pool, self.counts)?,
            _ => lp_pool(plan, x, &pool, self.p)?,
        })
    }

    /// What padding is taken for: 0; −∞, which is never the greatest; or NaN where it is left out.
    pub fn outside(&self) -> f32 {
        match self.kind {
            Kind::Max => f32::NEG_INFINITY,
            Kind::Average if !self.counts => f32::NAN,
            _ => 0.0,
        }
    }
}

/// A setting that is changed while the others stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The average for the maximum, and the maximum for all others.
    Type,
    /// A window one cell wider.
    Window,
    /// Stride 1.
    Stride,
    /// One cell of padding.
    Padding,
    /// Dilation 2.
    Dilation,
    /// Rounded up.
    Ceil,
    /// Padding that counts.
    Counting,
}

impl Change {
    /// All of them, in the order of the settings.
    pub const ALL: [Self; 7] =
        [Self::Type, Self::Window, Self::Stride, Self::Padding, Self::Dilation, Self::Ceil, Self::Counting];

    /// The layer changed so; what is so already is changed back.
    pub fn of(self, layer: &Layer) -> Layer {
        let mut to = layer.clone();
        match self {
            Self::Type => {
                to.kind = if layer.kind == Kind::Max { Kind::Average } else { Kind::Max };
            }
            Self::Window if layer.window == WIDEST => to.window -= 1,
            Self::Window => to.window += 1,
            Self::Stride => to.stride = if layer.stride > 1 { 1 } else { layer.window.max(2) },
            Self::Padding => to.padding = usize::from(layer.padding == 0),
            Self::Dilation => to.dilation = if layer.dilation == 1 { 2 } else { 1 },
            Self::Ceil => to.ceil = !layer.ceil,
            Self::Counting => to.counts = !layer.counts,
        }
        to
    }

    /// What is changed, from the layer that it gives.
    pub fn name(self, to: &Layer) -> String {
        match self {
            Self::Type => to.kind.label(to.p),
            Self::Window => format!("Window {}", to.window),
            Self::Stride => format!("Stride {}", to.stride),
            Self::Padding => format!("Padding {}", to.padding),
            Self::Dilation => format!("Dilation {}", to.dilation),
            Self::Ceil if to.ceil => "Ceil mode".into(),
            Self::Ceil => "Floor".into(),
            Self::Counting if to.counts => "Pad counts".into(),
            Self::Counting => "Pad ignored".into(),
        }
    }
}

/// The layer with one setting changed.
pub struct Changed {
    /// Which one.
    pub change: Change,
    /// The layer.
    pub layer: Layer,
    /// Its output, or why it has none.
    pub y: Result<Tensor, String>,
}

/// What was recorded.
pub struct Recorded {
    /// The layer.
    pub layer: Layer,
    /// Its input, `[1, 1, side, side]`.
    pub x: Tensor,
    /// Its output, `[1, 1, outputs, outputs]`.
    pub y: Tensor,
    /// Its windows, as those of a convolution.
    pub p: Conv2d,
    /// In the order of [`Change::ALL`].
    pub changed: Vec<Changed>,
    /// How many windows read each cell of the input.
    pub reads: Vec<u32>,
    /// How many cells of the input each window reads.
    pub seen: Vec<u32>,
    /// What its input is.
    pub image: Image,
    windows: PoolNd,
    /// Outputs whose windows lie over padding.
    border: Vec<usize>,
}

impl Recorded {
    /// Records `layer` on `x [1, 1, side, side]`, and with each setting changed alone.
    ///
    /// # Errors
    /// If the layer's windows do not fit the input.
    pub fn record(plan: &mut Plan, x: Tensor, layer: Layer, image: Image) -> Result<Self, Problem> {
        let y = layer.record(plan, &x)?;
        plan.name(&y, "pooled");
        let changed = Change::ALL
            .map(|change| {
                let to = change.of(&layer);
                let y = to.record(plan, &x).map_err(|e| e.to_string());
                if let Ok(y) = &y {
                    plan.name(y, &format!("pooled, {}", change.name(&to).to_lowercase()));
                }
                Changed { change, layer: to, y }
            })
            .into();
        let pool = layer.pool();
        let windows = PoolNd::new(&x.shape, &pool)?;
        let mut reads = vec![0; x.len()];
        let (mut seen, mut border) = (Vec::with_capacity(y.len()), Vec::new());
        for at in 0..y.len() {
            let (cells, padded) = windows.cells(at);
            seen.push(cells.len() as u32);
            border.extend((cells.len() < padded).then_some(at));
            cells.iter().for_each(|cell| reads[*cell] += 1);
        }
        let p = window_of(&x, &y, &pool);
        Ok(Self { layer, x, y, p, changed, reads, seen, image, windows, border })
    }

    /// With one setting changed.
    pub fn with(&self, change: Change) -> &Changed {
        &self.changed[change as usize]
    }

    /// Cells of the input that the window of an output reads, and by how many an average divides their sum.
    pub fn cells(&self, at: usize) -> (Vec<usize>, usize) {
        let (cells, padded) = self.windows.cells(at);
        let divisor = if self.layer.counts { padded } else { cells.len() };
        (cells, divisor)
    }

    /// The output whose window shows most.
    pub fn telling(&self) -> usize {
        let (side, last) = (self.p.ow as usize, self.y.len() - 1);
        if self.whole() < side {
            last
        } else if self.layer.padding > 0 {
            0
        } else if self.image != Image::Grid {
            telling([side; 2])
        } else {
            last
        }
    }

    /// Outputs that read a cell of the input.
    pub fn readers(&self, cell: usize) -> Vec<usize> {
        (0..self.y.len()).filter(|at| self.windows.cells(*at).0.contains(&cell)).collect()
    }

    /// Rows, and columns, of outputs whose windows end within the padded input; only in ceil mode there are others.
    pub fn whole(&self) -> usize {
        Ruler::both(&self.p, 0)[0].whole()
    }

    /// Outputs whose windows reach past the padded input.
    pub fn parts(&self) -> Vec<usize> {
        self.sorted().0
    }

    /// Outputs whose windows reach past the padded input, and all others.
    pub fn sorted(&self) -> (Vec<usize>, Vec<usize>) {
        let (side, whole) = (self.p.ow as usize, self.whole());
        (0..self.y.len()).partition(|at| at / side >= whole || at % side >= whole)
    }

    /// How many cells of the input the windows of these outputs read, at least and at most; 0 of none.
    pub fn seen_by(&self, outputs: &[usize]) -> (u32, u32) {
        let seen = || outputs.iter().map(|at| self.seen[*at]);
        (seen().min().unwrap_or(0), seen().max().unwrap_or(0))
    }

    /// Cells of the input that no window reads.
    pub fn unread(&self) -> Vec<usize> {
        (0..self.reads.len()).filter(|cell| self.reads[*cell] == 0).collect()
    }

    /// Rows, and columns, at the end of the input behind the last window, where those are all that is not read.
    pub fn left_over(&self) -> Option<usize> {
        let left =
            Ruler::both(&self.p, 0)[0].left().checked_sub(self.layer.padding).filter(|left| *left > 0)?;
        let (side, read) = (self.p.w as usize, self.p.w as usize - left);
        let mut all = self.reads.iter().enumerate();
        let alone = all.all(|(i, n)| (*n == 0) == (i / side >= read || i % side >= read));
        alone.then_some(left)
    }

    /// The sum of those outputs whose windows lie over padding, if it counts, over what it is if it does not; of an
    /// average. `None` where there is none, and until the numbers are there.
    pub fn darkened(&self, view: &mut View<'_>) -> Option<f64> {
        let other = self.with(Change::Counting).y.as_ref().ok()?;
        if self.layer.kind != Kind::Average || self.layer.padding == 0 {
            return None;
        }
        let sums = [&self.y, other].map(|y| {
            let values = view.values(y).filter(|values| values.len() == self.seen.len())?;
            Some(self.border.iter().map(|at| f64::from(values[*at])).sum::<f64>())
        });
        let [Some(own), Some(other)] = sums else { return None };
        let [counted, real] = if self.layer.counts { [own, other] } else { [other, own] };
        (real != 0.0).then(|| counted / real)
    }
}

/// "2", or "1 to 2".
pub fn between(least: u32, most: u32) -> String {
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Choice as _;

    const START: Layer = Layer {
        kind: Kind::Max,
        window: 2,
        stride: 2,
        padding: 0,
        dilation: 1,
        ceil: false,
        counts: false,
        p: 2.0,
    };

    fn recorded(layer: Layer) -> Recorded {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, 1, 7, 7], vec![1.0; 49]);
        Recorded::record(&mut plan, x, layer, Image::Grid).unwrap()
    }

    #[test]
    fn what_floor_leaves_over_ceil_makes_of_part_windows() {
        let floor = recorded(START);
        assert_eq!((floor.unread().len(), floor.left_over(), floor.whole()), (13, Some(1), 3));
        assert!(floor.parts().is_empty());
        let ceil = recorded(Layer { ceil: true, ..START });
        assert!(ceil.unread().is_empty() && ceil.left_over().is_none());
        assert_eq!(ceil.parts(), [3, 7, 11, 12, 13, 14, 15]);
        assert_eq!(ceil.seen, [4, 4, 4, 2, 4, 4, 4, 2, 4, 4, 4, 2, 2, 2, 2, 1]);
        let fits = recorded(Layer { ceil: true, window: 3, ..START });
        assert!(fits.parts().is_empty() && fits.unread().is_empty());
        // Between taps, and not behind the last window alone.
        assert_eq!(recorded(Layer { dilation: 3, ..START }).left_over(), None);
    }

    #[test]
    fn every_change_changes_one_setting_and_twice_is_none() {
        assert!(Change::ALL.iter().enumerate().all(|(i, change)| *change as usize == i));
        for change in Change::ALL {
            let to = change.of(&START);
            assert_ne!(to, START, "{change:?}");
            if change != Change::Window {
                assert_eq!(change.of(&to), START, "{change:?}");
            }
        }
        assert!(Kind::Lp.index() < TYPES);
        assert_eq!(Change::Type.of(&Layer { kind: Kind::Lp, ..START }), START);
        assert_eq!(Change::Window.of(&Layer { window: WIDEST, ..START }).window, WIDEST - 1);
    }

    #[test]
    fn what_does_not_fit_leaves_the_others() {
        let wide = recorded(Layer { window: 7, ..START });
        assert!(wide.with(Change::Window).y.is_err() && wide.with(Change::Ceil).y.is_ok());
        assert_eq!(wide.readers(0), [0]);
        assert_eq!(recorded(Layer { padding: 1, ..START }).cells(0), (vec![0], 1));
        assert_eq!(recorded(Layer { padding: 1, counts: true, ..START }).cells(0), (vec![0], 4));
    }
}
