//! What the page on one and two dimensions draws: a sequence with its window, the other ways to slide, what was
//! measured.

use egui::{Align2, Rect, Stroke, StrokeKind, Ui, pos2};

use super::sequence::{Measured, Shown, Signal, Slides};
use crate::gpu::Tensor;
use crate::viz::facts::grouped;
use crate::viz::figures::fit::{Cell, Panel, Row};
use crate::viz::figures::grid::{Grid, GridEvent, grid};
use crate::viz::figures::lens::{Lens, LensEvent, lens};
use crate::viz::figures::page::{self, Figure, amount, figures, label};
use crate::viz::figures::strokes;
use crate::viz::figures::trace::{Trace, TraceEvent, reach, trace};
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::colors;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Range, View, theme};

/// Most columns of numbers that are written.
const WRITTEN: usize = 16;
/// Height of a line of words, of two lines of labels, of the row of other ways to slide, and space between its pictures.
const LINE: f32 = 24.0;
const FOOT: f32 = 34.0;
const OTHERS: f32 = 146.0;
const GAP: f32 = 12.0;

/// Where the parts of the page stand.
pub struct Placed {
    /// Input, one cell, output.
    pub hero: [Cell; 3],
    /// Title of the other ways, and the ways.
    title: Rect,
    others: [Cell; 4],
    /// Measured figures.
    pub measured: Vec<Cell>,
}

/// Lays the page out: time runs to the right, so input and output lie one above the other.
pub fn placed(ui: &mut Ui) -> Placed {
    let hero = vec![Panel::free(260.0, 1.0).folded(0.9), Panel::free(212.0, 0.0).folded(0.9)];
    let rows = [Row::Hero(hero), Row::Fixed(OTHERS), Row::Measured(4)];
    let [hero, row, measured] = <[Vec<Cell>; 3]>::try_from(page::lay(ui, &rows).rows).expect("three rows");
    let (both, lens) = (hero[0], hero[1]);
    let half = (both.rect.height() - LINE - GAP) / 2.0;
    let top = both.rect.top() + half + GAP;
    let name = Rect::from_min_max(pos2(both.rect.left(), top), pos2(both.rect.right(), top + LINE));
    let above = Cell { rect: both.rect.with_max_y(both.rect.top() + half), ..both };
    let below = Cell { rect: both.rect.with_min_y(top + LINE), name, ..Cell::bare(both.rect) };
    let (title, row) = row[0].rect.split_top_bottom_at_y(row[0].rect.top() + LINE);
    let wide = (row.width() - 3.0 * GAP) / 4.0;
    let others = [0.0, 1.0, 2.0, 3.0].map(|i| {
        let left = (row.left() + i * (wide + GAP)).round();
        let own = Rect::from_min_max(pos2(left, row.top()), pos2(left + wide, row.bottom()));
        let (rect, caption) = own.split_top_bottom_at_y(own.bottom() - LINE);
        Cell { rect, caption, ..Cell::bare(rect) }
    });
    Placed { hero: [above, lens, below], title, others, measured }
}

/// What is lit because it was pointed at in the frame before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lit {
    input: Option<usize>,
    output: Option<usize>,
    weight: Option<usize>,
}

/// A sequence as it is drawn.
struct Plane<'a> {
    name: &'a str,
    shape: String,
    tensor: &'a Tensor,
    values: &'a [f32],
    /// Zeros before the first of each row.
    padding: usize,
    look: Look,
    editable: bool,
    /// Names of the columns, and how numbers are written.
    labels: &'a [String],
    write: fn(f64) -> String,
    /// What is looked at: first row and column, rows and columns.
    window: [i32; 4],
    outlined: &'a [usize],
}

