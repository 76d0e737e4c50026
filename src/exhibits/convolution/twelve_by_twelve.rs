//! A 12 × 12 input under a 3 × 3 filter: the window slides cell by cell, each place one dot product, and the
//! output fills in.

use egui::Ui;

use crate::choices;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::{Exhibit, Problem, Recording};
use crate::gpu::Tensor;
use crate::lessons::{Answer, Question};
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::philox::Rng;
use crate::settings::{Knob, Knobs};
use crate::viz::facts::grouped;
use crate::viz::figures::fit::{Panel, Row};
use crate::viz::figures::page;
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::{Worked, WorkedEvent, worked};
use crate::viz::words::{self, Voice};
use crate::viz::{Caption, Look, View};

/// Longest side of the grid.
const MOST: usize = 16;

choices! {
    /// Where the input's numbers come from.
    enum Image { Grid = "grid", Photo = "photo" }
}

/// The page.
pub struct TwelveByTwelve {
    size: u32,
    kernel: u32,
    stride: u32,
    padding: u32,
    filter: Filter,
    own: Vec<f32>,
    image: Image,
    grid: Vec<f32>,
    walk: Walk,
}

/// What was recorded.
pub struct Shown {
    p: Conv2d,
    x: Tensor,
    w: Tensor,
    y: Tensor,
    editable: bool,
}

impl Default for TwelveByTwelve {
    fn default() -> Self {
        Self {
            size: 12,
            kernel: 3,
            stride: 1,
            padding: 0,
            filter: Filter::Edges,
            own: vec![0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0],
            image: Image::Grid,
            grid: number_grid(MOST),
            walk: Walk::new(43, 100),
        }
    }
}

/// The settings of the layer on a square input.
fn layer(size: u32, kernel: u32, stride: u32, padding: u32) -> Result<Conv2d, Problem> {
    let [n, k, s, p] = [size, kernel, stride, padding].map(|v| v as usize);
    let conv = Conv { stride: [s; 2], pad: [p; 4], ..Conv::default() };
    Ok(Conv2d::new(&[1, 1, n, n], &[1, 1, k, k], false, &conv)?)
}

