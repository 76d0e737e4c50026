//! How small pictures are drawn.

use crate::viz::{Look, MapStyle, Range};

/// How pictures are drawn: black to white.
pub fn bright(title: &str) -> MapStyle<'_> {
    small(title, Look::Brightness)
}

/// The same in colours.
pub fn photo(title: &str) -> MapStyle<'_> {
    small(title, Look::Rgb)
}

fn small(title: &str, look: Look) -> MapStyle<'_> {
    MapStyle::panel(title, "", look).range(Range::Fixed(0.0, 1.0)).untitled().unwritten()
}
