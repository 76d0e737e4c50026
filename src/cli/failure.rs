//! Why a command did not do what was asked, and its exit code.

use crate::gpu::GpuError;

/// What a command ends with.
pub type Outcome = Result<(), Failure>;

/// Why a command did not do what was asked; each kind has an exit code. What it displays is one
/// sentence for stderr.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something went wrong on the way.
    #[error("{}", told(.0))]
    Failed(#[from] anyhow::Error),
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A check ran to its end and found a difference.
    #[error("{0}")]
    Check(String),
    /// There is no adapter to compute on.
    #[error("{0}")]
    NoAdapter(GpuError),
}

/// What went wrong and why, as far as it was not said before: most errors have their cause in their own sentence.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

impl Failure {
    /// Exit code of the process.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Check(_) => 3,
            Self::NoAdapter(_) => 4,
        }
    }
}

impl From<GpuError> for Failure {
    fn from(error: GpuError) -> Self {
        match error {
            GpuError::NoAdapter { .. } | GpuError::NoSuchAdapter { .. } | GpuError::Refused { .. } => {
                Self::NoAdapter(error)
            }
            other => Self::Failed(other.into()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn a_cause_is_said_once() {
        let cause = || std::io::Error::other("no room");
        let outside = Err::<(), _>(cause()).context("could not write a file").unwrap_err();
        assert_eq!(told(&outside), "could not write a file: no room");
        let inside =
            Err::<(), _>(cause()).context("could not write a file (no room), make some").unwrap_err();
        assert_eq!(told(&inside), "could not write a file (no room), make some");
    }
}
