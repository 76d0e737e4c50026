//! Knobs in a lesson's text: `{stride}` and `{stride=4}` become the words that stand on the page, so that
//! the text and the controls never say different things.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::markdown::OPTIONS;

/// A knob that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name, as for `--set`.
    pub name: String,
    /// The value it is spoken of with.
    pub value: Option<String>,
}

/// The text with each knob by its label and value: `Stride 4` for `{stride=4}`. A knob that `knob_label`
/// does not know stays as it was written.
pub fn blocks(text: &str, knob_label: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, reference) in found(text) {
        let Some(label) = knob_label(&reference.name) else { continue };
        out.push_str(&text[done..range.start]);
        out.push_str(&label);
        if let Some(value) = &reference.value {
            out.push(' ');
            out.push_str(value);
        }
        done = range.end;
    }
    out + &text[done..]
}

/// All knobs that a text names, in order.
pub fn references(text: &str) -> Vec<Reference> {
    found(text).into_iter().map(|(_, reference)| reference).collect()
}

/// Knobs outside formulas and code, in which braces mean something else.
fn found(text: &str) -> Vec<(Range<usize>, Reference)> {
    let taken: Vec<Range<usize>> = Parser::new_ext(text, OPTIONS)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::Code(_) => Some(range),
            Event::Start(Tag::CodeBlock(_)) => Some(range),
            _ => None,
        })
        .collect();
    let opens = text.match_indices('{').map(|(start, _)| start);
    opens
        .filter(|start| !taken.iter().any(|range| range.contains(start)))
        .filter_map(|start| {
            let inside = &text[start + 1..start + 1 + text[start + 1..].find(['}', '{', '\n'])?];
            let end = start + 1 + inside.len();
            if !text[end..].starts_with('}') {
                return None;
            }
            let (name, value) = inside.split_once('=').map_or((inside, None), |(n, v)| (n, Some(v)));
            let named = !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
            let reference = Reference { name: name.to_owned(), value: value.map(str::to_owned) };
            named.then_some((start..end + 1, reference))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str) -> Option<String> {
        match name {
            "stride" => Some("Stride".into()),
            "d_k" => Some("Width d_k".into()),
            "image" => Some("Input".into()),
            _ => None,
        }
    }

    #[test]
    fn knobs_are_written_as_on_the_page() {
        let text = "Move {stride} to 2; {stride=4} and {image=zone plate}, {d_k=512}.";
        let want = "Move Stride to 2; Stride 4 and Input zone plate, Width d_k 512.";
        assert_eq!(blocks(text, &label), want);
        let names: Vec<_> = references(text).into_iter().map(|r| (r.name, r.value)).collect();
        assert_eq!(names[1], ("stride".to_owned(), Some("4".to_owned())));
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn formulas_code_and_unknown_names_stay() {
        let text = "$\\frac{stride}{2}$, `{stride}`, {strid}, {Stride}, {}, {stride\n\n```\n{stride}\n```\n";
        assert_eq!(blocks(text, &label), text);
        assert_eq!(references(text), [Reference { name: "strid".into(), value: None }]);
    }
}
