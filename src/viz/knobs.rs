//! Settings, declared once and visited by whoever needs them: the widgets, `--set name=value`,
//! the JSON of `render`, saving, and the sweep that moves every knob to both ends in tests.

use std::ops::RangeInclusive;

use crate::suggest::nearest;

/// The value behind a knob.
#[derive(Debug)]
pub enum Value<'a> {
    /// A whole number.
    Int(&'a mut u32, RangeInclusive<u32>),
    /// A real number.
    Float(&'a mut f32, RangeInclusive<f32>),
    /// On or off.
    Switch(&'a mut bool),
    /// One of several names.
    Choice(&'a mut usize, &'static [&'static str]),
    /// Running text of at most so many characters.
    Text(&'a mut String, usize),
    /// One line, such as a name or a path, of at most so many characters.
    Line(&'a mut String, usize),
    /// A small table of numbers, row by row, with this many columns, each within ±1000.
    Numbers(&'a mut Vec<f32>, usize),
}

/// A setting: its name on the command line, its label on the page, its value.
#[derive(Debug)]
pub struct Knob<'a> {
    /// Name for `--set`: lower case, words joined by `-`.
    pub name: &'static str,
    /// Label on the page, which a screen reader speaks.
    pub label: &'static str,
    /// One sentence shown on hover.
    pub help: &'static str,
    /// Unit behind the number, or empty.
    pub unit: &'static str,
    /// False where the other settings leave it without effect; drawn greyed out.
    pub enabled: bool,
    /// False where the drawing alone depends on it, so that moving it runs nothing again.
    pub recorded: bool,
    /// The value.
    pub value: Value<'a>,
}

impl<'a> Knob<'a> {
    fn new(name: &'static str, label: &'static str, value: Value<'a>) -> Self {
        Self { name, label, help: "", unit: "", enabled: true, recorded: true, value }
    }
    /// A whole number within a range.
    pub fn int(
        name: &'static str,
        label: &'static str,
        value: &'a mut u32,
        range: RangeInclusive<u32>,
    ) -> Self {
        Self::new(name, label, Value::Int(value, range))
    }
    /// A real number within a range.
    pub fn float(
        name: &'static str,
        label: &'static str,
        value: &'a mut f32,
        range: RangeInclusive<f32>,
    ) -> Self {
        Self::new(name, label, Value::Float(value, range))
    }
    /// On or off.
    pub fn switch(name: &'static str, label: &'static str, value: &'a mut bool) -> Self {
        Self::new(name, label, Value::Switch(value))
    }
    /// One of several names.
    pub fn choice(
        name: &'static str,
        label: &'static str,
        value: &'a mut usize,
        options: &'static [&'static str],
    ) -> Self {
        Self::new(name, label, Value::Choice(value, options))
    }
    /// One line: a name, a list, a path.
    pub fn line(name: &'static str, label: &'static str, value: &'a mut String, max_chars: usize) -> Self {
        Self::new(name, label, Value::Line(value, max_chars))
    }
    /// Running text.
    pub fn text(name: &'static str, label: &'static str, value: &'a mut String, max_chars: usize) -> Self {
        Self::new(name, label, Value::Text(value, max_chars))
    }
    /// A table of numbers.
    pub fn numbers(name: &'static str, label: &'static str, value: &'a mut Vec<f32>, columns: usize) -> Self {
        Self::new(name, label, Value::Numbers(value, columns))
    }
    /// The sentence shown on hover.
    #[must_use]
    pub fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }
    /// The unit behind the number.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }
    /// Greyed out unless `enabled`.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
    /// The drawing alone depends on it: which layer is looked at, how strongly something is laid over.
    #[must_use]
    pub fn drawn(mut self) -> Self {
        self.recorded = false;
        self
    }
    /// Hands it to a visitor.
    pub fn show(self, knobs: &mut dyn Knobs) {
        knobs.visit(self);
    }
}

/// A visitor of knobs.
pub trait Knobs {
    /// Called for each knob in order.
    fn visit(&mut self, knob: Knob<'_>);
    /// A heading above the knobs that follow.
    fn heading(&mut self, _text: &'static str) {}
}

/// Hands knobs on to a visitor as being without effect.
pub struct Disabled<'k>(pub &'k mut dyn Knobs);

impl Knobs for Disabled<'_> {
    fn visit(&mut self, knob: Knob<'_>) {
        self.0.visit(knob.enabled(false));
    }
    fn heading(&mut self, text: &'static str) {
        self.0.heading(text);
    }
}

/// Why `--set` was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum KnobError {
    /// Not `name=value`.
    #[error("\"{0}\" is not of the form knob=value")]
    Form(String),
    /// No knob of this name.
    #[error("there is no knob \"{name}\"{hint}; there is: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// `, did you mean "stride"?`
        hint: String,
        /// What there is.
        known: String,
    },
    /// The value does not parse or is out of range.
    #[error("{name} cannot be \"{value}\": it must be {want}")]
    Value {
        /// Knob.
        name: &'static str,
        /// What was given.
        value: String,
        /// What would do.
        want: String,
    },
}

/// Sets one knob from `name=value`.
struct Set<'s> {
    name: &'s str,
    value: &'s str,
    known: Vec<&'static str>,
    result: Option<Result<(), KnobError>>,
}

impl Knobs for Set<'_> {
    fn visit(&mut self, knob: Knob<'_>) {
        self.known.push(knob.name);
        if knob.name == self.name {
            let name = knob.name;
            let refused = |want| KnobError::Value { name, value: self.value.to_owned(), want };
            self.result = Some(assign(knob.value, self.value).map_err(refused));
        }
    }
}

