//! Dictionaries and lists as Python prints them, `{0: 'person', 1: "it's"}`, as JSON: what exporters write into files.

/// The same in JSON, as far as it consists of texts, whole numbers, lists, tuples and dictionaries. Whether the
/// brackets match is left to whoever reads the JSON.
pub fn to_json(text: &str) -> Option<String> {
    let mut json = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => json.push_str(&serde_json::to_string(&quoted(&mut rest, c)?).ok()?),
            '(' => json.push('['),
            ')' | ']' | '}' => {
                // Python allows a comma behind the last.
                let all = json.trim_end();
                let kept = all.strip_suffix(',').unwrap_or(all).len();
                json.truncate(kept);
                json.push(if c == '}' { '}' } else { ']' });
            }
            '0'..='9' | '-' => {
                let mut number = String::from(c);
                while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                while rest.next_if(|c| c.is_whitespace()).is_some() {}
                // A number may be a key, which in JSON is a text.
                let key = rest.peek() == Some(&':');
                json.push_str(&if key { format!("\"{number}\"") } else { number });
            }
            '[' | '{' | ':' | ',' => json.push(c),
            c if c.is_whitespace() => json.push(c),
            _ => return None,
        }
    }
    Some(json)
}

/// A text up to the quote that ends it, with its escapes resolved.
fn quoted(rest: &mut impl Iterator<Item = char>, quote: char) -> Option<String> {
    let mut text = String::new();
    loop {
        match rest.next()? {
            c if c == quote => return Some(text),
            '\\' => match rest.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                escape @ ('x' | 'u' | 'U') => {
                    let digits = match escape {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let code: String = rest.by_ref().take(digits).collect();
                    text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_prints_becomes_json() {
        for (python, json) in [
            ("{0: 'person', 1: 'car'}", r#"{"0": "person", "1": "car"}"#),
            (r#"{0: "it's", 10 : 'say "a"'}"#, r#"{"0": "it's", "10": "say \"a\""}"#),
            (r"['\'a\'', 'caf\xe9', '\u732b\n']", r#"["'a'", "café", "猫\n"]"#),
            ("('a', 'b',)", r#"["a", "b"]"#),
            ("[96, -1]", "[96, -1]"),
        ] {
            assert_eq!(to_json(python).as_deref(), Some(json));
        }
        for other in ["{0: person}", "'open", r"'\x4'", r"'\ud800'", "lambda: 0"] {
            assert_eq!(to_json(other), None, "{other}");
        }
    }
}
