//! One map pooled in every way, the gradient that goes back through each, and what is measured of them.

use crate::choices;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::binary::{Op, binary};
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::gradient::backward;
use crate::ops::layout::concat;
use crate::ops::pool::{
    Pool, Stochastic, adaptive_avg_pool, adaptive_max_pool, avg_pool, global_avg_pool, global_max_pool,
    lp_pool, max_pool, max_unpool, stochastic_pool,
};
use crate::ops::reduce::{Reduce, reduce};
use crate::settings::Choice;
use crate::viz::words;

choices! {
    /// Types of pooling over a window.
    pub enum Kind {
        /// The greatest.
        Max = "max",
        /// The mean.
        Average = "average",
        /// The p-th root of the sum of p-th powers.
        Lp = "Lp",
        /// The least.
        Min = "min",
        /// A cell drawn by lot, the greater the likelier.
        Stochastic = "stochastic",
    }
}

/// Types whose windows follow from the map, or that go back up, in the order in which they are recorded.
pub const OTHERS: [&str; 5] = ["Adaptive", "Pyramid", "All: max", "All: mean", "Unpooled"];
/// Cells a side of the grids of a spatial pyramid.
pub const PYRAMID: [usize; 3] = [1, 2, 4];

impl Kind {
    /// Its name under a picture.
    pub fn label(self, p: f32) -> String {
        match self {
            Self::Max => "Max".into(),
            Self::Average => "Average".into(),
            Self::Lp => format!("L{}", words::short(f64::from((p * 10.0).round() / 10.0))),
            Self::Min => "Min".into(),
            Self::Stochastic => "Stochastic".into(),
        }
    }
}

/// Greatest value, mean and mean square of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Peak {
    /// The greatest value.
    pub most: f64,
    /// The mean.
    pub mean: f64,
    square: f64,
}

impl Peak {
    /// Standard deviation.
    pub fn deviation(&self) -> f64 {
        (self.square - self.mean * self.mean).max(0.0).sqrt()
    }
}

/// Of the input, and of the maps of each [`Kind`]; and what the gradient is at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Peaks {
    /// Of the input.
    pub x: Peak,
    /// Of the maps, in the order of [`Kind`].
    pub kinds: Vec<Peak>,
    /// The greatest value of each of [`OTHERS`].
    pub others: Vec<f64>,
    /// The greatest gradient of a cell of the input, by kind and then as in [`OTHERS`].
    pub gradients: Vec<f64>,
}

impl Peaks {
    /// From what [`Pools::record`] measured.
    pub fn read(values: &[f32]) -> Option<Self> {
        let kinds = Kind::ALL.len();
        let (maps, most) = values.split_at_checked(3 * (1 + kinds))?;
        let peak = |v: &[f32]| {
            let [most, mean, square] = [v[0], v[1], v[2]].map(f64::from);
            Peak { most, mean, square }
        };
        let (x, maps) = maps.split_at(3);
        let most: Vec<f64> = most.iter().map(|v| f64::from(*v)).collect();
        (most.len() == kinds + 2 * OTHERS.len()).then(|| Self {
            x: peak(x),
            kinds: maps.chunks_exact(3).map(peak).collect(),
            others: most[..OTHERS.len()].to_vec(),
            gradients: most[OTHERS.len()..].to_vec(),
        })
    }

    /// Of the maps of a kind.
    pub fn of(&self, kind: Kind) -> Peak {
        self.kinds[kind.index()]
    }

    /// Which share of the input's peak is left.
    pub fn kept(&self, kind: Kind) -> f64 {
        self.of(kind).most / self.x.most.max(1e-12)
    }
}

/// How a map is pooled.
pub struct Ways {
    /// The windows.
    pub pool: Pool,
    /// Exponent of Lp, at least 1.
    pub p: f32,
    /// Whether padded cells count in an average.
    pub count_padding: bool,
    /// Cells a side that adaptive pooling leaves.
    pub cells: usize,
    /// Seed of what is drawn by lot.
    pub seed: u64,
}

/// A map, pooled in every way.
pub struct Pools {
    /// By windows, in the order of [`Kind`], `[1, 1, outputs…]`.
    pub kinds: Vec<Tensor>,
    /// Adaptive, the pyramid's grids from coarse to fine, global maximum and mean, unpooled.
    pub others: Vec<Vec<Tensor>>,
    /// Gradients of the sum of all outputs with respect to the map, of its shape: kinds, then [`OTHERS`].
    pub gradients: Vec<Tensor>,
    /// For [`Peaks::read`].
    pub peaks: Tensor,
}

