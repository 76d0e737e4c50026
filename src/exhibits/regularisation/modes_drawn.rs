//! The page on batch norm and dropout drawn: for each network what goes into its last ReLU, over the steps as a ridge and in
//! both modes as a histogram; the gaps between the modes; the losses.

use egui::{Align2, Rect, Ui, vec2};

use super::modes::{BOTH, Last, NETWORKS, NORM, Order, Told};
use crate::nn::RunId;
use crate::recipes::Modes;
use crate::viz::figures::axis::Axis;
use crate::viz::figures::fit::{Cell, Metrics, Panel, Row};
use crate::viz::figures::histogram::{Histogram, histogram, ridge};
use crate::viz::figures::page::{self, amount};
use crate::viz::words::{self, Voice};
use crate::viz::{Of, Quantity, View, theme};

/// Least width of a network, least height of the losses, of a line of words, share of the height that the ridge has, and
/// space below it.
const LEAST: f32 = 128.0;
const LOSSES: f32 = 138.0;
const LINE: f32 = 18.0;
const RIDGE: f32 = 0.54;
const SPACE: f32 = 6.0;
/// Numbers before the first histogram among what is noted.
const HEAD: usize = 3;
/// How far from 1 what is kept of the spread, and how large the gap of batch norm may be.
const KEPT: f64 = 0.1;
const GAP: f64 = 0.15;

/// Number of the first of the measured figures among the panels, for the sentence.
pub const MEASURED: usize = NETWORKS;

/// Whether training and testing fit: batch norm gives both the same spread, and alone the same outputs.
pub fn fits(network: usize, told: &Told) -> bool {
    match network {
        NORM => told.gap <= GAP && (told.kept() - 1.0).abs() <= KEPT,
        BOTH => (told.kept() - 1.0).abs() <= KEPT,
        _ => true,
    }
}

/// A deviation in words.
pub fn spread(v: f64) -> String {
    if v.is_finite() { format!("{v:.2}") } else { "–".into() }
}

/// What is drawn beside what is read.
pub struct Drawn {
    /// Which stands first where there are both.
    pub order: Order,
    /// Learning rate.
    pub rate: f32,
}

impl Drawn {
    /// Draws it, with the networks as they were last read.
    pub fn draw(&self, ui: &mut Ui, view: &mut View<'_>, last: &Last) {
        let hero = vec![Panel::free(LEAST, 1.0).folded(1.1); NETWORKS];
        let rows = [Row::Hero(hero), Row::Measured(NETWORKS), Row::Fill(LOSSES)];
        let placed = page::lay_with(ui, &rows, &Metrics { row: 12.0, ..Metrics::default() });
        let names = self.order.names();
        for (network, (name, told)) in names.into_iter().zip(&last.0).enumerate() {
            column(ui, view, &placed.rows[0][network], network, name, told.as_ref());
        }
        self.measured(ui, view, &placed.rows[1], last);
        view.curves(ui, placed.rows[2][0].rect, &[Quantity::Loss]);
    }

    fn measured(&self, ui: &mut Ui, view: &View<'_>, cells: &[Cell], last: &Last) {
        let trained = view.player().is_some_and(|player| player.target() > 0);
        let labels = self.order.names().map(|name| format!("Gap, {name}"));
        let figures = labels.iter().zip(&last.0).enumerate().map(|(network, (label, told))| {
            let Some(told) = told else { return amount(label, "–", 0.0, "") };
            let [training, testing] = told.spread.map(spread);
            // Without either there is no gap to speak of.
            let under = match network {
                0 => format!("all: learning rate {}", self.rate),
                _ => format!("spread {training}, testing {testing}"),
            };
            let mut row = amount(label, words::percent(told.gap), told.gap.min(1.0), under);
            row.4 = if !trained || fits(network, told) { Voice::A } else { Voice::Broken };
            row
        });
        page::figures(ui, cells, &figures.collect::<Vec<_>>());
    }
}

/// One network.
fn column(ui: &mut Ui, view: &mut View<'_>, cell: &Cell, network: usize, name: &str, told: Option<&Told>) {
    let c = theme::of(ui);
    let ink = theme::SERIES[network];
    let id = RunId(network);
    let right = view.player().and_then(|player| player.unseen(id));
    let wide = words::write(ui, cell.name, Align2::LEFT_CENTER, name, theme::semibold(14.0), ink);
    if let Some(share) = right.filter(|_| view.player().is_some_and(|player| player.target() > 0)) {
        let rest = cell.name.with_min_x((wide.right() + 6.0).min(cell.name.right()));
        let long = format!("{} right", words::percent(share.into()));
        let fits = words::width(ui, &long, theme::number()) <= rest.width();
        let text = if fits { long } else { words::percent(share.into()) };
        words::write(ui, rest, Align2::RIGHT_CENTER, &text, theme::number(), c.dim);
    }
    let Some(told) = told else { return };
    let high = (cell.rect.height() * RIDGE).floor();
    let upper = Rect::from_min_size(cell.rect.min, vec2(cell.rect.width(), high));
    let lower = cell.rect.with_min_y(upper.bottom() + SPACE + LINE);
    let range = Axis::linear(-Modes::REACH, Modes::REACH);
    let hills: Vec<&[f32]> = told.hills.iter().map(|(_, counts)| counts.as_slice()).collect();
    let names: Vec<String> = told.hills.iter().map(|(step, _)| step.to_string()).collect();
    ridge(ui, upper, &format!("Into the last ReLU, {name}"), &hills, &names, range, ink);
    let line = Rect::from_min_size(upper.left_bottom() + vec2(0.0, SPACE), vec2(cell.rect.width(), LINE));
    words::write(ui, line, Align2::LEFT_CENTER, "in training", theme::semibold(12.0), c.blue);
    words::write(
        ui,
        line,
        Align2::RIGHT_CENTER,
        &format!("± {}", spread(told.spread[0])),
        theme::small(),
        c.dim,
    );
    let [a, b] = &told.now;
    let remark = format!("in testing ± {}", spread(told.spread[1]));
    let title = format!("Training over testing, {name}");
    let of = Histogram { name: &title, a, b, range, most: None, root: false, remark: &remark };
    if let Some(bin) = histogram(ui, lower, &of) {
        let noted = view.player().and_then(|player| player.runs().get(network)?.view(Modes::VIEW).cloned());
        if let Some(noted) = noted {
            view.of(Of::Training(id)).point(&noted, HEAD + bin);
        }
    }
}
