//! `glassbox lesson`: what a page teaches, as text.

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::render::{find_topic, preset};
use super::terminal::{HEADING, print, print_json, styled};
use crate::app::Headless;
use crate::exhibits::topic;
use crate::lessons::{self, Elsewhere, FollowUp, Pair, Preset, Tone, blocks, filled, plain};
use crate::settings::{apply, list, set};
use crate::suggest::hint;
use crate::viz::Caption;

/// Size in pixels at which the page is run: that of the usual window.
const SIZE: [u32; 2] = [1280, 800];

/// Read a lesson in the terminal
#[derive(Clone, Debug, clap::Args)]
pub struct Lesson {
    /// Which page, one of `glassbox topics`
    topic: String,

    /// One JSON document
    #[arg(long)]
    json: bool,

    /// Its code alone: Python that computes what the page shows
    #[arg(long, conflicts_with = "json")]
    code: bool,

    /// Code under a preset of the page, before --set: see `glassbox topics --json`
    #[arg(long, value_name = "NAME", requires = "code")]
    preset: Option<String>,

    /// Code with a knob moved; may be given several times
    #[arg(long = "set", value_name = "KNOB=VALUE", requires = "code")]
    set: Vec<String>,

    /// Columns of the text
    #[arg(long, value_name = "N", default_value_t = 80, value_parser = clap::value_parser!(u16).range(40..=200))]
    width: u16,
}

#[derive(serde::Serialize)]
struct Document<'l> {
    slug: &'l str,
    title: &'l str,
    question: &'l str,
    spoken: &'l str,
    answer: &'l str,
    follow_ups: &'l [FollowUp],
    notes: &'l [Pair],
    code: String,
    presets: Vec<Row<'l>>,
    see_also: &'l [Elsewhere],
}

#[derive(serde::Serialize)]
struct Row<'l> {
    name: &'l str,
    tone: Tone,
    settings: &'l str,
    /// The sentence that the page writes under these settings, with what it measured.
    lesson: Option<String>,
}

/// The document of a lesson; `measured` runs the page under a preset and gives its lesson sentence.
fn document<'l>(
    lesson: &'l lessons::Lesson,
    measured: &mut dyn FnMut(&Preset) -> Option<String>,
) -> Document<'l> {
    let row = |preset: &'l Preset| Row {
        name: &preset.name,
        tone: preset.tone,
        settings: &preset.settings,
        lesson: measured(preset),
    };
    Document {
        slug: &lesson.slug,
        title: &lesson.title,
        question: &lesson.question,
        spoken: &lesson.spoken,
        answer: &lesson.answer,
        follow_ups: &lesson.follow_ups,
        notes: &lesson.notes,
        code: code(lesson),
        presets: lesson.presets.iter().map(row).collect(),
        see_also: &lesson.see_also,
    }
}

/// The code of a lesson, its settings by the labels of the page.
fn code(lesson: &lessons::Lesson) -> String {
    let Some(topic) = topic(&lesson.slug) else { return lesson.code.clone() };
    let mut page = (topic.new)();
    filled(&lesson.code, |k| page.knobs(k))
}

/// The lesson as lines of `width` columns, headings in colour if wanted.
fn text(lesson: &lessons::Lesson, width: usize, color: bool) -> String {
    let mut labels = Vec::new();
    if let Some(topic) = topic(&lesson.slug) {
        let mut page = (topic.new)();
        labels = list(|k| page.knobs(k));
    }
    let label = |name: &str| {
        let known = labels.iter().find(|knob| knob.name == name);
        Some(known.map_or_else(|| name.replace('-', " "), |knob| knob.label.to_owned()))
    };
    let set = |markdown: &str| plain(&blocks(markdown, &label), width);
    let mut out = format!("{}\n{}", styled(&lesson.title, HEADING, color), set(&lesson.question));
    let lesson = lessons::Lesson { code: code(lesson), ..lesson.clone() };
    for (heading, markdown) in lesson.outline() {
        out.push_str(&format!("\n{}\n\n{}", styled(heading, HEADING, color), set(&markdown)));
    }
    out
}

impl Lesson {
    /// Prints the lesson.
    pub fn run(&self, context: &Context) -> Outcome {
        let lesson = lessons::lesson(&self.topic).ok_or_else(|| {
            let all: Vec<&str> = lessons::all().iter().map(|l| l.slug.as_str()).collect();
            let hint = hint(&self.topic, all.iter().copied());
            Failure::Usage(format!(
                "there is no lesson \"{}\"{hint}; there is: {}",
                self.topic,
                all.join(", ")
            ))
        })?;
        if self.code {
            return print(&self.code_alone()?);
        }
        if self.json {
            let mut page = self.page(context);
            return print_json(&document(lesson, &mut |preset| page.as_mut()?.sentence(preset)));
        }
        print(&text(lesson, self.width.into(), context.color.on_stdout()))
    }
}

/// The page of a lesson, which writes the sentences.
struct Measured(Headless);

