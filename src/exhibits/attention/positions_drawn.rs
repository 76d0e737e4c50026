//! What the page on positions draws, and the sentence above it.

use std::rc::Rc;

use egui::{Align2, Rect, Ui, vec2};

use super::positions::{Kind, ROUNDING, Shown, Twice};
use crate::gpu::Tensor;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::curves::{Chart, Series, Side, chart, frame};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::page::{Figure, amount, figures, reason};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Caption, Look, MapStyle, Part, Range, View, theme};

/// Room left of and above the weights for the words.
const WORDS: [f32; 2] = [44.0, 46.0];
/// Room below a curve for the ends of its axis.
const ENDS: f32 = 16.0;
/// Numbers of a vector that are drawn.
const DRAWN: usize = 64;

/// The first number of a tensor.
fn first(view: &mut View<'_>, of: &Tensor) -> Option<f64> {
    view.values(of)?.first().map(|v| f64::from(*v))
}

/// A difference, and whether it is only rounding.
fn said(differs: f64) -> String {
    if differs < ROUNDING { "0".into() } else { words::short(differs) }
}

/// The sentence above the picture.
pub fn caption(shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
    let (differs, other) = (first(view, &shown.both.differs)?, first(view, &shown.twin.differs)?);
    let products = view.values(&shown.products)?;
    let (differs, other) = (said(differs), said(other));
    let (rows, from) = (shown.length, shown.from);
    // Of the position that is looked at with itself, and with the first.
    let fall = shown.fall(&products);
    let [near, far] = [fall.first(), fall.last()].map(|v| v.map_or(f64::NAN, |v| f64::from(*v)));
    let fall = format!("[{}](value 4) to [{}](value 4)", words::short(near), words::short(far));
    let count = shown.labels[0].len();
    let (name, falls) = match shown.kind {
        Kind::Sinusoidal => ("Sinusoids", "their product goes from"),
        Kind::Alibi => ("ALiBi", "it adds"),
        Kind::Rope => ("RoPE", "the score goes from"),
        _ => ("The learned table", "its product goes from"),
    };
    Some(match shown.kind {
        Kind::None => Caption::plain(&format!(
            "Without positions the reordered sentence gives the [same vectors](2): difference [{differs}](value 5). \
             With the learned table it is [{other}](value 5)."
        )),
        Kind::Learned if shown.beyond > 0 => Caption::broken(&format!(
            "The table ends at **{}**: from position **{}** on, {} of {count} words have [none](bad 3); \
             difference [{differs}](bad 5). [No end](good) mends it.",
            shown.limit, shown.start, shown.beyond
        )),
        Kind::Rope if shown.start + count > shown.limit => Caption::good(&format!(
            "RoPE goes on at position **{}**: difference [{differs}](good 5), and over [{from}](4) of {rows} positions \
             the score goes from {fall}.",
            shown.start
        )),
        _ => Caption::plain(&format!(
            "{name} at position **{}**: order changes vectors by [{differs}](value 5), not {other}; over \
             [{from}](4) of {rows} positions {falls} {fall}.",
            shown.start
        )),
    })
}

/// The weights of the sentence, of the reordered one, and their difference word for word, on one range.
pub fn hero(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], head: usize) {
    let (weights, apart) = (&shown.both.weights, &shown.both.apart);
    let heads = weights.shape[1];
    let range = Range::Shared([weights, apart].map(|t| t.buf).into());
    let title = format!("Head {}, as written", head + 1);
    let all = [
        (title.as_str(), "row asks", weights, head, &shown.labels[0]),
        ("Reordered", "same words", weights, heads + head, &shown.labels[1]),
        ("Difference", "word for word", apart, head, &shown.labels[0]),
    ];
    for ((title, note, tensor, index, labels), cell) in all.into_iter().zip(cells) {
        words::panel_name(ui, cell.name, title, note);
        let mut cell = *cell;
        cell.rect.min += vec2(WORDS[0], WORDS[1]).min(cell.rect.size() * 0.3);
        let style = MapStyle::panel(title, "", Look::Sequential).untitled().range(range.clone()).stretched();
        view.panel(ui, &cell, tensor, index, &style.labels(labels, labels));
    }
}

/// The encoding, and its two curves; the repeated word where there is no encoding.
pub fn below(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], dimension: usize) {
    let rows = &shown.rows;
    let [length, width] = [shown.length, rows.shape[1]];
    let dimension = dimension.min(width - 1);
    let cell = &cells[0];
    match (shown.kind, &shown.twice) {
        (Kind::None, Some(twice)) => return words_twice(twice, ui, view, cells),
        (Kind::None, None) => reason(ui, cell.rect, "Nothing is added, and no word stands there twice."),
        (kind, _) => {
            let (title, columns) = match kind {
                Kind::Rope => ("Turns of q and k", "sines, cosines"),
                Kind::Alibi => ("Added to the scores", "heads"),
                _ => ("Encoding", "dimensions"),
            };
            let note = format!("{length} positions × {width} {columns}");
            let drawn = Part { start: [0, 0], size: [length, width] };
            let style = MapStyle::panel(title, &note, Look::Diverging).stretched().part(drawn);
            // The learned first row is many times as large as all others, which would be pale beside it.
            let style = match kind {
                Kind::Learned => style.range(Range::Shared(Rc::from([shown.later.buf]))).trimmed(),
                _ => style.range(Range::All),
            };
            let map = view.panel(ui, cell, rows, 0, &style);
            let painter = ui.painter_at(cell.rect.expand(2.0));
            let ink = theme::of(ui);
            strokes::focus(&painter, map.cells(shown.from as f32, 0.0, 1.0, width as f32), ink.focus);
            strokes::focus(&painter, map.cells(0.0, dimension as f32, length as f32, 1.0), ink.focus);
            if kind == Kind::Learned && length > shown.limit {
                let gone = map.cells(shown.limit as f32, 0.0, (length - shown.limit) as f32, width as f32);
                strokes::hatch(&painter, gone, ink.broken);
                words::tag(ui, cell.rect, gone.center(), "no such rows", Voice::Broken);
            }
        }
    }
    let (Some(table), Some(products)) = (view.values(rows), view.values(&shown.products)) else { return };
    let title = match shown.kind {
        Kind::Rope => "Score of equal words",
        Kind::Alibi => "Added to their score",
        _ => "Dot product",
    };
    words::panel_name(
        ui,
        cells[1].name,
        &format!("{title} by distance"),
        &format!("from position {}", shown.from),
    );
    let (top, bottom) = cells[1].rect.split_top_bottom_at_fraction(0.54);
    let fall: Vec<[f32; 2]> = shown.fall(&products).iter().enumerate().map(|(i, v)| [i as f32, *v]).collect();
    curve(ui, top, title, &fall, None, "positions away");
    let column = table.chunks(width).take(length).enumerate().map(|(i, row)| [i as f32, row[dimension]]);
    let name = if shown.kind == Kind::Alibi { "Head" } else { "Dimension" };
    let number = if shown.kind == Kind::Alibi { dimension + 1 } else { dimension };
    let now = Some(shown.from as f32);
    curve(ui, bottom, &format!("{name} {number}"), &column.collect::<Vec<_>>(), now, "positions");
}

