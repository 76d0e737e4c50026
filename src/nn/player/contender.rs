//! Who takes part in a comparison.

use std::rc::Rc;

use crate::nn::error::TrainError;
use crate::nn::task::{Setup, Task};

/// A network to be trained beside others.
#[derive(Clone)]
pub struct Contender {
    /// What the page calls it: `residual`.
    pub name: String,
    /// Data and network.
    pub task: Rc<dyn Task>,
    /// How it is trained.
    pub setup: Setup,
    /// It draws its batches by a seed or a size of its own, since that is what the comparison is about.
    pub own_draws: bool,
}

impl Contender {
    /// One that shares seed and batch with the others.
    pub fn new(name: impl Into<String>, task: Rc<dyn Task>, setup: Setup) -> Self {
        Self { name: name.into(), task, setup, own_draws: false }
    }

    /// The same with a seed or a size of batch that may differ from the others'.
    #[must_use]
    pub fn with_own_draws(self) -> Self {
        Self { own_draws: true, ..self }
    }
}

impl std::fmt::Debug for Contender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.name, self.setup)
    }
}

/// Refuses runs that cannot be compared: exactly one thing is to differ between them.
pub(super) fn check(contenders: &[Contender]) -> Result<(), TrainError> {
    let Some(first) = contenders.iter().find(|c| !c.own_draws).or(contenders.first()) else {
        return Err(TrainError::Nobody);
    };
    let draws = |c: &Contender| (c.name.clone(), c.setup.seed, c.setup.batch);
    let (a, same) = (draws(first), (first.setup.seed, first.setup.batch));
    let unlike = |c: &&Contender| !c.own_draws && (c.setup.seed, c.setup.batch) != same;
    match contenders.iter().find(unlike) {
        Some(other) => Err(TrainError::Unlike { a, b: draws(other) }),
        None => Ok(()),
    }
}
