//! How often cells are read, with one count worked out; and the maps of a stack of layers as a tower.

use egui::{Align2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use super::edges::Stack;
use crate::gpu::Tensor;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::lens::{Lens, lens};
use crate::viz::figures::strokes;
use crate::viz::figures::window::Walk;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapResponse, MapStyle, Range, View, theme};

/// Share of a tower's room by which its last map stands further right and up than its first.
const SLANT: f32 = 0.42;
/// Least side of a cell that its count is written in.
const LEAST: f32 = 13.0;
/// Side of what stands for a layer that has no room.
const GHOST: f32 = 9.0;

/// Counts of the same cells without padding and with it.
pub struct Reads<'a> {
    /// The counts.
    pub counts: [&'a Tensor; 2],
    /// Cells of padding on each side of the second.
    pub pad: usize,
    /// Side of the window.
    pub size: usize,
    /// Which of both the lens works out.
    pub chosen: usize,
}

/// Draws the counts without padding, one count worked out, and those with padding.
pub fn draw_reads(ui: &mut Ui, view: &mut View<'_>, cells: [&Cell; 3], of: &Reads<'_>, walk: &mut Walk) {
    let [without, middle, with] = cells;
    let side = of.counts[0].shape[2];
    let c = theme::of(ui);
    let names =
        [("Reads, no padding".to_owned(), without, 0), (format!("Reads, padding {}", of.pad), with, of.pad)];
    let mut drawn: Vec<MapResponse> = Vec::new();
    for ((name, cell, pad), counts) in names.iter().zip(of.counts) {
        words::panel_name(ui, cell.name, name, &format!("{side} × {side}"));
        // Both at one scale, which leaves room for the padding.
        let point = cell.rect.width() / (side + 2 * of.pad) as f32;
        let inner = cell.rect.shrink(of.pad as f32 * point);
        if *pad > 0 {
            strokes::hatch(ui.painter(), cell.rect, c.pad);
            strokes::dashed(ui.painter(), cell.rect, c.pad);
            ui.painter().rect_filled(inner, 0.0, c.ground);
        }
        let style = MapStyle::panel(name, "", Look::Sequential)
            .range(Range::Shared(of.counts.map(|t| t.buf).into()))
            .untitled()
            .unwritten()
            .stretched();
        drawn.push(view.panel(
            ui,
            &Cell { rect: inner, bar: cell.bar, ..Cell::bare(inner) },
            counts,
            0,
            &style,
        ));
    }
    for (map, counts) in drawn.iter().zip(of.counts) {
        written(ui, view, map, counts);
    }
    let pointed = drawn.iter().find_map(|map| map.hovered).map(|[row, column]| row * side + column);
    if let Some(at) = pointed.filter(|_| drawn.iter().any(|map| map.response.clicked())) {
        walk.scrub(at);
    }
    let at = pointed.unwrap_or(walk.at());
    let [row, column] = [at / side, at % side];
    for map in &drawn {
        strokes::focus(ui.painter(), map.cells(row as f32, column as f32, 1.0, 1.0), c.focus);
    }
    let Some(counts) = view.values(of.counts[of.chosen]) else { return };
    let result = counts.get(at).copied().unwrap_or(f32::NAN);
    let most = counts.iter().copied().fold(f32::MIN, f32::max);
    // Windows that hold the cell begin up to a window before it.
    let pad = if of.chosen == 0 { 0 } else { of.pad };
    let places = side + 2 * pad + 1 - of.size;
    let stands = |at: usize, back: usize| (at + pad).checked_sub(back).is_some_and(|place| place < places);
    let there: Vec<bool> = (0..of.size * of.size)
        .map(|i| [of.size - 1 - i / of.size, of.size - 1 - i % of.size])
        .map(|[up, left]| stands(row, up) && stands(column, left))
        .collect();
    words::panel_name(ui, middle.name, "One cell", "");
    let look = Look::Sequential.on(ui.visuals().dark_mode);
    let values: Vec<f32> = there.iter().map(|is| f32::from(u8::from(*is))).collect();
    let made = Lens {
        columns: of.size,
        values: &values,
        weights: &[],
        value_colors: &there.iter().map(|is| if *is { c.blue } else { c.raised }).collect::<Vec<_>>(),
        weight_colors: &[],
        padded: &there.iter().map(|is| !is).collect::<Vec<_>>(),
        bias: 0.0,
        result,
        result_color: look.color(result, (1.0, most)),
        of: "windows on it",
        by: "counted",
        products: false,
    };
    let (parts, _) = lens(ui, middle.rect, &made);
    if middle.rect.left() >= without.rect.right() {
        let of = [without, with][of.chosen];
        let cell = drawn[usize::from(of.rect == with.rect)].cells(row as f32, column as f32, 1.0, 1.0);
        let to = if of.rect == with.rect { parts.result } else { parts.values };
        strokes::link(ui.painter(), of.rect, cell, to, c.focus);
    }
}

