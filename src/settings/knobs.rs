//! A setting and those who visit it: the widgets, `--set name=value`, the JSON of `render`, saving, and
//! the sweep that moves every knob to both ends in tests.

use std::ops::RangeInclusive;

use super::choices::Choice;
use super::value::Value;

/// What moving a knob asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing of its own: it rewrites another knob, whose text alone is kept. A slider of a layer in a
    /// network that is written as one line.
    Edits,
    /// Another drawing of what is there: which layer is looked at, how strongly something is laid over.
    Draws,
    /// Training goes on with it, such as a learning rate; nothing is recorded again.
    Steers,
    /// The plan is recorded again.
    Records,
    /// Networks in training begin anew.
    Restarts,
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
    /// Unit behind the number, or empty; of a line, what an empty one means.
    pub unit: &'static str,
    /// False where the other settings leave it without effect; drawn greyed out.
    pub enabled: bool,
    /// What moving it asks for.
    pub effect: Effect,
    /// The value.
    pub value: Value<'a>,
}

impl<'a> Knob<'a> {
    fn new(name: &'static str, label: &'static str, value: Value<'a>) -> Self {
        Self { name, label, help: "", unit: "", enabled: true, effect: Effect::Records, value }
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
    pub fn choice<C: Choice>(name: &'static str, label: &'static str, value: &'a mut C) -> Self {
        Self::new(name, label, Value::Choice(value, C::NAMES.len()))
    }
    /// One of the first `count` of several names: the others have no meaning on this page.
    pub fn choice_of<C: Choice>(
        name: &'static str,
        label: &'static str,
        value: &'a mut C,
        count: usize,
    ) -> Self {
        Self::new(name, label, Value::Choice(value, count.clamp(1, C::NAMES.len())))
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
    /// The unit behind the number; of a line, what an empty one means.
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
    /// The drawing alone depends on it.
    #[must_use]
    pub fn draws(mut self) -> Self {
        self.effect = Effect::Draws;
        self
    }
    /// It rewrites another knob and is not kept beside it.
    #[must_use]
    pub fn edits(mut self) -> Self {
        self.effect = Effect::Edits;
        self
    }
    /// Training goes on with it.
    #[must_use]
    pub fn steers(mut self) -> Self {
        self.effect = Effect::Steers;
        self
    }
    /// Networks in training begin anew with it.
    #[must_use]
    pub fn restarts(mut self) -> Self {
        self.effect = Effect::Restarts;
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
    /// Called for a knob of something that is not there yet: it can be set and read, but there is nothing to draw.
    fn absent(&mut self, knob: Knob<'_>) {
        self.visit(knob.enabled(false));
    }
    /// A heading above the knobs that follow.
    fn heading(&mut self, _text: &'static str) {}
}

/// Hands knobs on to a visitor as those of something that is not there yet, without their headings.
pub struct Absent<'k>(pub &'k mut dyn Knobs);

impl Knobs for Absent<'_> {
    fn visit(&mut self, knob: Knob<'_>) {
        self.0.absent(knob);
    }
}
