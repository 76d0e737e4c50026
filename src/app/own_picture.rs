//! The user's own picture, to come back to after one of the gallery.

use crate::data::Picture;

/// A picture that is not the gallery's.
pub struct OwnPicture {
    /// The picture.
    pub picture: Picture,
    /// Its middle, small.
    pub texture: egui::TextureHandle,
    /// The file that it comes from.
    pub from: Option<String>,
}
