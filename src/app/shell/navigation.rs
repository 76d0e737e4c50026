//! The list of pages, and the search in it.

use egui::{Key, RichText, ScrollArea, Ui};

use super::Shell;
use crate::exhibits::{EXPLORE, Topic, chapters, pages};
use crate::viz::theme;

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
            for chapter in std::iter::once(EXPLORE).chain(chapters()) {
                let topics: Vec<_> = pages().filter(|t| t.chapter == chapter && matches(t)).collect();
                if topics.is_empty() {
                    continue;
                }
                any = true;
                ui.add_space(8.0);
                ui.label(RichText::new(chapter).small().strong().color(theme::faint(ui.visuals())));
                for topic in topics {
                    let here = std::ptr::eq(topic, self.current);
                    let width = ui.available_width();
                    let row = egui::Button::selectable(here, topic.title()).min_size(egui::vec2(width, 26.0));
                    if ui.add(row).clicked() {
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
