//! Visitors of a page's knobs that draw nothing: set, read, list, sweep.

use super::knobs::{Effect, Knob, Knobs};
use super::line::Settings;
use crate::suggest::nearest;

/// Why a setting was refused.
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

/// Sets one knob.
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
            self.result = Some(knob.value.assign(self.value).map_err(refused));
        }
    }
}

fn put(name: &str, value: &str, visit: impl FnOnce(&mut dyn Knobs)) -> Result<(), KnobError> {
    let mut set = Set { name, value, known: Vec::new(), result: None };
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

/// Sets one knob from `name=value`; `visit` shows all knobs to a visitor.
///
/// # Errors
/// If there is no such knob, or it cannot take that value.
pub fn set(assignment: &str, visit: impl FnOnce(&mut dyn Knobs)) -> Result<(), KnobError> {
    let (name, value) = assignment.split_once('=').ok_or_else(|| KnobError::Form(assignment.to_owned()))?;
    put(name.trim(), value.trim(), visit)
}

/// Sets knobs one after the other. What is refused is left out and returned; a knob whose range depends on
/// another that stands behind it is tried a second time.
///
/// # Errors
/// All that was refused.
pub fn apply(settings: &Settings, mut visit: impl FnMut(&mut dyn Knobs)) -> Result<(), Vec<KnobError>> {
    let mut refused = Vec::new();
    for (name, value) in settings.iter() {
        if put(name, value, &mut visit).is_err() {
            refused.push((name, value));
        }
    }
    let again = refused.into_iter().filter_map(|(name, value)| put(name, value, &mut visit).err());
    let errors: Vec<KnobError> = again.collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Writes values as text.
struct Read {
    settings: Settings,
    least: Effect,
}

impl Knobs for Read {
    fn visit(&mut self, knob: Knob<'_>) {
        if knob.effect >= self.least {
            self.settings.put(knob.name, knob.value.text());
        }
    }
}

/// All settings as text; knobs that rewrite others say nothing of their own.
pub fn read(visit: impl FnOnce(&mut dyn Knobs)) -> Settings {
    affecting(Effect::Draws, visit)
}

/// The settings whose effect is at least this one: with [`Effect::Records`], all that a recording depends
/// on.
pub fn affecting(least: Effect, visit: impl FnOnce(&mut dyn Knobs)) -> Settings {
    let mut read = Read { settings: Settings::new(), least };
    visit(&mut read);
    read.settings
}

/// Collects the values as JSON.
#[derive(Default)]
struct Dump(serde_json::Map<String, serde_json::Value>);

impl Knobs for Dump {
    fn visit(&mut self, knob: Knob<'_>) {
        self.0.insert(knob.name.into(), knob.value.json());
    }
}

/// All values, by name.
pub fn dump(visit: impl FnOnce(&mut dyn Knobs)) -> serde_json::Map<String, serde_json::Value> {
    let mut dump = Dump::default();
    visit(&mut dump);
    dump.0
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
    /// What moving it asks for.
    pub effect: Effect,
}

/// Collects what the knobs are called and which have an effect.
#[derive(Default)]
struct List(Vec<Listed>);

impl Knobs for List {
    fn visit(&mut self, knob: Knob<'_>) {
        let Knob { name, label, enabled, effect, .. } = knob;
        self.0.push(Listed { name, label, enabled, effect });
    }
}

/// All knobs in order.
pub fn list(visit: impl FnOnce(&mut dyn Knobs)) -> Vec<Listed> {
    let mut list = List::default();
    visit(&mut list);
    list.0
}

/// The label of the knob of a name.
pub fn label(name: &str, visit: impl FnOnce(&mut dyn Knobs)) -> Option<&'static str> {
    list(visit).into_iter().find(|knob| knob.name == name).map(|knob| knob.label)
}

/// Lists, for every knob, assignments that move it to its ends.
#[derive(Default)]
struct Ends(Vec<String>);

impl Knobs for Ends {
    fn visit(&mut self, knob: Knob<'_>) {
        let name = knob.name;
        self.0.extend(knob.value.ends().into_iter().map(|end| format!("{name}={end}")));
    }
}

/// Assignments that move every knob to its ends (every option of a choice).
pub fn ends(visit: impl FnOnce(&mut dyn Knobs)) -> Vec<String> {
    let mut ends = Ends::default();
    visit(&mut ends);
    ends.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices;

    choices! {
        enum Mode { Train = "train", Test = "test" }
    }

    #[derive(Default)]
    struct Page {
        stride: u32,
        most: u32,
        mode: Mode,
    }

    impl Page {
        fn knobs(&mut self, k: &mut dyn Knobs) {
            let most = self.most.max(1);
            let mut half = self.most / 2;
            Knob::int("half", "Half of it", &mut half, 0..=4).edits().show(k);
            if half != self.most / 2 {
                self.most = 2 * half;
            }
            Knob::int("stride", "Stride", &mut self.stride, 0..=most).show(k);
            Knob::int("most", "Most", &mut self.most, 0..=9).show(k);
            Knob::choice("mode", "Mode", &mut self.mode).draws().show(k);
        }
    }

    fn try_set(assignment: &str) -> Result<(u32, Mode), KnobError> {
        let mut page = Page { most: 8, ..Page::default() };
        set(assignment, |k| page.knobs(k))?;
        Ok((page.stride, page.mode))
    }

    #[test]
    fn sets_and_refuses_with_a_sentence() {
        assert_eq!(try_set("stride=4"), Ok((4, Mode::Train)));
        assert_eq!(try_set("mode=TEST"), Ok((0, Mode::Test)));
        let says = |a: &str| try_set(a).unwrap_err().to_string();
        assert_eq!(says("stride=9"), "stride cannot be \"9\": it must be a whole number from 0 to 8");
        assert_eq!(
            says("strid=2"),
            "there is no knob \"strid\", did you mean \"stride\"?; there is: half, stride, most, mode"
        );
        assert_eq!(says("stride"), "\"stride\" is not of the form knob=value");
        assert_eq!(says("mode=both"), "mode cannot be \"both\": it must be one of train, test");
    }

    #[test]
    fn a_range_that_another_setting_opens_is_tried_again() {
        let mut page = Page::default();
        apply(&"stride=5&most=8&mode=test".parse().unwrap(), |k| page.knobs(k)).unwrap();
        assert_eq!((page.stride, page.mode), (5, Mode::Test));
        let refused = apply(&"stride=99&mode=train".parse().unwrap(), |k| page.knobs(k)).unwrap_err();
        assert_eq!((refused.len(), page.stride, page.mode), (1, 5, Mode::Train));
    }

    #[test]
    fn what_a_recording_depends_on_leaves_out_the_drawing() {
        let mut page = Page { most: 3, ..Page::default() };
        assert_eq!(read(|k| page.knobs(k)).to_string(), "stride=0&most=3&mode=train");
        assert_eq!(affecting(Effect::Records, |k| page.knobs(k)).to_string(), "stride=0&most=3");
        assert_eq!(ends(|k| page.knobs(k)).len(), 8);
        set("half=2", |k| page.knobs(k)).unwrap();
        assert_eq!(read(|k| page.knobs(k)).get("most"), Some("4"), "it speaks through what it rewrites");
        assert_eq!(label("most", |k| page.knobs(k)), Some("Most"));
    }
}
