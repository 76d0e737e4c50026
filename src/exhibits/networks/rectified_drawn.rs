//! The page on ReLU drawn: a map before and behind the activation, the gradient behind and before it, one cell worked out;
//! all activations on one range, or two convolutions as one; two networks whose dead maps are counted.

use std::rc::Rc;

use egui::{Align2, Rect, Ui, Vec2, vec2};

use super::rectified::{Activation, ONE, PICTURES, Rectified, SCALE, Told};
use crate::gpu::{BufId, Tensor};
use crate::nn::RunId;
use crate::recipes::blocks::WIDTH;
use crate::recipes::gated::{DEAD, GATES};
use crate::settings::Choice as _;
use crate::viz::facts::grouped;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::curves::{Chart, ChartEvent, Series, Side, chart};
use crate::viz::figures::fit::{Cell, Metrics, Panel, Placement, Row};
use crate::viz::figures::function::{Function, function};
use crate::viz::figures::page::{self, amount, figures};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Of, Quantity, Range, View, theme};

/// Least side of the frame around the cell that is looked at.
const FRAME: f32 = 6.0;
/// Height of a line of the worked cell, and how many there are.
const LINE: f32 = 18.0;
const LINES: usize = 2;
/// Height of the two lines below a picture of the comparison.
const CAPTION: f32 = 36.0;
/// Width by height from which on the worked cell is low, and space between what stands side by side.
const LOW: f32 = 2.2;
/// Share of the width that the curve has where the text stands beside it.
const BESIDE: f32 = 0.36;
const APART: f32 = 8.0;
/// Width from which on a picture has room for more than a word.
const WORDY: f32 = 104.0;
/// Least height of a picture.
const LOWEST: f32 = 60.0;
/// Height of a name, share of the width that the chart of dead maps has, and space behind it.
const NAME: f32 = 24.0;
const COUNTED: f32 = 0.4;
const BETWEEN: f32 = 16.0;
/// Share of the height that the charts have, and its ends in points.
const CHARTS: (f32, std::ops::RangeInclusive<f32>) = (0.3, 110.0..=280.0);
/// Least values that the curve of the activation reaches to.
const REACH: f32 = 2.0;

/// What is drawn beside what was recorded.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Rectified,
    /// Row and column that are looked at; beyond the map the last ones count.
    pub at: [usize; 2],
    /// Learning rate of both networks.
    pub rate: f32,
}

/// A setting as it was set.
pub fn plain(value: f32) -> String {
    format!("{value}").replace('-', "−")
}

/// Percent for a short line.
fn brief(share: f64) -> String {
    words::percent(share).replace("over ", "> ").replace("under ", "< ").replace(" %", "")
}

/// The activation of B, which is compared with ReLU in training.
pub fn rival(of: Activation) -> Activation {
    if of == Activation::Relu { Activation::Leaky } else { of }
}

