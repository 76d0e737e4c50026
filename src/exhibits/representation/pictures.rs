//! How small pictures of a data set are drawn.

use crate::viz::{Look, MapStyle, Range};

/// How pictures are drawn: black to white.
pub fn bright(title: &str) -> MapStyle<'_> {
    MapStyle::panel(title, "", Look::Brightness).range(Range::Fixed(0.0, 1.0)).untitled().unwritten()
}