/// A word that stands there twice: its vectors without positions and with the learned table.
fn words_twice(twice: &Twice, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
    let range = Range::Shared([&twice.vectors[0], &twice.vectors[1]].map(|t| t.buf).into());
    let names = ["no positions", "learned table"];
    for (((vectors, differs), cell), name) in twice.vectors.iter().zip(&twice.differs).zip(cells).zip(names) {
        let apart = first(view, differs).map_or("…".into(), said);
        let title = format!("“{}” twice, {name}", twice.word);
        let note = format!("differ by {apart}");
        let part = Part { start: [0, 0], size: [2, DRAWN.min(vectors.shape[1])] };
        let style =
            MapStyle::panel(&title, &note, Look::Diverging).stretched().range(range.clone()).part(part);
        let map = view.panel(ui, cell, vectors, 0, &style);
        for (row, place) in twice.at.iter().enumerate() {
            let own = map.cells(row as f32, 0.0, 1.0, DRAWN as f32);
            let text = format!("at place {}", place + 1);
            words::tag(ui, own, own.left_top() + vec2(40.0, 14.0), &text, Voice::Plain);
        }
    }
}

/// A curve with the ends of its axis written below.
fn curve(ui: &mut Ui, rect: Rect, name: &str, points: &[[f32; 2]], now: Option<f32>, unit: &str) {
    let (plotted, line) = rect.split_top_bottom_at_y(rect.bottom() - ENDS);
    let mut values = Axis::linear(0.0, 0.0);
    values.grow(points.iter().map(|p| p[1]));
    if values.hi - values.lo < 1e-6 {
        values = Axis::linear(-1.0, 1.0);
    }
    let last = points.last().map_or(1.0, |p| p[0].max(1.0));
    let series = [Series { name: "", side: Side::A, validation: false, noisy: false, points }];
    let of = Chart {
        name,
        remark: "",
        series: &series,
        old: &[],
        steps: Axis::linear(0.0, last),
        values,
        now,
        chance: None,
        marks: &[],
        gap: None,
        write: words::cell,
        ticks: false,
    };
    chart(ui, plotted, &of);
    let line = Rect::from_x_y_ranges(frame(plotted, false).x_range(), line.y_range());
    let ink = theme::of(ui).faint;
    words::write(ui, line, Align2::LEFT_CENTER, "0", theme::small(), ink);
    words::write(ui, line, Align2::RIGHT_CENTER, &format!("{last} {unit}"), theme::small(), ink);
}

/// The measured row.
pub fn measured(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
    let differs = first(view, &shown.both.differs);
    let other = first(view, &shown.twin.differs);
    let twice = shown.twice.as_ref().map(|twice| (&twice.word, first(view, &twice.differs[0])));
    let write = |v: Option<f64>| v.map_or("…".into(), words::short);
    let most = differs.unwrap_or(0.0).max(other.unwrap_or(0.0)).max(1e-6);
    let share = |v: Option<f64>| v.unwrap_or(0.0) / most;
    let lost = differs.is_some_and(|v| v < ROUNDING);
    let note = if lost { "rounding: order is not seen" } else { "of a word, reordered" };
    let voice = if shown.beyond > 0 { Voice::Broken } else { Voice::A };
    let twin = if shown.kind == Kind::None { "Learned table" } else { "Without positions" };
    let (label, value, part, under) = match twice {
        Some((word, apart)) => {
            (format!("“{word}” twice"), write(apart), share(apart), "its two vectors differ by")
        }
        None => ("A word twice".into(), "none".into(), 0.0, "in this sentence"),
    };
    let parameters = if shown.kind == Kind::Learned { shown.limit * shown.rows.shape[1] } else { 0 };
    let ends = if shown.kind == Kind::Learned { format!("{} rows", shown.limit) } else { "no end".into() };
    let figure: [Figure<'_>; 4] = [
        ("Vectors change by", differs.map_or("…".into(), said), share(differs), note.into(), voice),
        amount(twin, other.map_or("…".into(), said), share(other), "differs by, to compare"),
        amount(&label, value, part.min(1.0), under),
        amount("Learned", words::count(parameters as f64), parameters as f64 / 196_608.0, ends),
    ];
    figures(ui, cells, &figure);
}
