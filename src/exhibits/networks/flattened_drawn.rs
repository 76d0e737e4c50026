//! The page on flattening drawn: the maps, one cell's index worked out, the strip with the means of the maps below,
//! and the dense layer that reads one of both.

use std::rc::Rc;

use egui::{Align2, Color32, Rect, Stroke, StrokeKind, Ui, vec2};

use super::flattened::{Flattened, Layout, Order};
use crate::gpu::BufId;
use crate::settings::Choice as _;
use crate::viz::facts::grouped;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::fit::{Cell, tiles};
use crate::viz::figures::page::{amount, figures};
use crate::viz::figures::ranking::{Ranked, ranking};
use crate::viz::figures::strip::{Strip, StripEvent, strip};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Range, View, theme};

/// Most maps that have a line below, and its height.
const NAMED: usize = 8;
const CAPTION: f32 = 20.0;
/// Width of a map from which on that line says more than its mean.
const WIDE: f32 = 116.0;
/// Height of the worked cell from which on its number is told too.
const LOW: f32 = 150.0;
/// Space between maps.
const SPACE: f32 = 8.0;
/// Height of the line of means with its name, and share of the panel at most.
const MEANS: f32 = 56.0;
/// Numbers from which on groups of the strip are whole maps.
const MANY: usize = 400;

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Flattened,
    /// The order in which the weights lie.
    pub expects: Layout,
    /// The cell that is looked at where none is pointed at, map by map and row by row.
    pub at: usize,
    /// Whether the dense layer reads the means.
    pub pooled: bool,
    /// What the maps are of.
    pub source: &'a str,
    /// Names of the classes.
    pub classes: &'a [String],
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// The cell that was clicked.
    pub clicked: Option<usize>,
}

