//! Why one pools: smaller maps make all layers behind cheaper, and a map that was pooled changes less when the photo
//! moves by a pixel. Max, average, a stride alone and no pooling on filters of a real network.

use super::questions;
use super::reduced::{MAPS, MOST, Pooling, Reduced, SIDE};
use super::reduced_drawn::{Drawn, Wish};
use super::reduced_said::said;
use crate::exhibits::prelude::*;
use crate::models::family::Stem;
use crate::viz::figures::window::Walk;

/// Least height of a row, in which four curves and their last values have room.
const LOWEST: f32 = 86.0;

settings! {
    /// The page.
    pub struct WhyPooling {
        pooling: Pooling = Pooling::Max,
        window: u32 = 2,
        map: u32 = 1,
        // On the cat's forehead: the strongest cell moves and stays in its window.
        row: u32 = 18,
        column: u32 = 64,
        shift: Walk = Walk::new(1, MOST + 1),
    }
}

impl WhyPooling {
    fn drawn<'a>(&self, of: &'a Reduced) -> Drawn<'a> {
        Drawn {
            of,
            way: self.pooling,
            by: self.shift.at(),
            map: self.map as usize - 1,
            at: [self.row, self.column].map(|at| at as usize),
        }
    }
}

impl Exhibit for WhyPooling {
    type Shown = Reduced;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Layer");
        Knob::choice("pooling", "Pooling", &mut self.pooling)
            .help("Stride keeps one cell of each window and looks at no other")
            .draws()
            .show(k);
        Knob::int("window", "Window", &mut self.window, 2..=8)
            .help("Side of the window, and the step to the next")
            .show(k);
        k.heading("Photo");
        let mut shift = self.shift.at() as u32;
        Knob::int("shift", "Shift", &mut shift, 0..=MOST as u32)
            .help("Pixels that the photo is moved to the right")
            .draws()
            .show(k);
        if shift as usize != self.shift.at() {
            self.shift.scrub(shift as usize);
        }
        k.heading("Shown");
        Knob::int("map", "Map", &mut self.map, 1..=MAPS as u32)
            .help("Of eight filters of the network's first layer, those whose maps vary most")
            .draws()
            .show(k);
        let last = SIDE as u32 - 1;
        Knob::int("row", "Row of the window", &mut self.row, 0..=last).draws().show(k);
        Knob::int("column", "Column", &mut self.column, 0..=last).draws().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Reduced, Problem> {
        Reduced::record(on, Stem::embedded(), self.window as usize)
    }

    fn caption(&self, shown: &Reduced, view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(shown), view)
    }

    fn draw(&mut self, shown: &Reduced, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::picture(1.0), Panel::picture(1.0).bar(), Panel::picture(1.0).bar()];
        let below = vec![
            Panel::free(120.0, 0.3),
            Panel::free(138.0, 0.4),
            Panel::free(256.0, 0.7),
            Panel::free(208.0, 0.4),
        ];
        let metrics = Metrics { lowest: LOWEST, ..Metrics::default() };
        let placed = page::lay_with(ui, &[Row::Hero(hero), Row::Hero(below), Row::Measured(4)], &metrics);
        let cells = [&placed.rows[0][..], &placed.rows[1], &placed.rows[2]];
        match self.drawn(shown).draw(ui, view, cells) {
            Some(Wish::Place([row, column])) => [self.row, self.column] = [row, column].map(|at| at as u32),
            Some(Wish::Move(by)) => self.shift.scrub(by),
            None => {}
        }
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.shift)
    }

    fn symbols(&self, shown: &Reduced) -> Vec<(&'static str, f64)> {
        vec![("F", shown.window as f64), ("W", SIDE as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::why(rng)
    }
}
