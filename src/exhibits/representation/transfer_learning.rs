//! Transfer learning: what was learned on five kinds of clothes used again on new ones with few examples; from scratch, with
//! all filters frozen, and fine-tuned, raced on the same batches. And a real network's features with a new head, learned from
//! pictures of the user's own.

use super::taught::Taught;
use super::taught_code::CODE;
use super::transferred::{EXAMPLES, Race, STEPS, Task, Transferred};
use super::transferred_drawn::draw;
use super::transferred_questions::transfers;
use super::transferred_said::said;
use super::{taught_drawn, taught_said};
use crate::choices;
use crate::exhibits::Learned;
use crate::exhibits::prelude::*;
use crate::nn::{Player, RunId, Setup};
use crate::ops::optim::{Method, Optimiser};
use crate::recipes::own;
use crate::recipes::transfer::FILTERS;

/// Pictures of a batch.
const BATCH: usize = 32;

choices! {
    /// What is learned from.
    pub enum Pictures {
        /// Kinds of clothes that were not learned before.
        Clothes = "new clothes",
        /// Directions of stripes.
        Stripes = "stripes",
        /// Groups of pictures that the user has given.
        Own = "your pictures",
    }
}

/// What is shown: the race of three small networks, or a head on a real one.
pub enum Shown {
    /// On clothes or stripes.
    Race(Transferred),
    /// On the user's own pictures.
    Head(Taught),
}

settings! {
    /// The page.
    pub struct TransferLearning {
        task: Pictures = Pictures::Clothes,
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
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("New task (restarts)");
        let raced = self.task != Pictures::Own;
        let help = "Clothes of other kinds, which are related to what was learned, stripes under noise, which are not, or yours: drop a folder for each group";
        Knob::choice("task", "Pictures", &mut self.task).help(help).restarts().show(k);
        Knob::int("classes", "New classes", &mut self.classes, 2..=5)
            .help("To tell apart")
            .enabled(raced)
            .restarts()
            .show(k);
        let help = "Of each class to learn from; others judge";
        Knob::int("examples", "Examples", &mut self.examples, 1..=EXAMPLES).help(help).restarts().show(k);
        k.heading("Fine-tuned network (restarts)");
        let help = "Convolutions from the input on that do not learn; in the second network it is all three";
        Knob::int("frozen", "Frozen layers", &mut self.frozen, 0..=FILTERS.len() as u32)
            .help(help)
            .enabled(raced)
            .restarts()
            .show(k);
        k.heading("Training");
        let help = "Of the first two networks, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.1).help(help).steers().show(k);
        let help =
            "Of the fine-tuned network, from the next step on: small, so that what was learned is kept";
        Knob::float("tuned", "Rate, fine-tuned", &mut self.tuned, 0.0..=0.1)
            .help(help)
            .enabled(raced)
            .steers()
            .show(k);
        let help =
            "Of weights that are new, of batches, and of which of your pictures are held back; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let seed = u64::from(self.seed) + on.inputs.seed;
        let task = match self.task {
            Pictures::Clothes => Task::Clothes,
            Pictures::Stripes => Task::Stripes,
            Pictures::Own => {
                let pictures = on.own_pictures().held_back(seed).with_examples(self.examples as usize);
                return Ok(Shown::Head(Taught::record(on, pictures, self.rate, seed)));
            }
        };
        let race = Race {
            task,
            classes: self.classes as usize,
            examples: self.examples as usize,
            frozen: self.frozen as usize,
        };
        let setups = self.optimisers().map(|optimiser| Setup { seed, ..Setup::new(BATCH, optimiser) });
        Ok(Shown::Race(race.record(on, setups)))
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        match shown {
            Shown::Race(shown) => said(&shown.race, self.tuned, view),
            Shown::Head(shown) => taught_said::said(shown, view),
        }
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        match shown {
            Shown::Race(shown) => draw(shown, ui, view),
            Shown::Head(shown) => taught_drawn::draw(shown, ui, view),
        }
    }

    fn steer(&self, shown: &Shown, player: &mut Player) {
        if let Shown::Head(shown) = shown {
            return shown.steer(player, self.rate);
        }
        let [rate, tuned] = self.optimisers();
        for (run, optimiser) in [rate, rate, tuned].into_iter().enumerate() {
            player.steer(RunId(run), optimiser);
        }
    }

    fn code(&self) -> Option<String> {
        let Self { examples, rate, seed, .. } = self;
        let values =
            [("EXAMPLES", examples.to_string()), ("RATE", rate.to_string()), ("SEED", seed.to_string())];
        let filled = || values.iter().fold(CODE.to_owned(), |code, (name, value)| code.replace(name, value));
        (self.task == Pictures::Own).then(filled)
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let (classes, learned, steps) = match shown {
            Shown::Race(shown) => (shown.race.classes, shown.race.classes * shown.race.examples, STEPS),
            Shown::Head(shown) => {
                (shown.pictures.groups.len(), shown.pictures.set(false).count(), own::STEPS as u64)
            }
        };
        vec![("C", classes as f64), ("N", learned as f64), ("T", steps as f64)]
    }

    fn learned<'l>(&self, shown: &'l Shown, player: &'l Player) -> Option<Learned<'l>> {
        match shown {
            Shown::Race(_) => None,
            Shown::Head(shown) => Some(shown.learned(player)),
        }
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        transfers(rng)
    }
}
