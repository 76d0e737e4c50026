//! A ruler beside a grid: each window of a layer as a bracket over the cells that it spans, overlapping ones one
//! above the other, and what is left over behind the last.

use egui::{Pos2, Rect, Stroke, Ui, pos2};

use crate::data::table::Table;
use crate::viz::{offer, theme};

/// Height of a level of brackets in cells, space towards the grid, and the most that all levels take.
const LEVEL: f32 = 0.4;
const SPACE: f32 = 0.3;
const MOST: f32 = 2.8;

/// Windows along an axis, in cells counted from the first one of padding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ruler<'a> {
    /// What it is called where its numbers are taken away.
    pub name: &'a str,
    /// Cells, padding counted.
    pub cells: usize,
    /// Cells of padding on each side.
    pub pad: usize,
    /// Windows.
    pub windows: usize,
    /// From one window to the next.
    pub stride: usize,
    /// Cells that a window spans.
    pub span: usize,
    /// From one cell that a window reads to the next.
    pub dilation: usize,
    /// The window that is looked at.
    pub at: usize,
    /// Whether it runs down, at the left of the grid, and not above it.
    pub down: bool,
}

impl Ruler<'_> {
    fn levels(&self) -> usize {
        self.windows.min(self.span.div_ceil(self.stride.max(1))).max(1)
    }

    /// Its height in cells.
    pub fn height(&self) -> f32 {
        (self.levels() as f32 * LEVEL).min(MOST) + SPACE
    }

    /// Cells behind the last window.
    pub fn left(&self) -> usize {
        self.cells.saturating_sub(self.windows.saturating_sub(1) * self.stride + self.span)
    }
}

/// Draws the ruler of a grid that fills `grid`, padding included.
pub fn ruler(ui: &Ui, grid: Rect, of: &Ruler<'_>) {
    let c = theme::of(ui);
    let length = if of.down { grid.height() } else { grid.width() };
    let cell = length / of.cells.max(1) as f32;
    let pitch = (of.levels() as f32 * LEVEL).min(MOST) / of.levels() as f32 * cell;
    let place = |along: f32, away: f32| -> Pos2 {
        if of.down {
            pos2(grid.left() - away, grid.top() + along * cell)
        } else {
            pos2(grid.left() + along * cell, grid.top() - away)
        }
    };
    let bracket = |from: usize, cells: usize, level: usize, stroke: Stroke| {
        let away = SPACE * cell * 0.6 + (level as f32 + 0.5) * pitch;
        // A little apart from the next one on its level.
        let [a, b] = [from as f32 + 0.1, (from + cells) as f32 - 0.1];
        let foot = away - pitch * 0.35;
        ui.painter().line_segment([place(a, away), place(b, away)], stroke);
        for end in [a, b] {
            ui.painter().line_segment([place(end, away), place(end, foot)], stroke);
        }
        away
    };
    for window in 0..of.windows {
        let here = window == of.at;
        let (ink, wide) = if here { (c.focus, 2.5) } else { (c.blue, 1.5) };
        let from = window * of.stride;
        let away = bracket(from, of.span, window % of.levels(), Stroke::new(wide, ink));
        if of.dilation > 1 {
            for cell in (0..of.span).step_by(of.dilation) {
                ui.painter().circle_filled(place((from + cell) as f32 + 0.5, away), wide + 0.5, ink);
            }
        }
    }
    let left = of.left();
    if left > 0 {
        // What is left over is padding first.
        let ink = if left > of.pad { c.broken } else { c.pad };
        bracket(of.cells - left, left, 0, Stroke::new(2.5, ink));
    }
    let whole = if of.down { grid.with_max_x(grid.left()) } else { grid.with_max_y(grid.top()) };
    let whole = whole.union(Rect::from_two_pos(place(0.0, 0.0), place(of.cells as f32, of.height() * cell)));
    offer::table(ui, of.name, whole, || {
        let rows = (0..of.windows).map(|window| {
            let from = (window * of.stride) as f32 - of.pad as f32 + 1.0;
            vec![window as f32 + 1.0, from, from + of.span as f32 - 1.0]
        });
        Table::numbers(["window", "first cell", "last cell"].map(str::to_owned), rows)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Ruler<'_> = Ruler {
        name: "across",
        cells: 8,
        pad: 0,
        windows: 3,
        stride: 2,
        span: 3,
        dilation: 1,
        at: 2,
        down: false,
    };

    #[test]
    fn overlapping_windows_take_levels_and_what_is_left_is_counted() {
        assert_eq!((OF.levels(), OF.left()), (2, 1));
        assert_eq!(Ruler { stride: 3, windows: 2, ..OF }.levels(), 1);
        assert_eq!(Ruler { cells: 7, ..OF }.left(), 0);
    }
}