impl Pools {
    /// Records every type of pooling of `x [1, 1, h, w]`, its gradient by the kernels that train networks, and what is
    /// measured of both.
    ///
    /// # Errors
    /// If the windows do not fit the map.
    pub fn record(plan: &mut Plan, x: &Tensor, ways: &Ways) -> Result<Self, Problem> {
        let pool = &ways.pool;
        let (max, places) = max_pool(plan, x, pool)?;
        let average = avg_pool(plan, x, pool, ways.count_padding)?;
        let lp = lp_pool(plan, x, pool, ways.p)?;
        // The minimum is the maximum of the negative, negated: three kernels, no new one.
        let minus = plan.constant("minus one", &[1, 1, 1, 1], vec![-1.0]);
        let negative = conv2d(plan, x, &minus, None, &Conv::default())?;
        let (negative_max, _) = max_pool(plan, &negative, pool)?;
        let min = conv2d(plan, &negative_max, &minus, None, &Conv::default())?;
        let lot = Stochastic { seed: ways.seed, train: true, ..Stochastic::default() };
        let (drawn, _) = stochastic_pool(plan, x, pool, &lot)?;
        let unpooled = max_unpool(plan, &max, &places, pool, Some(&x.shape[2..]))?;
        let kinds = vec![max, average, lp, min, drawn];
        for (kind, tensor) in Kind::ALL.iter().zip(&kinds) {
            plan.name(tensor, &format!("{} pooling", kind.name()));
        }
        let adaptive = adaptive_avg_pool(plan, x, &[ways.cells; 2])?;
        let pyramid = PYRAMID
            .iter()
            .map(|&side| Ok(adaptive_max_pool(plan, x, &[side; 2])?.0))
            .collect::<Result<Vec<_>, Problem>>()?;
        let whole = [global_max_pool(plan, x)?.0, global_avg_pool(plan, x)?];
        plan.name(&adaptive, "adaptive average pooling");
        plan.name(&whole[0], "global max pooling");
        plan.name(&whole[1], "global average pooling");
        plan.name(&unpooled, "max unpooling");
        let flat = pyramid.iter().map(|grid| grid.view(&[1, grid.len()])).collect::<Vec<_>>();
        let joined = concat(plan, &flat.iter().collect::<Vec<_>>(), 1)?;
        plan.name(&joined, "spatial pyramid");
        let [all_max, all_mean] = whole;
        let outputs: Vec<&Tensor> =
            kinds.iter().chain([&adaptive, &joined, &all_max, &all_mean, &unpooled]).collect();
        let gradients = outputs
            .iter()
            .map(|y| Ok(backward(plan, y, None, &[x])?.of(x).expect("it was asked for")))
            .collect::<Result<Vec<_>, Problem>>()?;
        for (name, d) in Kind::ALL.iter().map(|kind| kind.name()).chain(OTHERS).zip(&gradients) {
            plan.name(d, &format!("gradient through {}", name.to_lowercase()));
        }
        let others = outputs[Kind::ALL.len()..].iter().copied();
        let peaks = peaks(plan, x, &kinds, others.chain(&gradients))?;
        let others = vec![vec![adaptive], pyramid, vec![all_max], vec![all_mean], vec![unpooled]];
        Ok(Self { kinds, others, gradients, peaks })
    }
}

/// Records greatest value, mean and mean square of `x` and of each of `maps`, and the greatest of each of `more`.
fn peaks<'a>(
    plan: &mut Plan,
    x: &Tensor,
    maps: &[Tensor],
    more: impl Iterator<Item = &'a Tensor>,
) -> Result<Tensor, Problem> {
    let mut parts = Vec::new();
    for map in [x].into_iter().chain(maps) {
        let square = binary(plan, map, map, Op::Multiply)?;
        for (of, how) in [(map, Reduce::Max), (map, Reduce::Mean), (&square, Reduce::Mean)] {
            parts.push(reduce(plan, of, &[0, 1, 2, 3], how, false)?.view(&[1]));
        }
    }
    for map in more {
        let axes: Vec<usize> = (0..map.shape.len()).collect();
        parts.push(reduce(plan, map, &axes, Reduce::Max, false)?.view(&[1]));
    }
    let all = concat(plan, &parts.iter().collect::<Vec<_>>(), 0)?;
    plan.name(&all, "peaks, means, mean squares, greatest gradients");
    Ok(all)
}

/// Windows that are alike down and across: cells a side, stride, padding on every side, dilation.
pub fn square([window, stride, padding, dilation]: [usize; 4], ceil: bool) -> Pool {
    Pool { window: [window; 2], stride: [stride; 2], pad: [padding; 4], dilation: [dilation; 2], ceil }
}

/// The windows of a pooling, as those of a convolution of one channel.
pub fn window_of(x: &Tensor, y: &Tensor, pool: &Pool) -> Conv2d {
    let [h, w, oh, ow] = [x.shape[2], x.shape[3], y.shape[2], y.shape[3]].map(|v| v as u32);
    let [[r, s], stride, dilation] = [pool.window, pool.stride, pool.dilation].map(|v| v.map(|v| v as u32));
    let pad = pool.pad.map(|v| v as u32);
    Conv2d {
        n: 1,
        c: 1,
        k: 1,
        h,
        w,
        r,
        s,
        oh,
        ow,
        stride,
        dilation,
        pad,
        groups: 1,
        ..bytemuck::Zeroable::zeroed()
    }
}
