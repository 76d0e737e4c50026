//! Attention: the mechanisms side by side on one sentence, with what the real first layer of a sentence encoder
//! makes of it; or random projections of the same token vectors, whose width d_k can be turned up until the
//! softmax saturates.

use super::compared_drawn;
use super::mechanism::Mechanism;
use super::mechanisms::{Sentence, compare};
use super::projection::project;
use super::questions;
use super::recorded::{projected, queries, real, record_stages};
use super::recording::Settings;
use super::said;
use super::scaled_drawn;
use super::shown::{AttentionMechanisms, HEADS, Layer, Made, Masked, Projected, Shown};
use crate::exhibits::Inputs;
use crate::exhibits::prelude::*;
use crate::models::encoder::{EncodeError, record_embeddings};
use crate::ops::attention::AttentionOptions;

/// Tokens that the page has room for.
const MAX_TOKENS: usize = 32;
const MAX_CHARS: usize = 300;
impl Exhibit for AttentionMechanisms {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        let random = self.source == Projected::Random;
        let is = |mechanism| !random && self.mechanism == mechanism;
        let of = [Mechanism::Cross, Mechanism::MultiHead, Mechanism::Grouped, Mechanism::Entity];
        let [cross, several, grouped, marks] = of.map(is);
        let window = !random && self.mechanism.has_window();
        Knob::text("sentence", "Sentence", &mut self.sentence, MAX_CHARS).show(k);
        Knob::choice("mechanism", "Mechanism", &mut self.mechanism)
            .help("How a word looks at the others; with random weights there is scaled dot-product alone")
            .enabled(!random)
            .show(k);
        Knob::text("second", "Second sentence", &mut self.second, MAX_CHARS)
            .help("Its words ask those of the first: cross-attention")
            .enabled(cross)
            .show(k);
        Knob::choice("source", "q, k, v from", &mut self.source)
            .help("The first layer of all-MiniLM-L6-v2, or random projections of the same token vectors")
            .show(k);
        Knob::choice("d_k", "Width d_k", &mut self.d_k)
            .help("Channels of a head; the real layer has 32")
            .enabled(random)
            .show(k);
        Knob::int("heads", "Heads", &mut self.heads, 1..=4)
            .help("Heads of random weights; the real layer has 12")
            .enabled(random)
            .show(k);
        Knob::int("head", "Enlarged head", &mut self.head, 1..=HEADS as u32)
            .help("The head that all mechanisms with one head have; of random weights the last one at most")
            .enabled(!random || self.heads > 1)
            .show(k);
        Knob::int("query", "Query, 0 picks", &mut self.query, 0..=MAX_TOKENS as u32)
            .help("Which word asks, counted from 1; 0 takes the one that looks hardest at another")
            .draws()
            .show(k);
        Knob::switch("scale", "Divide by √d_k", &mut self.scale)
            .help("Without it the scores grow with d_k and the softmax saturates")
            .show(k);
        Knob::float("temperature", "Temperature", &mut self.temperature, 0.1..=8.0)
            .help("Divides the scores: below 1 sharper, above 1 softer")
            .show(k);
        Knob::choice("mask", "Mask", &mut self.mask).show(k);
        Knob::int("padding", "Padded tokens", &mut self.padding, 1..=30)
            .help("So many tokens at the end count as padding")
            .enabled(self.mask == Masked::Padding)
            .show(k);
        Knob::int("window", "Window D", &mut self.window, 1..=16)
            .help("Local: words on each side that are seen; sliding window: words before that are seen")
            .enabled(window)
            .show(k);
        Knob::choice("groups", "Key heads", &mut self.groups)
            .help("Heads of keys and values that the 12 query heads share: grouped-query")
            .enabled(grouped)
            .show(k);
        Knob::int("entity", "First entity", &mut self.first, 1..=MAX_TOKENS as u32)
            .help("The first marked word, counted from 1: entity-aware")
            .enabled(marks)
            .show(k);
        Knob::int("other-entity", "Second entity", &mut self.other, 1..=MAX_TOKENS as u32)
            .help("The second marked word, counted from 1: entity-aware")
            .enabled(marks)
            .show(k);
        Knob::numbers("mute", "Muted heads, 1 mutes", &mut self.mute, HEADS / 2)
            .help("A number for each head, 0 lets it work: multi-head")
            .enabled(several)
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let (plan, inputs) = (&mut on.plan, on.inputs);
        let encoder = inputs.encoder();
        let split = |text: &str| {
            encoder.tokenizer.encode_within(text, MAX_TOKENS).map_err(|e| Problem::Input(e.to_string()))
        };
        let tokens = split(&self.sentence)?;
        let count = tokens.ids.len();
        let valid = match self.mask {
            Masked::Padding if self.padding as usize >= count => {
                return Err(Problem::Input(format!(
                    "all {count} tokens would be padding: lower the padded tokens below {count}"
                )));
            }
            Masked::Padding => Some(count - self.padding as usize),
            _ => None,
        };
        let x = record_embeddings(plan, &encoder.model, &tokens)?;
        let options = AttentionOptions {
            heads: HEADS,
            scale: (!self.scale).then_some(1.0),
            causal: self.mask == Masked::Causal,
            valid,
            temperature: self.temperature,
        };
        let mut second = Vec::new();
        let made = if self.source == Projected::Real {
            let asks = split(&self.second)?;
            let other = record_embeddings(plan, &encoder.model, &asks)?;
            second = asks.texts;
            let asks = queries(plan, &other, &encoder)?;
            let of = Sentence { qkv: real(plan, &x, &encoder)?, x, asks };
            let head = self.head_of(HEADS);
            let (reach, groups) = (self.window as usize, self.groups.count());
            let entities = [self.first, self.other].map(|at| (at as usize).clamp(1, count) - 1);
            let compared = compare(plan, &of, &Settings { options, head, reach, groups, entities })?;
            let muted = self.muted();
            let several = self.mechanism == Mechanism::MultiHead;
            let layer = encoder.model.layer(0).map_err(EncodeError::from)?;
            let projection = several
                .then(|| project(plan, &compared.layer.output, &layer.attention_output, &muted))
                .transpose()?;
            let of = self.mechanism;
            Made::Real(Box::new(Layer { compared, projection, of, head, reach, groups, entities, muted }))
        } else {
            let heads = self.heads as usize;
            let qkv = projected(plan, &x, [heads, self.d_k.channels()], inputs.seed)?;
            let options = AttentionOptions { heads, ..options };
            let made = record_stages(plan, qkv.clone(), &options, count)?;
            let turned = AttentionOptions { scale: self.scale.then_some(1.0), ..options };
            Made::Random(Box::new([made, record_stages(plan, qkv, &turned, count)?]))
        };
        Ok(Shown {
            note: tokens.cut.map(|c| c.to_string()),
            words: [tokens.texts, second],
            mask: self.mask,
            padded: valid.map_or(0, |valid| count - valid),
            made,
        })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        match &shown.made {
            Made::Real(layer) => said::of_layer(self, shown, layer, view),
            Made::Random(both) => said::of_random(self, shown, both, view),
        }
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        match &shown.made {
            Made::Real(layer) => compared_drawn::draw(self, shown, layer, ui, view),
            Made::Random(both) => scaled_drawn::draw(self, shown, both, ui, view),
        }
    }

    fn symbols(&self, shown: &Shown) -> Vec<(&'static str, f64)> {
        let width = match &shown.made {
            Made::Real(_) => 384.0,
            Made::Random(both) => (both[0].d_k * both[0].heads) as f64,
        };
        vec![("n", shown.words[0].len() as f64), ("d", width)]
    }

    fn unpacks(&self, inputs: &Inputs) -> bool {
        !inputs.has_encoder()
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::mechanisms(rng)
    }
}
