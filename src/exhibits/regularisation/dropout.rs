//! Dropout on real feature maps: the mask, the thinned maps of training, the gradient under the same mask,
//! the mean over N masks, which approaches the maps of testing; and two networks that learn few pictures, one
//! of them with dropout.

use std::rc::Rc;

use egui::Ui;

use crate::choices;
use crate::exhibits::filters::{self, Filter};
use crate::exhibits::{Exhibit, Problem, Recording};
use crate::gpu::Tensor;
use crate::lessons::{Answer, Question};
use crate::nn::{Player, RunId, Setup, Stack};
use crate::ops::conv::{Conv, conv2d};
use crate::ops::dropout::{DropoutOptions, dropout, dropout_mean};
use crate::ops::gradient::backward;
use crate::ops::optim::{Method, Optimiser};
use crate::ops::philox::Rng;
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::Act;
use crate::recipes::{Classify, Fashion};
use crate::settings::{Choice, Knob, Knobs};
use crate::viz::figures::fit::{Metrics, Panel, Row};
use crate::viz::figures::page;
use crate::viz::words::{self, Voice};
use crate::viz::{Caption, Look, MapStyle, Quantity, Range, View};

const SIDE: usize = 100;
const MAPS: usize = 4;
const KERNEL: usize = 9;
const GRID: usize = 8;
/// Thinned networks in the strip.
const STRIP: u32 = 8;
/// Steps of training, and after how many the networks are judged on so many batches of unseen pictures.
const STEPS: u64 = 300;
const JUDGED: (u64, usize) = (25, 2);
const BATCH: usize = 25;

choices! {
    /// Who scales.
    enum Kind { Inverted = "inverted", Classic = "classic", Forgotten = "forgotten" }
}

choices! {
    /// What is dropped from.
    enum Image { Maps = "feature maps", Grid = "grid" }
}

/// The page.
pub struct Dropout {
    p: f32,
    kind: Kind,
    masks: u32,
    spatial: bool,
    step: u32,
    image: Image,
    map: u32,
    seed: u32,
    samples: u32,
    width: u32,
    rate: f32,
}

/// What was recorded.
pub struct Shown {
    p: f32,
    kind: Kind,
    masks: u32,
    /// Input, mask, output in training, gradient under the mask, mean over masks, output in testing.
    row: [Tensor; 6],
    strip: Vec<Tensor>,
    /// Means of the mask, of the mean over masks and of the output in testing.
    means: [Tensor; 3],
}

impl Default for Dropout {
    fn default() -> Self {
        Self {
            p: 0.5,
            kind: Kind::Inverted,
            masks: 32,
            spatial: false,
            step: 0,
            image: Image::Maps,
            map: 1,
            seed: 0,
            samples: 200,
            width: 128,
            rate: 0.002,
        }
    }
}

impl Dropout {
    fn input(&self, on: &mut Recording<'_>) -> Result<Tensor, Problem> {
        if self.image == Image::Grid {
            let numbers = (0..MAPS * GRID * GRID).map(|i| (i % 9 + 1) as f32).collect::<Vec<_>>();
            return Ok(on.plan.constant("input", &[1, MAPS, GRID, GRID], numbers));
        }
        let photo = on.photo(SIDE + KERNEL - 1);
        let kernel = |map: usize| filters::kernel(Filter::Gabor, KERNEL, 45.0 * map as f32, &[]);
        let w: Vec<f32> = (0..MAPS).flat_map(|map| kernel(map).repeat(3)).map(|w| w / 3.0).collect();
        let w = on.plan.constant("Gabor kernels", &[MAPS, 3, KERNEL, KERNEL], w);
        let x = conv2d(&mut on.plan, &photo, &w, None, &Conv { act: Act::RELU, ..Conv::default() })?;
        on.plan.name(&x, "input");
        Ok(x)
    }

    /// The optimiser of both networks.
    fn optimiser(&self) -> Optimiser {
        Optimiser::new(Method::Adam, self.rate)
    }

