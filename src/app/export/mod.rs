//! What is taken away from a page: pictures, drawings, numbers, and a training that moves.

mod film;
mod make;
mod pending;
mod steps;
mod wanted;

pub use film::{Film, Motion};
pub use make::{Served, make, picture, serve};
pub use pending::Exports;
pub use steps::{MOST_FRAMES, steps};
pub use wanted::{ExportError, Kind, Made, Wanted, file_stem};
