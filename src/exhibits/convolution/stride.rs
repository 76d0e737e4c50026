//! Stride: the step between windows. The output shrinks by S per axis and S² in area and cost, and
//! detail above half the new sampling rate folds back as false patterns.

use egui::{Ui, vec2};

use crate::exhibits::inputs::{number_grid, zone_plate};
use crate::exhibits::{Exhibit, Inputs, Problem, Question, filters};
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::philox::Rng;
use crate::viz::facts::{facts, grouped, shape};
use crate::viz::{Knob, Knobs, Look, MapStyle, View, theme};

const SIDE: usize = 224;
const GRID: usize = 12;
/// The strip shows the output at each of these.
const STRIDES: std::ops::RangeInclusive<usize> = 1..=8;

/// The page.
pub struct Stride {
    stride: u32,
    stride_y: u32,
    size: u32,
    padding: u32,
    blur: bool,
    image: usize,
    filter: usize,
    grid: Vec<f32>,
    shown: Option<Shown>,
}

/// What the picture needs of the settings it was recorded with.
struct Shown {
    x: Tensor,
    read: Tensor,
    y: Tensor,
    strip: Vec<Tensor>,
    settings: Conv2d,
    input: Look,
    output: Look,
}

impl Default for Stride {
    fn default() -> Self {
        Self {
            stride: 2,
            stride_y: 0,
            size: 3,
            padding: 0,
            blur: false,
            image: 0,
            filter: 0,
            grid: number_grid(GRID),
            shown: None,
        }
    }
}

impl Exhibit for Stride {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::int("stride", "Stride", &mut self.stride, 1..=8)
            .help("Input cells between one window and the next")
            .show(k);
        Knob::int("stride-y", "Vertical stride", &mut self.stride_y, 0..=8)
            .help("0: the same as the stride")
            .show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=11).help("F, the side of the window").show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=6).help("Zeros added on each side").show(k);
        Knob::switch("blur", "Blur before stride", &mut self.blur)
            .help("A 5 × 5 Gaussian first removes the detail that the stride cannot hold")
            .show(k);
        Knob::choice("filter", "Filter", &mut self.filter, &filters::NAMES[..filters::OWN]).show(k);
        Knob::choice("image", "Input", &mut self.image, &["photo", "zone plate", "grid"])
            .help("The zone plate's rings get finer outwards: see what a stride makes of them")
            .show(k);
        let own = self.image == 2;
        Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(own).show(k);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        let x = match self.image {
            0 => plan.constant("photo", &[1, 3, SIDE, SIDE], inputs.photo(SIDE)),
            1 => plan.constant("zone plate", &[1, 1, SIDE, SIDE], zone_plate(SIDE)),
            _ => plan.constant("grid", &[1, 1, GRID, GRID], self.grid.clone()),
        };
        let channels = x.shape[1];
        let size = self.size as usize;
        let read = if self.blur {
            let w: Vec<f32> = filters::kernel(1, 5, 0.0, &[]).repeat(channels);
            let w = plan.constant("blur", &[channels, 1, 5, 5], w);
            let conv = Conv { pad: [2; 4], groups: channels, ..Conv::default() };
            let blurred = conv2d(plan, &x, &w, None, &conv)?;
            plan.name(&blurred, "blurred");
            blurred
        } else {
            x.clone()
        };
        let filters::Layer { w, groups, look: output } = filters::layer(plan, self.filter, size, channels);
        let pad = [self.padding as usize; 4];
        let at = |stride: [usize; 2]| Conv { stride, pad, groups, ..Conv::default() };
        let across = self.stride as usize;
        let down = if self.stride_y == 0 { across } else { self.stride_y as usize };
        let settings = Conv2d::new(&read.shape, &w.shape, false, &at([down, across]))?;
        let y = conv2d(plan, &read, &w, None, &at([down, across]))?;
        plan.name(&y, "feature map");
        let mut strip = Vec::new();
        for stride in STRIDES {
            let map = conv2d(plan, &read, &w, None, &at([stride, stride]))?;
            plan.name(&map, &format!("stride {stride}"));
            strip.push(map);
        }
        let input = if channels == 3 { Look::Rgb } else { Look::Sequential };
        self.shown = Some(Shown { x, read, y, strip, settings, input, output });
        Ok(())
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = &self.shown else { return };
        let p = &shown.settings;
        let [down, across] = p.stride;
        let full = Conv2d {
            stride: [1, 1],
            oh: p.h + p.pad[0] + p.pad[2] - p.r + 1,
            ow: p.w + p.pad[1] + p.pad[3] - p.s + 1,
            ..*p
        };
        let ratio = full.multiply_adds() as f64 / p.multiply_adds() as f64;
        let skipped = unread(p);
        facts(
            ui,
            &[
                ("Input", shape(p.h as usize, p.w as usize, p.c as usize)),
                ("Output", shape(p.oh as usize, p.ow as usize, p.k as usize)),
                ("Multiply-adds", grouped(p.multiply_adds())),
                ("Against stride 1", format!("1/{ratio:.1}")),
                ("Input cells never read", format!("{:.0} %", skipped * 100.0)),
            ],
        );
        ui.add_space(4.0);
        let width = ui.available_width();
        let side = ((width - 3.0 * theme::GAP) / 2.0).min(ui.available_height() * 0.56).max(160.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            let blurred = shown.read.buf != shown.x.buf;
            let title = if blurred { "Input, blurred" } else { "Input" };
            let map = view.map(ui, &shown.read, 0, MapStyle::new(title, shown.input, side));
            hatch_unread(ui, &map, p);
            if shown.x.shape[2] == GRID {
                map.edit(&mut self.grid, GRID);
            }
            let title = format!("Output at stride {across} × {down}");
            view.map(ui, &shown.y, 0, MapStyle::new(&title, shown.output, side));
        });
        ui.add_space(6.0);
        ui.label(egui::RichText::new("The same filter at strides 1 to 8, all at one scale").small().strong());
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            let total: usize = shown.strip.iter().map(|t| t.shape[3]).sum();
            let room = width - 10.0 * shown.strip.len() as f32;
            let scale = (room / total as f32)
                .min((ui.available_height() - 24.0).max(60.0) / shown.strip[0].shape[2] as f32);
            for (stride, map) in STRIDES.zip(&shown.strip) {
                let size = vec2(map.shape[3] as f32, map.shape[2] as f32) * scale;
                let title = stride.to_string();
                view.map(ui, map, 0, MapStyle::new(&title, shown.output, 0.0).size(size).without_bar());
            }
        });
    }

    fn practice(&self, rng: &mut Rng) -> Option<Question> {
        let side = 16 + rng.below(48) as usize;
        let (size, stride) = (1 + 2 * rng.below(3) as usize, 2 + rng.below(3) as usize);
        let at = |s: usize| {
            let conv = Conv { stride: [s; 2], pad: [size / 2; 4], ..Conv::default() };
            Conv2d::new(&[1, 3, side, side], &[8, 3, size, size], false, &conv).ok()
        };
        let (dense, sparse) = (at(1)?, at(stride)?);
        Some(Question {
            ask: format!(
                "A {size}×{size} convolution with {} channels of padding reads a {side}×{side} input. How many \
                 times fewer multiply-adds does stride {stride} cost than stride 1?",
                size / 2
            ),
            answer: dense.multiply_adds() as f64 / sparse.multiply_adds() as f64,
            how: format!(
                "Stride 1 gives {}×{} outputs, stride {stride} gives {}×{}; each costs the same, so the ratio is \
                 that of the areas, close to S² = {}.",
                dense.oh,
                dense.ow,
                sparse.oh,
                sparse.ow,
                stride * stride
            ),
        })
    }
}

