//! Backpropagation: a small network as a graph of its operations, values forward and gradients backward, step by step; one
//! gradient worked out beside its finite difference; and the gradients of a convolution, which are convolutions again.

use super::kernel_gradients::{KernelGradients, LAYERS};
use super::layered::{DEEPEST, INPUTS, MOST, Sizes};
use super::propagated::{Activation, Asked, Cut, Loss, Propagated};
use super::propagated_drawn::{Drawn, Shown};
use super::propagated_questions::backpropagation;
use super::propagated_said::said;
use super::propagated_steps::Steps;
use crate::data::fashion::CLASSES;
use crate::exhibits::networks::seen::Source;
use crate::exhibits::prelude::*;
use crate::recipes::blocks::WIDTH;
use crate::viz::figures::window::Walk;

settings! {
    /// The page.
    pub struct Backpropagation {
        activation: Activation = Activation::Sigmoid,
        loss: Loss = Loss::Squared,
        layers: u32 = 1,
        x1: f32 = 0.8,
        x2: f32 = 0.5,
        target: f32 = 1.0,
        scale: f32 = 1.0,
        // Weights and bias of each unit: first hidden layer, output, second hidden layer.
        weights: Vec<f32> = vec![0.8, -0.4, 0.1, -0.6, 0.9, -0.2, 1.2, -0.7, 0.1, 0.7, -0.5, 0.2, 0.6, 1.1, -0.1],
        chosen: u32 = 1,
        cut: Cut = Cut::None,
        rate: f32 = 0.1,
        image: Source = Source::ButtonedShirt,
        layer: u32 = 1,
        filter: u32 = 1,
        channel: u32 = 1,
        walk: Walk = Walk::new(32, 33),
    }
}

impl Backpropagation {
    fn sizes(&self) -> Sizes {
        Sizes::hidden(self.layers as usize)
    }

    /// Steps that are still to go; of another depth there are as many left.
    fn left(&mut self) -> u32 {
        let total = Steps::of(&self.sizes()).count() + 1;
        let left = self.walk.total() - 1 - self.walk.at();
        if self.walk.total() != total {
            self.walk.resize(total, 1);
            self.walk.scrub(total.saturating_sub(1 + left));
        }
        (self.walk.total() - 1 - self.walk.at()) as u32
    }
}

impl Exhibit for Backpropagation {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Network");
        Knob::int("layers", "Hidden layers", &mut self.layers, 1..=DEEPEST as u32).show(k);
        Knob::choice("activation", "Activation", &mut self.activation).help("Of the hidden units").show(k);
        let help = "Squared error of a linear output, or cross-entropy of an output behind a sigmoid";
        Knob::choice("loss", "Loss", &mut self.loss).help(help).show(k);
        Knob::float("x1", "Input x₁", &mut self.x1, -2.0..=2.0).show(k);
        Knob::float("x2", "Input x₂", &mut self.x2, -2.0..=2.0).show(k);
        Knob::float("target", "Target", &mut self.target, 0.0..=1.0)
            .help("What the output should be")
            .show(k);
        Knob::float("scale", "Hidden weights ×", &mut self.scale, 0.1..=12.0)
            .help("Weights of hidden units times this")
            .show(k);
        let help = "A row a unit, its bias last: two of the first hidden layer, the output, two of a second hidden layer";
        Knob::numbers("weights", "Weights", &mut self.weights, INPUTS + 1).help(help).show(k);
        k.heading("Backward");
        let mut left = self.left();
        let most = self.walk.total() as u32 - 1;
        let help = "0: all is computed. Play goes forward node by node, then backward edge by edge";
        Knob::int("left", "Steps left", &mut left, 0..=most).help(help).draws().show(k);
        if left != self.left() {
            self.walk.scrub((most - left) as usize);
        }
        let help =
            "The one that is worked out; a click in the graph chooses it. Weights and biases layer by layer";
        Knob::int("parameter", "Parameter", &mut self.chosen, 1..=MOST as u32).help(help).draws().show(k);
        let help = "A local derivative put to 0: what lies behind it gets no gradient";
        Knob::choice("cut", "Cut a link", &mut self.cut).help(help).show(k);
        let help = "Of the step that the optimiser makes with the gradients";
        Knob::float("rate", "Learning rate", &mut self.rate, 0.001..=1.0).help(help).show(k);
        k.heading("Convolution");
        let help = "A test picture of each class";
        Knob::choice_of("image", "Picture", &mut self.image, CLASSES.len()).help(help).show(k);
        Knob::int("layer", "Layer", &mut self.layer, 1..=LAYERS as u32).draws().show(k);
        Knob::int("filter", "Kernel", &mut self.filter, 1..=WIDTH as u32).draws().show(k);
        let help = "The first layer reads one map, the picture";
        let several = self.layer > 1;
        Knob::int("channel", "Input map", &mut self.channel, 1..=WIDTH as u32)
            .help(help)
            .enabled(several)
            .draws()
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let asked = Asked {
            activation: self.activation,
            loss: self.loss,
            layers: self.layers as usize,
            x: [self.x1, self.x2],
            target: self.target,
            parameters: self.sizes().ordered(&self.weights, self.scale),
            cut: self.cut,
            rate: self.rate,
        };
        let convolutions = KernelGradients::record(on, self.image)?;
        Ok(Shown { network: Propagated::record(on, asked)?, convolutions })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let numbers = shown.network.read(view)?;
        Some(said(&shown.network, &numbers, self.walk.at(), self.chosen as usize - 1))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let [layer, filter, channel] = [self.layer, self.filter, self.channel].map(|at| at as usize - 1);
        let chosen = self.chosen as usize - 1;
        let drawn = Drawn { of: shown, done: self.walk.at(), chosen, layer, filter, channel };
        if let Some(clicked) = drawn.draw(ui, view) {
            self.chosen = clicked as u32 + 1;
        }
    }

    fn window(&mut self) -> Option<&mut Walk> {
        Some(&mut self.walk)
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        backpropagation(rng)
    }
}
