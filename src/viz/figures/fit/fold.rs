//! One column for narrow rooms.

use egui::Rect;

use super::place::{Cell, Metrics, Panel, Placement, Row, around, measured, snapped, thumb};

/// Most height by width of a picture.
const TALLEST: f32 = 1.25;
/// Least width of a picture of a comparison in points.
const THUMB: f32 = 96.0;

/// All rows below each other in a column of `width`, as high as they need.
pub fn fold(width: f32, rows: &[Row], m: &Metrics) -> Placement {
    let mut top = 0.0;
    let mut placed = Vec::with_capacity(rows.len());
    let mut titles = vec![Rect::ZERO; rows.len()];
    for (row, title) in rows.iter().zip(&mut titles) {
        let cells = match row {
            Row::Hero(panels) => column(panels, width, &mut top, m),
            Row::Compare { count, aspect } => {
                *title = snapped(0.0, top, width, m.name);
                top += m.name;
                grid(*count, *aspect, width, &mut top, m)
            }
            Row::Measured(count) => {
                let (cells, height) = measured(*count, 0.0, top, width, m);
                top += height;
                cells
            }
            Row::Fixed(height) | Row::Fill(height) => {
                let rect = snapped(0.0, top, width, *height);
                top = rect.bottom();
                vec![Cell::bare(rect)]
            }
        };
        top += m.row;
        placed.push(cells);
    }
    Placement { rows: placed, titles, height: (top - m.row).max(0.0), folded: true, beside: false }
}

fn column(panels: &[Panel], width: f32, top: &mut f32, m: &Metrics) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(panels.len());
    for (i, panel) in panels.iter().enumerate() {
        if i > 0 {
            *top += m.gap;
        }
        let room = (width - if panel.bar { m.bar } else { 0.0 }).max(0.0);
        let (wide, high) = match panel.aspect {
            Some(aspect) => {
                let high = (room / aspect).min(room * TALLEST);
                ((high * aspect).floor(), high)
            }
            None => (room, (room * panel.folded).max(m.lowest)),
        };
        *top += if panel.name { m.name } else { 0.0 };
        let rect = snapped(0.0, *top, wide, high);
        *top = rect.bottom() + if panel.caption { m.caption } else { 0.0 };
        cells.push(around(rect, panel, m));
    }
    cells
}

fn grid(count: usize, aspect: f32, width: f32, top: &mut f32, m: &Metrics) -> Vec<Cell> {
    let columns = (((width + m.thumb_gap) / (THUMB + m.thumb_gap)) as usize).clamp(1, count.max(1));
    let lines = count.div_ceil(columns);
    let columns = count.div_ceil(lines.max(1)).max(1);
    let wide = ((width - m.thumb_gap * (columns - 1) as f32) / columns as f32).floor();
    let high = (wide / aspect).min(wide * TALLEST).floor();
    let begin = *top;
    *top += lines as f32 * (high + m.caption);
    (0..count)
        .map(|i| {
            let left = (i % columns) as f32 * (wide + m.thumb_gap);
            thumb(left, begin + (i / columns) as f32 * (high + m.caption), wide, high, m)
        })
        .collect()
}
