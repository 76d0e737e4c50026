//! A network drawn from left to right, with what every layer makes of the input: its maps, their spread,
//! what a unit sees, which places speak for a class, and what changes when a layer is changed.

mod activation;
mod classes;
mod edits;
mod feed;
mod list;
mod maps;
mod photo;
mod spread;
mod strip;

use std::rc::Rc;

use egui::{RichText, Ui, vec2};

use self::feed::FeedSettings;
use self::maps::Maps;
use crate::exhibits::{Inputs, Problem};
use crate::gpu::{Plan, Tensor};
use crate::models::Network;
use crate::models::network::{
    ActivationError, ActivationMaps, Edits, Feed, Layer, LayerId, Scores, class_activation,
};
use crate::models::onnx::{Stop, label};
use crate::viz::facts::{facts, grouped};
use crate::viz::{Knob, Knobs, View, theme};

/// Bounds of the knobs before a network is known.
const MAX_LAYERS: u32 = 100_000;
const MAX_MAPS: u32 = 100_000;
/// Width of the column with the picture and the classes, and its share of the page at most.
const SIDE: f32 = 262.0;
const SIDE_SHARE: f32 = 0.38;

/// A network that is looked at: the settings, and what was recorded with them.
pub struct Explorer {
    layer: u32,
    map: u32,
    order: usize,
    graph: usize,
    activation: bool,
    class: String,
    opacity: f32,
    feed: FeedSettings,
    edits: Edits,
    revision: u64,
    network: Option<Rc<Network>>,
    shown: Option<Shown>,
    /// The layer that the graph was scrolled to, and the kind of graph.
    scrolled: Option<(LayerId, usize)>,
}

/// What was recorded last.
struct Shown {
    /// With the settings of its input.
    network: Network,
    layers: Vec<Layer>,
    /// The layers that can be looked at, in order.
    ids: Vec<LayerId>,
    photo: Option<Tensor>,
    scores: Option<Scores>,
    /// Probabilities of the network without changes, if it has some.
    before: Option<Tensor>,
    /// Class-activation maps, or why there are none.
    activation: Option<Result<ActivationMaps, String>>,
    /// The class they are for; `None` for the most probable one.
    class: Option<usize>,
    stop: Option<Stopped>,
    /// What was left out of a sentence that is too long.
    cut: Option<String>,
    /// The tokens of the sentence, if the network reads one.
    tokens: Vec<String>,
}

/// Where a network stops that cannot be run to its end.
struct Stopped {
    why: String,
    /// Nodes before.
    reached: usize,
}

impl Default for Explorer {
    fn default() -> Self {
        Self {
            layer: 2,
            map: 1,
            order: 0,
            graph: 0,
            activation: false,
            class: String::new(),
            opacity: 0.6,
            feed: FeedSettings::default(),
            edits: Edits::default(),
            revision: 0,
            network: None,
            shown: None,
            scrolled: None,
        }
    }
}

impl Shown {
    /// The layer of a number of the `layer` knob.
    fn layer(&self, number: u32) -> Option<LayerId> {
        self.ids.get(number as usize - 1).copied()
    }

    fn maps(&self, id: LayerId) -> Option<Maps> {
        Maps::of(&self.layers, id)
    }

    /// The figures above the graph.
    fn facts(&self) -> [(&'static str, String); 4] {
        let inputs = self.layers.iter().filter(|layer| layer.operator == "Input");
        let sizes: Vec<String> = inputs.map(|layer| strip::size(&layer.shape)).collect();
        let parameters: usize = self.layers.iter().map(|layer| layer.parameters).sum();
        [
            ("Network", self.network.name.clone()),
            ("Layers", self.ids.len().to_string()),
            ("Parameters", grouped(parameters as u64)),
            ("Input size", sizes.join(", ")),
        ]
    }
}

impl Explorer {
    /// The settings. `own`: with those of the input, which are fixed for a network that Glassbox brings.
    pub fn knobs(&mut self, k: &mut dyn Knobs, own: bool) {
        let shown = self.shown.as_ref();
        let layers = shown.map_or(MAX_LAYERS, |s| s.ids.len().max(1) as u32);
        self.layer = self.layer.clamp(1, layers);
        let selected = shown.and_then(|s| s.maps(s.layer(self.layer)?));
        let maps = if shown.is_some() { selected.map_or(1, |m| m.count() as u32) } else { MAX_MAPS };
        self.map = self.map.clamp(1, maps);
        Knob::int("layer", "Layer", &mut self.layer, 1..=layers)
            .help(
                "The layer that is looked at, counted from the input; a click on the drawing chooses it too",
            )
            .drawn()
            .show(k);
        Knob::int("map", "Enlarged map", &mut self.map, 1..=maps).enabled(maps > 1).drawn().show(k);
        Knob::choice("order", "Sort maps by", &mut self.order, maps::ORDERS).drawn().show(k);
        Knob::choice("graph", "Graph as", &mut self.graph, &["drawing", "list"]).drawn().show(k);
        k.heading("Class activation");
        Knob::switch("activation", "Class-activation maps", &mut self.activation)
            .help("Grad-CAM: which places of each layer speak for the class")
            .show(k);
        let on = self.activation;
        Knob::line("class", "Class: number or part of its name", &mut self.class, 60)
            .help("Empty for the most probable class; a click on a class chooses it")
            .enabled(on)
            .show(k);
        Knob::float("opacity", "Opacity", &mut self.opacity, 0.0..=1.0)
            .help("How strongly the maps cover the picture")
            .enabled(on)
            .drawn()
            .show(k);
        if own {
            self.feed.knobs(k);
        }
    }

