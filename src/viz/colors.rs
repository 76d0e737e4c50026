//! Colour maps as tables of 256 packed RGBA values: perceptually even, readable without red-green
//! vision.

use std::sync::{Arc, LazyLock};

use crate::ops::view::rgba;

/// What kind of values a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// Values with a direction from little to much.
    Sequential,
    /// Signed values, drawn with 0 in the middle.
    Diverging,
    /// Three planes as red, green and blue in 0..1.
    Rgb,
    /// Zeros and ones: kept and dropped.
    Mask,
}

/// Packed colour of NaN.
pub const NAN: u32 = rgba(255, 0, 200, 255);
/// Packed colour of infinities.
pub const INFINITE: u32 = rgba(0, 230, 230, 255);

fn table(f: impl Fn(f64) -> [u8; 3]) -> Arc<[u32]> {
    (0..256)
        .map(|i| {
            let [r, g, b] = f(f64::from(i) / 255.0);
            rgba(r, g, b, 255)
        })
        .collect()
}

fn rgb(color: colorous::Color) -> [u8; 3] {
    [color.r, color.g, color.b]
}

impl Look {
    /// 256 colours, packed as the kernels write them (red in the lowest byte).
    pub fn lut(self) -> Arc<[u32]> {
        static SEQUENTIAL: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| table(|t| rgb(colorous::VIRIDIS.eval_continuous(t))));
        // Blue for negative, red for positive, as in most papers.
        static DIVERGING: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| table(|t| rgb(colorous::RED_BLUE.eval_continuous(1.0 - t))));
        static MASK: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| table(|t| if t < 0.5 { [46, 50, 60] } else { [238, 240, 244] }));
        match self {
            Self::Sequential | Self::Rgb => SEQUENTIAL.clone(),
            Self::Diverging => DIVERGING.clone(),
            Self::Mask => MASK.clone(),
        }
    }

    /// The colour of `value` in the range, as the GPU draws it.
    pub fn color(self, value: f32, (lo, hi): (f32, f32)) -> egui::Color32 {
        let (lo, hi) = self.span((lo, hi));
        let t = match () {
            () if hi > lo => ((value - lo) / (hi - lo)).clamp(0.0, 1.0),
            // Nothing above 0 is nothing, not half of something.
            () if self != Self::Diverging && hi <= 0.0 => 0.0,
            () => 0.5,
        };
        let packed = match value {
            v if v.is_nan() => NAN,
            v if v.is_infinite() => INFINITE,
            _ => self.lut()[(t * 256.0).min(255.0) as usize],
        };
        let [r, g, b, _] = packed.to_le_bytes();
        egui::Color32::from_rgb(r, g, b)
    }

    /// The range as drawn: around 0 for signed values.
    pub fn span(self, (lo, hi): (f32, f32)) -> (f32, f32) {
        match self {
            Self::Diverging => {
                let m = lo.abs().max(hi.abs());
                (-m, m)
            }
            Self::Mask => (0.0, 1.0),
            _ => (lo, hi),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_is_everything_has_the_colour_of_nothing() {
        let ends = |look: Look| {
            let lut = look.lut();
            [0, 128].map(|i| {
                let [r, g, b, _] = lut[i].to_le_bytes();
                egui::Color32::from_rgb(r, g, b)
            })
        };
        let zeros = |look: Look| look.color(0.0, (0.0, 0.0));
        assert_eq!(zeros(Look::Sequential), ends(Look::Sequential)[0]);
        assert_eq!(zeros(Look::Diverging), ends(Look::Diverging)[1]);
        assert_eq!(Look::Sequential.color(3.0, (3.0, 3.0)), ends(Look::Sequential)[1]);
    }
}
