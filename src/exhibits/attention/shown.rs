//! The settings of the page on attention, and what it shows.

use super::mechanism::Mechanism;
use super::mechanisms::Compared;
use super::projection::Projection;
use super::query::telling;
use super::recorded::Stages;
use crate::exhibits::inputs::SENTENCE;
use crate::settings::Choice as _;
use crate::{choices, settings};

/// Heads of the real layer.
pub const HEADS: usize = 12;
/// The sentence that asks the first.
const SECOND: &str = "Why did it stay?";

choices! {
    /// Where queries, keys and values come from.
    pub enum Projected { Real = "real layer", Random = "random weights" }
}

choices! {
    /// Channels of a head.
    pub enum Width {
        W2 = "2", W8 = "8", W32 = "32", W64 = "64", W128 = "128", W256 = "256", W512 = "512",
    }
}

impl Width {
    /// Their number.
    pub fn channels(self) -> usize {
        [2, 8, 32, 64, 128, 256, 512][self.index()]
    }
}

choices! {
    /// Which keys a query may not see.
    pub enum Masked { None = "none", Causal = "causal", Padding = "padding" }
}

choices! {
    /// Heads of keys and values that grouped queries have.
    pub enum Groups { G2 = "2", G3 = "3", G4 = "4", G6 = "6" }
}

impl Groups {
    /// Their number.
    pub fn count(self) -> usize {
        [2, 3, 4, 6][self.index()]
    }
}

settings! {
    /// The page.
    pub struct AttentionMechanisms {
        pub(super) sentence: String = SENTENCE.into(),
        pub(super) second: String = SECOND.into(),
        pub(super) source: Projected = Projected::Real,
        pub(super) mechanism: Mechanism = Mechanism::Dot,
        pub(super) d_k: Width = Width::W32,
        pub(super) heads: u32 = 1,
        pub(super) scale: bool = true,
        pub(super) mask: Masked = Masked::None,
        pub(super) padding: u32 = 4,
        pub(super) temperature: f32 = 1.0,
        pub(super) head: u32 = 6,
        pub(super) query: u32 = 0,
        pub(super) window: u32 = 2,
        pub(super) groups: Groups = Groups::G4,
        pub(super) first: u32 = 3,
        pub(super) other: u32 = 9,
        pub(super) mute: Vec<f32> = vec![0.0; HEADS],
    }
}

/// What was recorded.
pub struct Shown {
    /// The words, and those of the second sentence.
    pub words: [Vec<String>; 2],
    /// What was cut off.
    pub note: Option<String>,
    /// Which keys are hidden.
    pub mask: Masked,
    /// Tokens at the end that count as padding.
    pub padded: usize,
    /// What was made of them.
    pub made: Made,
}

/// What is made of the words.
pub enum Made {
    /// The real layer, by every mechanism.
    Real(Box<Layer>),
    /// Random weights as set, and with the scale turned the other way.
    Random(Box<[Stages; 2]>),
}

/// What is made with the real layer.
pub struct Layer {
    /// All mechanisms.
    pub compared: Compared,
    /// The output projection, where several heads are looked at.
    pub projection: Option<Projection>,
    /// The mechanism, head, window and groups that were recorded.
    pub of: Mechanism,
    pub head: usize,
    pub reach: usize,
    pub groups: usize,
    /// Places of the two marked words, from 0.
    pub entities: [usize; 2],
    /// Which heads are muted.
    pub muted: Vec<bool>,
}

impl Layer {
    /// Words that ask: the second sentence's, where it asks the first.
    pub fn asking<'s>(&self, shown: &'s Shown) -> &'s [String] {
        &shown.words[usize::from(self.of.is_cross())]
    }
}

impl AttentionMechanisms {
    /// The query and the key that are looked at: the query that was chosen, or the most telling pair.
    pub fn pair(&self, words: [&[String]; 2], map: &[f32]) -> [usize; 2] {
        let chosen = (self.query as usize).checked_sub(1).filter(|query| *query < words[0].len());
        telling(map, words, chosen)
    }

    /// The head that is looked at, of so many, from 0.
    pub fn head_of(&self, heads: usize) -> usize {
        (self.head as usize).clamp(1, heads) - 1
    }

    /// Which heads are muted.
    pub fn muted(&self) -> Vec<bool> {
        (0..HEADS).map(|head| self.mute.get(head).is_some_and(|mark| *mark != 0.0)).collect()
    }
}