    /// Two networks that differ in dropout alone.
    fn train(&self, on: &mut Recording<'_>) -> Result<(), Problem> {
        let data = Fashion::carried().first([self.samples as usize, usize::MAX]);
        let setup =
            Setup { seed: u64::from(self.seed) + on.inputs.seed, ..Setup::new(BATCH, self.optimiser()) };
        let plain = format!("flatten, dense {0}, relu, dense {0}, relu", self.width);
        let thinned = format!(
            "flatten, dense {0}, relu, dropout {1}, dense {0}, relu, dropout {1}",
            self.width, self.p
        );
        for (name, text) in [("without dropout", plain), ("with dropout", thinned)] {
            let stack: Stack = text.parse().map_err(|e| Problem::Input(format!("{e}")))?;
            let task = Classify::new(data.clone(), &stack).map_err(|e| Problem::Input(e.to_string()))?;
            on.train(name, Rc::new(task), setup);
        }
        on.plan_steps(STEPS, JUDGED.0, Some(JUDGED.1));
        Ok(())
    }
}

impl Exhibit for Dropout {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::float("p", "Dropout rate p", &mut self.p, 0.0..=0.95)
            .help("Probability of being dropped")
            .restarts()
            .show(k);
        k.heading("Masks on the maps");
        Knob::choice("kind", "Scaling", &mut self.kind)
            .help("Inverted divides by 1 − p in training; classic multiplies by 1 − p in testing; forgotten does neither")
            .show(k);
        Knob::int("masks", "Masks averaged", &mut self.masks, 1..=512).help("N").show(k);
        Knob::switch("spatial", "Drop whole maps", &mut self.spatial)
            .help("Spatial dropout: one draw for a whole feature map")
            .show(k);
        Knob::int("step", "Training step", &mut self.step, 0..=100)
            .help("Each step draws another mask")
            .show(k);
        Knob::choice("image", "Input", &mut self.image).show(k);
        Knob::int("map", "Map shown", &mut self.map, 1..=MAPS as u32).draws().show(k);
        k.heading("Training (restarts)");
        Knob::int("samples", "Pictures to learn from", &mut self.samples, 50..=2000).restarts().show(k);
        Knob::int("width", "Units of a layer", &mut self.width, 16..=256).restarts().show(k);
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).restarts().show(k);
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.01)
            .help("Of both, from the next step on")
            .steers()
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let x = self.input(on)?;
        let options = DropoutOptions {
            // The knob's decimal, not its nearest f32, so that 0.1 drops one in ten to the last bit.
            rate: f64::from((self.p * 1e4).round()) / 1e4,
            seed: u64::from(self.seed) + (on.inputs.seed << 16),
            mask_number: self.step,
            train: true,
            inverted: self.kind == Kind::Inverted,
            inner: if self.spatial { x.shape[2] * x.shape[3] } else { 1 },
            ..DropoutOptions::default()
        };
        let plan = &mut on.plan;
        let (y, mask) = dropout(plan, &x, &options)?;
        // Who forgets the scale changes nothing in testing either.
        let testing = DropoutOptions { train: false, inverted: self.kind != Kind::Classic, ..options };
        let (test, _) = dropout(plan, &x, &testing)?;
        let mean = dropout_mean(plan, &x, &options, self.masks)?;
        let mut strip = Vec::new();
        for later in 1..=STRIP {
            let (thinned, _) =
                dropout(plan, &x, &DropoutOptions { mask_number: self.step + later, ..options })?;
            plan.name(&thinned, &format!("output of step {}", self.step + later));
            strip.push(thinned);
        }
        let gradients = backward(plan, &y, None, &[&x]).map_err(|e| Problem::Input(e.to_string()))?;
        let dx = gradients.of(&x).expect("it was asked for").view(&x.shape);
        let row = [x, mask, y, dx, mean, test];
        for (tensor, name) in row.iter().zip([
            "input",
            "mask",
            "training output",
            "gradient",
            "mean over masks",
            "testing output",
        ]) {
            plan.name(tensor, name);
        }
        let mut mean_of = |tensor: &Tensor, name: &str| {
            let mean = reduce(plan, &tensor.view(&[tensor.len()]), &[0], Reduce::Mean, true)?;
            plan.name(&mean, name);
            Ok::<_, Problem>(mean)
        };
        let means = [
            mean_of(&row[1], "share kept")?,
            mean_of(&row[4], "mean over masks and cells")?,
            mean_of(&row[5], "mean in testing")?,
        ];
        self.train(on)?;
        Ok(Shown { p: self.p, kind: self.kind, masks: self.masks, row, strip, means })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let [kept, mean, test] = means(shown, view)?;
        let (dropped, ratio) = (percent(1.0 - kept), mean / test);
        let masks = format!("the mean of {} masks is", shown.masks);
        if shown.kind == Kind::Forgotten {
            return Some(Caption::broken(&format!(
                "**{dropped}** of the cells are 0 and nobody scales: {masks} [{ratio:.2}](bad) of the test. \
                 Inverted again mends it."
            )));
        }
        let factor = match shown.kind {
            Kind::Inverted if shown.p > 0.0 => {
                format!(
                    ", the rest times {}",
                    words::short((100.0 / (1.0 - f64::from(shown.p))).round() / 100.0)
                )
            }
            _ => String::new(),
        };
        let learn = scores(view).map_or_else(
            || format!("Play: 2 × {} units learn {} pictures.", self.width, self.samples),
            |[a, b]| format!("Unseen pictures: [{a} without](a), [{b} with](b) dropout."),
        );
        let seen = format!("**{dropped}** of the cells are 0{factor}: {masks} **{ratio:.2}** of the test.");
        Some(Caption::plain(&format!("{seen} {learn}")))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let pictures = vec![Panel::picture(1.0); 5].into_iter().chain([Panel::picture(1.0).bar()]).collect();
        let rows = [
            Row::Hero(pictures),
            Row::Compare { count: STRIP as usize, aspect: 1.0 },
            Row::Measured(4),
            Row::Fill(190.0),
        ];
        let metrics = Metrics { compare: 0.2, row: 10.0, ..Metrics::default() };
        let placed = page::lay_with(ui, &rows, &metrics);
        let map = self.map as usize - 1;
        let [x, mask, y, dx, mean, test] = &shown.row;
        // One range, or a scale that was forgotten would not be seen.
        let alike = Range::Shared([x, y, mean, test].map(|t| t.buf).into());
        let names = [
            ("Input", "x"),
            ("Mask", "m"),
            ("Training", "y"),
            ("Gradient", "same m"),
            ("Mean", "of masks"),
            ("Testing", "y"),
        ];
        for (((name, note), tensor), cell) in names.iter().zip(&shown.row).zip(&placed.rows[0]) {
            let style = match () {
                () if tensor.buf == mask.buf => MapStyle::panel(name, note, Look::Mask),
                () if tensor.buf == dx.buf => MapStyle::panel(name, note, Look::Sequential),
                () => MapStyle::panel(name, note, Look::Sequential).range(alike.clone()),
            };
            view.panel(ui, cell, tensor, map, &style);
        }
        words::panel_name(
            ui,
            placed.titles[1],
            "The same map in the next steps",
            "each step trains another thinned network",
        );
        for (i, (tensor, cell)) in shown.strip.iter().zip(&placed.rows[1]).enumerate() {
            let name = format!("+{}", i + 1);
            view.panel(
                ui,
                cell,
                tensor,
                map,
                &MapStyle::panel(&name, "", Look::Sequential).range(alike.clone()).caption(&name),
            );
        }
        let [kept, over_masks, in_test] = means(shown, view).unwrap_or([f32::NAN; 3]);
        let ratio = over_masks / in_test;
        let wrong = (ratio - 1.0).abs() > 0.1;
        let gaps = gaps(view);
        let gap = |run: usize| gaps.map_or(("–".to_owned(), 0.0), |gaps| (percent(gaps[run]), gaps[run]));
        let [(without, a), (with, b)] = [gap(0), gap(1)];
        let rows = [
            ("Kept", percent(kept), kept.into(), format!("expected {}", percent(1.0 - shown.p)), Voice::A),
            (
                "Mean over masks",
                format!("×{ratio:.3}"),
                f64::from(ratio / 2.0),
                format!("{} masks, of the test output", shown.masks),
                if wrong { Voice::Broken } else { Voice::A },
            ),
            (
                "Gap without",
                without,
                a.into(),
                format!("learnt less unseen, {} pictures", self.samples),
                Voice::A,
            ),
            ("Gap with", with, b.into(), format!("the same, learning rate {}", self.rate), Voice::B),
        ];
        page::figures(ui, &placed.rows[2], &rows);
        view.curves(ui, placed.rows[3][0].rect, &[Quantity::Accuracy(0.1)]);
    }

    fn steer(&self, _: &Shown, player: &mut Player) {
        for run in 0..player.runs().len() {
            player.steer(RunId(run), self.optimiser());
        }
    }

    fn code(&self) -> Option<String> {
        let Self { p, width, rate, .. } = self;
        let drop = if self.spatial { "nn.Dropout2d" } else { "nn.Dropout" };
        Some(format!(
            "import torch, torch.nn as nn\n\ndrop = {drop}(p={p})\nx = torch.rand(1, 4, 100, 100, requires_grad=True)\n\
             drop.train(); y = drop(x)        # y = x·m/(1 − p)\ny.sum().backward()                # x.grad = m/(1 − p), the same mask\n\
             drop.eval(); assert torch.equal(drop(x), x)\n\n\
             net = nn.Sequential(nn.Flatten(), nn.Linear(784, {width}), nn.ReLU(), nn.Dropout({p}),\n    \
             nn.Linear({width}, {width}), nn.ReLU(), nn.Dropout({p}), nn.Linear({width}, 10))\n\
             optimiser = torch.optim.Adam(net.parameters(), lr={rate})\n"
        ))
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        let tenths = 1 + rng.below(8);
        let (p, x) = (f64::from(tenths) / 10.0, f64::from(2 + rng.below(8)));
        let unit =
            format!("A unit's activation is {x}. Inverted dropout with p = {p} is applied in training.");
        let show = Some(format!("p={p}"));
        let number = |ask: &str, value: f64, how: String| Question {
            ask: format!("{unit} {ask}"),
            answer: Answer::number(value, ""),
            how,
            show: show.clone(),
        };
        Some(match rng.below(4) {
            0 => number(
                "What is the variance of its output?",
                x * x * p / (1.0 - p),
                format!(
                    "It is {x}/(1 − p) with probability 1 − p and 0 otherwise: mean {x}, mean square {x}²/(1 − p), so the variance is {x}²·p/(1 − p)"
                ),
            ),
            1 => number("What is its output where it is kept?", x / (1.0 - p), format!("{x}/(1 − {p})")),
            2 => number(
                "The gradient that arrives at its output is 1 and the unit was kept. What is the gradient at its input?",
                1.0 / (1.0 - p),
                "The same mask and the same factor: 1/(1 − p)".into(),
            ),
            _ => Question {
                ask: format!("{unit} What happens to it in testing?"),
                answer: Answer::OneOf {
                    options: ["it stays as it is", "it is multiplied by 1 − p", "it is divided by 1 − p"]
                        .map(str::to_owned)
                        .to_vec(),
                    right: 0,
                },
                how: "Inverted dropout scales in training, so that testing changes nothing".into(),
                show: Some(format!("p={p}&kind={}", Kind::Inverted.name())),
            },
        })
    }
}

