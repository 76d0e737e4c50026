//! Three convolutional layers, or any other stack of layers, drawn to scale with what they make of the photo:
//! how sides follow from window, stride and padding, and how long the vector for the dense layer is.

use super::practice;
use super::recorded::Recorded;
use super::sliders::sliders;
use super::workbench::Workbench;
use crate::exhibits::prelude::*;
use crate::nn::stack::{Fault, Stack};

choices! {
    /// What goes into the network.
    enum Image { Photo = "photo", Noise = "noise" }
}

/// Most characters of the text.
const LONGEST: usize = 600;
/// Classes of a dense layer whose weights, biases included, are told where the network has none.
const CLASSES: usize = 10;

settings! {
    /// The page.
    pub struct ThreeConvLayers {
        network: Workbench = Workbench::new("conv 10 of 3x3, conv 20 of 5x5 stride 2, conv 40 of 5x5 stride 2", 3),
        side: u32 = 39,
        image: Image = Image::Photo,
    }
}

impl Exhibit for ThreeConvLayers {
    type Shown = Recorded;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Network");
        let Workbench { text, layer, .. } = &mut self.network;
        let help = "Layers from left to right: conv, pool, relu, batch norm, dense, residual (…)";
        Knob::line("stack", "Layers", text, LONGEST).help(help).show(k);
        // As many as are written, also while they cannot be read.
        let read = Stack::leading(text).0.in_order().len();
        let last = (read.max(text.matches(',').count() + 1) as u32).max(*layer);
        Knob::int("layer", "Look at layer", layer, 0..=last).help("0 is the input").draws().show(k);
        Knob::int("side", "Input side W", &mut self.side, 8..=224).show(k);
        Knob::choice("image", "Input", &mut self.image).show(k);
        sliders(text, k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Recorded, Problem> {
        let side = self.side as usize;
        let x = match self.image {
            Image::Photo => on.photo(side),
            Image::Noise => {
                let mut rng = Rng::new(on.inputs.seed);
                let noise: Vec<f32> = (0..3 * side * side).map(|_| rng.uniform()).collect();
                on.plan.constant("noise", &[1, 3, side, side], noise)
            }
        };
        let Workbench { text, layer, .. } = &mut self.network;
        let recorded = Recorded::new(on, text, &x, ["input", self.image.name()])?;
        if recorded.error.is_none() {
            *layer = recorded.layers.len().min(*layer as usize) as u32;
        }
        Ok(recorded)
    }

    fn caption(&self, shown: &Recorded, _: &mut View<'_>) -> Option<Caption> {
        if let (Some(reason), Some(error)) = (shown.reason(), &shown.error) {
            let place = error.layer.first().map_or_else(String::new, |layer| format!("Layer {layer}: "));
            let mends = match error.fault {
                Fault::Window { .. } => "[Room again](good) pads the maps and mends it",
                _ => "[1960 numbers](good) begins anew",
            };
            let stop = if reason.ends_with('?') { "" } else { "." };
            return Some(Caption::broken(&format!("{place}[{reason}](bad){stop} {mends}.")));
        }
        let vector = shown.vector();
        let dense = shown.layers.iter().find(|layer| layer.name == "dense1");
        let weights = dense.map_or((vector + 1) * CLASSES, |layer| layer.parameters);
        let classes = weights / (vector + 1);
        let ([vector, weights], sizes) = ([vector, weights].map(|n| grouped(n as u64)), shown.sizes());
        Some(Caption::plain(&format!(
            "[{sizes}](0): **{vector}** numbers enter a dense layer of {classes}, [{weights}](value 1) parameters."
        )))
    }

    fn draw(&mut self, shown: &Recorded, ui: &mut Ui, view: &mut View<'_>) {
        self.network.draw(shown, ui, view);
    }

    fn code(&self) -> Option<String> {
        Some(Stack::leading(&self.network.text).0.pytorch(&[3, self.side as usize, self.side as usize]))
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        practice::question(rng)
    }
}
