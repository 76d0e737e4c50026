//! How many layers and units: two networks of equally many parameters, one of them deeper, divide the plane side by side; the
//! surface of every hidden unit, and the losses on points that are learned from and on others.

use super::bounded::{Alike, Bounded, Points, STEPS, Size, Unit};
use super::bounded_drawn::Drawn;
use super::bounded_questions::sizes;
use super::bounded_said::said;
use super::optimisers::Rule;
use super::twins::Activation;
use crate::exhibits::prelude::*;
use crate::nn::Player;
use crate::ops::optim::Optimiser;

choices! {
    /// Whose unit is shown large.
    enum Side { A = "A", B = "B" }
}

settings! {
    /// The page.
    pub struct LayersAndNeurons {
        layers: u32 = 3,
        units: u32 = 6,
        rival: u32 = 1,
        activation: Activation = Activation::Tanh,
        points: Points = Points::Spiral,
        count: u32 = 200,
        noise: f32 = 0.03,
        method: Rule = Rule::Adam,
        rate: f32 = 0.05,
        decay: f32 = 0.0,
        seed: u32 = 0,
        side: Side = Side::A,
        layer: u32 = 3,
        unit: u32 = 1,
    }
}

impl LayersAndNeurons {
    fn optimiser(&self) -> Optimiser {
        Optimiser { weight_decay: self.decay, ..self.method.optimiser(self.rate) }
    }

    /// A, and B with as many parameters.
    fn sizes(&self) -> [Size; 2] {
        let a = Size { layers: self.layers as usize, units: self.units as usize };
        [a, a.rival(self.rival as usize)]
    }

    fn shown(&self) -> Unit {
        let run = usize::from(self.side == Side::B);
        Unit { run, layer: self.layer as usize - 1, unit: self.unit as usize - 1 }
    }
}

impl Exhibit for LayersAndNeurons {
    type Shown = Bounded;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Layers and units (restarts)");
        let help = "Hidden layers of A";
        Knob::int("layers", "Layers of A", &mut self.layers, 1..=4).help(help).restarts().show(k);
        let help = "Of each hidden layer of A";
        Knob::int("units", "Units of A", &mut self.units, 1..=16).help(help).restarts().show(k);
        let help = "Hidden layers of B; its units follow, so that both have as many parameters";
        Knob::int("rival", "Layers of B", &mut self.rival, 1..=4).help(help).restarts().show(k);
        Knob::choice("activation", "Activation", &mut self.activation)
            .help("Of all hidden layers")
            .restarts()
            .show(k);
        k.heading("Points (restarts)");
        Knob::choice("points", "Data", &mut self.points).restarts().show(k);
        let help = "To learn from; 200 others are not seen in training";
        Knob::int("count", "Points", &mut self.count, 10..=400).help(help).restarts().show(k);
        let help = "Standard deviation of what is added to each coordinate";
        Knob::float("noise", "Noise", &mut self.noise, 0.0..=0.3).help(help).restarts().show(k);
        k.heading("Training");
        Knob::choice("method", "Optimiser", &mut self.method).help("Of both").restarts().show(k);
        let help = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.3).help(help).steers().show(k);
        let help = "Of both, from the next step on: pulls weights to 0";
        Knob::float("decay", "Weight decay", &mut self.decay, 0.0..=0.1).help(help).steers().show(k);
        let help = "Of points, first weights and batches; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        k.heading("The unit shown large");
        let help = "A click on a unit chooses it";
        Knob::choice("side", "Network", &mut self.side).help(help).draws().show(k);
        Knob::int("layer", "Layer", &mut self.layer, 1..=4).help(help).draws().show(k);
        Knob::int("unit", "Unit", &mut self.unit, 1..=48).help(help).draws().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Bounded, Problem> {
        let alike = Alike {
            points: self.points,
            count: self.count as usize,
            noise: self.noise,
            activation: self.activation,
            seed: u64::from(self.seed) + on.inputs.seed,
            optimiser: self.optimiser(),
        };
        Ok(Bounded::record(on, self.sizes(), alike))
    }

    fn caption(&self, shown: &Bounded, view: &mut View<'_>) -> Option<Caption> {
        said(shown, view)
    }

    fn draw(&mut self, shown: &Bounded, ui: &mut Ui, view: &mut View<'_>) {
        let drawn = Drawn { of: shown, unit: shown.nearest(self.shown()) };
        if let Some(Unit { run, layer, unit }) = drawn.draw(ui, view) {
            self.side = [Side::A, Side::B][run];
            (self.layer, self.unit) = (layer as u32 + 1, unit as u32 + 1);
        }
    }

    fn steer(&self, _: &Bounded, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, _: &Bounded) -> Vec<(&'static str, f64)> {
        let [a, _] = self.sizes();
        vec![("L", a.layers as f64), ("u", a.units as f64), ("T", STEPS as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        sizes(rng)
    }
}