impl Plane<'_> {
    /// Draws it as a line, as numbers or as a map; says where the window lies.
    fn draw(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell) -> (Rect, Option<(GridEvent, f32)>) {
        words::panel_name(ui, cell.name, self.name, &self.shape);
        let (rows, columns) = (self.tensor.shape[2], self.tensor.shape[3]);
        let [row, column, high, wide] = self.window;
        if rows == 1 {
            let of = Trace {
                name: self.name,
                values: self.values,
                padding: self.padding,
                range: reach(self.values),
                window: Some([column, wide]),
                outlined: self.outlined,
            };
            let event = trace(ui, cell.rect, &of).map(|event| match event {
                TraceEvent::Hovered(i) => GridEvent::Hovered(i),
                TraceEvent::Clicked(i) => GridEvent::Clicked(i),
            });
            let event = event.map(|event| (event, 0.0));
            return (of.cells(cell.rect, column, wide), event);
        }
        if columns <= WRITTEN {
            let ink = colors(ui, self.look, self.values);
            let foot = if self.labels.is_empty() { 0.0 } else { FOOT };
            let cell = &Cell { rect: cell.rect.with_max_y(cell.rect.bottom() - foot), ..*cell };
            let of = Grid {
                write: self.write,
                editable: self.editable,
                window: Some(self.window),
                outlined: self.outlined,
                ..Grid::new(self.name, columns, &ink)
            };
            let mut numbers = self.values.to_vec();
            let event = grid(ui, cell.rect, &mut numbers, &of).map(|event| match event {
                GridEvent::Changed(i) => (event, numbers[i]),
                _ => (event, 0.0),
            });
            let at = |row, column| of.cell(cell.rect, numbers.len(), row, column);
            // Long words reach below their neighbours: every second one stands lower.
            for (column, label) in self.labels.iter().enumerate() {
                let own = at(rows as i32 - 1, column as i32);
                let top = own.bottom() + if column % 2 == 0 { 0.0 } else { foot / 2.0 };
                let wide = words::width(ui, label, theme::small()).min(1.9 * own.width());
                let left = (own.center().x - wide / 2.0).clamp(cell.rect.left(), cell.rect.right() - wide);
                let own = Rect::from_min_size(pos2(left, top), egui::vec2(wide + 1.0, foot / 2.0));
                words::write(ui, own, Align2::CENTER_CENTER, label, theme::small(), theme::of(ui).dim);
            }
            return (at(row, column).union(at(row + high - 1, column + wide - 1)), event);
        }
        let style = MapStyle::panel(self.name, "", self.look).untitled().stretched().range(Range::Own);
        let map = view.panel(ui, &Cell { name: Cell::bare(cell.rect).name, ..*cell }, self.tensor, 0, &style);
        let painter = ui.painter_at(map.rect.expand(1.0));
        let c = theme::of(ui);
        for i in self.outlined {
            let own = map.cells((i / columns) as f32, (i % columns) as f32, 1.0, 1.0);
            painter.rect_stroke(own, 0.0, Stroke::new(2.0, c.blue), StrokeKind::Inside);
        }
        let window = map.cells(row as f32, column as f32, high as f32, wide as f32).intersect(map.rect);
        strokes::focus(&painter, window, c.focus);
        let event = map.hovered.map(|[row, column]| row * columns + column);
        let clicked = map.response.clicked();
        (window, event.map(|i| (if clicked { GridEvent::Clicked(i) } else { GridEvent::Hovered(i) }, 0.0)))
    }
}

/// The least and the greatest of these numbers.
fn ends(numbers: &[f32]) -> String {
    let (lo, hi) = reach(numbers);
    format!("{} to {}", words::short(lo.into()), words::short(hi.into()))
}

/// What the signal is called, and how its rows and columns are counted.
fn named(shown: &Shown, numbers: &[f32]) -> (&'static str, String) {
    let [[rows, columns], ..] = shown.sizes();
    let before = shown.p.pad[1];
    let padded = if before > 0 { format!(", {before} zeros before") } else { String::new() };
    match shown.signal {
        Signal::Waveform => {
            ("Waveform", format!("{} samples, {}{padded}", grouped(columns as u64), ends(numbers)))
        }
        Signal::Spectrogram => ("Spectrogram", format!("{rows} bands × {columns}{padded}")),
        Signal::Tokens => ("Words", format!("{rows} of 384 channels × {columns}{padded}")),
        Signal::Own => ("Numbers", format!("{rows} × {columns}{padded}")),
    }
}

