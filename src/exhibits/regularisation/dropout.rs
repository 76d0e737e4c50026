//! Dropout on real feature maps: the mask, the thinned maps of training, the maps of testing, and
//! the mean over N masks, which approaches them.

use egui::{RichText, Ui};

use crate::exhibits::{Exhibit, Inputs, Problem, Question, filters};
use crate::gpu::{Plan, Tensor};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::dropout::{Setting, dropout, dropout_mean};
use crate::ops::philox::Rng;
use crate::ops::unary::Act;
use crate::viz::facts::facts;
use crate::viz::{Knob, Knobs, Look, MapStyle, View, theme};

const SIDE: usize = 100;
const MAPS: usize = 4;
const GRID: usize = 8;

/// The page.
pub struct Dropout {
    p: f32,
    seed: u32,
    step: u32,
    mode: usize,
    kind: usize,
    masks: u32,
    spatial: bool,
    image: usize,
    shown: Option<Shown>,
}

struct Shown {
    p: f32,
    kind: usize,
    masks: u32,
    testing: bool,
    x: Tensor,
    mask: Tensor,
    now: Tensor,
    test: Tensor,
    mean: Tensor,
}

impl Default for Dropout {
    fn default() -> Self {
        Self { p: 0.5, seed: 0, step: 0, mode: 0, kind: 0, masks: 32, spatial: false, image: 0, shown: None }
    }
}

