//! Valid, same and full padding: P = 0; as much as makes the output ceil(W/S); and D(F − 1) on
//! every side. Odd totals put the extra cell at the end, as TensorFlow does.

use egui::{Rect, pos2, vec2};

use super::padding::{MODES, Mode, Shown, pads, size};
use super::padding_drawn::{measured, numbers, photo};
use super::questions;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::inputs::number_grid;
use crate::exhibits::prelude::*;
use crate::exhibits::symbols;
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::page::{lay, reason};
use crate::viz::figures::window::Walk;

const SIDE: usize = 224;
const MAX_GRID: usize = 12;
/// Height of the line between the two pictures of a column.
const NAME: f32 = 24.0;
/// Place of the worked cell among the columns: behind that of same.
const LENS: usize = 2;
/// Least width of a column as a share of the widest one.
const LEAST: f32 = 0.6;

choices! {
    /// What the filter reads.
    enum Image { Grid = "grid", Photo = "photo" }
}

settings! {
    /// The page.
    pub struct ValidVsSame {
        image: Image = Image::Grid,
        width: u32 = 7,
        size: u32 = 3,
        stride: u32 = 1,
        dilation: u32 = 1,
        filter: Filter = Filter::Blur,
        grid: Vec<f32> = number_grid(MAX_GRID),
        walk: Walk = Walk::new(0, 1),
    }
}