/// Parses `text` into the value; on failure says what it must be.
fn assign(value: Value<'_>, text: &str) -> Result<(), String> {
    match value {
        Value::Int(v, range) => {
            let want = || format!("a whole number from {} to {}", range.start(), range.end());
            *v = text.parse().ok().filter(|n| range.contains(n)).ok_or_else(want)?;
        }
        Value::Float(v, range) => {
            let want = || format!("a number from {} to {}", range.start(), range.end());
            *v = text.parse().ok().filter(|n| range.contains(n)).ok_or_else(want)?;
        }
        Value::Switch(v) => {
            *v = match text {
                "on" | "true" | "1" | "yes" => true,
                "off" | "false" | "0" | "no" => false,
                _ => return Err("on or off".into()),
            };
        }
        Value::Choice(v, options) => {
            let same = |o: &&str| o.eq_ignore_ascii_case(text);
            let want = || format!("one of {}", options.join(", "));
            *v = options.iter().position(same).ok_or_else(want)?;
        }
        Value::Text(v, max) | Value::Line(v, max) => {
            if text.chars().count() > max {
                return Err(format!("at most {max} characters long"));
            }
            text.clone_into(v);
        }
        Value::Numbers(v, columns) => {
            let numbers: Option<Vec<f32>> =
                text.split([',', ' ', ';']).filter(|t| !t.is_empty()).map(|t| t.parse().ok()).collect();
            let fits = |n: &Vec<f32>| n.len() == v.len() && n.iter().all(|x| x.abs() <= 1000.0);
            let want = || {
                let rows = v.len() / columns.max(1);
                format!("{} numbers within ±1000, {rows} rows of {columns}, joined by commas", v.len())
            };
            *v = numbers.filter(fits).ok_or_else(want)?;
        }
    }
    Ok(())
}

/// Sets one knob from `name=value`; `visit` shows all knobs to a visitor.
pub fn set(assignment: &str, visit: impl FnOnce(&mut dyn Knobs)) -> Result<(), KnobError> {
    let (name, value) = assignment.split_once('=').ok_or_else(|| KnobError::Form(assignment.to_owned()))?;
    let mut set = Set { name: name.trim(), value: value.trim(), known: Vec::new(), result: None };
    visit(&mut set);
    set.result.unwrap_or_else(|| {
        let hint = nearest(name, set.known.iter().copied());
        Err(KnobError::Unknown {
            name: name.to_owned(),
            hint: hint.map(|n| format!(", did you mean \"{n}\"?")).unwrap_or_default(),
            known: set.known.join(", "),
        })
    })
}

/// Collects the values as JSON.
#[derive(Default)]
struct Dump {
    values: serde_json::Map<String, serde_json::Value>,
    /// Leave out what the drawing alone depends on.
    recorded: bool,
}

