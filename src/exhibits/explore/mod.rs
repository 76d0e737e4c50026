//! Whole networks on the user's own picture, sentence and model.

mod network;
mod own;
mod text;
mod vision;

pub use own::OwnModel;
pub use text::Text;
pub use vision::Vision;