impl Lesson {
    /// The code under the settings that were asked for.
    fn code_alone(&self) -> Result<String, Failure> {
        let topic = find_topic(&self.topic)?;
        let mut page = (topic.new)();
        if let Some(name) = &self.preset {
            let settings = preset(topic, name)?.settings();
            let refused = apply(&settings, |k| page.knobs(k)).err().into_iter().flatten().next();
            refused.map_or(Ok(()), |e| Err(Failure::Usage(e.to_string())))?;
        }
        for assignment in &self.set {
            set(assignment, |k| page.knobs(k)).map_err(|e| Failure::Usage(e.to_string()))?;
        }
        Ok(format!("{}\n", topic.code(&mut *page).trim_end()))
    }

    /// The page; `None` where there is none yet, or no adapter to run it: the lesson can be read all the same.
    fn page(&self, context: &Context) -> Option<Measured> {
        let topic = topic(&self.topic)?;
        let mut app = Headless::new(&context.runtime().ok()?, SIZE, true).ok()?;
        app.shell.open_topic(topic);
        Some(Measured(app))
    }
}

impl Measured {
    /// What the page says under a preset, before any training.
    fn sentence(&mut self, preset: &Preset) -> Option<String> {
        let page = self.0.shell.page();
        page.apply(&preset.settings()).ok()?;
        self.0.settle().ok()?;
        self.0.shell.page().caption().map(Caption::text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::{followed, references};
    use crate::settings::label;

    #[test]
    fn the_document_has_the_promised_keys_and_the_measured_sentences() {
        let lesson = lessons::lesson("stride").unwrap();
        let document = document(lesson, &mut |preset| Some(format!("{} was run", preset.name)));
        let json = serde_json::to_value(&document).unwrap();
        let keys = [
            "slug",
            "title",
            "question",
            "spoken",
            "answer",
            "follow_ups",
            "notes",
            "code",
            "presets",
            "see_also",
        ];
        assert!(keys.iter().all(|key| !json[key].is_null()), "{json}");
        assert_eq!(json.as_object().unwrap().len(), keys.len());
        let first = &json["presets"][0];
        assert_eq!(first["tone"], "plain");
        assert_eq!(first["settings"], "");
        assert_eq!(first["lesson"], format!("{} was run", lesson.presets[0].name));
        assert!(json["follow_ups"][0]["ask"].is_string() && json["notes"][0]["holds"].is_string());
    }

    #[test]
    fn pages_accept_what_their_lessons_set_and_name() {
        let mut complaints = Vec::new();
        for lesson in lessons::all() {
            // A lesson may be written before its page.
            let Some(topic) = topic(&lesson.slug) else { continue };
            let links = lesson.links().into_iter().map(|link| (link.name, link.settings));
            let named = lesson
                .texts()
                .into_iter()
                .flat_map(|(part, text)| references(text).into_iter().map(move |knob| (part, knob)));
            let mut assignments: Vec<(String, String)> = links
                .flat_map(|(name, settings)| {
                    let pairs: Vec<_> =
                        settings.split('&').filter(|s| !s.is_empty()).map(str::to_owned).collect();
                    pairs.into_iter().map(move |pair| (name.clone(), pair))
                })
                .collect();
            let mut page = (topic.new)();
            let known = list(|k| page.knobs(k));
            for (part, knob) in named {
                if !known.iter().any(|k| k.name == knob.name) {
                    complaints.push(format!("{}, {part}: no knob {}", lesson.slug, knob.name));
                }
                assignments
                    .extend(knob.value.map(|value| (part.to_owned(), format!("{}={value}", knob.name))));
            }
            for (at, assignment) in assignments {
                let mut page = (topic.new)();
                if let Err(e) = set(&assignment, |k| page.knobs(k)) {
                    complaints.push(format!("{}, {at}: {e}", lesson.slug));
                }
            }
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    #[test]
    fn code_stands_in_a_lesson_with_the_settings_that_its_page_begins_with() {
        for lesson in lessons::all() {
            let Some(topic) = topic(&lesson.slug) else { continue };
            let mut page = (topic.new)();
            for (knob, literal) in followed(&lesson.code) {
                let label = label(knob, |k| page.knobs(k)).unwrap_or("no knob");
                let first = filled(&format!("x = 0  # {{{knob}}}"), |k| page.knobs(k));
                assert_eq!(first, format!("x = {literal}  # {label}\n"), "{}, {knob}", lesson.slug);
            }
        }
    }

    #[test]
    fn every_lesson_is_plain_lines_of_the_width() {
        for lesson in lessons::all() {
            let text = text(lesson, 80, false);
            let code = |line: &str| line.starts_with("    ");
            let wide: Vec<&str> =
                text.lines().filter(|line| line.chars().count() > 80 && !code(line)).collect();
            assert!(wide.is_empty(), "{}: {wide:?}", lesson.slug);
            assert!(text.starts_with(&format!("{}\n", lesson.title)));
            assert!(text.contains("In half a minute") && text.contains("Try this"), "{}", lesson.slug);
        }
    }
}
