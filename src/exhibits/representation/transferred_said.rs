//! The sentence of the page on transfer learning.

use super::transferred::{FROZEN, Race, SCRATCH, TUNED, Task, unseen};
use crate::recipes::transfer::FILTERS;
use crate::viz::{Caption, View, words};

/// Number of the first of the measured figures among the panels.
const MEASURED: usize = 1;
/// How much worse than with frozen filters a fine-tuned network is that has lost what was learned.
const LOST: f64 = 0.1;
/// Learning rate from which on fine-tuning is said to be what loses it.
const FAST: f32 = 0.01;

/// What is to be seen, once its numbers are there; `tuned`: learning rate of the fine-tuned network.
pub fn said(race: &Race, tuned: f32, view: &View<'_>) -> Option<Caption> {
    let player = view.player()?;
    let locked = race.task == Task::Stripes && race.frozen == FILTERS.len();
    let each = words::plural(race.examples, "example", "examples");
    if player.target() == 0 {
        return Some(match race.task {
            Task::Clothes => Caption::plain(&format!(
                "{} new kinds of clothes, [{each}](value 0) of each, three networks: {} of 3 layers of the fine-tuned one are locked. Play.",
                race.classes, race.frozen,
            )),
            Task::Stripes if locked => Caption::broken(&format!(
                "Stripes, {each} of each of {} directions; all filters of clothes are [locked](bad 0). Play. [Unlocking](good) mends it.",
                race.classes,
            )),
            Task::Stripes => Caption::plain(&format!(
                "Stripes of {} directions, {each} of each; {} of 3 layers of clothes may [learn on](value 0). Play.",
                race.classes,
                FILTERS.len() - race.frozen,
            )),
        });
    }
    let right = unseen(player);
    let share = |network: usize| words::percent(right[network]);
    let at = |network: usize| MEASURED + network;
    let [scratch, frozen, fine] = [SCRATCH, FROZEN, TUNED].map(|network| (share(network), at(network)));
    if locked {
        return Some(Caption::broken(&format!(
            "Filters of clothes, locked, have [{}](bad {}) of stripes right; from scratch it is {}. [Unlocking](good) mends it.",
            fine.0, fine.1, scratch.0,
        )));
    }
    if tuned >= FAST && right[TUNED] < right[FROZEN] - LOST {
        return Some(Caption::broken(&format!(
            "A rate of {tuned} undoes what was learned: fine-tuned [{}](bad {}), frozen {}. A [smaller rate](good) mends it.",
            fine.0, fine.1, frozen.0,
        )));
    }
    let what = match race.task {
        Task::Clothes => format!("{each} of each new kind"),
        Task::Stripes => format!("{each} of each direction, unrelated"),
    };
    Some(Caption::plain(&format!(
        "{what}: scratch [{}](value {}) right, frozen [{}](value {}), fine-tuned [{}](value {}).",
        scratch.0, scratch.1, frozen.0, frozen.1, fine.0, fine.1,
    )))
}
