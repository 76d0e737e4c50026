//! An exam: questions over all topics, one after the other, and what is to be repeated.

use super::practice::Practice;
use super::practised::Waiting;
use crate::exhibits::{TOPICS, Topic, topic};
use crate::ops::philox::Rng;

/// How many questions.
pub const QUESTIONS: usize = 10;
/// Seconds of an exam that is timed.
pub const SECONDS: f64 = 600.0;

/// A question of an exam.
pub struct Item {
    /// The page that asks it.
    pub topic: &'static Topic,
    /// What its numbers are drawn from.
    pub seed: u64,
    /// Whether it was answered right, once it was answered.
    pub right: Option<bool>,
}

/// An exam.
pub struct Exam {
    /// Its questions.
    pub items: Vec<Item>,
    /// The one that is asked; beyond the last, the exam is over.
    pub at: usize,
    /// The question and what was answered.
    pub practice: Practice,
    /// When it began and how long it may take, in seconds, if it is timed.
    pub until: Option<f64>,
}

impl Exam {
    /// An exam of the questions that are due, half of all at most, and of topics and numbers that `seed` draws; timed
    /// from `now` on, if wanted.
    pub fn new(seed: u64, due: &[Waiting], now: Option<f64>) -> Self {
        let mut rng = Rng::new(seed);
        let mut left: Vec<&'static Topic> = Vec::new();
        let known =
            due.iter().filter_map(|w| Some(Item { topic: topic(&w.topic)?, seed: w.seed, right: None }));
        let mut items: Vec<Item> = known.take(QUESTIONS / 2).collect();
        while items.len() < QUESTIONS {
            // Every topic once before one comes again.
            if left.is_empty() {
                left = TOPICS.iter().collect();
            }
            let topic = left.swap_remove(rng.below(left.len() as u32) as usize);
            items.push(Item { topic, seed: u64::from(rng.word()), right: None });
        }
        let until = now.map(|now| now + SECONDS);
        let mut exam = Self { items, at: 0, practice: Practice::default(), until };
        exam.ask();
        exam
    }

    /// The question that is asked; `None` once it is over.
    pub fn item(&mut self) -> Option<&mut Item> {
        self.items.get_mut(self.at)
    }

    /// To the next question, or to the end.
    pub fn next(&mut self) {
        self.at += 1;
        self.ask();
    }

    /// Ends it when its time is over; gives the seconds that are left.
    pub fn tick(&mut self, now: f64) -> Option<f64> {
        let left = (self.until? - now).max(0.0);
        if left <= 0.0 {
            self.at = self.items.len();
        }
        Some(left)
    }

    /// How many were right.
    pub fn right(&self) -> usize {
        self.items.iter().filter(|item| item.right == Some(true)).count()
    }

    /// Topics with a question that was not answered right, each once.
    pub fn repeat(&self) -> Vec<&'static Topic> {
        let mut topics: Vec<&'static Topic> = Vec::new();
        for item in self.items.iter().filter(|item| item.right != Some(true)) {
            if !topics.iter().any(|topic| topic.slug == item.topic.slug) {
                topics.push(item.topic);
            }
        }
        topics
    }

    fn ask(&mut self) {
        if let Some(item) = self.items.get(self.at) {
            let question = (item.topic.new)().practice(&mut Rng::new(item.seed));
            self.practice.ask(item.seed, question);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_comes_once_before_one_comes_again_and_seeds_differ() {
        let exam = Exam::new(3, &[], None);
        assert_eq!(exam.items.len(), QUESTIONS);
        let first: std::collections::BTreeSet<_> =
            exam.items.iter().take(TOPICS.len()).map(|item| item.topic.slug).collect();
        assert_eq!(first.len(), TOPICS.len().min(QUESTIONS));
        let order = |seed| Exam::new(seed, &[], None).items.iter().map(|i| i.topic.slug).collect::<Vec<_>>();
        assert_eq!(order(3), order(3));
        assert_ne!(order(3), order(4));
    }

    #[test]
    fn what_is_due_comes_first_and_does_not_fill_it() {
        let due: Vec<_> =
            (0..9).map(|seed| Waiting { topic: "stride".into(), seed, right: 0, due: 0 }).collect();
        let exam = Exam::new(0, &due, None);
        let seeds: Vec<u64> = exam.items.iter().take(QUESTIONS / 2).map(|item| item.seed).collect();
        assert_eq!(seeds, [0, 1, 2, 3, 4]);
        assert_eq!(exam.items.len(), QUESTIONS);
    }

    #[test]
    fn what_was_wrong_or_not_reached_is_to_be_repeated() {
        let mut exam = Exam::new(0, &[], Some(100.0));
        while let Some(item) = exam.item() {
            item.right = Some(true);
            exam.next();
        }
        assert_eq!((exam.right(), exam.repeat().len()), (QUESTIONS, 0));
        let mut late = Exam::new(0, &[], Some(100.0));
        late.item().unwrap().right = Some(true);
        assert_eq!(late.tick(100.0), Some(SECONDS));
        assert!(late.item().is_some());
        assert_eq!(late.tick(100.0 + SECONDS), Some(0.0));
        assert!(late.item().is_none() && late.right() == 1 && !late.repeat().is_empty());
    }
}
