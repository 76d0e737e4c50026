//! The size of the map that a layer makes: its windows as brackets on rulers beside the input, the formula with the
//! numbers put in, and cells that no window reads.

use super::edges::reads;
use super::questions;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::viz::figures::ruler::{Ruler, lay_ruled, ruler};
use crate::viz::figures::window::Walk;
use crate::viz::figures::worked::{Worked, worked};

use super::output_sized::{FORMULAS, Shown, formulas};

/// Longest side of the grid.
const MOST: usize = 16;

choices! {
    /// Where the input's numbers come from.
    enum Image { Grid = "grid", Photo = "photo" }
}

settings! {
    /// The page.
    pub struct OutputSize {
        width: u32 = 7,
        height: u32 = 7,
        size: u32 = 3,
        stride: u32 = 1,
        padding: u32 = 0,
        dilation: u32 = 1,
        image: Image = Image::Grid,
        filter: Filter = Filter::Edges,
        grid: Vec<f32> = number_grid(MOST),
        walk: Walk = Walk::new(0, 1),
    }
}

impl Exhibit for OutputSize {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let most = MOST as u32;
        k.heading("Sizes");
        Knob::int("width", "Input width", &mut self.width, 3..=most).help("W, cells across").show(k);
        Knob::int("height", "Input height", &mut self.height, 3..=most).help("H, cells down").show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=7).help("F, the side of the window").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=5).help("S, cells from window to window").show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=3).help("P, zeros on each side").show(k);
        let taps = "D, cells from one that the window reads to the next";
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=3).help(taps).show(k);
        k.heading("Numbers");
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::choice_of("filter", "Filter", &mut self.filter, filters::NAMED).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, MOST).enabled(self.image == Image::Grid).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let [w, h, f, s] = [self.width, self.height, self.size, self.stride].map(|v| v as usize);
        let [pad, d] = [self.padding, self.dilation].map(|v| v as usize);
        let editable = self.image == Image::Grid;
        let x: Vec<f32> = if editable {
            self.grid.chunks(MOST).take(h).flat_map(|row| &row[..w]).copied().collect()
        } else {
            let (photo, side) = (on.inputs.photo(w.max(h)), w.max(h));
            let rows = photo[..side * side].chunks(side).take(h);
            rows.flat_map(|row| &row[..w]).map(|v| (v * 100.0).round() / 10.0).collect()
        };
        let x = on.plan.constant("input", &[1, 1, h, w], x);
        let weights = filters::kernel(self.filter, f, 0.0, &[]);
        let weights = on.plan.constant("filter", &[1, 1, f, f], weights);
        let conv = Conv { stride: [s; 2], pad: [pad; 4], dilation: [d; 2], ..Conv::default() };
        let p = Conv2d::new(&x.shape, &weights.shape, false, &conv)?;
        let y = conv2d(&mut on.plan, &x, &weights, None, &conv)?;
        on.plan.name(&y, "output");
        let reads = reads(&mut on.plan, &p)?;
        if self.walk.total() != y.len() {
            // The last window: behind it lies what is left over.
            self.walk.resize(y.len(), p.ow as usize);
            self.walk.scrub(y.len() - 1);
        }
        Ok(Shown { p, x, w: weights, y, reads, editable })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let Conv2d { h, w, stride: [s, _], pad: [pad, ..], oh, ow, .. } = shown.p;
        let span = shown.p.dilation[1] * (shown.p.s - 1) + 1;
        let steps = w + 2 * pad - span;
        let exact = (f64::from(steps) / f64::from(s) * 100.0).round() / 100.0;
        let rounded = if !steps.is_multiple_of(s) {
            format!("{exact}, rounded down to {}", ow - 1)
        } else {
            exact.to_string()
        };
        let places = words::plural(ow as usize, "place", "places");
        let down = if w == h { " a side".to_owned() } else { format!(" across, [{oh}](value 2) down") };
        let fits = format!("({w} + 2·{pad} − {span})/{s} = {rounded}, + 1 = [{places}](value 2){down}");
        let unread = shown.unread(view)?;
        let cells = format!("{unread} of {} cells", w * h);
        let left = Ruler::both(&shown.p, 0).map(|ruler| ruler.left());
        Some(match left.into_iter().max()? {
            left if left > pad as usize && unread > 0 => Caption::broken(&format!(
                "{fits}: [{cells}](bad 0) are never read. [Every cell read](good) mends it."
            )),
            _ if unread > 0 => {
                Caption::plain(&format!("{fits}: between the windows [{cells}](value 0) are skipped."))
            }
            0 => Caption::plain(&format!("{fits}: nothing is left over, every cell is read.")),
            _ => Caption::plain(&format!("{fits}: only padding is left over, every cell is read.")),
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let Shown { p, x, w, y, editable, .. } = shown;
        let rulers = Ruler::both(p, self.walk.at());
        let (cells, placed) = lay_ruled(ui, p, &rulers, [Row::Fixed(FORMULAS), Row::Measured(4)]);
        if let (Some(xs), Some(ws), Some(ys)) = (view.values(x), view.values(w), view.values(y)) {
            let of = Worked::of(p, [&xs, &ws, &ys], [Look::Sequential, Look::Diverging]);
            let done = worked(ui, [&cells[0], &cells[1], &cells[2]], &of, &self.walk, false, *editable);
            if let Some((i, number)) = done.and_then(|done| done.follow(view, [x, y], &mut self.walk)) {
                self.grid[i / p.w as usize * MOST + i % p.w as usize] = number;
            }
        }
        rulers.iter().for_each(|of| ruler(ui, cells[0].rect, of));
        formulas(ui, placed.rows[1][0].rect, p);
        shown.measured(ui, view, &placed.rows[2]);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        symbols::window(&shown.p)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::sizes(rng)
    }
}
