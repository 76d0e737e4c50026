//! Home: three doors to what is the user's own, what to go on with, and a card for every page.

use egui::{
    Align2, ColorImage, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use super::{Place, Shell};
use crate::app::exam::QUESTIONS;
use crate::app::foyer::Pointed;
use crate::exhibits::{TOPICS, Topic, chapters, topic};
use crate::lessons::tour;
use crate::viz::figures::control;
use crate::viz::figures::strokes::{self, Sign};
use crate::viz::{theme, words};

/// Space between doors and between cards.
const GAP: f32 = 14.0;
/// Heights: of the heading and the line below it, of a row to go on with, of the chapters' tabs, of a
/// card and of the picture on it.
const HEADING: f32 = 40.0;
const SENTENCE: f32 = 26.0;
const GO_ON: f32 = 56.0;
const TABS: f32 = 30.0;
const CARD: f32 = 196.0;
const PICTURE: f32 = 112.0;
/// Least width of a card, and how many stand side by side at most.
const NARROW: f32 = 224.0;
const MOST: usize = 6;
/// Room for the bar that scrolls.
const SCROLL: f32 = 14.0;
/// Space inside a card.
pub(super) const INSIDE: f32 = 10.0;

impl Shell {
    /// Draws it.
    pub(super) fn home(&mut self, ui: &mut Ui) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let c = theme::of(ui);
            let width = ui.available_width() - SCROLL;
            ui.set_max_width(width);
            let row = |ui: &mut Ui, high: f32| ui.allocate_exact_size(vec2(width, high), Sense::hover()).0;
            let rect = row(ui, HEADING);
            let heading = ui.interact(rect, ui.scope_id().with("home"), Sense::hover());
            heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "See a network compute"));
            words::write(
                ui,
                rect,
                Align2::LEFT_CENTER,
                "See a network compute",
                theme::semibold(26.0),
                c.text,
            );
            let sentence = "Every number is computed on this machine while you watch. \
                            Open something of yours, or start with a page.";
            let rect = row(ui, SENTENCE);
            words::write(ui, rect, Align2::LEFT_TOP, sentence, theme::body(), c.dim);
            ui.add_space(8.0);
            self.doors(ui);
            ui.add_space(GAP);
            self.go_on(ui);
            ui.add_space(GAP);
            self.chapter_tabs(ui);
            ui.add_space(8.0);
            self.cards(ui);
        });
        self.foyer.follow(ui.ctx(), &self.runtime, &self.screen, &self.inputs);
    }

    /// The last page, the tour, the exam.
    fn go_on(&mut self, ui: &mut Ui) {
        let due = self.practised.due(now()).filter(|w| topic(&w.topic).is_some()).count().min(QUESTIONS / 2);
        let exam = match due {
            0 => format!("{QUESTIONS} questions, drawn at random"),
            due => format!("{QUESTIONS} questions, {due} of them come back"),
        };
        let first = topic(&tour()[0].slug).filter(|_| self.state.page.is_empty());
        let (verb, page) = first.map_or(("Continue", self.current), |first| ("Begin", first));
        let rows = [
            (Sign::Play, format!("{verb}: {}", page.title()), page.question().to_owned()),
            (Sign::Step, "Tour".to_owned(), format!("{} stops in 6 minutes", tour().len())),
            (Sign::Tick, "Exam".to_owned(), exam),
        ];
        let rects = columns(ui, rows.len(), GO_ON);
        let mut clicked = None;
        for (i, ((sign, title, about), rect)) in rows.iter().zip(rects).enumerate() {
            let c = theme::of(ui);
            if frame(ui, rect, ("go on", i), &format!("{title}: {about}")).clicked() {
                clicked = Some(i);
            }
            let centre = pos2(rect.left() + 28.0, rect.center().y);
            ui.painter().circle_filled(centre, 15.0, c.blue_fill);
            strokes::sign(ui.painter(), centre, *sign, c.blue_text);
            let text =
                Rect::from_min_max(pos2(rect.left() + 54.0, rect.top() + 8.0), rect.max - vec2(INSIDE, 8.0));
            let [upper, lower] = [text.with_max_y(text.top() + 20.0), text.with_min_y(text.top() + 20.0)];
            words::write(ui, upper, Align2::LEFT_CENTER, title, theme::panel(), c.text);
            words::write(ui, lower, Align2::LEFT_CENTER, about, theme::control(), c.faint);
        }
        match clicked {
            Some(0) => self.open_topic(page),
            Some(1) => self.begin_tour(),
            Some(_) => self.open_place(Place::Exam),
            None => {}
        }
    }

    /// All pages, or those of a chapter.
    fn chapter_tabs(&mut self, ui: &mut Ui) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), TABS), Sense::hover());
        let c = theme::of(ui);
        let mut x = rect.left();
        for chapter in std::iter::once("").chain(chapters()) {
            let count = TOPICS.iter().filter(|t| chapter.is_empty() || t.chapter == chapter).count();
            let name = if chapter.is_empty() { "All topics" } else { chapter };
            let text = format!("{name} {count}");
            let wide = words::width(ui, &text, theme::value()).ceil() + 20.0;
            let own = Rect::from_min_size(pos2(x, rect.top()), vec2(wide, TABS));
            x += wide + 2.0;
            if control::tab(ui, own, &text, self.foyer.chapter == chapter).clicked() {
                self.foyer.chapter = chapter;
            }
        }
        let legend = Rect::from_min_max(pos2(x + GAP, rect.top()), rect.max);
        if legend.width() > 90.0 {
            let end = words::write(ui, legend, Align2::RIGHT_CENTER, "practised", theme::small(), c.faint);
            ui.painter().circle_filled(pos2(end.left() - 8.0, rect.center().y), 3.0, c.good);
        }
    }

    fn cards(&mut self, ui: &mut Ui) {
        let shown: Vec<_> = TOPICS
            .iter()
            .filter(|t| self.foyer.chapter.is_empty() || t.chapter == self.foyer.chapter)
            .collect();
        // Those of the other theme are opened again when it is chosen.
        let dark = ui.visuals().dark_mode;
        self.foyer.cards.retain(|(_, of_dark), _| *of_dark == dark);
        let width = ui.available_width();
        let across = (((width + GAP) / (NARROW + GAP)) as usize).clamp(1, MOST);
        for line in shown.chunks(across) {
            let rects = columns(ui, across, CARD);
            for (topic, rect) in line.iter().copied().zip(rects) {
                if self.card(ui, topic, rect).clicked() {
                    self.open_topic(topic);
                }
            }
            ui.add_space(GAP);
        }
    }

    fn card(&mut self, ui: &mut Ui, topic: &'static Topic, rect: Rect) -> Response {
        let c = theme::of(ui);
        let response =
            frame(ui, rect, ("card", topic.slug), &format!("{}: {}", topic.title(), topic.question()));
        let inner = rect.shrink(8.0);
        if response.hovered() {
            self.foyer.pointed = Some(Pointed { topic, settings: Vec::new() });
        }
        self.picture(ui, topic, inner.with_max_y(inner.top() + PICTURE));
        let name = inner.with_min_y(inner.top() + PICTURE + 4.0).with_max_y(inner.top() + PICTURE + 26.0);
        let number = topic.number.to_string();
        let end = words::write(ui, name, Align2::LEFT_CENTER, &number, theme::control(), c.faint).right();
        let rest = name.with_min_x(end + 7.0).with_max_x(name.right() - 12.0);
        words::write(ui, rest, Align2::LEFT_CENTER, topic.title(), theme::panel(), c.text);
        if self.practised.knows(topic.slug) {
            ui.painter().circle_filled(pos2(name.right() - 4.0, name.center().y), 3.0, c.good);
        }
        let question = inner.with_min_y(name.bottom());
        words::paragraph(ui, question, topic.question(), theme::control(), c.faint);
        response
    }

    /// The picture of a page in `rect`: the page itself where it runs, or else as it was when it was written.
    pub(super) fn picture(&mut self, ui: &mut Ui, topic: &'static Topic, rect: Rect) {
        let pace = self.pace;
        let alive = self.foyer.alive.as_mut().filter(|alive| alive.topic().slug == topic.slug);
        if alive.is_some_and(|alive| alive.ui(ui, rect, &self.inputs, pace)) {
            return;
        }
        // What is scrolled out of sight is opened when it comes.
        if !ui.is_rect_visible(rect) {
            return;
        }
        let dark = ui.visuals().dark_mode;
        let texture = self.foyer.cards.entry((topic.slug, dark)).or_insert_with(|| load(ui, topic, dark));
        let size = texture.size_vec2();
        // What does not fit stays away at the right and below.
        let scale = (rect.width() / size.x).max(rect.height() / size.y);
        let part = rect.size() / (size * scale);
        let uv = Rect::from_min_size(pos2(0.0, 0.0), part);
        ui.painter().image(texture.id(), rect, uv, egui::Color32::WHITE);
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn load(ui: &Ui, topic: &Topic, dark: bool) -> TextureHandle {
    let image = image::load_from_memory((topic.card)(dark)).expect("a test opens every card").into_rgb8();
    let size = [image.width() as usize, image.height() as usize];
    let name = format!("card of {}", topic.slug);
    ui.ctx().load_texture(name, ColorImage::from_rgb(size, image.as_raw()), TextureOptions::LINEAR)
}

/// As many equal columns in the width of `ui`, and their room taken.
pub(super) fn columns(ui: &mut Ui, count: usize, high: f32) -> impl Iterator<Item = Rect> + use<> {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::hover());
    let wide = ((rect.width() + GAP) / count as f32 - GAP).floor();
    (0..count).map(move |i| {
        Rect::from_min_size(pos2(rect.left() + i as f32 * (wide + GAP), rect.top()), vec2(wide, high))
    })
}

/// What can be clicked as a whole.
pub(super) fn frame(
    ui: &mut Ui,
    rect: Rect,
    salt: impl std::hash::Hash + std::fmt::Debug,
    spoken: &str,
) -> Response {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, spoken));
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let lit = response.hovered() || response.has_focus();
    let stroke = Stroke::new(1.0, if lit { c.blue } else { c.line });
    ui.painter().rect(rect, theme::RADIUS_CARD, c.side, stroke, StrokeKind::Inside);
    response
}
