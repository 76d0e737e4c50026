//! The tabs beside the picture that teach in words: answer, practice, code.

use std::path::PathBuf;

use egui::{Align, Response, RichText, Ui};

use super::Shell;
use super::home::now;
use crate::app::practice::Asked;
use crate::app::practised::Practised;
use crate::exhibits::{Topic, topic};
use crate::lessons;
use crate::settings::Listed;
use crate::viz::figures::formula::{displayed, formula};
use crate::viz::{Language, listing, theme, words};

/// Width of a column of text in points.
const COLUMN: f32 = 640.0;
/// Width of a question with its verdict beside it.
pub(super) const ASKED: f32 = 920.0;
/// Size of a formula in the text, and of one on a line of its own.
const INLINE: f32 = 14.0;
const DISPLAY: f32 = 18.0;
/// Size of a formula with the numbers of the page.
const HERE: f32 = 15.0;
/// Points below the upper edge within which a heading counts as reached.
const NEAR: f32 = 48.0;

/// The headings of the answer while it is drawn.
struct Headings {
    /// Where those that were drawn stand, from the top.
    tops: Vec<f32>,
    /// One to scroll to.
    wanted: Option<usize>,
}

impl Headings {
    fn passed(&mut self, response: &Response) {
        if self.wanted == Some(self.tops.len()) {
            response.scroll_to_me(Some(Align::TOP));
        }
        self.tops.push(response.rect.top());
    }

    fn section(&mut self, ui: &mut Ui, title: &str) {
        ui.add_space(6.0);
        self.passed(&words::section(ui, lessons::plain(title, usize::MAX).trim()));
    }
}

impl Shell {
    /// Half a minute to be spoken, the whole answer, what is often heard, follow-up questions.
    pub(super) fn answer(&mut self, ui: &mut Ui) {
        let (top, bottom) = (ui.clip_rect().top(), ui.clip_rect().bottom());
        ui.set_max_width((ui.available_width() - 24.0).min(COLUMN));
        let lesson = self.current.lesson();
        let labels = self.page().knobs();
        let mut headings = Headings { tops: Vec::new(), wanted: self.heading_wanted.take() };
        let c = theme::of(ui);
        ui.add_space(4.0);
        let spoken = egui::Frame::new().fill(c.side).corner_radius(theme::RADIUS_CARD).inner_margin(14.0);
        spoken.show(ui, |ui| {
            headings.passed(&words::caption(ui, lessons::SPOKEN));
            let text = RichText::new(&lesson.spoken).font(theme::body()).color(c.text);
            ui.add(egui::Label::new(text).wrap().selectable(true));
        });
        for section in &lesson.sections {
            if !section.title.is_empty() {
                headings.section(ui, &section.title);
            }
            self.markdown(ui, &section.text, &labels);
        }
        if !lesson.notes.is_empty() {
            headings.section(ui, lessons::HEARD);
            for pair in &lesson.notes {
                let text = format!("**Often heard.** {}\n\n**What holds.** {}", pair.heard, pair.holds);
                self.markdown(ui, &text, &labels);
                ui.separator();
            }
        }
        for (title, text) in [(lessons::BREAK_IT, &lesson.break_it), (lessons::TRY_THIS, &lesson.try_this)] {
            if !text.is_empty() {
                headings.section(ui, title);
                self.markdown(ui, text, &labels);
            }
        }
        if !lesson.follow_ups.is_empty() {
            headings.section(ui, lessons::NEXT);
            for (i, follow) in lesson.follow_ups.iter().enumerate() {
                let title = lessons::plain(&follow.ask, usize::MAX);
                let title = RichText::new(title.trim()).font(theme::value());
                egui::CollapsingHeader::new(title).id_salt(("follow-up", i)).show(ui, |ui| {
                    self.markdown(ui, &follow.answer, &labels);
                });
            }
        }
        let mut wanted = None;
        if !lesson.see_also.is_empty() {
            headings.section(ui, lessons::SEE_ALSO);
            for other in &lesson.see_also {
                let Some(topic) = topic(&other.page) else { continue };
                ui.horizontal_wrapped(|ui| {
                    if ui.link(RichText::new(topic.title()).font(theme::body())).clicked() {
                        wanted = Some(topic);
                    }
                    words::caption(ui, &other.why);
                });
            }
        }
        ui.add_space(16.0);
        // At the end the last heading is in view, however short its part is.
        let ended = ui.min_rect().bottom() <= bottom + 1.0 && ui.min_rect().top() < top;
        let passed = headings.tops.iter().rposition(|heading| *heading <= top + NEAR).unwrap_or(0);
        let at = if ended { headings.tops.len() - 1 } else { passed };
        if std::mem::replace(&mut self.heading, at) != at {
            ui.ctx().request_repaint();
        }
        if let Some(topic) = wanted {
            self.open_topic(topic);
        }
    }

