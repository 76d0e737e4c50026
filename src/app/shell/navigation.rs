//! The list of pages, its chapters folded, and the search in it.

use egui::{
    Align2, Color32, Key, Pos2, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke, TextEdit, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{Place, Shell};
use crate::app::command::Command;
use crate::app::palette::pages_of;
use crate::exhibits::{EXPLORE, EXPLORERS, TOPICS, Topic, chapters};
use crate::viz::figures::control::focus_ring;
use crate::viz::{theme, words};

/// Height of a row.
const ROW: f32 = 26.0;
/// Where a name begins: without a number, and behind one; room for the dot at its end.
const NAME: f32 = 8.0;
const BEHIND_NUMBER: f32 = 30.0;
const DOT: f32 = 16.0;
/// Where the name of a chapter begins, behind its triangle.
const CHAPTER: f32 = 20.0;

impl Shell {
    pub(super) fn navigation(&mut self, ui: &mut Ui) {
        ui.add_space(8.0);
        ui.label(egui::RichText::new("Glassbox").heading());
        ui.add_space(2.0);
        let entered = self.search_field(ui);
        let found = (!self.search.trim().is_empty()).then(|| pages_of(&self.search));
        let best = found.as_ref().and_then(|found| found.first()).copied();
        if let Some(best) = best.filter(|_| entered) {
            self.open_topic(best);
        }
        ui.add_space(4.0);
        ScrollArea::vertical().show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let listed =
                |topic: &Topic| found.as_ref().is_none_or(|f| f.iter().any(|t| t.slug == topic.slug));
            if found.is_none() {
                for (place, name, command) in
                    [(Place::Home, "Home", Command::Start), (Place::Exam, "Exam", Command::Exam)]
                {
                    let here = self.place == place;
                    let row = Row { name, number: None, here, best: false, practised: false };
                    if row.ui(ui).clicked() {
                        self.run(ui, command);
                    }
                }
            }
            let explorers: Vec<_> = EXPLORERS.iter().filter(|t| listed(t)).collect();
            if !explorers.is_empty() {
                heading(ui, EXPLORE);
            }
            for topic in explorers {
                self.page_row(ui, topic, best);
            }
            let chapters: Vec<_> = chapters()
                .into_iter()
                .map(|name| {
                    (name, TOPICS.iter().filter(|t| t.chapter == name && listed(t)).collect::<Vec<_>>())
                })
                .filter(|(_, topics)| !topics.is_empty())
                .collect();
            if !chapters.is_empty() {
                heading(ui, "Learn");
            }
            for (name, topics) in chapters {
                // A search opens what it has found, and leaves the folds as they are.
                let open = found.is_some() || self.unfolded.contains(name);
                if chapter(ui, name, topics.len(), open).clicked() && found.is_none() {
                    if open {
                        self.unfolded.remove(name)
                    } else {
                        self.unfolded.insert(name)
                    };
                }
                for topic in topics.into_iter().filter(|_| open) {
                    self.page_row(ui, topic, best);
                }
            }
            if found.is_some_and(|found| found.is_empty()) {
                ui.add_space(8.0);
                ui.label(format!("No topic mentions \"{}\".", self.search.trim()));
            }
            ui.add_space(8.0);
        });
    }

    /// The line to search with; true where Enter was pressed in it.
    fn search_field(&mut self, ui: &mut Ui) -> bool {
        let field = TextEdit::singleline(&mut self.search)
            .hint_text("Search topics (Ctrl+F)")
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search topics"));
        // Esc has taken the keyboard away already. With something written it only clears.
        let cleared =
            field.lost_focus() && ui.input(|i| i.key_pressed(Key::Escape)) && !self.search.is_empty();
        if cleared {
            self.search.clear();
        }
        if std::mem::take(&mut self.focus_search) || cleared {
            field.request_focus();
        }
        field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter))
    }

    fn page_row(&mut self, ui: &mut Ui, topic: &'static Topic, best: Option<&'static Topic>) {
        let here = self.place == Place::Page && std::ptr::eq(topic, self.current);
        let number = (!topic.is_explorer()).then_some(topic.number);
        let best = best.is_some_and(|best| std::ptr::eq(topic, best));
        let practised = self.practised.knows(topic.slug);
        let response = Row { name: topic.title(), number, here, best, practised }.ui(ui);
        if practised {
            let at = response.rect.right_center() - vec2(DOT / 2.0, 0.0);
            ui.painter().circle_filled(at, 3.0, theme::of(ui).good);
        }
        if response.clicked() {
            self.open_topic(topic);
        }
    }
}

