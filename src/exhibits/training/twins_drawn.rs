//! The page on zeros drawn: both networks unit by unit, how alike their units are, what was measured, the losses.

use egui::{Align2, Color32, Rect, Ui, Vec2, pos2, vec2};

use super::twins::{Last, Start, Twins, plain};
use crate::nn::RunId;
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row};
use crate::viz::figures::grid::{Grid, grid};
use crate::viz::figures::network::{Network, NetworkEvent, Node, network};
use crate::viz::figures::page::{self, amount};
use crate::viz::words::{self, Voice};
use crate::viz::{Of, Quantity, View, theme};

/// Place of dense layers and of other things among the families of layers.
const DENSE: usize = 1;
const OTHER: usize = 6;
/// Powers of ten of the lowest and the highest bar of gradients.
const POWERS: [f32; 2] = [-6.0, 0.0];
/// Least width of a network and of the losses.
const NETWORK: f32 = 260.0;
const LOSSES: f32 = 240.0;
/// Share of the height that likeness and losses have, and between what heights; height of a name and space between.
const BELOW: f32 = 0.33;
const BETWEEN: [f32; 2] = [150.0, 360.0];
const NAME: f32 = 24.0;
const SPACE: f32 = 14.0;

/// Numbers of panels, for the sentence: networks; likeness and losses; the first of the measured figures.
pub const NETWORKS: [usize; 2] = [0, 1];
/// Cosines and losses.
pub const BELOWS: usize = 2;
/// Distinct units.
pub const MEASURED: usize = 3;

/// What is drawn beside what is read.
pub struct Drawn<'a> {
    /// How A begins, and how B.
    pub starts: &'a [Start; 2],
    /// Learning rate.
    pub rate: f32,
}

impl Drawn<'_> {
    /// Draws it, with both networks as they were last read.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>, last: &Last) {
        let high = (ui.available_height() * BELOW).clamp(BETWEEN[0], BETWEEN[1]);
        let networks = vec![Panel::free(NETWORK, 1.0).folded(0.7); 2];
        let rows = [Row::Hero(networks), Row::Fixed(high), Row::Measured(4)];
        let placed = page::lay_with(ui, &rows, &Metrics { row: 12.0, ..Metrics::default() });
        let twins = &last.0;
        let below = placed.rows[1][0].rect;
        let side = (below.height() - NAME).min((below.width() - LOSSES) / 2.0 - SPACE).floor();
        for (which, twins) in twins.iter().enumerate() {
            self.network(ui, view, &placed.rows[0][which], which, twins.as_ref());
            let left = below.left() + which as f32 * (side + SPACE);
            let name = Rect::from_min_size(pos2(left, below.top()), vec2(side, NAME));
            let cell =
                Cell { name, ..Cell::bare(Rect::from_min_size(name.left_bottom(), Vec2::splat(side))) };
            likeness(ui, &cell, which, twins.as_ref());
        }
        let losses = below.with_min_x(below.left() + 2.0 * (side + SPACE));
        view.curves(ui, losses, &[Quantity::Loss]);
        if let [Some(a), Some(b)] = twins {
            self.measured(ui, view, &placed.rows[2], [a, b]);
        }
    }

    /// A network; a unit that is pointed at is told by the gradient of its first weight.
    fn network(&self, ui: &mut Ui, view: &mut View<'_>, cell: &Cell, side: usize, twins: Option<&Twins>) {
        let c = theme::of(ui);
        let (letter, ink) = [("A", c.blue), ("B", c.b)][side];
        let name = format!("{letter} {}", self.starts[side].name());
        let wide = words::write(ui, cell.name, Align2::LEFT_CENTER, &name, theme::semibold(14.0), ink);
        let Some(twins) = twins else { return };
        let said = words::plural(twins.distinct, "distinct unit", "distinct units");
        let rest = cell.name.with_min_x((wide.right() + 10.0).min(cell.name.right()));
        words::write(ui, rest, Align2::LEFT_CENTER, &said, theme::small(), c.faint);
        let units = twins.units();
        let node = |name: &str, family, shape, note, inputs| Node {
            name: name.into(),
            family,
            shape: vec![shape],
            note,
            inputs,
        };
        let nodes = [
            node("x, y", OTHER, 2, "gradient, log:".into(), vec![]),
            node("hidden", DENSE, units, size(twins.hidden), vec![0]),
            node("logit", DENSE, 1, size(twins.out[0].hypot(twins.out[1])), vec![1]),
        ];
        let inks: Vec<Color32> = twins.group.iter().map(|group| colour(*group, twins.distinct)).collect();
        let bars = [0.0, twins.hidden as f32, twins.out[0].hypot(twins.out[1]) as f32];
        let of = Network {
            name: &name,
            nodes: &nodes,
            weights: &[&[], &twins.weights[0], &twins.weights[1]],
            units: &[],
            inks: &[&[], &inks],
            bars: &bars,
            powers: POWERS,
            ink,
            chosen: None,
            cut: &[],
        };
        let layer = match network(ui, cell.rect, &of) {
            Some(NetworkEvent::Unit(node @ 1.., unit, _)) => Some((node - 1, unit)),
            Some(NetworkEvent::Node(node @ 1.., _)) => Some((node - 1, 0)),
            _ => None,
        };
        if let Some((layer, unit)) = layer {
            point_at_gradient(view, RunId(side), layer, unit);
        }
    }

    fn measured(&self, ui: &mut Ui, view: &View<'_>, cells: &[Cell], [a, b]: [&Twins; 2]) {
        let right = [0, 1].map(|run| view.player().and_then(|player| player.unseen(RunId(run))));
        let share = |share: Option<f32>| share.map_or("–".into(), |share| words::percent(share.into()));
        let units = a.units();
        let mut rows = [
            amount(
                "Distinct units of A",
                format!("{} of {units}", a.distinct),
                a.distinct as f64 / units.max(1) as f64,
                format!("B: {} of {units}", b.distinct),
            ),
            amount(
                "Least cosine of A",
                a.told_least(),
                a.least().map_or(0.0, |v| (v + 1.0) / 2.0),
                format!("B: {}; 1: same direction", b.told_least()),
            ),
            amount(
                "Gradient, hidden",
                size(a.hidden),
                (a.hidden.log10() / f64::from(-POWERS[0]) + 1.0).clamp(0.0, 1.0),
                format!("B: {}; learning rate {}", size(b.hidden), plain(self.rate)),
            ),
            amount(
                "Unseen points, A",
                share(right[0]),
                f64::from(right[0].unwrap_or(0.0)),
                format!("B: {} right", share(right[1])),
            ),
        ];
        if a.distinct < units {
            rows[0].4 = Voice::Broken;
        }
        if a.hidden == 0.0 {
            rows[2].4 = Voice::Broken;
        }
        page::figures(ui, cells, &rows);
    }
}

