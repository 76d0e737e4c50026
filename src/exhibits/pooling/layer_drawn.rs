//! The page on what is set of a pooling layer drawn: the input with its windows, one cell worked out, the output; the
//! output with each setting changed alone; what was measured.

use std::rc::Rc;

use egui::{Align2, Color32, Rect, Ui, Vec2};

use super::layer::{Change, Image, Layer, Recorded, between};
use super::pooled::Kind;
use crate::gpu::{BufId, Tensor};
use crate::viz::figures::fit::{Cell, Panel, Row};
use crate::viz::figures::grid::{Grid, GridEvent, grid};
use crate::viz::figures::lens::{Lens, lens};
use crate::viz::figures::page::{Figure, amount, figures, lay};
use crate::viz::figures::pictured::{Outside, Pictured, pictured_in};
use crate::viz::figures::ruler::{Ruler, lay_ruled, ruler};
use crate::viz::figures::strokes;
use crate::viz::figures::window::Walk;
use crate::viz::words::{self, Voice};
use crate::viz::{MapStyle, Range, View, theme};

/// Width by height of a place of the comparison, and height of the name in it.
const ASPECT: f32 = 1.0;
const HEAD: f32 = 18.0;

/// What was done.
pub enum Wish {
    /// This number of the input was changed.
    Number(usize, f32),
    /// This layer is wanted.
    Layer(Layer),
}

/// Draws all of it into the room of `ui`; `walk` stands on the output that is worked out.
pub fn draw(of: &Recorded, ui: &mut Ui, view: &mut View<'_>, walk: &mut Walk) -> Option<Wish> {
    let below = [Row::Compare { count: Change::ALL.len(), aspect: ASPECT }, Row::Measured(4)];
    let (changed, placed, range);
    if of.image == Image::Grid {
        let rulers = Ruler::both(&of.p, walk.at());
        let (cells, all) = lay_ruled(ui, &of.p, &rulers, below);
        let ends = ends(of, view);
        changed = numbers(of, ui, view, &cells, ends, walk);
        rulers.iter().for_each(|of| ruler(ui, cells[0].rect, of));
        (placed, range) = (all, Range::Fixed(ends.0, ends.1));
    } else {
        let hero = vec![Panel::picture(1.0), Panel::free(124.0, 0.0), Panel::picture(1.0).bar()];
        placed = lay(ui, &[[Row::Hero(hero)].as_slice(), &below].concat());
        range = Range::Shared(compared(of).iter().map(|t| t.buf).collect::<Rc<[BufId]>>());
        changed = None;
        map(of, ui, view, placed.cells(0), &range, walk);
    }
    let taken = tiles(of, ui, view, placed.titles[1], &placed.rows[1], &range);
    measured(of, ui, view, &placed.rows[2]);
    changed.map(|(at, number)| Wish::Number(at, number)).or(taken.map(Wish::Layer))
}

/// Maps of one range: all.
fn compared(of: &Recorded) -> Vec<&Tensor> {
    [&of.x, &of.y].into_iter().chain(of.changed.iter().filter_map(|to| to.y.as_ref().ok())).collect()
}

/// Their least and greatest number.
fn ends(of: &Recorded, view: &mut View<'_>) -> (f32, f32) {
    let maps: Vec<_> = compared(of).into_iter().filter_map(|map| view.values(map)).collect();
    let finite = maps.iter().flat_map(|map| map.iter()).copied().filter(|v| v.is_finite());
    finite.fold((f32::MAX, f32::MIN), |(lo, hi), v| (lo.min(v), hi.max(v)))
}

/// Row and column of an output, and of the first cell that its window spans.
fn places(of: &Recorded, at: usize) -> [[i32; 2]; 2] {
    let side = of.p.ow as usize;
    let place = [at / side, at % side].map(|o| o as i32);
    [place, place.map(|o| o * of.layer.stride as i32 - of.layer.padding as i32)]
}

/// What a window finds in a row and a column outside of the input.
fn outside(of: &Recorded, [row, column]: [i32; 2]) -> f32 {
    let end = of.p.h as i32 + of.layer.padding as i32;
    if row < end && column < end { of.layer.outside() } else { f32::NAN }
}

