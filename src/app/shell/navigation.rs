//! The list of pages, and the search in it.

use egui::{Key, Response, RichText, ScrollArea, Ui, vec2};

use super::{Place, Shell};
use crate::app::command::Command;
use crate::exhibits::{EXPLORE, Topic, chapters, pages};
use crate::viz::theme;

/// Height of a row.
const ROW: f32 = 26.0;

impl Shell {
    pub(super) fn navigation(&mut self, ui: &mut Ui) {
        ui.add_space(8.0);
        ui.label(RichText::new("Glassbox").heading());
        ui.add_space(2.0);
        let search = egui::TextEdit::singleline(&mut self.search)
            .hint_text("Search topics (Ctrl+F)")
            .desired_width(f32::INFINITY);
        let search = ui.add(search);
        search.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Search topics"));
        if std::mem::take(&mut self.focus_search) {
            search.request_focus();
        }
        let wanted = self.search.to_lowercase();
        let matches = |t: &Topic| {
            if wanted.trim().is_empty() {
                return true;
            }
            let lesson = t.lesson();
            let text = format!("{} {} {} {}", lesson.title, t.slug, lesson.question, lesson.answer);
            let text = text.to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word))
        };
        if search.lost_focus()
            && ui.input(|i| i.key_pressed(Key::Enter))
            && let Some(first) = pages().find(|t| matches(t))
        {
            self.open_topic(first);
        }
        ui.add_space(4.0);
        ScrollArea::vertical().show(ui, |ui| {
            let mut any = false;
            if wanted.trim().is_empty() {
                for (place, name, command) in
                    [(Place::Home, "Home", Command::Start), (Place::Exam, "Exam", Command::Exam)]
                {
                    if row(ui, name, self.place == place).clicked() {
                        self.run(ui, command);
                    }
                }
            }
            for chapter in std::iter::once(EXPLORE).chain(chapters()) {
                let topics: Vec<_> = pages().filter(|t| t.chapter == chapter && matches(t)).collect();
                if topics.is_empty() {
                    continue;
                }
                any = true;
                ui.add_space(8.0);
                ui.label(RichText::new(chapter).small().strong().color(theme::faint(ui.visuals())));
                for topic in topics {
                    let here = self.place == Place::Page && std::ptr::eq(topic, self.current);
                    let response = row(ui, topic.title(), here);
                    if self.practised.knows(topic.slug) {
                        let at = response.rect.right_center() - vec2(10.0, 0.0);
                        ui.painter().circle_filled(at, 3.0, theme::of(ui).good);
                    }
                    if response.clicked() {
                        self.open_topic(topic);
                    }
                }
            }
            if !any {
                ui.add_space(8.0);
                ui.label(format!("No topic mentions \"{}\".", self.search.trim()));
            }
        });
    }
}

/// A row of the list.
fn row(ui: &mut Ui, name: &str, here: bool) -> Response {
    let width = ui.available_width();
    ui.add(egui::Button::selectable(here, name).min_size(vec2(width, ROW)))
}
