//! A small map of layers over steps: how large the gradients were where and when.

use egui::{Align2, Color32, Mesh, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use super::curves;
use super::fit::edge;
use super::strokes;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Values of layers (rows, the first on top) over steps (columns).
#[derive(Clone, Copy, Debug)]
pub struct Heat<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    /// Rows.
    pub layers: usize,
    /// Columns that are there, one after the other, `layers` values each; NaN is magenta.
    pub values: &'a [f32],
    /// Step of each column, in order.
    pub columns: &'a [f32],
    /// Steps of the axis: those of the curves above.
    pub steps: Axis,
    /// Values of the colours.
    pub range: Axis,
    /// Colours from the least to the greatest.
    pub map: &'a [Color32],
    /// The column and layer that is looked at.
    pub marked: Option<(usize, usize)>,
}

/// A cell of a heat: its column and its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeatEvent {
    /// Pointed at.
    Hovered(usize, usize),
    /// Clicked.
    Clicked(usize, usize),
}

/// Draws a heat into `rect`; its steps lie where [`curves::frame`] has those of curves in a rectangle as
/// wide, and the numbers of the first and the last layer stand at the left.
pub fn heat(ui: &mut Ui, rect: Rect, of: &Heat<'_>) -> Option<HeatEvent> {
    let c = theme::of(ui);
    let inner = curves::frame(rect, false);
    let plot = Rect::from_min_max(pos2(inner.left(), rect.top()), pos2(inner.right(), rect.bottom()));
    let response = ui.interact(plot, ui.scope_id().with(("heat", of.name)), Sense::click());
    let spoken = format!("{}: {} layers over {} steps", of.name, of.layers, of.columns.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    ui.painter().rect_filled(plot, 0.0, c.side);
    offer::table(ui, of.name, rect, || {
        let columns = of.columns.iter().map(|step| format!("step {step}"));
        let layer = |i: usize| of.values.chunks_exact(of.layers).map(|column| column[i]).collect();
        Table::numbers(columns.take(of.values.len() / of.layers.max(1)), (0..of.layers).map(layer))
    });
    let columns = of.columns.len().min(of.values.len() / of.layers.max(1));
    // A column reaches to the next one; the last one is as wide as the one before.
    let left = |i: usize| {
        let step = match of.columns.get(i) {
            Some(step) => *step,
            None => {
                let last = of.columns[i - 1];
                last + if i > 1 { last - of.columns[i - 2] } else { 1.0 }
            }
        };
        of.steps.place(step, plot.x_range()).clamp(plot.left(), plot.right())
    };
    let row = |layer: usize| edge(plot.top(), plot.bottom(), of.layers, layer);
    let mut mesh = Mesh::default();
    let mut drawn = f32::MIN;
    for column in 0..columns {
        let (from, to) = (left(column), left(column + 1));
        // Thinner than half a point: its neighbour stands for it, unless it holds a NaN.
        let values = &of.values[column * of.layers..(column + 1) * of.layers];
        if to - drawn < 0.5 && column + 1 < columns && values.iter().all(|v| !v.is_nan()) {
            continue;
        }
        let from = if drawn == f32::MIN { from } else { drawn };
        let to = to.max(from + 0.5);
        for (layer, value) in values.iter().enumerate() {
            let ink = if value.is_nan() { theme::NAN } else { theme::along(of.map, of.range.share(*value)) };
            let cell = Rect::from_min_max(pos2(from, row(layer)), pos2(to, row(layer + 1)));
            mesh.add_colored_rect(cell, ink);
        }
        drawn = to;
    }
    ui.painter_at(plot).add(mesh);
    let label = |layer: usize, text: usize| {
        let y = (row(layer) + row(layer + 1)) / 2.0;
        let y = y.clamp(plot.top() + 7.0, (plot.bottom() - 7.0).max(plot.top() + 7.0));
        let room = Rect::from_min_max(pos2(rect.left(), y - 9.0), pos2(plot.left() - 7.0, y + 9.0));
        words::write(ui, room, Align2::RIGHT_CENTER, &text.to_string(), theme::small(), c.faint);
    };
    if of.layers > 0 {
        label(0, 1);
        if of.layers > 1 && plot.height() >= 30.0 {
            label(of.layers - 1, of.layers);
        }
    }
    if let Some((column, layer)) = of.marked.filter(|(column, layer)| *column < columns && *layer < of.layers)
    {
        let at = pos2(left(column).max(plot.left() + 3.0), (row(layer) + row(layer + 1)) / 2.0);
        let size = (row(layer + 1) - row(layer)).clamp(6.0, 12.0);
        strokes::focus(ui.painter(), Rect::from_center_size(at, vec2(size, size)), c.focus);
    }
    let cell = |at: Pos2| {
        let layer = (0..of.layers).find(|l| at.y < row(l + 1))?;
        let column = (0..columns).find(|i| at.x < left(i + 1))?;
        Some((column, layer))
    };
    let clicked = response.clicked();
    let at = response.hover_pos().or(response.interact_pointer_pos())?;
    let (column, layer) = cell(at)?;
    let value = of.values[column * of.layers + layer];
    let text = format!("step {}, layer {}: {}", of.columns[column], layer + 1, words::short(value.into()));
    response.on_hover_text(text);
    Some(if clicked { HeatEvent::Clicked(column, layer) } else { HeatEvent::Hovered(column, layer) })
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn the_cell_under_the_pointer_is_told() {
        let columns: Vec<f32> = (0..150).map(|i| i as f32).collect();
        let mut values: Vec<f32> = (0..150 * 20).map(|i| 10_f32.powi(-(i % 20))).collect();
        values[77 * 20 + 3] = f32::NAN;
        let of = Heat {
            name: "Gradient of A",
            layers: 20,
            values: &values,
            columns: &columns,
            steps: Axis::linear(0.0, 150.0),
            range: Axis::log(1e-12, 100.0),
            map: &theme::SEQUENTIAL,
            marked: Some((149, 8)),
        };
        for dark in [true, false] {
            for width in [460.0, 150.0] {
                let rect = Rect::from_min_size(pos2(2.0, 2.0), vec2(width, 84.0));
                let plot = curves::frame(rect, false);
                let mut trial = Trial::new(dark, vec2(width + 4.0, 88.0));
                let at = pos2(of.steps.place(77.5, plot.x_range()), rect.top() + 84.0 * 3.5 / 20.0);
                let event = trial.click(at, |ui| heat(ui, rect, &of));
                assert!(
                    matches!(event, Some(HeatEvent::Clicked(77 | 78, 3) | HeatEvent::Hovered(77 | 78, 3))),
                    "{event:?}"
                );
                trial.says("20 layers over 150 steps");
            }
        }
        let mut trial = Trial::new(true, vec2(200.0, 60.0));
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 60.0));
        let empty = Heat { values: &[], columns: &[], marked: None, ..of };
        assert_eq!(trial.click(rect.center(), |ui| heat(ui, rect, &empty)), None);
        trial.inside(rect);
    }
}
