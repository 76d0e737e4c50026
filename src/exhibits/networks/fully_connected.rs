//! The dense layer at the end of a trained classifier on a real picture: features times weights, summed to logits, made
//! probabilities; one feature can be turned up or down, and the layer is a convolution too.

use std::rc::Rc;
use std::sync::Arc;

use super::connected::{Asked, Connected};
use super::connected_drawn::{Drawn, Read, STRONGEST, Wish, short};
use super::questions;
use super::seen::{Dense, PICTURES, Seen, Source};
use crate::exhibits::Inputs;
use crate::exhibits::prelude::*;
use crate::models::Network;

choices! {
    /// The network whose last layer is shown.
    enum Model { Clothes = "clothes, trained here", Photo = "EfficientNet-Lite0" }
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
        feature: u32 = 0,
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

    /// The class that is asked for, by a part of its name; `None` for the one that wins.
    fn class(&self, classes: &[String]) -> Result<Option<usize>, Problem> {
        let wanted = self.class.trim().to_lowercase();
        if wanted.is_empty() {
            return Ok(None);
        }
        let name = |class: &usize| short(classes, *class).to_lowercase();
        let exact = (0..classes.len()).find(|class| name(class) == wanted);
        let found = exact.or_else(|| classes.iter().position(|name| name.to_lowercase().contains(&wanted)));
        found.map(Some).ok_or_else(|| {
            Problem::Input(format!("no class is called \"{}\": write a part of its name, such as {}", self.class, short(classes, 0)))
        })
    }
}

impl Exhibit for FullyConnected {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Classifier");
        Knob::choice("network", "Network", &mut self.model)
            .help("EfficientNet looks at the photo, which takes a processor some seconds")
            .show(k);
        let clothes = self.model == Model::Clothes;
        Knob::choice_of("image", "Picture", &mut self.image, PICTURES).enabled(clothes).show(k);
        Knob::line("class", "Class", &mut self.class, LONGEST)
            .help("A part of its name; empty for the class that wins. A click on a class chooses it")
            .show(k);
        Knob::choice("drawing", "Drawn as", &mut self.drawing).enabled(clothes).draws().show(k);
        k.heading("Edit a feature");
        let last = self.last();
        self.feature = self.feature.min(last);
        Knob::int("feature", "Feature", &mut self.feature, 0..=last).help("A click on one chooses it").show(k);
        Knob::float("gain", "Gain", &mut self.gain, -10.0..=10.0).help("The feature is multiplied by it").show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let network = self.network(on.inputs);
        let dense = Dense::of(&network)?;
        let source = if self.model == Model::Photo { Source::Photo } else { self.image };
        let seen = Seen::record(on, &network, source)?;
        let asked = Asked { class: self.class(&dense.classes)?, feature: self.feature as usize, gain: self.gain };
        let of = Connected::record(&mut on.plan, &seen, &dense, asked)?;
        Ok(Shown { of, asked, photo: seen.photo, source, classes: dense.classes })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let read = Read::of(&shown.of, view)?;
        let [class, next] = read.pair.map(|class| short(&shown.classes, class));
        let plus = |v: f64| format!("{}{}", if v > 0.0 { "+" } else { "" }, words::short(v));
        let Asked { feature, gain, .. } = shown.asked;
        let own = plus(read.products.get(feature).copied().unwrap_or(0.0).into());
        let lead = read.lead();
        if gain == 1.0 {
            let verb = if lead >= 0.0 { "leads" } else { "is behind" };
            return Some(Caption::plain(&format!(
                "**{class}** {verb} {next} by [{}](value 4): [{}](value 3) from the {STRONGEST} strongest of {} products, \
                 [{own}](focus 3) from feature {feature}.",
                words::short(lead.abs()),
                plus(read.strongest()),
                grouped(shown.of.sizes[0] as u64),
            )));
        }
        let share = |of: &[f32]| words::percent(of[read.pair[0]].into());
        let from = format!("Feature {feature} × {}", words::short(f64::from((gain * 100.0).round() / 100.0)));
        let moved = format!("{class} goes from {} to", share(&read.shares[0]));
        let now = share(&read.shares[1]);
        Some(match lead < 0.0 {
            true => Caption::broken(&format!(
                "{from} adds {own} against {next}: {moved} [{now}](bad 5), and [{next} wins](bad 4). [Feature as it was](good) mends it."
            )),
            false => Caption::plain(&format!(
                "{from} gives [{own}](focus 3) of its lead of [{}](value 4) over {next}: {moved} [{now}](value 5).",
                words::short(lead)
            )),
        })
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let aspect = shown.photo.as_ref().map_or(1.0, |photo| photo.shape[2] as f32 / photo.shape[1] as f32);
        let hero = vec![Panel::picture(aspect), Panel::free(190.0, 1.0), Panel::free(190.0, 1.0)];
        let below = vec![Panel::free(230.0, 1.3), Panel::free(150.0, 1.0), Panel::free(150.0, 1.0)];
        let placed = page::lay(ui, &[Row::Hero(hero), Row::Hero(below), Row::Measured(4)]);
        let drawn = Drawn {
            of: &shown.of,
            asked: shown.asked,
            photo: shown.photo.as_ref(),
            source: shown.source.name(),
            classes: &shown.classes,
            folded: self.drawing == Drawing::Convolution,
        };
        let cells = [&placed.rows[0][..], &placed.rows[1], &placed.rows[2]];
        match drawn.draw(ui, view, cells) {
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
