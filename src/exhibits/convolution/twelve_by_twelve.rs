//! A 12 × 12 input under a 3 × 3 filter: the window slides cell by cell, each place one dot product, and the
//! output fills in.

use super::questions::output_size;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::{Worked, worked};

/// Longest side of the grid.
const MOST: usize = 16;

choices! {
    /// Where the input's numbers come from.
    enum Image { Grid = "grid", Photo = "photo" }
}

settings! {
    /// The page.
    pub struct TwelveByTwelve {
        size: u32 = 12,
        kernel: u32 = 3,
        stride: u32 = 1,
        padding: u32 = 0,
        filter: Filter = Filter::Edges,
        own: Vec<f32> = vec![0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0],
        image: Image = Image::Grid,
        grid: Vec<f32> = number_grid(MOST),
        walk: Walk = Walk::new(43, 100),
    }
}

/// What was recorded.
pub struct Shown {
    p: Conv2d,
    x: Tensor,
    w: Tensor,
    y: Tensor,
    editable: bool,
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
        let [n, k, s, pad] = [self.size, self.kernel, self.stride, self.padding].map(|v| v as usize);
        let editable = self.image == Image::Grid;
        let x: Vec<f32> = if editable {
            self.grid.chunks(MOST).take(n).flat_map(|row| &row[..n]).copied().collect()
        } else {
            on.inputs.photo_in_tenths(n)
        };
        let x = on.plan.constant("input", &[1, 1, n, n], x);
        let w = filters::kernel(self.filter, k, 45.0, &self.own);
        let w = on.plan.constant("filter", &[1, 1, k, k], w);
        let conv = Conv { stride: [s; 2], pad: [pad; 4], ..Conv::default() };
        let p = Conv2d::new(&x.shape, &w.shape, false, &conv)?;
        let y = conv2d(&mut on.plan, &x, &w, None, &conv)?;
        on.plan.name(&y, "output");
        self.walk.resize(y.len(), p.ow as usize);
        Ok(Shown { p, x, w, y, editable })
    }

    fn caption(&self, shown: &Shown, _: &mut View<'_>) -> Option<Caption> {
        let Conv2d { h, r, stride: [s, _], pad: [p, ..], oh, .. } = shown.p;
        let left = (h + 2 * p - r) % s;
        let count = (f64::from(h + 2 * p - r) / f64::from(s) * 100.0).round() / 100.0 + 1.0;
        let rounded = if left > 0 { format!("{count}, rounded down to ") } else { String::new() };
        let fits = format!("({h} − {r} + 2·{p})/{s} + 1 = {rounded}[{oh} places](value 2) a side");
        let numbers = words::plural((r * r) as usize, "number", "numbers");
        let dots = format!("[{}](value 2) dot products of [{numbers}](1)", grouped((oh * oh).into()));
        // What is left over is padding first.
        let unread = match left.saturating_sub(p) {
            1 => "row and column are".to_owned(),
            n => format!("{n} rows and columns are"),
        };
        Some(Caption::plain(&match () {
            () if left > p => {
                let mends = "[Every cell read](good) pads and mends it";
                return Some(Caption::broken(&format!(
                    "{fits}: the last {unread} [never read](bad 0). {mends}."
                )));
            }
            () if left > 0 => format!("{fits}, {dots}: only padding is left over."),
            () if oh == h => format!("{fits}: {dots}. The map keeps its {h} × {h}."),
            () => format!("{fits}: {dots}. {h} × {h} becomes {oh} × {oh}."),
        }))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::picture(1.0), Panel::free(132.0, 0.0), Panel::picture(1.0)];
        let placed = page::lay(ui, &[Row::Hero(hero), Row::Measured(4)]);
        let Shown { p, x, w, y, editable } = shown;
        if let (Some(xs), Some(ws), Some(ys)) = (view.values(x), view.values(w), view.values(y)) {
            let of = Worked::of(p, [&xs, &ws, &ys], [Look::Sequential, Look::Diverging]);
            let done = worked(ui, placed.cells(0), &of, &self.walk, true, *editable);
            if let Some((i, number)) = done.and_then(|done| done.follow(view, [x, y], &mut self.walk)) {
                self.grid[i / p.w as usize * MOST + i % p.w as usize] = number;
            }
        }
        let (total, taps, cost) = (y.len() as u64, u64::from(p.r * p.s), p.multiply_adds());
        let (gone, kept) =
            (self.walk.at() as f64 / (total.max(2) - 1) as f64, f64::from(p.oh) / f64::from(p.h));
        let pace = format!("now at {}", self.walk.at() + 1);
        let rows = [
            amount("Places", grouped(total), gone, pace),
            amount("Products a place", taps, taps as f64 / 49.0, format!("{} × {} numbers", p.r, p.s)),
            amount("Multiply-adds", grouped(cost), cost as f64 / 9216.0, format!("{total} × {taps}")),
            amount("Side kept", words::percent(kept), kept, format!("{} of {} cells", p.oh, p.h)),
        ];
        page::figures(ui, &placed.rows[1], &rows);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        symbols::window(&shown.p)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        output_size(rng)
    }
}
