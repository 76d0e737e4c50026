//! Convolution types on one canvas: one parameterised layer of six channels that the settings turn
//! from standard into strided, dilated, grouped, depthwise and pointwise.

use egui::{Pos2, RichText, Stroke, Ui};

use crate::exhibits::inputs::number_grid;
use crate::exhibits::{Exhibit, Inputs, Problem, Question, filters};
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, Conv2d, conv2d};
use crate::ops::philox::Rng;
use crate::viz::facts::{facts, grouped, shape};
use crate::viz::{Knob, Knobs, Look, MapResponse, MapStyle, View, theme};

const SIDE: usize = 192;
const GRID: usize = 12;
const CHANNELS: usize = 6;
const GROUPS: [usize; 4] = [1, 2, 3, 6];
const CHANNEL_NAMES: [&str; CHANNELS] = ["red", "green", "blue", "edges |", "edges —", "blurred"];
const TYPES: &[&str] = &["standard", "strided", "dilated", "grouped", "depthwise", "pointwise 1x1"];

/// The page.
pub struct ConvolutionTypes {
    kind: usize,
    size: u32,
    stride: u32,
    padding: u32,
    dilation: u32,
    groups: usize,
    filter: usize,
    angle: f32,
    own: Vec<f32>,
    channel: u32,
    image: usize,
    grid: Vec<f32>,
    shown: Option<Shown>,
}

struct Shown {
    kind: usize,
    channel: usize,
    x: Tensor,
    w: Tensor,
    y: Tensor,
    p: Conv2d,
}

impl Default for ConvolutionTypes {
    fn default() -> Self {
        Self {
            kind: 0,
            size: 3,
            stride: 2,
            padding: 1,
            dilation: 2,
            groups: 2,
            filter: 0,
            angle: 45.0,
            own: vec![0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0],
            channel: 1,
            image: 0,
            grid: number_grid(GRID),
            shown: None,
        }
    }
}

/// Six channels from three: the colours themselves, edges in both directions, a blur.
fn lift(channels: usize) -> Vec<f32> {
    let mut w = Vec::with_capacity(CHANNELS * channels * 9);
    for out in 0..CHANNELS {
        for channel in 0..channels {
            let share = 1.0 / channels as f32;
            let (kernel, weight) = match out {
                0..3 => (filters::kernel(5, 3, 0.0, &[]), f32::from(u8::from(channel == out % channels))),
                3 => (filters::kernel(0, 3, 0.0, &[]), share),
                4 => {
                    let k = filters::kernel(0, 3, 0.0, &[]);
                    ((0..9).map(|i| k[i % 3 * 3 + i / 3]).collect(), share)
                }
                _ => (filters::kernel(1, 3, 0.0, &[]), share),
            };
            w.extend(kernel.iter().map(|k| k * weight));
        }
    }
    w
}

impl ConvolutionTypes {
    /// The numbers of the layer: `[6, 6/groups, size, size]`. Every output channel leans on the
    /// input of its own number and mixes in the others of its group.
    fn weights(&self, size: usize, groups: usize) -> Vec<f32> {
        let per_group = CHANNELS / groups;
        let mut w = Vec::with_capacity(CHANNELS * per_group * size * size);
        for out in 0..CHANNELS {
            let angle = self.angle + 30.0 * out as f32;
            let kernel = filters::kernel(self.filter, size, angle, &self.own);
            let first = out / per_group * per_group;
            for channel in first..first + per_group {
                let sign = if (out + channel) % 2 == 0 { 1.0 } else { -1.0 };
                let weight = if channel == out { 1.0 } else { 0.25 * sign };
                w.extend(kernel.iter().map(|k| k * weight));
            }
        }
        w
    }
}

