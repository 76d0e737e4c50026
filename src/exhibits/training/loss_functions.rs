//! Loss functions: a line fitted to points of which one can be dragged away, or the slope that each loss of classes gives a
//! score; every loss and its slope as curves; the surface of a small network and the way of seven optimisers on it.

use std::rc::Rc;

use super::loss_asked::{Asked, START};
use super::losses::{Losses, task};
use super::losses_drawn::{ACROSS, Drawn, UP, Wish};
use super::losses_questions;
use super::losses_said::said;
use super::optimisers::Rule;
use crate::exhibits::prelude::*;
use crate::nn::{Player, RunId, Setup};
use crate::recipes::{Loss, Shape};

/// Steps of training, and after how many the networks are judged on so many batches of unseen points.
const STEPS: u64 = 150;
const JUDGED: (u64, usize) = (25, 1);
const BATCH: usize = 64;

settings! {
    /// The page.
    pub struct LossFunctions {
        loss: Loss = START.loss,
        delta: f32 = START.shape.delta,
        x: f32 = START.outlier[0],
        y: f32 = START.outlier[1],
        score: f32 = START.score,
        gamma: f32 = START.shape.gamma,
        smoothing: f32 = START.shape.smoothing,
        rule: Rule = Rule::Adam,
        rate: f32 = 0.03,
        seed: u32 = 0,
    }
}

impl LossFunctions {
    fn drawn<'a>(&self, of: &'a Losses) -> Drawn<'a> {
        Drawn { of, rule: self.rule }
    }

    fn asked(&self) -> Asked {
        let shape = Shape { delta: self.delta, gamma: self.gamma, smoothing: self.smoothing };
        Asked { loss: self.loss, shape, outlier: [self.x, self.y], score: self.score }
    }
}

impl Exhibit for LossFunctions {
    type Shown = Losses;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let numbers = self.loss.is_of_numbers();
        let help = "The first three judge predicted numbers, the others classes";
        Knob::choice("loss", "Loss (restarts)", &mut self.loss).help(help).restarts().show(k);
        k.heading("Numbers");
        let help = "From which distance on Huber's loss is straight; restarts";
        let huber = self.loss == Loss::Huber;
        let delta =
            Knob::float("delta", "δ of Huber", &mut self.delta, 0.05..=3.0).help(help).enabled(numbers);
        if huber {
            delta.restarts().show(k);
        } else {
            delta.show(k);
        }
        let help = "Of the point that lies far off; it can be dragged";
        Knob::float("x", "Outlier x", &mut self.x, -1.0..=1.0).help(help).enabled(numbers).show(k);
        Knob::float("y", "Outlier y", &mut self.y, UP[0] + 0.5..=UP[1]).help(help).enabled(numbers).show(k);
        k.heading("Classes");
        let help = "Of the right class, the other's being 0; a click on a curve chooses it";
        Knob::float("score", "Score", &mut self.score, -8.0..=8.0).help(help).enabled(!numbers).show(k);
        let focal = self.loss == Loss::Focal;
        let help = "How much less what is right already counts; restarts the focal loss";
        let gamma =
            Knob::float("gamma", "γ of focal", &mut self.gamma, 0.0..=5.0).help(help).enabled(!numbers);
        if focal {
            gamma.restarts().show(k);
        } else {
            gamma.show(k);
        }
        let smooth = self.loss == Loss::Divergence;
        let help = "How much of the label is given to the other class; restarts Kullback-Leibler";
        let smoothing = Knob::float("smoothing", "Smoothing ε", &mut self.smoothing, 0.0..=0.5)
            .help(help)
            .enabled(!numbers);
        if smooth {
            smoothing.restarts().show(k);
        } else {
            smoothing.show(k);
        }
        k.heading("Training");
        let help = "Whose way is drawn thick; all seven train";
        Knob::choice("rule", "Optimiser", &mut self.rule).help(help).draws().show(k);
        let help = "Of all, from the next step on";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.0..=0.5).help(help).steers().show(k);
        let help = "Of the points, the first weights and the order of samples; restarts";
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help(help).restarts().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Losses, Problem> {
        let seed = u64::from(self.seed) + on.inputs.seed;
        let asked = self.asked();
        let task = task(&asked, seed)?;
        let made = Losses::record(on, asked, &task, seed)?;
        let task = Rc::new(task);
        for rule in Rule::ALL {
            let setup = Setup { seed, ..Setup::new(BATCH, rule.optimiser(self.rate)) };
            on.train(rule.name(), task.clone(), setup);
        }
        on.plan_steps(STEPS, JUDGED.0, Some(JUDGED.1));
        Ok(made)
    }

    fn caption(&self, shown: &Losses, view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(shown), view)
    }

    fn draw(&mut self, shown: &Losses, ui: &mut Ui, view: &mut View<'_>) {
        let placed = Drawn::lay(ui);
        match self.drawn(shown).draw(ui, view, &placed) {
            Some(Wish::Outlier([x, y])) => {
                self.x = x.clamp(ACROSS[0] + 0.1, ACROSS[1] - 0.1);
                self.y = y.clamp(UP[0] + 0.5, UP[1]);
            }
            Some(Wish::Score(score)) => self.score = score,
            Some(Wish::Loss(loss)) => self.loss = loss,
            Some(Wish::Rule(rule)) => self.rule = rule,
            None => {}
        }
    }

    fn steer(&self, _: &Losses, player: &mut Player) {
        for (i, rule) in Rule::ALL.iter().enumerate() {
            player.steer(RunId(i), rule.optimiser(self.rate));
        }
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        losses_questions::losses(rng)
    }
}
