//! What is drawn of the types of pooling beside the layer at work: their answers for one window, their maps on one
//! range with the gradients below, and what is measured.

use egui::{Align2, Rect, Ui, Vec2, pos2, vec2};

use super::pooled::{Kind, OTHERS, Peak, Peaks, Pools};
use super::pooled_said::CALM;
use crate::gpu::Tensor;
use crate::ops::conv::Conv2d;
use crate::settings::Choice;
use crate::viz::figures::bars::{Share, classes};
use crate::viz::figures::fit::{Cell, Metrics, Panel, Placement, Row};
use crate::viz::figures::page::{figures, lay_with};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Part, Range, View, theme};

/// Width by height of a type's place in the strip.
const ASPECT: f32 = 0.4;
/// Share of the height that the strip gets, two pictures high.
const SHARE: f32 = 0.4;
/// Least height of its places, in which names can be read.
const LOWEST: f32 = 156.0;
/// By how much words may be wider than a picture, at either side.
const WIDER: f32 = 5.0;
/// Heights of a type's name, and of the number between its pictures.
const HEAD: f32 = 18.0;
const LINE: f32 = 18.0;
/// Windows a side of which the gradient is shown.
const AROUND: usize = 3;

/// Cells a side of which a picture of the strip shows no more, where the whole would be too fine.
const CROP: usize = 64;

/// Lays out the layer at work, the strip and the measured row.
pub fn lay(ui: &mut Ui) -> Placement {
    let hero = vec![Panel::picture(1.0), Panel::free(124.0, 0.0), Panel::picture(1.0).bar()];
    let strip = Row::Compare { count: Kind::ALL.len() + OTHERS.len(), aspect: ASPECT };
    let metrics = Metrics { compare: SHARE, beside: false, lowest: LOWEST, ..Metrics::default() };
    lay_with(ui, &[Row::Hero(hero), strip, Row::Measured(4)], &metrics)
}

/// The answers of all types for one window, as bars; gives the type that was clicked.
pub fn results(ui: &mut Ui, rect: Rect, names: &[String], values: &[f32], chosen: Kind) -> Option<Kind> {
    let most = values.iter().fold(1e-12_f32, |m, v| m.max(v.abs()));
    let texts: Vec<String> = values.iter().map(|v| words::short((*v).into())).collect();
    let rows: Vec<Share<'_>> = names
        .iter()
        .zip(values)
        .zip(&texts)
        .zip(Kind::ALL)
        .map(|(((name, value), text), kind)| Share {
            name,
            share: value.abs() / most,
            was: None,
            value: text,
            chosen: *kind == chosen,
        })
        .collect();
    classes(ui, rect, &rows).and_then(|i| Kind::ALL.get(i).copied())
}

/// The maps of all types, and below each the gradient that goes back through it.
pub struct Strip<'a> {
    /// The maps.
    pub of: &'a Pools,
    /// Names of those of windows.
    pub names: &'a [String],
    /// How they are drawn.
    pub look: Look,
    /// The range that they share.
    pub range: Range,
    /// What is enlarged.
    pub chosen: Kind,
    /// The windows.
    pub p: &'a Conv2d,
    /// The window that is looked at.
    pub at: usize,
}

impl Strip<'_> {
    /// Draws them into `cells`; gives the type that was clicked.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        title: Rect,
        cells: &[Cell],
        peaks: Option<&Peaks>,
    ) -> Option<Kind> {
        let below = "its greatest value; below, its gradient around this window, and the greatest";
        words::panel_name(ui, title, "Every type on one range", below);
        let names = self.names.iter().map(String::as_str).chain(OTHERS);
        let kinds = self.of.kinds.iter().map(std::slice::from_ref);
        let maps = kinds.chain(self.of.others.iter().map(Vec::as_slice));
        let mut clicked = None;
        for (i, ((maps, name), cell)) in maps.zip(names).zip(cells).enumerate() {
            let kind = Kind::ALL.get(i).copied();
            let [head, upper, value, lower] = halves(cell);
            let chosen = kind == Some(self.chosen);
            if chosen {
                strokes::chosen(ui.painter(), upper, theme::of(ui).blue);
            }
            let c = theme::of(ui);
            let ink = if chosen { c.blue } else { c.text };
            words::write(ui, head, Align2::CENTER_CENTER, name, theme::small(), ink);
            for (map, rect) in maps.iter().zip(grids(upper, maps)) {
                let mut style =
                    MapStyle::panel(name, "", self.look).range(self.range.clone()).untitled().stretched();
                let side = map.shape[2].min(map.shape[3]);
                if side as f32 > rect.width() {
                    let size = side.min(CROP);
                    style = style.part(Part { start: [(side - size) / 2; 2], size: [size; 2] });
                }
                if kind.is_some() {
                    style = style.to_choose();
                }
                let drawn = view.panel(ui, &Cell::bare(rect), map, 0, &style);
                if drawn.response.clicked() {
                    clicked = clicked.or(kind);
                }
            }
            let most = peaks.map_or_else(String::new, |peaks| words::short(greatest(peaks, i)));
            words::write(ui, value, Align2::CENTER_CENTER, &most, theme::number(), c.dim);
            let most = peaks.map(|peaks| peaks.gradients[i]);
            self.gradient(ui, view, lower, i, most.unwrap_or(1.0) as f32);
            let text = most.map(words::short).unwrap_or_default();
            words::write(ui, cell.caption, Align2::CENTER_CENTER, &text, theme::number(), c.dim);
        }
        clicked
    }

    /// Draws the gradient of the cells around the window that is looked at. Each has a range of its own: a share of a
    /// sixteenth, and of a thousandth, could not be told from nothing beside a whole.
    fn gradient(&self, ui: &mut Ui, view: &mut View<'_>, rect: Rect, i: usize, most: f32) {
        let p = self.p;
        let [reach, side] = [(p.dilation[0] * (p.r - 1) + 1) as usize, p.h.min(p.w) as usize];
        let size = (AROUND * reach).clamp(1, side);
        let [row, column] = [self.at / p.ow as usize, self.at % p.ow as usize];
        let first = |o: usize, stride: u32, pad: u32| (o * stride as usize) as f32 - pad as f32;
        let at = [first(row, p.stride[0], p.pad[0]), first(column, p.stride[1], p.pad[1])];
        let start =
            at.map(|at| (at + (reach as f32 - size as f32) / 2.0).round().clamp(0.0, (side - size) as f32));
        let part = Part { start: start.map(|v| v as usize), size: [size; 2] };
        let most = most.max(f32::MIN_POSITIVE);
        let style = MapStyle::panel("gradient", "", Look::Diverging)
            .range(Range::Fixed(-most, most))
            .untitled()
            .stretched()
            .part(part);
        let drawn = view.panel(ui, &Cell::bare(rect), &self.of.gradients[i], 0, &style);
        if i < Kind::ALL.len() {
            let [top, left] = [at[0] - start[0], at[1] - start[1]];
            let window = drawn.cells(top, left, reach as f32, reach as f32);
            strokes::focus(&ui.painter_at(rect.expand(1.0)), window, theme::of(ui).focus);
        }
    }
}

