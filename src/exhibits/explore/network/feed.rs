//! What a network is run on, as settings of the page: how a picture becomes its input, a sentence for
//! token ids, plain numbers for the rest.

use crate::choices;
use crate::data::Picture;
use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::{Inputs, Problem};
use crate::models::Tokens;
use crate::models::network::{self, Feed, InputSettings, MAX_INPUT_SIDE, Network, Role};
use crate::settings::{Knob, Knobs};

/// Tokens of a sentence at most.
const MAX_TOKENS: usize = 128;

choices! {
    /// Order of the colour channels.
    enum Order { Rgb = "red, green, blue", Bgr = "blue, green, red" }
}

choices! {
    /// What inputs hold that are neither a picture nor a sentence.
    enum Fill { Normal = "normal", Ramp = "ramp", Ones = "ones", Zeros = "zeros" }
}

/// The settings of a network's input.
pub struct FeedSettings {
    input: InputSettings,
    /// Copies that the knobs hold.
    mean: Vec<f32>,
    std: Vec<f32>,
    order: Order,
    sentence: String,
    fill: Fill,
    open: u32,
    roles: Vec<Role>,
}

impl Default for FeedSettings {
    fn default() -> Self {
        let input = InputSettings::default();
        Self {
            mean: input.mean.to_vec(),
            std: input.std.to_vec(),
            order: Order::Rgb,
            input,
            sentence: SENTENCE.into(),
            fill: Fill::Normal,
            open: 16,
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
        Knob::float("crop", "Share kept", &mut self.input.crop, 0.1..=1.0)
            .help("Of the picture's shorter side; the middle is kept")
            .enabled(picture)
            .show(k);
        Knob::numbers("mean", "Mean of red, green, blue (of 255)", &mut self.mean, 3)
            .enabled(picture)
            .show(k);
        Knob::numbers("std", "Divided by (of 255)", &mut self.std, 3).enabled(picture).show(k);
        Knob::choice("channels", "Channels", &mut self.order).enabled(picture).show(k);
        Knob::text("sentence", "Sentence", &mut self.sentence, 600).enabled(tokens).show(k);
        Knob::choice("fill", "Numbers", &mut self.fill)
            .help("What inputs hold that are neither a picture nor a sentence")
            .enabled(numbers)
            .show(k);
        Knob::int("open", "Length of open axes", &mut self.open, 1..=512).enabled(numbers).show(k);
    }

    /// Takes over how a picture becomes a network's input, but for what was set already.
    pub fn adopt(&mut self, network: &Network, input: &InputSettings) {
        self.roles = network.model.inputs.iter().map(Role::of).collect();
        let (set, unset) = (self.settings(), InputSettings::default());
        self.input = InputSettings {
            width: if set.width == unset.width { input.width } else { set.width },
            height: if set.height == unset.height { input.height } else { set.height },
            crop: if set.crop == unset.crop { input.crop } else { set.crop },
            mean: if set.mean == unset.mean { input.mean } else { set.mean },
            std: if set.std == unset.std { input.std } else { set.std },
            bgr: if set.bgr == unset.bgr { input.bgr } else { set.bgr },
        };
        self.mean = self.input.mean.to_vec();
        self.std = self.input.std.to_vec();
        self.order = if self.input.bgr { Order::Bgr } else { Order::Rgb };
    }

    /// How a picture becomes the input.
    fn settings(&self) -> InputSettings {
        let three = |v: &[f32]| [0, 1, 2].map(|i| v.get(i).copied().unwrap_or_default());
        InputSettings {
            mean: three(&self.mean),
            std: three(&self.std),
            bgr: self.order == Order::Bgr,
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
        let tokens = if self.roles.contains(&Role::Tokens) {
            let encoder = inputs.encoder();
            let tokens = encoder.tokenizer.encode_within(&self.sentence, MAX_TOKENS);
            Some(tokens.map_err(|e| Problem::Input(e.to_string()))?)
        } else {
            None
        };
        Ok((Network { input, ..network.clone() }, tokens))
    }

    /// What the network is fed with, apart from tokens and the seed.
    pub fn feed<'a>(&self, picture: &'a Picture) -> Feed<'a> {
        let fill = match self.fill {
            Fill::Normal => network::Fill::Normal,
            Fill::Ramp => network::Fill::Ramp,
            Fill::Ones => network::Fill::Ones,
            Fill::Zeros => network::Fill::Zeros,
        };
        Feed { fill, open: self.open as usize, ..Feed::new(picture) }
    }
}
