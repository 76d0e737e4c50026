//! Feature learning and classification: a picture through the blocks of a trained network to the head, and a linear probe
//! behind each block, trained in front of the user; the same with random weights beside it.

use super::depth::{BLOCKS, Depth, Which, probe};
use super::depth_drawn::Drawn;
use super::depth_said::said;
use super::questions;
use super::seen::{PICTURES, Source};
use crate::exhibits::Inputs;
use crate::exhibits::prelude::*;
use crate::nn::{Player, Setup};
use crate::ops::optim::{Method, Optimiser};
use crate::recipes::blocks::WIDTH;

/// Steps of training, after how many probes are judged, and on how many batches of unseen pictures.
const STEPS: u64 = 100;
const JUDGED: (u64, usize) = (50, 2);
const BATCH: usize = 32;

settings! {
    /// The page.
    pub struct FeatureLearning {
        image: Source = Source::Sneaker,
        weights: Which = Which::Trained,
        block: u32 = 1,
        channels: u32 = 8,
        sort: bool = true,
        seed: u32 = 0,
        samples: u32 = 2000,
        rate: f32 = 0.05,
    }
}

/// What was recorded.
pub struct Shown {
    of: Depth,
    source: Source,
}

impl FeatureLearning {
    /// The optimiser of all probes.
    fn optimiser(&self) -> Optimiser {
        Optimiser::new(Method::Adam, self.rate)
    }

    /// What is drawn and said of what was recorded.
    fn drawn<'a>(&self, shown: &'a Shown) -> Drawn<'a> {
        Drawn {
            of: &shown.of,
            which: self.weights,
            block: (self.block as usize).clamp(1, BLOCKS) - 1,
            large: self.channels as usize,
            sorted: self.sort,
            source: shown.source.name(),
            learns: (self.samples, self.rate),
        }
    }
}

impl Exhibit for FeatureLearning {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Network");
        Knob::choice_of("image", "Picture", &mut self.image, PICTURES)
            .help("A test picture of each class, which the network has not learned from, or the photo in EfficientNet-Lite0")
            .show(k);
        Knob::choice("weights", "Weights", &mut self.weights)
            .help("Whose maps are drawn: both networks are probed")
            .enabled(self.image != Source::Photo)
            .draws()
            .show(k);
        let help = "A click on a block chooses it";
        Knob::int("block", "Block", &mut self.block, 1..=BLOCKS as u32).help(help).draws().show(k);
        Knob::int("channels", "Maps drawn large", &mut self.channels, 1..=WIDTH as u32).draws().show(k);
        let help = "The maps with the largest mean first";
        Knob::switch("sort", "Sort by activation", &mut self.sort).help(help).draws().show(k);
        k.heading("Probes (restarts)");
        Knob::int("samples", "Pictures", &mut self.samples, 50..=5000).restarts().show(k);
        let help = "Of the random weights, of the probes' first weights and of the order of pictures";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        let help = "Of all probes, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.2).help(help).steers().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let seed = u64::from(self.seed) + on.inputs.seed;
        let of = Depth::record(on, self.image, seed)?;
        probe(on, self.samples as usize, Setup { seed, ..Setup::new(BATCH, self.optimiser()) });
        on.plan_steps(STEPS, JUDGED.0, Some(JUDGED.1));
        Ok(Shown { of, source: self.image })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(shown), view)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        if let Some(block) = self.drawn(shown).draw(ui, view) {
            self.block = block as u32 + 1;
        }
    }

    fn unpacks(&self, inputs: &Inputs) -> bool {
        self.image == Source::Photo && !inputs.has_network()
    }

    fn steer(&self, _: &Shown, player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let blocks = &shown.of.networks[0];
        vec![("C", blocks.maps[BLOCKS - 1].shape[1] as f64), ("K", blocks.shares.len() as f64)]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::feature_learning(rng)
    }
}