/// Whether input position `at` is read along an axis: whether the last window that begins at or
/// before it reaches it.
fn is_read(at: u32, outputs: u32, stride: u32, size: u32, pad: u32) -> bool {
    let at = at + pad;
    let window = (at / stride).min(outputs - 1);
    at < window * stride + size
}

/// Share of input cells that no window reads.
fn unread(p: &Conv2d) -> f64 {
    let rows = (0..p.h).filter(|&i| is_read(i, p.oh, p.stride[0], p.r, p.pad[0])).count();
    let columns = (0..p.w).filter(|&i| is_read(i, p.ow, p.stride[1], p.s, p.pad[1])).count();
    1.0 - (rows * columns) as f64 / (f64::from(p.h) * f64::from(p.w))
}

fn hatch_unread(ui: &Ui, map: &crate::viz::MapResponse, p: &Conv2d) {
    // Finer than this the strokes would hide the picture; the figure above tells it then.
    if map.cell.min_elem() < 6.0 {
        return;
    }
    for row in (0..p.h).filter(|&i| !is_read(i, p.oh, p.stride[0], p.r, p.pad[0])) {
        View::hatch(ui, map.cells(row as f32, 0.0, 1.0, p.w as f32));
    }
    for column in (0..p.w).filter(|&i| !is_read(i, p.ow, p.stride[1], p.s, p.pad[1])) {
        View::hatch(ui, map.cells(0.0, column as f32, p.h as f32, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::is_read;

    #[test]
    fn a_position_is_read_if_any_window_covers_it() {
        for (outputs, stride, size, pad) in
            [(3, 4, 3, 0), (6, 2, 3, 1), (2, 8, 1, 0), (5, 1, 11, 6), (1, 3, 2, 0)]
        {
            for at in 0..40 {
                let covered = (0..outputs).any(|o| (o * stride..o * stride + size).contains(&(at + pad)));
                assert_eq!(
                    is_read(at, outputs, stride, size, pad),
                    covered,
                    "{at} {outputs} {stride} {size} {pad}"
                );
            }
        }
    }
}
