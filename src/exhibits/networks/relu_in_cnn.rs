//! ReLU in a CNN: a map of a trained network before and behind its activation, the gradient that the activation lets through,
//! other activations beside it; two convolutions that are one without it; and two networks whose dead maps are counted while
//! they learn.

use std::rc::Rc;

use super::rectified::{Activation, Asked, PHOTO, Rectified};
use super::rectified_drawn::{Drawn, rival};
use super::rectified_questions::relu;
use super::rectified_said::said;
use super::seen::{PICTURES, Source};
use crate::exhibits::prelude::*;
use crate::nn::{Player, Setup};
use crate::ops::optim::{Method, Optimiser};
use crate::recipes::blocks::{SUMS, WIDTH};
use crate::recipes::{Fashion, Gated};

/// Steps of training, and after how many the networks are judged on so many batches of unseen pictures.
const STEPS: u64 = 100;
const JUDGED: (u64, usize) = (20, 6);
const BATCH: usize = 32;

settings! {
    /// The page.
    pub struct ReluInCnn {
        activation: Activation = Activation::Relu,
        slope: f32 = 0.01,
        bias: f32 = 0.0,
        image: Source = Source::Photo,
        block: u32 = 1,
        map: u32 = 11,
        // Between bright and dark: below 0, where a gradient arrives and is stopped.
        row: u32 = 50,
        column: u32 = 54,
        rate: f32 = 0.01,
        seed: u32 = 0,
    }
}

impl ReluInCnn {
    fn drawn<'a>(&self, of: &'a Rectified) -> Drawn<'a> {
        Drawn { of, at: [self.row, self.column].map(|at| at as usize), rate: self.rate }
    }

    /// The optimiser of both networks.
    fn optimiser(&self) -> Optimiser {
        Optimiser::new(Method::Adam, self.rate)
    }

    /// Two networks that differ in their activation alone.
    fn train(&self, on: &mut Recording<'_>) {
        let data = Fashion::carried();
        let seed = u64::from(self.seed) + on.inputs.seed;
        let setup = Setup { seed, ..Setup::new(BATCH, self.optimiser()) };
        for of in [Activation::Relu, rival(self.activation)] {
            let task = Gated { data: data.clone(), act: of.act(self.slope), bias: self.bias };
            on.train(of.name(), Rc::new(task), setup);
        }
        on.plan_steps(STEPS, JUDGED.0, Some(JUDGED.1));
    }
}

impl Exhibit for ReluInCnn {
    type Shown = Rectified;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Activation (restarts)");
        let help = "In training B has it, A has ReLU; where it is ReLU, B is leaky";
        Knob::choice("activation", "Activation", &mut self.activation).help(help).restarts().show(k);
        let leaky = matches!(self.activation, Activation::Leaky | Activation::Relu);
        Knob::float("slope", "Slope below 0", &mut self.slope, 0.001..=0.5)
            .help("Of leaky ReLU")
            .enabled(leaky)
            .restarts()
            .show(k);
        Knob::float("bias", "Bias shift", &mut self.bias, -6.0..=2.0)
            .help("Added to all biases of the block; in training, all biases begin there")
            .restarts()
            .show(k);
        k.heading("Trained network");
        let help = "The photo, or a test picture of each class that the network has not learned from";
        Knob::choice_of("image", "Picture", &mut self.image, PICTURES).help(help).show(k);
        let help = "Whose activation is exchanged";
        Knob::int("block", "Block", &mut self.block, 1..=SUMS.len() as u32).help(help).show(k);
        Knob::int("map", "Map", &mut self.map, 1..=WIDTH as u32).show(k);
        let last = PHOTO as u32 - 1;
        let help = "Of the cell that is worked out; a click on a map chooses it";
        Knob::int("row", "Row", &mut self.row, 0..=last).help(help).draws().show(k);
        Knob::int("column", "Column", &mut self.column, 0..=last).help(help).draws().show(k);
        k.heading("Training");
        let help = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.3).help(help).steers().show(k);
        let help = "Of the first weights and of the order of pictures; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Rectified, Problem> {
        let asked = Asked {
            activation: self.activation,
            slope: self.slope,
            bias: self.bias,
            block: self.block as usize - 1,
            map: self.map as usize - 1,
        };
        let made = Rectified::record(on, self.image, asked)?;
        self.train(on);
        Ok(made)
    }

    fn caption(&self, shown: &Rectified, view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(shown), view)
    }

    fn draw(&mut self, shown: &Rectified, ui: &mut Ui, view: &mut View<'_>) {
        let placed = Drawn::lay(ui);
        if let Some(at) = self.drawn(shown).draw(ui, view, &placed) {
            [self.row, self.column] = at.map(|at| at as u32);
        }
    }

    fn steer(&self, _: &Rectified, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, _: &Rectified) -> Vec<(&'static str, f64)> {
        vec![("F_1", 3.0), ("F_2", 3.0)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        relu(rng)
    }
}
