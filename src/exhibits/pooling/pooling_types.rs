//! Types of pooling side by side on one feature map: maximum, average, Lp, minimum, and the global
//! forms that leave one number a map.

use egui::{RichText, Ui};

use crate::exhibits::inputs::number_grid;
use crate::exhibits::{Exhibit, Inputs, Problem, Question, filters};
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::philox::Rng;
use crate::ops::pool::{Pool, avg_pool, global_avg_pool, global_max_pool, lp_pool, max_pool};
use crate::ops::unary::Act;
use crate::viz::facts::facts;
use crate::viz::{Knob, Knobs, Look, MapStyle, View, theme};

const SIDE: usize = 112;
const GRID: usize = 12;
const INPUTS: &[&str] = &["feature map", "photo", "grid", "sparse", "noise"];

/// The page.
pub struct PoolingTypes {
    window: u32,
    stride: u32,
    padding: u32,
    dilation: u32,
    p: f32,
    ceil: bool,
    count_padding: bool,
    image: usize,
    grid: Vec<f32>,
    shown: Option<Shown>,
}

struct Shown {
    input: usize,
    window: u32,
    x: Tensor,
    pooled: Vec<(&'static str, &'static str, Tensor)>,
    global: Vec<(&'static str, Tensor)>,
}

impl Default for PoolingTypes {
    fn default() -> Self {
        Self {
            window: 4,
            stride: 4,
            padding: 0,
            dilation: 1,
            p: 2.0,
            ceil: false,
            count_padding: false,
            image: 0,
            grid: number_grid(GRID),
            shown: None,
        }
    }
}

impl PoolingTypes {
    fn input(&self, plan: &mut Plan, inputs: &Inputs) -> Result<Tensor, Problem> {
        let noise = |keep: f32| -> Vec<f32> {
            let mut rng = Rng::new(inputs.seed + 1);
            (0..SIDE * SIDE).map(|_| if rng.uniform() < keep { rng.uniform() } else { 0.0 }).collect()
        };
        let square = [1, 1, SIDE, SIDE];
        Ok(match self.image {
            2 => plan.constant("grid", &[1, 1, GRID, GRID], self.grid.clone()),
            3 => plan.constant("sparse map", &square, noise(0.01)),
            4 => plan.constant("noise", &square, noise(1.0)),
            kind => {
                // The strongest edges of the photo, as a first layer finds them; or its brightness.
                let (filter, act) = if kind == 0 { (4, Act::RELU) } else { (5, Act::IDENTITY) };
                // Without padding, so that no edge of black borders outshines those of the picture.
                let photo = plan.constant("photo", &[1, 3, SIDE + 4, SIDE + 4], inputs.photo(SIDE + 4));
                let kernel = filters::kernel(filter, 5, 0.0, &[]);
                let kernel: Vec<f32> = kernel.iter().map(|w| w / 3.0).collect();
                let w = plan.constant("kernel", &[1, 3, 5, 5], kernel.repeat(3));
                let x = conv2d(plan, &photo, &w, None, &Conv { act, ..Conv::default() })?;
                plan.name(&x, INPUTS[kind]);
                x
            }
        })
    }
}

impl Exhibit for PoolingTypes {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::int("window", "Window", &mut self.window, 1..=12).help("Side of the pooled square").show(k);
        Knob::int("stride", "Stride", &mut self.stride, 1..=12)
            .help("Smaller than the window: the windows overlap")
            .show(k);
        Knob::int("padding", "Padding", &mut self.padding, 0..=6).show(k);
        Knob::int("dilation", "Dilation", &mut self.dilation, 1..=4).show(k);
        Knob::float("p", "p of Lp", &mut self.p, 1.0..=16.0)
            .help("1 adds up magnitudes, 2 is the Euclidean length, large values approach the maximum")
            .show(k);
        Knob::switch("ceil", "Ceil mode", &mut self.ceil)
            .help("Rounds the output size up: the last window may reach past the end")
            .show(k);
        Knob::switch("count-padding", "Padding counts", &mut self.count_padding)
            .help("Whether the average divides by padded cells too")
            .enabled(self.padding > 0)
            .show(k);
        Knob::choice("image", "Input", &mut self.image, INPUTS).show(k);
        Knob::numbers("grid", "Grid", &mut self.grid, GRID).enabled(self.image == 2).show(k);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        let x = self.input(plan, inputs)?;
        let [window, stride, pad, dilation] =
            [self.window, self.stride, self.padding, self.dilation].map(|v| v as usize);
        let pool = Pool {
            window: [window; 2],
            stride: [stride; 2],
            pad: [pad; 4],
            dilation: [dilation; 2],
            ceil: self.ceil,
        };
        let (max, _) = max_pool(plan, &x, &pool)?;
        let average = avg_pool(plan, &x, &pool, self.count_padding)?;
        let lp = lp_pool(plan, &x, &pool, self.p)?;
        // The minimum is the maximum of the negative, negated: three kernels, no new one.
        let minus = plan.constant("minus one", &[1, 1, 1, 1], vec![-1.0]);
        let negative = conv2d(plan, &x, &minus, None, &Conv::default())?;
        let (negative_max, _) = max_pool(plan, &negative, &pool)?;
        let min = conv2d(plan, &negative_max, &minus, None, &Conv::default())?;
        let (global_max, _) = global_max_pool(plan, &x)?;
        let global_average = global_avg_pool(plan, &x)?;
        let pooled = vec![
            ("Max", "keeps the strongest response", max),
            ("Average", "smooths, dilutes what is rare", average),
            ("Lp", "between the two, by p", lp),
            ("Min", "keeps the weakest response", min),
        ];
        let global = vec![("Global max", global_max), ("Global average", global_average)];
        for (name, _, tensor) in &pooled {
            plan.name(tensor, &format!("{} pooling", name.to_lowercase()));
        }
        for (name, tensor) in &global {
            plan.name(tensor, &format!("{} pooling", name.to_lowercase()));
        }
        self.shown = Some(Shown { input: self.image, window: self.window, x, pooled, global });
        Ok(())
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = &self.shown else { return };
        let [h, w] = [shown.x.shape[2], shown.x.shape[3]];
        let out = &shown.pooled[0].2.shape;
        let ratio = (h * w) as f64 / (out[2] * out[3]) as f64;
        facts(
            ui,
            &[
                ("Input", format!("{h} × {w}")),
                ("Output", format!("{} × {}", out[2], out[3])),
                ("Cells fall to", format!("1/{ratio:.1}")),
                ("Cells in a window", format!("{}", shown.window * shown.window)),
                ("Learned parameters", "0".into()),
            ],
        );
        ui.add_space(6.0);
        let width = ui.available_width();
        let height = ui.available_height();
        let small = ((width - 3.0 * theme::GAP) / 4.0).min(height * 0.5).max(110.0);
        let large = (height - small - 100.0).clamp(140.0, width * 0.55);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP * 1.5;
            let map = view.map(ui, &shown.x, 0, MapStyle::new(INPUTS[shown.input], Look::Sequential, large));
            if shown.input == 2 {
                map.edit(&mut self.grid, GRID);
            }
            ui.vertical(|ui| {
                ui.label(RichText::new("Over the whole map: one number each").small().strong());
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = theme::GAP;
                    for (name, tensor) in &shown.global {
                        view.map(ui, tensor, 0, MapStyle::new(name, Look::Sequential, 60.0).without_bar());
                    }
                });
                ui.add_space(8.0);
                let text = match shown.input {
                    3 => "A few bright cells on black: the maximum keeps each of them, the average washes them out.",
                    4 => "Pure noise: the average smooths it away, the maximum keeps the loudest of it.",
                    _ => "Point at an output cell to see the window that it was pooled from.",
                };
                let text = RichText::new(text).small().color(theme::faint(ui.visuals()));
                ui.add(egui::Label::new(text).wrap());
            });
        });
        ui.add_space(8.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            for (name, says, tensor) in &shown.pooled {
                ui.vertical(|ui| {
                    view.map(ui, tensor, 0, MapStyle::new(name, Look::Sequential, small - 4.0));
                    ui.set_max_width(small);
                    let text = RichText::new(*says).small().color(theme::faint(ui.visuals()));
                    ui.add(egui::Label::new(text).wrap());
                });
            }
        });
    }

    fn practice(&self, rng: &mut Rng) -> Option<Question> {
        let numbers: Vec<f32> = (0..4).map(|_| rng.below(9) as f32).collect();
        let mut plan = Plan::new();
        let x = plan.constant("window", &[1, 1, 2, 2], numbers.clone());
        let kind = rng.below(3);
        let pool = Pool::new([2, 2]);
        let (name, y) = match kind {
            0 => ("max pooling", max_pool(&mut plan, &x, &pool).ok()?.0),
            1 => ("average pooling", avg_pool(&mut plan, &x, &pool, false).ok()?),
            _ => ("L2 pooling", lp_pool(&mut plan, &x, &pool, 2.0).ok()?),
        };
        let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
        Some(Question {
            ask: format!(
                "A 2×2 window holds {}, {} above {}, {}. What does {name} give?",
                numbers[0], numbers[1], numbers[2], numbers[3]
            ),
            answer: *values.get(y.buf.0)?.first()?,
            how: match kind {
                0 => "The largest of the four.".into(),
                1 => "Their sum divided by four.".into(),
                _ => "The square root of the sum of their squares.".into(),
            },
        })
    }
}
