//! How a formula is read aloud.

/// Commands and how they are said; what is not here is said by its name.
const WORDS: &[(&str, &str)] = &[
    ("cdot", "times"),
    ("times", "times"),
    ("div", "divided by"),
    ("le", "at most"),
    ("leq", "at most"),
    ("ge", "at least"),
    ("geq", "at least"),
    ("ne", "is not"),
    ("approx", "about"),
    ("to", "to"),
    ("rightarrow", "to"),
    ("infty", "infinity"),
    ("partial", "d"),
    ("nabla", "gradient of"),
    ("sum", "the sum"),
    ("prod", "the product"),
    ("lfloor", "the floor of"),
    ("rfloor", "end of floor"),
    ("lceil", "the ceiling of"),
    ("rceil", "end of ceiling"),
    ("top", "transposed"),
    ("odot", "elementwise times"),
    ("sqrt", "the root of"),
    ("hat", ""),
    ("bar", ""),
    ("left", ""),
    ("right", ""),
    ("text", ""),
    ("mathrm", ""),
    ("mathbf", ""),
    ("operatorname", ""),
    ("displaystyle", ""),
    ("quad", ""),
    ("qquad", ""),
];

/// `tex` in words: "\frac{a}{b}" is "a over b".
pub fn spoken(tex: &str) -> String {
    let letters: Vec<char> = tex.chars().collect();
    let mut said = Vec::new();
    say(&letters, &mut 0, &mut said, 0);
    said.retain(|word| !word.is_empty());
    said.join(" ")
}

/// Deepest group that is followed.
const DEEPEST: usize = 40;

fn say(letters: &[char], at: &mut usize, said: &mut Vec<String>, depth: usize) {
    while *at < letters.len() {
        let letter = letters[*at];
        *at += 1;
        match letter {
            '}' => return,
            '{' if depth < DEEPEST => say(letters, at, said, depth + 1),
            '\\' => command(letters, at, said, depth),
            '^' => said.push("to the power".into()),
            '_' => said.push("sub".into()),
            '=' => said.push("equals".into()),
            '+' => said.push("plus".into()),
            '-' => said.push("minus".into()),
            '/' => said.push("over".into()),
            '&' | '{' | '~' => {}
            c if c.is_whitespace() => {}
            c if c.is_alphanumeric() || c == '.' => {
                let mut word = c.to_string();
                while let Some(&next) = letters.get(*at).filter(|n| n.is_alphanumeric() || **n == '.') {
                    word.push(next);
                    *at += 1;
                }
                said.push(word);
            }
            c => said.push(c.to_string()),
        }
    }
}

fn command(letters: &[char], at: &mut usize, said: &mut Vec<String>, depth: usize) {
    let from = *at;
    while letters.get(*at).is_some_and(char::is_ascii_alphabetic) {
        *at += 1;
    }
    if *at == from {
        // A space, a line's end or a brace that is written.
        *at += 1;
        return;
    }
    let name: String = letters[from..*at].iter().collect();
    if matches!(name.as_str(), "frac" | "dfrac" | "tfrac") && depth < DEEPEST {
        group(letters, at, said, depth);
        said.push("over".into());
        group(letters, at, said, depth);
        return;
    }
    let word = WORDS.iter().find(|(known, _)| *known == name).map_or(name.as_str(), |(_, word)| word);
    said.push(word.to_owned());
}

/// One argument: a group or a letter.
fn group(letters: &[char], at: &mut usize, said: &mut Vec<String>, depth: usize) {
    while letters.get(*at).is_some_and(|c| c.is_whitespace()) {
        *at += 1;
    }
    match letters.get(*at) {
        Some('{') => {
            *at += 1;
            say(letters, at, said, depth + 1);
        }
        Some('\\') => {
            *at += 1;
            command(letters, at, said, depth + 1);
        }
        Some(c) => {
            said.push(c.to_string());
            *at += 1;
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_read_as_one_would() {
        assert_eq!(
            spoken(r"\left\lfloor \frac{W + 2P - F}{S} \right\rfloor + 1"),
            "the floor of W plus 2P minus F over S end of floor plus 1"
        );
        assert_eq!(spoken(r"y = \sqrt{x^2}"), "y equals the root of x to the power 2");
        assert_eq!(spoken(r"\frac12 \{"), "1 over 2");
        for broken in [r"\", r"\frac", r"\frac{", "}}}{{{", "^_", &"{".repeat(5000)] {
            spoken(broken);
        }
    }
}
