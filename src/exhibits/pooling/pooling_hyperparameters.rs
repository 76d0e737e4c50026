//! What is set of a pooling layer: type, window, stride, padding, dilation, ceil mode and whether padding counts, on
//! numbers and on a feature map, and what each does alone. Nothing is learned.

use super::feature_map::{brightness, feature_map};
use super::knobs;
use super::layer::{Image, Layer, Recorded, TYPES, WIDEST};
use super::layer_drawn::{Wish, draw};
use super::layer_questions;
use super::layer_said::said;
use super::pooled::Kind;
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::viz::figures::window::Walk;

/// Longest side of the grid.
const MOST: usize = 12;

settings! {
    /// The page.
    pub struct PoolingHyperparameters {
        kind: Kind = Kind::Max,
        window: u32 = 2,
        stride: u32 = 2,
        padding: u32 = 0,
        dilation: u32 = 1,
        ceil: bool = false,
        count_padding: bool = false,
        p: f32 = 2.0,
        image: Image = Image::Grid,
        side: u32 = 7,
        grid: Vec<f32> = number_grid(MOST),
        walk: Walk = Walk::new(0, 1),
    }
}

impl PoolingHyperparameters {
    fn layer(&self) -> Layer {
        let [window, stride, padding, dilation] =
            [self.window, self.stride, self.padding, self.dilation].map(|v| v as usize);
        let (ceil, counts) = (self.ceil, self.count_padding);
        Layer { kind: self.kind, window, stride, padding, dilation, ceil, counts, p: self.p }
    }

    fn take(&mut self, layer: &Layer) {
        let sizes = [layer.window, layer.stride, layer.padding, layer.dilation].map(|v| v as u32);
        [self.window, self.stride, self.padding, self.dilation] = sizes;
        (self.kind, self.ceil, self.count_padding) = (layer.kind, layer.ceil, layer.counts);
    }
}

impl Exhibit for PoolingHyperparameters {
    type Shown = Recorded;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let widest = WIDEST as u32;
        k.heading("Hyperparameters");
        Knob::choice_of("type", "Type", &mut self.kind, TYPES).show(k);
        Knob::int("window", "Window", &mut self.window, 1..=widest).help("F, the side of the window").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=widest)
            .help("S, cells from window to window; smaller than the window: they overlap")
            .show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=4)
            .help("P, cells on each side; max takes them for minus infinity")
            .show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=3)
            .help("D, cells from one that the window reads to the next")
            .show(k);
        knobs::ceil(&mut self.ceil).show(k);
        knobs::counting(&mut self.count_padding, self.padding).show(k);
        knobs::exponent(&mut self.p).enabled(self.kind == Kind::Lp).show(k);
        k.heading("Input");
        let own = self.image == Image::Grid;
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::int("side", "Grid side", &mut self.side, 4..=MOST as u32).help("W, cells").enabled(own).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, MOST)
            .help("The upper left corner is used")
            .enabled(own)
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Recorded, Problem> {
        let x = match self.image {
            Image::Grid => {
                let side = self.side as usize;
                let rows = self.grid.chunks(MOST).take(side);
                let corner: Vec<f32> = rows.flat_map(|row| &row[..side]).copied().collect();
                on.plan.constant("grid", &[1, 1, side, side], corner)
            }
            Image::FeatureMap => feature_map(on)?,
            Image::Photo => brightness(on)?,
        };
        let recorded = Recorded::record(&mut on.plan, x, self.layer(), self.image)?;
        if self.walk.total() != recorded.y.len() {
            self.walk.resize(recorded.y.len(), recorded.p.ow as usize);
            self.walk.scrub(recorded.telling());
        }
        Ok(recorded)
    }

    fn caption(&self, shown: &Recorded, view: &mut View<'_>) -> Option<Caption> {
        said(shown, view)
    }

    fn draw(&mut self, shown: &Recorded, ui: &mut Ui, view: &mut View<'_>) {
        match draw(shown, ui, view, &mut self.walk) {
            Some(Wish::Number(at, number)) => {
                let side = shown.p.w as usize;
                self.grid[at / side * MOST + at % side] = number;
            }
            Some(Wish::Layer(layer)) => self.take(&layer),
            None => {}
        }
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Recorded) -> Vec<(&'static str, f64)> {
        symbols::window(&shown.p)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        layer_questions::ask(rng)
    }
}
