//! egui's own textures (its fonts, mostly) on the CPU: painted from where there is no adapter, and
//! given again to a renderer on a new device after the old one was lost.

use std::collections::HashMap;

use egui::epaint::{ImageData, ImageDelta};
use egui::{ColorImage, TextureId, TextureOptions, TexturesDelta};

/// All textures that egui has made and not let go.
#[derive(Clone, Default)]
pub struct Textures(HashMap<TextureId, (ColorImage, TextureOptions)>);

impl Textures {
    /// Takes in what a frame has made or changed.
    pub fn apply(&mut self, delta: &TexturesDelta) {
        for (id, deltas) in &delta.set {
            for delta in deltas {
                self.set(*id, delta);
            }
        }
    }

    fn set(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let Some([left, top]) = delta.pos else {
            self.0.insert(id, (image.as_ref().clone(), delta.options));
            return;
        };
        let Some((whole, _)) = self.0.get_mut(&id) else { return };
        let width = whole.width();
        for (row, line) in image.pixels.chunks_exact(image.width().max(1)).enumerate() {
            let at = (top + row) * width + left;
            if let Some(to) = whole.pixels.get_mut(at..at + line.len()) {
                to.copy_from_slice(line);
            }
        }
    }

    /// Lets go of what a frame was the last to use; after painting it.
    pub fn free(&mut self, delta: &TexturesDelta) {
        for id in &delta.free {
            self.0.remove(id);
        }
    }

    /// The texture of an id.
    pub fn get(&self, id: TextureId) -> Option<&(ColorImage, TextureOptions)> {
        self.0.get(&id)
    }

    /// Everything, as for a renderer that has seen nothing.
    pub fn all(&self) -> impl Iterator<Item = (TextureId, ImageDelta)> {
        self.0.iter().map(|(id, (image, options))| (*id, ImageDelta::full(image.clone(), *options)))
    }
}
