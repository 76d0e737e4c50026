//! What zero padding is for: how often each cell is read without it and with it, what many layers leave of a map,
//! and what each way of padding does to its rim.

use super::edges::{Edge, Stack, reads, rim};
use super::edges_drawn::draw_reads;
use super::questions;
use super::zero_padded::Shown;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::ops::conv::{Conv, Conv2d};
use crate::viz::figures::window::Walk;

/// Side of the photo.
const SIDE: usize = 64;
/// Longest side of the grid.
const GRID: usize = 12;

choices! {
    /// What the layers read.
    enum Image { Grid = "grid", Photo = "photo" }
}

settings! {
    /// The page.
    pub struct ZeroPadding {
        layers: u32 = 5,
        size: u32 = 3,
        padding: u32 = 0,
        mode: Edge = Edge::Zeros,
        image: Image = Image::Grid,
        width: u32 = 12,
        filter: Filter = Filter::Blur,
        grid: Vec<f32> = number_grid(GRID),
        walk: Walk = Walk::new(0, 1),
    }
}

impl Exhibit for ZeroPadding {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::int("layers", "Layers", &mut self.layers, 1..=20).show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=7).help("F, the side of the window").show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=3).help("P, cells on each side").show(k);
        let padded = self.padding > 0;
        Knob::choice("mode", "Padded with", &mut self.mode).enabled(padded).show(k);
        k.heading("Numbers");
        let own = self.image == Image::Grid;
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::int("width", "Grid side", &mut self.width, 7..=GRID as u32).help("W").enabled(own).show(k);
        Knob::choice_of("filter", "Filter", &mut self.filter, filters::NAMED).show(k);
        let grid = Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(own);
        grid.help("The upper left corner is used").show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let [layers, size, padding] = [self.layers, self.size, self.padding].map(|v| v as usize);
        let (x, input) = if self.image == Image::Photo {
            (on.photo(SIDE), Look::Rgb)
        } else {
            let side = self.width as usize;
            let corner = self.grid.chunks(GRID).take(side).flat_map(|row| &row[..side]).copied();
            (on.plan.constant("grid", &[1, 1, side, side], corner.collect::<Vec<f32>>()), Look::Sequential)
        };
        let (plan, side) = (&mut on.plan, x.shape[2]);
        let cells = if padding == 0 { (size - 1) / 2 } else { padding };
        let layer = |cells: usize| {
            let conv = Conv { pad: [cells; 4], ..Conv::default() };
            Conv2d::new(&[1, 1, side, side], &[1, 1, size, size], false, &conv)
        };
        let reads = [reads(plan, &layer(0)?)?, reads(plan, &layer(cells)?)?];
        let mut stack = |around| Stack::record(plan, &x, (self.filter, size), layers, around);
        let own = stack((self.mode, padding))?;
        let mut stacks = vec![stack((Edge::Zeros, 0))?];
        for edge in Edge::ALL {
            stacks.push(stack((*edge, cells))?);
        }
        let p = layer(padding)?;
        if self.walk.total() != side * side {
            self.walk.resize(side * side, side);
            self.walk.scrub(0);
        }
        let chosen = if padding == 0 { 0 } else { 1 + self.mode as usize };
        Ok(Shown { p, layers, cells, reads, stack: own, stacks, chosen, input })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let Shown { p, layers, chosen, stack, .. } = shown;
        let side = stack.last().shape[2];
        let ([bare, middle], [corner, _]) = (shown.reads_of(view, 0)?, shown.reads_of(view, 1)?);
        let times = |n: f32| words::plural(n as usize, "time", "times");
        let after = words::plural(stack.layers(), "layer", "layers");
        if stack.layers() < *layers {
            return Some(Caption::broken(&format!(
                "A layer takes **{}** cells off a side: after {after} the map is [{side} × {side}](bad 3), and of \
                 **{layers}** the next has no room. [Whole again](good) mends it.",
                p.h - p.oh
            )));
        }
        let share = |rim| format!(", its rim [{}](value {}) of the middle", words::percent(rim), 4 + chosen);
        let rim = rim(view, stack.last()).map(share).unwrap_or_default();
        Some(Caption::plain(&if *chosen == 0 {
            format!(
                "Without padding the corner is read [{}](value 0), the middle [{}](value 0), and after {after} \
                 {} × {} is [{side} × {side}](value 3).",
                times(bare),
                times(middle),
                p.h,
                p.w
            )
        } else {
            format!(
                "Padding **{}**: the corner is read [{}](value 2), not **{bare}**; after {after} the map has \
                 [{side} × {side}](value 3){rim}.",
                p.pad[0],
                times(corner)
            )
        }))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let heat = Panel::picture(1.0);
        // Counts that have no room in their cells are read from a bar.
        let padded = if self.image == Image::Photo { heat.bar() } else { heat };
        let hero = vec![heat, Panel::free(104.0, 0.0), padded, Panel::picture(1.0)];
        let rows = [Row::Hero(hero), Row::Compare { count: 5, aspect: 1.0 }, Row::Measured(4)];
        let placed = page::lay(ui, &rows);
        draw_reads(ui, view, placed.cells(0), &shown.counted(), &mut self.walk);
        shown.tower(ui, view, &placed.rows[0][3]);
        shown.modes(ui, view, &placed);
        shown.measured(ui, view, &placed.rows[2]);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        symbols::window(&shown.p)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::zero_padding(rng)
    }
}
