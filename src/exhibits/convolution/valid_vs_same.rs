//! Valid, same and full padding: P = 0; as much as makes the output ceil(W/S); and D(F − 1) on
//! every side. Odd totals put the extra cell at the end, as TensorFlow does.

use egui::{RichText, Ui, vec2};

use crate::exhibits::inputs::number_grid;
use crate::exhibits::{Exhibit, Inputs, Problem, Question, filters};
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::philox::Rng;
use crate::viz::facts::{facts, shape};
use crate::viz::{Knob, Knobs, Look, MapResponse, MapStyle, View, theme};

const SIDE: usize = 224;
const MAX_GRID: usize = 12;
const MODES: [&str; 3] = ["Valid", "Same", "Full"];

/// The page.
pub struct ValidVsSame {
    image: usize,
    width: u32,
    size: u32,
    stride: u32,
    dilation: u32,
    filter: usize,
    grid: Vec<f32>,
    shown: Option<Shown>,
}

struct Shown {
    x: Tensor,
    look: Look,
    output: Look,
    /// Settings and output of each mode; the reason instead where a mode cannot work.
    modes: Vec<Result<(Conv2d, Tensor), String>>,
}

impl Default for ValidVsSame {
    fn default() -> Self {
        Self {
            image: 0,
            width: 7,
            size: 3,
            stride: 1,
            dilation: 1,
            filter: 1,
            grid: number_grid(MAX_GRID),
            shown: None,
        }
    }
}

/// Padding of a mode along one axis: before and after.
pub fn pads(mode: usize, input: usize, size: usize, stride: usize, dilation: usize) -> [usize; 2] {
    let span = dilation * (size - 1) + 1;
    match mode {
        0 => [0, 0],
        1 => {
            let output = input.div_ceil(stride);
            let total = ((output - 1) * stride + span).saturating_sub(input);
            [total / 2, total - total / 2]
        }
        _ => [span - 1, span - 1],
    }
}

impl Exhibit for ValidVsSame {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::choice("image", "Input", &mut self.image, &["grid", "photo"]).show(k);
        let own = self.image == 0;
        Knob::int("width", "Grid side", &mut self.width, 5..=12).help("W").enabled(own).show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=9)
            .help("F; an even one makes the padding of “same” lopsided")
            .show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=4).help("S").show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=4).help("D").show(k);
        Knob::choice("filter", "Filter", &mut self.filter, &filters::NAMES[..filters::OWN]).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, MAX_GRID)
            .help("The upper left corner is used")
            .enabled(own)
            .show(k);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        let photo = self.image == 1;
        let x = if photo {
            plan.constant("photo", &[1, 3, SIDE, SIDE], inputs.photo(SIDE))
        } else {
            let side = self.width as usize;
            let rows = self.grid.chunks(MAX_GRID).take(side);
            let corner: Vec<f32> = rows.flat_map(|row| &row[..side]).copied().collect();
            plan.constant("grid", &[1, 1, side, side], corner)
        };
        let [size, stride, dilation] = [self.size, self.stride, self.dilation].map(|v| v as usize);
        let channels = x.shape[1];
        let filters::Layer { w, groups, look: output } = filters::layer(plan, self.filter, size, channels);
        let mut modes = Vec::new();
        for (mode, name) in MODES.iter().enumerate() {
            let [before, after] = pads(mode, x.shape[2], size, stride, dilation);
            let conv = Conv {
                pad: [before, before, after, after],
                stride: [stride; 2],
                dilation: [dilation; 2],
                groups,
                ..Conv::default()
            };
            let settings = Conv2d::new(&x.shape, &w.shape, false, &conv);
            modes.push(match settings {
                Ok(settings) => {
                    let y = conv2d(plan, &x, &w, None, &conv)?;
                    plan.name(&y, &format!("{} output", name.to_lowercase()));
                    Ok((settings, y))
                }
                Err(e) => Err(e.to_string()),
            });
        }
        let look = if photo { Look::Rgb } else { Look::Sequential };
        self.shown = Some(Shown { x, look, output, modes });
        Ok(())
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = &self.shown else { return };
        let side = shown.x.shape[2];
        let input = shape(side, side, shown.x.shape[1]);
        facts(ui, &[("Input", input), ("Sizes per axis", "floor((W + P − D(F−1) − 1)/S) + 1".into())]);
        ui.add_space(6.0);
        // One scale for all three, so that what grows and shrinks can be compared.
        let widest = shown.modes.iter().flatten().map(|(p, _)| (p.w + p.pad[1] + p.pad[3]).max(p.ow)).max();
        let cells = widest.unwrap_or(1) as f32;
        let room = (ui.available_width() - 4.0 * theme::GAP) / 3.0;
        let high = (ui.available_height() - 150.0) / 2.0;
        let fit = (room / cells).min(high.max(90.0) / cells);
        let cell = if fit > 2.0 { fit.floor() } else { fit };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            for (name, mode) in MODES.iter().zip(&shown.modes) {
                ui.vertical(|ui| {
                    ui.set_width(room);
                    ui.label(RichText::new(*name).strong());
                    match mode {
                        Ok((p, y)) => {
                            let map = column(ui, view, shown, p, y, cell);
                            if shown.look != Look::Rgb {
                                map.edit(&mut self.grid, MAX_GRID);
                            }
                        }
                        Err(reason) => {
                            ui.add(egui::Label::new(format!("No output: {reason}.")).wrap());
                        }
                    }
                });
            }
        });
    }

    fn practice(&self, rng: &mut Rng) -> Option<Question> {
        let input = 7 + rng.below(20) as usize;
        let (size, stride) = (2 + rng.below(4) as usize, 1 + rng.below(3) as usize);
        let [before, after] = pads(1, input, size, stride, 1);
        let output = input.div_ceil(stride);
        Some(Question {
            ask: format!(
                "Input {input} cells wide, kernel {size}, stride {stride}, “same” padding as TensorFlow does it: \
                 how many zeros go to the right?"
            ),
            answer: after as f64,
            how: format!(
                "The output has ceil({input}/{stride}) = {output} cells, so max(({output}−1)·{stride} + {size} − \
                 {input}, 0) = {} zeros in all: {before} to the left, {after} to the right.",
                before + after
            ),
        })
    }
}