/// Draws input, one cell and output, and moves `walk`; gives the input that was changed, and its number.
pub fn hero(
    shown: &Shown,
    ui: &mut Ui,
    view: &mut View<'_>,
    [input, middle, output]: &[Cell; 3],
    walk: &mut Walk,
) -> Option<(usize, f32)> {
    let [xs, ws, ys] = [&shown.x, &shown.w, &shown.y].map(|t| view.values(t));
    let (xs, ws, ys) = (xs?, ws?, ys?);
    if xs.len() != shown.x.len() || ws.len() != shown.w.len() || ys.len() != shown.y.len() {
        return None;
    }
    let key = ui.scope_id().with("sequence");
    let before: Lit = ui.data(|d| d.get_temp(key)).unwrap_or_default();
    let mut lit = Lit::default();
    let at = before.output.unwrap_or(walk.at()).min(ys.len() - 1);
    let [_, [high, wide], [rows, columns]] = shown.sizes();
    let write = if shown.signal == Signal::Tokens { words::weight } else { words::cell };
    let (name, shape) = named(shown, &xs);
    let from = Plane {
        name,
        shape,
        tensor: &shown.x,
        values: &xs,
        padding: shown.p.pad[1] as usize,
        look: if shown.signal == Signal::Spectrogram { Look::Sequential } else { Look::Diverging },
        editable: shown.signal == Signal::Own && !shown.shuffled,
        labels: &shown.labels,
        write,
        window: shown.reads(at),
        outlined: &before.weight.map(|weight| shown.multiplied(weight)).unwrap_or_default(),
    };
    let (window, event) = from.draw(ui, view, input);
    let mut changed = None;
    match event {
        Some((GridEvent::Changed(i), number)) => changed = Some((i, number)),
        Some((GridEvent::Hovered(i) | GridEvent::Clicked(i), _)) => {
            lit.input = Some(i);
            view.point(&shown.x, i);
        }
        None => {}
    }
    let shape = match rows {
        1 => format!("{} places, {}", grouped(columns as u64), ends(&ys)),
        _ => format!("{rows} × {columns}"),
    };
    let to = Plane {
        name: "Output",
        shape,
        tensor: &shown.y,
        values: &ys,
        padding: 0,
        look: Look::Diverging,
        editable: false,
        labels: &[],
        write,
        window: [(at / columns) as i32, (at % columns) as i32, 1, 1],
        outlined: &before.input.map(|i| shown.readers(i)).unwrap_or_default(),
    };
    let (here, event) = to.draw(ui, view, output);
    match event {
        Some((GridEvent::Clicked(i), _)) => walk.scrub(i),
        Some((GridEvent::Hovered(i), _)) => {
            lit.output = Some(i);
            view.point(&shown.y, i);
        }
        _ => {}
    }

    let random = if shown.slides == Slides::Time && high > 1 { ", random by row" } else { "" };
    words::panel_name(ui, middle.name, "One cell", &format!("{high} × {wide}{random}"));
    let read = shown.window(at);
    let raised = theme::of(ui).raised;
    let ink = [colors(ui, from.look, &xs), colors(ui, Look::Diverging, &ys)];
    let (parts, pointed) = lens(
        ui,
        middle.rect,
        &Lens {
            columns: wide,
            values: &read.iter().map(|p| p.map_or(0.0, |i| xs[i])).collect::<Vec<_>>(),
            weights: &ws,
            value_colors: &read.iter().map(|p| p.map_or(raised, |i| ink[0][i])).collect::<Vec<_>>(),
            weight_colors: &colors(ui, Look::Diverging, &ws),
            padded: &read.iter().map(Option::is_none).collect::<Vec<_>>(),
            bias: 0.0,
            result: ys[at],
            result_color: ink[1][at],
            of: "window",
            by: "× weights, summed",
            products: true,
        },
    );
    if let Some(LensEvent::Weight(weight)) = pointed {
        lit.weight = Some(weight);
    }
    if middle.rect.left() >= input.rect.right() {
        let c = theme::of(ui).focus;
        strokes::link(ui.painter(), input.rect, window, parts.values, c);
        strokes::link(ui.painter(), output.rect, here, parts.result, c);
    }
    if lit != before {
        ui.data_mut(|d| d.insert_temp(key, lit));
        ui.ctx().request_repaint();
    }
    changed
}

