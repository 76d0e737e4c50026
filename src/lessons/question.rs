//! A question with fresh numbers, and its answer as the engine found it.

use serde::Serialize;
use serde::ser::Serializer;

/// What answers a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One number.
    Number {
        /// The number.
        value: f64,
        /// What it counts, such as `cells`, or empty.
        unit: &'static str,
    },
    /// Several numbers in order, such as the sides of three maps.
    Numbers(Vec<f64>),
    /// One of several options.
    OneOf {
        /// What there is to choose from.
        options: Vec<String>,
        /// Place of the right one, counted from 0.
        right: usize,
    },
}

/// A question of practice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// Its answer.
    pub answer: Answer,
    /// How to get there, shown afterwards.
    pub how: String,
    /// Settings under which the page shows this very case, as `stride=4&size=3`.
    #[serde(rename = "settings")]
    pub show: Option<String>,
}

/// A question with the page that asks it, as `practice` prints them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked<'q> {
    /// The page.
    pub topic: &'q str,
    /// Its question.
    #[serde(flatten)]
    pub question: &'q Question,
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The same with its kind by name: a list alone would have no place for it.
        #[derive(Serialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        enum Named<'a> {
            Number { value: f64, unit: &'a str },
            Numbers { values: &'a [f64] },
            OneOf { options: &'a [String], right: usize },
        }
        match self {
            Self::Number { value, unit } => Named::Number { value: *value, unit },
            Self::Numbers(values) => Named::Numbers { values },
            Self::OneOf { options, right } => Named::OneOf { options, right: *right },
        }
        .serialize(serializer)
    }
}

impl Answer {
    /// One number with its unit, which may be empty.
    pub fn number(value: f64, unit: &'static str) -> Self {
        Self::Number { value, unit }
    }

    /// The right answer in words, at most four digits behind the point.
    pub fn text(&self) -> String {
        match self {
            Self::Number { value, unit } => format!("{} {unit}", figure(*value)).trim_end().to_owned(),
            Self::Numbers(values) => values.iter().map(|v| figure(*v)).collect::<Vec<_>>().join(", "),
            Self::OneOf { options, right } => options.get(*right).cloned().unwrap_or_default(),
        }
    }
}

/// A number without zeros at its end.
fn figure(value: f64) -> String {
    let text = format!("{value:.4}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    match (short, value) {
        // Too small for four digits.
        ("0" | "-0", value) if value != 0.0 => format!("{value:.2e}"),
        _ => short.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_printed_with_the_kind_of_their_answer() {
        let mut question = Question {
            ask: "How many?".into(),
            answer: Answer::Number { value: 2.5, unit: "cells" },
            how: "Count.".into(),
            show: Some("stride=4".into()),
        };
        let print =
            |question: &Question| serde_json::to_string(&Asked { topic: "stride", question }).unwrap();
        assert_eq!(
            print(&question),
            r#"{"topic":"stride","ask":"How many?","answer":{"kind":"number","value":2.5,"unit":"cells"},"how":"Count.","settings":"stride=4"}"#
        );
        question.answer = Answer::Numbers(vec![37.0, 17.0]);
        question.show = None;
        assert!(print(&question).contains(r#""answer":{"kind":"numbers","values":[37.0,17.0]}"#));
        assert!(print(&question).contains(r#""settings":null"#));
        question.answer = Answer::OneOf { options: vec!["keeps".into(), "grows".into()], right: 1 };
        assert!(
            print(&question).contains(r#""answer":{"kind":"one-of","options":["keeps","grows"],"right":1}"#)
        );
    }

    #[test]
    fn answers_in_words() {
        assert_eq!(Answer::Number { value: 4.0, unit: "cells" }.text(), "4 cells");
        assert_eq!(Answer::Number { value: 8.6957, unit: "" }.text(), "8.6957");
        assert_eq!(Answer::Number { value: 3e-7, unit: "" }.text(), "3.00e-7");
        assert_eq!(Answer::Numbers(vec![37.0, 0.5]).text(), "37, 0.5");
        assert_eq!(Answer::OneOf { options: vec!["a".into(), "b".into()], right: 1 }.text(), "b");
    }
}