/// Writes the counts into their cells, where these hold a digit or two.
fn written(ui: &Ui, view: &mut View<'_>, map: &MapResponse, counts: &Tensor) {
    let (Some(values), Some(range)) = (view.values(counts), map.range) else { return };
    let look = Look::Sequential.on(ui.visuals().dark_mode);
    let side = counts.shape[3];
    if map.cell.x < LEAST || values.len() != counts.len() {
        return;
    }
    let font = theme::medium((map.cell.x * 0.6).clamp(9.0, 13.0));
    for (i, value) in values.iter().enumerate() {
        let at = map.cells((i / side) as f32, (i % side) as f32, 1.0, 1.0).center();
        let ink = theme::ink_on(look.color(*value, range));
        words::put(ui, at, Align2::CENTER_CENTER, &value.to_string(), font.clone(), ink);
    }
}

/// Draws the maps of a stack, each a step further right and up than the one before and all at one scale. `wanted`:
/// layers that were asked for.
pub fn tower(ui: &mut Ui, view: &mut View<'_>, rect: Rect, of: &Stack, input: Look, wanted: usize) {
    let c = theme::of(ui);
    let side = |map: &Tensor| map.shape[2] as f32;
    let most = of.maps.iter().map(side).fold(1.0, f32::max);
    let room = rect.width().min(rect.height());
    let (slant, base) = (room * SLANT, room * (1.0 - SLANT));
    let step = slant / wanted.max(1) as f32;
    let range: Vec<_> = of.maps.iter().skip(1).map(|map| map.buf).collect();
    let foot = pos2(rect.left() + base / 2.0, rect.top() + room - base / 2.0);
    for (i, map) in of.maps.iter().enumerate() {
        let middle = foot + vec2(step, -step) * i as f32;
        let place = Rect::from_center_size(middle, vec2(1.0, 1.0) * (side(map) * base / most).max(3.0));
        let title = if i == 0 { "Input".to_owned() } else { format!("After {i}") };
        let mut style =
            MapStyle::panel(&title, "", if i == 0 { input } else { of.look }).untitled().stretched();
        if i > 0 {
            style = style.range(Range::Shared(range.clone().into()));
        }
        if i + 1 < of.maps.len() {
            style = style.unwritten();
        }
        view.panel(ui, &Cell::bare(place), map, 0, &style);
        ui.painter().rect_stroke(place, 0.0, Stroke::new(1.0, c.ground), StrokeKind::Outside);
    }
    for i in of.layers() + 1..=wanted {
        let middle = foot + vec2(step, -step) * i as f32;
        strokes::dashed(ui.painter(), Rect::from_center_size(middle, vec2(GHOST, GHOST)), c.broken);
    }
    let corner = Rect::from_min_size(rect.min, vec2(rect.width(), 22.0));
    if of.layers() < wanted {
        let text = format!("no room for layer {}", of.layers() + 1);
        words::tag(ui, corner, corner.left_center(), &text, Voice::Broken);
    } else {
        let text = words::plural(wanted, "layer", "layers");
        words::write(ui, corner, Align2::LEFT_CENTER, &text, theme::small(), c.dim);
    }
}
