//! What the page on the size of the output records, its formulas, and what was measured.

use egui::{Align2, Rect, Ui, vec2};

use crate::gpu::Tensor;
use crate::ops::conv::Conv2d;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::formula::formula_at;
use crate::viz::figures::page::{amount, figures};
use crate::viz::figures::ruler::Ruler;
use crate::viz::words::{self, Voice};
use crate::viz::{View, theme};

/// Height of the row of formulas, and size of their letters.
pub const FORMULAS: f32 = 84.0;
const LETTERS: f32 = 17.0;

/// What was recorded.
pub struct Shown {
    /// The layer.
    pub p: Conv2d,
    /// Its input.
    pub x: Tensor,
    /// Its filter.
    pub w: Tensor,
    /// Its output.
    pub y: Tensor,
    /// How many windows read each cell of the input.
    pub reads: Tensor,
    /// Whether the input's numbers can be changed.
    pub editable: bool,
}

/// The formula with the numbers put in, across and down.
pub fn formulas(ui: &mut Ui, rect: Rect, p: &Conv2d) {
    let c = theme::of(ui);
    for (i, (name, letter, cells, size, outputs)) in
        [("Across", "W", p.w, p.s, p.ow), ("Down", "H", p.h, p.r, p.oh)].into_iter().enumerate()
    {
        let half = rect.width() / 2.0;
        let own =
            Rect::from_min_size(rect.min + vec2(half * i as f32, 0.0), vec2(half - 16.0, rect.height()));
        let (line, below) = own.split_top_bottom_at_y(own.top() + 24.0);
        words::panel_name(ui, line, name, &format!("floor(({letter} + 2P − D(F − 1) − 1)/S) + 1"));
        let [pad, stride, dilation] = [p.pad[1], p.stride[1], p.dilation[1]];
        let steps = cells + 2 * pad - dilation * (size - 1) - 1;
        let exact = (f64::from(steps) / f64::from(stride) * 100.0).round() / 100.0;
        let tex = format!(
            r"\left\lfloor \frac{{{cells} + 2 \cdot {pad} - {dilation} \cdot {} - 1}}{{{stride}}} \right\rfloor + 1 = \lfloor {exact} \rfloor + 1 = {outputs}",
            size - 1
        );
        formula_at(ui, below, Align2::LEFT_CENTER, &tex, LETTERS, c.text);
    }
}

impl Shown {
    /// How many cells no window reads.
    pub fn unread(&self, view: &mut View<'_>) -> Option<usize> {
        let counts = view.values(&self.reads).filter(|counts| counts.len() == self.reads.len())?;
        Some(counts.iter().filter(|count| **count == 0.0).count())
    }

    /// The measured row.
    pub fn measured(&self, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
        let (p, Some(unread)) = (&self.p, self.unread(view)) else { return };
        let [_, _, oh, ow] = self.y.shape[..] else { return };
        let (all, places) = (f64::from(p.h * p.w), (oh * ow) as f64);
        let [across, down] = Ruler::both(p, 0).map(|ruler| ruler.left());
        let wasted = across.max(down) > p.pad[0] as usize;
        let share = across.max(down) as f64 / f64::from(p.stride[0]);
        let mut left = amount("Left over", format!("{across} and {down}"), share, "cells across and down");
        let mut never = amount("Never read", unread, unread as f64 / all, format!("of {all} cells"));
        if wasted && unread > 0 {
            (left.4, never.4) = (Voice::Broken, Voice::Broken);
        }
        let rows = [
            amount(
                "Output",
                format!("{oh} × {ow}"),
                places / all,
                format!("of {} × {}, high × wide", p.h, p.w),
            ),
            amount("Dot products", oh * ow, places / all, format!("of {} numbers each", p.r * p.s)),
            left,
            never,
        ];
        figures(ui, cells, &rows);
    }
}
