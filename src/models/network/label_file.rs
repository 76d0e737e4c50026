//! Names of a network's classes: one on each line, or a list or a dictionary by number in JSON or as Python prints it.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::python_literal;
use crate::untrusted::{one_line, read};

/// Most bytes of a file of names.
pub const MAX_BYTES: u64 = 8 << 20;
/// Most classes.
pub const MAX_CLASSES: usize = 100_000;
/// Most characters of a name; ImageNet's longest has 121.
const MAX_NAME: usize = 200;

/// Why names of classes cannot be read. One sentence with the file last.
#[derive(Debug, thiserror::Error)]
#[error("the names of the classes cannot be read: {reason}: {file}")]
pub struct LabelError {
    /// What is wrong and what to do.
    pub reason: String,
    /// The file.
    pub file: String,
}

/// Reads the names of the classes from the file at `path`, in their order.
///
/// # Errors
/// [`LabelError`].
pub fn open(path: impl AsRef<Path>) -> Result<Arc<[String]>, LabelError> {
    let path = path.as_ref();
    let wrong = |reason: String| LabelError { reason, file: path.display().to_string() };
    let bytes = read(path, MAX_BYTES).map_err(|e| wrong(e.to_string()))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| wrong("it is no text in UTF-8, save it as a text file".into()))?;
    parse(&text).map(Into::into).map_err(wrong)
}

/// Names of classes that lie beside a model, under its own name or a usual one.
pub(super) fn beside(model: &Path) -> Option<Arc<[String]>> {
    let candidates = [
        model.with_extension("txt"),
        model.with_file_name("labels.txt"),
        model.with_file_name("classes.txt"),
    ];
    let file = candidates.iter().find(|file| file.is_file())?;
    match open(file) {
        Ok(names) => Some(names),
        Err(error) => {
            tracing::warn!("{error}");
            None
        }
    }
}

/// Names from the text of a file: `["a", "b"]`, `{"0": "a", "1": "b"}`, `{"a": 0, "b": 1}`,
/// `{"0": ["n01440764", "a"]}`, `{0: 'a', 1: 'b'}`, or a line for each.
///
/// # Errors
/// What is wrong, as a clause.
pub fn parse(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let names = if text.trim_start().starts_with(['[', '{']) {
        from_json(text)?
    } else {
        // A line in the middle may be empty: the classes after it keep their numbers.
        check_count(text.trim_end().lines().count())?;
        text.trim_end().lines().map(name).collect()
    };
    if names.iter().all(String::is_empty) {
        return Err("it holds no names, write one on each line".into());
    }
    Ok(names)
}

fn check_count(count: usize) -> Result<(), String> {
    if count > MAX_CLASSES {
        return Err(format!("it has {count} classes and the limit is {MAX_CLASSES}, choose the right file"));
    }
    Ok(())
}

fn name(text: &str) -> String {
    one_line(text).chars().take(MAX_NAME).collect()
}

fn from_json(text: &str) -> Result<Vec<String>, String> {
    let json = serde_json::from_str(text).or_else(|error| {
        let damaged =
            format!("it is damaged JSON ({}), copy or export it again", one_line(&error.to_string()));
        python_literal::to_json(text).and_then(|json| serde_json::from_str(&json).ok()).ok_or(damaged)
    })?;
    named_by(json)
}

/// Names of classes from a list, or from a dictionary by number or by name.
///
/// # Errors
/// What is wrong, as a clause.
pub(super) fn named_by(json: Value) -> Result<Vec<String>, String> {
    let other = || "it is neither a list of names nor a dictionary of names by number".to_owned();
    match json {
        Value::Array(items) => {
            check_count(items.len())?;
            items.iter().map(|item| named(item).ok_or_else(other)).collect()
        }
        Value::Object(entries) => {
            check_count(entries.len())?;
            // Some write the number before the name, some the name before the number.
            let numbered = entries.iter().map(|(key, value)| {
                let by_number = || Some((key.parse().ok()?, named(value)?));
                let by_name = || Some((usize::try_from(value.as_u64()?).ok()?, name(key)));
                by_number().or_else(by_name).ok_or_else(other)
            });
            let numbered: Vec<(usize, String)> = numbered.collect::<Result<_, _>>()?;
            let count = numbered.iter().map(|(number, _)| number.saturating_add(1)).max().unwrap_or(0);
            check_count(count)?;
            let mut names = vec![String::new(); count];
            for (number, name) in numbered {
                names[number] = name;
            }
            Ok(names)
        }
        _ => Err(other()),
    }
}

/// A name, or the last of several: `["n01440764", "tench"]`.
fn named(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(name(text)),
        Value::Array(parts) => parts.last().and_then(Value::as_str).map(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_names_in_every_form() {
        let want = ["tench", "goldfish", "great white shark"];
        for text in [
            "tench\ngoldfish\ngreat white shark\n\n",
            "\u{feff}tench\r\ngoldfish\r\n great  white shark",
            r#"["tench", "goldfish", "great white shark"]"#,
            r#"{"2": "great white shark", "0": "tench", "1": "goldfish"}"#,
            r#"{"tench": 0, "goldfish": 1, "great white shark": 2}"#,
            "{0: 'tench', 1: \"goldfish\", 2: 'great white shark'}",
            "['tench', 'goldfish', 'great white shark',]",
            r#"{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": ["n1", "great white shark"]}"#,
        ] {
            assert_eq!(parse(text).unwrap(), want, "{text}");
        }
        assert_eq!(parse("a\n\nc").unwrap(), ["a", "", "c"]);
        assert_eq!(parse(r#"{"2": "c"}"#).unwrap(), ["", "", "c"]);
    }

    #[test]
    fn absurd_numbers_and_other_content_are_refused() {
        for (text, says) in [
            ("", "no names"),
            ("\n\n", "no names"),
            ("[]", "no names"),
            ("[1, 2]", "neither"),
            ("{\"a\": \"b\"}", "neither"),
            ("{\"18446744073709551615\": \"b\"}", "18446744073709551615 classes"),
            ("{\"100000\": \"b\"}", "100001 classes"),
            ("[\"a\"", "damaged"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(parse(&"a\n".repeat(MAX_CLASSES)).is_ok());
        assert!(parse(&"a\n".repeat(MAX_CLASSES + 1)).is_err());
        // Deep nesting is the parser's to refuse.
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn a_file_that_is_no_text_says_so_and_names_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.txt");
        std::fs::write(&path, [0xff, 0xfe, 0, 1]).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains("UTF-8") && error.ends_with("labels.txt"), "{error}");
    }
}
