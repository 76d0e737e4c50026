//! A claim about a preset that a machine can check.

/// What must hold of the lesson sentence that the page writes under a preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// `lesson contains "16"`.
    Contains(String),
    /// `lesson lacks "NaN"`.
    Lacks(String),
}

impl Check {
    /// Reads `lesson contains "…"` or `lesson lacks "…"`.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix("lesson ")?;
        let (verb, quoted) = rest.trim().split_once(' ')?;
        let words = quoted.trim().strip_prefix('"')?.strip_suffix('"')?;
        match verb {
            _ if words.is_empty() => None,
            "contains" => Some(Self::Contains(words.to_owned())),
            "lacks" => Some(Self::Lacks(words.to_owned())),
            _ => None,
        }
    }

    /// Whether it holds of a sentence. Signs that group digits do not count, so that `1960` is found in
    /// `1,960`; and a number is only found whole, not `16` in `169` or `2.16`.
    pub fn holds(&self, lesson: &str) -> bool {
        match self {
            Self::Contains(words) => contains(lesson, words),
            Self::Lacks(words) => !contains(lesson, words),
        }
    }
}

/// The characters, without what stands between digits to group them.
fn ungrouped(text: &str) -> Vec<char> {
    let all: Vec<char> = text.chars().collect();
    let digit = |i: Option<usize>| i.and_then(|i| all.get(i)).is_some_and(char::is_ascii_digit);
    let groups = |i: usize| {
        matches!(all[i], ',' | '\u{a0}' | '\u{2009}' | '\u{202f}')
            && digit(i.checked_sub(1))
            && digit(Some(i + 1))
    };
    (0..all.len()).filter(|&i| !groups(i)).map(|i| all[i]).collect()
}

fn contains(text: &str, words: &str) -> bool {
    let (text, words) = (ungrouped(text), ungrouped(words));
    if words.is_empty() {
        return true;
    }
    let at = |i: Option<usize>| i.and_then(|i| text.get(i)).copied();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.windows(words.len()).enumerate().filter(|(_, window)| *window == words).any(|(start, window)| {
        let end = start + window.len();
        let before = at(start.checked_sub(1));
        let point = before == Some('.') && digit(at(start.checked_sub(2)));
        let fraction = at(Some(end)) == Some('.') && digit(at(Some(end + 1)));
        let goes_on = digit(window.first().copied()) && (digit(before) || point);
        !goes_on && !(digit(window.last().copied()) && (digit(at(Some(end))) || fraction))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_verbs() {
        assert_eq!(Check::parse("lesson contains \"16\""), Some(Check::Contains("16".into())));
        assert_eq!(Check::parse("lesson lacks \"NaN\""), Some(Check::Lacks("NaN".into())));
        for no in
            ["lesson contains 16", "lesson holds \"16\"", "picture contains \"16\"", "lesson contains \"\""]
        {
            assert_eq!(Check::parse(no), None, "{no}");
        }
    }

    #[test]
    fn finds_whole_numbers_however_they_are_grouped() {
        let holds = |words: &str, lesson: &str| Check::Contains(words.into()).holds(lesson);
        assert!(holds("16", "keeps 1 place in 16: less work"));
        assert!(holds("16", "It is 16."));
        assert!(holds("1960", "a vector of 1,960 numbers"));
        assert!(holds("37x37", "39x39 -> 37x37x10"));
        assert!(!holds("16", "169 places"));
        assert!(!holds("16", "2.16 times"));
        assert!(!holds("0.5", "0.53 of it"));
        assert!(!holds("16", "16.4 times"));
        assert!(holds("", "anything"));
        assert!(Check::Lacks("NaN".into()).holds("loss 0.3"));
        assert!(!Check::Lacks("NaN".into()).holds("loss NaN"));
    }
}
