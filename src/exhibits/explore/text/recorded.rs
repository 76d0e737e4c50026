//! What the page has recorded: one or two sentences, each with all heads at work and, where some are
//! muted, once more without them.

use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::models::encoder::{EncodedSentence, LayerTensors, record, record_muted, record_similarity};
use crate::models::{Encoder, HeadMask};
use crate::ops::pool::adaptive_max_pool;
use crate::viz::View;

/// Cells on a side of a small map in the grid: about as many as there are pixels for it.
const THUMB: usize = 64;

/// A sentence.
pub struct Side {
    /// Its tokens.
    pub labels: Vec<String>,
    /// What was cut off or is unknown to the vocabulary, in a sentence.
    pub note: Option<String>,
    /// With all heads at work.
    pub intact: EncodedSentence,
    /// As it is shown: with the muted heads, or `intact` once more.
    pub shown: EncodedSentence,
}

impl Side {
    fn new(plan: &mut Plan, encoder: &Encoder, text: &str, muted: &HeadMask) -> Result<Self, Problem> {
        let tokens = encoder
            .tokenizer
            .encode_within(text, encoder.max_tokens())
            .map_err(|e| Problem::Input(e.to_string()))?;
        let intact = record(plan, &encoder.model, &tokens, encoder.model.config().layers)?;
        let shown = record_muted(plan, &encoder.model, &intact, muted)?;
        let note = match (&tokens.cut, tokens.unknown) {
            (Some(cut), _) => Some(cut.to_string()),
            (None, 0) => None,
            (None, unknown) => {
                let shown = encoder.tokenizer.unknown();
                Some(format!("the vocabulary does not know {unknown} of the pieces: {shown}"))
            }
        };
        Ok(Self { labels: tokens.texts, note, intact, shown })
    }
}

/// What was recorded last.
pub struct Recorded {
    /// Name of the encoder.
    name: String,
    /// Layers.
    pub layers: usize,
    /// Heads of a layer.
    pub heads: usize,
    /// Channels of a head, d.
    pub head_size: usize,
    max_tokens: usize,
    /// The sentence.
    pub first: Side,
    /// The one it is compared with.
    pub second: Option<Side>,
    /// Which heads are muted.
    pub muted: HeadMask,
    /// Attention weights of each layer as the grid draws them: `[1, HEADS, T, T]`, or the largest of
    /// each block of cells where T is more than the grid has room for.
    pub thumbs: Vec<Tensor>,
    /// Cosine of the sentence's vector to that with all heads at work.
    drift: Option<Tensor>,
    /// Cosine of the two sentences, with all heads and as shown.
    similarity: Option<[Tensor; 2]>,
}

impl Recorded {
    /// Records `sentence` and, unless it is blank, `second`.
    pub fn new(
        plan: &mut Plan,
        encoder: &Encoder,
        sentence: &str,
        second: &str,
        muted: HeadMask,
    ) -> Result<Self, Problem> {
        let config = encoder.model.config();
        let first = Side::new(plan, encoder, sentence, &muted)?;
        let second = match second.trim() {
            "" => None,
            text => Some(Side::new(plan, encoder, text, &muted)?),
        };
        let mut thumbs = Vec::new();
        for layer in &first.shown.layers {
            let p = &layer.attention.probabilities;
            thumbs.push(match first.labels.len() > THUMB {
                true => adaptive_max_pool(plan, p, &[THUMB, THUMB])?.0,
                false => p.clone(),
            });
        }
        let drift = match muted.is_empty() {
            true => None,
            false => Some(record_similarity(plan, &first.intact.sentence, &first.shown.sentence)?),
        };
        let similarity = match &second {
            None => None,
            Some(second) => {
                let intact = record_similarity(plan, &first.intact.sentence, &second.intact.sentence)?;
                let shown = match &drift {
                    None => intact.clone(),
                    Some(_) => record_similarity(plan, &first.shown.sentence, &second.shown.sentence)?,
                };
                Some([intact, shown])
            }
        };
        Ok(Self {
            name: encoder.name(),
            layers: config.layers,
            heads: config.heads,
            head_size: config.head_size(),
            max_tokens: encoder.max_tokens(),
            first,
            second,
            muted,
            thumbs,
            drift,
            similarity,
        })
    }

    /// The tensors of a layer of the sentence, counted from 0.
    pub fn layer(&self, layer: usize) -> &LayerTensors {
        &self.first.shown.layers[layer]
    }

    /// Whether the grid shows blocks of cells.
    pub fn in_blocks(&self) -> bool {
        self.first.labels.len() > THUMB
    }

    /// What was cut off the sentences.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        self.sides().filter_map(|side| side.note.as_deref())
    }

    /// The sentences, one or two.
    fn sides(&self) -> impl Iterator<Item = &Side> {
        [Some(&self.first), self.second.as_ref()].into_iter().flatten()
    }

    /// The figures above the picture.
    pub fn facts(&self, view: &mut View<'_>) -> Vec<(&'static str, String)> {
        let mut cosine = |tensor: &Tensor| {
            let value = view.values(tensor).and_then(|v| v.first().copied());
            value.map_or_else(|| "…".to_owned(), |v| format!("{v:.4}"))
        };
        let counts: Vec<String> = self.sides().map(|side| side.labels.len().to_string()).collect();
        let mut facts = vec![
            ("Encoder", self.name.clone()),
            ("Layers × heads", format!("{} × {}", self.layers, self.heads)),
            ("Tokens", format!("{} of {}", counts.join(" and "), self.max_tokens)),
        ];
        if let Some(drift) = &self.drift {
            facts.push(("Cosine to unmuted", cosine(drift)));
        }
        if let Some([intact, shown]) = &self.similarity {
            let figure = match self.muted.is_empty() {
                true => cosine(shown),
                false => format!("{}, unmuted {}", cosine(shown), cosine(intact)),
            };
            facts.push(("Similarity", figure));
        }
        facts
    }
}
