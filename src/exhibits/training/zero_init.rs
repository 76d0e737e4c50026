//! What zeros and other constants do to a start: two small networks that differ in their first weights alone, drawn unit
//! by unit. Units that are one and the same, bit for bit, have one colour, and stay so while they learn.

use std::rc::Rc;

use super::optimisers::Rule;
use super::twins::{Activation, Last, Scheme, Start};
use super::twins_drawn::Drawn;
use super::twins_questions::zero_init;
use super::twins_said::said;
use crate::data::toy::Toy;
use crate::exhibits::prelude::*;
use crate::nn::{Player, Setup};
use crate::ops::optim::Optimiser;
use crate::recipes::{OneLogit, PointSets};

/// Steps of training, and after how many the networks are judged on all points that they have not learned from.
const STEPS: u64 = 500;
const JUDGED: u64 = 25;
const BATCH: usize = 32;
/// Points to learn from and others to be judged on, and their noise.
const POINTS: [usize; 2] = [384, 192];
const SPREAD: f32 = 0.03;

settings! {
    /// The page.
    pub struct ZeroInit {
        start: Scheme = Scheme::Constant,
        constant: f32 = 0.5,
        noise: f32 = 0.0,
        activation: Activation = Activation::Tanh,
        width: u32 = 16,
        method: Rule = Rule::Adam,
        rate: f32 = 0.1,
        seed: u32 = 0,
        /// Both networks as they were last read: other ones are shown once all of them is there.
        last: Last = Last::default(),
    }
}

impl ZeroInit {
    fn drawn<'a>(&self, starts: &'a [Start; 2]) -> Drawn<'a> {
        Drawn { starts, rate: self.rate }
    }

    /// The optimiser of both networks.
    fn optimiser(&self) -> Optimiser {
        self.method.optimiser(self.rate)
    }
}

impl Exhibit for ZeroInit {
    /// How A begins, and how B.
    type Shown = [Start; 2];

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("First weights (restarts)");
        let help = "Of A; B has He, and the constant where A has He. All biases begin at 0";
        Knob::choice("start", "Start", &mut self.start).help(help).restarts().show(k);
        let help = "Every weight of the constant start";
        Knob::float("constant", "Constant", &mut self.constant, -2.0..=2.0).help(help).restarts().show(k);
        let help = "Standard deviation of what is added to each weight of A";
        Knob::float("noise", "Noise", &mut self.noise, 0.0..=0.5)
            .help(help)
            .enabled(self.start != Scheme::He)
            .restarts()
            .show(k);
        k.heading("Both networks (restarts)");
        Knob::choice("activation", "Activation", &mut self.activation)
            .help("Of the hidden layer")
            .restarts()
            .show(k);
        Knob::int("width", "Hidden units", &mut self.width, 2..=16).restarts().show(k);
        let help = "Of random weights, of the points and of their order";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
        k.heading("Training");
        Knob::choice("method", "Optimiser", &mut self.method).help("Of both").restarts().show(k);
        let help = "Of both, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.3).help(help).steers().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<[Start; 2], Problem> {
        let a = Start { scheme: self.start, constant: self.constant, noise: self.noise };
        let starts = [a, a.rival()];
        let seed = u64::from(self.seed) + on.inputs.seed;
        let data = PointSets::new(Toy::Circles, POINTS, SPREAD, seed);
        let setup = Setup { seed, ..Setup::new(BATCH, self.optimiser()) };
        for start in starts {
            let (hidden, act) = (vec![self.width as usize], self.activation.act());
            let task = OneLogit { data: data.clone(), hidden, act, init: start.init() };
            on.train(&start.name(), Rc::new(task), setup);
        }
        on.plan_steps(STEPS, JUDGED, None);
        Ok(starts)
    }

    fn caption(&self, starts: &[Start; 2], view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(starts), view)
    }

    fn draw(&mut self, starts: &[Start; 2], ui: &mut Ui, view: &mut View<'_>) {
        self.last.read(view);
        self.drawn(starts).draw(ui, view, &self.last);
    }

    fn steer(&self, _: &[Start; 2], player: &mut Player) {
        player.steer_all(self.optimiser());
    }

    fn symbols(&self, _: &[Start; 2]) -> Vec<(&'static str, f64)> {
        vec![("N", f64::from(self.width))]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        zero_init(rng)
    }
}
