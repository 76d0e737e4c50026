//! The user's own model file.

use egui::{RichText, Ui};

use super::network::{Explorer, Shown};
use crate::exhibits::inputs::Own;
use crate::exhibits::{Exhibit, Inputs, Problem, Recording};
use crate::settings::{Disabled, Knobs};
use crate::viz::{View, theme};

/// The page.
#[derive(Default)]
pub struct OwnModel {
    explorer: Explorer,
    /// Whether a network is open, so that its settings have an effect.
    is_open: bool,
}

/// What was opened.
pub enum Opened {
    /// Nothing yet.
    Nothing,
    /// A network, which is shown here.
    Network(Box<Shown>),
    /// A sentence encoder, which the text explorer shows.
    Encoder,
}

impl Exhibit for OwnModel {
    type Shown = Opened;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        if self.is_open {
            self.explorer.knobs(k, true);
        } else {
            // There is nothing that they could change yet.
            self.explorer.knobs(&mut Disabled(k), true);
        }
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Opened, Problem> {
        self.is_open = matches!(on.inputs.own(), Some(Own::Network(_)));
        Ok(match on.inputs.own() {
            None => Opened::Nothing,
            Some(Own::Encoder(_)) => Opened::Encoder,
            Some(Own::Network(network)) => Opened::Network(Box::new(self.explorer.record(on, network)?)),
        })
    }

    fn draw(&mut self, shown: &Opened, ui: &mut Ui, view: &mut View<'_>) {
        match shown {
            Opened::Network(shown) => self.explorer.draw(shown, ui, view),
            // Its network cannot be shown, for the reason above; it is no invitation's turn.
            Opened::Nothing if self.is_open => {}
            Opened::Nothing => invitation(ui, "Open a model of your own"),
            Opened::Encoder => {
                invitation(ui, "The model that you opened is a sentence encoder: see the text explorer");
            }
        }
    }

    fn forget(&self, inputs: &Inputs) {
        if let Some(Own::Network(network)) = inputs.own() {
            inputs.keep_input(network, &network.input);
        }
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
