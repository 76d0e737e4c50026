//! The sentence on a page that says what is to be seen: setting, measured change, why it matters.

use super::words::{Span, Voice};

/// What a sentence tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As things are.
    #[default]
    Plain,
    /// Something that works, or was mended.
    Good,
    /// Something that is broken on purpose.
    Broken,
}

/// The sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// What it tells of.
    pub tone: Tone,
    /// Its parts.
    pub spans: Vec<Span>,
}

impl Caption {
    /// A sentence in a small part of Markdown: `**16× less**` is a value, `[10.7 %](a)` and `[79 %](b)`
    /// belong to a series, `[false rings](bad)` and `[as before](good)` judge, `[this cell](focus)` is what
    /// is looked at, and `[output](2)` speaks of the page's third panel (all that it places, row by row); `[5 × 5](value 2)`
    /// is a value of that panel.
    pub fn new(tone: Tone, markup: &str) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        let mut push = |text: &str, voice: Voice, panel: Option<usize>| match spans.last_mut() {
            Some(last) if last.voice == voice && last.panel == panel => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => spans.push(Span { text: text.to_owned(), voice, panel }),
        };
        let mut rest = markup;
        while let Some(at) = rest.find(['*', '[']) {
            let (before, marked) = rest.split_at(at);
            push(before, Voice::Plain, None);
            let value = marked.strip_prefix("**").and_then(|inner| inner.split_once("**"));
            let link = marked.strip_prefix('[').and_then(|inner| {
                let (text, target) = inner.split_once("](")?;
                let (target, rest) = target.split_once(')')?;
                Some((text, target, rest))
            });
            rest = if let Some((text, rest)) = value {
                push(text, Voice::Value, None);
                rest
            } else if let Some((text, target, rest)) = link {
                let (voice, panel) = meant(target);
                push(text, voice, panel);
                rest
            } else {
                push(&marked[..1], Voice::Plain, None);
                &marked[1..]
            };
        }
        push(rest, Voice::Plain, None);
        Self { tone, spans }
    }

    /// A plain sentence; see [`Caption::new`] for its marks.
    pub fn plain(markup: &str) -> Self {
        Self::new(Tone::Plain, markup)
    }

    /// A sentence on something that is broken; it says which preset mends it.
    pub fn broken(markup: &str) -> Self {
        Self::new(Tone::Broken, markup)
    }

    /// A sentence on something that works.
    pub fn good(markup: &str) -> Self {
        Self::new(Tone::Good, markup)
    }

    /// The words alone: for JSON and for screen readers.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// What a link's target means: a voice, a panel, or both.
fn meant(target: &str) -> (Voice, Option<usize>) {
    let (mut voice, mut panel) = (Voice::Plain, None);
    for word in target.split(' ') {
        match word {
            "value" => voice = Voice::Value,
            "a" => voice = Voice::A,
            "b" => voice = Voice::B,
            "bad" => voice = Voice::Broken,
            "good" => voice = Voice::Good,
            "focus" => voice = Voice::Focus,
            number => panel = number.parse().ok(),
        }
    }
    (voice, panel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_spans_and_leave_the_words() {
        let caption =
            Caption::broken("Stride **4** brings [rings](bad 3) into the [output](2); 2 * 3 [sic].");
        assert_eq!(caption.text(), "Stride 4 brings rings into the output; 2 * 3 [sic].");
        let of = |text: &str| caption.spans.iter().find(|s| s.text == text).map(|s| (s.voice, s.panel));
        assert_eq!(of("4"), Some((Voice::Value, None)));
        assert_eq!(of("rings"), Some((Voice::Broken, Some(3))));
        assert_eq!(of("output"), Some((Voice::Plain, Some(2))));
        assert_eq!(Caption::plain("").text(), "");
    }
}