/// How an output came about, in a few words.
fn said(of: &Recorded, at: usize, x: &[f32]) -> String {
    let (cells, divisor) = of.cells(at);
    match of.layer.kind {
        Kind::Max => format!("largest of {}", cells.len()),
        Kind::Average => {
            let sum: f64 = cells.iter().map(|cell| f64::from(x[*cell])).sum();
            format!("sum {} ÷ {divisor}", words::short(sum))
        }
        kind => format!("{} of {}", kind.label(of.layer.p), words::plural(cells.len(), "cell", "cells")),
    }
}

/// The name of the input, and what stands behind it.
fn named(of: &Recorded) -> (&'static str, String) {
    let side = of.p.h;
    let size = format!("{side} × {side}");
    let name = of.image.title();
    match (of.layer.padding, of.layer.kind) {
        (0, _) => (name, size),
        (pad, Kind::Max) => (name, format!("{size}, {pad} of padding, −∞")),
        (pad, Kind::Average) if !of.layer.counts => (name, format!("{size}, {pad} of padding, left out")),
        (pad, _) => (name, format!("{size}, {pad} of padding, 0")),
    }
}

/// The same for the output.
fn made(of: &Recorded) -> (String, String) {
    let side = of.p.oh;
    (of.layer.kind.label(of.layer.p), format!("{side} × {side}"))
}

/// The layer on numbers; gives the number of the input that was changed.
fn numbers(
    of: &Recorded,
    ui: &mut Ui,
    view: &mut View<'_>,
    [from, middle, to]: &[Cell; 3],
    range: (f32, f32),
    walk: &mut Walk,
) -> Option<(usize, f32)> {
    let (x, y) = (view.values(&of.x)?, view.values(&of.y)?);
    if [x.len(), y.len()] != [of.x.len(), of.y.len()] {
        return None;
    }
    // What was pointed at in the frame before: an input, an output.
    let key = ui.scope_id().with("layer");
    let before: [Option<usize>; 2] = ui.data(|d| d.get_temp(key)).unwrap_or_default();
    let mut lit = [None; 2];
    let at = before[1].unwrap_or(walk.at()).min(y.len() - 1);
    let (name, size) = named(of);
    words::panel_name(ui, from.name, name, &size);
    words::panel_name(ui, middle.name, "One cell", &format!("{0} × {0}", of.layer.window));
    let (name, size) = made(of);
    words::panel_name(ui, to.name, &name, &size);

    let colors =
        |numbers: &[f32]| numbers.iter().map(|v| of.image.look().color(*v, range)).collect::<Vec<_>>();
    let [place, first] = places(of, at);
    let rulers = Ruler::both(&of.p, at);
    let span = rulers[0].span as i32;
    let (x_colors, unread) = (colors(&x), of.unread());
    let padding = match of.layer.outside() {
        v if v.is_nan() => String::new(),
        v => words::cell(v.into()),
    };
    let x_grid = Grid {
        editable: true,
        padding: of.layer.padding,
        behind: of.layer.padding,
        outside: &padding,
        past: rulers[0].past(),
        window: Some([first[0], first[1], span, span]),
        unread: &unread,
        ..Grid::new("Input", of.p.w as usize, &x_colors)
    };
    let mut written = x.to_vec();
    let mut changed = None;
    match grid(ui, from.rect, &mut written, &x_grid) {
        Some(GridEvent::Changed(i)) => changed = Some((i, written[i])),
        Some(GridEvent::Hovered(i) | GridEvent::Clicked(i)) => {
            lit[0] = Some(i);
            view.point(&of.x, i);
        }
        None => {}
    }
    let y_colors = colors(&y);
    let (readers, parts) = (before[0].map(|i| of.readers(i)).unwrap_or_default(), of.parts());
    let y_grid = Grid {
        window: Some([place[0], place[1], 1, 1]),
        outlined: &readers,
        partial: &parts,
        ..Grid::new("Output", of.p.ow as usize, &y_colors)
    };
    match grid(ui, to.rect, &mut y.to_vec(), &y_grid) {
        Some(GridEvent::Clicked(i)) => walk.scrub(i),
        Some(GridEvent::Hovered(i)) => {
            lit[1] = Some(i);
            view.point(&of.y, i);
        }
        _ => {}
    }
    if middle.rect.is_positive() {
        let result = worked(of, ui, middle.rect, at, [&x, &y], [&x_colors, &y_colors]);
        // In one column they would run over all of the numbers.
        if middle.rect.left() >= from.rect.right() {
            let ink = theme::of(ui).focus;
            let corner = |by: i32| x_grid.cell(from.rect, x.len(), first[0] + by, first[1] + by);
            strokes::link(ui.painter(), from.rect, corner(0).union(corner(span - 1)), result[0], ink);
            let here = y_grid.cell(to.rect, y.len(), place[0], place[1]);
            strokes::link(ui.painter(), to.rect, here, result[1], ink);
        }
    }
    if lit != before {
        ui.data_mut(|d| d.insert_temp(key, lit));
        ui.ctx().request_repaint();
    }
    changed
}