    /// Markdown with formulas typeset, knobs called as on the page, and links that set the page.
    fn markdown(&mut self, ui: &mut Ui, text: &str, labels: &[Listed]) {
        let label = |name: &str| labels.iter().find(|k| k.name == name).map(|k| k.label.to_owned());
        let text = lessons::blocks(text, &label);
        let links = lessons::links(&text);
        self.markdown.link_hooks_clear();
        for link in &links {
            self.markdown.add_link_hook(format!("set:{}", link.settings));
        }
        let symbols = self.page().symbols();
        let math = move |ui: &mut Ui, tex: &str, inline: bool| {
            let c = theme::of(ui);
            if inline {
                formula(ui, tex, INLINE, c.text);
                return;
            }
            ui.vertical(|ui| {
                displayed(ui, tex, DISPLAY, c.text);
                if let Some(here) = lessons::substituted(tex, &symbols) {
                    displayed(ui, &format!("\\text{{here }} {here}"), HERE, c.blue_text);
                }
            });
        };
        let viewer = egui_commonmark::CommonMarkViewer::new().render_math_fn(Some(&math));
        viewer.show(ui, &mut self.markdown, &text);
        let clicked = |link: &&lessons::Link| {
            self.markdown.get_link_hook(&format!("set:{}", link.settings)) == Some(true)
        };
        if let Some(link) = links.iter().find(clicked) {
            self.follow(&link.settings);
        }
    }

    /// Sets the page as a link says, and shows it.
    pub(super) fn follow(&mut self, settings: &str) {
        if let Ok(settings) = settings.parse() {
            self.note_place();
            // A test holds that every link of every lesson can be set.
            let _ = self.page().apply(&settings);
            self.tab = super::Tab::Explore;
        }
    }

    /// A question, answered by the engine.
    pub(super) fn practice(&mut self, ui: &mut Ui) {
        ui.set_max_width((ui.available_width() - 24.0).min(ASKED));
        ui.add_space(8.0);
        let topic = self.current;
        let seed = self.practised.seed(topic.slug, now());
        let page = self.page();
        if !page.practice.is_asking() {
            page.ask(seed);
        }
        match page.practice.ui(ui, "Another question") {
            Some(Asked::Next) => {
                // One that was passed over is not asked again at once.
                let passed = page.practice.seed();
                page.ask(if passed == seed { now().wrapping_add(passed) } else { seed });
            }
            Some(Asked::Show(settings)) => self.follow(&settings.to_string()),
            Some(Asked::Judged(right)) => {
                let seed = page.practice.seed();
                self.note_answer(topic, seed, right);
            }
            None => {}
        }
        ui.add_space(16.0);
        let score = self.practised.scores.get(topic.slug).copied().unwrap_or_default();
        if score.right + score.wrong > 0 {
            let all = score.right + score.wrong;
            let waiting = self.practised.waiting.iter().filter(|w| w.topic == topic.slug).count();
            let back = match waiting {
                0 => String::new(),
                n => format!("; {} will come back", words::plural(n, "question", "questions")),
            };
            words::remark(ui, &format!("{} of {all} right on this page{back}.", score.right));
        }
    }

    /// Keeps an answer, so that what was wrong comes back.
    pub(super) fn note_answer(&mut self, topic: &Topic, seed: u64, right: bool) {
        self.practised.note(topic.slug, seed, right, now());
        let Some(file) = &self.practised_file else { return };
        if let Err(error) = self.practised.save(file) {
            let text = format!("what was practised cannot be kept ({error}): {}", file.display());
            self.notices.push(text);
            self.practised_file = None;
        }
    }

    /// Keeps what was practised in a file, and goes on with what it holds.
    pub fn keep_practised_in(&mut self, file: PathBuf) {
        self.practised = Practised::load(&file);
        self.practised_file = Some(file);
    }

    /// PyTorch that computes what the page shows.
    pub(super) fn code(&mut self, ui: &mut Ui) {
        let code = self.page().code();
        if code.trim().is_empty() {
            ui.label("This page has no code.");
            return;
        }
        ui.horizontal(|ui| {
            words::remark(ui, "PyTorch that computes what the page shows");
            if ui.button("Copy").clicked() {
                ui.ctx().copy_text(code.clone());
            }
        });
        listing(ui, &code, Language::Python);
    }
}
