//! The fonts of the program: Inter in three weights, and those that formulas are set in.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId};

/// Weights of Inter: the name of the family and the file.
const WEIGHTS: [(&str, &[u8]); 3] = [
    ("regular", include_bytes!("../../assets/fonts/inter-400.ttf")),
    (MEDIUM, include_bytes!("../../assets/fonts/inter-500.ttf")),
    (SEMIBOLD, include_bytes!("../../assets/fonts/inter-600.ttf")),
];
const MEDIUM: &str = "medium";
const SEMIBOLD: &str = "semibold";

macro_rules! katex {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../assets/fonts/katex/", $name, ".ttf")) as &[u8])),*]
    };
}

/// Fonts of formulas, by the names that the typesetter gives them.
const FORMULAS: [(&str, &[u8]); 13] = katex![
    "AMS-Regular",
    "Caligraphic-Regular",
    "Main-Bold",
    "Main-Italic",
    "Main-Regular",
    "Math-Italic",
    "SansSerif-Regular",
    "Script-Regular",
    "Size1-Regular",
    "Size2-Regular",
    "Size3-Regular",
    "Size4-Regular",
    "Typewriter-Regular",
];

/// Inter 400 of `size` points.
pub fn regular(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Inter 500 of `size` points.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MEDIUM.into()))
}

/// Inter 600 of `size` points.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// The font of formulas that the typesetter calls `name`, such as "Math-Italic"; the upright one for a
/// name that is not there.
pub fn formula(name: &str, size: f32) -> FontId {
    let known = FORMULAS.iter().find(|(known, _)| *known == name).map_or("Main-Regular", |(known, _)| known);
    FontId::new(size, FontFamily::Name(known.into()))
}

/// A font as it is named outside the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CssFont {
    /// Families, the best first and a generic one last.
    pub family: String,
    /// 400 is regular.
    pub weight: u32,
    /// Whether it slants.
    pub italic: bool,
}

/// How CSS and SVG name a family.
pub fn css_font(family: &FontFamily) -> CssFont {
    let named = |family: &str, weight, italic| CssFont { family: family.to_owned(), weight, italic };
    match family {
        FontFamily::Proportional => named("Inter, Helvetica, Arial, sans-serif", 400, false),
        FontFamily::Monospace => named("Hack, monospace", 400, false),
        FontFamily::Name(name) => match (&**name, name.split_once('-')) {
            (MEDIUM, _) => named("Inter, Helvetica, Arial, sans-serif", 500, false),
            (SEMIBOLD, _) => named("Inter, Helvetica, Arial, sans-serif", 600, false),
            (_, Some((face, style))) => {
                let weight = if style.contains("Bold") { 700 } else { 400 };
                named(&format!("KaTeX_{face}, serif"), weight, style.contains("Italic"))
            }
            (other, None) => named(&format!("{other}, sans-serif"), 400, false),
        },
    }
}

/// All fonts. Letters that Inter lacks come from egui's own fonts, and in a window from the system's
/// ([`use_system_fonts`](super::use_system_fonts)).
pub fn definitions() -> FontDefinitions {
    let mut all = FontDefinitions::default();
    let others = all.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    for (name, bytes) in WEIGHTS {
        all.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let family = std::iter::once(name.to_owned()).chain(others.iter().cloned()).collect();
        let key = if name == "regular" { FontFamily::Proportional } else { FontFamily::Name(name.into()) };
        all.families.insert(key, family);
    }
    for (name, bytes) in FORMULAS {
        all.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let family = std::iter::once(name.to_owned()).chain(others.iter().cloned()).collect();
        all.families.insert(FontFamily::Name(name.into()), family);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_of_equal_width_and_the_minus_is_there() {
        let ctx = egui::Context::default();
        ctx.set_fonts(definitions());
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        for font in [regular(13.0), medium(13.0), semibold(13.0)] {
            ctx.fonts_mut(|fonts| {
                let one = fonts.glyph_width(&font, '1');
                assert!("023456789".chars().all(|c| fonts.glyph_width(&font, c) == one), "{font:?}");
                assert!(fonts.has_glyphs(&font, "−×÷√Σαθ→⁻¹²₂≤≥≈∞·"), "{font:?}");
            });
        }
    }

    #[test]
    fn fonts_have_the_names_that_others_know_them_by() {
        let says = |font: FontId| {
            let CssFont { family, weight, italic } = css_font(&font.family);
            format!("{family} {weight}{}", if italic { " italic" } else { "" })
        };
        assert_eq!(says(regular(9.0)), "Inter, Helvetica, Arial, sans-serif 400");
        assert_eq!(says(semibold(9.0)), "Inter, Helvetica, Arial, sans-serif 600");
        assert_eq!(says(formula("Math-Italic", 9.0)), "KaTeX_Math, serif 400 italic");
    }

    #[test]
    fn a_formula_font_that_is_not_there_is_the_upright_one() {
        assert_eq!(formula("Fraktur-Bold", 9.0), formula("Main-Regular", 9.0));
    }
}
