//! Vanishing gradients: a deep network of sigmoids, or of another activation, and one that differs in a single thing learn
//! side by side; the gradient of every layer, by powers of ten.

use super::depth_questions::vanishing;
use super::optimisers::Rule;
use super::slopes::{Slopes, outputs};
use super::vanishing_said::{Said, said};
use crate::exhibits::deep::drawn::Drawn;
use crate::exhibits::deep::rivals::{Activation, Alike, DEEPEST, GUESS, Rival, STEPS, Start, WIDTH, train};
use crate::exhibits::prelude::*;
use crate::nn::Player;
use crate::ops::optim::Optimiser;
use crate::viz::Quantity;

/// Least and greatest gradient that has a colour of its own.
const RANGE: [f32; 2] = [1e-12, 100.0];

choices! {
    /// What A and B differ in.
    enum Differs { Activation = "activation", Skips = "skips" }
}

settings! {
    /// The page.
    pub struct VanishingGradients {
        activation: Activation = Activation::Sigmoid,
        differs: Differs = Differs::Activation,
        rival: Activation = Activation::Relu,
        layers: u32 = 20,
        start: Start = Start::Usual,
        gain: f32 = 1.0,
        method: Rule = Rule::Adam,
        rate: f32 = 0.001,
        seed: u32 = 0,
        layer: u32 = 9,
    }
}

/// What was recorded.
pub struct Shown {
    slopes: Slopes,
    rivals: [Rival; 2],
}

impl VanishingGradients {
    fn optimiser(&self) -> Optimiser {
        self.method.optimiser(self.rate)
    }

    fn alike(&self, seed: u64) -> Alike {
        Alike::new(self.layers as usize, seed, self.optimiser())
    }

    /// Both networks; they differ in one thing alone.
    fn rivals(&self) -> [Rival; 2] {
        let one = |of: Activation, residual: bool, name: String| Rival {
            name,
            act: of.act(),
            init: self.start.init(of),
            gain: self.gain,
            residual,
            cut: None,
            clip: None,
        };
        let own = self.activation.name();
        match self.differs {
            Differs::Activation => {
                [self.activation, self.rival].map(|of| one(of, false, of.name().to_owned()))
            }
            Differs::Skips => {
                let names = [format!("{own}, plain"), format!("{own}, skips")];
                let [plain, skips] = names;
                [one(self.activation, false, plain), one(self.activation, true, skips)]
            }
        }
    }

    fn said<'a>(&self, shown: &'a Shown) -> Said<'a> {
        Said { rivals: &shown.rivals, skips: self.differs == Differs::Skips, own: self.activation.name() }
    }
}

impl Exhibit for VanishingGradients {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("The one switch (restarts)");
        Knob::choice("activation", "Activation of A", &mut self.activation)
            .help("Of its hidden layers")
            .restarts()
            .show(k);
        let help = "Skips: B has the activation of A, and each hidden layer's input is added to its output";
        Knob::choice("differs", "B differs in", &mut self.differs).help(help).restarts().show(k);
        Knob::choice("rival", "Activation of B", &mut self.rival)
            .enabled(self.differs == Differs::Activation)
            .restarts()
            .show(k);
        k.heading("Both networks (restarts)");
        let help = "Layers with weights, the first and the last included";
        Knob::int("layers", "Layers", &mut self.layers, 2..=DEEPEST).help(help).restarts().show(k);
        let help = "Usual: Xavier for sigmoid and tanh, LeCun for SELU, He for the others";
        Knob::choice("start", "First weights", &mut self.start).help(help).restarts().show(k);
        Knob::float("gain", "Gain", &mut self.gain, 0.25..=2.0)
            .help("All first weights times this")
            .restarts()
            .show(k);
        k.heading("Training");
        Knob::choice("method", "Optimiser", &mut self.method).help("Restarts").restarts().show(k);
        let help = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.1).help(help).steers().show(k);
        let help = "Of the first weights and of the order of pictures; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        k.heading("Marked layer");
        let help = "A click on a layer or on a cell of the gradients chooses it";
        Knob::int("layer", "Layer", &mut self.layer, 1..=DEEPEST).help(help).draws().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let rivals = self.rivals();
        let slopes = Slopes::record(&mut on.plan, [rivals[0].act, rivals[1].act])?;
        let seed = u64::from(self.seed) + on.inputs.seed;
        train(on, &rivals, self.alike(seed));
        Ok(Shown { slopes, rivals })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let tops = shown.slopes.tops(view)?;
        said(&self.said(shown), view, tops)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let [a, b] = &shown.rivals;
        let tops = shown.slopes.tops(view);
        let layers = self.layers as usize;
        let layer = (self.layer as usize).clamp(1, layers) - 1;
        let switch = match self.differs {
            Differs::Activation => ("activation", [a.name.clone(), b.name.clone()]),
            Differs::Skips => ("skips", ["off", "on"].map(str::to_owned)),
        };
        let drawn = Drawn {
            names: [&a.name, &b.name],
            switch,
            layers,
            width: WIDTH,
            ways: [a, b].map(|of| if of.residual { self.alike(0).ways() } else { vec![] }),
            lost: [None; 2],
            layer,
            range: RANGE,
            follows: false,
            slopes: [0, 1].map(|run| tops.map(|tops| tops[run])),
            charts: &[Quantity::Accuracy(GUESS), Quantity::Loss],
            whole: None,
        };
        let clicked = drawn.draw(ui, view, |ui, view, foot| {
            let (left, right) = foot.split_left_right_at_fraction(0.46);
            shown.slopes.draw(ui, view, left);
            outputs(ui, view, right.with_min_x(right.left() + 12.0), layer, [a.act, b.act]);
        });
        if let Some(layer) = clicked {
            self.layer = layer as u32 + 1;
        }
    }

    fn steer(&self, _: &Shown, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, _: &Shown) -> Vec<(&'static str, f64)> {
        vec![("L", f64::from(self.layers)), ("N", STEPS as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        vanishing(rng)
    }
}
