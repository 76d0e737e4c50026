//! Settings as one line of text: `stride=4&image=zone plate`.

use std::fmt;
use std::str::FromStr;

/// Settings by name, in order. Written as `name=value` joined by `&`; in names and values `%`, `&`, `#`
/// and control characters are written as `%` and two hexadecimal digits, so that any text survives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(Vec<(String, String)>);

/// Why a line of settings cannot be read; one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// An entry without `=`.
    #[error("\"{0}\" is not of the form knob=value")]
    Form(String),
    /// A `%` that is not followed by two hexadecimal digits of UTF-8.
    #[error("\"{0}\" has a % that is not followed by two hexadecimal digits: write %25 for the sign itself")]
    Escape(String),
}

impl Settings {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// No settings.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each name with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Adds a setting, or puts another value in place of its old one.
    pub fn put(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Those that `before` has not, or has otherwise.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Self {
        let other = |&&(name, value): &&(&str, &str)| before.get(name) != Some(value);
        let all: Vec<_> = self.iter().collect();
        Self(all.iter().filter(other).map(|&(n, v)| (n.to_owned(), v.to_owned())).collect())
    }
}

impl FromStr for Settings {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        for entry in text.split('&').filter(|entry| !entry.trim().is_empty()) {
            let (name, value) = entry.split_once('=').ok_or_else(|| SettingsError::Form(entry.to_owned()))?;
            let read = |text: &str| unescape(text).ok_or_else(|| SettingsError::Escape(entry.to_owned()));
            settings.put(read(name)?.trim(), read(value)?);
        }
        Ok(settings)
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.iter().enumerate() {
            let joint = if i > 0 { "&" } else { "" };
            write!(f, "{joint}{}={}", escape(name), escape(value))?;
        }
        Ok(())
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' | '&' | '#' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_ascii_control() => out.push_str(&format!("%{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_survives_the_way_there_and_back() {
        let mut settings = Settings::new();
        for (i, text) in ["4", "zone plate", "a=b&c#d%25", "two\nlines\t", "ä→√ 1×1", ""].iter().enumerate()
        {
            settings.put(&format!("knob-{i}"), (*text).to_owned());
        }
        assert_eq!(settings.to_string().parse(), Ok(settings.clone()));
        assert_eq!("stride=4&image=zone plate".parse::<Settings>().unwrap().get("image"), Some("zone plate"));
        assert_eq!("".parse(), Ok(Settings::new()));
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        let says = |text: &str| text.parse::<Settings>().unwrap_err().to_string();
        assert_eq!(says("stride"), "\"stride\" is not of the form knob=value");
        assert!(says("a=50%").contains("write %25"));
        assert!(says("a=%ff").contains("write %25"));
    }

    #[test]
    fn only_what_differs_is_left() {
        let all: Settings = "a=1&b=2&c=3".parse().unwrap();
        let before: Settings = "a=1&b=0".parse().unwrap();
        assert_eq!(all.changed_since(&before).to_string(), "b=2&c=3");
    }
}
