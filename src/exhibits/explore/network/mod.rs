//! A network drawn from left to right, with what every layer makes of the input: its maps, their spread,
//! what a unit sees, which places speak for a class, and what changes when a layer is changed.

mod activation;
mod classes;
mod edits;
mod explorer;
mod feed;
mod input;
mod list;
mod maps;
mod photo;
mod shown;
mod spread;
mod strip;

pub use explorer::Explorer;
pub use shown::Shown;
