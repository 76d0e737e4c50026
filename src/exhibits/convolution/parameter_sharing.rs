//! Shared weights: a convolution as a window and as a matrix of few, repeated numbers; an input that is shifted.

use super::questions;
use super::shared::{Layer, Sharing, Shown};
use super::shared_drawn::{compared, matrices, measured};
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::{Worked, worked};

/// Longest side of the grid.
const MOST: usize = 12;

choices! {
    /// Where the input's numbers come from.
    enum Image { Grid = "grid", Photo = "photo" }
}

settings! {
    /// The page.
    pub struct ParameterSharing {
        size: u32 = 8,
        kernel: u32 = 3,
        channels: u32 = 1,
        tied: bool = true,
        shift: u32 = 2,
        filter: Filter = Filter::Edges,
        image: Image = Image::Grid,
        grid: Vec<f32> = number_grid(MOST),
        weight: u32 = 5,
        walk: Walk = Walk::new(14, 36),
    }
}

impl Exhibit for ParameterSharing {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Layer");
        Knob::int("size", "Input size", &mut self.size, 6..=MOST as u32).show(k);
        Knob::int("kernel", "Kernel size", &mut self.kernel, 2..=5).help("F, the side of the window").show(k);
        Knob::int("channels", "Filters", &mut self.channels, 1..=16)
            .help("Each has its own weights; the first is drawn")
            .show(k);
        Knob::switch("tied", "Weights shared", &mut self.tied)
            .help("Off: each place has a kernel of its own, random")
            .show(k);
        Knob::int("shift", "Shift", &mut self.shift, 0..=4)
            .help("Cells that the input is moved to the right")
            .show(k);
        Knob::int("weight", "Weight", &mut self.weight, 1..=25)
            .help("The one that lights the inputs which it multiplies")
            .draws()
            .show(k);
        let mut cell = self.walk.at() as u32 + 1;
        Knob::int("cell", "Window at cell", &mut cell, 1..=self.walk.total().max(1) as u32).draws().show(k);
        if cell as usize != self.walk.at() + 1 {
            self.walk.scrub(cell as usize - 1);
        }
        Knob::choice_of("filter", "Filter", &mut self.filter, filters::NAMED).enabled(self.tied).show(k);
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, MOST).enabled(self.image == Image::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let [n, k, channels] = [self.size, self.kernel, self.channels].map(|v| v as usize);
        let x = match self.image {
            Image::Grid => self.grid.chunks(MOST).take(n).flat_map(|row| &row[..n]).copied().collect(),
            Image::Photo => on.inputs.photo_in_tenths(n),
        };
        let kernel = filters::kernel(self.filter, k, 45.0, &[]);
        let layer =
            Layer { kernel, tied: self.tied, channels, shift: self.shift as usize, seed: on.inputs.seed };
        let sharing = Sharing::record(&mut on.plan, (x, n), &layer)?;
        let side = sharing.p.oh as usize;
        if self.walk.total() != side * side {
            self.walk.resize(side * side, side);
            self.walk.scrub((side / 2 - 1) * (side + 1));
        }
        Ok(Shown { sharing, tied: self.tied, channels })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let of = &shown.sharing;
        let [product, moved] = of.differences(&view.values(&of.differs)?)?;
        let (weights, entries) = (of.weights(shown.tied) * shown.channels, of.entries() * shown.channels);
        let [weights, entries] = [weights, entries].map(|n| grouped(n as u64));
        let (shift, moved) = (of.shift, words::short(moved));
        Some(if shown.tied {
            Caption::plain(&format!(
                "[{weights}](value 3) weights do the work of [{entries}](value 4): difference [{}](value 8). Shift the \
                 input by **{shift}**, the map shifts by {shift}: [{moved}](value 7).",
                words::short(product)
            ))
        } else {
            Caption::broken(&format!(
                "A kernel for each place takes [{weights}](bad 3) weights, and an input shifted by **{shift}** gives a \
                 map that differs by [{moved}](bad 7). [Tied again](good) mends it."
            ))
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::picture(1.0), Panel::free(132.0, 0.0), Panel::picture(1.0)];
        let p = &shown.sharing.p;
        let aspect = (p.w * p.h) as f32 / (p.oh * p.ow) as f32;
        let matrices_row = Row::Hero(vec![Panel::picture(aspect.clamp(1.2, 3.0)); 2]);
        let compare = Row::Compare { count: 3, aspect: 1.0 };
        let placed = page::lay(ui, &[Row::Hero(hero), matrices_row, compare, Row::Measured(4)]);
        let of = &shown.sharing;
        let taps = (p.r * p.s) as usize;
        let (at, weight) = (self.walk.at(), (self.weight as usize).min(taps) - 1);
        if let (Some(x), Some(w), Some(y)) = (view.values(&of.x), view.values(&of.w), view.values(&of.y)) {
            let first = if shown.tied { 0 } else { at * taps };
            let numbers = Worked {
                weight: Some(weight),
                untied: (!shown.tied).then_some(at),
                ..Worked::of(
                    p,
                    [&x, &w[first..first + taps], &y[..of.outputs()]],
                    [Look::Sequential, Look::Diverging],
                )
            };
            let done = worked(ui, placed.cells(0), &numbers, &self.walk, false, self.image == Image::Grid);
            if let Some((i, number)) = done.and_then(|done| done.follow(view, [&of.x, &of.y], &mut self.walk))
            {
                self.grid[i / p.w as usize * MOST + i % p.w as usize] = number;
            }
        }
        matrices(shown, ui, view, &placed.rows[1], [at, weight]);
        compared(shown, ui, view, &placed.rows[2], placed.titles[2]);
        measured(shown, ui, view, &placed.rows[3]);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        symbols::window(&shown.sharing.p)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::sharing(rng)
    }
}
