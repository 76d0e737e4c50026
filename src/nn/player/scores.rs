//! How well the runs do at the step that is shown.

use super::playing::{Player, RunId};

/// Batches whose median is the share of right answers in training: those that the end of a curve is drawn from.
const AROUND: usize = 5;

impl Player {
    /// Share of right answers on the test set, when the run was judged last before the step that is shown.
    pub fn unseen(&self, run: RunId) -> Option<f32> {
        let judged = self.run(run).evaluations().iter().rev();
        judged.clone().find(|(step, _)| *step <= self.target())?.1.accuracy
    }

    /// Share of right answers on the last batches of training before the step that is shown: their median.
    pub fn seen(&self, run: RunId) -> Option<f32> {
        let history = self.run(run).history();
        let until = (self.target() as usize).min(history.len());
        let mut recent: Vec<f32> =
            history[until.saturating_sub(AROUND)..until].iter().filter_map(|r| r.accuracy).collect();
        recent.sort_by(f32::total_cmp);
        recent.get(recent.len() / 2).copied()
    }

    /// Share of right answers on the last batches of training less that on the test set: how much was learnt by heart.
    pub fn generalisation_gap(&self, run: RunId) -> Option<f32> {
        Some(self.seen(run)? - self.unseen(run)?)
    }
}
