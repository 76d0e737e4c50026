//! The worked cell: the pixels that a window reads, the filter, their products, and the sum.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::grid::{self, Grid, GridEvent};
use super::strokes;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Widest window whose numbers are written.
const NUMBERS: usize = 7;
/// Height of a line of words, of the result, and space between the parts.
const LINE: f32 = 20.0;
const RESULT: f32 = 27.0;
const SPACE: f32 = 4.0;
/// What is nothing beside the products, as a share of their sizes.
const NOISE: f32 = 1e-6;
/// Height by width of a cell at most, and least height.
const FLAT: f32 = 0.8;
const LOWEST: f32 = 16.0;
/// Width by height of a room in which the parts stand beside each other, the space between them, and the
/// width of the result there.
const WIDE: f32 = 1.5;
const BETWEEN: f32 = 20.0;
const BESIDE: f32 = 104.0;

/// A window at work.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    /// Columns of the window.
    pub columns: usize,
    /// What it reads, row by row; padding is what the layer takes it for: 0, −∞, or NaN where it leaves it out.
    pub values: &'a [f32],
    /// The filter; empty where there is none (pooling).
    pub weights: &'a [f32],
    /// Colours of what it reads.
    pub value_colors: &'a [Color32],
    /// Colours of the filter.
    pub weight_colors: &'a [Color32],
    /// Which cells are padding.
    pub padded: &'a [bool],
    /// What is added to the sum.
    pub bias: f32,
    /// The result as the kernel computed it.
    pub result: f32,
    /// Its colour in the output.
    pub result_color: Color32,
    /// Said above the window: "pixels".
    pub of: &'a str,
    /// Said above the filter: "× filter, summed".
    pub by: &'a str,
    /// Whether the products are drawn as a grid of their own, where there is room.
    pub products: bool,
}

/// What was done with the lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LensEvent {
    /// This cell of the window is pointed at.
    Value(usize),
    /// This weight is pointed at.
    Weight(usize),
}

/// Where the parts of a lens are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// What is read.
    pub values: Rect,
    /// The result.
    pub result: Rect,
}

/// Draws the lens into `rect`: the result stands at its foot. Says where its parts are, for the link lines.
pub fn lens(ui: &mut Ui, rect: Rect, of: &Lens<'_>) -> (Parts, Option<LensEvent>) {
    lens_with(ui, rect, of, "bias")
}

/// The same where what is added to the sum is no bias, but what `added` says.
pub fn lens_with(ui: &mut Ui, rect: Rect, of: &Lens<'_>, added: &str) -> (Parts, Option<LensEvent>) {
    ui.push_id("lens", |ui| draw(ui, rect, of, added)).inner
}

fn draw(ui: &mut Ui, rect: Rect, of: &Lens<'_>, added: &str) -> (Parts, Option<LensEvent>) {
    let c = theme::of(ui);
    let columns = of.columns.max(1);
    let rows = of.values.len().div_ceil(columns).max(1);
    let products: Vec<f32> = of.values.iter().zip(of.weights).map(|(v, w)| v * w).collect();
    let whole = ui.interact(rect, ui.scope_id().with("whole"), Sense::hover());
    let spoken = format!(
        "One cell worked out: {} products, the sum is {}",
        products.len(),
        words::short(of.result.into())
    );
    whole.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    offer::table(ui, "One cell", rect, || {
        let names = [of.of, "weight", "product"].into_iter().take(if of.weights.is_empty() { 1 } else { 3 });
        let terms = of.values.iter().enumerate();
        let row = |(i, v): (usize, &f32)| [Some(*v), of.weights.get(i).copied(), products.get(i).copied()];
        Table::numbers(names, terms.map(|term| row(term).into_iter().flatten().collect()))
    });
    let arranged = arrange(rect, of, columns, rows);
    let grey = vec![c.raised; products.len()];
    let parts: [(&str, &[f32], &[Color32]); 3] = [
        (of.of, of.values, of.value_colors),
        (if arranged.parts.len() == 2 { of.by } else { "× filter" }, of.weights, of.weight_colors),
        ("= products", &products, &grey),
    ];
    let mut event = None;
    for (i, ((name, numbers, colors), own)) in parts.into_iter().zip(&arranged.parts).enumerate() {
        let line = Rect::from_min_max(pos2(own.left(), own.top() - LINE), pos2(own.right(), own.top()));
        words::write(ui, line, Align2::LEFT_CENTER, name, theme::small(), c.dim);
        let found = part(ui, *own, name, numbers, colors, columns, if i == 0 { of.padded } else { &[] });
        event = event.or(found.map(|at| if i == 0 { LensEvent::Value(at) } else { LensEvent::Weight(at) }));
    }
    foot(ui, [arranged.bias, arranged.result], of, added);
    (Parts { values: arranged.parts.first().copied().unwrap_or(rect), result: arranged.result }, event)
}

