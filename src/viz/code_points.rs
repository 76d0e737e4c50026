//! Letters that no font has, as their code points: U+4F60.

use egui::{Color32, ColorImage, GlyphBitmap, RasterizedGlyph, vec2};

/// Width and height of a digit in dots, and the space behind it.
const WIDE: usize = 4;
const HIGH: usize = 6;
const GAP: usize = 1;
/// Height of a digit as a share of the font's size: about that of a lower-case letter with its stem.
const SHARE: f32 = 0.62;

/// Dots of the digits 0 to F, `U` and `+`, row by row from the top, the left dot first.
const DIGITS: [[u8; HIGH]; 18] = [
    [0b0110, 0b1001, 0b1001, 0b1001, 0b1001, 0b0110],
    [0b0010, 0b0110, 0b0010, 0b0010, 0b0010, 0b0111],
    [0b0110, 0b1001, 0b0001, 0b0010, 0b0100, 0b1111],
    [0b1110, 0b0001, 0b0110, 0b0001, 0b0001, 0b1110],
    [0b0010, 0b0110, 0b1010, 0b1111, 0b0010, 0b0010],
    [0b1111, 0b1000, 0b1110, 0b0001, 0b0001, 0b1110],
    [0b0110, 0b1000, 0b1110, 0b1001, 0b1001, 0b0110],
    [0b1111, 0b0001, 0b0010, 0b0010, 0b0100, 0b0100],
    [0b0110, 0b1001, 0b0110, 0b1001, 0b1001, 0b0110],
    [0b0110, 0b1001, 0b1001, 0b0111, 0b0001, 0b0110],
    [0b0110, 0b1001, 0b1001, 0b1111, 0b1001, 0b1001],
    [0b1110, 0b1001, 0b1110, 0b1001, 0b1001, 0b1110],
    [0b0111, 0b1000, 0b1000, 0b1000, 0b1000, 0b0111],
    [0b1110, 0b1001, 0b1001, 0b1001, 0b1001, 0b1110],
    [0b1111, 0b1000, 0b1110, 0b1000, 0b1000, 0b1111],
    [0b1111, 0b1000, 0b1110, 0b1000, 0b1000, 0b1000],
    [0b1001, 0b1001, 0b1001, 0b1001, 0b1001, 0b0110],
    [0b0000, 0b0100, 0b0100, 0b1110, 0b0100, 0b0100],
];
const U: usize = 16;
const PLUS: usize = 17;

/// The code points of what belongs together, one behind the other. Marks that only join or choose a form are left out.
pub fn drawn(cluster: &str, size: f32) -> Option<RasterizedGlyph> {
    let letters = cluster.chars().filter(|c| !c.is_control() && !is_joining(*c));
    let mut digits: Vec<usize> = Vec::new();
    for letter in letters {
        digits.extend([U, PLUS]);
        let code = format!("{:04X}", u32::from(letter));
        digits.extend(code.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as usize));
    }
    if digits.is_empty() {
        return None;
    }
    // Whole pixels a dot, so that digits are sharp.
    let dot = (size * SHARE / HIGH as f32).round().max(1.0) as usize;
    let across = (digits.len() * (WIDE + GAP) - GAP) * dot;
    let mut image = ColorImage::filled([across, HIGH * dot], Color32::TRANSPARENT);
    for (place, digit) in digits.iter().enumerate() {
        for y in 0..HIGH * dot {
            for x in 0..WIDE * dot {
                if DIGITS[*digit][y / dot] >> (WIDE - 1 - x / dot) & 1 == 1 {
                    image[(place * (WIDE + GAP) * dot + x, y)] = Color32::WHITE;
                }
            }
        }
    }
    let offset_px = vec2(dot as f32, -((HIGH * dot) as f32));
    let bitmap = GlyphBitmap { image, offset_px, is_color: false };
    Some(RasterizedGlyph { bitmap, advance_px: (across + 3 * dot) as f32 })
}

/// Joiners and selectors of forms, which are nothing by themselves.
fn is_joining(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_are_rows_of_digits() {
        let glyph = drawn("你", 14.0).unwrap();
        // U+4F60: six digits, a pixel a dot.
        assert_eq!(glyph.bitmap.image.size, [29, 6]);
        assert_eq!(glyph.advance_px, 32.0);
        let lit = |glyph: &RasterizedGlyph| {
            glyph.bitmap.image.pixels.iter().filter(|dot| **dot == Color32::WHITE).count()
        };
        let dots = |digit: usize| DIGITS[digit].iter().map(|row| row.count_ones() as usize).sum::<usize>();
        assert_eq!(lit(&glyph), [U, PLUS, 4, 15, 6, 0].map(dots).iter().sum::<usize>());
        assert_eq!(drawn("你", 28.0).unwrap().bitmap.image.size, [87, 18]);
        // Six digits where there are that many, and joiners are no letters.
        assert_eq!(drawn("🐈\u{200d}⬛", 14.0).unwrap().bitmap.image.size[0], (7 + 6) * 5 - 1);
        assert!(drawn("\u{200d}\n", 14.0).is_none());
    }

    #[test]
    fn no_two_digits_look_alike() {
        let kinds: std::collections::BTreeSet<_> = DIGITS.iter().collect();
        assert_eq!(kinds.len(), DIGITS.len());
    }
}
