//! The mechanisms by name.

use crate::choices;
use crate::settings::Choice as _;

choices! {
    /// How a query looks at keys.
    pub enum Mechanism {
        Dot = "scaled dot-product", MultiHead = "multi-head", Cross = "cross", Luong = "Luong dot",
        LocalM = "local-m", Grouped = "grouped-query", MultiQuery = "multi-query",
        Sliding = "sliding window", Linear = "linear",
    }
}

impl Mechanism {
    /// Its name below a small picture.
    pub fn short(self) -> &'static str {
        match self {
            Self::Dot => "scaled dot",
            _ => self.name(),
        }
    }

    /// How it scores a pair, in a line.
    pub fn formula(self) -> &'static str {
        match self {
            Self::Dot | Self::MultiHead => "q · k ÷ √d, all words",
            Self::Cross => "its q · k of the first sentence",
            Self::Luong => "x · x, no projection, no scale",
            Self::LocalM => "q · k within the window",
            Self::Grouped | Self::MultiQuery => "q · shared k",
            Self::Sliding => "q · k of words before it",
            Self::Linear => "φ(q) · φ(k), φ = elu + 1",
        }
    }

    /// Whether it is one head of the real layer, or made of one.
    pub fn has_head(self) -> bool {
        self != Self::Luong
    }

    /// Whether it looks at a window only.
    pub fn has_window(self) -> bool {
        matches!(self, Self::LocalM | Self::Sliding)
    }

    /// Whether its queries come from the second sentence.
    pub fn is_cross(self) -> bool {
        self == Self::Cross
    }
}
