//! How the numbers of a layer are spread: figures and a histogram, computed beside the plan.

use std::rc::Rc;

use egui::{Align2, FontId, Rect, Sense, Ui, pos2, vec2};

use crate::data::table::Table;
use crate::gpu::{Plan, Tensor};
use crate::ops::OpError;
use crate::ops::arithmetic::number;
use crate::ops::binary::{Op, binary};
use crate::ops::histogram::{BINS, histogram};
use crate::ops::layout::concat;
use crate::ops::norm::moments;
use crate::ops::range::{Planes, range};
use crate::ops::reduce::mean;
use crate::viz::facts::facts;
use crate::viz::{View, offer, theme};

/// Numbers of a range: least, greatest, count of not finite ones, mean.
const RANGE: usize = 4;

/// The spread of a layer's numbers, and the range of each of its maps.
pub struct Spread {
    maps: usize,
    values: Rc<Vec<f32>>,
}

impl Spread {
    /// Asks for the spread of `[MAPS, H, W]`; `None` until it is there.
    pub fn of(view: &mut View<'_>, tensor: &Tensor) -> Option<Self> {
        let values = view.derived(tensor, "spread", derive)?;
        Some(Self { maps: tensor.shape[0], values })
    }

    /// Mean of a map.
    pub fn mean(&self, map: usize) -> f32 {
        self.values[map * RANGE + 3]
    }

    /// Greatest number of a map.
    pub fn greatest(&self, map: usize) -> f32 {
        self.values[map * RANGE + 1]
    }

    /// What follows the ranges of the maps: range, counts, variance, share of zeros.
    fn rest(&self) -> &[f32] {
        &self.values[self.maps * RANGE..]
    }
}

/// Least, greatest, not finite, mean of each map; the same of all; counts; variance; share of zeros.
fn derive(plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
    let flat = x.view(&[x.len()]);
    let each = range(plan, x, &Planes::planar(&x.shape), true)?;
    let all = range(plan, &flat, &Planes::planar(&flat.shape), false)?;
    let counts = histogram(plan, x, &all)?;
    let [_, variance] = moments(plan, &flat, [1, 1, x.len()])?;
    let zero = plan.constant("zero", &[1], vec![0.0_f32]);
    let zeros = binary(plan, &flat, &zero, Op::Equal)?;
    let zeros = mean(plan, &zeros);
    let parts = [each, all, counts, variance, zeros].map(|t| t.view(&[t.len()]));
    concat(plan, &parts.each_ref(), 0)
}

/// Draws figures and histogram.
pub fn spread(ui: &mut Ui, spread: Option<&Spread>) {
    let Some(spread) = spread else { return };
    let rest = spread.rest();
    let [lo, hi, odd, mean] = [rest[0], rest[1], rest[2], rest[3]];
    let counts = &rest[RANGE..RANGE + BINS];
    let (variance, zeros) = (rest[RANGE + BINS], rest[RANGE + BINS + 1]);
    let mut figures = vec![
        ("Least", number(lo.into())),
        ("Greatest", number(hi.into())),
        ("Mean", number(mean.into())),
        ("Standard deviation", number(f64::from(variance).sqrt())),
        ("Zeros", format!("{:.1} %", zeros * 100.0)),
    ];
    if odd > 0.0 {
        figures.push(("NaN or infinite", odd.to_string()));
    }
    facts(ui, &figures);
    bars(ui, counts, [lo, hi]);
}

/// The histogram with its ends.
fn bars(ui: &mut Ui, counts: &[f32], [lo, hi]: [f32; 2]) {
    const FOOT: f32 = 14.0;
    let size = vec2(ui.available_width().min(340.0), ui.available_height().clamp(60.0, 130.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let label =
        format!("Histogram of {} bins from {} to {}", counts.len(), number(lo.into()), number(hi.into()));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
    let edge = |i: usize| lo + (hi - lo) * i as f32 / counts.len() as f32;
    offer::table(ui, "Spread of all numbers", rect, || {
        let row = |(i, count): (usize, &f32)| vec![edge(i), edge(i + 1), *count];
        Table::numbers(["from", "to", "count"], counts.iter().enumerate().map(row))
    });
    let plot = Rect::from_min_max(rect.min, rect.max - vec2(0.0, FOOT));
    let most = counts.iter().copied().fold(1.0, f32::max);
    let (painter, faint) = (ui.painter(), theme::faint(ui.visuals()));
    let step = plot.width() / counts.len() as f32;
    for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        // A single number must not vanish beside a million zeros.
        let tall = (plot.height() * count / most).max(1.0);
        let left = plot.left() + i as f32 * step;
        let bar =
            Rect::from_min_max(pos2(left, plot.bottom() - tall), pos2(left + step - 1.0, plot.bottom()));
        painter.rect_filled(bar, 0.0, theme::FAMILIES[0]);
    }
    painter.hline(plot.x_range(), plot.bottom(), (1.0, faint));
    let font = FontId::proportional(11.0);
    let foot = rect.bottom();
    painter.text(pos2(rect.left(), foot), Align2::LEFT_BOTTOM, number(lo.into()), font.clone(), faint);
    painter.text(pos2(rect.right(), foot), Align2::RIGHT_BOTTOM, number(hi.into()), font.clone(), faint);
    if lo < 0.0 && hi > 0.0 {
        let x = plot.left() + plot.width() * (-lo / (hi - lo));
        painter.vline(x, plot.y_range(), (1.0, theme::ACCENT));
        if x > rect.left() + 50.0 && x < rect.right() - 50.0 {
            painter.text(pos2(x, foot), Align2::CENTER_BOTTOM, "0", font, faint);
        }
    }
    if let Some(p) = response.hover_pos() {
        let bin = (((p.x - plot.left()) / step).max(0.0) as usize).min(counts.len() - 1);
        let end = |i: usize| number(f64::from(lo) + f64::from(hi - lo) * i as f64 / counts.len() as f64);
        response.on_hover_text(format!("{} numbers from {} to {}", counts[bin], end(bin), end(bin + 1)));
    }
}
