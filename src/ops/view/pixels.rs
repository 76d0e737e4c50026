//! Pictures as buffers of packed pixels.

use crate::gpu::{DType, Plan, Tensor};
use crate::ops::OpError;

/// Rows start at multiples of so many pixels: 256 bytes.
pub(super) const PITCH: usize = 64;
/// Most pixels along a side: what 2-D textures of WebGPU hold.
pub const MAX_SIDE: usize = 8192;

/// A packed colour.
pub const fn rgba(r: u8, g: u8, b: u8, a: u8) -> u32 {
    u32::from_le_bytes([r, g, b, a])
}

pub(super) fn hex(colour: u32) -> String {
    let [r, g, b, _] = colour.to_le_bytes();
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A picture in a buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// `[HEIGHT, PITCH]`, packed.
    pub tensor: Tensor,
    /// Pixels in a row that belong to the picture.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Pixels from a row to the next, a multiple of 64.
    pub pitch: usize,
}

pub(super) fn pixels(plan: &mut Plan, width: u32, height: u32, pitch: u32) -> Pixels {
    let [width, height, pitch] = [width, height, pitch].map(|v| v as usize);
    let tensor = plan.temporary("pixels", &[height, pitch], DType::U32);
    Pixels { tensor, width, height, pitch }
}

pub(super) fn limit_sides(op: &'static str, width: usize, height: usize) -> Result<(), OpError> {
    if width > MAX_SIDE || height > MAX_SIDE {
        let (have, want) = (vec![height, width], format!("a picture of at most {MAX_SIDE} pixels a side"));
        return Err(OpError::Shape { op, what: "the picture", have, want });
    }
    Ok(())
}