/// One mode: the padded input and its output below.
fn column(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, p: &Conv2d, y: &Tensor, cell: f32) -> MapResponse {
    let [top, left, bottom, right] = p.pad.map(|v| v as f32);
    let padding = if p.pad == [0; 4] {
        "no padding".to_owned()
    } else {
        format!("padding left {left}, right {right}, top {top}, bottom {bottom}")
    };
    ui.label(RichText::new(padding).small().color(theme::faint(ui.visuals())));
    let size = |h: u32, w: u32| vec2(w as f32, h as f32) * cell * 1.0001;
    let style = MapStyle::new("", shown.look, 0.0).size(size(p.h, p.w)).without_bar();
    ui.add_space(top * cell);
    let map = ui
        .horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(left * cell);
            view.map(ui, &shown.x, 0, style)
        })
        .inner;
    ui.add_space(bottom * cell);
    paint_padding(ui, &map, p);
    ui.add_space(4.0);
    let title = format!("Output {} × {}", p.oh, p.ow);
    let style = MapStyle::new(&title, shown.output, 0.0).size(size(p.oh, p.ow));
    view.map(ui, y, 0, style);
    let change = f64::from(p.ow) / f64::from(p.w);
    let words =
        if p.ow == p.w { "keeps the size".to_owned() } else { format!("{change:.2} × the input's side") };
    ui.label(RichText::new(words).small());
    if left != right {
        let text =
            "More zeros at the end than at the start: the output lies half a cell to the left of the input.";
        let text = RichText::new(text).small().color(theme::accent_text(ui.visuals()));
        ui.add(egui::Label::new(text).wrap());
    }
    map
}

/// The zeros around the input, as cells.
fn paint_padding(ui: &Ui, map: &MapResponse, p: &Conv2d) {
    let [top, left, bottom, right] = p.pad.map(|v| v as f32);
    let (h, w) = (p.h as f32, p.w as f32);
    let around = map.cells(-top, -left, h + top + bottom, w + left + right);
    let strips = [
        map.cells(-top, -left, top, w + left + right),
        map.cells(h, -left, bottom, w + left + right),
        map.cells(0.0, -left, h, left),
        map.cells(0.0, w, h, right),
    ];
    for strip in strips.iter().filter(|s| s.width() > 0.5 && s.height() > 0.5) {
        View::hatch(ui, *strip);
    }
    let stroke = egui::Stroke::new(1.0, theme::hatch(ui.visuals()));
    ui.painter().rect_stroke(around, 0.0, stroke, egui::StrokeKind::Middle);
}

#[cfg(test)]
mod tests {
    use super::pads;

    #[test]
    fn pads_of_each_mode() {
        assert_eq!(pads(0, 7, 3, 1, 1), [0, 0]);
        assert_eq!(pads(1, 7, 3, 1, 1), [1, 1]);
        assert_eq!(pads(1, 7, 4, 1, 1), [1, 2]);
        assert_eq!(pads(1, 8, 3, 2, 1), [0, 1]);
        assert_eq!(pads(1, 5, 1, 3, 1), [0, 0]);
        assert_eq!(pads(1, 7, 3, 1, 2), [2, 2]);
        assert_eq!(pads(2, 7, 3, 1, 1), [2, 2]);
    }
}