/// A small sequence of the comparison.
fn small(
    ui: &mut Ui,
    view: &mut View<'_>,
    cell: &Cell,
    name: &str,
    tensor: &Tensor,
    look: Look,
    of: &Tensor,
) {
    if tensor.shape[2] == 1 {
        let (Some(values), Some(beside)) = (view.values(tensor), view.values(of)) else { return };
        let range = reach(beside.iter());
        let of = Trace { name, values: &values, padding: 0, range, window: None, outlined: &[] };
        if let Some(TraceEvent::Hovered(i) | TraceEvent::Clicked(i)) = trace(ui, cell.rect, &of) {
            view.point(tensor, i);
        }
        return;
    }
    let range = Range::Shared([tensor.buf, of.buf].into());
    let style = MapStyle::panel(name, "", look).untitled().without_bar().unwritten().stretched().range(range);
    view.panel(ui, &Cell { caption: Cell::bare(cell.rect).caption, ..*cell }, tensor, 0, &style);
}

/// The window of one dimension as one of two, and the other way to slide.
pub fn compared(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, placed: &Placed) {
    let k = shown.along.s;
    let title = format!("The same window as 1 × {k} in two dimensions");
    let about = if shown.mixed.is_some() {
        "and a square one, and rows in another order"
    } else {
        "and a square one"
    };
    words::panel_name(ui, placed.title, &title, about);
    let measured = view.values(&shown.measured).and_then(|v| Measured::of(&v));
    let said = |f: fn(&Measured) -> String| measured.as_ref().map_or_else(|| "…".into(), f);
    let both = shown.slides == Slides::Both;
    let line = &shown.twin;
    let of_image = if shown.signal == Signal::Tokens { Look::Diverging } else { Look::Sequential };
    let square = format!("{k} × {k} in 2-D");
    let map = if both { &shown.y } else { &shown.other };
    let last: (&str, String, &Tensor, Look, &Tensor) = match &shown.mixed {
        Some(mixed) => {
            let value = if both { said(|m| words::percent(m.both)) } else { said(|m| words::short(m.along)) };
            ("rows shuffled", value, mixed, Look::Diverging, if both { map } else { &shown.y })
        }
        None => ("spectrogram", String::new(), &shown.image, of_image, &shown.image),
    };
    let all = [
        (format!("1 × {k} in 2-D"), String::new(), &shown.twin, Look::Diverging, line),
        ("difference".to_owned(), said(|m| words::short(m.twin)), &shown.apart, Look::Diverging, line),
        (square, format!("{} × {}", map.shape[2], map.shape[3]), map, Look::Diverging, map),
        (last.0.to_owned(), last.1, last.2, last.3, last.4),
    ];
    for ((name, value, tensor, look, of), cell) in all.into_iter().zip(&placed.others) {
        small(ui, view, cell, &name, tensor, look, of);
        label(ui, cell, &name, &value, false);
    }
}

/// The measured row.
pub fn measured(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
    let Some(of) = view.values(&shown.measured).and_then(|v| Measured::of(&v)) else { return };
    let (p, along) = (&shown.p, &shown.along);
    let [[rows, _], ..] = shown.sizes();
    let weights = [along.c * along.s, along.s * along.s].map(f64::from);
    let both = shown.slides == Slides::Both;
    let (own, other) = if both { (weights[1], weights[0]) } else { (weights[0], weights[1]) };
    let beside =
        if both { format!("1-D over all rows: {other}") } else { format!("a square window: {other}") };
    let cost = p.multiply_adds();
    let taps = u64::from(p.c * p.r * p.s);
    let wrong = both && shown.signal == Signal::Tokens;
    let last: Figure<'_> = if rows > 1 {
        let (share, under) =
            if both { (of.both, "moves the output") } else { (of.along, "with their weights") };
        let value = if both { words::percent(share) } else { words::short(share) };
        ("Rows shuffled", value, share, under.into(), if wrong { Voice::Broken } else { Voice::A })
    } else {
        amount("Looks ahead", words::short(of.later), of.later, "later cells move earlier ones")
    };
    let twin = format!("As 1 × {}", along.s);
    let rows = [
        amount("Weights", own, own / own.max(other), beside),
        amount("Multiply-adds", grouped(cost), 1.0, format!("{} × {taps}", grouped(cost / taps.max(1)))),
        amount(&twin, words::short(of.twin), of.twin, "largest difference"),
        last,
    ];
    figures(ui, cells, &rows);
}
