//! What the palette finds: pages, presets, knobs and commands, the most telling match first.

use super::command::{COMMANDS, Command};
use super::export::{Kind, Wanted};
use crate::exhibits::{Topic, pages};
use crate::lessons::plain;
use crate::settings::Listed;

/// What can be done with a figure, in words.
const FIGURE: [(Kind, &str); 4] = [
    (Kind::Png(2), "save picture as PNG"),
    (Kind::Svg, "save drawing as SVG"),
    (Kind::Csv, "save numbers as CSV"),
    (Kind::Npy, "save numbers as NPY"),
];

/// Most hits.
const MOST: usize = 50;

/// Where a hit leads.
#[derive(Clone, Debug)]
pub enum Goal {
    /// To a page.
    Page(&'static Topic),
    /// To a page under one of its presets, counted from 0.
    Preset(&'static Topic, usize),
    /// To a knob of the page on screen.
    Knob(&'static str),
    /// Nowhere: something is done.
    Command(Command),
    /// Nowhere: a figure of the page on screen is taken away.
    Export(Wanted),
}

/// What the page on screen has beside its text.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// Its knobs; none where no page is shown.
    pub knobs: Vec<Listed>,
    /// Titles of its figures.
    pub figures: Vec<String>,
    /// Whether networks train on it.
    pub trains: bool,
    /// Whether what is learned is of use elsewhere.
    pub learns: bool,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Where it leads.
    pub goal: Goal,
    /// Its name.
    pub name: String,
    /// The line that matched, or what it belongs to.
    pub about: String,
}

/// The palette while it is open.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What was written.
    pub wanted: String,
    /// The hit that Enter takes.
    pub at: usize,
    /// What it may mean, once it was searched.
    pub hits: Option<Vec<Hit>>,
}

/// How telling a match is: what matched, and whether words begin with what was written.
type Rank = (u8, bool);

/// What may match, the most telling first.
const TITLE: u8 = 0;
const QUESTION: u8 = 1;
const PRESET: u8 = 2;
const KNOB: u8 = 3;
const COMMAND: u8 = 4;
const TEXT: u8 = 5;

/// How well all words of `wanted`, in lower case, occur in a text: `Some(false)` where each begins one of its
/// words, `Some(true)` where one is only inside.
fn matched(wanted: &[&str], text: &str) -> Option<bool> {
    let text = text.to_lowercase();
    let begins = |word: &str| {
        let starts = text.match_indices(word).map(|(at, _)| at);
        starts.into_iter().any(|at| !text[..at].ends_with(char::is_alphanumeric))
    };
    wanted.iter().all(|word| text.contains(word)).then(|| !wanted.iter().all(|word| begins(word)))
}

/// How a page answers to these words, in lower case: by its title, by its question or by a line of its text; and
/// that line.
fn of_page(topic: &'static Topic, words: &[&str]) -> Option<(Rank, String)> {
    let named = format!("{} {} {}", topic.title(), topic.slug, topic.number);
    for (rank, text) in [(TITLE, named.as_str()), (QUESTION, topic.question())] {
        if let Some(inside) = matched(words, text) {
            return Some(((rank, inside), topic.question().to_owned()));
        }
    }
    let texts = topic.lesson().texts().into_iter().filter(|(heading, _)| *heading != "In code");
    let mut lines = texts.flat_map(|(_, text)| text.lines());
    lines.find_map(|line| {
        let inside = matched(words, line)?;
        Some(((TEXT, inside), plain(line, usize::MAX).trim().to_owned()))
    })
}

/// The pages that `wanted` may mean, the most telling first; all of them, in their order, without a word.
pub fn pages_of(wanted: &str) -> Vec<&'static Topic> {
    let lower = wanted.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let mut found: Vec<(Rank, &'static Topic)> =
        pages().filter_map(|topic| Some((of_page(topic, &words)?.0, topic))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, topic)| topic).collect()
}

