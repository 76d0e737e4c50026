//! A question that is asked, and what was answered.

use egui::{RichText, Ui};

use crate::lessons::{Answer, Question, Verdict};
use crate::settings::Settings;
use crate::viz::theme;

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

    /// Draws the question and judges the answer; `next` is the name of the button that goes on.
    pub fn ui(&mut self, ui: &mut Ui, next: &str) -> Option<Asked> {
        let Some(question) = &self.question else {
            ui.label("This page asks no questions.");
            return None;
        };
        let mut asked = None;
        ui.add(egui::Label::new(RichText::new(&question.ask).size(15.0)).wrap());
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
        if let Some(verdict) = &self.verdict {
            ui.add_space(8.0);
            let (word, color) = match verdict {
                Verdict::Right => ("Right.", theme::GOOD),
                Verdict::Wrong => ("Not quite.", theme::BAD),
                Verdict::Unread(what) => (what.as_str(), theme::WARN),
            };
            ui.label(RichText::new(word).strong().color(color));
            if !matches!(verdict, Verdict::Unread(_)) {
                let text = format!("The engine's answer is {}. {}", question.answer.text(), question.how);
                ui.add(egui::Label::new(text).wrap());
                if !std::mem::replace(&mut self.judged, true) {
                    asked = Some(Asked::Judged(*verdict == Verdict::Right));
                }
            }
        }
        ui.add_space(8.0);
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
}
