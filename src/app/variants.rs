//! Which variants of a kernel ran for a page.

use crate::gpu::{AnyKernel, StepId};
use crate::viz::Stage;

/// The kernel that is shown, and what was chosen of its variants.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chosen {
    /// Its name.
    pub kernel: &'static str,
    /// The variant, if one was chosen; else the one that ran.
    pub variant: Option<usize>,
}

/// A variant of a kernel, and how many steps of the page ran it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its index among the variants of its kernel.
    pub variant: usize,
    /// Steps that ran it.
    pub steps: usize,
}

/// The variants of a kernel in the order in which they are offered: what ran most, what else ran, the plain one, the
/// others.
pub fn offered(stage: &Stage, kernel: &dyn AnyKernel) -> Vec<Ran> {
    let mut all: Vec<Ran> = (0..kernel.variants().len()).map(|variant| Ran { variant, steps: 0 }).collect();
    for (_, session) in stage.sessions() {
        let own = session.plan().steps.iter().enumerate().filter(|(_, s)| s.kernel.name() == kernel.name());
        for variant in own.filter_map(|(step, _)| session.variant(StepId(step))) {
            all[variant].steps += 1;
        }
    }
    // Stable: among those that did not run, the plain one is the first already.
    all.sort_by_key(|ran| std::cmp::Reverse(ran.steps));
    all
}
