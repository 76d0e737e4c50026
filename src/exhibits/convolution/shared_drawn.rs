//! What the page on shared weights draws: the matrices, the shifted input, and what was measured.

use egui::{Rect, Stroke, StrokeKind, Ui};

use super::shared::Shown;
use crate::viz::facts::grouped;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::page::{Figure, amount, figures, label};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Range, View, theme};

/// The layer's matrix and a dense one of its shape. The row of the output that is worked out is framed, as is
/// each entry that holds the weight that is looked at.
pub fn matrices(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], [at, weight]: [usize; 2]) {
    let of = &shown.sharing;
    let p = &of.p;
    let (n, side) = (p.w as usize, p.ow as usize);
    let shape = format!("{} × {}", of.outputs(), n * n);
    let weights = grouped(of.weights(shown.tied) as u64);
    let title = if shown.tied { "The layer as a matrix" } else { "Untied, as a matrix" };
    let one = if shown.channels > 1 { format!(", one filter of {}", shown.channels) } else { String::new() };
    let note = format!("{shape}, {weights} weights{one}");
    let style = MapStyle::panel(title, &note, Look::Diverging).stretched().range(Range::Own);
    let map = view.panel(ui, &cells[0], &of.matrix, 0, &style);
    let c = theme::of(ui);
    let painter = ui.painter_at(map.rect.expand(2.0));
    let column = |place: usize| {
        let (row, column) = (place / side + weight / p.s as usize, place % side + weight % p.s as usize);
        row * n + column
    };
    for place in (0..of.outputs()).filter(|place| shown.tied || *place == at) {
        let own = map.cells(place as f32, column(place) as f32, 1.0, 1.0);
        painter.rect_stroke(own, 0.0, Stroke::new(1.0, c.blue_text), StrokeKind::Inside);
    }
    strokes::focus(&painter, map.cells(at as f32, 0.0, 1.0, (n * n) as f32), c.focus);
    let note = format!("{shape}, {} weights", grouped(of.entries() as u64));
    let style =
        MapStyle::panel("A dense layer, random", &note, Look::Diverging).stretched().range(Range::Own);
    view.panel(ui, &cells[1], &of.dense, 0, &style);
}

/// The shifted input, its map, and how far that is from the map that was shifted.
pub fn compared(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], title: Rect) {
    let of = &shown.sharing;
    let [input, answer, distance] = &of.moved;
    let name = format!("Shifted by {}", of.shift);
    words::panel_name(ui, title, &name, "does the map shift with the input?");
    let differs = view.values(&of.differs).and_then(|v| of.differences(&v));
    let differs = differs.map_or("…".into(), |[_, moved]| words::short(moved));
    let maps = Range::Shared([&of.y, answer].map(|t| t.buf).into());
    let all = [
        ("input", "", input, Look::Sequential, Range::Own),
        ("its map", "", answer, Look::Diverging, maps.clone()),
        ("difference", differs.as_str(), distance, Look::Diverging, maps),
    ];
    for ((name, value, tensor, look, range), cell) in all.into_iter().zip(cells) {
        let style = MapStyle::panel(name, "", look).untitled().without_bar().range(range);
        let map = view.panel(ui, cell, tensor, 0, &style);
        label(ui, cell, name, value, false);
        if look == Look::Diverging && of.shift > 0 {
            let side = of.p.ow as f32;
            let new = map.cells(0.0, 0.0, side, (of.shift as f32).min(side));
            strokes::hatch(&ui.painter_at(map.rect), new, theme::of(ui).pad);
        }
    }
}

/// The measured row.
pub fn measured(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
    let of = &shown.sharing;
    let differs = view.values(&of.differs).and_then(|v| of.differences(&v));
    let [product, moved] = differs.unwrap_or([f64::NAN; 2]);
    let said = |v: f64| if v.is_nan() { "…".to_owned() } else { words::short(v) };
    let (weights, entries) = (of.weights(shown.tied) * shown.channels, of.entries() * shown.channels);
    let reads = of.weights(true) as f64 / f64::from(of.p.w * of.p.h);
    let voice = if shown.tied { Voice::A } else { Voice::Broken };
    let under = format!("of {} in a dense layer", grouped(entries as u64));
    let row: [Figure<'_>; 4] = [
        ("Weights", grouped(weights as u64), weights as f64 / entries as f64, under, voice),
        amount(
            "Inputs a cell reads",
            words::percent(reads),
            reads,
            format!("{} of {}", of.weights(true), of.p.w * of.p.h),
        ),
        amount("Matrix differs by", said(product), product.clamp(0.0, 1.0), "product against layer"),
        ("Shift differs by", said(moved), moved.clamp(0.0, 1.0), format!("moved by {}", of.shift), voice),
    ];
    figures(ui, cells, &row);
}
