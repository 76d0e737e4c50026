//! Transfer learning: what was learned on five kinds of clothes used again on new ones with few examples; from scratch, with
//! all filters frozen, and fine-tuned, raced on the same batches.

use super::transferred::{EXAMPLES, Race, STEPS, Task, Transferred};
use super::transferred_drawn::draw;
use super::transferred_questions::transfers;
use super::transferred_said::said;
use crate::exhibits::prelude::*;
use crate::nn::{Player, RunId, Setup};
use crate::ops::optim::{Method, Optimiser};
use crate::recipes::transfer::FILTERS;

/// Pictures of a batch.
const BATCH: usize = 32;

settings! {
    /// The page.
    pub struct TransferLearning {
        task: Task = Task::Clothes,
        classes: u32 = 5,
        examples: u32 = 20,
        frozen: u32 = 1,
        rate: f32 = 0.005,
        tuned: f32 = 0.002,
        seed: u32 = 0,
    }
}

impl TransferLearning {
    /// What changes the weights of the first two networks, and of the fine-tuned one.
    fn optimisers(&self) -> [Optimiser; 2] {
        [self.rate, self.tuned].map(|rate| Optimiser::new(Method::Adam, rate))
    }
}

impl Exhibit for TransferLearning {
    type Shown = Transferred;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("New task (restarts)");
        let help = "Clothes of other kinds, which are related to what was learned, or stripes under noise, which are not";
        Knob::choice("task", "Pictures", &mut self.task).help(help).restarts().show(k);
        Knob::int("classes", "New classes", &mut self.classes, 2..=5)
            .help("To tell apart")
            .restarts()
            .show(k);
        let help = "Of each class to learn from; others judge";
        Knob::int("examples", "Examples", &mut self.examples, 1..=EXAMPLES).help(help).restarts().show(k);
        k.heading("Fine-tuned network (restarts)");
        let help = "Convolutions from the input on that do not learn; in the second network it is all three";
        Knob::int("frozen", "Frozen layers", &mut self.frozen, 0..=FILTERS.len() as u32)
            .help(help)
            .restarts()
            .show(k);
        k.heading("Training");
        let help = "Of the first two networks, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.1).help(help).steers().show(k);
        let help =
            "Of the fine-tuned network, from the next step on: small, so that what was learned is kept";
        Knob::float("tuned", "Rate, fine-tuned", &mut self.tuned, 0.0..=0.1).help(help).steers().show(k);
        let help = "Of weights that are new, and of batches; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Transferred, Problem> {
        let race = Race {
            task: self.task,
            classes: self.classes as usize,
            examples: self.examples as usize,
            frozen: self.frozen as usize,
        };
        let seed = u64::from(self.seed) + on.inputs.seed;
        let setups = self.optimisers().map(|optimiser| Setup { seed, ..Setup::new(BATCH, optimiser) });
        Ok(race.record(on, setups))
    }

    fn caption(&self, shown: &Transferred, view: &mut View<'_>) -> Option<Caption> {
        said(&shown.race, self.tuned, view)
    }

    fn draw(&mut self, shown: &Transferred, ui: &mut Ui, view: &mut View<'_>) {
        draw(shown, ui, view);
    }

    fn steer(&self, _: &Transferred, player: &mut Player) {
        let [rate, tuned] = self.optimisers();
        for (run, optimiser) in [rate, rate, tuned].into_iter().enumerate() {
            player.steer(RunId(run), optimiser);
        }
    }

    fn symbols(&self, shown: &Transferred) -> Vec<(&'static str, f64)> {
        let Race { classes, examples, .. } = shown.race;
        vec![("C", classes as f64), ("N", (classes * examples) as f64), ("T", STEPS as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        transfers(rng)
    }
}
