//! Colour maps as tables of 256 packed RGBA values: perceptually even, readable without red-green
//! vision.

use std::sync::{Arc, LazyLock};

use super::theme;
use crate::ops::view::rgba;

/// What kind of values a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// Values with a direction from little to much.
    Sequential,
    /// Signed values, drawn with 0 in the middle, which is white.
    Diverging,
    /// The same on a dark ground, on which white would glare: the middle is as dark. See [`Look::on`].
    DivergingDark,
    /// Three planes as red, green and blue in 0..1.
    Rgb,
    /// One plane from dark to bright: pictures without colour, and what filters leave of them.
    Brightness,
    /// Zeros and ones: kept and dropped.
    Mask,
    /// Amounts laid over a picture: up to 0 transparent, then the more, the hotter and the denser.
    Heat,
}

/// Blue, cyan and nearly white as `t` goes from 0 to 1, multiplied with an alpha of `t`: most photos are warm, and
/// red on a red cat is not seen.
fn heat(t: f64) -> u32 {
    let channel = |c: f64| (c.clamp(0.0, 1.0) * t * 255.0).round() as u8;
    rgba(channel(2.0 * t - 1.0), channel(0.3 + 1.1 * t), channel(1.0), channel(1.0))
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

/// The colour at `t`, 0 to 1, of a few colours in equal steps.
fn between(map: &[egui::Color32], t: f64) -> [u8; 3] {
    let [r, g, b, _] = theme::along(map, t as f32).to_array();
    [r, g, b]
}

impl Look {
    /// The look on the ground of a theme.
    #[must_use]
    pub fn on(self, dark: bool) -> Self {
        match self {
            Self::Diverging | Self::DivergingDark if dark => Self::DivergingDark,
            Self::DivergingDark => Self::Diverging,
            look => look,
        }
    }

    /// 256 colours, packed as the kernels write them (red in the lowest byte), multiplied with their alpha.
    pub fn lut(self) -> Arc<[u32]> {
        static SEQUENTIAL: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| table(|t| rgb(colorous::VIRIDIS.eval_continuous(t))));
        // Blue for negative, red for positive, as in most papers.
        static DIVERGING: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| table(|t| between(&theme::DIVERGING_LIGHT, t)));
        static DIVERGING_DARK: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| table(|t| between(&theme::DIVERGING_DARK, t)));
        static MASK: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| table(|t| if t < 0.5 { [46, 50, 60] } else { [238, 240, 244] }));
        // The upper half, as 0 lies in the middle.
        static HEAT: LazyLock<Arc<[u32]>> =
            LazyLock::new(|| (0..256).map(|i| heat(f64::from(i - 128).max(0.0) / 127.0)).collect());
        static BRIGHTNESS: LazyLock<Arc<[u32]>> = LazyLock::new(|| table(|t| between(&theme::BRIGHTNESS, t)));
        match self {
            Self::Heat => HEAT.clone(),
            Self::Brightness => BRIGHTNESS.clone(),
            Self::Sequential | Self::Rgb => SEQUENTIAL.clone(),
            Self::Diverging => DIVERGING.clone(),
            Self::DivergingDark => DIVERGING_DARK.clone(),
            Self::Mask => MASK.clone(),
        }
    }

    /// The colour of `value` in the range, as the GPU draws it.
    pub fn color(self, value: f32, (lo, hi): (f32, f32)) -> egui::Color32 {
        let (lo, hi) = self.span((lo, hi));
        let t = match () {
            () if hi > lo => ((value - lo) / (hi - lo)).clamp(0.0, 1.0),
            // Nothing above 0 is nothing, not half of something.
            () if !self.is_symmetric() && hi <= 0.0 => 0.0,
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

    /// Whether 0 has the colour of the centre, whatever the range.
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::Diverging | Self::DivergingDark | Self::Heat)
    }

    /// The range as drawn: around 0 where the look is symmetric.
    pub fn span(self, (lo, hi): (f32, f32)) -> (f32, f32) {
        match self {
            Self::Diverging | Self::DivergingDark | Self::Heat => {
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
        assert_eq!(zeros(Look::DivergingDark), ends(Look::DivergingDark)[1]);
        assert_eq!(Look::Heat.lut()[..=128], [0; 129], "transparent up to 0");
        assert_eq!(Look::Heat.lut()[255] >> 24, 255, "opaque at the greatest");
        assert_eq!(Look::Sequential.color(3.0, (3.0, 3.0)), ends(Look::Sequential)[1]);
    }
}
