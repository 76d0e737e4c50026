//! The user's own model file.

use std::rc::Rc;

use egui::{RichText, Ui};

use super::network::{Explorer, Shown};
use crate::choices;
use crate::exhibits::inputs::Own;
use crate::exhibits::{Exhibit, Inputs, Problem, Recording};
use crate::models::Network;
use crate::settings::{Absent, Knob, Knobs};
use crate::viz::{View, theme};

choices! {
    /// A network to look at without a file of one's own.
    enum Sample {
        None = "none",
        Lite0 = "EfficientNet-Lite0",
        Clothes = "clothes"
    }
}

impl Sample {
    fn network(self, inputs: &Inputs) -> Option<Rc<Network>> {
        match self {
            Self::None => None,
            Self::Lite0 => Some(inputs.network()),
            Self::Clothes => Some(inputs.trained()),
        }
    }
}

/// What the samples are.
const SAMPLES: [(Sample, &str, &str); 2] = [
    (Sample::Lite0, "EfficientNet-Lite0", "145 layers, a thousand classes of photos"),
    (
        Sample::Clothes,
        "Clothes",
        "two convolutions, trained by Glassbox itself on small grey pictures of clothes",
    ),
];

/// The page.
#[derive(Default)]
pub struct OwnModel {
    explorer: Explorer,
    sample: Sample,
    /// Whether a network is open, so that its settings have an effect.
    is_open: bool,
    /// The file that was open when the page was recorded last, if it was recorded.
    seen: Option<Option<String>>,
}

impl OwnModel {
    /// The network that is looked at: the sample that was chosen, or else what the user has opened.
    fn network(&self, inputs: &Inputs) -> Option<Rc<Network>> {
        self.sample.network(inputs).or_else(|| match inputs.own() {
            Some(Own::Network(network)) => Some(network.clone()),
            _ => None,
        })
    }
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
        Knob::choice("sample", "Sample model", &mut self.sample)
            .help("A network to look at without a file of one's own")
            .show(k);
        if self.is_open {
            self.explorer.knobs(k, true);
        } else {
            // There is nothing that they could change yet.
            self.explorer.knobs(&mut Absent(k), true);
        }
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Opened, Problem> {
        let own = match on.inputs.own() {
            Some(Own::Network(network)) => Some(network.identity()),
            _ => None,
        };
        // A file that is opened is what is wanted now.
        if own.is_some() && self.seen.as_ref().is_some_and(|seen| *seen != own) {
            self.sample = Sample::None;
        }
        self.seen = Some(own);
        let network = self.network(on.inputs);
        self.is_open = network.is_some();
        Ok(match (network, on.inputs.own()) {
            (Some(network), _) => Opened::Network(Box::new(self.explorer.record(on, &network)?)),
            (None, Some(Own::Encoder(_))) => Opened::Encoder,
            (None, _) => Opened::Nothing,
        })
    }

    fn draw(&mut self, shown: &Opened, ui: &mut Ui, view: &mut View<'_>) {
        match shown {
            Opened::Network(shown) => self.explorer.draw(shown, ui, view),
            // Its network cannot be shown, for the reason above; it is no invitation's turn.
            Opened::Nothing if self.is_open => {}
            Opened::Nothing => self.invite(ui, "Open a model of your own"),
            Opened::Encoder => {
                self.invite(ui, "The model that you opened is a sentence encoder: see the text explorer");
            }
        }
    }

    fn forget(&self, inputs: &Inputs) {
        if let Some(network) = self.network(inputs) {
            inputs.keep_input(&network, &network.input);
        }
    }
}

impl OwnModel {
    /// Says how to open a model, and offers those that are here.
    fn invite(&mut self, ui: &mut Ui, title: &str) {
        invitation(ui, title);
        ui.add_space(16.0);
        ui.label(RichText::new("Or look into one that is here").strong());
        for (sample, name, about) in SAMPLES {
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                if ui.button(name).clicked() {
                    self.sample = sample;
                    ui.ctx().request_repaint();
                }
                ui.label(RichText::new(about).color(theme::faint(ui.visuals())));
            });
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
            "ResNet, EfficientNet-Lite, what \"glassbox train fashion-cnn\" saves; encoders of the BERT kind open in the text explorer.",
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
