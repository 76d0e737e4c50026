//! A sentence encoder, all layers and heads, on the user's sentence: a grid of live maps, one head
//! enlarged, one query with its numbers, heads that can be muted, and the sentence's vector.

mod export;
mod heads;
mod query;
mod recorded;
mod vectors;

use egui::{Align, Layout, RichText, Ui};

use self::export::{Export, MATRICES};
use self::recorded::Recorded;
use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::{Exhibit, Inputs, Own, Problem};
use crate::gpu::Plan;
use crate::models::HeadMask;
use crate::models::tokenizer::MAX_TOKENS;
use crate::viz::facts::facts;
use crate::viz::{Knob, Knobs, View, theme};

/// Characters of a sentence: 512 tokens of running text have about half as many.
const MAX_CHARS: usize = 6000;
/// Characters of the list of muted heads; room for all of a large encoder.
const MAX_LIST: usize = 4000;
const MAX_PATH: usize = 1000;
/// Width from which the enlarged head has room beside the grid, in points; else it stands below.
const BESIDE: f32 = 620.0;

/// The page.
pub struct Text {
    sentence: String,
    second: String,
    encoder: usize,
    layer: u32,
    head: u32,
    query: u32,
    mute: String,
    export: Export,
    /// Whether the user has opened an encoder.
    has_own: bool,
    recorded: Option<Recorded>,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            sentence: SENTENCE.into(),
            second: String::new(),
            encoder: 0,
            // Here "it" looks at "animal".
            layer: 4,
            head: 2,
            query: 11,
            mute: String::new(),
            export: Export::default(),
            has_own: false,
            recorded: None,
        }
    }
}

/// The head and the query that are looked at, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Focus {
    layer: usize,
    head: usize,
    query: usize,
}

/// What a click on the picture asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Enlarge a head.
    Head { layer: usize, head: usize },
    /// Take another query.
    Query(usize),
    /// Mute a head, or let it work again.
    Mute { layer: usize, head: usize },
    /// Mute the layer's other heads.
    Only { layer: usize, head: usize },
    /// Let all heads work again.
    UnmuteAll,
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
        let heads = self.recorded.as_ref().map_or(0, |r| r.heads);
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
    fn knobs(&mut self, k: &mut dyn Knobs) {
        let (layers, heads, tokens) = match &self.recorded {
            Some(r) => (r.layers as u32, r.heads as u32, r.first.labels.len() as u32),
            None => (6, 12, MAX_TOKENS as u32),
        };
        Knob::text("sentence", "Sentence", &mut self.sentence, MAX_CHARS).show(k);
        Knob::text("second", "Second sentence, to compare", &mut self.second, MAX_CHARS)
            .help("May be empty")
            .show(k);
        // Until one is opened there is only the other.
        let mut only = 1;
        let encoder = if self.has_own { &mut self.encoder } else { &mut only };
        Knob::choice("encoder", "Encoder", encoder, &["your own", "built in"])
            .help("Your own BERT-like encoder once you have opened one; all-MiniLM-L6-v2 is built in")
            .enabled(self.has_own)
            .show(k);
        Knob::int("layer", "Layer", &mut self.layer, 1..=layers).drawn().show(k);
        Knob::int("head", "Head", &mut self.head, 1..=heads).drawn().show(k);
        Knob::int("query", "Query token", &mut self.query, 1..=tokens)
            .help("Which token looks at the others; or click it in the picture")
            .drawn()
            .show(k);
        Knob::line("mute", "Muted heads, layer.head", &mut self.mute, MAX_LIST)
            .help("Such as 2.5, 3.1; or right-click heads in the grid")
            .show(k);
        k.heading("Export");
        Knob::choice("matrix", "Matrix", &mut self.export.matrix, MATRICES)
            .help("Of the layer and head that are enlarged; save it below the grid")
            .drawn()
            .show(k);
        Knob::line("folder", "Folder", &mut self.export.folder, MAX_PATH)
            .help("Where files go; your downloads if this is empty")
            .drawn()
            .show(k);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        self.has_own = matches!(inputs.own(), Some(Own::Encoder(_)));
        let encoder = match inputs.own() {
            Some(Own::Encoder(own)) if self.encoder == 0 => own.clone(),
            _ => inputs.encoder(),
        };
        let muted: HeadMask = self.mute.parse().map_err(|e| Problem::Input(format!("{e}")))?;
        self.recorded = Some(Recorded::new(plan, &encoder, &self.sentence, &self.second, muted)?);
        Ok(())
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(recorded) = &self.recorded else { return };
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
