//! The lessons that are carried are whole, and written as lessons are.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Parser};

use super::links::links;
use super::markdown::OPTIONS;
use super::{Lesson, Tone, all, lesson, readable, references, words};

/// Pages of whole networks, which ask no exam question and need fewer parts.
const EXPLORERS: [&str; 3] = ["vision-explorer", "text-explorer", "model-explorer"];

fn topics() -> impl Iterator<Item = &'static Lesson> {
    all().iter().filter(|lesson| !EXPLORERS.contains(&lesson.slug.as_str()))
}

fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_file_is_carried() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let carried: BTreeSet<String> = all().iter().map(|lesson| format!("{}.md", lesson.slug)).collect();
    assert_eq!(files, carried);
    assert_eq!(lesson("stride").unwrap().title, "Stride");
    assert!(lesson("strid").is_none());
}

#[test]
fn half_a_minute_is_seventy_to_ninety_words_to_be_spoken() {
    let mut complaints = Vec::new();
    for lesson in all() {
        let count = words(&lesson.spoken);
        if !(70..=90).contains(&count) {
            complaints.push(format!("{}: {count} words", lesson.slug));
        }
        if lesson.spoken.contains(['$', '{', '`', '[', '*']) || lesson.spoken.contains("\n\n") {
            complaints
                .push(format!("{}: one paragraph without formulas and marks can be spoken", lesson.slug));
        }
    }
    none(&complaints);
}

#[test]
fn topics_have_every_part() {
    let mut complaints = Vec::new();
    for lesson in topics() {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                complaints.push(format!("{}: {what}", lesson.slug));
            }
        };
        check(lesson.sections.iter().filter(|s| !s.title.is_empty()).count() >= 2, "sections in the answer");
        check(lesson.code.contains("```python"), "code");
        check((4..=6).contains(&lesson.follow_ups.len()), "4 to 6 follow-ups");
        check(lesson.notes.len() >= 3, "at least 3 pairs of what is heard and what holds");
        check(!lesson.break_it.is_empty(), "Break it");
        check(lesson.answer.contains("$$"), "a formula on a line of its own");
        let tones: Vec<Tone> = lesson.presets.iter().map(|p| p.tone).collect();
        check((3..=6).contains(&tones.len()), "3 to 6 presets");
        check(tones.first() == Some(&Tone::Plain), "the start first");
        check(tones.contains(&Tone::Broken), "a broken preset");
        let mended = |i: usize| tones.get(i + 1) == Some(&Tone::Mended);
        check(
            (0..tones.len()).all(|i| (tones[i] == Tone::Broken) == mended(i)),
            "a mended one after each broken one",
        );
        let different: BTreeSet<_> = lesson.presets.iter().map(|p| (&p.name, &p.settings)).collect();
        check(different.len() == tones.len(), "different presets");
    }
    none(&complaints);
}

#[test]
fn topics_lead_to_each_other() {
    let mut complaints = Vec::new();
    let mut named = BTreeSet::new();
    for lesson in topics() {
        let pages: Vec<&str> = lesson.see_also.iter().map(|other| other.page.as_str()).collect();
        let different: BTreeSet<&str> = pages.iter().copied().filter(|page| *page != lesson.slug).collect();
        if !(2..=4).contains(&pages.len()) || different.len() != pages.len() {
            complaints.push(format!("{}: {pages:?} are not 2 to 4 other pages", lesson.slug));
        }
        complaints.extend(
            pages.iter().filter(|p| super::lesson(p).is_none()).map(|p| format!("{}: {p}", lesson.slug)),
        );
        named.extend(different);
    }
    complaints.extend(
        topics().filter(|l| !named.contains(l.slug.as_str())).map(|l| format!("nothing leads to {}", l.slug)),
    );
    none(&complaints);
}

#[test]
fn formulas_can_be_set_and_read_in_plain_letters() {
    let mut complaints = Vec::new();
    for lesson in all() {
        for (part, text) in lesson.texts() {
            for event in Parser::new_ext(text, OPTIONS) {
                match event {
                    Event::InlineMath(tex) | Event::DisplayMath(tex) => {
                        if let Err(e) = ratex_parser::parse(&tex) {
                            complaints.push(format!("{}, {part}: {tex}: {e}", lesson.slug));
                        }
                        let plain = readable(&tex);
                        if plain.contains(['\\', '{', '}', '$']) {
                            complaints.push(format!("{}, {part}: {tex} reads {plain}", lesson.slug));
                        }
                    }
                    Event::Text(text) if text.contains('$') => {
                        complaints.push(format!("{}, {part}: a lone dollar in {text}", lesson.slug));
                    }
                    _ => {}
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn braces_are_knobs_and_settings_are_pairs() {
    let mut complaints = Vec::new();
    for lesson in all() {
        for (part, text) in lesson.texts() {
            let prose: String = Parser::new_ext(text, OPTIONS)
                .filter_map(|event| match event {
                    Event::Text(text) if part != "In code" => Some(text.into_string()),
                    _ => None,
                })
                .collect();
            if prose.matches('{').count() != references(text).len() && part != "In code" {
                complaints.push(format!("{}, {part}: braces that name no knob", lesson.slug));
            }
        }
        for link in lesson.links() {
            let pair =
                |p: &str| p.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains(' '));
            if !link.settings.is_empty() && !link.settings.split('&').all(pair) {
                complaints.push(format!("{}: {} is set by \"{}\"", lesson.slug, link.name, link.settings));
            }
        }
    }
    none(&complaints);
}

#[test]
fn broken_settings_can_be_reached_from_the_text() {
    for lesson in topics() {
        assert!(!links(&lesson.break_it).is_empty(), "{}: Break it has no link", lesson.slug);
    }
}

#[test]
fn no_lesson_speaks_of_notes_that_a_reader_has_not() {
    for lesson in all() {
        for (part, text) in lesson.texts() {
            assert!(!text.to_lowercase().contains("the notes"), "{}, {part}", lesson.slug);
        }
    }
}
