//! What a lesson holds.

use super::check::Check;
use super::links::{Link, links};
use crate::settings::Settings;

/// A page's text. All texts but names are Markdown with formulas between dollars, knobs as `{stride=4}`
/// (see [`super::blocks()`]) and links `set:stride=4` to settings of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// The page it belongs to.
    pub slug: String,
    /// Name of the page.
    pub title: String,
    /// What an interviewer asks.
    pub question: String,
    /// The answer in half a minute: 70 to 90 words, to be spoken.
    pub spoken: String,
    /// The whole answer.
    pub answer: String,
    /// The same, cut at its headings; what stands before the first one has no title.
    pub sections: Vec<Section>,
    /// PyTorch that computes the same as the page at its start; empty if there is none.
    pub code: String,
    /// What is asked next.
    pub follow_ups: Vec<FollowUp>,
    /// What is often said, and what holds.
    pub notes: Vec<Pair>,
    /// Settings worth seeing. The first is the start.
    pub presets: Vec<Preset>,
    /// How to make the point by failing; empty if there is none.
    pub break_it: String,
    /// What to try.
    pub try_this: String,
    /// Other pages that explain a part of this one, or go on from it.
    pub see_also: Vec<Elsewhere>,
}

/// What stands above parts of an answer that every lesson may have.
pub const SPOKEN: &str = "In half a minute";
/// Above [`Lesson::notes`].
pub const HEARD: &str = "Often heard, what holds";
/// Above [`Lesson::break_it`].
pub const BREAK_IT: &str = "Break it";
/// Above [`Lesson::try_this`].
pub const TRY_THIS: &str = "Try this";
/// Above [`Lesson::follow_ups`].
pub const NEXT: &str = "Follow-up questions";

/// Above [`Lesson::see_also`].
pub const SEE_ALSO: &str = "See also";

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading, or empty.
    pub title: String,
    /// What stands below.
    pub text: String,
}

/// A question that follows, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FollowUp {
    /// The question.
    pub ask: String,
    /// Its answer.
    pub answer: String,
}

/// A half-truth and what holds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pair {
    /// What is often said.
    pub heard: String,
    /// What holds.
    pub holds: String,
}

/// Another page, and what it has to do with this one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Elsewhere {
    /// Its name on the command line.
    pub page: String,
    /// What it explains, one sentence.
    pub why: String,
}

/// Settings of the page under a name that says what one sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What one sees.
    pub name: String,
    /// Whether something is broken in it, or mended.
    pub tone: Tone,
    /// What differs from the page's defaults, as `stride=4&image=zone plate`; empty if nothing does.
    pub settings: String,
    /// One sentence on what these settings show.
    pub claim: String,
    /// What must hold of the page's lesson sentence under these settings.
    pub check: Option<Check>,
}

impl Preset {
    /// What differs from the page's defaults. A test reads those of every lesson.
    pub fn settings(&self) -> Settings {
        self.settings.parse().unwrap_or_default()
    }
}

/// Whether a preset shows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Neither.
    Plain,
    /// It makes the point by failing.
    Broken,
    /// It mends the broken one before it.
    Mended,
}

/// Words of a text, as a speaker counts them: what holds a letter or a digit.
pub fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

impl Lesson {
    /// Every Markdown text with the heading it stands under, in the order of the file.
    pub fn texts(&self) -> Vec<(&'static str, &str)> {
        let mut texts = vec![
            ("Question", self.question.as_str()),
            ("In half a minute", &self.spoken),
            ("Answer", &self.answer),
            ("In code", &self.code),
        ];
        texts.extend(
            self.follow_ups.iter().flat_map(|f| [&f.ask, &f.answer]).map(|t| ("Follow-ups", t.as_str())),
        );
        let pairs = self.notes.iter().flat_map(|n| [&n.heard, &n.holds]);
        texts.extend(pairs.map(|t| ("Often heard, what holds", t.as_str())));
        texts.extend(self.presets.iter().map(|p| ("Presets", p.claim.as_str())));
        texts.extend([("Break it", self.break_it.as_str()), ("Try this", &self.try_this)]);
        texts.extend(self.see_also.iter().map(|other| (SEE_ALSO, other.why.as_str())));
        texts.retain(|(_, text)| !text.is_empty());
        texts
    }

    /// What stands above the parts of the answer, in the order in which they are read.
    pub fn headings(&self) -> Vec<&str> {
        let sections = self.sections.iter().map(|section| section.title.as_str());
        let further = [
            (HEARD, self.notes.is_empty()),
            (BREAK_IT, self.break_it.is_empty()),
            (TRY_THIS, self.try_this.is_empty()),
            (NEXT, self.follow_ups.is_empty()),
            (SEE_ALSO, self.see_also.is_empty()),
        ];
        let further = further.into_iter().filter(|(_, lacks)| !lacks).map(|(title, _)| title);
        std::iter::once(SPOKEN).chain(sections.filter(|title| !title.is_empty())).chain(further).collect()
    }

    /// Every link to settings of the page: its presets, then those in the text.
    pub fn links(&self) -> Vec<Link> {
        let presets =
            self.presets.iter().map(|p| Link { name: p.name.clone(), settings: p.settings.clone() });
        presets.chain(self.texts().into_iter().flat_map(|(_, text)| links(text))).collect()
    }

    /// The preset of a name, ignoring case.
    pub fn preset(&self, name: &str) -> Option<&Preset> {
        self.presets.iter().find(|p| p.name.to_lowercase() == name.to_lowercase())
    }
}
