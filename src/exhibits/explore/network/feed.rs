//! What a network is run on, as settings of the page: how a picture becomes its input, a sentence for
//! token ids, plain numbers for the rest, and the names of the classes.

use std::sync::Arc;

use crate::data::Picture;
use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::{Inputs, Problem};
use crate::models::Tokens;
use crate::models::network::{Feed, Fill, InputSettings, MAX_INPUT_SIDE, Network, Role, label_file};
use crate::viz::{Knob, Knobs};

/// Tokens of a sentence at most.
const MAX_TOKENS: usize = 128;

/// The settings of a network's input.
pub struct FeedSettings {
    input: InputSettings,
    /// Copies that the knobs hold.
    mean: Vec<f32>,
    std: Vec<f32>,
    order: usize,
    sentence: String,
    fill: usize,
    open: u32,
    labels: String,
    /// The file of class names that was read last.
    names: Option<(String, Arc<[String]>)>,
    roles: Vec<Role>,
}

impl Default for FeedSettings {
    fn default() -> Self {
        let input = InputSettings::default();
        Self {
            mean: input.mean.to_vec(),
            std: input.std.to_vec(),
            order: 0,
            input,
            sentence: SENTENCE.into(),
            fill: 0,
            open: 16,
            labels: String::new(),
            names: None,
            roles: Vec::new(),
        }
    }
}

impl FeedSettings {
    /// The knobs; those that the network's inputs leave without effect are greyed out.
    pub fn knobs(&mut self, k: &mut dyn Knobs) {
        let reads = |wanted: &[Role]| self.roles.is_empty() || self.roles.iter().any(|r| wanted.contains(r));
        let picture = reads(&[Role::Picture, Role::PictureLast]);
        let tokens = reads(&[Role::Tokens]);
        let numbers = reads(&[Role::Numbers]);
        k.heading("Input");
        Knob::int("width", "Width", &mut self.input.width, 1..=MAX_INPUT_SIDE)
            .unit(" px")
            .enabled(picture)
            .show(k);
        Knob::int("height", "Height", &mut self.input.height, 1..=MAX_INPUT_SIDE)
            .unit(" px")
            .enabled(picture)
            .show(k);
        Knob::float("crop", "Kept", &mut self.input.crop, 0.1..=1.0)
            .help("Share of the shorter side of the picture that is kept")
            .enabled(picture)
            .show(k);
        Knob::numbers("mean", "Mean of red, green, blue (of 255)", &mut self.mean, 3)
            .enabled(picture)
            .show(k);
        Knob::numbers("std", "Divided by (of 255)", &mut self.std, 3).enabled(picture).show(k);
        Knob::choice("channels", "Channels", &mut self.order, &["red, green, blue", "blue, green, red"])
            .enabled(picture)
            .show(k);
        Knob::text("labels", "Class names: a file, one a line or JSON", &mut self.labels, 300).show(k);
        Knob::text("sentence", "Sentence", &mut self.sentence, 600).enabled(tokens).show(k);
        Knob::choice("fill", "Numbers", &mut self.fill, &["normal", "ramp", "ones", "zeros"])
            .help("What inputs hold that are neither a picture nor a sentence")
            .enabled(numbers)
            .show(k);
        Knob::int("open", "Length of open axes", &mut self.open, 1..=512).enabled(numbers).show(k);
    }

    /// Takes over what a network's file tells of its input, unless something was set before.
    pub fn adopt(&mut self, network: &Network) {
        self.roles = network.model.inputs.iter().map(Role::of).collect();
        if self.settings() == InputSettings::default() {
            self.input = network.input.clone();
            self.mean = self.input.mean.to_vec();
            self.std = self.input.std.to_vec();
            self.order = usize::from(self.input.bgr);
        }
    }

    /// How a picture becomes the input.
    fn settings(&self) -> InputSettings {
        let three = |v: &[f32]| [0, 1, 2].map(|i| v.get(i).copied().unwrap_or_default());
        InputSettings {
            mean: three(&self.mean),
            std: three(&self.std),
            bgr: self.order == 1,
            ..self.input.clone()
        }
    }

    /// The network with these settings, and the tokens that it reads.
    pub fn apply(
        &mut self,
        network: &Network,
        inputs: &Inputs,
    ) -> Result<(Network, Option<Tokens>), Problem> {
        let input = self.settings();
        input.check().map_err(Problem::Input)?;
        let classes = self.names()?.or_else(|| network.classes.clone());
        let tokens = if self.roles.contains(&Role::Tokens) {
            let encoder = inputs.encoder();
            let tokens = encoder.tokenizer.encode_within(&self.sentence, MAX_TOKENS);
            Some(tokens.map_err(|e| Problem::Input(e.to_string()))?)
        } else {
            None
        };
        Ok((Network { input, classes, ..network.clone() }, tokens))
    }

    /// What the network is fed with, apart from tokens and the seed.
    pub fn feed<'a>(&self, picture: &'a Picture) -> Feed<'a> {
        let fill = [Fill::Normal, Fill::Ramp, Fill::Ones, Fill::Zeros][self.fill];
        Feed { fill, open: self.open as usize, ..Feed::new(picture) }
    }

    /// The names in the file of class names, if one is given.
    fn names(&mut self) -> Result<Option<Arc<[String]>>, Problem> {
        let path = self.labels.trim();
        if path.is_empty() {
            return Ok(None);
        }
        if let Some((_, names)) = self.names.as_ref().filter(|(known, _)| known == path) {
            return Ok(Some(names.clone()));
        }
        let names = label_file::open(path).map_err(|e| Problem::Input(e.to_string()))?;
        self.names = Some((path.to_owned(), names.clone()));
        Ok(Some(names))
    }
}
