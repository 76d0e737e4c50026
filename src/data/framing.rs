//! Which part of a picture a network sees, and at what size.

use std::sync::PoisonError;

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Rgb};

use super::picture::Picture;
use super::planar::{Cut, MAX_PLANE_SIDE, PlanarRgb, planar};

impl Picture {
    /// The picture as a square of `side` pixels: the middle of its longer axis is kept, and the
    /// whole is scaled up or down with a triangle filter that averages when it shrinks. `side` is
    /// brought into 1..=[`MAX_PLANE_SIDE`].
    #[must_use]
    pub fn square(&self, side: u32) -> PlanarRgb {
        let side = side.clamp(1, MAX_PLANE_SIDE);
        // Cropping first gives the same picture as scaling first, up to the outermost pixels,
        // and a picture of 16384 x 1 cannot blow up on the way.
        let kept = self.width().min(self.height());
        let left = (self.width() - kept) / 2;
        let top = (self.height() - kept) / 2;
        let view = self.view();
        let square = imageops::crop_imm(&view, left, top, kept, kept);
        planar(&imageops::resize(&*square, side, side, FilterType::Triangle))
    }

    /// The middle of the picture, scaled to `width` x `height` pixels: of its shorter side (measured in
    /// sides of the result) the share `crop` is kept. Bicubic as in PIL, with a filter that widens
    /// when it shrinks, so that the networks trained on its pictures see what they know.
    ///
    /// Asked for again, the last result is given: the same allocation, which is uploaded once.
    #[must_use]
    pub fn centre(&self, width: u32, height: u32, crop: f32) -> PlanarRgb {
        let (width, height) = (width.clamp(1, MAX_PLANE_SIDE), height.clamp(1, MAX_PLANE_SIDE));
        // Pixels of the picture for a pixel of the result, such that the cut fits on both axes.
        let (across, down) = (self.width() as f32 / width as f32, self.height() as f32 / height as f32);
        let scale = across.min(down) * crop.clamp(0.01, 1.0);
        // Whole pixels; the little more makes up for the division.
        let kept = |side: u32, whole: u32| ((side as f32 * scale + 1e-3) as u32).clamp(1, whole);
        let (wide, tall) = (kept(width, self.width()), kept(height, self.height()));
        let (left, top) = ((self.width() - wide) / 2, (self.height() - tall) / 2);
        let key = [left, top, wide, tall, width, height];
        let mut last = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Cut { planes, .. }) = last.as_ref().filter(|cut| cut.key == key) {
            return planes.clone();
        }
        let view = self.view();
        let cut = imageops::crop_imm(&view, left, top, wide, tall);
        let planes = planar(&imageops::resize(&*cut, width, height, FilterType::CatmullRom));
        *last = Some(Cut { key, planes: planes.clone() });
        planes
    }

    /// The whole picture, scaled down so that its longer side has at most `max_side` pixels; the
    /// ratio of the sides stays, up to rounding. A smaller picture keeps its size. `max_side`
    /// is brought into 1..=[`MAX_PLANE_SIDE`].
    #[must_use]
    pub fn fit_within(&self, max_side: u32) -> PlanarRgb {
        let max_side = max_side.clamp(1, MAX_PLANE_SIDE);
        let longer = self.width().max(self.height());
        if longer <= max_side {
            return planar(&self.view());
        }
        let scaled = |side: u32| {
            // The sides are at most 2^14 and 2^12, so the product fits.
            ((side * max_side + longer / 2) / longer).max(1)
        };
        planar(&imageops::resize(
            &self.view(),
            scaled(self.width()),
            scaled(self.height()),
            FilterType::Triangle,
        ))
    }

    fn view(&self) -> ImageBuffer<Rgb<u8>, &[u8]> {
        ImageBuffer::from_raw(self.width(), self.height(), &**self.rgb())
            .expect("rgb holds three bytes per pixel since it was decoded")
    }
}
