//! What a page teaches, apart from its picture: one Markdown file a page, parsed into sections, presets
//! and follow-up questions; and the questions of practice with the judging of answers.
//!
//! Nothing here draws. A page sets its text, the command line prints it, and tests hold its claims
//! against what the page computes.

mod blocks;
mod check;
mod code;
mod error;
mod judge;
mod lesson;
mod links;
mod markdown;
mod math;
mod parse;
mod plain;
mod question;
mod registry;
#[cfg(test)]
mod registry_tests;
mod substitute;
mod tour;

pub use blocks::{Reference, blocks, references};
pub use check::Check;
pub use code::{filled, followed};
pub use error::{Fault, LessonError};
pub use judge::Verdict;
pub use lesson::{
    BREAK_IT, Elsewhere, FollowUp, HEARD, Lesson, NEXT, Pair, Preset, SEE_ALSO, SPOKEN, Section, TRY_THIS,
    Tone, words,
};
pub use links::{Link, links};
pub use math::readable;
pub use plain::plain;
pub use question::{Answer, Asked, Question};
pub use registry::{all, lesson};
pub use substitute::{Symbols, substituted};
pub use tour::{Stop, tour};
