//! The same logits through sigmoid, each by itself, and through softmax, which makes them share 1: outputs, sums,
//! gradients, what one logit moves; and what overflows where the formulas are taken as they stand.

use super::scores::{Asked, Form, MOST, Scores};
use super::scores_drawn::{Drawn, REACH, Wish};
use super::scores_questions;
use super::scores_said::said;
use crate::exhibits::prelude::*;

/// Greatest shift of all logits.
const SHIFT: f32 = 120.0;
/// Least height of a row.
const LOWEST: f32 = 118.0;
/// Names and labels of the logits.
const LOGITS: [[&str; 2]; MOST] = [
    ["z1", "Logit 1"],
    ["z2", "Logit 2"],
    ["z3", "Logit 3"],
    ["z4", "Logit 4"],
    ["z5", "Logit 5"],
    ["z6", "Logit 6"],
    ["z7", "Logit 7"],
    ["z8", "Logit 8"],
];

settings! {
    /// The page.
    pub struct SigmoidVsSoftmax {
        classes: u32 = 3,
        logits: [f32; MOST] = [2.0, 1.0, 0.1, -1.0, 0.5, -2.0, 1.5, 0.0],
        shift: f32 = 0.0,
        temperature: f32 = 1.0,
        form: Form = Form::Stable,
        label: u32 = 1,
        also: u32 = 0,
        class: u32 = 1,
    }
}

impl SigmoidVsSoftmax {
    fn drawn<'a>(&self, of: &'a Scores) -> Drawn<'a> {
        Drawn { of, form: self.form, class: self.class as usize - 1 }
    }
}

impl Exhibit for SigmoidVsSoftmax {
    type Shown = Scores;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Logits");
        Knob::int("classes", "Classes K", &mut self.classes, 2..=MOST as u32).show(k);
        for (i, (logit, [name, label])) in self.logits.iter_mut().zip(LOGITS).enumerate() {
            let used = (i as u32) < self.classes;
            Knob::float(name, label, logit, -REACH..=REACH).enabled(used).show(k);
        }
        k.heading("On the way in");
        Knob::float("shift", "Added to all", &mut self.shift, -SHIFT..=SHIFT)
            .help("The same number is added to every logit")
            .show(k);
        Knob::float("temperature", "Temperature T", &mut self.temperature, 0.1..=10.0)
            .help("Logits are divided by it: small ones sharpen, large ones flatten")
            .show(k);
        Knob::choice("form", "Form", &mut self.form)
            .help("Stable takes the largest logit off before the exponentials; naive does not")
            .draws()
            .show(k);
        k.heading("Label");
        let most = self.classes;
        [self.label, self.also, self.class] = [self.label, self.also, self.class].map(|i| i.min(most));
        Knob::int("label", "Right class", &mut self.label, 1..=most).show(k);
        Knob::int("also", "Right as well", &mut self.also, 0..=most)
            .help("A second class that is right; 0 for none. Softmax then gets half for each")
            .show(k);
        k.heading("Shown");
        Knob::int("class", "Worked out", &mut self.class, 1..=most)
            .help("A click on a class chooses it")
            .draws()
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Scores, Problem> {
        let mut right = vec![self.label as usize - 1];
        right.extend((self.also > 0 && self.also != self.label).then(|| self.also as usize - 1));
        let asked = Asked {
            logits: self.logits[..self.classes as usize].to_vec(),
            shift: self.shift,
            temperature: self.temperature,
            right,
        };
        Scores::record(&mut on.plan, asked)
    }

    fn caption(&self, shown: &Scores, view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(shown), view)
    }

    fn draw(&mut self, shown: &Scores, ui: &mut Ui, view: &mut View<'_>) {
        let hero = vec![Panel::free(160.0, 1.0), Panel::free(160.0, 1.0), Panel::free(160.0, 1.0)];
        let below = vec![Panel::free(214.0, 0.8), Panel::free(190.0, 1.0), Panel::free(240.0, 1.3)];
        let metrics = Metrics { lowest: LOWEST, ..Metrics::default() };
        let placed = page::lay_with(ui, &[Row::Hero(hero), Row::Hero(below), Row::Measured(5)], &metrics);
        let cells = [&placed.rows[0][..], &placed.rows[1], &placed.rows[2]];
        match self.drawn(shown).draw(ui, view, cells) {
            Some(Wish::Class(i)) => self.class = i as u32 + 1,
            Some(Wish::Logit(i, to)) => self.logits[i] = to,
            None => {}
        }
    }

    fn symbols(&self, shown: &Scores) -> Vec<(&'static str, f64)> {
        let asked = &shown.asked;
        vec![
            ("K", asked.logits.len() as f64),
            ("T", f64::from(asked.temperature)),
            ("c", f64::from(asked.shift)),
        ]
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        scores_questions::question(rng)
    }
}
