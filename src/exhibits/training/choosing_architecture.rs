//! Choosing an architecture: twelve small networks, by kind, depth and width, learn the same data at once; what each has right of
//! what it has not seen, against its size.

use super::chosen::{Candidate, Task};
use super::chosen_drawn::Drawn;
use super::chosen_questions::choosing;
use super::chosen_said::said;
use crate::exhibits::prelude::*;
use crate::nn::{Player, Setup};
use crate::ops::optim::{Method, Optimiser};

/// Samples of a batch.
const BATCH: usize = 32;

settings! {
    /// The page.
    pub struct ChoosingArchitecture {
        task: Task = Task::Clothes,
        samples: u32 = 1000,
        widest: u32 = 64,
        steps: u32 = 120,
        rate: f32 = 0.01,
        seed: u32 = 0,
        network: u32 = 9,
    }
}

impl ChoosingArchitecture {
    fn optimiser(&self) -> Optimiser {
        Optimiser::new(Method::Adam, self.rate)
    }
}

impl Exhibit for ChoosingArchitecture {
    type Shown = Vec<Candidate>;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Data (restarts)");
        let help = "Pictures of clothes, halved to 14x14, or three arms of points in the plane";
        Knob::choice("task", "Data", &mut self.task).help(help).restarts().show(k);
        let help = "To learn from; 384 others judge";
        Knob::int("samples", "Samples", &mut self.samples, 50..=2000).help(help).restarts().show(k);
        k.heading("Grid (restarts)");
        let help = "Units of the widest dense layers; others have a quarter and a sixteenth of them, convolutions a quarter of \
                    the maps";
        Knob::int("widest", "Widest", &mut self.widest, 16..=128).help(help).restarts().show(k);
        k.heading("Training");
        let help = "The budget of each network; restarts";
        Knob::int("steps", "Steps", &mut self.steps, 40..=400).help(help).restarts().show(k);
        let help = "Of all, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.1).help(help).steers().show(k);
        let help = "Of first weights and batches, the same for all; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        k.heading("Curves");
        let help = "Whose curves are shown; a click on a network chooses it";
        Knob::int("network", "Network", &mut self.network, 1..=12).help(help).draws().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Vec<Candidate>, Problem> {
        let seed = u64::from(self.seed) + on.inputs.seed;
        let samples = self.samples as usize;
        let setup = Setup { seed, ..Setup::new(BATCH.min(samples), self.optimiser()) };
        self.task.train(on, self.widest as usize, [samples, self.steps as usize], setup)
    }

    fn caption(&self, grid: &Vec<Candidate>, view: &mut View<'_>) -> Option<Caption> {
        said(self.task, grid, self.samples, view)
    }

    fn draw(&mut self, grid: &Vec<Candidate>, ui: &mut Ui, view: &mut View<'_>) {
        let drawn = Drawn { task: self.task, grid, network: self.network as usize - 1 };
        if let Some(network) = drawn.draw(ui, view) {
            self.network = network as u32 + 1;
        }
    }

    fn steer(&self, _: &Vec<Candidate>, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, _: &Vec<Candidate>) -> Vec<(&'static str, f64)> {
        vec![("N", f64::from(self.samples)), ("T", f64::from(self.steps))]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        choosing(rng)
    }
}
