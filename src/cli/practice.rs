//! `glassbox practice`: questions with fresh numbers, asked in the terminal or printed.

use std::io::{self, BufRead, IsTerminal};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::render::find_topic;
use super::terminal::{print, print_json};
use crate::exhibits::{TOPICS, Topic};
use crate::lessons::{Answer, Asked, Question, Verdict};
use crate::ops::philox::Rng;

/// Answer questions with fresh numbers, or print a sheet of them
#[derive(Clone, Debug, clap::Args)]
pub struct Practice {
    /// Which topic; all of them in turn if none is named
    topic: Option<String>,

    /// How many questions
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,

    /// Seed of the numbers
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Print questions and answers as one JSON document
    #[arg(long)]
    json: bool,
}

impl Practice {
    /// Asks, or prints.
    pub fn run(&self, _: &Context) -> Outcome {
        let topics: Vec<&'static Topic> = match &self.topic {
            Some(name) => vec![find_topic(name)?],
            None => TOPICS.iter().collect(),
        };
        let questions = questions(&topics, self.count as usize, self.seed);
        if questions.is_empty() {
            let name = self.topic.as_deref().unwrap_or_default();
            return Err(Failure::Usage(format!("the page {name} asks no questions, name another topic")));
        }
        if self.json {
            let asked = questions.iter().map(|(topic, question)| Asked { topic: topic.slug, question });
            return print_json(&asked.collect::<Vec<_>>());
        }
        if !io::stdin().is_terminal() {
            return print(&sheet(&questions));
        }
        ask(&questions)
    }
}

/// So many questions of these topics in turn.
fn questions(topics: &[&'static Topic], count: usize, seed: u64) -> Vec<(&'static Topic, Question)> {
    let pages: Vec<_> = topics.iter().map(|topic| (*topic, (topic.new)())).collect();
    let mut rng = Rng::new(seed);
    let mut questions = Vec::new();
    for (topic, page) in pages.iter().cycle().take(count.saturating_mul(topics.len())) {
        if questions.len() == count {
            break;
        }
        questions.extend(page.practice(&mut rng).map(|question| (*topic, question)));
    }
    questions
}

/// Questions, then their answers, to be printed on paper.
fn sheet(questions: &[(&Topic, Question)]) -> String {
    let mut text = String::new();
    for (i, (topic, question)) in questions.iter().enumerate() {
        text.push_str(&format!("{}. {} ({})\n{}\n", i + 1, question.ask, topic.title(), options(question)));
    }
    text.push_str("Answers\n");
    for (i, (_, question)) in questions.iter().enumerate() {
        text.push_str(&format!("{}. {}. {}\n", i + 1, question.answer.text(), question.how));
    }
    text
}

/// What there is to choose from, a line each.
fn options(question: &Question) -> String {
    let Answer::OneOf { options, .. } = &question.answer else { return String::new() };
    let line = |(i, option): (usize, &String)| format!("   {}) {option}\n", i + 1);
    options.iter().enumerate().map(line).collect()
}

/// Asks one after the other and judges what is typed.
fn ask(questions: &[(&Topic, Question)]) -> Outcome {
    let mut right = 0;
    let mut lines = io::stdin().lock().lines();
    for (i, (topic, question)) in questions.iter().enumerate() {
        let number = format!("{} of {}", i + 1, questions.len());
        print(&format!("\n{number}, {}\n{}\n{}", topic.title(), question.ask, options(question)))?;
        loop {
            print("> ")?;
            let Some(line) = lines.next() else { return print("\n") };
            let line = line.map_err(anyhow::Error::from)?;
            let word = match question.judge(&line) {
                Verdict::Unread(what) => {
                    print(&format!("{what}\n"))?;
                    continue;
                }
                Verdict::Right => {
                    right += 1;
                    "Right."
                }
                Verdict::Wrong => "Not quite.",
            };
            print(&format!("{word} {}. {}\n", question.answer.text(), question.how))?;
            break;
        }
    }
    print(&format!("\n{right} of {} right.\n", questions.len()))
}
