//! How well the runs do at the step that is shown.

use super::playing::{Player, RunId};

/// Batches over which the share of right answers in training is taken.
const AROUND: usize = 25;

impl Player {
    /// Share of right answers on the test set, when the run was judged last before the step that is shown.
    pub fn unseen(&self, run: RunId) -> Option<f32> {
        let judged = self.run(run).evaluations().iter().rev();
        judged.clone().find(|(step, _)| *step <= self.target())?.1.accuracy
    }

    /// Share of right answers on the last 25 batches of training, less that on the test set: how much was learnt
    /// by heart.
    pub fn generalisation_gap(&self, run: RunId) -> Option<f32> {
        let history = self.run(run).history();
        let until = (self.target() as usize).min(history.len());
        let recent: Vec<f32> =
            history[until.saturating_sub(AROUND)..until].iter().filter_map(|r| r.accuracy).collect();
        let mean = recent.iter().sum::<f32>() / recent.len() as f32;
        Some(mean - self.unseen(run)?).filter(|gap| gap.is_finite())
    }
}
