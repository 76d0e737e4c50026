//! Why weights begin at random, and how large: a deep network on real pictures, its signals forwards and its gradients
//! backwards as a histogram a layer, while the gain of its weights is dragged.

use super::spread::{Activation, Asked, Distribution, Draws, Scheme, Seen, Spread};
use super::spread_drawn::Drawn;
use super::spread_questions::random_init;
use super::spread_said::said;
use crate::exhibits::prelude::*;

settings! {
    /// The page.
    pub struct RandomInit {
        scheme: Scheme = Scheme::He,
        distribution: Distribution = Distribution::Normal,
        gain: f32 = 1.0,
        activation: Activation = Activation::Relu,
        depth: u32 = 30,
        width: u32 = 128,
        seen: Seen = Seen::Sums,
        layer: u32 = 2,
        seed: u32 = 0,
        /// Random numbers as they were drawn.
        draws: Draws = Draws::default(),
    }
}

impl RandomInit {
    fn drawn<'a>(&self, of: &'a Spread) -> Drawn<'a> {
        Drawn { of, layer: (self.layer.clamp(1, of.asked.depth as u32) - 1) as usize }
    }
}

impl Exhibit for RandomInit {
    type Shown = Spread;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Weights");
        let help = "Variance of the weights: He 2/fan-in, Xavier 2/(fan-in + fan-out), LeCun 1/fan-in";
        Knob::choice("scheme", "Scheme", &mut self.scheme).help(help).show(k);
        let help = "Of all schemes but the orthogonal one; the variance is the same";
        Knob::choice("distribution", "Distribution", &mut self.distribution).help(help).show(k);
        Knob::float("gain", "Gain", &mut self.gain, 0.25..=2.5).help("All weights times this").show(k);
        Knob::int("seed", "Seed", &mut self.seed, 0..=9999).help("Of all weights").show(k);
        k.heading("Network");
        Knob::choice("activation", "Activation", &mut self.activation).help("Behind every layer").show(k);
        Knob::int("depth", "Layers", &mut self.depth, 2..=50).show(k);
        Knob::int("width", "Units of a layer", &mut self.width, 32..=128).show(k);
        k.heading("Picture");
        let help = "Before the activation or behind it; gradients of the same";
        Knob::choice("seen", "Shown", &mut self.seen).help(help).show(k);
        let last = self.depth;
        let help = "Whose variance is worked out; a click on a bar chooses it";
        Knob::int("layer", "Layer", &mut self.layer, 1..=last).help(help).draws().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Spread, Problem> {
        let asked = Asked {
            scheme: self.scheme,
            distribution: self.distribution,
            gain: self.gain,
            activation: self.activation,
            depth: self.depth as usize,
            width: self.width as usize,
            seen: self.seen,
            seed: u64::from(self.seed) + on.inputs.seed,
        };
        Spread::record(&mut on.plan, asked, &mut self.draws)
    }

    fn caption(&self, shown: &Spread, view: &mut View<'_>) -> Option<Caption> {
        said(shown, view)
    }

    fn draw(&mut self, shown: &Spread, ui: &mut Ui, view: &mut View<'_>) {
        if let Some(layer) = self.drawn(shown).draw(ui, view) {
            self.layer = layer as u32 + 1;
        }
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        random_init(rng)
    }
}
