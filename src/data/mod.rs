//! What the networks are fed with, and the plain files that carry arrays in and out.
//!
//! [`picture`] reads image files, [`groups`] finds folders of them, [`gallery`] has a few, [`planar`] makes `[3, H, W]`
//! tensors of them, [`npy`] writes and reads NumPy arrays, [`npz`] reads archives of them, [`table`] tables for spreadsheets; [`fashion`], [`cluttered`], [`stripes`],
//! [`toy`], [`text`] and [`signal`] are what small networks learn from, [`sound`] is real speech.
//! Everything here runs on the CPU in `f32` and knows neither the GPU nor the window.

mod animation;
pub mod cluttered;
pub mod fashion;
mod framing;
pub mod gallery;
pub mod groups;
mod jpeg;
pub mod marked;
pub mod npy;
pub mod npz;
pub mod picture;
pub mod planar;
pub mod png;
pub mod signal;
pub mod sound;
pub mod stripes;
pub mod table;
pub mod text;
pub mod toy;

pub use picture::{Picture, PictureError};
pub use planar::PlanarRgb;
