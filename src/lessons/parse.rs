//! A lesson's file, read. Headings are fixed, so that a page, the terminal and tests find every part.

use pulldown_cmark::HeadingLevel;

use super::check::Check;
use super::error::{Fault, LessonError};
use super::lesson::{Elsewhere, FollowUp, Lesson, Pair, Preset, SEE_ALSO, Section, Tone};
use super::links::located;
use super::markdown::{Part, cut, items};
use crate::suggest::nearest;

/// Headings that every lesson has.
const NEEDED: [&str; 4] = ["Question", "In half a minute", "Answer", "Try this"];
const CODE: &str = "In code";
const FOLLOW_UPS: &str = "Follow-ups";
const NOTES: &str = "Often heard, what holds";
const PRESETS: &str = "Presets";
const BREAK_IT: &str = "Break it";
/// Headings that a lesson on a whole network may lack.
const FURTHER: [&str; 6] = [CODE, FOLLOW_UPS, NOTES, PRESETS, BREAK_IT, SEE_ALSO];

const PRESET_FORM: &str = "- [What one sees](<set:knob=value&knob=value>) !! One sentence. \
     (!! where something is broken, ok where it is mended, nothing otherwise), and below it, if wanted, \
     claim: lesson contains \"16\"";
const PAIR_FORM: &str = "- Often heard: … and below it What holds: …";
const ELSEWHERE_FORM: &str = "- page: what it explains, one sentence.";
const FOLLOW_UP_FORM: &str = "### The question, and its answer below";

impl Lesson {
    /// Reads the lesson of a page.
    ///
    /// # Errors
    /// If a heading is missing, unknown, there twice or without text, or an item has not its form.
    pub fn parse(slug: &str, text: &str) -> Result<Self, LessonError> {
        parse(slug, text).map_err(|fault| LessonError { slug: slug.to_owned(), fault })
    }
}

fn parse(slug: &str, text: &str) -> Result<Lesson, Fault> {
    let (_, titles) = cut(text, HeadingLevel::H1, 1);
    let Some(title) = titles.first() else { return Err(Fault::Missing("# Title")) };
    if let Some(second) = titles.get(1) {
        return Err(Fault::Twice { line: second.line, heading: "# Title".into() });
    }
    let (_, parts) = cut(text, HeadingLevel::H2, 1);
    for (i, part) in parts.iter().enumerate() {
        let known = || NEEDED.into_iter().chain(FURTHER);
        let heading = part.title.to_owned();
        if !known().any(|name| name == part.title) {
            let nearest = nearest(part.title, known()).unwrap_or(NEEDED[0]);
            return Err(Fault::Unknown { line: part.line, heading, nearest });
        }
        if parts[..i].iter().any(|earlier| earlier.title == part.title) {
            return Err(Fault::Twice { line: part.line, heading });
        }
        if part.body.is_empty() {
            return Err(Fault::Empty { line: part.line, heading });
        }
    }
    let part = |name: &str| parts.iter().find(|part| part.title == name);
    let body = |name: &str| part(name).map_or("", |part| part.body).to_owned();
    for name in NEEDED {
        part(name).ok_or(Fault::Missing(name))?;
    }
    Ok(Lesson {
        slug: slug.to_owned(),
        title: title.title.to_owned(),
        question: body(NEEDED[0]),
        spoken: body(NEEDED[1]),
        answer: body(NEEDED[2]),
        sections: part(NEEDED[2]).map_or(Ok(Vec::new()), sections)?,
        code: body(CODE),
        follow_ups: part(FOLLOW_UPS).map_or(Ok(Vec::new()), follow_ups)?,
        notes: part(NOTES).map_or(Ok(Vec::new()), pairs)?,
        presets: part(PRESETS).map_or(Ok(Vec::new()), presets)?,
        break_it: body(BREAK_IT),
        try_this: body(NEEDED[3]),
        see_also: part(SEE_ALSO).map_or(Ok(Vec::new()), elsewhere)?,
    })
}