impl Drawn<'_> {
    /// Where all of it stands.
    pub fn lay(ui: &mut Ui) -> Placement {
        let m = Metrics { caption: CAPTION, row: 10.0, lowest: LOWEST, ..Metrics::default() };
        let room = ui.available_rect_before_wrap();
        let picture = Panel::picture(1.0);
        let hero = vec![picture, picture.bar(), picture, picture.bar(), Panel::free(150.0, 0.0).folded(0.6)];
        let below = vec![picture.unnamed().caption(); 5];
        let narrow = room.width() < m.fold;
        let below = if narrow { Row::Compare { count: 5, aspect: 1.0 } } else { Row::Hero(below) };
        let mut rows = vec![Row::Hero(hero), Row::Fixed(NAME), below, Row::Measured(4)];
        let high = (CHARTS.0 * room.height()).clamp(*CHARTS.1.start(), *CHARTS.1.end()).floor();
        // Below each other where there is one column.
        rows.extend(std::iter::repeat_n(Row::Fill(high), if narrow { 2 } else { 1 }));
        page::lay_with(ui, &rows, &m)
    }

    /// Name of the chosen activation.
    pub fn name(&self) -> &'static str {
        self.of.asked.activation.name()
    }

    /// Names of the activations of A and B.
    pub fn raced(&self) -> [&'static str; 2] {
        [Activation::Relu, rival(self.of.asked.activation)].map(|of| match of {
            Activation::None => "no activation",
            of => of.name(),
        })
    }

    /// Draws it; gives the cell that was clicked.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>, placed: &Placement) -> Option<[usize; 2]> {
        let told = self.of.read(view);
        let clicked = self.hero(ui, view, &placed.rows[0]);
        let title = placed.rows[1][0].rect;
        match self.of.asked.activation {
            Activation::None => self.pair(ui, view, title, &placed.rows[2], told.as_ref()),
            _ => self.ways(ui, view, title, &placed.rows[2], told.as_ref()),
        }
        self.measured(ui, &placed.rows[3], told.as_ref());
        self.training(ui, view, placed);
        clicked
    }

    /// The maps, the gradients and one cell; gives what was clicked.
    fn hero(&self, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell]) -> Option<[usize; 2]> {
        let [h, w] = self.of.side();
        let (y, [dy, dx]) = (self.of.y(), &self.of.gradients);
        let values = [&self.of.x, y, dy, dx].map(|tensor| view.values(tensor));
        let range = |tensor: &Tensor| Range::Shared(Rc::<[BufId]>::from([tensor.buf]));
        let shape = format!("x, {h} × {w}");
        let behind = if self.of.asked.activation == Activation::None { "y = x" } else { "y" };
        let [arrives, passed] = ["y", "x"].map(|of| format!("of {of}, × {SCALE}"));
        let panels = [
            ("Before", shape.as_str(), &self.of.x, range(&self.of.x)),
            ("Behind", behind, y, range(&self.of.x)),
            ("Gradient", &arrives, dy, range(dy)),
            ("Passed", &passed, dx, range(dy)),
        ];
        let mut drawn = Vec::new();
        for ((name, note, tensor, range), cell) in panels.into_iter().zip(cells) {
            let style = MapStyle::panel(name, note, Look::Diverging).range(range);
            drawn.push(view.panel(ui, cell, tensor, 0, &style));
        }
        let at = drawn.iter().find_map(|map| map.hovered).unwrap_or(self.at);
        let at = [at[0].min(h - 1), at[1].min(w - 1)];
        for map in &drawn {
            let own = map.cells(at[0] as f32, at[1] as f32, 1.0, 1.0);
            let own = Rect::from_center_size(own.center(), own.size().max(Vec2::splat(FRAME)));
            strokes::focus(ui.painter(), own, theme::of(ui).focus);
        }
        if values[1].as_ref().is_some_and(|y| y.iter().all(|v| *v == 0.0)) {
            let rect = drawn[1].rect;
            let why = if rect.width() > WORDY { "0: all x < 0" } else { "x < 0" };
            words::tag(ui, rect, rect.center(), why, Voice::Broken);
        }
        let read = |i: usize| values[i].as_ref().and_then(|v| v.get(at[0] * w + at[1]).copied());
        let one = [read(0), read(1), read(2), read(3)];
        self.one(ui, &cells[4], at, one);
        drawn.iter().find(|map| map.response.clicked()).and_then(|map| map.hovered)
    }

    /// One cell: the curve, the point on it, and its gradient.
    fn one(&self, ui: &mut Ui, cell: &Cell, at: [usize; 2], read: [Option<f32>; 4]) {
        words::panel_name(ui, cell.name, "One cell", &format!("{}, {}", at[0], at[1]));
        let act = self.of.asked.activation.act(self.of.asked.slope);
        let [x, y, dy, dx] = read;
        let point = x.zip(y).map(|(x, y)| ([x, y], act.slope(x.into()) as f32));
        let reach = x.map_or(REACH, |x| if x.abs() > REACH { (x.abs() * 1.1).ceil() } else { REACH });
        let high = LINE * LINES as f32;
        // Beside the curve where the room is low.
        let (plot, text) = match cell.rect.width() > LOW * cell.rect.height() {
            true => cell.rect.split_left_right_at_fraction(BESIDE),
            false => cell.rect.split_top_bottom_at_y(cell.rect.bottom() - high),
        };
        let text = if text.top() > plot.top() { text } else { text.with_min_x(text.left() + APART) };
        let f = |x: f32| act.apply(x.into()) as f32;
        function(ui, plot, &Function { name: self.name(), f: &f, reach, at: point });
        let short = |v: Option<f32>| v.map_or_else(|| "…".to_owned(), |v| words::short(v.into()));
        let slope = short(point.map(|(_, slope)| slope));
        let slope = if slope.contains('.') { slope.trim_end_matches('0') } else { &slope };
        let lines =
            [format!("x {} → y {}", short(x), short(y)), format!("{} · {slope} = {}", short(dy), short(dx))];
        for (i, line) in lines.iter().enumerate() {
            let own = Rect::from_min_size(text.min + vec2(0.0, i as f32 * LINE), vec2(text.width(), LINE));
            let fits = words::width(ui, line, theme::number()) <= own.width();
            let font = if fits { theme::number() } else { theme::small() };
            words::write(ui, own, Align2::LEFT_CENTER, line, font, theme::of(ui).focus_text);
        }
    }

    /// What is below picture `i` of the comparison, as far as to the next one: its name, and what was measured of it.
    fn below(ui: &Ui, cells: &[Cell], i: usize, [name, said]: [&str; 2], chosen: bool) {
        let cell = cells[i];
        let next = cells.get(i + 1).map(|next| next.rect.left() - APART).filter(|x| *x > cell.rect.right());
        let all = cell.caption.with_max_x(next.unwrap_or(cell.caption.right()));
        let (first, second) = all.split_top_bottom_at_fraction(0.5);
        page::label(ui, &Cell { caption: first, ..cell }, name, "", chosen);
        words::write(ui, second, Align2::LEFT_CENTER, said, theme::small(), theme::of(ui).dim);
    }

    /// The same sums through all activations.
    fn ways(&self, ui: &mut Ui, view: &mut View<'_>, title: Rect, cells: &[Cell], told: Option<&Told>) {
        let name = "The same x through five activations";
        words::panel_name(
            ui,
            title,
            name,
            "of the whole block: cells that are exactly 0 / gradient that passes",
        );
        let range = Range::Shared(Rc::<[BufId]>::from([self.of.x.buf]));
        for ((of, y), cell) in Activation::ALL.iter().zip(&self.of.ways).zip(cells) {
            let style = MapStyle::panel(of.name(), "y", Look::Diverging).range(range.clone()).untitled();
            view.panel(ui, cell, y, 0, &style);
            let i = *of as usize;
            let said = told.map_or_else(
                || "…".to_owned(),
                |told| format!("{} / {} %", brief(told.zeros[i]), brief(told.passes[i])),
            );
            Self::below(ui, cells, i, [of.name(), &said], *of == self.of.asked.activation);
        }
    }

    /// Two convolutions in a row and the one that they are.
    fn pair(&self, ui: &mut Ui, view: &mut View<'_>, title: Rect, cells: &[Cell], told: Option<&Told>) {
        let pair = &self.of.pair;
        let name = format!("Two convolutions of 3 × 3, and one of {ONE} × {ONE}");
        words::panel_name(ui, title, &name, "of blocks 3 and 4; largest differences, of the largest value");
        let apart = |i: usize| told.map_or_else(|| "…".to_owned(), |told| words::short(told.apart[i]));
        let range = Range::Shared(Rc::<[BufId]>::from([pair[1].buf]));
        let panels = [
            ("Two in a row", "3 × 3 twice".to_owned()),
            ("One", format!("{ONE} × {ONE}")),
            ("Apart", apart(0)),
            ("ReLU between", "3 × 3 twice".to_owned()),
            ("Apart", apart(1)),
        ];
        for (i, (((name, said), tensor), cell)) in panels.iter().zip(pair).zip(cells).enumerate() {
            let title = format!("{name} {}", i + 1);
            let style = MapStyle::panel(&title, "", Look::Diverging).range(range.clone()).untitled();
            view.panel(ui, cell, tensor, 0, &style);
            Self::below(ui, cells, i, [name, said], false);
        }
    }

    /// The measured row.
    fn measured(&self, ui: &mut Ui, cells: &[Cell], told: Option<&Told>) {
        let asked = self.of.asked;
        let chosen = asked.activation as usize;
        let share = |of: Option<f64>| (of.map_or_else(|| "…".into(), words::percent), of.unwrap_or(0.0));
        let zeros = share(told.map(|told| told.zeros[chosen]));
        let passes = share(told.map(|told| told.passes[chosen]));
        let dead = told.map_or(0, |told| told.dead[0]);
        let apart = |i: usize| told.map_or(0.0, |told| told.apart[i]);
        let between = if asked.activation == Activation::None { "nothing" } else { self.name() };
        let mut rows = [
            amount("Exactly 0", zeros.0, zeros.1, format!("of {} cells", grouped(self.of.cells as u64))),
            amount("Gradient passes", passes.0, passes.1, format!("of its size, block {}", asked.block + 1)),
            amount(
                "Dead maps",
                format!("{dead} of {WIDTH}"),
                dead as f64 / WIDTH as f64,
                format!("no slope for {PICTURES} pictures"),
            ),
            amount("Apart from one", words::short(apart(2)), apart(2), format!("with {between} between")),
        ];
        if dead > 0 && asked.bias < 0.0 {
            rows[2].4 = Voice::Broken;
        }
        figures(ui, cells, &rows);
    }

    /// Dead maps of both networks by steps, and what they have right.
    fn training(&self, ui: &mut Ui, view: &mut View<'_>, placed: &Placement) {
        let cells = match placed.folded {
            true => [placed.rows[4][0].rect, placed.rows[5][0].rect],
            false => {
                let all = placed.rows[4][0].rect;
                let (left, right) = all.split_left_right_at_fraction(COUNTED);
                [left.with_max_x(left.right() - BETWEEN), right]
            }
        };
        let cells = cells.map(|all| {
            let (name, rect) = all.split_top_bottom_at_y(all.top() + NAME);
            Cell { name, ..Cell::bare(rect) }
        });
        let [first, second] = self.raced();
        let asked = self.of.asked;
        words::panel_name(
            ui,
            cells[0].name,
            "Dead maps in training",
            &format!("of {GATES}, in a network that begins here"),
        );
        let said = format!("the only switch; bias {}, rate {}", plain(asked.bias), plain(self.rate));
        words::panel_name(ui, cells[1].name, &format!("A {first}, B {second}"), &said);
        let sought = self.dead(ui, view, cells[0].rect);
        view.curves(ui, cells[1].rect, &[Quantity::Accuracy(0.1)]);
        if let (Some(step), Some(player)) = (sought, view.stage.player_mut()) {
            player.show(step);
            ui.ctx().request_repaint();
        }
    }

    /// The chart of dead maps; gives the step that is to be shown.
    fn dead(&self, ui: &mut Ui, view: &mut View<'_>, rect: Rect) -> Option<u64> {
        let player = view.player()?;
        let now = player.target();
        let steps = player.planned().unwrap_or(1).max(player.step()).max(1);
        let views: Vec<Option<Tensor>> = player.runs().iter().map(|run| run.view(DEAD).cloned()).collect();
        let mut points: Vec<Vec<[f32; 2]>> = player.runs().iter().map(|run| run.noted(0).collect()).collect();
        for (run, (points, tensor)) in points.iter_mut().zip(views).enumerate() {
            // Before the first step nothing is noted, but the next batch has been looked at.
            let values = view.of(Of::Training(RunId(run))).values(&tensor?);
            if let Some(dead) = values.filter(|_| now == 0).and_then(|v| v.first().copied()) {
                points.insert(0, [0.0, dead]);
            }
        }
        let names = self.raced();
        let series: Vec<Series<'_>> = points
            .iter()
            .zip([Side::A, Side::B])
            .zip(names)
            .map(|((points, side), name)| Series { name, side, validation: false, noisy: false, points })
            .collect();
        let of = Chart {
            name: "Dead",
            remark: "",
            series: &series,
            old: &[],
            steps: Axis::linear(0.0, steps as f32),
            values: Axis::linear(0.0, GATES as f32),
            now: Some(now as f32),
            chance: None,
            marks: &[],
            gap: None,
            write: words::short,
            ticks: true,
        };
        match chart(ui, rect, &of)? {
            ChartEvent::Seek(step) => Some(step.round().max(0.0) as u64),
            ChartEvent::Hovered(_) => None,
        }
    }
}