impl Exhibit for Dropout {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::float("p", "Dropout rate p", &mut self.p, 0.0..=0.95)
            .help("Probability of being dropped")
            .show(k);
        Knob::choice("mode", "Mode", &mut self.mode, &["train", "test"]).show(k);
        Knob::choice("kind", "Scaling", &mut self.kind, &["inverted", "classic", "forgotten"])
            .help("Inverted divides by 1 − p in training; classic multiplies by 1 − p in testing; forgotten does neither")
            .show(k);
        Knob::int("masks", "Masks averaged", &mut self.masks, 1..=512).help("N").show(k);
        Knob::switch("spatial", "Drop whole maps", &mut self.spatial)
            .help("Spatial dropout: one draw for a whole feature map")
            .show(k);
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).show(k);
        Knob::int("step", "Training step", &mut self.step, 0..=100)
            .help("Each step draws another mask")
            .show(k);
        Knob::choice("image", "Input", &mut self.image, &["feature maps", "grid"]).show(k);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        let x = if self.image == 0 {
            let photo = plan.constant("photo", &[1, 3, SIDE + 4, SIDE + 4], inputs.photo(SIDE + 4));
            let mut w = Vec::new();
            for map in 0..MAPS {
                let kernel = filters::kernel(4, 5, 45.0 * map as f32, &[]);
                w.extend(kernel.iter().map(|w| w / 3.0).collect::<Vec<_>>().repeat(3));
            }
            let w = plan.constant("Gabor kernels", &[MAPS, 3, 5, 5], w);
            conv2d(plan, &photo, &w, None, &Conv { act: Act::RELU, ..Conv::default() })?
        } else {
            let numbers = (0..MAPS * GRID * GRID).map(|i| (i % 9 + 1) as f32).collect::<Vec<_>>();
            plan.constant("grid", &[1, MAPS, GRID, GRID], numbers)
        };
        plan.name(&x, "input");
        let setting = Setting {
            // The knob's decimal, not its nearest f32, so that 0.1 drops one in ten to the last bit.
            rate: f64::from((self.p * 1e4).round()) / 1e4,
            seed: u64::from(self.seed) + (inputs.seed << 16),
            mask_number: self.step,
            train: true,
            inverted: self.kind == 0,
            inner: if self.spatial { x.shape[2] * x.shape[3] } else { 1 },
            ..Setting::default()
        };
        let (train, mask) = dropout(plan, &x, &setting)?;
        // Who forgets the scale changes nothing in testing either.
        let testing = Setting { train: false, inverted: self.kind != 1, ..setting };
        let (test, _) = dropout(plan, &x, &testing)?;
        let mean = dropout_mean(plan, &x, &setting, self.masks)?;
        plan.name(&mask, "mask");
        plan.name(&train, "training output");
        plan.name(&test, "testing output");
        plan.name(&mean, "mean over masks");
        let now = if self.mode == 0 { train } else { test.clone() };
        self.shown = Some(Shown {
            p: self.p,
            kind: self.kind,
            masks: self.masks,
            testing: self.mode == 1,
            x,
            mask,
            now,
            test,
            mean,
        });
        Ok(())
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = &self.shown else { return };
        let mean_of = |view: &mut View<'_>, tensor: &Tensor| {
            let values = view.stage.values(tensor.buf)?;
            Some(values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len().max(1) as f64)
        };
        let figure =
            |value: Option<f64>, digits: usize| value.map_or("…".into(), |v| format!("{v:.digits$}"));
        let kept = mean_of(view, &shown.mask);
        let [test, mean] = [&shown.test, &shown.mean].map(|t| mean_of(view, t));
        let ratio = mean.zip(test).map(|(m, t)| m / t);
        facts(
            ui,
            &[
                ("Kept, expected", format!("{:.1} %", (1.0 - shown.p) * 100.0)),
                ("Kept by this mask", kept.map_or("…".into(), |k| format!("{:.1} %", k * 100.0))),
                ("Mean activation in testing", figure(test, 4)),
                ("Mean over the masks", figure(mean, 4)),
                ("Ratio", figure(ratio, 3)),
            ],
        );
        ui.add_space(2.0);
        let words = match shown.kind {
            0 => "Inverted: training divides what is kept by 1 − p, testing leaves everything as it is."
                .to_owned(),
            1 => "Classic: training only drops, testing multiplies by 1 − p.".to_owned(),
            _ => format!(
                "Forgotten: nobody scales, so the masks' mean is only {:.2} of what testing gives.",
                1.0 - shown.p
            ),
        };
        ui.label(RichText::new(words).small().color(theme::accent_text(ui.visuals())));
        ui.add_space(6.0);
        let now = if shown.testing { "Now: testing" } else { "Now: training" };
        let mean = format!("Mean of {} masks", shown.masks);
        let columns: [(&str, &Tensor, Look); 5] = [
            ("Input x", &shown.x, Look::Sequential),
            ("Mask of this step", &shown.mask, Look::Mask),
            (now, &shown.now, Look::Sequential),
            (&mean, &shown.mean, Look::Sequential),
            ("Testing output", &shown.test, Look::Sequential),
        ];
        let side = ((ui.available_width() - 4.0 * theme::GAP) / 5.0)
            .min((ui.available_height() - 50.0) / MAPS as f32 - 6.0)
            .max(70.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            for (title, tensor, look) in columns {
                ui.vertical(|ui| {
                    for map in 0..MAPS {
                        let name = if map == 0 { title } else { "" };
                        let mut style = MapStyle::new(name, look, side).together();
                        // One bar below the column serves its maps, which share a range.
                        if map + 1 < MAPS || look == Look::Mask {
                            style = style.without_bar();
                        }
                        view.map(ui, tensor, map, style);
                    }
                });
            }
        });
    }

    fn practice(&self, rng: &mut Rng) -> Option<Question> {
        let p = f64::from(1 + rng.below(4)) / 10.0;
        let x = f64::from(2 + rng.below(8));
        Some(Question {
            ask: format!(
                "A unit's activation is {x}. Inverted dropout with p = {p} is applied in training. What is the \
                 variance of its output?"
            ),
            answer: x * x * p / (1.0 - p),
            how: format!(
                "The output is {x}/(1 − p) with probability 1 − p and 0 otherwise: mean {x}, mean square {x}²/(1 − p), \
                 so the variance is {x}²·p/(1 − p)."
            ),
        })
    }
}
