//! The settings of a network's page, and its picture.

use std::rc::Rc;

use egui::{RichText, Ui, vec2};

use super::feed::FeedSettings;
use super::shown::{Shown, Stopped};
use super::{activation, classes, edits, input, list, maps, photo, spread, strip};
use crate::choices;
use crate::exhibits::{Inputs, Problem, Recording};
use crate::gpu::Plan;
use crate::models::Network;
use crate::models::network::{ActivationError, Edits, Feed, LayerId, Scores, class_activation};
use crate::models::onnx::{Stop, label};
use crate::settings::{Knob, Knobs};
use crate::viz::facts::facts;
use crate::viz::{View, theme};

/// Bounds of the knobs before a network is known.
const MAX_LAYERS: u32 = 100_000;
const MAX_MAPS: u32 = 100_000;
/// Width of the column with the picture and the classes, and its share of the page at most.
const SIDE: f32 = 262.0;
const SIDE_SHARE: f32 = 0.38;

/// Characters of the list of changes.
const MAX_CHANGES: usize = 4000;

choices! {
    /// How the network is drawn.
    enum Graph { Drawing = "drawing", List = "list" }
}

/// A network that is looked at: the settings, and what was recorded with them.
pub struct Explorer {
    layer: u32,
    map: u32,
    order: maps::Order,
    graph: Graph,
    activation: bool,
    class: String,
    opacity: f32,
    feed: FeedSettings,
    /// Changes to the network, as text.
    changes: String,
    network: Option<Rc<Network>>,
    /// Maps of each layer that can be looked at, once a network was recorded.
    maps: Option<Vec<u32>>,
    /// The layer that the graph was scrolled to, and the kind of graph.
    scrolled: Option<(LayerId, Graph)>,
}

impl Default for Explorer {
    fn default() -> Self {
        Self {
            layer: 2,
            map: 1,
            order: maps::Order::Number,
            graph: Graph::Drawing,
            activation: false,
            class: String::new(),
            opacity: 0.6,
            feed: FeedSettings::default(),
            changes: String::new(),
            network: None,
            maps: None,
            scrolled: None,
        }
    }
}

impl Explorer {
    /// The settings. `own`: with those of the input, which are fixed for a network that Glassbox brings.
    pub fn knobs(&mut self, k: &mut dyn Knobs, own: bool) {
        let layers = self.maps.as_ref().map_or(MAX_LAYERS, |maps| maps.len().max(1) as u32);
        self.layer = self.layer.clamp(1, layers);
        let selected = |maps: &Vec<u32>| maps.get(self.layer as usize - 1).map_or(1, |n| (*n).max(1));
        let maps = self.maps.as_ref().map_or(MAX_MAPS, selected);
        self.map = self.map.clamp(1, maps);
        Knob::int("layer", "Layer", &mut self.layer, 1..=layers)
            .help(
                "The layer that is looked at, counted from the input; a click on the drawing chooses it too",
            )
            .draws()
            .show(k);
        Knob::int("map", "Enlarged map", &mut self.map, 1..=maps).enabled(maps > 1).draws().show(k);
        Knob::choice("order", "Sort maps by", &mut self.order).draws().show(k);
        Knob::choice("graph", "Graph as", &mut self.graph).draws().show(k);
        Knob::line("changes", "Changes", &mut self.changes, MAX_CHANGES)
            .help(
                "Such as conv1: mute 3 5; relu2: Sigmoid. Changed layers, operators, padding and muted maps",
            )
            .show(k);
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
            .draws()
            .show(k);
        if own {
            self.feed.knobs(k);
        }
    }

