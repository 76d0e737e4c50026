//! Where the parts of a page's body stand: pure arithmetic, so that every page is laid out alike.
//!
//! A page says what it has, row by row. The comparison is tried below the hero and at its right, and the
//! place that leaves the hero larger is taken. In narrow rooms all becomes one column that scrolls.

mod choose;
mod fold;
mod place;
mod tiles;
mod wide;

pub use choose::fit;
pub use place::{Cell, Metrics, Panel, Placement, Row, edge};
pub use tiles::tiles;