fn percent(share: f32) -> String {
    words::percent(share.into())
}

/// Share kept, mean over the masks and mean in testing, once they are there.
fn means(shown: &Shown, view: &mut View<'_>) -> Option<[f32; 3]> {
    // All are asked for in one frame, so that none waits for another.
    let [kept, mean, test] = [0, 1, 2].map(|i| view.values(&shown.means[i])?.first().copied());
    Some([kept?, mean?, test?])
}

/// Correct on unseen pictures at the step that is shown, without and with dropout.
fn scores(view: &View<'_>) -> Option<[String; 2]> {
    let player = view.player().filter(|player| player.target() > 0)?;
    let of = |run: usize| {
        let judged = player.run(RunId(run)).evaluations();
        let last = judged.iter().rev().find(|(step, _)| *step <= player.target())?;
        Some(percent(last.1.accuracy?))
    };
    Some([of(0)?, of(1)?])
}

/// Share right of the training batches around the step that is shown, less that of unseen pictures.
fn gaps(view: &View<'_>) -> Option<[f32; 2]> {
    const AROUND: usize = 25;
    let player = view.player().filter(|player| player.target() > 0)?;
    let of = |run: usize| {
        let run = player.run(RunId(run));
        let until = (player.target() as usize).min(run.history().len());
        let recent: Vec<f32> =
            run.history()[until.saturating_sub(AROUND)..until].iter().filter_map(|r| r.accuracy).collect();
        let judged = run.evaluations().iter().rev().find(|(step, _)| *step <= player.target())?;
        Some(recent.iter().sum::<f32>() / recent.len().max(1) as f32 - judged.1.accuracy?)
    };
    Some([of(0)?, of(1)?])
}
