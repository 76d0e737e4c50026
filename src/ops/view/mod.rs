//! Tensors to pixels: heatmaps of any number of maps as one picture, and photos.
//!
//! `colormap`: `level = floor(256·(x − lo)/(hi − lo))`, held to 0..255, then `lut[level]`;
//! `rgb`: `level = round(255·(x·scale + bias))`, held to 0..255. `x` is any tensor seen by a
//! [`Planes`](super::range::Planes), `pixels [HEIGHT, PITCH]` are `u32` with red in the lowest byte, then green, blue, alpha.
//! A row is a multiple of 64 pixels long, as copies into a texture demand.
//!
//! The references compute levels in `f32`, because `f64` would round some to the neighbour and then
//! nothing could be compared exactly; the shaders order their operations so that every adapter
//! rounds the same way.

mod colormap;
mod pixels;
mod rgb;

pub use colormap::{COLORMAP, Colormap, Heatmap, colormap};
pub use pixels::{MAX_SIDE, Pixels, rgba};
pub use rgb::{RGB, Rgb, rgb};
