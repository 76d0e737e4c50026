//! The page on layers and units drawn: the plane as each network divides it, with the points; every hidden unit's own
//! surface, one of them large; the losses and what was measured.

use egui::{Align2, Rect, Ui, Vec2};

use super::bounded::{Bounded, REACH, SIDE, Size, Unit, right};
use super::twins::Activation;
use crate::gpu::Tensor;
use crate::nn::Player;
use crate::viz::facts::grouped;
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row, tiles};
use crate::viz::figures::page::{self, amount};
use crate::viz::figures::scatter::{Dot, dots};
use crate::viz::figures::strokes;
use crate::viz::words::{self, Voice};
use crate::viz::{Look, MapStyle, Of, Quantity, Range, View, theme};

/// The logit whose colour is the strongest, on both sides of 0.
const STRONGEST: f32 = 8.0;
/// Least height of the row of units, least side of a plane, least width of the losses, space beside them, and most space
/// between two planes.
const UNITS: f32 = 158.0;
const LEAST: f32 = 170.0;
const LOSSES: f32 = 270.0;
const SPACES: f32 = 12.0;
const APART: f32 = 60.0;
/// Height of a layer's name, space between tiles, largest tile, and most tiles of a layer.
const NAME: f32 = 18.0;
const SPACE: f32 = 3.0;
const LARGEST: f32 = 54.0;
const MOST: usize = 48;

/// Numbers of panels, for the sentence: both planes, one unit, units and losses, parameters, right answers.
pub const PLANES: [usize; 2] = [0, 1];
/// All units.
pub const ALL_UNITS: usize = 3;
/// Parameters.
pub const PARAMETERS: usize = 4;

/// What is drawn.
pub struct Drawn<'a> {
    /// What was recorded.
    pub of: &'a Bounded,
    /// The unit that is shown large.
    pub unit: Unit,
}

