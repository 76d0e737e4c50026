//! What has to run again when other parameters or constants take the place of a plan's, or another plan does.

use std::ops::Range;

use super::kernel::Access;
use super::plan::{Plan, Step};
use super::tensor::{BufId, Source};

/// What a plan of the same structure computes anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Of each step, whether it has to run.
    pub steps: Vec<bool>,
    /// Of each buffer, whether its content may differ.
    pub buffers: Vec<bool>,
}

impl Affected {
    /// All of a plan.
    pub fn all(plan: &Plan) -> Self {
        Self { steps: vec![true; plan.steps.len()], buffers: vec![true; plan.buffers.len()] }
    }
}

impl Plan {
    /// What of `next`, a plan of any structure, this one has not computed, where it has run whole. The other buffers
    /// hold what those of the same number hold here: they are declared alike and written by the same steps. All of it
    /// where a run of either goes on from what an earlier one has left.
    pub fn succession(&self, next: &Self) -> Affected {
        let mut left = Affected::all(next);
        if !self.runs_apart() || !next.runs_apart() {
            return left;
        }
        let mut same: Vec<bool> = self.buffers.iter().zip(&next.buffers).map(|(a, b)| a.is_like(b)).collect();
        same.resize(next.buffers.len(), false);
        // What is written by another step has another content, and so has what follows from it, what the same step
        // writes besides, and what shares its memory.
        let differ = |same: &mut [bool], plan: &Self, buf: BufId| {
            for buf in [buf, plan.whole(buf).0] {
                if let Some(same) = same.get_mut(buf.0) {
                    *same = false;
                }
            }
        };
        loop {
            let before = same.iter().filter(|same| **same).count();
            for (i, buffer) in next.buffers.iter().enumerate() {
                if let Source::Part { of, .. } = buffer.source {
                    let both = same[i] && same[of.0];
                    (same[i], same[of.0]) = (both, both);
                }
            }
            for i in 0..self.steps.len().max(next.steps.len()) {
                let (old, new) = (self.steps.get(i), next.steps.get(i));
                let keeps = |step: &Step| step.ins.iter().flatten().chain(&step.outs).all(|buf| same[buf.0]);
                if !matches!((old, new), (Some(a), Some(b)) if a.is_like(b) && keeps(b)) {
                    old.iter().flat_map(|step| &step.outs).for_each(|buf| differ(&mut same, self, *buf));
                    new.iter().flat_map(|step| &step.outs).for_each(|buf| differ(&mut same, next, *buf));
                }
            }
            if same.iter().filter(|same| **same).count() == before {
                break;
            }
        }
        left.buffers = same.iter().map(|same| !same).collect();
        left.steps = next.steps.iter().map(|step| step.outs.iter().any(|buf| left.buffers[buf.0])).collect();
        left
    }

    /// What has to run for the results of `next`, a plan of the same structure, where this one has run whole: steps
    /// whose parameters or constants differ, and those that follow from them. All of it where a run goes on from
    /// what an earlier one has left, or a step overwrites what another has read before it.
    pub fn affected(&self, next: &Self) -> Affected {
        let buffers = self.buffers.iter().zip(&next.buffers);
        let constants: Vec<Option<bool>> = buffers
            .map(|(old, new)| match (&old.source, &new.source) {
                (Source::Constant(old), Source::Constant(new)) => Some(!old.equals(new)),
                _ => None,
            })
            .collect();
        if !self.runs_apart() {
            let buffers = constants.iter().map(|changed| changed.unwrap_or(true)).collect();
            return Affected { steps: vec![true; next.steps.len()], buffers };
        }
        let anew = (0..constants.len()).filter(|&i| constants[i] == Some(true));
        let mut changed: Vec<_> = anew.map(|i| self.stretch(BufId(i))).collect();
        let meets = |changed: &[(BufId, Range<usize>)], buf: BufId| {
            let mine = self.stretch(buf);
            changed.iter().any(|other| overlap(&mine, other))
        };
        // What is placed elsewhere leaves its old place to the other writers.
        for (old, new) in self.steps.iter().zip(&next.steps) {
            let places = new.kernel.outs().iter().any(|slot| slot.access == Access::Place);
            if places && old.params != new.params {
                changed.extend(new.outs.iter().map(|buf| self.stretch(*buf)));
            }
        }
        let mut steps = vec![false; self.steps.len()];
        for (i, (old, new)) in self.steps.iter().zip(&next.steps).enumerate() {
            let mut touched = new.ins.iter().flatten().chain(&new.outs);
            steps[i] = old.params != new.params || touched.any(|buf| meets(&changed, *buf));
            if steps[i] {
                changed.extend(new.outs.iter().map(|buf| self.stretch(*buf)));
            }
        }
        let buffers = (0..self.buffers.len()).map(|i| meets(&changed, BufId(i))).collect();
        Affected { steps, buffers }
    }

    /// Whether any step may run again by itself and leave what it left before.
    fn runs_apart(&self) -> bool {
        let external = self.buffers.iter().any(|buffer| matches!(buffer.source, Source::External));
        let updates =
            self.steps.iter().any(|step| step.kernel.outs().iter().any(|slot| slot.access == Access::Update));
        let mut read = Vec::new();
        !external
            && !updates
            && self.steps.iter().all(|step| {
                read.extend(step.ins.iter().flatten().map(|buf| self.stretch(*buf)));
                let written = step.outs.iter().map(|buf| self.stretch(*buf));
                written.into_iter().all(|mine| !read.iter().any(|other| overlap(&mine, other)))
            })
    }

    /// The buffer that holds another, and where in it that lies.
    fn stretch(&self, buf: BufId) -> (BufId, Range<usize>) {
        let (whole, start) = self.whole(buf);
        (whole, start..start + self.buffers[buf.0].len)
    }
}

fn overlap((a, from): &(BufId, Range<usize>), (b, to): &(BufId, Range<usize>)) -> bool {
    a == b && from.start < to.end && to.start < from.end
}
