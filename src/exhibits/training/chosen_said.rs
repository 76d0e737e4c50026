//! The sentence of the page on choosing an architecture.

use super::chosen::{AS_GOOD, BY_HEART, Candidate, Task, choice, worth};
use super::chosen_drawn::{GRID, PARETO};
use crate::viz::facts::grouped;
use crate::viz::{Caption, View, words};

/// So few samples that the largest network learns them by heart.
const FEW: u32 = 100;

/// What is to be seen, once its numbers are there.
pub fn said(task: Task, grid: &[Candidate], samples: u32, view: &View<'_>) -> Option<Caption> {
    let all = worth(view)?;
    let steps = view.player()?.target();
    let sizes = all.iter().map(|own| own.parameters);
    let (least, most) = (sizes.clone().min()?, sizes.max()?);
    if steps == 0 {
        let few = samples <= FEW;
        let text = format!(
            "[{} networks](value {GRID}) of {} to {} parameters, one seed, the same {samples} samples.",
            grid.len(),
            grouped(least as u64),
            grouped(most as u64),
        );
        return Some(if few {
            Caption::broken(&format!(
                "{text} So few can be learned by heart: Play. [More samples](good) mend it."
            ))
        } else {
            Caption::plain(&format!("{text} Which is large enough? Play."))
        });
    }
    let [best, small] = choice(&all)?;
    let right = |i: usize| words::percent(all[i].unseen.unwrap_or(f64::NAN));
    let heart = (0..all.len()).filter(|i| all[*i].gap.is_some()).max_by(|a, b| {
        let gap = |i: &usize| all[*i].gap.unwrap_or(0.0);
        gap(a).total_cmp(&gap(b))
    })?;
    let gap = all[heart].gap.unwrap_or(0.0);
    if samples <= FEW && gap > BY_HEART {
        return Some(Caption::broken(&format!(
            "{} has {} of its {samples} samples right, [{}](bad {PARETO}) of unseen ones: learned by heart. [More samples](good) mend it.",
            grid[heart].name(task),
            words::percent(all[heart].unseen.unwrap_or(0.0) + gap),
            right(heart),
        )));
    }
    let parameters = |i: usize| grouped(all[i].parameters as u64);
    if best == small {
        return Some(Caption::plain(&format!(
            "After {steps} steps nothing smaller comes near [{}](value {PARETO}): {} right with {} parameters.",
            grid[best].name(task),
            right(best),
            parameters(best),
        )));
    }
    Some(Caption::plain(&format!(
        "Best: {}, {} right, {} parameters. Within {:.0} points of it: [{}](value {PARETO}), {} parameters.",
        grid[best].name(task),
        right(best),
        parameters(best),
        100.0 * AS_GOOD,
        grid[small].name(task),
        parameters(small),
    )))
}
