//! How networks reduce dimensions: pictures of clothes through few numbers by principal components, by a linear autoencoder
//! and by one that bends, on the same axes; any place of the code decoded.

use super::squeezed::{Activation, Asked, MOST, STEPS, Squeezed};
use super::squeezed_drawn::{Wanted, draw};
use super::squeezed_plane::FAR;
use super::squeezed_questions::reductions;
use super::squeezed_said::said;
use crate::exhibits::prelude::*;
use crate::nn::Player;
use crate::ops::optim::{Method, Optimiser};
use crate::recipes::clothes::NUMBERS;

settings! {
    /// The page.
    pub struct DimensionalityReduction {
        code: u32 = 2,
        layers: u32 = 1,
        units: u32 = 64,
        activation: Activation = Activation::Relu,
        kinds: u32 = 5,
        noise: f32 = 0.0,
        rate: f32 = 0.005,
        seed: u32 = 0,
        x: f32 = 1.0,
        y: f32 = 0.5,
    }
}

impl DimensionalityReduction {
    fn optimiser(&self) -> Optimiser {
        Optimiser::new(Method::Adam, self.rate)
    }
}

impl Exhibit for DimensionalityReduction {
    type Shown = Squeezed;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Code (restarts)");
        let help = "Numbers that a picture of 196 goes through";
        Knob::int("code", "Numbers", &mut self.code, 1..=MOST as u32).help(help).restarts().show(k);
        k.heading("Autoencoder B (restarts)");
        let help = "Before the code, and as many after it";
        Knob::int("layers", "Hidden layers", &mut self.layers, 1..=3).help(help).restarts().show(k);
        let help = "Of each hidden layer";
        Knob::int("units", "Units", &mut self.units, 8..=128).help(help).restarts().show(k);
        Knob::choice("activation", "Activation", &mut self.activation)
            .help("Of hidden layers; A has none")
            .restarts()
            .show(k);
        k.heading("Pictures (restarts)");
        let help = "Kinds of clothes";
        Knob::int("kinds", "Kinds", &mut self.kinds, 2..=10).help(help).restarts().show(k);
        let help = "Standard deviation; added to what goes in, not to what should come out";
        Knob::float("noise", "Noise", &mut self.noise, 0.0..=0.6).help(help).restarts().show(k);
        k.heading("Training");
        let help = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.03).help(help).steers().show(k);
        let help = "Of first weights and batches; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        k.heading("The place that is decoded");
        let help = "First number of the code, in standard deviations from its mean";
        Knob::float("x", "First number", &mut self.x, -FAR..=FAR).help(help).show(k);
        let help = "Second number";
        Knob::float("y", "Second number", &mut self.y, -FAR..=FAR).help(help).enabled(self.code > 1).show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Squeezed, Problem> {
        let asked = Asked {
            kinds: self.kinds as usize,
            code: self.code as usize,
            layers: self.layers as usize,
            units: self.units as usize,
            activation: self.activation,
            noise: self.noise,
            seed: u64::from(self.seed) + on.inputs.seed,
            optimiser: self.optimiser(),
            place: [self.x, self.y],
        };
        Squeezed::record(on, asked)
    }

    fn caption(&self, shown: &Squeezed, view: &mut View<'_>) -> Option<Caption> {
        said(shown, view)
    }

    fn draw(&mut self, shown: &Squeezed, ui: &mut Ui, view: &mut View<'_>) {
        match draw(shown, ui, view) {
            Some(Wanted::Place([x, y])) => (self.x, self.y) = (x, y),
            Some(Wanted::Code(code)) => self.code = code as u32,
            None => {}
        }
    }

    fn steer(&self, _: &Squeezed, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, _: &Squeezed) -> Vec<(&'static str, f64)> {
        vec![("D", NUMBERS as f64), ("K", f64::from(self.code)), ("T", STEPS as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        reductions(rng)
    }
}
