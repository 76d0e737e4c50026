//! How colours are scaled on a page: a setting of every exhibit.

use super::display::Range;
use crate::choices;
use crate::settings::{Knob, Knobs};

choices! {
    /// What the ends of a colour bar stand for.
    enum Mode { Alike = "compared alike", Own = "this map", All = "all maps", Fixed = "fixed" }
}

/// How colours are scaled on this page; a setting of every exhibit.
#[derive(Clone, Debug, PartialEq)]
pub struct Colours {
    mode: Mode,
    lo: f32,
    hi: f32,
}

impl Default for Colours {
    fn default() -> Self {
        Self { mode: Mode::Alike, lo: -1.0, hi: 1.0 }
    }
}

impl Colours {
    /// Its knobs.
    pub fn knobs(&mut self, k: &mut dyn Knobs) {
        k.heading("Colours");
        Knob::choice("range", "Colour range", &mut self.mode)
            .help("What the ends of the colour bar stand for; what a page compares has one range")
            .draws()
            .show(k);
        let fixed = self.mode == Mode::Fixed;
        Knob::float("range-min", "From", &mut self.lo, -100.0..=100.0).enabled(fixed).draws().show(k);
        Knob::float("range-max", "To", &mut self.hi, -100.0..=100.0).enabled(fixed).draws().show(k);
    }

    /// The range of a map. `compared`: that of what the page compares it with, if it does.
    pub(super) fn range(&self, compared: Option<Range>) -> Range {
        match self.mode {
            Mode::Alike => compared.unwrap_or(Range::Own),
            Mode::Own => Range::Own,
            Mode::All => Range::All,
            Mode::Fixed => Range::Fixed(self.lo.min(self.hi), self.hi.max(self.lo)),
        }
    }
}