impl Drawn<'_> {
    /// Draws all of it into the cells of the page; `grid`: numbers that can be changed, in maps of `grid.1` numbers and
    /// rows of `grid.2`.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        [hero, below, measured]: [&[Cell]; 3],
        grid: Option<(&mut [f32], [usize; 2])>,
    ) -> Done {
        let key = ui.scope_id().with("pointed cell");
        let before: Option<usize> = ui.data(|data| data.get_temp(key)).flatten();
        let order = self.of.order;
        let at = before.unwrap_or(self.at).min(order.count() - 1);
        let mut done = Done::default();
        let maps = self.maps(ui, view, &hero[0], at, grid);
        let (Some(numbers), Some(origin)) = (view.values(&self.of.strip), view.values(&self.of.origin))
        else {
            return done;
        };
        // Where cells are, as the kernel has put them.
        let place = |cell: usize| origin.iter().position(|from| *from as usize == cell);
        let [c, y, x] = order.cell(at);
        let under = (y + 1 < order.sizes[1]).then(|| at + order.sizes[2]);
        let looked = [Some(at), under].map(|cell| cell.and_then(place));
        worked(ui, &hero[1], order, [c, y, x], looked[0].and_then(|i| Some((i, *numbers.get(i)?))));
        let found = self.strips(ui, view, &below[0], &numbers, maps.range, (looked, c));
        if let (Some(from), Some(to)) = (maps.marked, found.focus) {
            strokes::link(ui.painter(), hero[0].rect, from, to, theme::of(ui).focus);
        }
        self.dense(ui, view, &below[1]);
        self.measured(ui, view, measured);
        let from_strip = found.event.map(|event| match event {
            StripEvent::Hovered(i) | StripEvent::Clicked(i) => {
                (origin.get(i).map_or(0, |cell| *cell as usize), event == StripEvent::Clicked(i))
            }
        });
        let pointed = maps.pointed.or(from_strip);
        if let Some((cell, _)) = from_strip {
            view.point(&self.of.strip, place(cell).unwrap_or(0));
        }
        done.clicked = pointed.filter(|(_, clicked)| *clicked).map(|(cell, _)| cell);
        let now = pointed.map(|(cell, _)| cell);
        if now != before {
            ui.data_mut(|data| data.insert_temp(key, now));
            ui.ctx().request_repaint();
        }
        done
    }

    fn maps(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        at: usize,
        mut grid: Option<(&mut [f32], [usize; 2])>,
    ) -> Maps {
        let order = self.of.order;
        let [count, h, w] = order.sizes;
        words::panel_name(ui, cell.name, "Maps", &format!("{count} × {h} × {w}, {}", self.source));
        let below = if count <= NAMED { CAPTION } else { 0.0 };
        let means = view.values(&self.of.means);
        let mut made = Maps::default();
        let looked = order.cell(at);
        let range = Range::Shared(Rc::<[BufId]>::from([self.of.maps.buf]));
        for (map, rect) in
            tiles(cell.rect, count, w as f32 / h as f32, [SPACE, below]).into_iter().enumerate()
        {
            let bar = if map + 1 == count { cell.bar } else { Cell::bare(rect).bar };
            let own = Cell { bar, ..Cell::bare(rect) };
            let title = format!("Map {map}");
            let style =
                MapStyle::panel(&title, "", Look::Sequential).untitled().stretched().range(range.clone());
            let drawn = view.panel(ui, &own, &self.of.maps, map, &style);
            if let Some((numbers, [each, columns])) = &mut grid {
                drawn.edit(&mut numbers[map * *each..][..*each], *columns);
            }
            made.range = drawn.range.or(made.range);
            if let Some([row, column]) = drawn.hovered {
                made.pointed = Some(((map * h + row) * w + column, drawn.response.clicked()));
            }
            if below > 0.0 {
                let line = Rect::from_min_size(rect.left_bottom(), vec2(rect.width(), below));
                let mean = means.as_ref().and_then(|means| means.get(map));
                let mean = mean.map_or_else(|| "…".into(), |mean| words::short((*mean).into()));
                let text = if rect.width() < WIDE { mean } else { format!("map {map}, mean {mean}") };
                words::write(ui, line, Align2::LEFT_CENTER, &text, theme::small(), theme::of(ui).dim);
            }
            let frame = |[_, row, column]: [usize; 3]| {
                let own = drawn.cells(row as f32, column as f32, 1.0, 1.0);
                Rect::from_center_size(own.center(), own.size().max(vec2(5.0, 5.0)))
            };
            if looked[0] == map {
                let [c, row, column] = looked;
                if row + 1 < h {
                    let ink = Stroke::new(2.0, theme::of(ui).blue);
                    ui.painter().rect_stroke(frame([c, row + 1, column]), 0.0, ink, StrokeKind::Middle);
                }
                made.marked = Some(frame(looked));
            }
        }
        if let Some(marked) = made.marked {
            strokes::focus(ui.painter(), marked, theme::of(ui).focus);
        }
        made
    }

    /// The strip, and the means of the maps below.
    fn strips(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        numbers: &[f32],
        range: Option<(f32, f32)>,
        (looked, map): ([Option<usize>; 2], usize),
    ) -> Strips {
        let order = self.of.order;
        let [c, h, w] = order.sizes;
        let look = Look::Sequential.on(ui.visuals().dark_mode);
        let ends = range.unwrap_or_else(|| {
            numbers.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)))
        });
        let colors = |numbers: &[f32]| numbers.iter().map(|v| look.color(*v, ends)).collect::<Vec<Color32>>();
        let group = match order.layout {
            Layout::First if order.count() > MANY => h * w,
            Layout::First => w,
            Layout::Last => c,
        };
        let read = |into: bool| if self.pooled == into { ", into the dense layer" } else { "" };
        let shape =
            format!("{} numbers, {}{}", grouped(order.count() as u64), order.layout.name(), read(false));
        words::panel_name(ui, cell.name, "Flattened", &shape);
        let low = MEANS.min(cell.rect.height() * 0.35);
        let all = cell.rect.with_max_y(cell.rect.bottom() - low - 6.0);
        let outlined: Vec<usize> = looked[1].into_iter().collect();
        let of = Strip {
            name: "Flattened",
            numbers,
            colors: &colors(numbers),
            group,
            focus: looked[0],
            outlined: &outlined,
            faint: self.pooled,
        };
        let (lines, event) = strip(ui, all, &of);
        if let Some(means) = view.values(&self.of.means) {
            let foot = cell.rect.with_min_y(cell.rect.bottom() - low);
            let shape =
                format!("{}, the mean of each map{}", words::plural(c, "number", "numbers"), read(true));
            words::panel_name(ui, foot.with_max_y(foot.top() + 24.0), "Global average", &shape);
            let of = Strip {
                name: "Global average",
                numbers: &means,
                colors: &colors(&means),
                group: 1,
                focus: None,
                outlined: &[map],
                faint: !self.pooled,
            };
            strip(ui, foot.with_min_y(foot.top() + 26.0), &of);
        }
        Strips { focus: looked[0].map(|i| lines.cell(i)), event }
    }

    /// Probabilities of the dense layer.
    fn dense(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell) {
        let c = theme::of(ui);
        let shape = if self.pooled { "weights summed" } else { self.expects.name() };
        words::panel_name(ui, cell.name, "Dense layer", shape);
        let [read, meant, averaged] = self.of.shares.each_ref().map(|tensor| view.values(tensor));
        let (Some(now), Some(meant)) = (if self.pooled { averaged } else { read }, meant) else { return };
        let apart = now.iter().zip(meant.iter()).any(|(a, b)| (a - b).abs() > 0.005);
        let best = best(&now);
        let wrong = best != self::best(&meant) && !self.pooled;
        let row = |(class, share): (usize, &f32)| Ranked {
            name: self.classes.get(class).cloned().unwrap_or_default(),
            value: *share,
            text: words::percent((*share).into()),
            was: meant.get(class).copied().filter(|_| apart),
            chosen: class == best,
            focus: false,
            ink: if wrong { c.broken } else { c.blue },
        };
        let rows: Vec<Ranked> = now.iter().enumerate().map(row).collect();
        ranking(ui, cell.rect, "Probability", &rows, Axis::linear(0.0, 1.0));
    }

    fn measured(&self, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) {
        let order = self.of.order;
        let [c, h, _] = order.sizes;
        let (count, classes) = (order.count(), self.classes.len());
        let [flat, pooled] = self.of.parameters(classes);
        let apart = view.values(&self.of.differs);
        let apart = |at: usize| apart.as_ref().and_then(|v| v.get(at)).map(|v| f64::from(*v));
        let [step, _, _] = order.strides();
        let below = order.strides()[1];
        let text = |v: Option<f64>| v.map_or_else(|| "…".into(), words::short);
        let number = |n: usize| grouped(n as u64);
        let resorted = order.layout == Layout::Last || self.expects == Layout::Last;
        let last = match resorted {
            false => (
                "By formula",
                format!("differ by {}", text(apart(0))),
                0.0,
                format!("all {} in their place", number(count)),
                Voice::Good,
            ),
            true => {
                let broken = apart(1).is_some_and(|v| v > 1e-3);
                let voice = if broken { Voice::Broken } else { Voice::Good };
                (
                    "Scores differ by",
                    text(apart(1)),
                    f64::from(u8::from(broken)),
                    "from channels first".into(),
                    voice,
                )
            }
        };
        let near = match h {
            1 => ("Cell below", "none".into(), 0.0, "maps of one row".into(), Voice::Plain),
            _ => amount(
                "Cell below",
                words::plural(below, "place on", "places on"),
                below as f64 / count as f64,
                format!("same cell, next map: {step}"),
            ),
        };
        let rows = [
            near,
            amount(
                "Flatten, dense",
                number(flat),
                1.0,
                format!("({} + 1) × {classes} parameters", number(count)),
            ),
            amount(
                "Average, dense",
                number(pooled),
                pooled as f64 / flat as f64,
                format!("({c} + 1) × {classes}, {}", words::ratio(flat as f64, pooled as f64)),
            ),
            last,
        ];
        figures(ui, cells, &rows);
    }
}

