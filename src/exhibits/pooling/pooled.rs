//! What is measured of pooled maps, and the windows they were pooled from.

use egui::Ui;

use crate::choices;
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::Conv2d;
use crate::ops::layout::concat;
use crate::ops::pool::Pool;
use crate::ops::reduce::{Reduce, reduce};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::page::figures;
use crate::viz::words::{self, Voice};

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
    }
}

impl Kind {
    /// Its name under a picture.
    pub fn label(self, p: f32) -> String {
        match self {
            Self::Max => "Max".into(),
            Self::Average => "Average".into(),
            Self::Lp => format!("L{}", words::short(f64::from((p * 10.0).round() / 10.0))),
            Self::Min => "Min".into(),
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

/// Of the input, and of the maps of each [`Kind`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peaks(pub [Peak; 5]);

impl Peaks {
    /// From what [`peaks`] computed.
    pub fn read(values: &[f32]) -> Option<Self> {
        let mut all = [Peak::default(); 5];
        for (peak, v) in all.iter_mut().zip(values.chunks_exact(3)) {
            let [most, mean, square] = [v[0], v[1], v[2]].map(f64::from);
            *peak = Peak { most, mean, square };
        }
        (values.len() == 15).then_some(Self(all))
    }
}

/// Records greatest value, mean and mean square of `x` and of each of `pooled`, `[15]`.
pub fn peaks(plan: &mut Plan, x: &Tensor, pooled: &[Tensor]) -> Result<Tensor, Problem> {
    let mut parts = Vec::new();
    for map in [x].into_iter().chain(pooled) {
        let square = crate::ops::binary::binary(plan, map, map, crate::ops::binary::Op::Multiply)?;
        for (of, how) in [(map, Reduce::Max), (map, Reduce::Mean), (&square, Reduce::Mean)] {
            parts.push(reduce(plan, of, &[0, 1, 2, 3], how, false)?.view(&[1]));
        }
    }
    let all = concat(plan, &parts.iter().collect::<Vec<_>>(), 0)?;
    plan.name(&all, "peaks, means, mean squares");
    Ok(all)
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

/// Draws the measured row.
pub fn measured(ui: &mut Ui, cells: &[Cell], p: &Conv2d, noise: bool, peaks: Option<&Peaks>) {
    let [all, left] = [p.h * p.w, p.oh * p.ow].map(f64::from);
    let taps = f64::from(p.r * p.s);
    let kept = |kind: usize| peaks.map(|Peaks(all)| all[kind].most / all[0].most.max(1e-12));
    let share = |kind: usize| kept(kind).unwrap_or(0.0).clamp(0.0, 1.0);
    let text = |kind: usize| kept(kind).map_or_else(|| "…".into(), words::percent);
    let peak =
        peaks.map_or_else(String::new, |Peaks(all)| format!("of the peak, {}", words::short(all[0].most)));
    // Of noise the middle counts, of everything else the peak.
    let mean = |kind: usize| peaks.map(|Peaks(all)| all[kind].mean);
    let middle = |label, kind, voice| {
        let under = mean(0).map_or_else(String::new, |v| format!("the noise has mean {}", words::short(v)));
        let value = mean(kind).map_or_else(|| "…".into(), words::short);
        (label, value, mean(kind).unwrap_or(0.0), under, voice)
    };
    let loud = mean(1).zip(mean(0)).is_some_and(|(max, noise)| max > 1.2 * noise);
    let [of_max, of_average] = match noise {
        true => [
            middle("Mean of max", 1, if loud { Voice::Broken } else { Voice::A }),
            middle("Mean of average", 2, Voice::A),
        ],
        false => [
            ("Max keeps", text(1), share(1), peak.clone(), Voice::A),
            ("Average keeps", text(2), share(2), peak, Voice::A),
        ],
    };
    let rows = [
        (
            "Cells",
            words::ratio(all, left),
            left / all,
            format!("{} of {}", words::count(left), words::count(all)),
            Voice::A,
        ),
        of_max,
        of_average,
        (
            "Gradient of max",
            format!("1 of {taps}"),
            1.0 / taps,
            "cells; of average: all".into(),
            Voice::Plain,
        ),
    ];
    figures(ui, cells, &rows);
}
