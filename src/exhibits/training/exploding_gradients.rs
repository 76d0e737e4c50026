//! Exploding gradients: a deep network whose weights begin too large, once as it is and once clipped or begun well, side by
//! side; and a recurrent net over fifty steps.

use super::depth_questions::exploding;
use super::exploding_said::{Said, deep, recurrent};
use super::optimisers::Rule;
use super::recurrent::{Cell, Recurrent, TURNS};
use super::recurrent_drawn::{large, small};
use crate::exhibits::deep::drawn::Drawn;
use crate::exhibits::deep::rivals::{Activation, Alike, DEEPEST, GUESS, Rival, Start, WIDTH, train};
use crate::exhibits::prelude::*;
use crate::nn::Player;
use crate::ops::optim::Optimiser;
use crate::viz::Quantity;

/// Least and greatest gradient that has a colour of its own.
const RANGE: [f32; 2] = [1e-4, 1e10];

choices! {
    /// Which net the page is about.
    enum Net { Deep = "deep", Recurrent = "recurrent" }
}

choices! {
    /// What A and B differ in.
    enum Differs { Clipping = "clipping", Start = "gain 1" }
}

settings! {
    /// The page.
    pub struct ExplodingGradients {
        net: Net = Net::Deep,
        differs: Differs = Differs::Clipping,
        gain: f32 = 2.0,
        layers: u32 = 12,
        clip: f32 = 1.0,
        activation: Activation = Activation::Relu,
        start: Start = Start::Usual,
        method: Rule = Rule::Sgd,
        rate: f32 = 0.05,
        seed: u32 = 0,
        layer: u32 = 1,
        turns: f32 = 1.2,
        cell: Cell = Cell::Linear,
    }
}

/// What was recorded.
pub struct Shown {
    recurrent: Recurrent,
    rivals: [Rival; 2],
    clip: f32,
    turns: f32,
    cell: Cell,
}

impl ExplodingGradients {
    fn optimiser(&self) -> Optimiser {
        self.method.optimiser(self.rate)
    }

    /// Both networks; they differ in one thing alone.
    fn rivals(&self) -> [Rival; 2] {
        let one = |name: &str, gain: f32, clip: Option<f32>| Rival {
            name: name.to_owned(),
            act: self.activation.act(),
            init: self.start.init(self.activation),
            gain,
            residual: false,
            cut: None,
            clip,
        };
        match self.differs {
            Differs::Clipping => {
                [one("not clipped", self.gain, None), one("clipped", self.gain, Some(self.clip))]
            }
            Differs::Start => [one("too large", self.gain, None), one("gain 1", 1.0, None)],
        }
    }
}

impl Exhibit for ExplodingGradients {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let deep = self.net == Net::Deep;
        Knob::choice("net", "Look at", &mut self.net).draws().show(k);
        k.heading("The one switch (restarts)");
        let help =
            "Clipping: B's gradient is shortened to the norm below. Gain 1: B begins as the scheme says";
        Knob::choice("differs", "B differs in", &mut self.differs).help(help).restarts().show(k);
        let help = "Largest norm of the gradient of all weights of B, and of W in the recurrent net";
        Knob::float("clip", "Clip at norm", &mut self.clip, 0.1..=10.0).help(help).restarts().show(k);
        k.heading("Deep networks (restarts)");
        let help = "All first weights times this";
        Knob::float("gain", "Gain", &mut self.gain, 0.5..=3.0).help(help).enabled(deep).restarts().show(k);
        let help = "Layers with weights, the first and the last included";
        Knob::int("layers", "Layers", &mut self.layers, 2..=DEEPEST)
            .help(help)
            .enabled(deep)
            .restarts()
            .show(k);
        Knob::choice("activation", "Activation", &mut self.activation).enabled(deep).restarts().show(k);
        let help = "Usual: Xavier for sigmoid and tanh, LeCun for SELU, He for the others";
        Knob::choice("start", "First weights", &mut self.start).help(help).enabled(deep).restarts().show(k);
        Knob::choice("method", "Optimiser", &mut self.method).enabled(deep).restarts().show(k);
        let help = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.5)
            .help(help)
            .enabled(deep)
            .steers()
            .show(k);
        let help = "Of the first weights and of the order of pictures";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        let help = "Marked layer; a click on a layer or on a cell of the gradients chooses it";
        Knob::int("layer", "Layer", &mut self.layer, 1..=DEEPEST).help(help).enabled(deep).draws().show(k);
        k.heading("Recurrent net");
        let help = "All singular values of W";
        Knob::float("turns", "Gain of W", &mut self.turns, 0.5..=1.5).help(help).enabled(!deep).show(k);
        let help = "What follows the sums";
        Knob::choice("cell", "Nonlinearity", &mut self.cell).help(help).enabled(!deep).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let seed = u64::from(self.seed) + on.inputs.seed;
        let (clip, turns, cell) = (self.clip, self.turns, self.cell);
        let recurrent = Recurrent::record(on, cell, turns, clip, seed)?;
        let rivals = self.rivals();
        let alike = Alike { notes: true, ..Alike::new(self.layers as usize, seed, self.optimiser()) };
        train(on, &rivals, alike);
        Ok(Shown { recurrent, rivals, clip, turns, cell })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let told = shown.recurrent.read(view)?;
        if self.net == Net::Recurrent {
            return Some(recurrent(&told, shown.turns, shown.clip, shown.cell));
        }
        let begins = self.differs == Differs::Start;
        deep(&Said { rivals: &shown.rivals, clip: shown.clip, begins }, view)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let Some(told) = shown.recurrent.read(view) else { return };
        if self.net == Net::Recurrent {
            return large(ui, view, &shown.recurrent, &told, shown.turns, shown.clip);
        }
        let [a, b] = &shown.rivals;
        let layers = self.layers as usize;
        let switch = match self.differs {
            Differs::Clipping => ("clipping", ["off".into(), format!("norm {}", shown.clip)]),
            Differs::Start => ("gain", [a, b].map(|rival| format!("{}", rival.gain))),
        };
        let drawn = Drawn {
            names: [&a.name, &b.name],
            switch,
            layers,
            width: WIDTH,
            ways: [vec![], vec![]],
            lost: [None; 2],
            layer: (self.layer as usize).clamp(1, layers) - 1,
            range: RANGE,
            follows: false,
            slopes: [None; 2],
            charts: &[Quantity::Accuracy(GUESS)],
            whole: Some(b.clip.unwrap_or(f32::INFINITY)),
        };
        let of = &shown.recurrent;
        let clicked = drawn.draw(ui, view, |ui, view, foot| small(ui, view, foot, of, &told, shown.turns));
        if let Some(layer) = clicked {
            self.layer = layer as u32 + 1;
        }
    }

    fn steer(&self, _: &Shown, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let set = |v: f32| (f64::from(v) * 1e4).round() / 1e4;
        vec![("c", set(shown.clip)), ("T", TURNS as f64), ("s", set(shown.turns)), ("a", set(self.gain))]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        exploding(rng)
    }
}
