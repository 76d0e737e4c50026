//! Cutting Markdown at its headings. A `#` in a block of code is none, so the parser decides.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

/// The Markdown of lessons: CommonMark with formulas between dollars.
pub const OPTIONS: Options = Options::ENABLE_MATH;

/// A heading and what stands below it, up to the next one of its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'t> {
    /// The heading's text.
    pub title: &'t str,
    /// Its line, counted from 1.
    pub line: usize,
    /// What stands below, trimmed.
    pub body: &'t str,
    /// The line on which that begins.
    pub body_line: usize,
}

/// The text before the first heading of a level, trimmed, and the parts below such headings. `line` is
/// that of the text's beginning.
pub fn cut(text: &str, level: HeadingLevel, line: usize) -> (&str, Vec<Part<'_>>) {
    let starts: Vec<_> = Parser::new_ext(text, OPTIONS)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Heading { level: found, .. }) if found == level => Some(range),
            _ => None,
        })
        .collect();
    let before = starts.first().map_or(text.len(), |first| first.start);
    let line_at = |at: usize| line + text[..at].matches('\n').count();
    let parts = starts.iter().enumerate().map(|(i, heading)| {
        let end = starts.get(i + 1).map_or(text.len(), |next| next.start);
        let below = &text[heading.end..end];
        let body = below.trim();
        Part {
            title: text[heading.clone()].trim().trim_start_matches('#').trim(),
            line: line_at(heading.start),
            body,
            body_line: line_at(heading.end + below.len() - below.trim_start().len()),
        }
    });
    (text[..before].trim(), parts.collect())
}

/// The items of a plain list, each with the line on which it begins and its lines, trimmed. An error is
/// the line of what is no item.
pub fn items(body: &str, line: usize) -> Result<Vec<(usize, Vec<&str>)>, usize> {
    let mut found: Vec<(usize, Vec<&str>)> = Vec::new();
    for (i, text) in body.lines().enumerate() {
        match (text.strip_prefix("- "), found.last_mut()) {
            (Some(first), _) => found.push((line + i, vec![first.trim()])),
            (None, _) if text.trim().is_empty() => {}
            (None, Some((_, lines))) if text.starts_with(' ') => lines.push(text.trim()),
            (None, _) => return Err(line + i),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_cut_and_code_does_not() {
        let text = "intro\n\n## One\n\n```python\n## no heading\n```\n\n### Inner\n\n## Two\nend\n";
        let (before, parts) = cut(text, HeadingLevel::H2, 1);
        assert_eq!(before, "intro");
        let seen: Vec<_> = parts.iter().map(|p| (p.title, p.line, p.body_line)).collect();
        assert_eq!(seen, [("One", 3, 5), ("Two", 11, 12)]);
        assert!(parts[0].body.ends_with("### Inner"));
        assert_eq!(parts[1].body, "end");
    }

    #[test]
    fn items_keep_their_lines() {
        let list = items("- one\n  more\n\n- two", 10);
        assert_eq!(list, Ok(vec![(10, vec!["one", "more"]), (13, vec!["two"])]));
        assert_eq!(items("- one\nnone", 10), Err(11));
    }
}
