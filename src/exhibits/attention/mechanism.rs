//! The mechanisms by name.

use crate::choices;
use crate::settings::Choice as _;

choices! {
    /// How a query looks at keys.
    pub enum Mechanism {
        Dot = "scaled dot-product", MultiHead = "multi-head", Cross = "cross", Luong = "Luong dot",
        General = "general", Concat = "concat", Additive = "additive", Location = "location",
        Convolved = "previous alignment", LocalM = "local-m", LocalP = "local-p", Entity = "entity-aware",
        Grouped = "grouped-query", MultiQuery = "multi-query", Sliding = "sliding window", Linear = "linear",
    }
}

impl Mechanism {
    /// Its name below a small picture.
    pub fn short(self) -> &'static str {
        match self {
            Self::Dot => "scaled dot",
            Self::Convolved => "prev. align.",
            _ => self.name(),
        }
    }

    /// What its weights are called.
    pub fn weights(self) -> &'static str {
        match self {
            Self::Dot => "attention weights",
            Self::MultiHead => "mean weights of all heads",
            Self::Cross => "weights across sentences",
            Self::Luong => "weights of Luong's dot scores",
            Self::General => "weights of general scores",
            Self::Concat => "weights of concat scores",
            Self::Additive => "weights of additive scores",
            Self::Location => "weights of location scores",
            Self::Convolved => "weights from the previous alignment",
            Self::LocalM => "weights of local-m",
            Self::LocalP => "weights of local-p",
            Self::Entity => "weights that know the entities",
            Self::Grouped => "weights of grouped queries",
            Self::MultiQuery => "weights of multi-query",
            Self::Sliding => "weights of the sliding window",
            Self::Linear => "weights that linear attention amounts to",
        }
    }

    /// How it scores a pair, in a line.
    pub fn formula(self) -> &'static str {
        match self {
            Self::Dot | Self::MultiHead => "q · k ÷ √d, all words",
            Self::Cross => "its q · k of the first sentence",
            Self::Luong => "x · x, no projection, no scale",
            Self::General => "x · W · x, W taught",
            Self::Concat => "v · tanh(W[x; x]), taught",
            Self::Additive => "v · tanh(W₁x + W₂x), taught",
            Self::Location => "W · x of the query alone, taught",
            Self::Convolved => "where the word before looked",
            Self::LocalM => "q · k within the window",
            Self::LocalP => "q · k near a predicted place",
            Self::Entity => "places of two marked words, taught",
            Self::Grouped | Self::MultiQuery => "q · shared k",
            Self::Sliding => "q · k of words before it",
            Self::Linear => "φ(q) · φ(k), φ = elu + 1",
        }
    }

    /// Whether it is one head of the real layer, or made of one.
    pub fn has_head(self) -> bool {
        !matches!(self, Self::Luong | Self::Convolved | Self::Entity) && !self.imitates()
    }

    /// Whether it was taught to look where a head looks, from the words.
    pub fn imitates(self) -> bool {
        matches!(self, Self::General | Self::Concat | Self::Additive | Self::Location)
    }

    /// Whether it looks at a window only.
    pub fn has_window(self) -> bool {
        matches!(self, Self::LocalM | Self::LocalP | Self::Sliding)
    }

    /// Whether its queries come from the second sentence.
    pub fn is_cross(self) -> bool {
        self == Self::Cross
    }
}
