//! No text has a box where the fonts lack a letter. (Labels on the pages are held to this by the
//! tests of [`super::access`], where a missing glyph panics.)

use std::collections::BTreeSet;

use egui::{Context, FontFamily, FontId};
use glassbox::exhibits::pages;
use glassbox::lessons::Answer;
use glassbox::ops::KERNELS;
use glassbox::ops::philox::Rng;
use glassbox::ops::unary::TABLE;
use glassbox::viz::theme;

use pulldown_cmark::{Event, Options, Parser};

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

/// The letters of a Markdown text without its formulas, which have fonts of their own.
fn written(markdown: &str) -> String {
    let options = Options::ENABLE_MATH;
    let letters = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.into_string()),
        _ => None,
    });
    letters.collect()
}

#[test]
fn lessons_questions_and_kernels_are_written_in_letters_that_the_fonts_have() {
    let mut complaints = Vec::new();
    let (words, code) = (FontFamily::Proportional, FontFamily::Monospace);
    let mut check = |of: &str, family: &FontFamily, texts: &[&str]| {
        let missing = missing_glyphs(family, texts.iter().copied());
        if !missing.is_empty() {
            complaints.push(format!("{of}: no glyph for {missing:?}"));
        }
    };
    for topic in pages() {
        let lesson = topic.lesson();
        for (heading, text) in lesson.texts() {
            let family = if heading == "In code" { &code } else { &words };
            check(&format!("{heading} of {}", topic.slug), family, &[&written(text)]);
        }
        let names: Vec<&str> = lesson.presets.iter().map(|preset| preset.name.as_str()).collect();
        check(&format!("presets of {}", topic.slug), &words, &names);
        let (exhibit, mut rng) = ((topic.new)(), Rng::new(1));
        let questions = (0..20).filter_map(|_| exhibit.practice(&mut rng));
        let texts: Vec<String> = questions
            .flat_map(|q| {
                let options =
                    if let Answer::OneOf { options, .. } = &q.answer { options.clone() } else { vec![] };
                [vec![q.ask, q.how, q.answer.text()], options].concat()
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check(&format!("questions of {}", topic.slug), &words, &texts);
    }
    for row in TABLE {
        check(row.name, &words, &[row.formula]);
    }
    for kernel in KERNELS {
        check(kernel.name(), &words, &[kernel.about()]);
        check(kernel.name(), &code, &[&kernel.variants()[0].shader.text()]);
    }
    report(&complaints);
}
