//! Whether an answer is right, as a fair examiner takes it: rounded numbers count, so do fractions,
//! per cent and units; what cannot be read is asked for again.

use super::question::{Answer, Question};

/// What an answer is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right, within rounding.
    Right,
    /// It was understood and is wrong.
    Wrong,
    /// It was not understood: one sentence that says what is wanted.
    Unread(String),
}

/// A number with the precision to which somebody wrote it.
struct Given {
    value: f64,
    /// Half a unit of its last digit.
    half_unit: f64,
    /// Digits from the first that is not 0.
    digits: usize,
}

/// Share of the right number by which an answer may be off that is written with one digit alone, or
/// with more than were asked for.
const SLACK: f64 = 0.005;

impl Question {
    /// Judges what somebody answered.
    pub fn judge(&self, given: &str) -> Verdict {
        let given = given.trim();
        let verdict = match &self.answer {
            Answer::Number { value, unit } => number(given, unit).map(|given| given.is(*value)),
            Answer::Numbers(values) => numbers(given, values),
            Answer::OneOf { options, right } => option(given, options).map(|chosen| chosen == *right),
        };
        match verdict {
            Ok(true) => Verdict::Right,
            Ok(false) => Verdict::Wrong,
            Err(why) => Verdict::Unread(why),
        }
    }
}

impl Given {
    /// Whether it is `value`: exactly for whole numbers, rounded for others.
    fn is(&self, value: f64) -> bool {
        let exact = 1e-9 * value.abs().max(1.0);
        let rounded = if self.digits >= 2 { self.half_unit * (1.0 + 1e-9) } else { 0.0 };
        let whole = (value - value.round()).abs() <= exact;
        let allowed = if whole { exact } else { rounded.max(SLACK * value.abs()).max(exact) };
        (self.value - value).abs() <= allowed
    }
}

/// Reads one number, which may be followed by its unit.
fn number(text: &str, unit: &str) -> Result<Given, String> {
    let want = || {
        let example = if unit.is_empty() { String::new() } else { format!(" of {unit}") };
        format!("“{text}” is no number: write one number{example}, such as 12, 0.25, 1/4 or 25 %")
    };
    let tidy = text.replace('−', "-").to_lowercase();
    let tidy = tidy.trim().trim_start_matches(['=', '≈', '~']).trim();
    let unit = unit.to_lowercase();
    let bare = if unit.is_empty() { tidy } else { tidy.strip_suffix(&unit).unwrap_or(tidy) };
    // “9x” and “9 times” are ratios, whose unit is often left out.
    let bare = bare.trim_end_matches(['x', '×']).trim_end_matches("times").trim();
    let (bare, share) = match bare.strip_suffix('%') {
        Some(bare) => (bare.trim(), 100.0),
        None => (bare, 1.0),
    };
    let mut given = match bare.split_once(['/', '÷']) {
        Some((above, below)) => {
            let [above, below] = [decimal(above), decimal(below)];
            let value = above.ok_or_else(want)?.value / below.ok_or_else(want)?.value;
            Given { value, half_unit: 0.0, digits: 0 }
        }
        None => decimal(bare).ok_or_else(want)?,
    };
    given.value /= share;
    given.half_unit /= share;
    if given.value.is_finite() { Ok(given) } else { Err(want()) }
}

/// Reads a decimal: `1,960` and `1 960` are grouped, `0,25` has a decimal comma.
fn decimal(text: &str) -> Option<Given> {
    let text = text.trim();
    let groups: Vec<&str> = text.trim_start_matches('-').split([',', ' ', '\u{a0}', '\u{202f}']).collect();
    let digits = |t: &&str| t.chars().all(|c| c.is_ascii_digit());
    let grouped = groups.len() > 1
        && digits(&groups[0])
        && (1..=3).contains(&groups[0].len())
        && !groups[0].starts_with('0')
        && groups[1..].iter().all(|group| {
            let whole = group.split('.').next().unwrap_or("");
            whole.len() == 3 && digits(&whole)
        });
    let plain =
        if grouped { text.replace([',', ' ', '\u{a0}', '\u{202f}'], "") } else { text.replace(',', ".") };
    // "inf", "nan" and the like are words, not numbers.
    if !plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e')) {
        return None;
    }
    let value: f64 = plain.parse().ok()?;
    let (mantissa, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
    let behind = mantissa.split_once('.').map_or(0, |(_, behind)| behind.len());
    let last = exponent.parse::<i32>().ok()? - i32::try_from(behind).ok()?;
    let digits = mantissa.chars().filter(char::is_ascii_digit).skip_while(|c| *c == '0').count();
    Some(Given { value, half_unit: 0.5 * 10f64.powi(last), digits })
}