    /// Counts changes to the network.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Records `network` with its changes.
    pub fn record(&mut self, plan: &mut Plan, network: &Rc<Network>, inputs: &Inputs) -> Result<(), Problem> {
        self.adopt(network, inputs);
        let file = network;
        let (network, tokens) = self.feed.apply(file, inputs)?;
        let feed = Feed { tokens: tokens.as_ref(), seed: inputs.seed, ..self.feed.feed(inputs.picture()) };
        let traced = network.record_on(std::mem::take(plan), &feed, &self.edits)?;
        if let Some(stop @ Stop::Input { .. }) = &traced.stop {
            return Err(Problem::Input(stop.to_string()));
        }
        *plan = traced.plan;
        let mut before = None;
        if !self.edits.is_empty() {
            let unchanged = network.record_on(std::mem::take(plan), &feed, &Edits::default())?;
            if let Some(stop) = traced.stop.as_ref().filter(|stop| Some(*stop) != unchanged.stop.as_ref()) {
                return Err(Problem::Input(format!("with this change the network stops: {stop}")));
            }
            *plan = unchanged.plan;
            before = unchanged.scores.map(|s| s.probabilities);
        }
        let class = self.class(&network, traced.scores.as_ref())?;
        let activation = match (&traced.scores, self.activation) {
            (_, false) => None,
            (None, true) => Some(Err("the network ends in no row of class scores".to_owned())),
            (Some(scores), true) => match class_activation(plan, &traced.layers, scores, class) {
                Err(e @ ActivationError::Class { .. }) => return Err(Problem::Input(e.to_string())),
                maps => Some(maps.map_err(|e| e.to_string())),
            },
        };
        let stop = traced.stop.map(|stop| {
            let is_it = |node: &_| matches!(&stop, Stop::Node { node: name, .. } if *name == label(node));
            let reached = network.model.nodes.iter().position(is_it).unwrap_or(0);
            Stopped { why: stop.to_string(), reached }
        });
        inputs.keep_input(file, &network.input);
        let ids = (0..traced.layers.len()).filter(|&id| traced.layers[id].is_shown()).collect();
        self.shown = Some(Shown {
            network,
            layers: traced.layers,
            ids,
            photo: traced.photo,
            scores: traced.scores,
            before,
            activation,
            class,
            stop,
            cut: tokens.as_ref().and_then(|t| t.cut.as_ref()).map(ToString::to_string),
            tokens: tokens.map(|t| t.texts).unwrap_or_default(),
        });
        Ok(())
    }

    /// Another network is looked at from its beginning, and without the changes to the one before.
    fn adopt(&mut self, network: &Rc<Network>, inputs: &Inputs) {
        let before = self.network.replace(network.clone());
        if before.as_ref().is_some_and(|known| Rc::ptr_eq(known, network)) {
            return;
        }
        // The same model again, such as one whose classes were given names.
        if before.as_ref().is_some_and(|known| known.identity() == network.identity()) {
            return;
        }
        if before.is_some() {
            let looks = (self.order, self.graph, self.opacity);
            *self = Self { revision: self.revision, network: self.network.take(), ..Self::default() };
            (self.order, self.graph, self.opacity) = looks;
        }
        let kept = inputs.kept_input(network);
        self.feed.adopt(network, kept.as_ref().unwrap_or(&network.input));
    }