/// The parts below the third-level headings of a part, none of them empty.
fn inner<'t>(part: &Part<'t>) -> Result<(&'t str, Vec<Part<'t>>), Fault> {
    let (before, parts) = cut(part.body, HeadingLevel::H3, part.body_line);
    match parts.iter().find(|inner| inner.body.is_empty()) {
        Some(empty) => Err(Fault::Empty { line: empty.line, heading: empty.title.to_owned() }),
        None => Ok((before, parts)),
    }
}

fn sections(part: &Part<'_>) -> Result<Vec<Section>, Fault> {
    let (before, parts) = inner(part)?;
    let section = |title: &str, text: &str| Section { title: title.to_owned(), text: text.to_owned() };
    let first = (!before.is_empty()).then(|| section("", before));
    Ok(first.into_iter().chain(parts.iter().map(|p| section(p.title, p.body))).collect())
}

fn follow_ups(part: &Part<'_>) -> Result<Vec<FollowUp>, Fault> {
    let (before, parts) = inner(part)?;
    if !before.is_empty() || parts.is_empty() {
        return Err(Fault::Form { line: part.body_line, section: FOLLOW_UPS, form: FOLLOW_UP_FORM });
    }
    Ok(parts.iter().map(|p| FollowUp { ask: p.title.to_owned(), answer: p.body.to_owned() }).collect())
}

fn pairs(part: &Part<'_>) -> Result<Vec<Pair>, Fault> {
    let wrong = |line| Fault::Form { line, section: NOTES, form: PAIR_FORM };
    let read = |(line, lines): (usize, Vec<&str>)| {
        let text = lines.join(" ");
        let pair = text.strip_prefix("Often heard:").and_then(|rest| rest.split_once("What holds:"));
        let [heard, holds] = pair.map(|(heard, holds)| [heard.trim(), holds.trim()]).unwrap_or_default();
        if heard.is_empty() || holds.is_empty() {
            return Err(wrong(line));
        }
        Ok(Pair { heard: heard.to_owned(), holds: holds.to_owned() })
    };
    items(part.body, part.body_line).map_err(wrong)?.into_iter().map(read).collect()
}

fn elsewhere(part: &Part<'_>) -> Result<Vec<Elsewhere>, Fault> {
    let wrong = |line| Fault::Form { line, section: SEE_ALSO, form: ELSEWHERE_FORM };
    let read = |(line, lines): (usize, Vec<&str>)| {
        let text = lines.join(" ");
        let (page, why) = text.split_once(": ").ok_or_else(|| wrong(line))?;
        if page.contains(char::is_whitespace) || !why.ends_with('.') {
            return Err(wrong(line));
        }
        Ok(Elsewhere { page: page.to_owned(), why: why.trim().to_owned() })
    };
    items(part.body, part.body_line).map_err(wrong)?.into_iter().map(read).collect()
}

fn presets(part: &Part<'_>) -> Result<Vec<Preset>, Fault> {
    let wrong = |line| Fault::Form { line, section: PRESETS, form: PRESET_FORM };
    let list = items(part.body, part.body_line).map_err(wrong)?;
    list.into_iter().map(|(line, lines)| preset(&lines).ok_or_else(|| wrong(line))).collect()
}

