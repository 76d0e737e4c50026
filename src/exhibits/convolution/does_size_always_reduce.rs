//! Whether a filter always makes the map smaller: every window against every padding at a stride, each size that of
//! a run, and the chosen layer at work.

use super::questions;
use super::sized::{Layer, PADS, SIZES, Shown, Way, measured, plane};
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::{Worked, worked};

/// Longest side of the grid.
const MOST: usize = 10;

choices! {
    /// Where the input's numbers come from.
    enum Image { Grid = "grid", Photo = "photo" }
}

settings! {
    /// The page.
    pub struct DoesSizeAlwaysReduce {
        size: u32 = 3,
        padding: u32 = 1,
        stride: u32 = 1,
        transposed: bool = false,
        width: u32 = 8,
        image: Image = Image::Grid,
        filter: Filter = Filter::Blur,
        grid: Vec<f32> = number_grid(MOST),
        walk: Walk = Walk::new(0, 1),
    }
}

impl Exhibit for DoesSizeAlwaysReduce {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Layer");
        let most = SIZES as u32;
        Knob::int("size", "Kernel size", &mut self.size, 1..=most).help("F, the side of the window").show(k);
        let most = PADS as u32 - 1;
        Knob::int("padding", "Padding", &mut self.padding, 0..=most).help("P, cells on each side").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=4).help("S, cells from window to window").show(k);
        let turned = "Each cell of the input spreads a window over the output; padding cuts off";
        Knob::switch("transposed", "Transposed", &mut self.transposed).help(turned).show(k);
        k.heading("Numbers");
        Knob::int("width", "Input side", &mut self.width, 5..=MOST as u32).help("W").show(k);
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::choice_of("filter", "Filter", &mut self.filter, filters::NAMED).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, MOST).enabled(self.image == Image::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let side = self.width as usize;
        let editable = self.image == Image::Grid && !self.transposed;
        let x: Vec<f32> = if self.image == Image::Grid {
            self.grid.chunks(MOST).take(side).flat_map(|row| &row[..side]).copied().collect()
        } else {
            on.inputs.photo_in_tenths(side)
        };
        let x = on.plan.constant("input", &[1, 1, side, side], x);
        let way = Way { stride: self.stride as usize, transposed: self.transposed };
        let chosen = Layer { size: self.size as usize, pad: self.padding as usize };
        let shown = Shown::record(&mut on.plan, &x, self.filter, way, chosen, editable)?;
        let (cells, columns) = (shown.y().len(), shown.y().shape[3]);
        if self.walk.total() != cells {
            self.walk.resize(cells, columns);
            self.walk.scrub(0);
        }
        Ok(shown)
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let Shown { way, chosen, .. } = shown;
        let (side, made) = (shown.x.shape[2], shown.y().shape[2]);
        let turned = if way.transposed { "Transposed, " } else { "" };
        let layer = format!("{turned}F = {}, P = {}, S = {}", chosen.size, chosen.pad, way.stride);
        let does = if made == side {
            format!("{layer} keeps [{made} × {made}](value 3)")
        } else {
            format!("{layer} makes [{made} × {made}](value 3) of {side} × {side}")
        };
        let empty = shown.empty(view)?;
        if empty > 0 {
            let cells = format!("{empty} of {} cells", made * made);
            return Some(Caption::broken(&format!(
                "{does}, but [{cells}](bad 3) hold nothing of the input. [Grown from the input](good) mends it."
            )));
        }
        let [less, same, more] = shown.counts();
        Some(Caption::plain(&format!(
            "{does}: of [{} settings](value 0) **{less}** shrink, **{same}** keep and **{more}** grow.",
            less + same + more
        )))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        // Input and output at one scale, since their sizes are compared.
        let [read, made] = [shown.around() as f32, shown.y().shape[2] as f32];
        let most = read.max(made);
        let wide = |side: f32| Panel::picture(side.max(most * 0.4) / most);
        let layer = vec![wide(read), Panel::free(116.0, 0.0), wide(made)];
        let rows = [Row::Hero(vec![Panel::free(300.0, 1.0).folded(0.8)]), Row::Hero(layer), Row::Measured(4)];
        // In low windows the page scrolls before sizes run into each other.
        let metrics = Metrics { lowest: 100.0, ..Metrics::default() };
        let placed = page::lay_with(ui, &rows, &metrics);
        if let Some(Layer { size, pad }) = plane(ui, view, &placed.rows[0][0], shown) {
            (self.size, self.padding) = (size as u32, pad as u32);
        }
        let [from, lens, to] = placed.cells(1);
        let scale = from.rect.height() / most;
        let square = |cell: &Cell, side: f32| Cell {
            rect: egui::Rect::from_min_size(cell.rect.min, egui::Vec2::splat((side * scale).floor())),
            ..*cell
        };
        let (from, to) = (square(from, read), square(to, made));
        let tensors = [&shown.read, shown.y()];
        if let (Some(x), Some(w), Some(y)) =
            (view.values(&shown.read), view.values(&shown.w), view.values(shown.y()))
        {
            let w: Vec<f32> =
                if shown.way.transposed { w.iter().rev().copied().collect() } else { w.to_vec() };
            let of: Worked<'_> = shown.worked([&x, &w, &y]);
            let done = worked(ui, [&from, lens, &to], &of, &self.walk, false, shown.editable);
            if let Some((i, number)) = done.and_then(|done| done.follow(view, tensors, &mut self.walk)) {
                self.grid[i / of.size[1] * MOST + i % of.size[1]] = number;
            }
        }
        measured(ui, view, &placed.rows[2], shown);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let Shown { x, way, chosen, .. } = shown;
        let all = [("W", x.shape[2]), ("F", chosen.size), ("P", chosen.pad), ("S", way.stride)];
        all.map(|(name, value)| (name, value as f64)).to_vec()
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::reduces(rng)
    }
}