impl Exhibit for TwelveByTwelve {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Window");
        Knob::int("size", "Input size", &mut self.size, 5..=MOST as u32)
            .help("W, the side of the input")
            .show(k);
        Knob::int("kernel", "Kernel size", &mut self.kernel, 1..=7).help("F, the side of the window").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=4).help("S, cells from window to window").show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=3).help("P, zeros on each side").show(k);
        let mut cell = self.walk.at() as u32 + 1;
        let cells = self.walk.total().max(1) as u32;
        Knob::int("cell", "Window at cell", &mut cell, 1..=cells).draws().show(k);
        if cell as usize != self.walk.at() + 1 {
            self.walk.scrub(cell as usize - 1);
        }
        Knob::float("speed", "Cells a second", self.walk.rate(), 1.0..=20.0).draws().show(k);
        k.heading("Numbers");
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::choice("filter", "Filter", &mut self.filter).show(k);
        Knob::numbers("own", "Own numbers", &mut self.own, 3).enabled(self.filter == Filter::Own).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, MOST).enabled(self.image == Image::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let p = layer(self.size, self.kernel, self.stride, self.padding)?;
        let [n, k] = [self.size, self.kernel].map(|v| v as usize);
        let editable = self.image == Image::Grid;
        let x: Vec<f32> = if editable {
            self.grid.chunks(MOST).take(n).flat_map(|row| &row[..n]).copied().collect()
        } else {
            on.inputs.photo(n)[..n * n].iter().map(|v| (v * 100.0).round() / 10.0).collect()
        };
        let x = on.plan.constant("input", &[1, 1, n, n], x);
        let w = filters::kernel(self.filter, k, 45.0, &self.own);
        let w = on.plan.constant("filter", &[1, 1, k, k], w);
        let [s, pad] = [self.stride, self.padding].map(|v| v as usize);
        let y =
            conv2d(&mut on.plan, &x, &w, None, &Conv { stride: [s; 2], pad: [pad; 4], ..Conv::default() })?;
        on.plan.name(&y, "output");
        self.walk.resize(y.len(), p.ow as usize);
        Ok(Shown { p, x, w, y, editable })
    }

    fn caption(&self, shown: &Shown, _: &mut View<'_>) -> Option<Caption> {
        let Conv2d { h, r, stride: [s, _], pad: [p, ..], oh, .. } = shown.p;
        let left = (h + 2 * p - r) % s;
        let fits = format!("({h} − {r} + 2·{p})/{s} + 1 = **{oh}** places a side");
        let dots = format!(
            "**{}** dot products of {}",
            grouped((oh * oh).into()),
            words::plural((r * r) as usize, "number", "numbers")
        );
        Some(Caption::plain(&match () {
            () if left > 0 => format!("{fits}, rounded down: {dots}; **{left}** at the end never read."),
            () if oh == h => format!("{fits}: {dots}. The map keeps its {h} × {h}."),
            () => format!("{fits}: {dots}. {h} × {h} becomes {oh} × {oh}."),
        }))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::picture(1.0), Panel::free(132.0, 0.0), Panel::picture(1.0)];
        let placed = page::lay(ui, &[Row::Hero(hero), Row::Measured(4)]);
        let p = &shown.p;
        let rate = *self.walk.rate();
        if let (Some(x), Some(w), Some(y)) =
            (view.values(&shown.x), view.values(&shown.w), view.values(&shown.y))
        {
            let of = Worked::of(p, [&x, &w, &y], [Look::Sequential, Look::Diverging]);
            let cells = [&placed.rows[0][0], &placed.rows[0][1], &placed.rows[0][2]];
            match worked(ui, cells, &of, &self.walk, true, shown.editable) {
                Some(WorkedEvent::Changed(i, number)) => {
                    let [row, column] = [i / p.w as usize, i % p.w as usize];
                    self.grid[row * MOST + column] = number;
                }
                Some(WorkedEvent::Moved(at)) => self.walk.scrub(at),
                Some(WorkedEvent::Output(i)) => view.point(&shown.y, i),
                Some(WorkedEvent::Input(i)) => view.point(&shown.x, i),
                None => {}
            }
        }
        let (total, taps) = (shown.y.len() as u64, u64::from(p.r * p.s));
        let kept = f64::from(p.oh) / f64::from(p.h);
        let rows = [
            (
                "Places",
                grouped(total),
                self.walk.at() as f64 / total.max(2).saturating_sub(1) as f64,
                format!("cell {}, {} a second", self.walk.at() + 1, words::short(f64::from(rate))),
                Voice::A,
            ),
            (
                "Products a place",
                grouped(taps),
                taps as f64 / 49.0,
                format!("{} × {} numbers", p.r, p.s),
                Voice::A,
            ),
            (
                "Multiply-adds",
                grouped(p.multiply_adds()),
                (p.multiply_adds() as f64 / 9216.0).min(1.0),
                format!("{total} × {taps}"),
                Voice::A,
            ),
            (
                "Side kept",
                format!("{:.0} %", kept * 100.0),
                kept,
                format!("{} of {} cells", p.oh, p.h),
                Voice::A,
            ),
        ];
        page::figures(ui, &placed.rows[1], &rows);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn code(&self) -> Option<String> {
        let Self { size, kernel, stride, padding, .. } = self;
        Some(format!(
            "import torch, torch.nn.functional as F\n\nx = torch.randn(1, 1, {size}, {size})   # the numbers of the grid\n\
             w = torch.randn(1, 1, {kernel}, {kernel})   # the filter\n\
             y = F.conv2d(x, w, stride={stride}, padding={padding})   # cross-correlation, no flip\nprint(y.shape)\n"
        ))
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        let (size, kernel) = (8 + rng.below(9), 2 + rng.below(4));
        let (stride, padding) = (1 + rng.below(3), rng.below(3));
        let p = layer(size, kernel, stride, padding).ok()?;
        let case = format!(
            "A {size} × {size} input under a {kernel} × {kernel} filter, stride {stride}, {padding} cells of padding on each side"
        );
        let formula = format!("floor(({size} − {kernel} + 2·{padding})/{stride}) + 1 = {}", p.oh);
        let show = Some(format!("size={size}&kernel={kernel}&stride={stride}&padding={padding}"));
        let (ask, answer, how) = match rng.below(3) {
            0 => (
                "how many cells has a side of the output?",
                Answer::Number { value: p.oh.into(), unit: "cells" },
                formula,
            ),
            1 => (
                "how many dot products are computed?",
                Answer::Number { value: f64::from(p.oh * p.ow), unit: "dot products" },
                format!("{formula} places a side, squared"),
            ),
            _ => {
                let right = if p.oh < size {
                    0
                } else if p.oh == size {
                    1
                } else {
                    2
                };
                let options = ["shrinks", "keeps its size", "grows"].map(str::to_owned).to_vec();
                (
                    "what does the map do?",
                    Answer::OneOf { options, right },
                    format!("{formula}, against {size} before"),
                )
            }
        };
        Some(Question { ask: format!("{case}: {ask}"), answer, how, show })
    }
}
