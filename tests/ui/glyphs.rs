//! No text has a box where the fonts lack a letter. (Labels on the pages are held to this by the
//! tests of [`super::access`], where a missing glyph panics.)

use std::collections::BTreeSet;

use egui::{Context, FontFamily, FontId};
use glassbox::exhibits::pages;
use glassbox::ops::KERNELS;
use glassbox::ops::philox::Rng;
use glassbox::viz::theme;

use super::scene::report;

/// Letters of the texts that the fonts of the family cannot draw.
pub fn missing_glyphs<'t>(family: &FontFamily, texts: impl Iterator<Item = &'t str>) -> BTreeSet<char> {
    let ctx = Context::default();
    theme::install(&ctx);
    let mut output = ctx.run_ui(egui::RawInput::default(), |_| {});
    output.textures_delta.clear();
    let letters: BTreeSet<char> = texts.flat_map(str::chars).collect();
    let font = FontId::new(14.0, family.clone());
    let lacks = |letter: &char| ctx.fonts_mut(|f| !f.has_glyph(&font, *letter));
    letters.into_iter().filter(|c| !c.is_control()).filter(lacks).collect()
}

#[test]
fn a_letter_that_no_font_has_is_missed() {
    let texts = ["a + b", "q·k\u{1d40}"].into_iter();
    let missing = missing_glyphs(&FontFamily::Proportional, texts);
    assert_eq!(missing.into_iter().collect::<Vec<_>>(), ['\u{1d40}']);
}

#[test]
fn notes_questions_and_kernels_are_written_in_letters_that_the_fonts_have() {
    let mut complaints = Vec::new();
    let (words, code) = (FontFamily::Proportional, FontFamily::Monospace);
    let mut check = |of: &str, family: &FontFamily, texts: &[&str]| {
        let missing = missing_glyphs(family, texts.iter().copied());
        if !missing.is_empty() {
            complaints.push(format!("{of}: no glyph for {missing:?}"));
        }
    };
    for topic in pages() {
        // Every second part stands between backquotes.
        let parts: Vec<&str> = topic.note.split('`').collect();
        for (i, part) in parts.into_iter().enumerate() {
            check(&format!("note of {}", topic.slug), if i % 2 == 0 { &words } else { &code }, &[part]);
        }
        let (exhibit, mut rng) = ((topic.new)(), Rng::new(1));
        let questions = (0..20).filter_map(|_| exhibit.practice(&mut rng));
        let texts: Vec<String> = questions.flat_map(|q| [q.ask, q.how]).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check(&format!("questions of {}", topic.slug), &words, &texts);
    }
    for kernel in KERNELS {
        check(kernel.name(), &words, &[kernel.about()]);
        check(kernel.name(), &code, &[&kernel.variants()[0].shader.text()]);
    }
    report(&complaints);
}
