//! Pictures as networks take them: `[3, H, W]` planes.

use std::ops::Deref;
use std::sync::Arc;

use image::{ImageBuffer, Rgb};

/// The longest side of a tensor made here, in pixels: three planes of it take 201 MB.
pub const MAX_PLANE_SIDE: u32 = 4096;

/// A picture as a network wants it: `values` is `[3, height, width]` in C order, red plane first,
/// each value a multiple of 1/255 in 0..=1.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanarRgb {
    /// Rows per plane, at least 1.
    pub height: usize,
    /// Values per row, at least 1.
    pub width: usize,
    /// `3 * height * width` values.
    pub values: Arc<[f32]>,
}

impl PlanarRgb {
    /// `[3, height, width]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [3, self.height, self.width]
    }
}

/// A part of a picture, scaled.
pub(super) struct Cut {
    /// Its left, top, width and height in the picture, then width and height of the result.
    pub key: [u32; 6],
    /// The result.
    pub planes: PlanarRgb,
}

/// `[H, W, 3]` bytes to `[3, H, W]` values in 0..=1.
pub(super) fn planar<C: Deref<Target = [u8]>>(picture: &ImageBuffer<Rgb<u8>, C>) -> PlanarRgb {
    let interleaved: &[u8] = picture.as_raw();
    let values = (0..3)
        .flat_map(|channel| interleaved.iter().skip(channel).step_by(3))
        .map(|&byte| f32::from(byte) / 255.0)
        .collect();
    PlanarRgb { height: picture.height() as usize, width: picture.width() as usize, values }
}
