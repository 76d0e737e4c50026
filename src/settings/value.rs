//! The value behind a knob, and its text form both ways.

use std::ops::RangeInclusive;

use super::choices::Chosen;

/// Numbers of a table lie within this, either way.
const MOST: f32 = 1000.0;

/// The value behind a knob.
#[derive(Debug)]
pub enum Value<'a> {
    /// A whole number.
    Int(&'a mut u32, RangeInclusive<u32>),
    /// A real number.
    Float(&'a mut f32, RangeInclusive<f32>),
    /// On or off.
    Switch(&'a mut bool),
    /// One of the first so many of several names.
    Choice(&'a mut dyn Chosen, usize),
    /// Running text of at most so many characters.
    Text(&'a mut String, usize),
    /// One line, such as a name, a list or a path, of at most so many characters.
    Line(&'a mut String, usize),
    /// A small table of numbers, row by row, with this many columns, each within ±1000.
    Numbers(&'a mut Vec<f32>, usize),
}

impl Value<'_> {
    /// The value as text, which [`Value::assign`] reads back to the very same value.
    pub fn text(&self) -> String {
        match self {
            Self::Int(v, _) => v.to_string(),
            // The shortest decimal that gives the same f32.
            Self::Float(v, _) => v.to_string(),
            Self::Switch(v) => if **v { "on" } else { "off" }.into(),
            Self::Choice(v, _) => v.options().get(v.at()).copied().unwrap_or_default().into(),
            Self::Text(v, _) | Self::Line(v, _) => v.to_string(),
            Self::Numbers(v, _) => v.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        }
    }

    /// The names that can be chosen.
    pub fn options(&self) -> &'static [&'static str] {
        match self {
            Self::Choice(v, count) => &v.options()[..*count],
            _ => &[],
        }
    }

    /// Takes over what `text` says; on failure says what it must be, and nothing changes.
    ///
    /// # Errors
    /// What would do, as the end of a sentence: `a whole number from 1 to 8`.
    pub fn assign(self, text: &str) -> Result<(), String> {
        match self {
            Self::Int(v, range) => {
                let want = || format!("a whole number from {} to {}", range.start(), range.end());
                *v = text.trim().parse().ok().filter(|n| range.contains(n)).ok_or_else(want)?;
            }
            Self::Float(v, range) => {
                let want = || format!("a number from {} to {}", range.start(), range.end());
                *v = text.trim().parse().ok().filter(|n| range.contains(n)).ok_or_else(want)?;
            }
            Self::Switch(v) => {
                *v = match text.trim() {
                    "on" | "true" | "1" | "yes" => true,
                    "off" | "false" | "0" | "no" => false,
                    _ => return Err("on or off".into()),
                };
            }
            Self::Choice(v, count) => {
                let options = &v.options()[..count];
                let same = |o: &&str| o.eq_ignore_ascii_case(text.trim());
                let want = || format!("one of {}", options.join(", "));
                let at = options.iter().position(same).ok_or_else(want)?;
                v.choose(at);
            }
            Self::Text(v, max) => {
                fits(text, max)?;
                text.clone_into(v);
            }
            Self::Line(v, max) => {
                fits(text, max)?;
                if text.contains('\n') {
                    return Err("one line".into());
                }
                text.clone_into(v);
            }
            Self::Numbers(v, columns) => {
                let numbers: Option<Vec<f32>> = text
                    .split([',', ' ', ';', '\n'])
                    .filter(|t| !t.is_empty())
                    .map(|t| t.parse().ok())
                    .collect();
                let fits = |n: &Vec<f32>| n.len() == v.len() && n.iter().all(|x| x.abs() <= MOST);
                let want = || {
                    let rows = v.len() / columns.max(1);
                    format!("{} numbers within ±{MOST}, {rows} rows of {columns}, joined by commas", v.len())
                };
                *v = numbers.filter(fits).ok_or_else(want)?;
            }
        }
        Ok(())
    }

    /// Texts of its ends: both ends of a range, every option of a choice.
    pub fn ends(&self) -> Vec<String> {
        match self {
            Self::Int(_, range) => vec![range.start().to_string(), range.end().to_string()],
            Self::Float(_, range) => vec![range.start().to_string(), range.end().to_string()],
            Self::Switch(_) => vec!["on".into(), "off".into()],
            Self::Choice(..) => self.options().iter().map(ToString::to_string).collect(),
            Self::Text(_, max) | Self::Line(_, max) => vec!["cat".into(), "word ".repeat(max / 5)],
            Self::Numbers(v, _) => ["0", "1000"].map(|x| vec![x; v.len()].join(" ")).into(),
        }
    }

    /// As JSON.
    pub fn json(&self) -> serde_json::Value {
        // The shortest decimal that gives the same f32, not the digits of its f64 twin.
        let decimal = |v: &f32| v.to_string().parse::<f64>().unwrap_or_else(|_| f64::from(*v));
        match self {
            Self::Int(v, _) => (**v).into(),
            Self::Float(v, _) => decimal(v).into(),
            Self::Switch(v) => (**v).into(),
            Self::Numbers(v, _) => v.iter().map(decimal).collect::<Vec<_>>().into(),
            Self::Choice(..) | Self::Text(..) | Self::Line(..) => self.text().into(),
        }
    }
}

fn fits(text: &str, max: usize) -> Result<(), String> {
    if text.chars().count() > max {
        return Err(format!("at most {max} characters long"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices;

    choices! {
        enum Kind { One = "one", Two = "number two" }
    }

    #[test]
    fn every_kind_of_value_comes_back_from_its_text() {
        for i in 0..200_u32 {
            let odd = (i as f32 * 0.7).sin() * 1.1_f32.powi(i as i32 % 20);
            let (mut a, mut b) = (i % 100, 0);
            Value::Int(&mut b, 0..=99).assign(&Value::Int(&mut a, 0..=99).text()).unwrap();
            assert_eq!(a, b);
            let (mut a, mut b) = (odd, 0.0);
            Value::Float(&mut b, -9.0..=9.0).assign(&Value::Float(&mut a, -9.0..=9.0).text()).unwrap();
            assert_eq!(a, b);
            let (mut a, mut b) = (vec![odd, -0.0, 1e-20, 3.0], vec![0.0; 4]);
            Value::Numbers(&mut b, 2).assign(&Value::Numbers(&mut a, 2).text()).unwrap();
            assert_eq!(a, b);
        }
        let (mut a, mut b) = (true, false);
        Value::Switch(&mut b).assign(&Value::Switch(&mut a).text()).unwrap();
        assert_eq!(a, b);
        let (mut a, mut b) = (Kind::Two, Kind::One);
        Value::Choice(&mut b, 2).assign(&Value::Choice(&mut a, 2).text()).unwrap();
        assert_eq!(a, b);
        let (mut a, mut b) = ("two\nlines & = %".to_owned(), String::new());
        Value::Text(&mut b, 20).assign(&Value::Text(&mut a, 20).text()).unwrap();
        assert_eq!(a, b);
    }

    #[test]
    fn what_does_not_fit_changes_nothing_and_says_what_would() {
        let mut kind = Kind::One;
        assert_eq!(Value::Choice(&mut kind, 1).assign("number two").unwrap_err(), "one of one");
        let mut line = "a".to_owned();
        assert_eq!(Value::Line(&mut line, 9).assign("b\nc").unwrap_err(), "one line");
        let mut grid = vec![1.0; 4];
        let says = Value::Numbers(&mut grid, 2).assign("1 2 3").unwrap_err();
        assert!(says.starts_with("4 numbers within ±1000, 2 rows of 2"), "{says}");
        let mut rate = 0.5;
        assert!(Value::Float(&mut rate, 0.0..=1.0).assign("NaN").is_err());
        assert_eq!((kind, line.as_str(), &grid[..], rate), (Kind::One, "a", &[1.0; 4][..], 0.5));
    }
}