/// The greatest value of a type's maps.
fn greatest(peaks: &Peaks, i: usize) -> f64 {
    match Kind::ALL.get(i) {
        Some(kind) => peaks.of(*kind).most,
        None => peaks.others[i - Kind::ALL.len()],
    }
}

/// Name, map, its number, and gradient, in a cell of the strip.
fn halves(cell: &Cell) -> [Rect; 4] {
    let rect = cell.rect;
    let side = rect.width().min((rect.height() - HEAD - LINE) / 2.0).floor().max(1.0);
    let left = (rect.center().x - side / 2.0).round();
    let square = |top: f32| Rect::from_min_size(pos2(left, top), Vec2::splat(side));
    let line = |top: f32, high: f32| {
        Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), high)).expand2(vec2(WIDER, 0.0))
    };
    let upper = square(rect.top() + HEAD);
    let lower = square(rect.bottom() - side);
    let between = lower.top() - upper.bottom();
    [line(rect.top(), HEAD), upper, line(upper.bottom(), between.max(0.0)), lower]
}

/// Where the grids of a type stand: one fills the square, several stand side by side with cells of one size.
fn grids(rect: Rect, maps: &[Tensor]) -> Vec<Rect> {
    if maps.len() == 1 {
        return vec![rect];
    }
    let sides = maps.iter().map(|map| map.shape[2] as f32);
    let spaces = (maps.len() - 1) as f32;
    let unit = (rect.width() / (sides.clone().sum::<f32>() + spaces / 2.0)).floor().max(1.0);
    let mut left = rect.left();
    sides
        .map(|side| {
            let size = side * unit;
            let own =
                Rect::from_min_size(pos2(left, (rect.center().y - size / 2.0).round()), Vec2::splat(size));
            left += size + (unit / 2.0).floor();
            own
        })
        .collect()
}

/// Draws the measured row.
pub fn measured(ui: &mut Ui, cells: &[Cell], p: &Conv2d, noise: bool, peaks: Option<&Peaks>) {
    let [all, left] = [p.h * p.w, p.oh * p.ow].map(f64::from);
    let taps = f64::from(p.r * p.s);
    let kept = |kind: Kind| peaks.map(|peaks| peaks.kept(kind));
    let share = |kind: Kind| kept(kind).unwrap_or(0.0).clamp(0.0, 1.0);
    let text = |kind: Kind| kept(kind).map_or_else(|| "…".into(), words::percent);
    let of_input = |says: &str, value: fn(&Peak) -> f64| {
        peaks.map_or_else(String::new, |peaks| format!("{says} {}", words::short(value(&peaks.x))))
    };
    let peak = of_input("of the peak,", |x| x.most);
    // Of noise the middle and the spread count, of everything else the peak.
    let (mean, spread) = peaks.map_or((0.0, 0.0), |peaks| {
        let [x, average] = [peaks.x, peaks.of(Kind::Average)];
        (peaks.of(Kind::Max).mean, average.deviation() / x.deviation().max(1e-12))
    });
    let loud = taps < f64::from(CALM) && peaks.is_some_and(|peaks| mean > 1.2 * peaks.x.mean);
    let [of_max, of_average] = match noise {
        true => [
            (
                "Mean of max",
                words::short(mean),
                mean,
                of_input("the noise has mean", |x| x.mean),
                if loud { Voice::Broken } else { Voice::A },
            ),
            ("Spread of average", words::percent(spread), spread, "of that of the noise".into(), Voice::A),
        ],
        false => [
            ("Max keeps", text(Kind::Max), share(Kind::Max), peak.clone(), Voice::A),
            ("Average keeps", text(Kind::Average), share(Kind::Average), peak, Voice::A),
        ],
    };
    let rows = [
        (
            "Cells",
            words::ratio(all, left),
            left / all,
            format!("{} of {}", words::count(left), words::count(all)),
            Voice::A,
        ),
        of_max,
        of_average,
        (
            "Gradient of max",
            format!("1 of {taps}"),
            1.0 / taps,
            "cells; of average: all".into(),
            Voice::Plain,
        ),
    ];
    figures(ui, cells, &rows);
}
