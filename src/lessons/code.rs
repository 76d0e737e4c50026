//! Code of a lesson under the settings of its page. A line `stride = 2  # {stride}` follows the knob of that
//! name, so that one text is Python that runs as it stands and, on the page, Python for what is shown.

use serde_json::Value;

use crate::settings::{Knobs, dump, list};

/// A name and its literal, and the knob that says it.
struct Assignment<'a> {
    /// Up to and with the equals sign.
    before: &'a str,
    literal: &'a str,
    knob: &'a str,
}

/// Reads `name = literal  # {knob}`.
fn assignment(line: &str) -> Option<Assignment<'_>> {
    let (code, comment) = line.split_once("# {")?;
    let knob = comment.trim_end().strip_suffix('}')?;
    let (name, literal) = code.split_once(" = ")?;
    Some(Assignment { before: &line[..name.len() + " = ".len()], literal: literal.trim(), knob })
}

/// The knobs that code follows, with the literal that stands there.
pub fn followed(code: &str) -> Vec<(&str, &str)> {
    code.lines().filter_map(assignment).map(|of| (of.knob, of.literal)).collect()
}

/// A value as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Array(values) => format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Number(_) | Value::String(_) | Value::Object(_) => value.to_string(),
    }
}

/// The code with the values and labels of a page's knobs; `visit` shows them all to a visitor. What is none of
/// them stays as it was written.
pub fn filled(code: &str, mut visit: impl FnMut(&mut dyn Knobs)) -> String {
    let (knobs, values) = (list(&mut visit), dump(visit));
    let knob = |name: &str| {
        let label = knobs.iter().find(|knob| knob.name == name)?.label;
        Some((label, literal(values.get(name)?)))
    };
    let lines: Vec<_> = code
        .lines()
        .map(|line| (line, assignment(line).and_then(|of| Some((of.before, knob(of.knob)?)))))
        .collect();
    let written = |before: &str, literal: &str| before.chars().count() + literal.chars().count();
    let column = lines.iter().filter_map(|(_, of)| of.as_ref()).map(|(b, (_, l))| written(b, l)).max();
    let mut out = String::with_capacity(code.len());
    for (line, of) in lines {
        match of {
            Some((before, (label, literal))) => {
                let gap = column.unwrap_or(0).min(LONGEST).saturating_sub(written(before, &literal));
                out += &format!("{before}{literal}{}  # {label}", " ".repeat(gap));
            }
            None => out += line,
        }
        out.push('\n');
    }
    out
}

/// Comments of settings stand below each other up to this column.
const LONGEST: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Knob;

    const CODE: &str =
        "stride = 2     # {stride}\nimage = \"grid\" # {image}\ny = f(x, stride)  # {not a knob\n";

    #[test]
    fn settings_stand_in_the_code_and_the_rest_stays() {
        let (mut stride, mut image) = (4, "zone plate".to_owned());
        let knobs = |k: &mut dyn Knobs| {
            Knob::int("stride", "Stride", &mut stride, 1..=8).show(k);
            Knob::line("image", "Input", &mut image, 20).show(k);
        };
        let want = "stride = 4            # Stride\nimage = \"zone plate\"  # Input\n\
                    y = f(x, stride)  # {not a knob\n";
        assert_eq!(filled(CODE, knobs), want);
        assert_eq!(followed(CODE), [("stride", "2"), ("image", "\"grid\"")]);
        assert_eq!(filled(CODE, |_| ()), CODE);
    }

    #[test]
    fn values_are_python() {
        assert_eq!(literal(&serde_json::json!([1.0, -0.5])), "[1.0, -0.5]");
        assert_eq!(literal(&true.into()), "True");
        assert_eq!(literal(&"say \"it\"".into()), "\"say \\\"it\\\"\"");
    }
}
