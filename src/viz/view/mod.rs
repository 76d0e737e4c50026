//! What an exhibit draws with: maps of tensors with colour bar, numbers, outlines and inspector.

mod bar;
mod labels;
mod map;
mod marks;
mod offered;
mod panel;

pub use map::{MapResponse, MapStyle, Part, View};
