//! A question that is asked, and what was answered.

use egui::{RichText, Ui, vec2};

use crate::lessons::{Answer, Question, Verdict};
use crate::settings::Settings;
use crate::viz::{theme, words};

/// Share of the width that the question takes, and the space before the verdict.
const ASKING: f32 = 0.58;
const GAP: f32 = 20.0;

/// A question that is asked, and what was answered.
#[derive(Default)]
pub struct Practice {
    question: Option<Question>,
    seed: u64,
    entry: String,
    verdict: Option<Verdict>,
    /// Whether its first verdict has been given away.
    judged: bool,
}

/// What a click asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Another question.
    Next,
    /// The page with the settings of this very case.
    Show(Settings),
    /// The first answer to the question was read: whether it is right.
    Judged(bool),
}

impl Practice {
    /// Whether a question is asked.
    pub fn is_asking(&self) -> bool {
        self.question.is_some()
    }

    /// What the numbers of the question were drawn from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Puts a question in place of the last.
    pub fn ask(&mut self, seed: u64, question: Option<Question>) {
        *self = Self { question, seed, ..Self::default() };
    }

    /// Draws the question with the verdict beside it, and judges the answer; `next` is the name of the button that
    /// goes on.
    pub fn ui(&mut self, ui: &mut Ui, next: &str) -> Option<Asked> {
        if self.question.is_none() {
            ui.label("This page asks no questions.");
            return None;
        }
        let width = ui.available_width();
        let [asking, judging] = [width * ASKING, width * (1.0 - ASKING) - GAP];
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            let asked = ui.vertical(|ui| {
                ui.set_width(asking);
                self.asking(ui, next)
            });
            let judged = ui.vertical(|ui| {
                ui.set_width(judging);
                self.judged_ui(ui)
            });
            judged.inner.or(asked.inner)
        })
        .inner
    }

    /// The question, what it is answered with, and what goes on.
    fn asking(&mut self, ui: &mut Ui, next: &str) -> Option<Asked> {
        let question = self.question.as_ref()?;
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        ui.add(egui::Label::new(RichText::new(&question.ask).font(theme::body())).wrap());
        ui.add_space(8.0);
        match &question.answer {
            Answer::OneOf { options, .. } => {
                for option in options {
                    if ui.selectable_label(self.entry == *option, option).clicked() {
                        self.entry.clone_from(option);
                        self.verdict = Some(question.judge(option));
                    }
                }
            }
            Answer::Number { .. } | Answer::Numbers(_) => {
                ui.horizontal(|ui| {
                    let caption = ui.label("Your answer");
                    let edit = egui::TextEdit::singleline(&mut self.entry).desired_width(160.0);
                    let entered = ui.add(edit).labelled_by(caption.id);
                    let submitted = entered.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
                    if ui.button("Check").clicked() || submitted {
                        self.verdict = Some(question.judge(&self.entry));
                    }
                });
            }
        }
        ui.add_space(8.0);
        let mut asked = None;
        ui.horizontal(|ui| {
            let answered = self.verdict.is_some();
            let settings = question.show.as_ref().and_then(|text| text.parse::<Settings>().ok());
            if let Some(settings) = settings.filter(|_| answered)
                && ui.button("Show it").on_hover_text("The page with these very numbers").clicked()
            {
                asked = Some(Asked::Show(settings));
            }
            if ui.button(next).clicked() {
                asked = Some(Asked::Next);
            }
        });
        asked
    }

    /// What came of the answer, or that it is awaited.
    fn judged_ui(&mut self, ui: &mut Ui) -> Option<Asked> {
        let (question, c) = (self.question.as_ref()?, theme::of(ui));
        ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
        let (fill, line) = match &self.verdict {
            Some(Verdict::Right) => (c.good_fill, c.good_line),
            Some(Verdict::Wrong) => (c.broken_fill, c.broken_line),
            Some(Verdict::Unread(_)) | None => (c.side, c.line),
        };
        let frame = egui::Frame::new().fill(fill).stroke((1.0, line)).corner_radius(theme::RADIUS_CARD);
        let mut asked = None;
        frame.inner_margin(12.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let Some(verdict) = &self.verdict else {
                words::remark(ui, "Predict first: what comes of your answer will stand here.");
                return;
            };
            let (word, ink) = match verdict {
                Verdict::Right => ("Right.", c.good),
                Verdict::Wrong => ("Not quite.", c.broken),
                Verdict::Unread(what) => (what.as_str(), c.focus_text),
            };
            let word = RichText::new(word).font(theme::panel()).color(ink);
            ui.add(egui::Label::new(word).wrap());
            if !matches!(verdict, Verdict::Unread(_)) {
                let text = format!("The engine's answer is {}. {}", question.answer.text(), question.how);
                ui.add(egui::Label::new(text).wrap());
                if !std::mem::replace(&mut self.judged, true) {
                    asked = Some(Asked::Judged(*verdict == Verdict::Right));
                }
            }
        });
        asked
    }
}