impl Exhibit for ValidVsSame {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::choice("image", "Input", &mut self.image).show(k);
        let own = self.image == Image::Grid;
        Knob::int("width", "Grid side", &mut self.width, 5..=12).help("W").enabled(own).show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=9)
            .help("F; an even one makes the padding of “same” lopsided")
            .show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=4).help("S").show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=4).help("D").show(k);
        Knob::choice_of("filter", "Filter", &mut self.filter, filters::NAMED).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, MAX_GRID)
            .help("The upper left corner is used")
            .enabled(own)
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let photo = self.image == Image::Photo;
        let x = if photo {
            on.photo(SIDE)
        } else {
            let side = self.width as usize;
            let rows = self.grid.chunks(MAX_GRID).take(side);
            let corner: Vec<f32> = rows.flat_map(|row| &row[..side]).copied().collect();
            on.plan.constant("grid", &[1, 1, side, side], corner)
        };
        let plan = &mut on.plan;
        let [size, stride, dilation] = [self.size, self.stride, self.dilation].map(|v| v as usize);
        let filters::Weights { w, groups, look } = filters::weights(plan, self.filter, size, x.shape[1]);
        let mut modes = Vec::new();
        for (mode, name) in MODES {
            let [before, after] = pads(mode, x.shape[2], size, stride, dilation);
            let conv = Conv {
                pad: [before, before, after, after],
                stride: [stride; 2],
                dilation: [dilation; 2],
                groups,
                ..Conv::default()
            };
            modes.push(match Conv2d::new(&x.shape, &w.shape, false, &conv) {
                Ok(p) => {
                    let y = conv2d(plan, &x, &w, None, &conv)?;
                    plan.name(&y, &format!("{} output", name.to_lowercase()));
                    Ok((p, y))
                }
                Err(e) => Err(e.to_string()),
            });
        }
        let kernel = filters::kernel(self.filter, size, 0.0, &[]);
        let looks = [if photo { Look::Rgb } else { Look::Sequential }, look];
        let shown = Shown { x, kernel, looks, stride, modes };
        if let Some(p) = shown.of(Mode::Same) {
            let cells = (p.oh * p.ow) as usize;
            if self.walk.total() != cells {
                // The upper left corner, where the window hangs over the edge.
                self.walk.resize(cells, p.ow as usize);
                self.walk.scrub(0);
            }
        }
        Ok(shown)
    }

    fn caption(&self, shown: &Shown, _: &mut View<'_>) -> Option<Caption> {
        let p = shown.of(Mode::Same)?;
        let [before, after] = [p.pad[0], p.pad[2]];
        let [valid, full] = [Mode::Valid, Mode::Full].map(|mode| size(shown.of(mode)));
        let same = size(Some(p));
        // Beside the column that it works out stands the lens.
        let full_at = LENS + 1;
        let cells = |n: u32| words::plural(n as usize, "zero", "zeros");
        let others = format!("valid gives [{valid}](value 0), full [{full}](value {full_at})");
        Some(match () {
            () if before != after && shown.stride == 1 => Caption::broken(&format!(
                "Same needs **{}** zeros: **{before}** before, **{after}** behind, so the map lies [half a cell](bad 1) to the \
                 left and up. [Centred again](good), an odd kernel, mends it.",
                before + after
            )),
            () if shown.stride > 1 => Caption::plain(&format!(
                "Same at stride **{}** turns {} × {} into [{same}](value 1), rounded up, with {} before and **{after}** behind; {others}.",
                shown.stride,
                p.h,
                p.w,
                cells(before)
            )),
            () => Caption::plain(&format!(
                "Same adds **{}** a side and keeps [{same}](value 1); valid leaves [{valid}](value 0), full makes [{full}](value {full_at}).",
                cells(before)
            )),
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let grid = shown.looks[0] != Look::Rgb;
        // One scale for all, so that what grows and shrinks can be compared.
        let all = || shown.modes.iter().flatten().map(|(p, _)| p);
        let around = all().map(|p| p.w + p.pad[1] + p.pad[3]).max().unwrap_or(1) as f32;
        let across = all().map(|p| (p.w + p.pad[1] + p.pad[3]).max(p.ow)).max().unwrap_or(1) as f32;
        let high = around + all().map(|p| p.oh).max().unwrap_or(1) as f32;
        // Each column is as wide as its map, and as its name.
        let widths: Vec<f32> = shown
            .modes
            .iter()
            .map(|mode| mode.as_ref().map_or(0.0, |(p, _)| (p.w + p.pad[1] + p.pad[3]).max(p.ow) as f32))
            .map(|width| width.max(across * LEAST))
            .collect();
        let mut hero: Vec<Panel> = widths.iter().map(|width| Panel::picture(width / (high * 1.06))).collect();
        // Beside the column that it works out.
        hero.insert(LENS, Panel::free(116.0, 0.0));
        let placed = lay(ui, &[Row::Hero(hero), Row::Measured(4)]);
        let room = placed.rows[0][0].rect;
        let cell = (room.width() / widths[0]).min((room.height() - NAME) / high).min(64.0);
        let before = all().map(|p| p.pad[0]).max().unwrap_or(0) as f32;
        for (i, (mode, name)) in MODES.into_iter().enumerate() {
            let place = if i >= LENS { i + 1 } else { i };
            let Cell { rect, name: line, .. } = placed.rows[0][place];
            match &shown.modes[i] {
                Ok((p, y)) => {
                    let [near, far] = [p.pad[0], p.pad[2]];
                    let zeros = if near + far == 0 {
                        "no zeros".into()
                    } else {
                        format!("{near} before, {far} behind")
                    };
                    words::panel_name(ui, line, name, &zeros);
                    let side = |n: u32| (n as f32 * cell).round();
                    // The cells of the inputs lie beside each other, whatever is around them.
                    let top = rect.min + vec2(0.0, ((before - near as f32) * cell).round());
                    let input = Rect::from_min_size(top, vec2(1.0, 1.0) * side(p.w + near + far));
                    let low = rect.top() + (around * cell).round();
                    let output =
                        Rect::from_min_size(pos2(rect.left(), low + NAME), vec2(1.0, 1.0) * side(p.ow));
                    let between = Rect::from_min_size(pos2(rect.left(), low), vec2(rect.width(), NAME));
                    let bare = Cell::bare(input);
                    let result = Cell { rect: output, name: between, ..bare };
                    let lens = match mode {
                        Mode::Same => placed.rows[0][LENS],
                        _ => Cell { rect: Rect::NOTHING, ..Cell::bare(input) },
                    };
                    let cells = [&bare, &lens, &result];
                    let changed = ui.push_id(name, |ui| {
                        if !grid {
                            photo(shown, ui, view, cells, (p, y), (cell, &mut self.walk));
                            return None;
                        }
                        numbers(shown, ui, view, cells, (p, y), &mut self.walk)
                    });
                    if let Some((at, number)) = changed.inner {
                        let width = p.w as usize;
                        self.grid[at / width * MAX_GRID + at % width] = number;
                    }
                }
                Err(why) => {
                    words::panel_name(ui, line, name, "no output");
                    reason(
                        ui,
                        Rect::from_min_size(rect.min, vec2(rect.width(), 240.0_f32.min(rect.height()))),
                        why,
                    );
                }
            }
        }
        measured(shown, ui, &placed);
    }

    fn window(&mut self) -> Option<&mut Walk> {
        (self.image == Image::Grid).then_some(&mut self.walk)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        shown.of(Mode::Valid).map_or_else(Vec::new, symbols::window)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::padding(rng)
    }
}
