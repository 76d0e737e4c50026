//! An image network, layer by layer, on the user's picture.

use egui::Ui;

use super::network::Explorer;
use crate::exhibits::{Exhibit, Inputs, Problem};
use crate::gpu::Plan;
use crate::viz::{Knobs, View};

/// The page.
#[derive(Default)]
pub struct Vision(Explorer);

impl Exhibit for Vision {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        self.0.knobs(k, false);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        self.0.record(plan, &inputs.network(), inputs)
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.0.canvas(ui, view);
    }

    fn revision(&self) -> u64 {
        self.0.revision()
    }
}
