//! An image network, layer by layer, on the user's picture.

use std::sync::Arc;

use egui::Ui;

use super::network::Explorer;
use crate::exhibits::inputs::Own;
use crate::exhibits::{Exhibit, Inputs, Problem};
use crate::gpu::Plan;
use crate::models::Network;
use crate::viz::{Knobs, View};

/// The page.
#[derive(Default)]
pub struct Vision(Explorer);

/// The network that the page shows.
fn network(inputs: &Inputs) -> Option<Arc<Network>> {
    match inputs.own() {
        Some(Own::Network(network)) => Some(network.clone()),
        _ => None,
    }
}

impl Exhibit for Vision {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        self.0.knobs(k, false);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        let network = network(inputs).ok_or_else(|| Problem::Input("no network has been opened".into()))?;
        self.0.record(plan, &network, inputs)
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.0.canvas(ui, view);
    }

    fn revision(&self) -> u64 {
        self.0.revision()
    }
}
