//! Categorical and sparse categorical cross-entropy on one batch: the same losses and gradients of labels as vectors and
//! as indices, what the labels take, and soft labels, which an index cannot say.

use super::labels::{Asked, Batch, Labels, MOST};
use super::labels_drawn::{Drawn, Format};
use super::labels_questions;
use super::labels_said::said;
use crate::exhibits::prelude::*;

/// Samples and classes of the logits that can be typed.
const GRID: [usize; 2] = [6, 4];
/// Least height of a row.
const LOWEST: f32 = 100.0;

choices! {
    /// Where the logits come from.
    enum Source { Drawn = "drawn", Grid = "typed" }
}

settings! {
    /// The page.
    pub struct CrossEntropyLabels {
        batch: u32 = 8,
        classes: u32 = 5,
        labels: Labels = Labels::Hard,
        amount: f32 = 0.3,
        format: Format = Format::Vectors,
        source: Source = Source::Drawn,
        lead: f32 = 1.0,
        spread: f32 = 1.5,
        seed: u32 = 3,
        grid: Vec<f32> = typed(),
        cell: u32 = 4,
    }
}

/// Logits that lead one class after the other.
fn typed() -> Vec<f32> {
    let [n, k] = GRID;
    (0..n * k).map(|i| if i / k % k == i % k { 2.0 } else { (i % 3) as f32 * 0.5 }).collect()
}

impl CrossEntropyLabels {
    fn sizes(&self) -> [usize; 2] {
        match self.source {
            Source::Drawn => [self.batch, self.classes].map(|n| n as usize),
            Source::Grid => GRID,
        }
    }
}

impl Exhibit for CrossEntropyLabels {
    type Shown = Batch;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let drawn = self.source == Source::Drawn;
        k.heading("Batch");
        let [samples, classes] = MOST.map(|n| n as u32);
        Knob::int("batch", "Samples N", &mut self.batch, 1..=samples).enabled(drawn).show(k);
        Knob::int("classes", "Classes K", &mut self.classes, 2..=classes).enabled(drawn).show(k);
        k.heading("Labels");
        Knob::choice("labels", "Labels", &mut self.labels)
            .help("Smoothed: a part goes to all classes; mixed: a part is the label of the next sample")
            .show(k);
        let soft = self.labels != Labels::Hard;
        Knob::float("amount", "Part elsewhere", &mut self.amount, 0.0..=0.45).enabled(soft).show(k);
        Knob::choice("format", "Given as", &mut self.format)
            .help("Vectors for categorical, indices for sparse categorical cross-entropy")
            .draws()
            .show(k);
        k.heading("Logits");
        Knob::choice("logits", "Logits", &mut self.source).show(k);
        Knob::float("lead", "Lead of the right", &mut self.lead, -5.0..=10.0)
            .help("Added to the logit of the right class: high is sure and right, low is wrong")
            .enabled(drawn)
            .show(k);
        Knob::float("spread", "Spread", &mut self.spread, 0.0..=5.0).enabled(drawn).show(k);
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).show(k);
        Knob::numbers("grid", "Typed logits", &mut self.grid, GRID[1]).enabled(!drawn).show(k);
        k.heading("Shown");
        let [n, c] = self.sizes();
        let last = (n * c) as u32 - 1;
        self.cell = self.cell.min(last);
        Knob::int("cell", "Cell worked out", &mut self.cell, 0..=last)
            .help("Counted sample by sample from 0; a click chooses one")
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Batch, Problem> {
        let asked = Asked {
            sizes: self.sizes(),
            logits: (self.source == Source::Grid).then(|| self.grid.clone()),
            spread: self.spread,
            lead: self.lead,
            seed: u64::from(self.seed) + on.inputs.seed,
            labels: self.labels,
            amount: self.amount,
            cell: self.cell as usize,
        };
        Batch::record(&mut on.plan, asked)
    }

    fn caption(&self, shown: &Batch, view: &mut View<'_>) -> Option<Caption> {
        said(&Drawn { of: shown, format: self.format }, view)
    }

    fn draw(&mut self, shown: &Batch, ui: &mut Ui, view: &mut View<'_>) {
        let map = Panel::free(150.0, 1.0).caption();
        let hero = vec![map, map, Panel::free(86.0, 0.0).caption(), map.bar()];
        let below = [(130.0, 0.5), (236.0, 0.7), (150.0, 0.7), (150.0, 0.5)];
        let below = below.map(|(least, weight)| Panel::free(least, weight)).to_vec();
        let metrics = Metrics { lowest: LOWEST, ..Metrics::default() };
        let placed = page::lay_with(ui, &[Row::Hero(hero), Row::Hero(below), Row::Measured(5)], &metrics);
        let cells = [&placed.rows[0][..], &placed.rows[1], &placed.rows[2]];
        let typed = shown.asked.logits.is_some().then_some(&mut self.grid[..]);
        let drawn = Drawn { of: shown, format: self.format };
        if let Some(cell) = drawn.draw(ui, view, cells, typed) {
            self.cell = cell as u32;
        }
    }

    fn symbols(&self, shown: &Batch) -> Vec<(&'static str, f64)> {
        let [n, k] = shown.asked.sizes;
        vec![("N", n as f64), ("K", k as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        labels_questions::question(rng)
    }
}
