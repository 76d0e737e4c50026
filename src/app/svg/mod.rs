//! Figures as SVG, from the shapes that egui was given: shapes and words stay what they are, pictures of maps
//! lie between them.

mod base64;
mod document;
mod shapes;
mod text;

pub use document::escaped;
pub use shapes::drawing;