/// What is added to the sum, and the result.
fn foot(ui: &Ui, [bias, result]: [Rect; 2], of: &Lens<'_>, added: &str) {
    let c = theme::of(ui);
    if of.bias != 0.0 {
        let sign = if of.bias < 0.0 { "−" } else { "+" };
        let text = format!("{sign} {} {added}", words::cell(f64::from(of.bias.abs())));
        words::write(ui, bias, Align2::LEFT_CENTER, &text, theme::small(), c.dim);
    }
    ui.painter().rect_filled(result, theme::RADIUS_TAG, of.result_color);
    let frame = Stroke::new(theme::FOCUS_STROKE, c.focus);
    ui.painter().rect_stroke(result, theme::RADIUS_TAG, frame, StrokeKind::Inside);
    // What rounding leaves of a sum that is 0.
    let size: f32 = of.values.iter().zip(of.weights).map(|(v, w)| (v * w).abs()).sum();
    let value = if of.result.abs() < size * NOISE { 0.0 } else { of.result };
    let text = format!("= {}", words::short(value.into()));
    words::write(
        ui,
        result,
        Align2::CENTER_CENTER,
        &text,
        theme::semibold(13.0),
        theme::ink_on(of.result_color),
    );
}

/// Draws only what is added to the sum and the result, where another figure shows the window; gives where the result
/// stands.
pub fn sum(ui: &Ui, rect: Rect, of: &Lens<'_>, added: &str) -> Rect {
    let result = Rect::from_min_max(pos2(rect.left(), rect.bottom() - RESULT), rect.max).shrink(1.0);
    let line = Rect::from_min_size(pos2(rect.left(), result.top() - LINE - 2.0), vec2(rect.width(), LINE));
    foot(ui, [line, result], of, added);
    result
}

/// Where the grids of a lens, its bias and its result stand.
struct Arranged {
    parts: Vec<Rect>,
    bias: Rect,
    result: Rect,
}

/// Below each other, or beside each other where the room is wide. Products go where the cells would become
/// too low to be read.
fn arrange(rect: Rect, of: &Lens<'_>, columns: usize, rows: usize) -> Arranged {
    let weighted = !of.weights.is_empty();
    let shape = rows as f32 / columns as f32;
    let most = 1 + usize::from(weighted) + usize::from(of.products && weighted);
    if rect.width() > WIDE * rect.height() {
        let result = vec2(BESIDE.min(rect.width() * 0.3), RESULT);
        let room = (rect.width() - result.x - most as f32 * BETWEEN) / most as f32;
        let high = (rect.height() - LINE).min(room * shape).max(0.0);
        let size = vec2(high / shape, high);
        let left = |i: usize| rect.left() + i as f32 * (size.x + BETWEEN);
        let top = rect.top() + LINE;
        let result = Rect::from_min_size(pos2(left(most), top + (high - result.y) / 2.0), result).shrink(1.0);
        return Arranged {
            parts: (0..most).map(|i| Rect::from_min_size(pos2(left(i), top), size)).collect(),
            bias: Rect::from_min_size(result.min - vec2(0.0, LINE), vec2(result.width(), LINE)),
            result,
        };
    }
    let bias = if of.bias == 0.0 { 0.0 } else { LINE };
    let room = rect.height() - RESULT - bias - SPACE;
    let tallest = rect.width() * shape * if columns > NUMBERS { 1.0 } else { FLAT };
    let high = |count: usize| (room / count as f32 - LINE - SPACE).min(tallest).max(0.0);
    let count = if most == 3 && high(3) < rows as f32 * LOWEST { 2 } else { most };
    let each = high(count);
    // What is left goes between the parts: the lens is as high as the pictures beside it.
    let pitch = room / count as f32;
    let part = |i: usize| {
        let top = rect.top() + LINE + i as f32 * pitch;
        Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), each))
    };
    // One alone has its result close below.
    let bottom = if count == 1 { part(0).bottom() + 2.0 * SPACE + bias + RESULT } else { rect.bottom() };
    let bottom = bottom.min(rect.bottom());
    let result = Rect::from_x_y_ranges(rect.x_range(), bottom - RESULT..=bottom).shrink(1.0);
    let line = pos2(rect.left(), result.top() - LINE - 2.0);
    Arranged {
        parts: (0..count).map(part).collect(),
        bias: Rect::from_min_size(line, vec2(rect.width(), LINE)),
        result,
    }
}

