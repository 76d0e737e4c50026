//! What is written on a map: numbers in its cells, names of rows and columns, outlines of the
//! inspected element and of what was read for it.

use egui::{Align2, Color32, FontId, Rect, Stroke, StrokeKind, Ui, Vec2, vec2};

use super::map::{Part, View};
use crate::gpu::Tensor;
use crate::ops::arithmetic::number;
use crate::viz::display::{Range, Request, Stats};
use crate::viz::inspect::Element;
use crate::viz::{Look, theme, words};

impl View<'_> {
    /// The numbers in the cells, once they have arrived.
    #[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
    pub(super) fn numbers(
        &mut self,
        ui: &Ui,
        rect: Rect,
        cell: Vec2,
        tensor: &Tensor,
        index: usize,
        request: &Request,
        stats: Option<Stats>,
        part: Part,
    ) {
        let [_, h, w] = request.maps;
        let Some(values) = self.values(tensor) else { return };
        let range = match request.range.clone() {
            Range::Fixed(lo, hi) => (lo, hi),
            _ => stats.map_or((0.0, 0.0), |s| (s.lo, s.hi)),
        };
        let [rows, columns] = part.size;
        let at = |row: usize, column: usize| (index * h + part.start[0] + row) * w + part.start[1] + column;
        let cells = (0..rows * columns).map(|i| at(i / columns, i % columns));
        let shown = cells.filter_map(|at| values.get(at).copied());
        let widest = |decimals: usize, size: f32| {
            let font = FontId::proportional(size);
            let widths = shown.clone().map(|v| words::width(ui, &cell_number(v, decimals), font.clone()));
            widths.fold(0.0, f32::max)
        };
        let size = (cell.x / 2.2).min(cell.y / 1.6).clamp(8.0, 13.0);
        // Small cells have room for one decimal, and numbers keep clear of their neighbours as far as 8 points allow.
        let room = cell.x - 4.0;
        let decimals = if cell.x < 30.0 || widest(2, size) > room { 1 } else { 2 };
        let size = (size * (room / widest(decimals, size).max(1.0)).min(1.0)).max(8.0);
        // In halves, so that they do not breathe while values change.
        let size = (size * 2.0).floor() / 2.0;
        for row in 0..rows {
            for column in 0..columns {
                let Some(&value) = values.get(at(row, column)) else { return };
                let centre = rect.min + vec2((column as f32 + 0.5) * cell.x, (row as f32 + 0.5) * cell.y);
                let ink = theme::ink_on(request.look.color(value, range));
                let font = FontId::proportional(size);
                ui.painter().text(centre, Align2::CENTER_CENTER, cell_number(value, decimals), font, ink);
            }
        }
    }

    /// The inspected element and what was read for it.
    #[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
    pub(super) fn outlines(
        &self,
        painter: &egui::Painter,
        rect: Rect,
        cell: Vec2,
        tensor: &Tensor,
        index: usize,
        request: &Request,
        part: Part,
    ) {
        /// More cells than this are outlined as one block.
        const MAX_CELLS: usize = 150;
        let [_, h, w] = request.maps;
        let planes = if request.look == Look::Rgb { 3 } else { 1 };
        let place = |element: Element| {
            let map = element.index / (h * w).max(1);
            let here = (element.of, element.buf) == (self.of, tensor.buf) && map / planes == index;
            let cell = [element.index / w.max(1) % h.max(1), element.index % w.max(1)];
            if here { part.place(cell) } else { None }
        };
        let block = |[row, column]: [usize; 2], [rows, columns]: [usize; 2]| {
            let min = rect.min + vec2(column as f32 * cell.x, row as f32 * cell.y);
            Rect::from_min_size(min, vec2(columns as f32 * cell.x, rows as f32 * cell.y))
        };
        let outline = |r: Rect, width: f32| {
            let r = r.expand(0.5);
            painter.rect_stroke(
                r,
                0.0,
                Stroke::new(width + 1.5, Color32::from_black_alpha(150)),
                StrokeKind::Middle,
            );
            painter.rect_stroke(r, 0.0, Stroke::new(width, theme::ACCENT), StrokeKind::Middle);
        };
        let inspection = &self.stage.inspection;
        if let Some(explanation) = &inspection.explanation {
            let mut cells: Vec<_> = explanation.reads.iter().copied().filter_map(place).collect();
            cells.sort_unstable();
            cells.dedup();
            if let (Some(first), Some(last)) = (cells.first(), cells.last()) {
                let left = cells.iter().map(|c| c[1]).min().unwrap_or(0);
                let right = cells.iter().map(|c| c[1]).max().unwrap_or(0);
                let [rows, columns] = [last[0] + 1 - first[0], right + 1 - left];
                let sparse = rows * columns > cells.len();
                if sparse && cells.len() <= MAX_CELLS && cell.min_elem() >= 3.0 {
                    for &at in &cells {
                        outline(block(at, [1, 1]), 1.0);
                    }
                } else {
                    outline(block([first[0], left], [rows, columns]), 1.5);
                }
            }
        }
        if let Some(at) = inspection.element().and_then(place) {
            let spot = block(at, [1, 1]);
            // A cell of less than a few points would vanish under its own outline.
            let side = spot.size().max(Vec2::splat(5.0));
            outline(Rect::from_center_size(spot.center(), side), 2.0);
        }
    }
}

/// A number short enough for a cell.
fn cell_number(value: f32, decimals: usize) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || magnitude >= 1e5 {
        return number(value.into());
    }
    let decimals = match magnitude {
        _ if magnitude == magnitude.trunc() || magnitude >= 100.0 => 0,
        _ if magnitude >= 10.0 => decimals - 1,
        _ => decimals,
    };
    let text = format!("{magnitude:.decimals$}");
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !zero { format!("−{text}") } else { text }
}
