//! Why a lesson's file cannot be read.

/// Why a lesson cannot be read: which one, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("lesson \"{slug}\": {fault}")]
pub struct LessonError {
    /// The page it belongs to.
    pub slug: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong in a lesson's text. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A heading that every lesson has.
    #[error("there is no heading \"{0}\": add it, with its text below")]
    Missing(&'static str),
    /// A heading that no lesson has.
    #[error("line {line}: \"{heading}\" is no heading of a lesson, did you mean \"{nearest}\"?")]
    Unknown {
        /// Where.
        line: usize,
        /// What stands there.
        heading: String,
        /// What was probably meant.
        nearest: &'static str,
    },
    /// The same heading again.
    #[error("line {line}: the heading \"{heading}\" stands there a second time: join both")]
    Twice {
        /// Where.
        line: usize,
        /// Which.
        heading: String,
    },
    /// A heading without text.
    #[error("line {line}: nothing stands below \"{heading}\": write it, or take the heading out")]
    Empty {
        /// Where.
        line: usize,
        /// Which.
        heading: String,
    },
    /// An item of a list that has not the form it must have.
    #[error("line {line}: in \"{section}\" each item is written as {form}")]
    Form {
        /// Where.
        line: usize,
        /// Heading above.
        section: &'static str,
        /// How it is written.
        form: &'static str,
    },
}