/// One small grid; gives the cell that is pointed at.
fn part(
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    numbers: &[f32],
    colors: &[Color32],
    columns: usize,
    padded: &[bool],
) -> Option<usize> {
    let c = theme::of(ui);
    // Padding has no colour of its own.
    let padding = |i: usize| padded.get(i) == Some(&true);
    let colors: Vec<Color32> =
        colors.iter().enumerate().map(|(i, color)| if padding(i) { c.ground } else { *color }).collect();
    let outside = |holds: fn(f32) -> bool| -> Vec<usize> {
        (0..numbers.len()).filter(|i| padding(*i) && holds(numbers[*i])).collect()
    };
    let (blank, infinite) = (outside(f32::is_nan), outside(f32::is_infinite));
    let of = Grid {
        write: words::cell_fine,
        blank: &blank,
        unread: &infinite,
        ..Grid::new(name, columns, &colors)
    };
    if columns <= NUMBERS {
        let mut shown = numbers.to_vec();
        let event = grid::part(ui, rect, &mut shown, &of);
        for i in (0..numbers.len()).filter(|i| padded.get(*i) == Some(&true)) {
            let own = of.cell(rect, numbers.len(), (i / columns) as i32, (i % columns) as i32);
            strokes::dashed(ui.painter(), own.shrink(1.5), c.pad);
        }
        return match event {
            Some(GridEvent::Hovered(i) | GridEvent::Clicked(i) | GridEvent::Changed(i)) => Some(i),
            None => None,
        };
    }
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::hover());
    for i in 0..numbers.len() {
        let own = of.cell(rect, numbers.len(), (i / columns) as i32, (i % columns) as i32);
        let pad = padded.get(i) == Some(&true);
        let fill = if pad { c.ground } else { colors.get(i).copied().unwrap_or(c.raised) };
        ui.painter().rect_filled(own, 0.0, fill);
        if pad {
            strokes::hatch(ui.painter(), own, c.pad);
        }
    }
    let at = response.hover_pos()?;
    (0..numbers.len())
        .find(|i| of.cell(rect, numbers.len(), (i / columns) as i32, (i % columns) as i32).contains(at))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    fn of<'a>(side: usize, values: &'a [f32], weights: &'a [f32], colors: &'a [Color32]) -> Lens<'a> {
        Lens {
            columns: side,
            values,
            weights,
            value_colors: colors,
            weight_colors: colors,
            padded: &[true, true, false],
            bias: -0.5,
            result: 0.852,
            result_color: Color32::LIGHT_GRAY,
            of: "pixels",
            by: "× filter, summed",
            products: true,
        }
    }

    #[test]
    fn every_window_fits_and_its_result_is_written() {
        for side in [1, 3, 5, 7, 9] {
            let (values, weights) = (vec![0.25; side * side], vec![-1.5; side * side]);
            let colors = vec![Color32::DARK_GRAY; side * side];
            for dark in [true, false] {
                for size in [vec2(104.0, 291.0), vec2(180.0, 420.0), vec2(560.0, 240.0)] {
                    let rect = Rect::from_min_size(pos2(4.0, 4.0), size);
                    let mut trial = Trial::new(dark, size + vec2(8.0, 8.0));
                    let at = rect.left_top() + vec2(20.0, size.y * 0.4);
                    trial.click(at, |ui| lens(ui, rect, &of(side, &values, &weights, &colors)).1);
                    trial.inside(rect);
                    assert!(trial.texts().iter().any(|(t, _)| t == "= 0.852"));
                    trial.says("the sum is 0.852");
                }
            }
        }
    }

    #[test]
    fn pooling_has_no_filter() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(104.0, 200.0));
        let mut trial = Trial::new(true, vec2(104.0, 200.0));
        trial.frame(vec![], |ui| lens(ui, rect, &of(2, &[1.0; 4], &[], &[])).1);
        assert!(!trial.texts().iter().any(|(t, _)| t.contains("filter")));
    }
}
