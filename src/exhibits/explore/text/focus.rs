//! What is looked at in the picture, and what a click on it asks for.

/// The head and the query that are looked at, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Focus {
    /// Its layer.
    pub layer: usize,
    /// Its head.
    pub head: usize,
    /// Its query.
    pub query: usize,
}

/// What a click on the picture asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
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
