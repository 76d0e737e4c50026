//! What a network is run on, as settings of the page: how a picture becomes its input, a sentence for
//! token ids, plain numbers for the rest.

use crate::choices;
use crate::data::Picture;
use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::{Inputs, Problem};
use crate::models::network::{self, Feed, InputSettings, MAX_INPUT_SIDE, Network, Role, Sentence};
use crate::settings::{Knob, Knobs};

/// Tokens of a sentence at most.
const MAX_TOKENS: usize = 128;
/// Characters of an output's name.
const MAX_NAME: usize = 120;

choices! {
    /// Order of the colour channels.
    enum Order { Rgb = "red, green, blue", Bgr = "blue, green, red" }
}

choices! {
    /// Which axis of a picture input the channels are.
    enum Layout { Told = "as the file tells", First = "N × C × H × W", Last = "N × H × W × C" }
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
    layout: Layout,
    sentence: String,
    fill: Fill,
    open: u32,
    /// The output with the classes; empty for the likeliest.
    classes_from: String,
    roles: Vec<Role>,
}

impl Default for FeedSettings {
    fn default() -> Self {
        let input = InputSettings::default();
        Self {
            mean: input.mean.to_vec(),
            std: input.std.to_vec(),
            order: Order::Rgb,
            layout: Layout::Told,
            input,
            sentence: SENTENCE.into(),
            fill: Fill::Normal,
            open: 16,
            classes_from: String::new(),
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
        Knob::choice("layout", "Axes", &mut self.layout)
            .help("Which axis of the input the channels are; C is 3, or 1 for brightness")
            .enabled(picture)
            .show(k);
        Knob::text("sentence", "Sentence", &mut self.sentence, 600).enabled(tokens).show(k);
        Knob::choice("fill", "Numbers", &mut self.fill)
            .help("What inputs hold that are neither a picture nor a sentence")
            .enabled(numbers)
            .show(k);
        Knob::int("open", "Length of open axes", &mut self.open, 1..=512).enabled(numbers).show(k);
        k.heading("Output");
        Knob::line("classes-from", "Classes from the output", &mut self.classes_from, MAX_NAME)
            .help("Name of the output that holds the scores of classes, where the network has several")
            .unit("the likeliest")
            .show(k);
    }

    /// Takes over how a picture becomes a network's input, but for what was set already.
    pub fn adopt(&mut self, network: &Network, input: &InputSettings) {
        let (set, unset) = (self.settings(), InputSettings::default());
        self.input = InputSettings {
            width: if set.width == unset.width { input.width } else { set.width },
            height: if set.height == unset.height { input.height } else { set.height },
            crop: if set.crop == unset.crop { input.crop } else { set.crop },
            mean: if set.mean == unset.mean { input.mean } else { set.mean },
            std: if set.std == unset.std { input.std } else { set.std },
            bgr: if set.bgr == unset.bgr { input.bgr } else { set.bgr },
            layout: if set.layout == unset.layout { input.layout } else { set.layout },
        };
        self.mean = self.input.mean.to_vec();
        self.std = self.input.std.to_vec();
        self.order = if self.input.bgr { Order::Bgr } else { Order::Rgb };
        self.layout = match self.input.layout {
            network::Layout::Told => Layout::Told,
            network::Layout::First => Layout::First,
            network::Layout::Last => Layout::Last,
        };
        self.find_roles(network);
    }

    /// What the inputs of a network are for, which decides what can be set.
    fn find_roles(&mut self, network: &Network) {
        self.roles = network.model.inputs.iter().map(|input| network.role(input)).collect();
    }

    /// How a picture becomes the input.
    fn settings(&self) -> InputSettings {
        let three = |v: &[f32]| [0, 1, 2].map(|i| v.get(i).copied().unwrap_or_default());
        let layout = match self.layout {
            Layout::Told => network::Layout::Told,
            Layout::First => network::Layout::First,
            Layout::Last => network::Layout::Last,
        };
        InputSettings {
            mean: three(&self.mean),
            std: three(&self.std),
            bgr: self.order == Order::Bgr,
            layout,
            ..self.input.clone()
        }
    }

    /// The network with these settings, and the sentence that it reads.
    pub fn apply(
        &mut self,
        network: &Network,
        inputs: &Inputs,
    ) -> Result<(Network, Option<Sentence>), Problem> {
        let input = self.settings();
        input.check().map_err(Problem::Input)?;
        let guessed = network.guessed.left(&network.input, &input);
        let classes_from = Some(self.classes_from.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        let network = Network { input, guessed, classes_from, ..network.clone() };
        self.find_roles(&network);
        let sentence = if network.reads_tokens() {
            let encoder = inputs.encoder();
            let sentence = network.sentence(&self.sentence, &encoder.tokenizer, MAX_TOKENS);
            Some(sentence.map_err(|e| Problem::Input(e.to_string()))?)
        } else {
            None
        };
        Ok((network, sentence))
    }

    /// What the network is fed with, apart from a sentence and the seed.
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
