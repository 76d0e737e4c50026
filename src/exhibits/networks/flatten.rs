//! Flattening: maps become one strip of numbers, in one of two orders, for a dense layer that was trained on one of
//! them; or each map becomes its mean.

use super::flattened::{Flattened, Layout, MOST, Order, Reader};
use super::flattened_drawn::Drawn;
use super::flattened_said::said;
use super::questions;
use super::seen::{Dense, Seen, Source};
use crate::exhibits::prelude::*;
use crate::viz::figures::window::Walk;

/// Maps of the grid, rows and columns of each.
const GRID: [usize; 3] = [3, 7, 7];

choices! {
    /// What the dense layer reads.
    enum Into { Strip = "flattened maps", Means = "global average" }
}

settings! {
    /// The page.
    pub struct Flatten {
        layout: Layout = Layout::First,
        expects: Layout = Layout::First,
        into: Into = Into::Strip,
        image: Source = Source::Sneaker,
        channels: u32 = 3,
        height: u32 = 7,
        width: u32 = 7,
        grid: Vec<f32> = places(),
        walk: Walk = Walk::new(116, 147).from_0(),
    }
}

/// Numbers that say where they stand: 224 in map 2, row 2, column 4.
fn places() -> Vec<f32> {
    let [maps, rows, columns] = GRID.map(|n| 0..n as u32);
    let cell = |c: u32, y: u32| columns.clone().map(move |x| (100 * c + 10 * y + x) as f32);
    maps.flat_map(|c| rows.clone().flat_map(move |y| cell(c, y)).collect::<Vec<_>>()).collect()
}

/// What was recorded.
pub struct Shown {
    of: Flattened,
    expects: Layout,
    source: Source,
    classes: std::sync::Arc<[String]>,
}

impl Flatten {
    /// What is drawn and said of what was recorded.
    fn drawn<'a>(&self, shown: &'a Shown) -> Drawn<'a> {
        Drawn {
            of: &shown.of,
            expects: shown.expects,
            at: self.walk.at(),
            pooled: self.into == Into::Means,
            source: shown.source.name(),
            classes: &shown.classes,
        }
    }
}

impl Exhibit for Flatten {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Order");
        Knob::choice("layout", "Strip", &mut self.layout).help("Which axis is walked slowest").show(k);
        let help = "How the weights of the dense layer are sorted: by the strip that it was trained on";
        Knob::choice("expects", "Dense layer expects", &mut self.expects).help(help).show(k);
        Knob::choice("into", "Dense layer reads", &mut self.into).draws().show(k);
        k.heading("Maps");
        Knob::choice("image", "Input", &mut self.image)
            .help("A test picture, or the photo, through the convolutions of a small trained network")
            .show(k);
        let [_, rows, columns] = MOST.map(|n| n as u32);
        let most = if self.image == Source::Grid { GRID[0] } else { MOST[0] } as u32;
        self.channels = self.channels.min(most);
        Knob::int("channels", "Maps C", &mut self.channels, 1..=most).show(k);
        Knob::int("height", "Rows H", &mut self.height, 1..=rows).show(k);
        Knob::int("width", "Columns W", &mut self.width, 1..=columns).show(k);
        let last = (self.channels * self.height * self.width).max(1) - 1;
        let mut cell = (self.walk.at() as u32).min(last);
        let help = "Counted map by map and row by row, from 0";
        Knob::int("cell", "Cell looked at", &mut cell, 0..=last).help(help).draws().show(k);
        if cell as usize != self.walk.at() {
            self.walk.scrub(cell as usize);
        }
        Knob::numbers("grid", "Grid", &mut self.grid, GRID[2]).enabled(self.image == Source::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let network = on.inputs.trained();
        let Dense { weights, bias, classes } = Dense::of(&network)?;
        let sizes = [self.channels, self.height, self.width].map(|n| n as usize);
        let maps = match self.image {
            Source::Grid => on.plan.constant("grid", &GRID, self.grid.clone()),
            source => Seen::record(on, &network, source)?.maps,
        };
        let order = Order { sizes, layout: self.layout };
        let reader = Reader { layer: [weights, bias], expects: self.expects };
        let of = Flattened::record(&mut on.plan, &maps, order, &reader)?;
        self.walk.resize(order.count(), sizes[2]);
        Ok(Shown { of, expects: self.expects, source: self.image, classes })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(shown), view)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::free(360.0, 1.0).bar(), Panel::free(148.0, 0.0)];
        let below = vec![Panel::free(360.0, 1.0), Panel::free(206.0, 0.0)];
        let placed = page::lay(ui, &[Row::Hero(hero), Row::Hero(below), Row::Measured(4)]);
        let [_, rows, columns] = GRID;
        let mut grid = std::mem::take(&mut self.grid);
        let numbers = (shown.source == Source::Grid).then_some((&mut grid[..], [rows * columns, columns]));
        let cells = [&placed.rows[0][..], &placed.rows[1], &placed.rows[2]];
        let clicked = self.drawn(shown).draw(ui, view, cells, numbers).clicked;
        self.grid = grid;
        if let Some(cell) = clicked {
            self.walk.scrub(cell);
        }
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let order = shown.of.order;
        let sizes = order.sizes.into_iter().chain(order.cell(self.walk.at())).chain([shown.classes.len()]);
        ["C", "H", "W", "c", "y", "x", "K"].into_iter().zip(sizes.map(|n| n as f64)).collect()
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::flatten(rng)
    }
}
