//! Residual learning: a deep network with and without ways around its blocks, or with one of them taken away, learning side
//! by side; the gradient of every layer, what each block adds, and how the gradient comes back through one of them.

use super::residual_asked::residual;
use super::residual_drawn::foot;
use super::residual_read::{Around, block_of, range};
use super::residual_said::{Said, said};
use crate::exhibits::deep::drawn::Drawn;
use crate::exhibits::deep::rivals::{Activation, Alike, GUESS, Rival, Start, train};
use crate::exhibits::prelude::*;
use crate::exhibits::training::optimisers::Rule;
use crate::nn::Player;
use crate::ops::optim::Optimiser;
use crate::recipes::{Form, Norm};
use crate::viz::Quantity;

/// Units of a layer, pictures of a batch, steps of training.
const WIDTH: usize = 32;
const BATCH: usize = 16;
const STEPS: u64 = 60;
/// After how many steps the networks are judged, on so many batches of unseen pictures.
const JUDGED: (u64, usize) = (30, 4);
/// Layers of a block, fewest and most layers, and most blocks.
const BLOCK: usize = 2;
const LAYERS: [u32; 2] = [4, 56];
const BLOCKS: u32 = (LAYERS[1] - 2) / BLOCK as u32;

choices! {
    /// What A and B differ in.
    enum Differs { All = "all skips", One = "one skip" }
}

choices! {
    /// What activations are preceded by.
    enum Normalised { None = "none", Layer = "layer", Batch = "batch" }
}

choices! {
    /// Where activations stand.
    enum Order { Before = "pre-activation", After = "post-activation" }
}

settings! {
    /// The page.
    pub struct ResidualLearning {
        differs: Differs = Differs::All,
        cut: u32 = 6,
        layers: u32 = 24,
        activation: Activation = Activation::Relu,
        norm: Normalised = Normalised::Layer,
        order: Order = Order::Before,
        start: Start = Start::Usual,
        method: Rule = Rule::Adam,
        rate: f32 = 0.001,
        seed: u32 = 0,
        layer: u32 = 12,
    }
}

/// What was recorded.
pub struct Shown {
    rivals: [Rival; 2],
    alike: Alike,
}

impl ResidualLearning {
    fn optimiser(&self) -> Optimiser {
        self.method.optimiser(self.rate)
    }

    fn alike(&self, seed: u64) -> Alike {
        let norm = match self.norm {
            Normalised::None => Norm::None,
            Normalised::Layer => Norm::Layer,
            Normalised::Batch => Norm::Batch,
        };
        let form = if self.order == Order::Before { Form::Before } else { Form::After };
        let alike = Alike::new(self.layers as usize, seed, self.optimiser());
        let alike = Alike { width: WIDTH, batch: BATCH, steps: STEPS, judged: JUDGED, ..alike };
        Alike { block: BLOCK, form, norm, adds: true, ..alike }
    }

    /// Both networks; they differ in one thing alone.
    fn rivals(&self, blocks: usize) -> [Rival; 2] {
        let one = |name: String, residual: bool, cut: Option<usize>| Rival {
            name,
            act: self.activation.act(),
            init: self.start.init(self.activation),
            gain: 1.0,
            residual,
            cut,
            clip: None,
        };
        match self.differs {
            Differs::All => [one("plain".into(), false, None), one("residual".into(), true, None)],
            Differs::One => {
                let cut = (self.cut as usize).clamp(1, blocks.max(1));
                [one("all skips".into(), true, None), one(format!("without skip {cut}"), true, Some(cut))]
            }
        }
    }
}

impl Exhibit for ResidualLearning {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("The one switch (restarts)");
        let help = "All skips: A has none, B has all. One skip: A has all, B lacks one of them";
        Knob::choice("differs", "B differs in", &mut self.differs).help(help).restarts().show(k);
        let help = "Counted from the first block";
        Knob::int("cut", "B lacks skip", &mut self.cut, 1..=BLOCKS)
            .help(help)
            .enabled(self.differs == Differs::One)
            .restarts()
            .show(k);
        k.heading("Both networks (restarts)");
        let help = "Layers with weights: one in, blocks of two, one out";
        Knob::int("layers", "Layers", &mut self.layers, LAYERS[0]..=LAYERS[1]).help(help).restarts().show(k);
        Knob::choice("activation", "Activation", &mut self.activation).restarts().show(k);
        let help = "In front of each activation, without a scale or a shift that is learned";
        Knob::choice("norm", "Normalisation", &mut self.norm).help(help).restarts().show(k);
        let help = "Pre: x + W·act(V·act(x)). Post: act(x + W·act(V·x))";
        Knob::choice("order", "Block", &mut self.order).help(help).restarts().show(k);
        let help = "Usual: Xavier for sigmoid and tanh, LeCun for SELU, He for the others";
        Knob::choice("start", "First weights", &mut self.start).help(help).restarts().show(k);
        k.heading("Training");
        Knob::choice("method", "Optimiser", &mut self.method).help("Restarts").restarts().show(k);
        let help = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.1).help(help).steers().show(k);
        let help = "Of the first weights and of the order of pictures; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        k.heading("Marked layer");
        let help = "A click on a layer, a block or a cell of the gradients chooses it";
        Knob::int("layer", "Layer", &mut self.layer, 1..=LAYERS[1]).help(help).draws().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let alike = self.alike(u64::from(self.seed) + on.inputs.seed);
        let rivals = self.rivals(alike.ways().len());
        train(on, &rivals, alike);
        Ok(Shown { rivals, alike })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        said(&Said { cut: shown.rivals[1].cut }, view)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let [a, b] = &shown.rivals;
        let ways = shown.alike.ways();
        let layers = shown.alike.layers;
        let layer = (self.layer as usize).clamp(1, layers) - 1;
        let of = |residual: bool| if residual { ways.clone() } else { vec![] };
        let what = match b.cut {
            Some(cut) => format!("skip {cut}"),
            None => "skips".into(),
        };
        let drawn = Drawn {
            names: [&a.name, &b.name],
            switch: (&what, if b.cut.is_some() { ["on", "off"] } else { ["off", "on"] }.map(str::to_owned)),
            layers,
            width: shown.alike.width,
            ways: [of(a.residual), of(b.residual)],
            lost: [a.cut, b.cut].map(|cut| cut.map(|block| block - 1)),
            layer,
            range: range(view),
            follows: true,
            slopes: [None; 2],
            charts: &[Quantity::Loss, Quantity::Accuracy(GUESS)],
            whole: None,
        };
        let block = block_of(&ways, layer);
        let skips = [a, b].map(|of| Around::of(of, block));
        let mut chosen = None;
        let clicked = drawn.draw(ui, view, |ui, view, rect| chosen = foot(ui, view, rect, block, skips));
        let of_block = chosen.and_then(|block: usize| ways.get(block)).map(|[_, to]| to - 1);
        if let Some(layer) = clicked.or(of_block) {
            self.layer = layer as u32 + 1;
        }
    }

    fn steer(&self, _: &Shown, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        vec![("L", shown.alike.layers as f64), ("B", shown.alike.ways().len() as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        residual(rng)
    }
}
