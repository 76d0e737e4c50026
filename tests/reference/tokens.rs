//! Rust sources as words and marks: enough to read imports without a parser of the language.

/// A piece of source code.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A word: a name or a keyword.
    Name(String),
    /// `::`
    Path,
    /// Any other character that stands for itself.
    Mark(char),
}

impl Token {
    /// The word.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// Where a string that begins at `at` with so many `#` before it ends.
fn after_string(chars: &[char], mut at: usize, hashes: Option<usize>) -> usize {
    at += 1;
    while at < chars.len() {
        match (chars[at], hashes) {
            ('\\', None) => at += 1,
            ('"', None) => return at + 1,
            ('"', Some(n)) if chars[at + 1..].iter().take_while(|&&c| c == '#').count() >= n => {
                return at + 1 + n;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// Where a block comment that begins at `at` ends; they nest.
fn after_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 1),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The tokens of a source; comments, texts, characters, lifetimes and numbers are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        match c {
            '/' if next == Some('/') => at += chars[at..].iter().take_while(|&&c| c != '\n').count(),
            '/' if next == Some('*') => at = after_comment(&chars, at),
            '"' => at = after_string(&chars, at, None),
            // A character ends two places on or begins with a backslash; otherwise it is a lifetime.
            '\'' if next == Some('\\') => {
                let end = chars[at + 3..].iter().position(|&c| c == '\'');
                at += 4 + end.unwrap_or(0);
            }
            '\'' if chars.get(at + 2) == Some(&'\'') => at += 3,
            '\'' => at += 1 + chars[at + 1..].iter().take_while(|c| is_word(c)).count(),
            ':' if next == Some(':') => {
                found.push(Token::Path);
                at += 2;
            }
            c if is_word(&c) => {
                let word: String = chars[at..].iter().take_while(|c| is_word(c)).collect();
                let end = at + word.chars().count();
                let hashes = chars[end..].iter().take_while(|&&c| c == '#').count();
                let text = chars.get(end + hashes) == Some(&'"');
                if text && ["r", "br", "cr"].contains(&word.as_str()) {
                    at = after_string(&chars, end + hashes, Some(hashes));
                    continue;
                }
                at = end;
                let prefix = text && hashes == 0 && ["b", "c"].contains(&word.as_str());
                if !c.is_ascii_digit() && !prefix {
                    found.push(Token::Name(word));
                }
            }
            c => {
                if !c.is_whitespace() {
                    found.push(Token::Mark(c));
                }
                at += 1;
            }
        }
    }
    found
}

/// Where the bracket that opens at `at` has closed.
fn after_bracket(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Where the item that begins at `at` ends: behind its body or its semicolon.
fn after_item(tokens: &[Token], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Mark(';') => return at + 1,
            Token::Mark('{') => return after_bracket(tokens, at),
            Token::Mark('(' | '[') => at = after_bracket(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// The tokens of a source without the items under `#[cfg(test)]` and without other attributes.
pub fn without_tests(source: &str) -> Vec<Token> {
    let all = tokens(source);
    let mut kept = Vec::new();
    let mut at = 0;
    let mut test = false;
    while let Some(token) = all.get(at) {
        if *token == Token::Mark('#') {
            let open = if all.get(at + 1) == Some(&Token::Mark('!')) { at + 2 } else { at + 1 };
            if all.get(open) == Some(&Token::Mark('[')) {
                let end = after_bracket(&all, open);
                let words: Vec<&str> = all[open..end].iter().filter_map(Token::name).collect();
                test |= words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not");
                at = end;
                continue;
            }
        }
        if std::mem::take(&mut test) {
            at = after_item(&all, at);
            continue;
        }
        kept.push(token.clone());
        at += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> String {
        let word = |token: &Token| match token {
            Token::Name(name) => name.clone(),
            Token::Path => "::".into(),
            Token::Mark(c) => c.to_string(),
        };
        without_tests(source).iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_code_is_left() {
        let source = r##"a /* b /* c */ d */ :: e; // f
            let g = "h \" i"; r#"j " k"# b"l" 'm' '\'' '\u{6e}' &'o p 1.5f32"##;
        assert_eq!(words(source), "a :: e ; let g = ; & p .");
    }

    #[test]
    fn tests_and_attributes_are_left_out() {
        assert_eq!(words("#[derive(A)] struct B; #[cfg(test)] mod c { use d::e; } f"), "struct B ; f");
        assert_eq!(words("#[cfg(test)] #[path = \"x.rs\"] mod c; f"), "f");
        assert_eq!(words("#[cfg(not(test))] mod c; #![allow(x)] f"), "mod c ; f");
        assert_eq!(words("#[cfg(test)] fn c(a: [u8; 2]) -> B { { } } f"), "f");
    }
}
