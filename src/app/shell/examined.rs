//! The exam on the page: its start, a question at a time, what came of it.

use egui::{Align2, ScrollArea, Sense, Ui, vec2};

use super::Shell;
use super::answer::ASKED;
use super::home::now;
use crate::app::exam::{Exam, QUESTIONS, SECONDS};
use crate::app::practice::Asked;
use crate::viz::figures::strokes::{self, Sign};
use crate::viz::{theme, words};

impl Shell {
    pub(super) fn exam(&mut self, ui: &mut Ui) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 24.0).min(ASKED));
            ui.add_space(12.0);
            let time = ui.input(|i| i.time);
            let Some(exam) = &mut self.exam else { return self.before(ui, time) };
            if let Some(left) = exam.tick(time).filter(|_| exam.item().is_some()) {
                words::remark(ui, &format!("{}:{:02} left", left as u64 / 60, left as u64 % 60));
                ui.ctx().request_repaint_after_secs(1.0);
            }
            let number = exam.at + 1;
            let Some(item) = exam.item() else { return self.after(ui) };
            let (topic, seed) = (item.topic, item.seed);
            words::section(ui, &format!("Question {number} of {QUESTIONS}: {}", topic.title()));
            ui.add_space(8.0);
            match exam.practice.ui(ui, if number == QUESTIONS { "To the result" } else { "Next question" }) {
                Some(Asked::Judged(right)) => {
                    if let Some(item) = exam.item() {
                        item.right = Some(right);
                    }
                    self.note_answer(topic, seed, right);
                }
                Some(Asked::Next) => exam.next(),
                Some(Asked::Show(settings)) => {
                    self.open_topic(topic);
                    self.follow(&settings.to_string());
                }
                None => {}
            }
        });
    }

    /// What it is, and how to begin.
    fn before(&mut self, ui: &mut Ui, time: f64) {
        words::section(ui, "Exam");
        let text = format!(
            "{QUESTIONS} questions over all topics, with numbers that are drawn afresh. What you answered wrong comes back after ten minutes, a day, three days and ten days, until it is known."
        );
        ui.add(egui::Label::new(egui::RichText::new(text).font(theme::body())).wrap());
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let timed = format!("Begin, {} minutes", SECONDS as u32 / 60);
            let [plain, timed] = ["Begin", timed.as_str()].map(|text| ui.button(text).clicked());
            if plain || timed {
                let due: Vec<_> = self.practised.due(now()).cloned().collect();
                self.exam = Some(Exam::new(now(), &due, timed.then_some(time)));
            }
        });
    }

    /// What was right, and what is to be repeated.
    fn after(&mut self, ui: &mut Ui) {
        let Some(exam) = &self.exam else { return };
        let c = theme::of(ui);
        words::section(ui, &format!("{} of {QUESTIONS} right", exam.right()));
        let again = exam.repeat();
        let text = match again.len() {
            0 => "Nothing to repeat.".to_owned(),
            n => format!("To be repeated: {}.", words::plural(n, "topic", "topics")),
        };
        words::caption(ui, &text);
        ui.add_space(8.0);
        for item in &exam.items {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
            let (sign, ink, said) = match item.right {
                Some(true) => (Sign::Tick, c.good, "right"),
                Some(false) => (Sign::Warning, c.broken, "not quite"),
                None => (Sign::Warning, c.faint, "not answered"),
            };
            strokes::sign(ui.painter(), rect.left_center() + vec2(8.0, 0.0), sign, ink);
            let rest = rect.with_min_x(rect.left() + 26.0);
            words::write(ui, rest, Align2::LEFT_CENTER, item.topic.title(), theme::control(), c.text);
            words::write(ui, rest, Align2::RIGHT_CENTER, said, theme::control(), ink);
        }
        ui.add_space(8.0);
        let mut open = None;
        ui.horizontal_wrapped(|ui| {
            for topic in again {
                if ui.button(topic.title()).on_hover_text("Open this page").clicked() {
                    open = Some(topic);
                }
            }
        });
        ui.add_space(8.0);
        if ui.button("Another exam").clicked() {
            self.exam = None;
        } else if let Some(topic) = open {
            self.open_topic(topic);
        }
    }
}
