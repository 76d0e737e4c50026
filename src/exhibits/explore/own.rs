//! The user's own model file.

use egui::{RichText, Ui};

use super::network::Explorer;
use crate::exhibits::inputs::Own;
use crate::exhibits::{Exhibit, Inputs, Problem};
use crate::gpu::Plan;
use crate::viz::knobs::Disabled;
use crate::viz::{Knobs, View, theme};

/// The page.
#[derive(Default)]
pub struct OwnModel {
    explorer: Explorer,
    state: State,
}

/// What was opened.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Nothing yet.
    #[default]
    Nothing,
    /// A network, which is shown here, or refused.
    Network,
    /// A sentence encoder, which the text explorer shows.
    Encoder,
}

impl Exhibit for OwnModel {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        if self.state == State::Network {
            self.explorer.knobs(k, true);
        } else {
            // There is nothing that they could change yet.
            self.explorer.knobs(&mut Disabled(k), true);
        }
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        self.state = match inputs.own() {
            None => State::Nothing,
            Some(Own::Encoder(_)) => State::Encoder,
            Some(Own::Network(_)) => State::Network,
        };
        // If it cannot be recorded, the reason stands on its page.
        match inputs.own() {
            Some(Own::Network(network)) => self.explorer.record(plan, network, inputs),
            _ => Ok(()),
        }
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        match self.state {
            State::Network => self.explorer.canvas(ui, view),
            State::Nothing => invitation(ui, "Open a model of your own"),
            State::Encoder => {
                invitation(ui, "The model that you opened is a sentence encoder: see the text explorer");
            }
        }
    }

    fn forget(&self, inputs: &Inputs) {
        if let Some(Own::Network(network)) = inputs.own() {
            inputs.keep_input(network, &network.input);
        }
    }

    fn revision(&self) -> u64 {
        self.explorer.revision()
    }
}

/// Says how to open a model, and which.
fn invitation(ui: &mut Ui, title: &str) {
    ui.set_max_width(ui.available_width().min(620.0));
    ui.add_space(24.0);
    ui.heading(title);
    ui.add_space(6.0);
    ui.label("Drop a file on the window, or press Ctrl+O and choose one.");
    ui.add_space(12.0);
    let kinds = [
        (
            "ONNX (.onnx)",
            "Any graph. What is not supported is named, and everything before it can be looked at.",
        ),
        (
            "Weights (.safetensors, .pt, .pth, .bin)",
            "ResNet, EfficientNet-Lite; encoders of the BERT kind open in the text explorer.",
        ),
    ];
    for (kind, what) in kinds {
        ui.label(RichText::new(kind).strong());
        ui.label(RichText::new(what).color(theme::faint(ui.visuals())));
        ui.add_space(8.0);
    }
    ui.label(
        "The network runs on your picture, on a sentence or on plain numbers, whatever its inputs take; \
         nothing leaves this machine.",
    );
}
