//! How the numbers of a layer are spread: figures and a histogram, computed beside the plan.

use std::rc::Rc;

use egui::{Align2, FontId, Rect, Sense, Ui, pos2, vec2};

use crate::data::table::Table;
use crate::gpu::{DType, Plan, Tensor};
use crate::ops::OpError;
use crate::ops::arithmetic::number;
use crate::ops::binary::{Op, binary};
use crate::ops::histogram::{BINS, histogram};
use crate::ops::layout::{concat, narrow};
use crate::ops::range::{Planes, range};
use crate::ops::reduce::mean as average;
use crate::viz::facts::{facts, grouped};
use crate::viz::{View, offer, theme};

/// Numbers of a range: least, greatest, count of not finite ones, mean.
const RANGE: usize = 4;

/// The spread of a layer's numbers, and the range of each of its maps.
pub struct Spread {
    maps: usize,
    /// Numbers of a map.
    size: usize,
    values: Rc<Vec<f32>>,
}

impl Spread {
    /// Asks for the spread of `[MAPS, H, W]`; `None` until it is there.
    pub fn of(view: &mut View<'_>, tensor: &Tensor) -> Option<Self> {
        let values = view.derived(tensor, "spread", derive)?;
        let maps = tensor.shape[0];
        Some(Self { maps, size: tensor.len() / maps.max(1), values })
    }

    /// Mean and greatest of the finite numbers of a map, if it has any.
    pub fn mean_and_greatest(&self, map: usize) -> Option<[f32; 2]> {
        let [_, greatest, odd, mean] = [0, 1, 2, 3].map(|i| self.values[map * RANGE + i]);
        (odd < self.size as f32).then_some([mean, greatest])
    }

    /// What follows the ranges of the maps: range, counts, squares that are not finite, variance, share of zeros.
    fn rest(&self) -> &[f32] {
        &self.values[self.maps * RANGE..]
    }
}

/// Least, greatest, not finite, mean of each map; the same of all; counts; how many squares are not finite; variance; share
/// of zeros.
fn derive(plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
    let flat = x.view(&[x.len()]);
    let each = range(plan, x, &Planes::planar(&x.shape), true)?;
    let all = range(plan, &flat, &Planes::planar(&flat.shape), false)?;
    let counts = histogram(plan, x, &all)?;
    // The mean of a range leaves out what is not finite, and so does that of the squares.
    let mean = narrow(plan, &all, 0, 3, 1)?;
    let off = binary(plan, &flat, &mean, Op::Subtract)?;
    let squares = binary(plan, &off, &off, Op::Multiply)?;
    let squares = range(plan, &squares, &Planes::planar(&flat.shape), false)?;
    let variance = narrow(plan, &squares, 0, 2, 2)?;
    let zero = plan.constant("zero", &[1], vec![0.0_f32]);
    let zeros = binary(plan, &flat, &zero, Op::Equal)?;
    let zeros = average(plan, &zeros);
    let parts = [each, all, counts, variance, zeros].map(|t| t.view(&[t.len()]));
    concat(plan, &parts.each_ref(), 0)
}

/// What [`Spread::of`] runs, over a tensor of a usual size.
pub fn usual() -> Plan {
    let mut plan = Plan::new();
    let x = plan.temporary("maps", &[64, 112, 112], DType::F32);
    // It is recorded anew, and refused with a sentence, over each tensor that is looked at.
    let _ = derive(&mut plan, &x);
    plan
}

/// Draws figures and histogram.
pub fn spread(ui: &mut Ui, spread: Option<&Spread>) {
    let Some(spread) = spread else { return };
    let rest = spread.rest();
    let all = spread.maps * spread.size;
    let figures = figures(rest, all);
    facts(ui, &figures);
    if rest[2] < all as f32 {
        bars(ui, &rest[RANGE..RANGE + BINS], [rest[0], rest[1]]);
    }
}

/// The figures of `all` numbers. NaN and infinities are counted, and the rest is told of the finite ones.
fn figures(rest: &[f32], all: usize) -> Vec<(&'static str, String)> {
    let [lo, hi, odd, mean] = [rest[0], rest[1], rest[2], rest[3]];
    let [left_out, variance, zeros] = [0, 1, 2].map(|i| rest[RANGE + BINS + i]);
    if odd >= all as f32 {
        return vec![("Finite numbers", format!("none of {}", grouped(all as u64)))];
    }
    let deviation = match lo == hi {
        true => number(0.0),
        // A square may be beyond the greatest float.
        false if left_out > odd => "above 1e19".to_owned(),
        false => number(f64::from(variance).sqrt()),
    };
    let mean = if lo == hi { lo } else { mean };
    let mut figures = match odd > 0.0 {
        true => vec![("Least finite", number(lo.into())), ("Greatest finite", number(hi.into()))],
        false => vec![("Least", number(lo.into())), ("Greatest", number(hi.into()))],
    };
    figures.extend([
        ("Mean", number(mean.into())),
        ("Standard deviation", deviation),
        ("Zeros", format!("{:.1} %", zeros * 100.0)),
    ]);
    if odd > 0.0 {
        figures.push(("NaN or infinite", grouped(odd as u64)));
    }
    figures
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference;

    /// The figures of a layer of `[MAPS, 1, N]`, and mean and greatest of each map.
    fn told(maps: &[&[f32]]) -> (String, Vec<Option<[f32; 2]>>) {
        let mut plan = Plan::new();
        let shape = [maps.len(), 1, maps[0].len()];
        let x = plan.constant("x", &shape, maps.concat());
        let y = derive(&mut plan, &x).unwrap();
        let values = &reference::run(&plan, &std::collections::BTreeMap::new())[y.buf.0];
        let values = Rc::new(values.iter().map(|&v| v as f32).collect());
        let spread = Spread { maps: shape[0], size: shape[2], values };
        let figures = figures(spread.rest(), x.len());
        let text = figures.iter().map(|(name, figure)| format!("{name} {figure}; ")).collect();
        (text, (0..shape[0]).map(|map| spread.mean_and_greatest(map)).collect())
    }

    #[test]
    fn what_is_not_finite_is_counted_and_the_rest_is_told() {
        let (inf, nan) = (f32::INFINITY, f32::NAN);
        let (all, maps) = told(&[&[inf, -inf, inf], &[nan, nan, nan]]);
        assert_eq!(all, "Finite numbers none of 6; ");
        assert_eq!(maps, [None, None]);
        let (some, maps) = told(&[&[inf, -inf, nan], &[1.0, 0.0, 5.0]]);
        assert_eq!(
            some,
            "Least finite 0; Greatest finite 5; Mean 2; Standard deviation 2.160; Zeros 16.7 %; NaN or infinite 3; "
        );
        assert_eq!(maps, [None, Some([2.0, 5.0])]);
    }

    #[test]
    fn one_number_alone_has_no_deviation() {
        let (constant, maps) = told(&[&[0.1; 7]]);
        assert_eq!(constant, "Least 0.100; Greatest 0.100; Mean 0.100; Standard deviation 0; Zeros 0.0 %; ");
        assert_eq!(maps[0].map(|[_, greatest]| greatest), Some(0.1));
        let (plain, _) = told(&[&[-1.0, 3.0]]);
        assert!(plain.starts_with("Least −1; Greatest 3; Mean 1; Standard deviation 2; "), "{plain}");
    }
}
