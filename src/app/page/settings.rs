//! The settings of a page as text: set, read, put back; and the preset that they are.

use super::frame::{Page, visit};
use crate::lessons::Preset;
use crate::settings::{self, Effect, KnobError, Listed, Settings};
use crate::viz::Colours;

impl Page {
    /// Puts all settings back to their defaults.
    pub fn reset(&mut self) {
        self.glide = None;
        self.opening = None;
        self.exhibit = (self.topic.new)();
        self.colours = Colours::default();
        self.recorded = None;
        self.steered.clear();
    }

    /// Sets a knob from `name=value`.
    ///
    /// # Errors
    /// If there is no such knob, or it cannot take that value.
    pub fn set(&mut self, assignment: &str) -> Result<(), KnobError> {
        settings::set(assignment, |k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// Puts these settings in place of all: those that are not named take their defaults.
    ///
    /// # Errors
    /// What was refused; the rest is set.
    pub fn apply(&mut self, wanted: &Settings) -> Result<(), Vec<KnobError>> {
        let mut all = self.first.clone();
        for (name, value) in wanted.iter() {
            all.put(name, value.to_owned());
        }
        // A default that has no place beside the others, such as a cell of a larger map, stays as it is.
        let _ = settings::apply(&all, |k| visit(self.exhibit.as_mut(), &mut self.colours, k));
        settings::apply(wanted, |k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// All settings as text.
    pub fn settings(&mut self) -> Settings {
        settings::read(|k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// The settings that differ from those that the page begins with.
    pub fn changed_settings(&mut self) -> Settings {
        self.wanted().changed_since(&self.first)
    }

    /// All settings by name, as JSON.
    pub fn settings_json(&mut self) -> serde_json::Map<String, serde_json::Value> {
        settings::dump(|k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// All knobs in order, and whether they have an effect under the present settings.
    pub fn knobs(&mut self) -> Vec<Listed> {
        settings::list(|k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// Assignments that move every knob to its ends.
    pub fn ends(&mut self) -> Vec<String> {
        settings::ends(|k| visit(self.exhibit.as_mut(), &mut self.colours, k))
    }

    /// The preset whose settings the page has.
    pub fn preset(&mut self) -> Option<&'static Preset> {
        let (now, knobs) = (self.wanted(), self.knobs());
        // What only draws, such as the cell that is looked at, may be another.
        let draws = |name: &str| knobs.iter().any(|k| k.name == name && k.effect == Effect::Draws);
        let matches = |wanted: &Settings| {
            let has = |(name, first): (&str, &str)| match wanted.get(name) {
                Some(value) => now.get(name) == Some(value),
                None => draws(name) || now.get(name) == Some(first),
            };
            self.first.iter().all(has)
        };
        let all = self.topic.lesson().presets.iter().map(|preset| (preset, preset.settings()));
        // The one that says most: what is only drawn may be all that tells two apart.
        let said = all.rev().filter(|(_, wanted)| matches(wanted)).max_by_key(|(_, wanted)| wanted.len());
        said.map(|(preset, _)| preset)
    }
}