impl Exhibit for ConvolutionTypes {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::choice("type", "Type", &mut self.kind, TYPES).show(k);
        Knob::int("size", "Kernel size", &mut self.size, 1..=9).enabled(self.kind != 5).show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=8).enabled(self.kind == 1).show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=8)
            .help("Distance between the cells that the kernel reads")
            .enabled(self.kind == 2)
            .show(k);
        Knob::choice("groups", "Groups", &mut self.groups, &["1", "2", "3", "6"])
            .help("1 is a standard convolution, 6 (one per channel) a depthwise one")
            .enabled(self.kind == 3)
            .show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=8).help("Zeros added on each side").show(k);
        k.heading("Filter");
        Knob::choice("filter", "Filter", &mut self.filter, filters::NAMES).show(k);
        Knob::float("angle", "Gabor angle", &mut self.angle, 0.0..=180.0)
            .unit("°")
            .help("Each further channel turns by 30°")
            .enabled(self.filter == 4)
            .show(k);
        Knob::numbers("own", "Own numbers", &mut self.own, 3).enabled(self.filter == filters::OWN).show(k);
        k.heading("View");
        Knob::int("channel", "Enlarged channel", &mut self.channel, 1..=CHANNELS as u32).show(k);
        Knob::choice("image", "Input", &mut self.image, &["photo", "grid"]).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(self.image == 1).show(k);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        let input = match self.image {
            0 => plan.constant("photo", &[1, 3, SIDE, SIDE], inputs.photo(SIDE)),
            _ => plan.constant("grid", &[1, 1, GRID, GRID], self.grid.clone()),
        };
        let channels = input.shape[1];
        let lifting = plan.constant("lifting weights", &[CHANNELS, channels, 3, 3], lift(channels));
        let same = Conv { pad: [1; 4], ..Conv::default() };
        let x = conv2d(plan, &input, &lifting, None, &same)?;
        plan.name(&x, "input channels");

        let size = if self.kind == 5 { 1 } else { self.size as usize };
        let groups = match self.kind {
            3 => GROUPS[self.groups],
            4 => CHANNELS,
            _ => 1,
        };
        let conv = Conv {
            pad: [self.padding as usize; 4],
            stride: [if self.kind == 1 { self.stride as usize } else { 1 }; 2],
            dilation: [if self.kind == 2 { self.dilation as usize } else { 1 }; 2],
            groups,
            ..Conv::default()
        };
        let shape = [CHANNELS, CHANNELS / groups, size, size];
        let p = Conv2d::new(&x.shape, &shape, false, &conv)?;
        let w = plan.constant("kernel", &shape, self.weights(size, groups));
        let y = conv2d(plan, &x, &w, None, &conv)?;
        plan.name(&y, "output channels");
        self.shown = Some(Shown { kind: self.kind, channel: self.channel as usize - 1, x, w, y, p });
        Ok(())
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = &self.shown else { return };
        let p = &shown.p;
        let weights = |groups: u32| u64::from(p.k * (p.c / groups) * p.r * p.s);
        let separable = u64::from(p.c * p.r * p.s + p.k * p.c);
        let reach = p.dilation[0] * (p.r - 1) + 1;
        facts(
            ui,
            &[
                ("Output", shape(p.oh as usize, p.ow as usize, p.k as usize)),
                ("Parameters", format!("{} of {}", grouped(weights(p.groups)), grouped(weights(1)))),
                ("Multiply-adds", grouped(p.multiply_adds())),
                ("Receptive field", format!("{reach} × {reach}")),
                ("Depthwise separable", format!("{} parameters", grouped(separable))),
            ],
        );
        ui.add_space(6.0);
        let height = ui.available_height();
        let side = ((height - 16.0) / CHANNELS as f32 - 24.0).clamp(40.0, 96.0);
        let wires = 92.0;
        let (mut ins, mut outs) = (Vec::new(), Vec::new());
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.vertical(|ui| {
                for (i, name) in CHANNEL_NAMES.iter().enumerate() {
                    ins.push(view.map(ui, &shown.x, i, MapStyle::new(name, look_of(i), side).without_bar()));
                }
            });
            ui.add_space(wires);
            ui.vertical(|ui| {
                for i in 0..CHANNELS {
                    let title = format!("output {}", i + 1);
                    let map =
                        view.map(ui, &shown.y, i, MapStyle::new(&title, Look::Diverging, side).without_bar());
                    if map.response.clicked() {
                        self.channel = i as u32 + 1;
                    }
                    outs.push(map);
                }
            });
            ui.add_space(theme::GAP * 1.5);
            ui.vertical(|ui| enlarged(ui, view, shown));
        });
        wiring(ui, &ins, &outs, shown);
    }

    fn practice(&self, rng: &mut Rng) -> Option<Question> {
        let channels = 8 << rng.below(4);
        let out = channels * 2;
        let size = 3 + 2 * rng.below(2) as usize;
        let standard = Conv2d::new(
            &[1, channels, 16, 16],
            &[out, channels, size, size],
            false,
            &Conv { pad: [size / 2; 4], ..Conv::default() },
        )
        .ok()?;
        let depthwise_conv = Conv { pad: [size / 2; 4], groups: channels, ..Conv::default() };
        let depthwise =
            Conv2d::new(&[1, channels, 16, 16], &[channels, 1, size, size], false, &depthwise_conv).ok()?;
        let pointwise =
            Conv2d::new(&[1, channels, 16, 16], &[out, channels, 1, 1], false, &Conv::default()).ok()?;
        let separable = depthwise.multiply_adds() + pointwise.multiply_adds();
        Some(Question {
            ask: format!(
                "A {size}×{size} layer takes {channels} channels to {out}. How many times fewer multiply-adds does \
                 the depthwise-separable form need?"
            ),
            answer: standard.multiply_adds() as f64 / separable as f64,
            how: format!(
                "Standard: {size}²·{channels}·{out} per position; separable: {size}²·{channels} + {channels}·{out}. \
                 The cost falls to 1/{out} + 1/{size}² of the standard one."
            ),
        })
    }
}

