//! Two deep networks drawn: at the left both as rows of layers with the gradient under each by powers of ten and the one
//! switch between them; at the right curves, and the gradient by layer and step on the same axis.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::rivals::{norms, whole_norm};
use crate::nn::RunId;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::colorbar::{Bar, colorbar};
use crate::viz::figures::curves::{self, Chart, ChartEvent, Series, Side, chart};
use crate::viz::figures::fit::{Metrics, Panel, Placement, Row};
use crate::viz::figures::heat::{Heat, HeatEvent, heat};
use crate::viz::figures::network::{Network, NetworkEvent, Node, network, places};
use crate::viz::figures::{page, race};
use crate::viz::{Quantity, View, theme, words};

/// Places of both columns among the panels of the page.
pub const NETWORKS: usize = 0;
pub const CURVES: usize = 1;
/// Least width of both columns, and how much of the rest the left one takes.
const COLUMNS: [f32; 2] = [286.0, 360.0];
const SHARE: f32 = 0.45;
/// Family of dense layers.
const DENSE: usize = 1;
/// Heights: name and score, what the bars are, the numbers below them, the one switch, a panel's name.
const HEAD: f32 = 24.0;
const LINE: f32 = 17.0;
const SWITCH: f32 = 28.0;
const NAME: f32 = 22.0;
/// Space between rows.
const SPACE: f32 = 8.0;
/// Share of the height of what stands at the foot of the left column, and of a heat.
const FOOT: f32 = 0.27;
const HEAT: f32 = 0.15;
/// Space between both heats.
const BETWEEN: f32 = 6.0;
/// Height of an arrowhead of the colour bar.
const ARROW: f32 = 5.0;
/// Width of the line that marks the slopes' own share.
const BOUND: f32 = 1.5;

/// Both networks, and what is shown of them.
pub struct Drawn<'a> {
    /// Their names.
    pub names: [&'a str; 2],
    /// What differs, and how it is in A and in B.
    pub switch: (&'a str, [String; 2]),
    /// Layers with weights.
    pub layers: usize,
    /// Units of each layer but the last.
    pub width: usize,
    /// Ways around blocks: the layer that is read and the one that reads it, from 0.
    pub ways: [Vec<[usize; 2]>; 2],
    /// A way, from 0, that is cut.
    pub lost: [Option<usize>; 2],
    /// The layer that is looked at, from 0.
    pub layer: usize,
    /// Least and greatest gradient that has a colour and a height of its own.
    pub range: [f32; 2],
    /// Whether the range follows what is measured, and is told for that reason.
    pub follows: bool,
    /// The largest slope of each one's activation: its powers are drawn as a line over the bars. `None`: no line.
    pub slopes: [Option<f64>; 2],
    /// What the upper charts show.
    pub charts: &'a [Quantity],
    /// Whether the norm of the whole gradient has a chart, and the largest one that B lets through, infinite if it clips none.
    pub whole: Option<f32>,
}

/// What was clicked: a layer, from 0, or a step that is to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clicked {
    /// The layer.
    pub layer: Option<usize>,
    /// The step.
    step: Option<u64>,
}

impl Clicked {
    fn or(self, other: Self) -> Self {
        Self { layer: self.layer.or(other.layer), step: self.step.or(other.step) }
    }
}

