//! The row of free pictures to choose from, on pages that show the user's picture.

use egui::{ColorImage, ImageSource, TextureOptions, Ui, Vec2, WidgetInfo};

use super::Shell;
use crate::data::gallery::{GALLERY, SCHEME as GALLERY_SCHEME, Sample};

/// Side of a thumbnail in points at most; the texture has twice as many pixels.
const SIDE: f32 = 40.0;
/// Space between two, and the frame of a button on both sides.
const SPACE: f32 = 4.0;

impl Shell {
    /// Thumbnails; a click shows the picture on every page.
    pub(super) fn gallery(&mut self, ui: &mut Ui) {
        if !self.page().reads_picture() {
            return;
        }
        if self.thumbnails.is_empty() {
            let made = |sample: &Sample| {
                ui.ctx().load_texture(sample.name, thumbnail(sample), TextureOptions::LINEAR)
            };
            self.thumbnails = GALLERY.iter().map(made).collect();
        }
        let shown = self.inputs.picture().name().to_owned();
        let mut chosen = None;
        ui.horizontal(|ui| {
            let count = GALLERY.len() as f32;
            let each = (ui.available_width() - SPACE * (count - 1.0)) / count;
            let side = (each - SPACE).floor().min(SIDE);
            ui.spacing_mut().item_spacing.x = SPACE;
            ui.spacing_mut().button_padding = Vec2::splat(2.0);
            for (sample, texture) in GALLERY.iter().zip(&self.thumbnails) {
                let image = egui::Image::new(ImageSource::Texture((texture.id(), Vec2::splat(side)).into()));
                let button = ui.add(egui::Button::image(image).selected(shown == sample.file()));
                button.widget_info(|| {
                    let selected = shown == sample.file();
                    WidgetInfo::selected(egui::Role::Button, true, selected, sample.title)
                });
                if button.on_hover_text(sample.title).clicked() {
                    chosen = Some(sample);
                }
            }
        });
        if let Some(sample) = chosen {
            self.set_picture(sample.picture());
            self.picture_from = Some(format!("{GALLERY_SCHEME}{}", sample.name));
        }
    }
}

/// The middle of the picture.
fn thumbnail(sample: &Sample) -> ColorImage {
    let side = 2 * SIDE as usize;
    let values = sample.picture().square(side as u32).values;
    let plane = side * side;
    let byte = |v: f32| (v * 255.0).round() as u8;
    let rgb: Vec<u8> = (0..plane).flat_map(|i| [0, 1, 2].map(|c| byte(values[c * plane + i]))).collect();
    ColorImage::from_rgb([side, side], &rgb)
}