/// One output worked out; gives where its window and its result stand.
fn worked(
    of: &Recorded,
    ui: &mut Ui,
    rect: Rect,
    at: usize,
    [x, y]: [&[f32]; 2],
    [x_colors, y_colors]: [&[Color32]; 2],
) -> [Rect; 2] {
    let (side, window) = (of.p.w as i32, of.layer.window);
    let [_, first] = places(of, at);
    let taps =
        (0..window * window).map(|tap| [tap / window, tap % window].map(|i| (i * of.layer.dilation) as i32));
    let taps: Vec<[i32; 2]> = taps.map(|tap| [first[0] + tap[0], first[1] + tap[1]]).collect();
    let inside = |[row, column]: [i32; 2]| {
        let there = (0..side).contains(&row) && (0..side).contains(&column);
        there.then_some((row * side + column) as usize)
    };
    let places: Vec<Option<usize>> = taps.iter().map(|tap| inside(*tap)).collect();
    let values: Vec<f32> =
        taps.iter().zip(&places).map(|(tap, i)| i.map_or_else(|| outside(of, *tap), |i| x[i])).collect();
    let ground = theme::of(ui).raised;
    let parts = lens(
        ui,
        rect,
        &Lens {
            columns: window,
            values: &values,
            weights: &[],
            value_colors: &places.iter().map(|i| i.map_or(ground, |i| x_colors[i])).collect::<Vec<_>>(),
            weight_colors: &[],
            padded: &places.iter().map(Option::is_none).collect::<Vec<_>>(),
            bias: 0.0,
            result: y[at],
            result_color: y_colors[at],
            of: &said(of, at, x),
            by: "",
            products: false,
        },
    );
    [parts.0.values, parts.0.result]
}

/// The layer on the feature map.
fn map(
    of: &Recorded,
    ui: &mut Ui,
    view: &mut View<'_>,
    [from, middle, to]: [&Cell; 3],
    range: &Range,
    walk: &mut Walk,
) {
    let c = theme::of(ui);
    let (p, pad) = (&of.p, of.layer.padding as f32);
    let past = Ruler::both(p, 0)[0].past() as f32;
    let room = from.rect.width().min(from.rect.height());
    let unit = room / (p.h as f32 + 2.0 * pad + past);
    let square = |from: Rect, by: f32, cells: f32| {
        Rect::from_min_size(from.min + Vec2::splat(by * unit), Vec2::splat(cells * unit)).round()
    };
    let padded = square(from.rect, 0.0, p.h as f32 + 2.0 * pad);
    if past > 0.0 {
        let whole = square(from.rect, 0.0, p.h as f32 + 2.0 * pad + past);
        strokes::hatch(ui.painter(), whole, c.pad);
        strokes::dashed(ui.painter(), whole, c.pad);
        ui.painter().rect_filled(padded, 0.0, c.ground);
    }
    if pad > 0.0 {
        strokes::dashed(ui.painter(), padded, c.pad);
    }
    let inner = Cell { rect: square(from.rect, pad, p.h as f32), ..*from };
    let ((name, size), (made, small)) = (named(of), made(of));
    let pictures = Pictured {
        x: &of.x,
        w: &[],
        y: &of.y,
        p,
        input: MapStyle::panel(name, &size, of.image.look()).range(range.clone()).stretched(),
        output: MapStyle::panel(&made, &small, of.image.look()).range(range.clone()),
    };
    let x = view.values(&of.x).filter(|x| x.len() == of.x.len());
    let found = Outside {
        value: &|place| outside(of, place),
        says: &|at| x.as_ref().map_or_else(String::new, |x| said(of, at, x)),
    };
    let drawn = pictured_in(ui, view, [&inner, middle, to], &pictures, walk, &found);
    let (side, whole) = (p.oh as f32, of.whole() as f32);
    if whole < side {
        let ink = theme::ink_on(of.image.look().color(0.0, (0.0, 1.0)));
        for [rows, columns] in [[0.0, whole], [whole, 0.0]] {
            let part = drawn.output.cells(rows, columns, side - rows, side - columns);
            strokes::dashed(ui.painter(), part.shrink(1.0), ink);
        }
    }
    if let Some(at) = drawn.clicked {
        walk.scrub(at);
    }
}

