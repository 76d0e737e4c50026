//! Types of pooling side by side on one feature map, over windows, over grids and over the whole map, and where the
//! gradient goes back through each.

use std::rc::Rc;

use egui::{Rect, vec2};

use super::knobs;
use super::pooled::{Kind, Peaks, Pools, Ways, square, window_of};
use super::pooled_drawn::{Strip, lay, measured, results};
use super::pooled_input::{GRID, Image};
use super::pooled_said::sentence;
use super::questions;
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::gpu::BufId;
use crate::ops::conv::Conv2d;
use crate::viz::figures::bars::CLASS;
use crate::viz::figures::fit::Cell;
use crate::viz::figures::pictured::{Pictured, pictured};
use crate::viz::figures::window::Walk;

/// Least height of a window that is worked out, in points.
const LENS: f32 = 90.0;

settings! {
    /// The page.
    pub struct PoolingTypes {
        kind: Kind = Kind::Max,
        window: u32 = 4,
        stride: u32 = 4,
        padding: u32 = 0,
        dilation: u32 = 1,
        p: f32 = 2.0,
        ceil: bool = false,
        count_padding: bool = false,
        cells: u32 = 7,
        seed: u32 = 0,
        image: Image = Image::FeatureMap,
        grid: Vec<f32> = number_grid(GRID),
        walk: Walk = Walk::new(0, 1),
        looked: Image = Image::FeatureMap,
    }
}

/// What was recorded.
pub struct Shown {
    input: Image,
    p: Conv2d,
    power: f32,
    x: Tensor,
    pools: Pools,
}

impl Exhibit for PoolingTypes {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::choice("type", "Enlarged type", &mut self.kind).draws().show(k);
        k.heading("Window");
        Knob::int("window", "Window", &mut self.window, 1..=12).help("Side of the pooled square").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=12)
            .help("Smaller than the window: the windows overlap")
            .show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=6).show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=4).show(k);
        knobs::exponent(&mut self.p).show(k);
        knobs::ceil(&mut self.ceil).show(k);
        knobs::counting(&mut self.count_padding, self.padding).show(k);
        Knob::int("cells", "Adaptive to", &mut self.cells, 1..=12)
            .help("Cells a side that adaptive pooling leaves of any map")
            .show(k);
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help("Of stochastic pooling").show(k);
        k.heading("Numbers");
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(self.image == Image::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let x = self.image.record(on, &self.grid)?;
        let sizes = [self.window, self.stride, self.padding, self.dilation].map(|v| v as usize);
        let ways = Ways {
            pool: square(sizes, self.ceil),
            p: self.p,
            count_padding: self.count_padding,
            cells: self.cells as usize,
            seed: u64::from(self.seed) + on.inputs.seed,
        };
        let pools = Pools::record(&mut on.plan, &x, &ways)?;
        let p = window_of(&x, &pools.kinds[0], &ways.pool);
        let (oh, ow) = (p.oh as usize, p.ow as usize);
        if self.walk.total() != oh * ow || self.looked != self.image {
            self.walk.resize(oh * ow, ow);
            self.walk.scrub(self.image.telling(&p, [oh, ow], on.inputs.seed));
            self.looked = self.image;
        }
        Ok(Shown { input: self.image, p, power: self.p, x, pools })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let peaks = Peaks::read(&view.values(&shown.pools.peaks)?)?;
        Some(sentence(shown.input, &shown.p, shown.power, &peaks))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let p = &shown.p;
        let placed = lay(ui);
        // One range for all. Lp, a sum, may reach beyond it: in its range the others would be black.
        let alike = shown.pools.kinds.iter().zip(Kind::ALL).filter(|(_, kind)| **kind != Kind::Lp);
        let all = alike.map(|(t, _)| t.buf).chain([shown.x.buf]);
        let range = Range::Shared(all.collect::<Rc<[BufId]>>());
        let names = Kind::ALL.iter().map(|kind| kind.label(shown.power)).collect::<Vec<_>>();
        let [input, output] = [[p.h, p.w], [p.oh, p.ow]].map(|[h, w]| format!("{h} × {w}"));
        let look = if shown.input == Image::Photo { Look::Brightness } else { Look::Sequential };
        let cells = &placed.rows[0];
        // The answers of all types stand above the window, where both have room.
        let high = CLASS * Kind::ALL.len() as f32;
        let high = if cells[1].rect.height() < high + LENS { 0.0 } else { high };
        let low = cells[1].rect.with_min_y((cells[1].rect.top() + high).min(cells[1].rect.bottom()));
        let lens = Cell { rect: low, ..cells[1] };
        let title = format!("{} pooling", names[self.kind.index()]);
        let made = Pictured {
            x: &shown.x,
            w: &[],
            y: &shown.pools.kinds[self.kind.index()],
            p,
            input: MapStyle::panel(shown.input.title(), &input, look).range(range.clone()),
            output: MapStyle::panel(&title, &output, look).range(range.clone()),
        };
        let drawn = pictured(ui, view, [&cells[0], &lens, &cells[2]], &made, &self.walk);
        if let Some(at) = drawn.clicked {
            self.walk.scrub(at);
        }
        if shown.input == Image::Grid {
            drawn.input.edit(&mut self.grid, GRID);
        }
        let kinds = &shown.pools.kinds;
        let values: Vec<f32> = kinds.iter().filter_map(|t| view.values(t)?.get(drawn.at).copied()).collect();
        let top = Rect::from_min_size(cells[1].rect.min, vec2(cells[1].rect.width(), high));
        let asked = results(ui, top.intersect(cells[1].rect), &names, &values, self.kind);
        let peaks = view.values(&shown.pools.peaks).and_then(|v| Peaks::read(&v));
        let strip =
            Strip { of: &shown.pools, names: &names, look, range, chosen: self.kind, p, at: drawn.at };
        let chosen = strip.draw(ui, view, placed.titles[1], &placed.rows[1], peaks.as_ref());
        self.kind = asked.or(chosen).unwrap_or(self.kind);
        measured(ui, &placed.rows[2], p, shown.input == Image::Noise, peaks.as_ref());
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        // The formula of the lesson rounds down.
        if self.ceil { Vec::new() } else { symbols::window(&shown.p) }
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::types(rng)
    }
}
