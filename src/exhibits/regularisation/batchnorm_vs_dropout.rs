//! Batch normalisation against dropout: four small convolutional networks that differ in them alone, learning side by side;
//! what goes into the last ReLU over the steps, and in both modes.

use super::masks::rate;
use super::modes::{Alike, Last, Order, STEPS};
use super::modes_drawn::Drawn;
use super::modes_questions;
use super::modes_said::said;
use crate::exhibits::prelude::*;
use crate::nn::{Player, Setup};
use crate::ops::optim::{Method, Optimiser};

settings! {
    /// The page.
    pub struct BatchnormVsDropout {
        p: f32 = 0.5,
        order: Order = Order::NormFirst,
        momentum: f32 = 0.9,
        batch: u32 = 64,
        samples: u32 = 1000,
        rate: f32 = 0.1,
        seed: u32 = 0,
        /// The networks as they were last read: other ones are shown once all of them is there.
        last: Last = Last::default(),
    }
}

impl BatchnormVsDropout {
    fn optimiser(&self) -> Optimiser {
        Optimiser::new(Method::Sgd, self.rate)
    }
}

impl Exhibit for BatchnormVsDropout {
    /// Which stands first where there are both.
    type Shown = Order;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Networks (restarts)");
        let help = "Probability of being dropped";
        Knob::float("p", "Dropout rate p", &mut self.p, 0.0..=0.9).help(help).restarts().show(k);
        let help = "Of the fourth network. Dropout first: in front of each batch norm; norm first: dropout behind the last one";
        Knob::choice("order", "Order of both", &mut self.order).help(help).restarts().show(k);
        let help =
            "Share of the running statistics that a batch leaves as it is (PyTorch counts the other share)";
        Knob::float("momentum", "Momentum", &mut self.momentum, 0.0..=0.99).help(help).restarts().show(k);
        k.heading("Training (restarts)");
        let help = "Pictures of a step: batch norm normalises by them";
        Knob::int("batch", "Batch size", &mut self.batch, 2..=128).help(help).restarts().show(k);
        Knob::int("samples", "Pictures", &mut self.samples, 50..=2000)
            .help("To learn from")
            .restarts()
            .show(k);
        let help = "Of first weights, batches and masks";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        let help = "Of all, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=1.0).help(help).steers().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Order, Problem> {
        let seed = u64::from(self.seed) + on.inputs.seed;
        let alike = Alike {
            rate: rate(self.p),
            momentum: self.momentum,
            samples: self.samples as usize,
            setup: Setup { seed, ..Setup::new(self.batch as usize, self.optimiser()) },
        };
        alike.train(on, self.order);
        Ok(self.order)
    }

    fn caption(&self, order: &Order, view: &mut View<'_>) -> Option<Caption> {
        said(*order, self.batch as usize, view)
    }

    fn draw(&mut self, order: &Order, ui: &mut Ui, view: &mut View<'_>) {
        self.last.read(view);
        Drawn { order: *order, rate: self.rate }.draw(ui, view, &self.last);
    }

    fn steer(&self, _: &Order, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, _: &Order) -> Vec<(&'static str, f64)> {
        vec![("p", f64::from(self.p)), ("N", f64::from(self.batch)), ("T", STEPS as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        modes_questions::either(rng)
    }
}
