//! A sentence encoder, all layers and heads, on the user's sentence.

use egui::Ui;

use crate::exhibits::{Exhibit, Inputs, Problem};
use crate::gpu::Plan;
use crate::viz::{Knobs, View};

/// The page.
#[derive(Default)]
pub struct Text;

impl Exhibit for Text {
    fn knobs(&mut self, _k: &mut dyn Knobs) {}

    fn record(&mut self, _plan: &mut Plan, _inputs: &Inputs) -> Result<(), Problem> {
        Ok(())
    }

    fn canvas(&mut self, _ui: &mut Ui, _view: &mut View<'_>) {}
}