impl Drawn<'_> {
    /// Both columns.
    pub fn lay(ui: &mut Ui) -> Placement {
        let [left, right] = COLUMNS;
        let hero = vec![
            Panel::free(left, SHARE).unnamed().folded(1.5),
            Panel::free(right, 1.0).unnamed().folded(1.3),
        ];
        page::lay_with(ui, &[Row::Hero(hero)], &Metrics { gap: 20.0, ..Metrics::default() })
    }

    /// Draws both columns; `foot` draws what stands at the foot of the left one. Gives what was clicked.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        foot: impl FnOnce(&mut Ui, &mut View<'_>, Rect),
    ) -> Option<usize> {
        let placed = Self::lay(ui);
        let [left, right] = placed.cells(0).map(|cell| cell.rect);
        let read = [0, 1].map(|run| norms(view, run));
        let bottom = (left.height() * FOOT).floor();
        let each = ((left.height() - bottom - SWITCH - 3.0 * SPACE) / 2.0).floor();
        let mut top = left.top();
        let mut next = |high: f32| {
            let own = Rect::from_min_size(pos2(left.left(), top), vec2(left.width(), high));
            top += high + SPACE;
            own
        };
        let rows = [next(each), next(SWITCH), next(each), next(bottom)];
        let mut clicked = self.network(ui, view, rows[0], 0, read[0].as_deref());
        let (what, [a, b]) = &self.switch;
        race::legend(ui, rows[1], what, a, b);
        clicked = self.network(ui, view, rows[2], 1, read[1].as_deref()).or(clicked);
        foot(ui, view, rows[3]);
        clicked = clicked.or(self.right(ui, view, right, &read));
        if let (Some(step), Some(player)) = (clicked.step, view.stage.player_mut()) {
            player.show(step);
            ui.ctx().request_repaint();
        }
        clicked.layer
    }

    /// The axis of gradients.
    fn axis(&self) -> Axis {
        Axis::log(self.range[0], self.range[1])
    }

    /// One network: its name and score, its layers with their gradients, the first one's and the last one's number.
    fn network(&self, ui: &mut Ui, view: &View<'_>, rect: Rect, run: usize, read: Option<&[f32]>) -> Clicked {
        let c = theme::of(ui);
        let (letter, ink) = [("A", c.blue), ("B", c.b)][run];
        let score = view.player().and_then(|player| player.unseen(RunId(run)));
        let score = score.map_or_else(String::new, |share| words::percent_fine(share.into()));
        let head = rect.with_max_y(rect.top() + HEAD);
        let right = words::write(ui, head, Align2::RIGHT_CENTER, &score, theme::semibold(20.0), ink);
        let head = head.with_max_x(right.left() - SPACE);
        let own = words::write(ui, head, Align2::LEFT_CENTER, letter, theme::semibold(16.0), ink);
        let head = head.with_min_x(own.right() + SPACE);
        words::write(ui, head, Align2::LEFT_CENTER, self.names[run], theme::panel(), c.text);
        let line = Rect::from_min_size(pos2(rect.left(), rect.top() + HEAD), vec2(rect.width(), LINE));
        let bound = self.slopes[run].filter(|_| self.ways[run].is_empty());
        let said = match bound {
            Some(slope) => format!("gradient by powers of ten; line: {}ⁿ", slope_in_words(slope)),
            None if self.follows => {
                let [least, most] = self.range.map(|v| words::power(v.into()));
                format!("gradient under each layer, {least} to {most}")
            }
            None if self.whole.is_some() => "gradient before clipping, by powers of ten".into(),
            None => "gradient under each layer, by powers of ten".into(),
        };
        words::write(ui, line, Align2::LEFT_CENTER, &said, theme::small(), c.faint);
        let body = Rect::from_min_max(pos2(rect.left(), line.bottom() + 2.0), rect.max - vec2(0.0, LINE));
        let nodes: Vec<Node> = (0..self.layers).map(|at| self.node(at, run)).collect();
        let lost = self.lost[run].and_then(|at| self.ways[run].get(at));
        let cut: Vec<(usize, usize)> = lost.map(|[from, to]| (*to, *from)).into_iter().collect();
        // What overflowed is no number any more.
        let told = |v: &f32| if v.is_finite() { *v } else { f32::NAN };
        let bars: Vec<f32> =
            read.map_or_else(|| vec![0.0; self.layers], |read| read.iter().map(told).collect());
        let of = Network {
            name: self.names[run],
            nodes: &nodes,
            weights: &[],
            units: &[],
            inks: &[],
            bars: &bars,
            powers: self.range.map(f32::log10),
            ink,
            chosen: Some(self.layer),
            cut: &cut,
        };
        let event = ui.push_id(run, |ui| network(ui, body, &of)).inner;
        if let (Some(slope), Some(last)) = (bound, bars.last().filter(|v| v.is_finite())) {
            self.bound(ui, body, &of, slope, f64::from(*last));
        }
        let foot = rect.with_min_y(rect.bottom() - LINE);
        let number = |at: usize| read.and(bars.get(at)).map_or(String::new(), |v| gradient(f64::from(*v)));
        let text = |at: usize| format!("layer {}: {}", at + 1, number(at));
        words::write(ui, foot, Align2::LEFT_CENTER, &text(0), theme::small(), c.dim);
        words::write(ui, foot, Align2::RIGHT_CENTER, &text(self.layers - 1), theme::small(), c.dim);
        match event {
            Some(NetworkEvent::Node(at, true)) => Clicked { layer: Some(at), step: None },
            _ => Clicked::default(),
        }
    }

    /// A layer of a network; with a way around it, the next one reads what went into it as well.
    fn node(&self, at: usize, run: usize) -> Node {
        let shape =
            vec![if at + 1 == self.layers { crate::data::fashion::CLASSES.len() } else { self.width }];
        let around = self.ways[run].iter().filter(|[_, to]| *to == at).map(|[from, _]| *from);
        let inputs = at.checked_sub(1).into_iter().chain(around).collect();
        Node { name: format!("layer {}", at + 1), family: DENSE, shape, note: String::new(), inputs }
    }

    /// The last layer's gradient times the largest slope once for each activation between: a stroke over each bar.
    fn bound(&self, ui: &Ui, body: Rect, of: &Network<'_>, slope: f64, last: f64) {
        let at = places(body, of);
        let [lo, hi] = of.powers.map(f64::from);
        for (i, column) in at.columns.iter().enumerate() {
            let value = last * slope.powi((self.layers - 1 - i) as i32);
            let share = ((value.log10() - lo) / (hi - lo)).clamp(0.0, 1.0) as f32;
            let room = Rect::from_x_y_ranges(column.x_range(), at.bars.top() + 4.0..=at.bars.bottom());
            let y = room.bottom() - room.height() * share;
            let stroke = egui::Stroke::new(BOUND, theme::of(ui).text);
            ui.painter().hline(room.x_range(), y, stroke);
        }
    }

    /// Curves, and the gradients of both by layer and step.
    fn right(&self, ui: &mut Ui, view: &mut View<'_>, rect: Rect, read: &[Option<Vec<f32>>; 2]) -> Clicked {
        let high = (rect.height() * HEAT).floor().max(30.0);
        let heats = rect.with_min_y(rect.bottom() - 2.0 * high - BETWEEN);
        let name = Rect::from_min_size(heats.min - vec2(0.0, NAME), vec2(rect.width(), NAME));
        let mut upper = rect.with_max_y(name.top() - SPACE);
        let mut clicked = Clicked::default();
        if let Some(most) = self.whole {
            let own = upper.with_min_y(upper.top() + (upper.height() * 0.55).round());
            upper.max.y = own.top() - SPACE / 2.0;
            clicked = self.norm_chart(ui, view, own, most);
        }
        view.curves(ui, upper, self.charts);
        let plot = curves::frame(heats, false);
        let line = name.with_min_x(plot.left());
        words::panel_name(ui, line, "Gradient by layer and step", "magenta: not a number");
        for (run, half) in [0, 1].into_iter().zip([heats.top(), heats.bottom() - high]) {
            let own = Rect::from_min_size(pos2(rect.left(), half), vec2(rect.width(), high));
            clicked = clicked.or(self.heat(ui, view, own, run, read[run].as_deref()));
        }
        // Its arrowheads stand beyond both ends.
        let bar =
            Rect::from_min_max(pos2(plot.right() + 12.0, heats.top() + ARROW), heats.max - vec2(0.0, ARROW));
        let hovered = read[0].as_ref().and_then(|read| read.get(self.layer).copied());
        let of = Bar {
            map: &theme::SEQUENTIAL,
            range: self.axis(),
            hovered: hovered.filter(|v| *v >= self.range[0] && *v <= self.range[1]),
            clipped: [true, true],
            write: words::power,
        };
        colorbar(ui, bar, &of);
        clicked
    }

    /// The gradients of one network.
    fn heat(&self, ui: &mut Ui, view: &View<'_>, rect: Rect, run: usize, read: Option<&[f32]>) -> Clicked {
        let Some(player) = view.player() else { return Clicked::default() };
        let rows = player.runs()[run].layer_norms();
        let told = |v: &f32| if v.is_finite() { *v } else { f32::NAN };
        let mut values: Vec<f32> =
            rows.iter().flat_map(|row| row.iter().take(self.layers).map(told)).collect();
        if rows.is_empty() {
            values.extend(read.unwrap_or_default().iter().map(told));
        }
        let columns: Vec<f32> = (0..values.len() / self.layers).map(|at| at as f32 + 1.0).collect();
        let now = (player.target() as usize).saturating_sub(1);
        let last = player.planned().unwrap_or(1).max(player.step()).max(1) as f32;
        let of = Heat {
            name: ["Gradient of A", "Gradient of B"][run],
            layers: self.layers,
            values: &values,
            columns: &columns,
            // The column of a step ends where the curves have it.
            steps: Axis::linear(1.0, last + 1.0),
            range: self.axis(),
            map: &theme::SEQUENTIAL,
            marked: Some((now, self.layer)),
        };
        let event = heat(ui, rect, &of);
        let (letter, ink) = [("A", theme::of(ui).blue), ("B", theme::of(ui).b)][run];
        let left = rect.with_max_x(rect.left() + 20.0);
        words::write(ui, left, Align2::CENTER_CENTER, letter, theme::semibold(13.0), ink);
        match event {
            Some(HeatEvent::Clicked(column, layer)) => {
                Clicked { layer: Some(layer), step: columns.get(column).map(|step| *step as u64) }
            }
            _ => Clicked::default(),
        }
    }

    /// The norm of the whole gradient in each step, and the largest one that is let through.
    fn norm_chart(&self, ui: &mut Ui, view: &mut View<'_>, rect: Rect, most: f32) -> Clicked {
        // Before the first step, that of the one that comes next.
        let next = [0, 1].map(|run| whole_norm(view, run));
        let Some(player) = view.player() else { return Clicked::default() };
        let mut points: Vec<Vec<[f32; 2]>> = player
            .runs()
            .iter()
            .map(|run| run.history().iter().map(|r| [r.step as f32 + 1.0, r.gradient_norm]).collect())
            .collect();
        for (points, next) in points.iter_mut().zip(next) {
            if points.is_empty() {
                points.extend(next.map(|norm| [1.0, norm]));
            }
        }
        let series: Vec<Series<'_>> = points
            .iter()
            .zip([Side::A, Side::B])
            .zip(self.names)
            .map(|((points, side), name)| Series { name, side, validation: false, noisy: false, points })
            .collect();
        let mut values = Axis::log(most.min(0.1), 100.0);
        values.grow(points.iter().flatten().map(|p| p[1]));
        let steps = player.planned().unwrap_or(1).max(player.step()).max(1);
        let of = Chart {
            name: "Norm before clipping",
            remark: "",
            series: &series,
            old: &[],
            steps: Axis::linear(0.0, steps as f32),
            values,
            now: Some(player.target() as f32),
            chance: most.is_finite().then_some((most, "B is clipped to this")),
            marks: &[],
            gap: None,
            write: words::power,
            ticks: false,
        };
        match chart(ui, rect, &of) {
            Some(ChartEvent::Seek(step)) => Clicked { layer: None, step: Some(step.round().max(0.0) as u64) },
            _ => Clicked::default(),
        }
    }
}

/// A slope without zeros at its end.
pub fn slope_in_words(slope: f64) -> String {
    format!("{}", (slope * 100.0).round() / 100.0)
}

/// A gradient in a few letters; what is less than f32 can hold the square of is not called 0.
pub fn gradient(norm: f64) -> String {
    if norm == 0.0 { "under 10⁻¹⁹".into() } else { words::short(norm) }
}