    /// The class that is asked for.
    fn class(&self, network: &Network, scores: Option<&Scores>) -> Result<Option<usize>, Problem> {
        let (text, true, Some(scores)) = (self.class.trim(), self.activation, scores) else {
            return Ok(None);
        };
        if text.is_empty() {
            return Ok(None);
        }
        if let Ok(number) = text.parse() {
            return Ok(Some(number));
        }
        let wanted = text.to_lowercase();
        let names = network.classes.iter().flat_map(|names| names.iter());
        let found = names.take(scores.logits.len()).position(|name| name.to_lowercase().contains(&wanted));
        let last = scores.logits.len() - 1;
        found.map(Some).ok_or_else(|| {
            Problem::Input(format!(
                "no class is called \"{text}\": write part of a name, or a number from 0 to {last}"
            ))
        })
    }

    /// Draws the network and what is looked at.
    pub fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = self.shown.take() else { return };
        self.draw(ui, view, &shown);
        self.shown = Some(shown);
    }

    fn draw(&mut self, ui: &mut Ui, view: &mut View<'_>, shown: &Shown) {
        if let Some(stop) = &shown.stop {
            let all = shown.network.model.nodes.len();
            let text = format!(
                "{} of {all} nodes run and can be looked at. What stops the network: {}.",
                stop.reached, stop.why
            );
            let frame = egui::Frame::group(ui.style()).stroke((1.0, theme::WARN));
            frame.show(ui, |ui| ui.add(egui::Label::new(text).wrap().selectable(true)));
        }
        if let Some(cut) = &shown.cut {
            ui.label(RichText::new(cut).small().color(theme::accent_text(ui.visuals())));
        }
        let Some(selected) = shown.layer(self.layer) else {
            ui.label("No layer of this network computes anything.");
            return;
        };
        facts(ui, &shown.facts());
        let now = Some((selected, self.graph));
        let follow = std::mem::replace(&mut self.scrolled, now) != now;
        let chosen = match self.graph {
            0 => strip::strip(ui, view, shown, selected, follow),
            _ => list::list(ui, shown, selected, follow),
        };
        self.choose(ui, shown, chosen);
        if edits::summary(ui, &mut self.edits, shown) {
            self.changed(ui);
        }
        if let Some(activation) = &shown.activation {
            let chosen = activation::row(ui, view, shown, activation, selected, self.opacity);
            self.choose(ui, shown, chosen);
        }
        ui.add_space(4.0);
        let width = ui.available_width();
        let side = SIDE.min(width * SIDE_SHARE);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            if shown.photo.is_some() || shown.scores.is_some() {
                ui.allocate_ui(vec2(side, ui.available_height()), |ui| {
                    ui.vertical(|ui| {
                        ui.set_width(side);
                        photo::photo(ui, view, shown, selected, self.opacity);
                        if let Some(class) = classes::classes(ui, view, shown) {
                            self.activation = true;
                            self.class = class.to_string();
                            ui.ctx().request_repaint();
                        }
                    });
                });
            }
            ui.vertical(|ui| self.selected(ui, view, shown, selected));
        });
    }

    /// The layer that is looked at.
    fn selected(&mut self, ui: &mut Ui, view: &mut View<'_>, shown: &Shown, id: LayerId) {
        let layer = &shown.layers[id];
        ui.spacing_mut().item_spacing.y = 3.0;
        let title = format!("{}. {}  {}", self.layer, layer.operator, layer.name);
        ui.add(egui::Label::new(RichText::new(title).strong()).truncate());
        let about = RichText::new(strip::about(layer)).small().color(theme::faint(ui.visuals()));
        ui.add(egui::Label::new(about).truncate());
        if edits::widgets(ui, &mut self.edits, shown, layer) {
            self.changed(ui);
        }
        let Some(maps) = shown.maps(id) else {
            ui.label("Its output is too wide to be drawn.");
            return;
        };
        let looks = maps::Looks {
            map: self.map as usize - 1,
            order: self.order,
            edits: &self.edits,
            tokens: &shown.tokens,
        };
        let wish = maps::maps(ui, view, layer, &maps, &looks);
        match wish {
            Some(maps::Wish::Enlarge(map)) => {
                self.map = map as u32 + 1;
                ui.ctx().request_repaint();
            }
            Some(maps::Wish::Mute(channel)) => {
                edits::toggle_mute(&mut self.edits, layer, channel);
                self.changed(ui);
            }
            None => {}
        }
    }

    fn choose(&mut self, ui: &Ui, shown: &Shown, chosen: Option<LayerId>) {
        if let Some(at) = chosen.and_then(|id| shown.ids.iter().position(|&own| own == id)) {
            self.layer = at as u32 + 1;
            ui.ctx().request_repaint();
        }
    }

    fn changed(&mut self, ui: &Ui) {
        self.revision += 1;
        ui.ctx().request_repaint();
    }
}
