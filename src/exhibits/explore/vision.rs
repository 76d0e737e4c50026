//! An image network, layer by layer, on the user's picture.

use egui::Ui;

use super::network::{Explorer, Shown};
use crate::exhibits::{Exhibit, Problem, Recording};
use crate::settings::Knobs;
use crate::viz::View;

/// The page.
#[derive(Default)]
pub struct Vision(Explorer);

impl Exhibit for Vision {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        self.0.knobs(k, false);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let network = on.inputs.network();
        self.0.record(on, &network)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        self.0.draw(shown, ui, view);
    }
}