/// What was drawn and pointed at of the maps.
#[derive(Clone, Copy, Default)]
struct Maps {
    /// Where the cell is that is looked at.
    marked: Option<Rect>,
    /// The cell that is pointed at, and whether it was clicked.
    pointed: Option<(usize, bool)>,
    range: Option<(f32, f32)>,
}

/// What was drawn and pointed at of the strips.
struct Strips {
    focus: Option<Rect>,
    event: Option<StripEvent>,
}

/// The place of the largest number.
pub fn best(numbers: &[f32]) -> usize {
    (0..numbers.len())
        .reduce(|best, next| if numbers[next] > numbers[best] { next } else { best })
        .unwrap_or(0)
}

/// The index of a cell worked out, and how far its neighbours are; `read`: where the kernel has put it, and its number.
fn worked(ui: &Ui, cell: &Cell, order: Order, [c, y, x]: [usize; 3], read: Option<(usize, f32)>) {
    let ink = theme::of(ui);
    words::panel_name(ui, cell.name, "One cell", &format!("({c}, {y}, {x})"));
    let [maps, _, w] = order.sizes;
    let [by_map, by_row, by_column] = order.strides();
    let map = (format!("map {c} × {by_map}"), c * by_map);
    let row = (format!("row {y} × {by_row}"), y * by_row);
    let column = (format!("column {x} × {by_column}"), x * by_column);
    let (terms, right) = match order.layout {
        Layout::First => ([map, row, column], 1),
        Layout::Last => ([row, column, map], maps),
    };
    // Where that is low, all but the number itself.
    let told = cell.rect.height() >= LOW;
    let high = (cell.rect.height() / if told { 8.0 } else { 7.0 }).min(27.0);
    let line = |i: usize| {
        Rect::from_min_size(cell.rect.min + vec2(0.0, i as f32 * high), vec2(cell.rect.width(), high))
    };
    let entry = |rect: Rect, name: &str, value: &str, loud: Color32| {
        // Letters may reach into the space between two lines.
        let rect = rect.expand2(vec2(0.0, 2.0));
        words::write(ui, rect, Align2::LEFT_CENTER, name, theme::control(), ink.dim);
        words::write(ui, rect, Align2::RIGHT_CENTER, value, theme::number(), loud);
    };
    for (i, (name, value)) in terms.iter().enumerate() {
        let sign = if i == 0 { "" } else { "+ " };
        entry(line(i), name, &format!("{sign}{value}"), ink.text);
    }
    let result = line(3).shrink2(vec2(1.0, 0.5));
    strokes::focus(ui.painter(), result, ink.focus);
    let (index, number) =
        read.map_or_else(Default::default, |(i, v)| (format!("= {i}"), words::short(v.into())));
    entry(result.shrink2(vec2(8.0, 0.0)), "index", &index, ink.text);
    if told {
        entry(line(4), "its number", &number, ink.text);
    }
    let far = [("next column", right), ("row below", w * right), ("next map", by_map)];
    for (i, (name, places)) in far.iter().enumerate() {
        let loud = if i == 1 { ink.blue } else { ink.text };
        entry(line(4 + usize::from(told) + i), name, &format!("+{places}"), loud);
    }
}