/// The output with each setting changed alone; gives the layer that was clicked.
fn tiles(
    of: &Recorded,
    ui: &mut Ui,
    view: &mut View<'_>,
    title: Rect,
    cells: &[Cell],
    range: &Range,
) -> Option<Layer> {
    let c = theme::of(ui);
    let says = if of.image == Image::Grid {
        "one scale, one range; click to take it"
    } else {
        "one range; click to take it"
    };
    words::panel_name(ui, title, "One setting changed", says);
    let now = view.values(&of.y);
    let side = |y: &Tensor| y.shape[3] as f32;
    let most = of.changed.iter().filter_map(|to| to.y.as_ref().ok()).map(side).fold(1.0, f32::max);
    let mut taken = None;
    for (to, cell) in of.changed.iter().zip(cells) {
        let (head, room) = cell.rect.split_top_bottom_at_y(cell.rect.top() + HEAD);
        let name = to.change.name(&to.layer);
        words::write(ui, head, Align2::LEFT_CENTER, &name, theme::small(), c.text);
        let all = room.width().min(room.height());
        let Ok(y) = &to.y else {
            let none = Rect::from_min_size(room.min, Vec2::splat(all)).round();
            strokes::hatch(ui.painter(), none, c.pad);
            strokes::dashed(ui.painter(), none, c.pad);
            size(ui, cell, "No room", "");
            continue;
        };
        // Numbers keep their scale, so that the sizes are seen; a map its place, so that its cells are.
        let share = if of.image == Image::Grid { side(y) / most } else { 1.0 };
        let own = Rect::from_min_size(room.min, Vec2::splat((all * share).round()));
        let style = MapStyle::panel(&name, "", of.image.look())
            .range(range.clone())
            .untitled()
            .stretched()
            .to_choose();
        let drawn = view.panel(ui, &Cell::bare(own), y, 0, &style);
        if drawn.response.clicked() {
            taken = Some(to.layer.clone());
        }
        let same = now.is_some() && view.values(y) == now;
        size(ui, cell, &format!("{0} × {0}", y.shape[3]), if same { "same" } else { "" });
    }
    taken
}

/// Below a picture its size, and behind that a remark where it has room.
fn size(ui: &Ui, cell: &Cell, size: &str, remark: &str) {
    let (c, line) = (theme::of(ui), cell.caption);
    let end = words::write(ui, line, Align2::LEFT_CENTER, size, theme::semibold(13.0), c.text).right();
    let rest = line.with_min_x(end + 6.0);
    if words::width(ui, remark, theme::small()) <= rest.width() {
        words::write(ui, rest, Align2::LEFT_CENTER, remark, theme::small(), c.dim);
    }
}

/// The measured row.
fn measured(of: &Recorded, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
    let (p, layer) = (&of.p, &of.layer);
    let [all, left] = [p.h * p.w, p.oh * p.ow].map(f64::from);
    let (unread, parts) = (of.unread().len(), of.parts());
    let third: Figure<'_> = match of.darkened(view).filter(|_| parts.is_empty()) {
        Some(share) => {
            let label = if layer.counts { "Border falls to" } else { "Border would fall to" };
            amount(label, words::percent(share), share, "of what its real cells give")
        }
        None => {
            let (least, most) = of.seen_by(&parts);
            let under = match parts.len() {
                0 => format!("of {} outputs", p.oh * p.ow),
                _ => format!("of {left}, with {} of {}", between(least, most), layer.window.pow(2)),
            };
            let voice = if parts.is_empty() || layer.kind == Kind::Max { Voice::A } else { Voice::Broken };
            ("Part windows", parts.len().to_string(), parts.len() as f64 / left, under, voice)
        }
    };
    let taps = layer.window.pow(2);
    let rows = [
        amount("Output", format!("{0} × {0}", p.oh), left / all, format!("of {0} × {0} cells", p.h)),
        amount(
            "Never read",
            words::count(unread as f64),
            unread as f64 / all,
            format!("of {} cells", words::count(all)),
        ),
        third,
        amount("Learned parameters", 0, 0.0, format!("a convolution has {taps} + 1")),
    ];
    figures(ui, cells, &rows);
}