    /// Records `network` with its changes.
    pub fn record(&mut self, on: &mut Recording<'_>, network: &Rc<Network>) -> Result<Shown, Problem> {
        let (plan, inputs) = (&mut on.plan, on.inputs);
        self.adopt(network, inputs);
        let mut edits: Edits =
            self.changes.parse().map_err(|e| Problem::Input(format!("the changes cannot be read: {e}")))?;
        let file = network;
        let (network, sentence) = self.feed.apply(file, inputs)?;
        let feed =
            Feed { sentence: sentence.as_ref(), seed: inputs.seed, ..self.feed.feed(inputs.picture()) };
        if edits.lacks_masks() {
            let unchanged = network.record_on(Plan::new(), &feed, &Edits::default())?;
            edits.complete(&unchanged.layers);
        }
        let traced = network.record_on(std::mem::take(plan), &feed, &edits)?;
        if let Some(stop @ Stop::Input { .. }) = &traced.stop {
            return Err(Problem::Input(stop.to_string()));
        }
        traced.check_output(&network).map_err(Problem::Input)?;
        *plan = traced.plan;
        let mut before = None;
        if !edits.is_empty() {
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
            (None, true) if !traced.noise.is_empty() => Some(Err("noise has no classes".to_owned())),
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
        on.beside(spread::usual());
        let ids = (0..traced.layers.len()).filter(|&id| traced.layers[id].is_shown()).collect();
        let shown = Shown {
            network,
            layers: traced.layers,
            ids,
            photo: traced.photo,
            scores: traced.scores,
            before,
            activation,
            class,
            stop,
            noise: traced.noise,
            assumed: traced.assumed,
            sentence,
        };
        let counts = shown.ids.iter().map(|&id| shown.maps(id).map_or(1, |maps| maps.count() as u32));
        self.maps = Some(counts.collect());
        Ok(shown)
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
            *self = Self { network: self.network.take(), ..Self::default() };
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
    pub fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        if let Some(stop) = &shown.stop {
            let all = shown.network.model.nodes.len();
            let text = format!(
                "{} of {all} nodes run and can be looked at. What stops the network: {}.",
                stop.reached, stop.why
            );
            let frame = egui::Frame::group(ui.style()).stroke((1.0, theme::WARN));
            frame.show(ui, |ui| ui.add(egui::Label::new(text).wrap().selectable(true)));
        }
        input::warnings(ui, shown);
        let has_side = shown.photo.is_some() || shown.scores.is_some();
        if !has_side {
            input::assumed(ui, shown);
        }
        let Some(selected) = shown.layer(self.layer) else {
            ui.label("No layer of this network computes anything.");
            return;
        };
        facts(ui, &shown.facts());
        let now = Some((selected, self.graph));
        let follow = std::mem::replace(&mut self.scrolled, now) != now;
        let chosen = match self.graph {
            Graph::Drawing => strip::strip(ui, view, shown, selected, follow),
            Graph::List => list::list(ui, shown, selected, follow),
        };
        self.choose(ui, shown, chosen);
        if let Some(edits) = edits::summary(ui, shown, &self.wanted(shown)) {
            self.change(ui, &edits);
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
            if has_side {
                ui.allocate_ui(vec2(side, ui.available_height()), |ui| {
                    ui.vertical(|ui| {
                        ui.set_width(side);
                        photo::photo(ui, view, shown, selected, self.opacity);
                        input::assumed(ui, shown);
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
        let mut about = strip::about(layer);
        if layer.output.as_ref().is_some_and(|output| !view.is_there(output)) {
            about.push_str(" · has not run yet");
        }
        let about = RichText::new(about).small().color(theme::faint(ui.visuals()));
        ui.add(egui::Label::new(about).truncate());
        let wanted = self.wanted(shown);
        if let Some(edits) = edits::widgets(ui, shown, &wanted, layer) {
            self.change(ui, &edits);
        }
        let Some(maps) = shown.maps(id) else {
            ui.label("Its output is too wide to be drawn.");
            return;
        };
        let looks = maps::Looks {
            map: self.map as usize - 1,
            order: self.order,
            edits: &wanted,
            tokens: shown.sentence.as_ref().map_or(&[], |sentence| &sentence.tokens.texts),
        };
        let wish = maps::maps(ui, view, layer, &maps, &looks);
        match wish {
            Some(maps::Wish::Enlarge(map)) => {
                self.map = map as u32 + 1;
                ui.ctx().request_repaint();
            }
            Some(maps::Wish::Mute(channel)) => {
                self.change(ui, &edits::toggled_mute(&wanted, layer, channel));
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

    /// The changes that are wanted now, which may not be those that could be recorded.
    fn wanted(&self, shown: &Shown) -> Edits {
        let mut wanted: Edits = self.changes.parse().unwrap_or_default();
        wanted.complete(&shown.layers);
        wanted
    }

    fn change(&mut self, ui: &Ui, edits: &Edits) {
        self.changes = edits.to_string();
        ui.ctx().request_repaint();
    }
}