impl Drawn<'_> {
    /// Draws it; gives the unit that was clicked.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>) -> Option<Unit> {
        let plane = Panel::picture(1.0).caption();
        let hero = vec![plane, plane, plane.bar()];
        let rows = [Row::Hero(hero), Row::Fill(UNITS), Row::Measured(4)];
        let metrics = Metrics { row: 12.0, lowest: LEAST, widest_gap: APART, ..Metrics::default() };
        let placed = page::lay_with(ui, &rows, &metrics);
        let hero = &placed.rows[0];
        for (run, cell) in hero.iter().take(2).enumerate() {
            self.plane(ui, view, cell, run);
        }
        // Units stand below their network where the three planes stand side by side; the losses take what they need.
        let below = placed.rows[1][0].rect;
        let third = below.width() / 3.0;
        let [b, rest] = match placed.folded {
            true => [1.0, 2.0].map(|i| below.left() + i * third),
            false => [hero[1].rect.left(), hero[2].rect.left().min(below.right() - LOSSES)],
        };
        let a = if placed.folded { below.left() } else { hero[0].rect.left() };
        let [a, b, rest] = [[a, b - SPACES], [b, rest - SPACES], [rest, below.right()]];
        let within = |[from, to]: [f32; 2]| below.with_min_x(from).with_max_x(to);
        let told = [a, b].into_iter().enumerate().map(|(run, x)| self.units(ui, view, within(x), run));
        let told: Vec<Told> = told.collect();
        let pointed = told.iter().find_map(|told| told.pointed);
        self.unit(ui, view, &hero[2], pointed.unwrap_or(self.unit));
        view.curves(ui, within(rest), &[Quantity::Loss]);
        self.measured(ui, view, &placed.rows[2]);
        told.into_iter().find_map(|told| told.clicked)
    }

    /// The plane as a network divides it, and the points.
    fn plane(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell, run: usize) {
        let c = theme::of(ui);
        let (letter, ink) = [("A", c.blue), ("B", c.b)][run];
        let name = format!("{letter} {}", self.of.sizes[run].name());
        let wide = words::write(ui, cell.name, Align2::LEFT_CENTER, &name, theme::semibold(14.0), ink);
        if let Some([_, unseen]) = right(view, run) {
            let rest = cell.name.with_min_x((wide.right() + 6.0).min(cell.name.right()));
            let text = format!("{} right", words::percent(unseen));
            if words::width(ui, &text, theme::value()) <= rest.width() {
                words::write(ui, rest, Align2::RIGHT_CENTER, &text, theme::value(), c.dim);
            }
        }
        let (Some(look), Some(logit)) = (self.of.look(view, run), self.of.boundary(view, run)) else {
            return;
        };
        let title = format!("Logit of {letter}");
        let style = MapStyle::panel(&title, "", Look::Diverging)
            .range(Range::Fixed(-STRONGEST, STRONGEST))
            .untitled();
        let map = view.of(Of::Looking(look)).panel(ui, cell, &logit, 0, &style.unwritten());
        let colours = theme::diverging(ui.visuals());
        let ends = [0.0, 1.0].map(|t| theme::along(colours, t));
        remark(ui, cell.caption, ["dots: learned from; rings: unseen", "logit 0 is the boundary"][run]);
        // What was learned from lies over what was not.
        let sets = [(&self.of.points[1], true), (&self.of.points[0], false)];
        let all = sets.into_iter().flat_map(|(points, hollow)| {
            points.iter().map(move |(at, class)| Dot { at: *at, ink: ends[(*class).min(1) as usize], hollow })
        });
        dots(ui, map.rect, REACH, &all.collect::<Vec<_>>());
    }

    /// How a unit's surface is drawn: on one range with those of its layer.
    fn style<'s>(&self, title: &'s str, shape: &'s str) -> MapStyle<'s> {
        match self.of.activation {
            Activation::Tanh => MapStyle::panel(title, shape, Look::Diverging).range(Range::Fixed(-1.0, 1.0)),
            Activation::Sigmoid => {
                MapStyle::panel(title, shape, Look::Sequential).range(Range::Fixed(0.0, 1.0))
            }
            Activation::Relu => MapStyle::panel(title, shape, Look::Sequential).together(),
        }
    }

    /// Every hidden unit of a network, layer by layer, in `room`.
    fn units(&self, ui: &mut Ui, view: &mut View<'_>, room: Rect, run: usize) -> Told {
        let mut told = Told::default();
        let size = self.of.sizes[run];
        let shown = size.units.min(MOST);
        let high = (room.height() / size.layers as f32).floor();
        let c = theme::of(ui);
        let Some(look) = self.of.look(view, run) else { return told };
        for layer in 0..size.layers {
            let top = room.top() + high * layer as f32;
            let line = room.with_min_y(top).with_max_y(top + NAME);
            let letter = ["A", "B"][run];
            let kind = if layer == 0 { "straight edges" } else { "edges bent" };
            let count =
                if shown < size.units { format!("{shown} of {} units", size.units) } else { kind.into() };
            let name = format!("{letter}, layer {}", layer + 1);
            let ink = [c.blue, c.b][run];
            let wide = words::write(ui, line, Align2::LEFT_CENTER, &name, theme::semibold(13.0), ink);
            let rest = line.with_min_x((wide.right() + 6.0).min(line.right()));
            remark(ui, rest, &count);
            let Some([surfaces, output]) = self.of.surfaces(view, run, layer) else { continue };
            let own = room.with_min_y(line.bottom()).with_max_y(top + high - 4.0);
            for (unit, rect) in tiles(own, shown, 1.0, [SPACE, 0.0]).into_iter().enumerate() {
                let of = Unit { run, layer, unit };
                let rect = Rect::from_min_size(rect.min, rect.size().min(Vec2::splat(LARGEST)));
                let title = format!("{letter}, layer {}, unit {}", layer + 1, unit + 1);
                let style = self.style(&title, "").untitled().to_choose().unwritten();
                let mut own = view.of(Of::Looking(look));
                let map = own.panel(ui, &Cell::bare(rect), &surfaces, unit, &style);
                explain(&mut own, &output, unit, map.hovered);
                if map.response.clicked() {
                    told.clicked = Some(of);
                }
                if map.hovered.is_some() {
                    told.pointed = Some(of);
                }
                if of == self.unit {
                    strokes::chosen(ui.painter(), rect, c.blue);
                }
            }
        }
        told
    }

    /// One unit large.
    fn unit(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell, of: Unit) {
        let Unit { run, layer, unit } = of;
        let name = format!("Unit {} of {}, layer {}", unit + 1, ["A", "B"][run], layer + 1);
        let found = self.of.look(view, run).zip(self.of.surfaces(view, run, layer));
        let Some((look, [surfaces, output])) = found else {
            words::panel_name(ui, cell.name, &name, "");
            return;
        };
        let inputs = if layer == 0 { 2 } else { self.of.sizes[run].units };
        let shape = format!("{inputs} inputs");
        let hint = "point at a unit below to see it here";
        remark(ui, cell.caption, hint);
        let mut own = view.of(Of::Looking(look));
        let map = own.panel(ui, cell, &surfaces, unit, &self.style(&name, &shape).unwritten());
        explain(&mut own, &output, unit, map.hovered);
    }

    fn measured(&self, ui: &mut Ui, view: &View<'_>, cells: &[Cell]) {
        let counts = self.of.sizes.map(Size::parameters);
        let of = [0, 1].map(|run| right(view, run));
        let told = |run: usize, which: usize| of[run].map_or(f64::NAN, |both: [f64; 2]| both[which]);
        let percent = |share: f64| if share.is_finite() { words::percent(share) } else { "–".into() };
        let counted = counts.map(|count| grouped(count as u64));
        let share = |which: usize| if told(0, which).is_finite() { told(0, which) } else { 0.0 };
        let gap = [0, 1].map(|run| told(run, 0) - told(run, 1));
        let points = |gap: f64| {
            if gap.is_finite() {
                format!("{:.0} points", gap * 100.0).replace('-', "−")
            } else {
                "–".into()
            }
        };
        let steps = view.player().map_or(0, Player::target);
        let most = counts[0].max(counts[1]) as f64;
        let mut rows = [
            amount("Parameters of A", &counted[0], counts[0] as f64 / most, format!("B: {}", counted[1])),
            amount("Batches right, A", percent(told(0, 0)), share(0), format!("B: {}", percent(told(1, 0)))),
            amount(
                "Unseen right, A",
                percent(told(0, 1)),
                share(1),
                format!("B: {}; step {steps}", percent(told(1, 1))),
            ),
            amount("Gap of A", points(gap[0]), gap[0].abs().min(1.0), format!("B: {}", points(gap[1]))),
        ];
        if gap[0] > 0.1 {
            rows[3].4 = Voice::Broken;
        }
        if !gap[0].is_finite() {
            rows[3].2 = 0.0;
        }
        page::figures(ui, cells, &rows);
    }
}

/// What was done with the units of a network.
#[derive(Default)]
struct Told {
    pointed: Option<Unit>,
    clicked: Option<Unit>,
}

/// Says it where there is room for all of it.
fn remark(ui: &Ui, rect: Rect, text: &str) {
    if words::width(ui, text, theme::small()) <= rect.width() {
        words::write(ui, rect, Align2::LEFT_CENTER, text, theme::small(), theme::of(ui).faint);
    }
}

/// Explains a cell of a unit's surface by the layer that has computed it, and not by its place in the picture.
fn explain(view: &mut View<'_>, output: &Tensor, unit: usize, hovered: Option<[usize; 2]>) {
    if let Some([row, column]) = hovered {
        let units = output.len() / (SIDE * SIDE);
        view.point(output, (row * SIDE + column) * units + unit);
    }
}