/// Points at the gradient of the first weight of a unit of a layer, both from 0.
fn point_at_gradient(view: &mut View<'_>, id: RunId, layer: usize, unit: usize) {
    let gradient = view.player().and_then(|player| {
        let run = player.runs().get(id.0)?;
        run.gradient(&run.weight(*run.layers().get(layer)?.params.first()?))
    });
    if let Some(gradient) = gradient {
        let row = gradient.len() / gradient.shape[0];
        view.of(Of::Training(id)).point(&gradient, unit * row);
    }
}

/// The size of a gradient in words; nothing but 0 itself is called 0.
pub fn size(v: f64) -> String {
    if v == 0.0 { "exactly 0".into() } else { words::short(v) }
}

/// The colour of one of `count` distinct units.
fn colour(group: usize, count: usize) -> Color32 {
    theme::along(&theme::SEQUENTIAL, 0.1 + 0.85 * (group as f32 + 0.5) / count.max(1) as f32)
}

/// How alike the hidden units are, each with each.
fn likeness(ui: &mut Ui, cell: &Cell, side: usize, twins: Option<&Twins>) {
    let letter = ["A", "B"][side];
    let Some(twins) = twins else {
        words::panel_name(ui, cell.name, &format!("Cosines {letter}"), "");
        return;
    };
    let mut numbers = twins.cosines.to_vec();
    let blank: Vec<usize> = (0..numbers.len()).filter(|i| !numbers[*i].is_finite()).collect();
    let said = if blank.is_empty() { "unit by unit" } else { "0/0: no direction" };
    words::panel_name(ui, cell.name, &format!("Cosines {letter}"), said);
    let map = theme::diverging(ui.visuals());
    let colors: Vec<Color32> = numbers.iter().map(|v| theme::along(map, 0.5 + v / 2.0)).collect();
    let name = format!("Cosine of each two hidden units of {letter}");
    let of = Grid { blank: &blank, limits: [-1.0, 1.0], ..Grid::new(&name, twins.units(), &colors) };
    grid(ui, cell.rect, &mut numbers, &of);
}
