//! A ruler beside a grid: each window of a layer as a bracket over the cells that it spans, overlapping ones one
//! above the other, and what is left over behind the last; and where a grid with its rulers stands on a page.

use egui::{Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::fit::{Cell, Panel, Placement, Row};
use super::page::lay;
use super::strokes;
use crate::data::table::Table;
use crate::ops::conv::Conv2d;
use crate::viz::{offer, theme};

/// Height of a level of brackets in cells, space towards the grid, and the most that all levels take.
const LEVEL: f32 = 0.4;
const SPACE: f32 = 0.3;
const MOST: f32 = 2.8;
/// Dashes of a window that reaches past the end.
const DASH: [f32; 2] = [4.0, 3.0];
/// Least width of the output's panel as a share of the input's: that of its name.
const LEAST: f32 = 0.3;
/// Largest cell in points.
const LARGEST: f32 = 84.0;
/// Least width of the lens between them.
const LENS: f32 = 116.0;

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

impl Ruler<'static> {
    /// Those of a layer, across and down; the window that makes output `at` is looked at.
    pub fn both(p: &Conv2d, at: usize) -> [Self; 2] {
        let of = |axis: usize, name, cells: u32, size: u32, windows: u32, at: usize| Self {
            name,
            cells: (cells + p.pad[axis] + p.pad[axis + 2]) as usize,
            pad: p.pad[axis] as usize,
            windows: windows as usize,
            stride: p.stride[axis] as usize,
            span: (p.dilation[axis] * (size - 1) + 1) as usize,
            dilation: p.dilation[axis] as usize,
            at,
            down: axis == 0,
        };
        let [row, column] = [at / p.ow as usize, at % p.ow as usize];
        [of(1, "Windows across", p.w, p.s, p.ow, column), of(0, "Windows down", p.h, p.r, p.oh, row)]
    }
}

impl Ruler<'_> {
    fn levels(&self) -> usize {
        self.windows.min(self.span.div_ceil(self.stride.max(1))).max(1)
    }

    /// Its height in cells.
    pub fn height(&self) -> f32 {
        (self.levels() as f32 * LEVEL).min(MOST) + SPACE
    }

    /// Where the last window ends.
    fn end(&self) -> usize {
        self.windows.saturating_sub(1) * self.stride + self.span
    }

    /// Cells behind the last window.
    pub fn left(&self) -> usize {
        self.cells.saturating_sub(self.end())
    }

    /// Cells by which the last window reaches past the padded end, as in ceil mode.
    pub fn past(&self) -> usize {
        self.end().saturating_sub(self.cells)
    }

    /// Windows that end within the padded cells.
    pub fn whole(&self) -> usize {
        (0..self.windows).filter(|window| window * self.stride + self.span <= self.cells).count()
    }
}

/// Lays a page out whose hero is an input between its rulers, one cell worked out, and the output, all at one scale,
/// above the rows `below`. Gives the three cells, that of the input without its rulers, and all that was placed.
pub fn lay_ruled(
    ui: &mut Ui,
    p: &Conv2d,
    [across, down]: &[Ruler<'_>; 2],
    below: impl IntoIterator<Item = Row>,
) -> ([Cell; 3], Placement) {
    let ruled = vec2(down.height(), across.height());
    let cells = vec2((across.cells + across.past()) as f32, (down.cells + down.past()) as f32);
    let [wide, high] = [cells.x + ruled.x, cells.y + ruled.y];
    let output = (p.ow as f32).max(LEAST * wide);
    let hero = vec![Panel::picture(wide / high), Panel::free(LENS, 0.0), Panel::picture(output / high)];
    let rows: Vec<Row> = [Row::Hero(hero)].into_iter().chain(below).collect();
    let placed = lay(ui, &rows);
    let [from, lens, to] = placed.cells(0);
    let cell = (from.rect.width() / wide).min(from.rect.height() / high).min(LARGEST);
    let grid = Rect::from_min_size((from.rect.min + ruled * cell).round(), (cells * cell).floor());
    let made = pos2(to.rect.left(), grid.top());
    let made = Rect::from_min_size(made, (vec2(p.ow as f32, p.oh as f32) * cell).floor());
    ([Cell { rect: grid, ..*from }, *lens, Cell { rect: made, ..*to }], placed)
}

/// Draws the ruler of a grid that fills `grid`, padding included, and what the last window reaches past it.
pub fn ruler(ui: &Ui, grid: Rect, of: &Ruler<'_>) {
    let c = theme::of(ui);
    let length = if of.down { grid.height() } else { grid.width() };
    let cell = length / (of.cells + of.past()).max(1) as f32;
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
        let bar = [place(a, away), place(b, away)];
        if from + cells > of.cells {
            strokes::line(ui.painter(), bar.to_vec(), stroke, Some(DASH));
        } else {
            ui.painter().line_segment(bar, stroke);
        }
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
    let whole = whole
        .union(Rect::from_two_pos(place(0.0, 0.0), place((of.cells + of.past()) as f32, of.height() * cell)));
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
        let ceil = Ruler { windows: 4, ..OF };
        assert_eq!(
            (ceil.left(), ceil.past(), ceil.whole()),
            (0, 1, 3),
            "the fourth window reaches past the end"
        );
    }
}