/// A row of the list.
struct Row<'a> {
    name: &'a str,
    number: Option<u32>,
    here: bool,
    /// Whether Enter in the search opens it.
    best: bool,
    practised: bool,
}

impl Row<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let Self { name, number, here, best, practised } = self;
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, here, name));
        follow(&response);
        if here {
            show_opened(ui, &response, name);
        }
        let c = theme::of(ui);
        if here || best || response.hovered() {
            ui.painter().rect_filled(rect, theme::RADIUS, if here { c.blue_fill } else { c.hover });
        }
        focus_ring(ui, &response, rect);
        let ink = if here { c.blue_text } else { c.text };
        let mut left = rect.left() + NAME;
        if let Some(number) = number {
            let own = Rect::from_min_max(rect.min, pos2(rect.left() + BEHIND_NUMBER - 8.0, rect.bottom()));
            let faint = if here { c.blue_text } else { c.faint };
            words::write(ui, own, Align2::RIGHT_CENTER, &number.to_string(), theme::control(), faint);
            left = rect.left() + BEHIND_NUMBER;
        }
        let room = Rect::from_min_max(
            pos2(left, rect.top()),
            rect.max - vec2(if practised { DOT } else { 4.0 }, 0.0),
        );
        elided(ui, response, room, name, theme::control(), ink)
    }
}

/// Writes a name, and the whole of it where it is pointed at, if it has no room.
fn elided(ui: &Ui, response: Response, room: Rect, name: &str, font: egui::FontId, ink: Color32) -> Response {
    words::write(ui, room, Align2::LEFT_CENTER, name, font.clone(), ink);
    let fits = words::width(ui, name, font) <= room.width();
    if fits { response } else { response.on_hover_text(name) }
}

/// What the keyboard comes to is scrolled to.
fn follow(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}

/// The row of a page that was just opened is scrolled to.
fn show_opened(ui: &Ui, response: &Response, name: &str) {
    let id = egui::Id::unique("page shown in the navigation");
    if ui.data(|data| data.get_temp::<String>(id)).as_deref() != Some(name) {
        response.scroll_to_me_animation(None, egui::style::ScrollAnimation::none());
        ui.data_mut(|data| data.insert_temp(id, name.to_owned()));
    }
}

/// Above a group of rows.
fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let room = rect.with_min_x(rect.left() + NAME);
    words::write(ui, room, Align2::LEFT_CENTER, text, theme::small(), theme::of(ui).faint);
}

/// A chapter that folds.
fn chapter(ui: &mut Ui, name: &str, count: usize, open: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let state = if open { "unfolded" } else { "folded" };
    let spoken = format!("{name}, {}, {state}", words::plural(count, "page", "pages"));
    response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, open, &spoken));
    follow(&response);
    let c = theme::of(ui);
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, c.hover);
    }
    focus_ring(ui, &response, rect);
    triangle(ui, pos2(rect.left() + 11.0, rect.center().y), open, c.faint);
    let count = count.to_string();
    let end = words::write(
        ui,
        rect.with_max_x(rect.right() - 6.0),
        Align2::RIGHT_CENTER,
        &count,
        theme::small(),
        c.faint,
    );
    let room =
        Rect::from_min_max(pos2(rect.left() + CHAPTER, rect.top()), pos2(end.left() - 6.0, rect.bottom()));
    elided(ui, response, room, name, theme::value(), c.text)
}

/// Points right where something is folded, down where it is open.
fn triangle(ui: &Ui, at: Pos2, open: bool, ink: Color32) {
    let points = if open {
        [vec2(-4.0, -2.0), vec2(4.0, -2.0), vec2(0.0, 3.0)]
    } else {
        [vec2(-2.0, -4.0), vec2(3.0, 0.0), vec2(-2.0, 4.0)]
    };
    let points = points.map(|corner| at + corner).to_vec();
    ui.painter().add(Shape::convex_polygon(points, ink, Stroke::NONE));
}