impl Knobs for Dump {
    fn visit(&mut self, knob: Knob<'_>) {
        if self.recorded && !knob.recorded {
            return;
        }
        let value = match knob.value {
            Value::Int(v, _) => (*v).into(),
            // The shortest decimal that gives the same f32, not the digits of its f64 twin.
            Value::Float(v, _) => v.to_string().parse::<f64>().unwrap_or_else(|_| f64::from(*v)).into(),
            Value::Switch(v) => (*v).into(),
            Value::Choice(v, options) => options.get(*v).copied().unwrap_or_default().into(),
            Value::Text(v, _) | Value::Line(v, _) => v.as_str().into(),
            Value::Numbers(v, _) => v.to_vec().into(),
        };
        self.values.insert(knob.name.into(), value);
    }
}

/// All values, by name.
pub fn dump(visit: impl FnOnce(&mut dyn Knobs)) -> serde_json::Map<String, serde_json::Value> {
    let mut dump = Dump::default();
    visit(&mut dump);
    dump.values
}

/// The values that a recording depends on, by name.
pub fn recorded(visit: impl FnOnce(&mut dyn Knobs)) -> serde_json::Map<String, serde_json::Value> {
    let mut dump = Dump { recorded: true, ..Dump::default() };
    visit(&mut dump);
    dump.values
}

/// A knob as it stands, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Name for `--set`.
    pub name: &'static str,
    /// Label on the page.
    pub label: &'static str,
    /// Whether it has an effect under the present settings.
    pub enabled: bool,
}

/// Collects what the knobs are called and which have an effect.
#[derive(Default)]
struct List(Vec<Listed>);

impl Knobs for List {
    fn visit(&mut self, knob: Knob<'_>) {
        self.0.push(Listed { name: knob.name, label: knob.label, enabled: knob.enabled });
    }
}

/// All knobs in order.
pub fn list(visit: impl FnOnce(&mut dyn Knobs)) -> Vec<Listed> {
    let mut list = List::default();
    visit(&mut list);
    list.0
}

/// Lists, for every knob, assignments that move it to its ends (every option of a choice).
#[derive(Default)]
struct Ends(Vec<String>);

impl Knobs for Ends {
    fn visit(&mut self, knob: Knob<'_>) {
        let name = knob.name;
        let ends = match knob.value {
            Value::Int(_, range) => vec![range.start().to_string(), range.end().to_string()],
            Value::Float(_, range) => vec![range.start().to_string(), range.end().to_string()],
            Value::Switch(_) => vec!["on".into(), "off".into()],
            Value::Choice(_, options) => options.iter().map(ToString::to_string).collect(),
            Value::Text(_, max) | Value::Line(_, max) => vec!["cat".into(), "word ".repeat(max / 5)],
            Value::Numbers(v, _) => {
                let all = |x: &str| vec![x; v.len()].join(",");
                vec![all("0"), all("1000")]
            }
        };
        self.0.extend(ends.into_iter().map(|end| format!("{name}={end}")));
    }
}

/// Assignments that move every knob to its ends.
pub fn ends(visit: impl FnOnce(&mut dyn Knobs)) -> Vec<String> {
    let mut ends = Ends::default();
    visit(&mut ends);
    ends.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_set(assignment: &str) -> Result<(u32, usize), KnobError> {
        let (mut stride, mut mode) = (1, 0);
        set(assignment, |k| {
            Knob::int("stride", "Stride", &mut stride, 1..=8).show(k);
            Knob::choice("mode", "Mode", &mut mode, &["train", "test"]).show(k);
        })?;
        Ok((stride, mode))
    }

    #[test]
    fn sets_and_refuses_with_a_sentence() {
        assert_eq!(try_set("stride=4"), Ok((4, 0)));
        assert_eq!(try_set("mode=TEST"), Ok((1, 1)));
        let says = |a: &str| try_set(a).unwrap_err().to_string();
        assert_eq!(says("stride=9"), "stride cannot be \"9\": it must be a whole number from 1 to 8");
        assert_eq!(
            says("strid=2"),
            "there is no knob \"strid\", did you mean \"stride\"?; there is: stride, mode"
        );
        assert_eq!(says("stride"), "\"stride\" is not of the form knob=value");
        assert_eq!(says("mode=both"), "mode cannot be \"both\": it must be one of train, test");
    }
}
