//! What was asked in practice: how much was right, and when what was wrong comes back.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::user_file;

/// Most bytes of the file.
const MAX_BYTES: u64 = 1 << 20;
/// Most questions that wait to come back; beyond, the one that is due last goes.
const MOST_WAITING: usize = 500;
const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;
/// When a question comes back that was answered wrong, and after each right answer in a row; after the last of
/// them it is known.
const INTERVALS: [u64; 4] = [10 * MINUTE, DAY, 3 * DAY, 10 * DAY];

/// Answers to a page's questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Score {
    /// How many were right.
    pub right: u32,
    /// How many were wrong.
    pub wrong: u32,
}

/// A question that comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The page that asks it.
    pub topic: String,
    /// What its numbers are drawn from.
    pub seed: u64,
    /// Right answers in a row since the last wrong one.
    pub right: usize,
    /// When it is due, in seconds since 1970.
    pub due: u64,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Practised {
    /// Answers by page.
    pub scores: BTreeMap<String, Score>,
    /// What comes back.
    pub waiting: Vec<Waiting>,
}

/// Where it is kept, if the system has a place for that.
pub fn user_file() -> Option<PathBuf> {
    user_file::user_file("practice.json")
}

impl Practised {
    /// What a file holds; see `user_file::load`.
    pub fn load(file: &Path) -> Self {
        user_file::load(file, MAX_BYTES, "what was practised", |bytes| serde_json::from_slice(bytes))
    }

    /// Writes the file anew.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        user_file::save(file, serde_json::to_vec_pretty(self)?)
    }

    /// Notes an answer to the question that `topic` draws from `seed`. A wrong one comes back soon, then after
    /// growing intervals until it was right each time; one that was right at once does not come back.
    pub fn note(&mut self, topic: &str, seed: u64, right: bool, now: u64) {
        let score = self.scores.entry(topic.to_owned()).or_default();
        if right {
            score.right += 1;
        } else {
            score.wrong += 1;
        }
        let at = self.waiting.iter().position(|w| w.topic == topic && w.seed == seed);
        let before = at.map(|at| self.waiting.swap_remove(at));
        let right = match (before, right) {
            (None, true) => return,
            (Some(before), true) => before.right + 1,
            (_, false) => 0,
        };
        if let Some(interval) = INTERVALS.get(right) {
            self.waiting.push(Waiting { topic: topic.to_owned(), seed, right, due: now + interval });
            self.waiting.sort_by_key(|w| w.due);
            self.waiting.truncate(MOST_WAITING);
        }
    }

    /// The seed of the question that `topic` should ask: of one that is due, else of a fresh one, another each
    /// time.
    pub fn seed(&self, topic: &str, now: u64) -> u64 {
        let due = self.waiting.iter().find(|w| w.topic == topic && w.due <= now);
        let asked = self.scores.get(topic).map_or(0, |score| u64::from(score.right + score.wrong));
        due.map_or(asked, |waiting| waiting.seed)
    }

    /// Questions that are due.
    pub fn due(&self, now: u64) -> impl Iterator<Item = &Waiting> {
        self.waiting.iter().filter(move |w| w.due <= now)
    }

    /// Whether a question of the page was answered right, and none of those that were not waits to come back.
    pub fn knows(&self, topic: &str) -> bool {
        self.scores.get(topic).is_some_and(|score| score.right > 0)
            && !self.waiting.iter().any(|w| w.topic == topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_comes_back_at_growing_intervals_until_it_is_known() {
        let mut practised = Practised::default();
        let mut now = 1_000_000;
        practised.note("stride", 7, false, now);
        assert_eq!(practised.due(now).count(), 0, "not at once");
        assert!(!practised.knows("stride"));
        let mut waits = Vec::new();
        while let Some(waiting) = practised.waiting.first().cloned() {
            waits.push(waiting.due - now);
            now = waiting.due;
            assert_eq!(practised.seed("stride", now), 7, "the very same question");
            practised.note("stride", 7, true, now);
        }
        assert_eq!(waits, INTERVALS);
        assert!(practised.knows("stride"));
        assert_eq!(practised.scores["stride"], Score { right: 4, wrong: 1 });
    }

    #[test]
    fn a_wrong_answer_on_the_way_begins_again() {
        let mut practised = Practised::default();
        for right in [false, true, true, false] {
            practised.note("dropout", 1, right, 0);
        }
        assert_eq!((practised.waiting[0].right, practised.waiting[0].due), (0, INTERVALS[0]));
    }

    #[test]
    fn what_is_right_at_once_does_not_come_back_and_the_next_is_another() {
        let mut practised = Practised::default();
        let first = practised.seed("stride", 0);
        practised.note("stride", first, true, 0);
        assert!(practised.waiting.is_empty() && practised.knows("stride"));
        assert_ne!(practised.seed("stride", 0), first);
    }

    #[test]
    fn it_survives_and_a_damaged_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/practice.json");
        let mut practised = Practised::default();
        practised.note("stride", 3, false, 5);
        practised.save(&file).unwrap();
        assert_eq!(Practised::load(&file), practised);
        std::fs::write(&file, "{\"waiting\": 3}").unwrap();
        assert_eq!(Practised::load(&file), Practised::default());
    }
}
