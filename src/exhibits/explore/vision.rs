//! An image network, layer by layer, on the user's picture.

use egui::Ui;

use crate::exhibits::{Exhibit, Inputs, Problem};
use crate::gpu::Plan;
use crate::viz::{Knobs, View};

/// The page.
#[derive(Default)]
pub struct Vision;

impl Exhibit for Vision {
    fn knobs(&mut self, _k: &mut dyn Knobs) {}

    fn record(&mut self, _plan: &mut Plan, _inputs: &Inputs) -> Result<(), Problem> {
        Ok(())
    }

    fn canvas(&mut self, _ui: &mut Ui, _view: &mut View<'_>) {}
}