/// A preset from the lines of its item.
fn preset(lines: &[&str]) -> Option<Preset> {
    let (checks, sentence): (Vec<&str>, Vec<&str>) =
        lines.iter().partition(|line| line.starts_with("claim:"));
    let check = match checks[..] {
        [] => None,
        [one] => Some(Check::parse(one.strip_prefix("claim:")?)?),
        _ => return None,
    };
    let item = sentence.join(" ");
    let (link, range) = located(&item).into_iter().next().filter(|(_, range)| range.start == 0)?;
    let rest = item[range.end..].trim();
    let (tone, claim) = match (rest.strip_prefix("!! "), rest.strip_prefix("ok ")) {
        (Some(claim), _) => (Tone::Broken, claim),
        (_, Some(claim)) => (Tone::Mended, claim),
        _ => (Tone::Plain, rest),
    };
    let whole = !link.name.is_empty() && claim.ends_with(['.', ')']);
    whole.then(|| Preset {
        name: link.name,
        tone,
        settings: link.settings,
        claim: claim.trim().to_owned(),
        check,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "# Stride\n\n## Question\nWhat is it?\n\n## In half a minute\nA step.\n\n\
         ## Answer\nIn short.\n\n### Size\n$W$\n\n## Try this\n- Move it.\n";

    fn with(more: &str) -> Result<Lesson, String> {
        Lesson::parse("stride", &format!("{LEAST}\n{more}")).map_err(|e| e.to_string())
    }

    #[test]
    fn the_least_lesson_has_four_parts() {
        let lesson = with("").unwrap();
        assert_eq!((lesson.slug.as_str(), lesson.title.as_str()), ("stride", "Stride"));
        assert_eq!((lesson.question.as_str(), lesson.spoken.as_str()), ("What is it?", "A step."));
        let sections: Vec<_> = lesson.sections.iter().map(|s| (s.title.as_str(), s.text.as_str())).collect();
        assert_eq!(sections, [("", "In short."), ("Size", "$W$")]);
        assert_eq!(lesson.try_this, "- Move it.");
        assert!(lesson.presets.is_empty() && lesson.follow_ups.is_empty() && lesson.notes.is_empty());
    }

    #[test]
    fn reads_presets_with_their_tones_and_claims() {
        let lesson = with(
            "## Presets\n- [Start](<set:>) Every pixel is read.\n- [False rings](<set:image=zone plate&stride=4>) \
             !! Rings that are not there.\n  claim: lesson contains \"16\"\n- [Blur](<set:blur=on>) ok They fade,\n  nearly.",
        )
        .unwrap();
        let tones: Vec<_> = lesson.presets.iter().map(|p| p.tone).collect();
        assert_eq!(tones, [Tone::Plain, Tone::Broken, Tone::Mended]);
        let rings = lesson.preset("false rings").unwrap();
        assert_eq!(rings.settings, "image=zone plate&stride=4");
        assert_eq!(rings.claim, "Rings that are not there.");
        assert_eq!(rings.check, Some(Check::Contains("16".into())));
        assert_eq!(lesson.presets[2].claim, "They fade, nearly.");
        assert_eq!(lesson.links().len(), 3);
    }

    #[test]
    fn reads_follow_ups_and_pairs() {
        let lesson = with(
            "## Follow-ups\n### Why?\nBecause.\n### How?\nSo.\n\n## Often heard, what holds\n\
             - Often heard: It halves the work.\n  What holds: It quarters it.",
        )
        .unwrap();
        assert_eq!(lesson.follow_ups[1], FollowUp { ask: "How?".into(), answer: "So.".into() });
        let pair = Pair { heard: "It halves the work.".into(), holds: "It quarters it.".into() };
        assert_eq!(lesson.notes, [pair]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let says = |more: &str| with(more).unwrap_err();
        let missing = Lesson::parse("stride", "# Stride\n\n## Question\nWhat?\n").unwrap_err().to_string();
        let want = "lesson \"stride\": there is no heading \"In half a minute\": add it, with its text below";
        assert_eq!(missing, want);
        assert_eq!(
            Lesson::parse("stride", "## Question\nWhat?\n").unwrap_err().fault,
            Fault::Missing("# Title")
        );
        let want = "line 18: \"Follow ups\" is no heading of a lesson, did you mean \"Follow-ups\"?";
        assert_eq!(says("## Follow ups\nx"), format!("lesson \"stride\": {want}"));
        assert!(
            says("## Answer\nagain").contains("line 18: the heading \"Answer\" stands there a second time")
        );
        assert!(says("## Break it\n").contains("line 18: nothing stands below \"Break it\""));
        assert!(
            says("## Follow-ups\n### Why?\n### How?\nSo.").contains("line 19: nothing stands below \"Why?\"")
        );
        assert!(says("## Follow-ups\nNo question.").contains("line 19: in \"Follow-ups\""));
        assert!(says("## Often heard, what holds\n- Often heard: x").contains("line 19: in \"Often heard"));
        for item in [
            "- False rings !! No link.",
            "- see [it](<set:>) Not first.",
            "- [Web](https://x.org) Elsewhere.",
            "- [No sentence](<set:>)",
            "- [Bad claim](<set:>) Yes.\n  claim: lesson is \"16\"",
        ] {
            assert!(says(&format!("## Presets\n{item}")).contains("line 19: in \"Presets\""), "{item}");
        }
    }
}