fn look_of(channel: usize) -> Look {
    if matches!(channel, 3 | 4) { Look::Diverging } else { Look::Sequential }
}

/// The chosen output channel, large, and the numbers that made it.
fn enlarged(ui: &mut Ui, view: &mut View<'_>, shown: &Shown) {
    let side = ui.available_width().min(ui.available_height() * 0.66).max(150.0);
    let title = format!("Output {} of a {} convolution", shown.channel + 1, TYPES[shown.kind]);
    view.map(ui, &shown.y, shown.channel, MapStyle::new(&title, Look::Diverging, side));
    ui.add_space(6.0);
    let per_group = shown.w.shape[1];
    // The slice that reads the input of the same number: the heaviest of the group.
    let own = shown.channel % per_group;
    let title = format!("Its kernel on {}", CHANNEL_NAMES[shown.channel]);
    let side = (ui.available_height() - 40.0).clamp(60.0, 150.0).min(side);
    let index = shown.channel * per_group + own;
    view.map(ui, &shown.w, index, MapStyle::new(&title, Look::Diverging, side));
    if per_group > 1 {
        let text = format!("and {} more slices, one for each other input of its group", per_group - 1);
        ui.label(RichText::new(text).small().color(theme::faint(ui.visuals())));
    }
}

/// A line for each pair of an input and an output channel that weights join.
fn wiring(ui: &Ui, ins: &[MapResponse], outs: &[MapResponse], shown: &Shown) {
    let per_group = CHANNELS / shown.p.groups as usize;
    let painter = ui.painter();
    for (o, out) in outs.iter().enumerate() {
        let first = o / per_group * per_group;
        for (i, input) in ins.iter().enumerate().skip(first).take(per_group) {
            let mine = o == shown.channel;
            let from: Pos2 = input.rect.right_center() + egui::vec2(4.0, 0.0);
            let to: Pos2 = out.rect.left_center() - egui::vec2(4.0, 0.0);
            let heavy = i == o;
            let color = if mine { theme::ACCENT } else { theme::faint(ui.visuals()).gamma_multiply(0.55) };
            painter.line_segment([from, to], Stroke::new(if heavy { 2.0 } else { 1.0 }, color));
        }
    }
}