/// Reads as many numbers as there are, joined by commas, spaces, arrows or `x`.
fn numbers(text: &str, values: &[f64]) -> Result<bool, String> {
    let tidy =
        text.to_lowercase().replace("->", " ").replace(['(', ')', '[', ']', '→', '×', 'x', ';', ','], " ");
    let parts: Vec<&str> = tidy.split_whitespace().collect();
    let count = values.len();
    if parts.len() != count {
        return Err(format!(
            "{count} numbers are wanted and {} came: write them with commas or spaces between",
            parts.len()
        ));
    }
    let given: Vec<Given> = parts.iter().map(|part| number(part, "")).collect::<Result<_, _>>()?;
    Ok(given.iter().zip(values).all(|(given, value)| given.is(*value)))
}

/// Finds the option that is meant: its words, their beginning if that fits one alone, or its number.
fn option(text: &str, options: &[String]) -> Result<usize, String> {
    let wanted = text.to_lowercase();
    let lower: Vec<String> = options.iter().map(|option| option.to_lowercase()).collect();
    if let Some(at) = lower.iter().position(|option| *option == wanted) {
        return Ok(at);
    }
    if let Ok(number) = wanted.trim_end_matches([')', '.']).parse::<usize>()
        && (1..=options.len()).contains(&number)
    {
        return Ok(number - 1);
    }
    let mut begin = (0..lower.len()).filter(|&at| !wanted.is_empty() && lower[at].starts_with(&wanted));
    match (begin.next(), begin.next()) {
        (Some(one), None) => Ok(one),
        _ => {
            let list = options.iter().enumerate().map(|(i, option)| format!("{} {option}", i + 1));
            let list = list.collect::<Vec<_>>().join(", ");
            Err(format!("“{text}” is none of the options: write the number or the words of one, {list}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(answer: Answer, given: &str) -> Verdict {
        Question { ask: String::new(), answer, how: String::new(), show: None }.judge(given)
    }

    fn one(value: f64, given: &str) -> bool {
        match judge(Answer::Number { value, unit: "cells" }, given) {
            Verdict::Right => true,
            Verdict::Wrong => false,
            Verdict::Unread(why) => panic!("{given}: {why}"),
        }
    }

    #[test]
    fn whole_numbers_are_exact() {
        for given in ["1960", "1,960", "1 960", " 1960 cells", "1960.0", "1.96e3", "= 1960"] {
            assert!(one(1960.0, given), "{given}");
        }
        for given in ["1961", "1959", "196", "19600", "-1960", "1.95e3"] {
            assert!(!one(1960.0, given), "{given}");
        }
        assert!(one(0.0, "0") && one(-3.0, "−3") && !one(0.0, "0.4"));
    }

    #[test]
    fn other_numbers_may_be_rounded() {
        let third = 1.0 / 3.0;
        for given in ["0.33", "0.333", "0.3339999", "1/3", "33 %", "33.3%", "0,33", "≈ 0.33"] {
            assert!(one(third, given), "{given}");
        }
        for given in ["0.3", "0.34", "1/4", "0.35", "-0.33"] {
            assert!(!one(third, given), "{given}");
        }
        assert!(one(8.6957, "8.7") && one(8.6957, "8.7x") && !one(8.6957, "9") && !one(8.6957, "8.6"));
        assert!(!one(f64::NAN, "1"));
    }

    #[test]
    fn lists_count_and_compare_in_order() {
        let sides = || Answer::Numbers(vec![37.0, 17.0, 7.0]);
        for given in ["37, 17, 7", "37 17 7", "37x17x7", "37 -> 17 -> 7", "(37;17;7)"] {
            assert_eq!(judge(sides(), given), Verdict::Right, "{given}");
        }
        assert_eq!(judge(sides(), "7 17 37"), Verdict::Wrong);
        let Verdict::Unread(why) = judge(sides(), "37 17") else { panic!("two of three were taken") };
        assert!(why.starts_with("3 numbers are wanted and 2 came"), "{why}");
    }

    #[test]
    fn options_by_number_words_or_their_beginning() {
        let options =
            || Answer::OneOf { options: ["shrinks", "keeps", "grows"].map(String::from).into(), right: 1 };
        for given in ["2", "keeps", "KEEPS", "k", "2)"] {
            assert_eq!(judge(options(), given), Verdict::Right, "{given}");
        }
        assert_eq!(judge(options(), "1"), Verdict::Wrong);
        for given in ["4", "", "stays"] {
            assert!(matches!(judge(options(), given), Verdict::Unread(_)), "{given}");
        }
        // Words first: here the second option is named 1.
        let numbers = Answer::OneOf { options: vec!["2".into(), "1".into()], right: 1 };
        assert_eq!(judge(numbers, "1"), Verdict::Right);
    }

    #[test]
    fn what_cannot_be_read_is_asked_for_again() {
        let ask = |given: &str| judge(Answer::Number { value: 4.0, unit: "cells" }, given);
        let Verdict::Unread(why) = ask("four") else { panic!("a word was taken for a number") };
        assert_eq!(why, "“four” is no number: write one number of cells, such as 12, 0.25, 1/4 or 25 %");
        for given in ["", "nan", "inf", "1/0", "4 apples", "1e999"] {
            assert!(matches!(ask(given), Verdict::Unread(_)), "{given}");
        }
    }
}
