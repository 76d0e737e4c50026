//! The dense layer at the end of a trained classifier on a real picture: features times weights, summed to logits, made
//! probabilities; one feature can be turned up or down, and the layer is a convolution too.

use std::rc::Rc;
use std::sync::Arc;

use super::connected::{Asked, Connected};
use super::connected_drawn::{Drawn, Wish};
use super::connected_said::said;
use super::questions;
use super::seen::{Dense, PICTURES, Seen, Source, short};
use crate::exhibits::Inputs;
use crate::exhibits::prelude::*;
use crate::models::Network;

choices! {
    /// The network whose last layer is shown.
    enum Model { Clothes = "fashion-cnn", Photo = "EfficientNet-Lite0" }
}

choices! {
    /// How features and weights are drawn.
    enum Drawing { Dense = "dense layer", Convolution = "convolution" }
}

/// Numbers that enter the last layer of each [`Model`].
const FEATURES: [u32; 2] = [1568, 1280];
/// Most characters of the class.
const LONGEST: usize = 40;

settings! {
    /// The page.
    pub struct FullyConnected {
        model: Model = Model::Clothes,
        image: Source = Source::Sneaker,
        class: String = String::new(),
        feature: u32 = 363,
        gain: f32 = 1.0,
        drawing: Drawing = Drawing::Dense,
    }
}

/// What was recorded.
pub struct Shown {
    of: Connected,
    asked: Asked,
    photo: Option<Tensor>,
    source: Source,
    classes: Arc<[String]>,
}

impl FullyConnected {
    /// The last feature.
    fn last(&self) -> u32 {
        FEATURES[self.model.index()] - 1
    }

    fn network(&self, inputs: &Inputs) -> Rc<Network> {
        match self.model {
            Model::Clothes => inputs.trained(),
            Model::Photo => inputs.network(),
        }
    }
}

impl FullyConnected {
    /// What is drawn and said of what was recorded.
    fn drawn<'a>(&self, shown: &'a Shown) -> Drawn<'a> {
        Drawn {
            of: &shown.of,
            asked: shown.asked,
            photo: shown.photo.as_ref(),
            source: shown.source.name(),
            classes: &shown.classes,
            folded: self.drawing == Drawing::Convolution,
        }
    }
}

impl Exhibit for FullyConnected {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Classifier");
        Knob::choice("network", "Network", &mut self.model)
            .help("fashion-cnn was trained by Glassbox on clothes; EfficientNet looks at the photo")
            .show(k);
        let clothes = self.model == Model::Clothes;
        Knob::choice_of("image", "Picture", &mut self.image, PICTURES).enabled(clothes).show(k);
        Knob::line("class", "Class", &mut self.class, LONGEST)
            .help("A part of its name; empty for the class that wins. A click on a class chooses it")
            .unit("the class that wins")
            .show(k);
        Knob::choice("drawing", "Drawn as", &mut self.drawing).enabled(clothes).draws().show(k);
        k.heading("Edit a feature");
        let last = self.last();
        self.feature = self.feature.min(last);
        Knob::int("feature", "Feature", &mut self.feature, 0..=last)
            .help("A click on one chooses it")
            .show(k);
        Knob::float("gain", "Gain", &mut self.gain, -10.0..=10.0)
            .help("The feature is multiplied by it")
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let network = self.network(on.inputs);
        let dense = Dense::of(&network)?;
        let source = if self.model == Model::Photo { Source::Photo } else { self.image };
        let seen = Seen::record(on, &network, source)?;
        let asked =
            Asked { class: dense.class(&self.class)?, feature: self.feature as usize, gain: self.gain };
        let of = Connected::record(&mut on.plan, &seen, &dense, asked)?;
        Ok(Shown { of, asked, photo: seen.photo, source, classes: dense.classes })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        said(&self.drawn(shown), view)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let aspect = shown.photo.as_ref().map_or(1.0, |photo| photo.shape[2] as f32 / photo.shape[1] as f32);
        let hero = vec![Panel::picture(aspect), Panel::free(180.0, 1.0).bar(), Panel::free(180.0, 1.0).bar()];
        let below = vec![Panel::free(230.0, 1.3), Panel::free(150.0, 1.0), Panel::free(150.0, 1.0)];
        let placed = page::lay(ui, &[Row::Hero(hero), Row::Hero(below), Row::Measured(4)]);
        let cells = [&placed.rows[0][..], &placed.rows[1], &placed.rows[2]];
        match self.drawn(shown).draw(ui, view, cells) {
            Some(Wish::Feature(feature)) => self.feature = feature as u32,
            Some(Wish::Class(class)) => self.class = short(&shown.classes, class).to_lowercase(),
            None => {}
        }
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let ([n, k], [c, h, w]) = (shown.of.sizes, shown.of.kernel);
        [("N", n), ("K", k), ("C", c), ("H", h), ("W", w)].map(|(name, value)| (name, value as f64)).to_vec()
    }

    fn unpacks(&self, inputs: &Inputs) -> bool {
        self.model == Model::Photo && !inputs.has_network()
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::fully_connected(rng)
    }
}
