//! The settings of the page, and how its parts stand together.

use egui::{Align, Layout, RichText, Ui};

use super::export::Export;
use super::focus::{Asked, Focus};
use super::recorded::Recorded;
use super::{heads, query, vectors};
use crate::choices;
use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::{Exhibit, Own, Problem, Recording};
use crate::models::HeadMask;
use crate::models::tokenizer::MAX_TOKENS;
use crate::settings::{Knob, Knobs};
use crate::viz::facts::facts;
use crate::viz::{View, theme};

/// Characters of a sentence: 512 tokens of running text have about half as many.
const MAX_CHARS: usize = 6000;
/// Characters of the list of muted heads; room for all of a large encoder.
const MAX_LIST: usize = 4000;
const MAX_PATH: usize = 1000;
/// Width from which the enlarged head has room beside the grid, in points; else it stands below.
const BESIDE: f32 = 620.0;

choices! {
    /// Which encoder reads the sentence.
    enum Reader { Own = "your own", BuiltIn = "built in" }
}

/// The page.
pub struct Text {
    sentence: String,
    second: String,
    encoder: Reader,
    layer: u32,
    head: u32,
    query: u32,
    mute: String,
    export: Export,
    /// Whether the user has opened an encoder.
    has_own: bool,
    /// Layers, heads of a layer and tokens of what was recorded.
    sizes: Option<[u32; 3]>,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            sentence: SENTENCE.into(),
            second: String::new(),
            encoder: Reader::Own,
            // Here "it" looks at "animal".
            layer: 4,
            head: 2,
            query: 11,
            mute: String::new(),
            export: Export::default(),
            has_own: false,
            sizes: None,
        }
    }
}

impl Text {
    /// What is looked at, held within what was recorded.
    fn focus(&self, recorded: &Recorded) -> Focus {
        let within = |value: u32, count: usize| (value as usize).clamp(1, count) - 1;
        Focus {
            layer: within(self.layer, recorded.layers),
            head: within(self.head, recorded.heads),
            query: within(self.query, recorded.first.labels.len()),
        }
    }

    fn answer(&mut self, asked: Asked) {
        let mut muted: HeadMask = self.mute.parse().unwrap_or_default();
        let heads = self.sizes.map_or(0, |[_, heads, _]| heads as usize);
        match asked {
            Asked::Head { layer, head } => (self.layer, self.head) = (layer as u32 + 1, head as u32 + 1),
            Asked::Query(query) => self.query = query as u32 + 1,
            Asked::Mute { layer, head } => muted.toggle(layer, head),
            Asked::Only { layer, head } => muted.only(layer, head, heads),
            Asked::UnmuteAll => muted = HeadMask::default(),
        }
        if !matches!(asked, Asked::Head { .. } | Asked::Query(_)) {
            self.mute = muted.to_string();
        }
    }
}

impl Exhibit for Text {
    type Shown = Recorded;

    fn symbols(&self, shown: &Recorded) -> Vec<(&'static str, f64)> {
        let width = shown.heads * shown.head_size;
        [("T", shown.first.labels.len()), ("H", width)].map(|(name, value)| (name, value as f64)).to_vec()
    }

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let [layers, heads, tokens] = self.sizes.unwrap_or([6, 12, MAX_TOKENS as u32]);
        Knob::text("sentence", "Sentence", &mut self.sentence, MAX_CHARS).show(k);
        Knob::text("second", "Second sentence, to compare", &mut self.second, MAX_CHARS)
            .help("May be empty")
            .show(k);
        // Until one is opened there is only the other.
        let mut only = Reader::BuiltIn;
        let encoder = if self.has_own { &mut self.encoder } else { &mut only };
        Knob::choice("encoder", "Encoder", encoder)
            .help("Your own BERT-like encoder once you have opened one; all-MiniLM-L6-v2 is built in")
            .enabled(self.has_own)
            .show(k);
        Knob::int("layer", "Layer", &mut self.layer, 1..=layers).draws().show(k);
        Knob::int("head", "Head", &mut self.head, 1..=heads).draws().show(k);
        Knob::int("query", "Query token", &mut self.query, 1..=tokens)
            .help("Which token looks at the others; or click it in the picture")
            .draws()
            .show(k);
        Knob::line("mute", "Muted heads, layer.head", &mut self.mute, MAX_LIST)
            .help("Such as 2.5, 3.1; or right-click heads in the grid")
            .show(k);
        k.heading("Export");
        Knob::choice("matrix", "Matrix", &mut self.export.matrix)
            .help("Of the layer and head that are enlarged; save it below the grid")
            .draws()
            .show(k);
        Knob::line("folder", "Folder", &mut self.export.folder, MAX_PATH)
            .help("Where files go; your downloads if this is empty")
            .draws()
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Recorded, Problem> {
        self.has_own = matches!(on.inputs.own(), Some(Own::Encoder(_)));
        let encoder = match on.inputs.own() {
            Some(Own::Encoder(own)) if self.encoder == Reader::Own => own.clone(),
            _ => on.inputs.encoder(),
        };
        let muted: HeadMask = self.mute.parse().map_err(|e| Problem::Input(format!("{e}")))?;
        let recorded = Recorded::new(&mut on.plan, &encoder, &self.sentence, &self.second, muted)?;
        let sizes = [recorded.layers, recorded.heads, recorded.first.labels.len()];
        self.sizes = Some(sizes.map(|n| n as u32));
        Ok(recorded)
    }

    fn draw(&mut self, recorded: &Recorded, ui: &mut Ui, view: &mut View<'_>) {
        let focus = self.focus(recorded);
        self.export.advance(ui, view, recorded, focus);
        facts(ui, &recorded.facts(view));
        for note in recorded.notes() {
            ui.label(RichText::new(note).small().color(theme::accent_text(ui.visuals())));
        }
        ui.add_space(4.0);
        let (width, height) = (ui.available_width(), ui.available_height());
        let mut asked = None;
        let beside = width >= BESIDE;
        let (left, layout) = match beside {
            true => (width * 0.53, Layout::left_to_right(Align::TOP)),
            false => (width, Layout::top_down(Align::LEFT)),
        };
        let top = ui.with_layout(layout, |ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            ui.vertical(|ui| {
                ui.set_width(left);
                asked = heads::grid(ui, view, recorded, focus);
                ui.add_space(6.0);
                ui.scope(|ui| vectors::strips(ui, view, recorded));
                ui.add_space(4.0);
                self.export.buttons(ui);
            });
            ui.vertical(|ui| {
                let high = (height * 0.52).clamp(220.0, 460.0);
                asked = asked.or(heads::enlarged(ui, view, recorded, focus, high));
            });
        });
        ui.add_space(6.0);
        let rest = height - top.response.rect.height() - 8.0;
        asked = asked.or(query::table(ui, view, recorded, focus, rest.max(180.0)));
        if let Some(asked) = asked {
            self.answer(asked);
            ui.ctx().request_repaint();
        }
    }
}