/// All that `wanted` may mean, the most telling first. Without a word, all pages and commands.
pub fn search(wanted: &str, here: &Here) -> Vec<Hit> {
    let lower = wanted.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let mut found: Vec<(Rank, Hit)> = Vec::new();
    let add = |found: &mut Vec<_>, rank: u8, text: &str, goal: Goal, name: &str, about: &str| {
        let hit = || Hit { goal: goal.clone(), name: name.to_owned(), about: about.to_owned() };
        found.extend(matched(&words, text).map(|inside| ((rank, inside), hit())));
    };
    for topic in pages() {
        let title = topic.title();
        if let Some((rank, line)) = of_page(topic, &words) {
            found.push((rank, Hit { goal: Goal::Page(topic), name: title.to_owned(), about: line }));
        }
        for (i, preset) in topic.lesson().presets.iter().enumerate().filter(|_| !words.is_empty()) {
            let about = format!("{title}. {}", preset.claim);
            add(&mut found, PRESET, &preset.name, Goal::Preset(topic, i), &preset.name, &about);
        }
    }
    if !words.is_empty() {
        for knob in here.knobs.iter().filter(|knob| knob.enabled) {
            let named = format!("{} {}", knob.label, knob.name);
            add(&mut found, KNOB, &named, Goal::Knob(knob.name), knob.label, "a setting of this page");
        }
        for title in &here.figures {
            for (kind, does) in FIGURE {
                let name = format!("{title}: {does}");
                let wanted = Wanted { figure: Some(title.clone()), kind, copied: false };
                add(&mut found, COMMAND, &name, Goal::Export(wanted), &name, "a figure of this page");
            }
        }
    }
    let mut named: Vec<&str> = Vec::new();
    for entry in COMMANDS {
        // One that has two keys is listed once.
        let possible = match entry.command {
            Command::SaveGif | Command::SaveSequence => here.trains,
            Command::SaveLearned => here.learns,
            command => !(here.knobs.is_empty() && command.needs_page()),
        };
        if possible && !named.contains(&entry.name) && !matches!(entry.command, Command::Preset(_)) {
            named.push(entry.name);
            add(&mut found, COMMAND, entry.name, Goal::Command(entry.command), entry.name, &entry.keys());
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, hit)| hit).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(wanted: &str) -> Vec<String> {
        search(wanted, &Here::default()).into_iter().map(|hit| hit.name).collect()
    }

    #[test]
    fn a_title_comes_before_a_question_a_preset_and_a_text() {
        assert_eq!(names("stride")[0], "Stride");
        assert_eq!(names("dropout")[0], "Dropout");
        let aliased = search("false rings", &Here::default());
        assert!(matches!(aliased[0].goal, Goal::Preset(topic, _) if topic.slug == "stride"), "{aliased:?}");
        assert_eq!(names("bernoulli"), ["Dropout"], "only the text says it");
        assert!(
            search("bernoulli", &Here::default())[0].about.contains("Bernoulli"),
            "with the line that matched"
        );
        assert_eq!(pages_of("dropout")[0].slug, "dropout");
        assert!(pages_of("false rings").iter().all(|topic| topic.slug != "dropout"));
        assert_eq!(pages_of("").len(), pages().count());
        assert!(
            search("aliasing", &Here::default()).iter().all(|hit| !hit.about.contains("**")),
            "without its markup"
        );
    }

    #[test]
    fn a_word_that_begins_like_it_comes_before_one_that_holds_it() {
        assert_eq!(matched(&["pad"], "Zero padding"), Some(false));
        assert_eq!(matched(&["ding"], "Zero padding"), Some(true));
        assert_eq!(matched(&["zero", "pad"], "Zero padding"), Some(false));
        assert_eq!(matched(&["stride"], "Zero padding"), None);
    }

    #[test]
    fn everything_is_there_before_a_word_is_written() {
        let all = names("");
        assert!(pages().all(|topic| all.contains(&topic.title().to_owned())));
        assert!(all.contains(&"Exam".to_owned()) && !all.contains(&"Copy link".to_owned()));
        assert!(names("no such wyvern at all").is_empty());
    }

    #[test]
    fn figures_and_commands_without_a_key_are_found() {
        let figures = vec!["Input".to_owned(), "Output".to_owned()];
        let here = Here { figures, trains: true, learns: false, knobs: Vec::new() };
        let first =
            |wanted: &str| search(wanted, &here).first().map(|hit| hit.name.clone()).unwrap_or_default();
        assert_eq!(first("output numbers csv"), "Output: save numbers as CSV");
        assert_eq!(first("input svg"), "Input: save drawing as SVG");
        assert_eq!(first("training gif"), "Save training as GIF");
        assert!(search("gif training", &Here::default()).is_empty(), "where nothing trains");
    }
}
