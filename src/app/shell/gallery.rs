//! The row of free pictures to choose from, on pages that show the user's picture.

use std::sync::Arc;

use egui::{ColorImage, ImageSource, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo};

use super::Shell;
use crate::app::own_picture::OwnPicture;
use crate::data::Picture;
use crate::data::gallery::{GALLERY, SCHEME as GALLERY_SCHEME};

/// Side of a thumbnail in points at most; the texture has twice as many pixels.
const SIDE: f32 = 40.0;
/// Space between two, and the frame of a button on both sides.
const SPACE: f32 = 4.0;

impl Shell {
    /// Thumbnails, the user's own first; a click shows the picture on every page.
    pub(super) fn gallery(&mut self, ui: &mut Ui) {
        if !self.page().reads_picture() {
            return;
        }
        let load = |name: &str, picture: &Picture| {
            ui.ctx().load_texture(name, thumbnail(picture), TextureOptions::LINEAR)
        };
        if self.thumbnails.is_empty() {
            self.thumbnails = GALLERY.iter().map(|sample| load(sample.name, &sample.picture())).collect();
        }
        let shown = self.inputs.picture().name().to_owned();
        let picture = self.inputs.picture();
        let kept = |own: &OwnPicture| Arc::ptr_eq(own.picture.rgb(), picture.rgb());
        if GALLERY.iter().all(|sample| sample.file() != shown) && !self.own_picture.as_ref().is_some_and(kept)
        {
            let picture = picture.clone();
            let texture = load("own picture", &picture);
            self.own_picture = Some(OwnPicture { picture, texture, from: self.picture_from.clone() });
        }
        let mut chosen = None;
        let mut own_chosen = false;
        ui.horizontal(|ui| {
            let count = (GALLERY.len() + usize::from(self.own_picture.is_some())) as f32;
            let each = (ui.available_width() - SPACE * (count - 1.0)) / count;
            let side = (each - SPACE).floor().min(SIDE);
            ui.spacing_mut().item_spacing.x = SPACE;
            ui.spacing_mut().button_padding = Vec2::splat(2.0);
            let image = |texture: &TextureHandle| {
                egui::Image::new(ImageSource::Texture((texture.id(), Vec2::splat(side)).into()))
            };
            if let Some(own) = &self.own_picture {
                let name = own.picture.name().to_owned();
                let button = ui.add(egui::Button::image(image(&own.texture)).selected(shown == name));
                button.widget_info(|| {
                    WidgetInfo::selected(
                        egui::Role::Button,
                        true,
                        shown == name,
                        format!("Your picture {name}"),
                    )
                });
                own_chosen = button.on_hover_text(format!("Your picture: {name}")).clicked();
            }
            for (sample, texture) in GALLERY.iter().zip(&self.thumbnails) {
                let button = ui.add(egui::Button::image(image(texture)).selected(shown == sample.file()));
                button.widget_info(|| {
                    let selected = shown == sample.file();
                    WidgetInfo::selected(egui::Role::Button, true, selected, sample.title)
                });
                if button.on_hover_text(sample.title).clicked() {
                    chosen = Some(sample);
                }
            }
        });
        if own_chosen && let Some(own) = &self.own_picture {
            let (picture, from) = (own.picture.clone(), own.from.clone());
            self.set_picture(picture);
            self.picture_from = from;
        }
        if let Some(sample) = chosen {
            self.set_picture(sample.picture());
            self.picture_from = Some(format!("{GALLERY_SCHEME}{}", sample.name));
        }
    }
}

/// The middle of the picture.
fn thumbnail(picture: &Picture) -> ColorImage {
    let side = 2 * SIDE as usize;
    let values = picture.square(side as u32).values;
    let plane = side * side;
    let byte = |v: f32| (v * 255.0).round() as u8;
    let rgb: Vec<u8> = (0..plane).flat_map(|i| [0, 1, 2].map(|c| byte(values[c * plane + i]))).collect();
    ColorImage::from_rgb([side, side], &rgb)
}
