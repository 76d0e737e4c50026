//! The types of convolution as they were recorded, and what is drawn and told of them.

use std::rc::Rc;

use egui::{Color32, Rect, Stroke, StrokeKind, Ui, vec2};

use super::channels::CHANNEL_NAMES;
use crate::choices;
use crate::exhibits::Problem;
use crate::gpu::{BufId, Plan, Tensor};
use crate::ops::conv::Conv2d;
use crate::ops::layout::{Cut, slice};
use crate::viz::facts::grouped;
use crate::viz::figures::fit::Placement;
use crate::viz::figures::grid::{Grid, GridEvent, grid};
use crate::viz::figures::page::figures;
use crate::viz::figures::strokes;
use crate::viz::figures::worked::colors;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, View, theme};

choices! {
    /// What the layer of six channels is turned into.
    pub enum Kind {
        /// Every output reads every input.
        Standard = "standard",
        /// Every S-th place.
        Strided = "strided",
        /// Taps that lie apart.
        Dilated = "dilated",
        /// Groups of channels that do not meet.
        Grouped = "grouped",
        /// Every channel alone.
        Depthwise = "depthwise",
        /// Every pixel alone.
        Pointwise = "pointwise 1x1",
    }
}

/// A type of the layer, as it was recorded; the reason instead where it cannot work.
pub type Made = Result<(Conv2d, Tensor, Tensor), String>;

/// What was recorded.
pub struct Shown {
    /// What is enlarged.
    pub kind: Kind,
    /// The six channels that are read.
    pub x: Tensor,
    /// Settings, weights and output of each type, in the order of [`Kind`].
    pub all: Vec<Made>,
    /// The outputs without what the padding makes of their borders: their ends are those of the colours.
    pub inner: Rc<[BufId]>,
    /// Weights of what is enlarged.
    pub w: Tensor,
    /// Its output.
    pub y: Tensor,
    /// Its settings.
    pub p: Conv2d,
}

/// Records the output without the places whose windows reach into the padding, or all of it where none is
/// left.
pub fn inside(plan: &mut Plan, y: &Tensor, p: &Conv2d) -> Result<Tensor, Problem> {
    let cut = |outputs: u32, axis: usize| {
        let edge = p.pad[axis].div_ceil(p.stride[axis]);
        let edge = if 2 * edge < outputs { edge } else { 0 };
        Cut { start: edge as usize, len: (outputs - 2 * edge) as usize, step: 1 }
    };
    let cuts = [Cut::all(1), Cut::all(y.shape[1]), cut(p.oh, 0), cut(p.ow, 1)];
    Ok(slice(plan, y, &cuts)?)
}

/// Weights of a layer.
pub fn count(p: &Conv2d) -> u64 {
    u64::from(p.k * (p.c / p.groups) * p.r * p.s)
}

impl Shown {
    /// The standard layer, if it works.
    pub fn standard(&self) -> Option<&Conv2d> {
        self.all[0].as_ref().ok().map(|(p, ..)| p)
    }

    /// Cells that a window spans.
    pub fn reach(&self) -> u32 {
        self.p.dilation[0] * (self.p.r - 1) + 1
    }
}

/// The slice of the weights that reads the input of the same number, the heaviest of its group.
pub fn kernel(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, placed: &Placement, channel: usize) {
    let mut cell = placed.rows[0][2];
    let (per_group, p) = (shown.w.shape[1], &shown.p);
    words::panel_name(ui, cell.name, "Kernel", &format!("{} × {}", p.r, p.s));
    let side = cell.rect.width().min(cell.rect.height());
    cell.rect = Rect::from_min_size(cell.rect.min, vec2(side, side));
    let index = channel * per_group + channel % per_group;
    let taps = (p.r * p.s) as usize;
    if let Some(weights) = view.values(&shown.w) {
        let own = &weights[index * taps..(index + 1) * taps];
        let colors = colors(ui, Look::Diverging, own);
        if p.dilation[0] > 1 {
            spread(ui, cell.rect, p, &colors);
        } else {
            let of = Grid::new("Kernel", p.s as usize, &colors);
            if let Some(GridEvent::Hovered(i)) = grid(ui, cell.rect, &mut own.to_vec(), &of) {
                view.point(&shown.w, index * taps + i);
            }
        }
    }
    let text = match per_group {
        1 => format!("It reads {}, and no other input.", CHANNEL_NAMES[channel]),
        n => format!(
            "On {}. The other {} that it reads have the same one, a quarter as heavy.",
            CHANNEL_NAMES[channel],
            words::plural(n - 1, "input", "inputs")
        ),
    };
    let top = cell.rect.left_bottom() + vec2(0.0, 8.0);
    let ink = theme::of(ui).dim;
    let galley = ui.painter().layout(text, theme::small(), ink, side);
    if top.y + galley.size().y <= placed.rows[0][2].rect.bottom() {
        ui.painter().galley(top, galley, ink);
    }
}

/// The taps of a dilated kernel where they stand; the cells between them are not read.
fn spread(ui: &Ui, rect: Rect, p: &Conv2d, colors: &[Color32]) {
    let c = theme::of(ui);
    let [rows, columns] = [p.r, p.s].map(|taps| (p.dilation[0] * (taps - 1) + 1) as usize);
    let of = Grid::new("Kernel", columns, colors);
    strokes::hatch(ui.painter(), rect, c.pad);
    ui.painter().rect_stroke(rect, 0.0, Stroke::new(1.0, c.pad), StrokeKind::Inside);
    for (i, color) in colors.iter().enumerate() {
        let place = |tap: usize| (tap * p.dilation[0] as usize) as i32;
        let (row, column) = (place(i / p.s as usize), place(i % p.s as usize));
        let tap = of.cell(rect, rows * columns, row, column);
        ui.painter().rect_filled(tap.expand(1.0), 0.0, c.ground);
        ui.painter().rect_filled(tap, 0.0, *color);
    }
}

/// The measured row.
pub fn measured(shown: &Shown, ui: &mut Ui, placed: &Placement) {
    let p = &shown.p;
    let standard = shown.standard().unwrap_or(p);
    let [weights, all] = [p, standard].map(|p| count(p) as f64);
    let [work, full] = [p, standard].map(|p| p.multiply_adds() as f64);
    let separable = f64::from(p.c * standard.r * standard.s + p.k * p.c);
    let reach = shown.reach();
    let read = f64::from(p.r * p.s) / f64::from(reach * reach);
    let rows = [
        (
            "Weights",
            grouped(weights as u64),
            weights / all,
            format!("of {} when standard", grouped(all as u64)),
            Voice::A,
        ),
        (
            "Work",
            words::ratio(full, work).replace("as much", "as standard"),
            work / full,
            format!("{} products", words::count(work)),
            Voice::A,
        ),
        (
            "Window",
            format!("{reach} × {reach}"),
            read,
            format!("{} of it read", words::percent(read)),
            Voice::Plain,
        ),
        (
            "Depthwise + 1 × 1",
            grouped(separable as u64),
            separable / all,
            "weights would do".into(),
            Voice::Plain,
        ),
    ];
    figures(ui, &placed.rows[2], &rows);
}
