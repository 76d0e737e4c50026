//! Positions: a sentence and its words in another order through the real first layer, without positions and with
//! them; what is added, and how the score of two words falls with their distance.

use super::positions::{Kind, Positions, ROWS, Shown, Words, encoding, reordered};
use super::positions_drawn::{below, hero, measured};
use super::questions;
use crate::exhibits::Inputs;
use crate::exhibits::prelude::*;
use crate::models::encoder::EncodeError;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::narrow;

const MAX_TOKENS: usize = 16;

choices! {
    /// The other order.
    enum Shuffle { Swapped = "two swapped", Turned = "turned around" }
}

choices! {
    /// Channels that carry positions.
    enum Width { W384 = "384", W192 = "192", W96 = "96", W48 = "48", W24 = "24" }
}

settings! {
    /// The page.
    pub struct PositionalEncoding {
        sentence: String = "The dog bites the man.".into(),
        kind: Kind = Kind::None,
        shuffle: Shuffle = Shuffle::Swapped,
        start: u32 = 0,
        length: u32 = 64,
        d_model: Width = Width::W384,
        base: f32 = 10_000.0,
        position: u32 = 48,
        dimension: u32 = 8,
        head: u32 = 3,
    }
}

impl Exhibit for PositionalEncoding {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let (some, waves) = (self.kind != Kind::None, matches!(self.kind, Kind::Sinusoidal | Kind::Rope));
        Knob::text("sentence", "Sentence", &mut self.sentence, 120).show(k);
        Knob::choice("kind", "Positions", &mut self.kind).show(k);
        Knob::choice("shuffle", "Other order", &mut self.shuffle).show(k);
        Knob::int("start", "First position", &mut self.start, 0..=600)
            .help("Where in a long text the sentence begins")
            .enabled(some)
            .show(k);
        Knob::int("length", "Positions drawn", &mut self.length, 16..=ROWS as u32).enabled(some).show(k);
        Knob::choice("d_model", "Width d", &mut self.d_model)
            .help("Channels that carry positions; the model has 384 in 12 heads")
            .enabled(some && self.kind != Kind::Alibi)
            .show(k);
        Knob::float("base", "Base", &mut self.base, 10.0..=100_000.0).enabled(waves).show(k);
        Knob::int("position", "Position", &mut self.position, 1..=639)
            .help("Dot products are taken from here back; beyond the positions drawn, from the last")
            .enabled(some)
            .show(k);
        Knob::int("dimension", "Dimension", &mut self.dimension, 0..=383).draws().enabled(some).show(k);
        Knob::int("head", "Head", &mut self.head, 1..=12).draws().show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let (plan, encoder) = (&mut on.plan, on.inputs.encoder());
        let tokens = encoder.tokenizer.encode_within(&self.sentence, MAX_TOKENS);
        let tokens = tokens.map_err(|e| Problem::Input(e.to_string()))?;
        let (model, labels) = (&encoder.model, tokens.texts);
        let (hidden, limit) = (model.config().hidden, model.config().positions);
        let rows = model.word_rows(&tokens.ids).map_err(EncodeError::from)?;
        let vectors = plan.constant("word vectors", &[labels.len(), hidden], rows);
        let types = model.embeddings().map_err(EncodeError::from)?.token_type.as_ref();
        let types = types.map_or_else(|| vec![0.0; hidden], |types| types[..hidden].to_vec());
        let types = plan.constant("type embedding", &[hidden], types);
        let vectors = binary(plan, &vectors, &types, Op::Add)?;
        let order = reordered(&labels, self.shuffle == Shuffle::Turned);
        let other = order.iter().map(|i| labels[*i as usize].clone()).collect();
        let words = Words::new(plan, &encoder, &vectors, order)?;
        let width = [384, 192, 96, 48, 24][self.d_model.index()];
        let start = self.start as usize;
        let p = Positions { kind: self.kind, width, base: self.base, start };
        let both = words.both(plan, &p)?;
        let kind = if self.kind == Kind::None { Kind::Learned } else { Kind::None };
        let twin = words.both(plan, &Positions { kind, width: hidden, start: 0, ..p })?;
        let twice = words.twice(plan, &labels, [&both, &twin])?;
        let length = self.length as usize;
        let from = (self.position as usize).min(length - 1);
        let [rows, products] = encoding(plan, &words, &p, [length, from])?;
        let learned = self.kind == Kind::Learned;
        let later = if learned { narrow(plan, &rows, 0, 1, ROWS - 1)? } else { rows.clone() };
        let beyond = if learned { (start + labels.len()).saturating_sub(limit) } else { 0 };
        let beyond = beyond.min(labels.len());
        let labels = [labels, other];
        Ok(Shown {
            kind: self.kind,
            labels,
            both,
            twin,
            twice,
            rows,
            later,
            products,
            length,
            start,
            beyond,
            limit,
            from,
        })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        super::positions_drawn::caption(shown, view)
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let weights = vec![Panel::picture(1.0), Panel::picture(1.0), Panel::picture(1.0).bar()];
        let under = vec![Panel::free(300.0, 1.0).folded(0.6), Panel::free(300.0, 1.0).folded(0.7)];
        let placed = page::lay(ui, &[Row::Hero(weights), Row::Hero(under), Row::Measured(4)]);
        hero(shown, ui, view, &placed.rows[0], self.head as usize - 1);
        below(shown, ui, view, &placed.rows[1], self.dimension as usize);
        measured(shown, ui, view, &placed.rows[2]);
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        vec![("d", shown.rows.shape[1] as f64), ("B", f64::from(self.base)), ("p", shown.from as f64)]
    }

    fn unpacks(&self, inputs: &Inputs) -> bool {
        !inputs.has_encoder()
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::positions(rng)
    }
}
