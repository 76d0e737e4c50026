//! Above the picture: title and tabs, the question, the sentence that says what is to be seen, presets,
//! and what runs a training or slides a window.

use egui::{Align2, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::frame::{WITH_NAVIGATION, WITH_SETTINGS};
use super::{Shell, Tab};
use crate::app::page::Page;
use crate::lessons::{Preset, Tone};
use crate::viz::figures::race::{self, Race, RaceEvent};
use crate::viz::figures::strokes::{self, Sign};
use crate::viz::figures::window;
use crate::viz::figures::{
    self,
    control::{self, Face},
};
use crate::viz::{theme, words};

/// Height of the row with title and tabs, of the question, of the sentence, of the presets.
const TITLE: f32 = 36.0;
const QUESTION: f32 = 20.0;
const CHIP: f32 = 30.0;
/// Height of the control of a training.
const RUN: f32 = 30.0;
/// Space between title and tabs, and least width of the control at their right.
const SPACE: f32 = 16.0;
const WALK: f32 = 100.0;
/// Width of the buttons that open navigation and settings.
const MENU: f32 = 76.0;
/// Width of a chip beside its words: usually, and where all fit into a row only so.
const CHIP_PADDING: f32 = 26.0;
const CLOSE_PADDING: f32 = 16.0;
const SIGN: f32 = 18.0;

impl Shell {
    /// Title, tabs, and the window that slides.
    pub(super) fn title_row(&mut self, ui: &mut Ui) {
        let (mut rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), TITLE), Sense::hover());
        rect.min.x += self.menu_button(ui, rect);
        if self.width < WITH_SETTINGS {
            let left = rect.right() - MENU;
            let own = Rect::from_min_size(pos2(left, rect.top() + 4.0), vec2(MENU, TITLE - 8.0));
            let (text, spoken) = match self.tab {
                Tab::Answer => ("Contents", "Open contents"),
                _ => ("Settings", "Open settings"),
            };
            let face = Face { sign: None, text, spoken, primary: false, round: false };
            if control::button(ui, own, "drawer", face).on_hover_text("Key S").clicked() {
                self.drawer = !self.drawer;
            }
            rect.max.x = left - SPACE;
        }
        let title = self.current.title();
        let heading = ui.interact(rect, ui.scope_id().with("title"), Sense::hover());
        heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
        let end =
            words::write(ui, rect, Align2::LEFT_CENTER, title, theme::title(), theme::of(ui).text).right();
        let mut x = end + SPACE;
        for tab in Tab::ALL {
            let width = words::width(ui, tab.name(), theme::value()).ceil() + 20.0;
            let own = Rect::from_min_size(pos2(x, rect.top() + 2.0), vec2(width, TITLE - 4.0));
            x += width + 2.0;
            if control::tab(ui, own, tab.name(), self.tab == tab).clicked() {
                self.tab = tab;
            }
        }
        let rest = Rect::from_min_max(pos2(x + SPACE, rect.top()), rect.max);
        let explores = self.tab == Tab::Explore;
        if let Some(walk) = self.page().window().filter(|walk| explores && walk.total() > 1) {
            let width = rest.width().min(240.0);
            if width >= WALK {
                let own = Rect::from_min_max(pos2(rest.right() - width, rest.top()), rest.max);
                window::walk(ui, own, walk);
            }
        }
    }

    /// What opens the navigation where a narrow window hides it, at the left of `rect`; gives its width.
    fn menu_button(&mut self, ui: &mut Ui, rect: Rect) -> f32 {
        if self.width >= WITH_NAVIGATION {
            return 0.0;
        }
        let own = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(MENU, TITLE - 8.0));
        let face = Face { sign: None, text: "Pages", spoken: "Pages", primary: false, round: false };
        if control::button(ui, own, "pages", face).clicked() {
            self.menu = !self.menu;
        }
        MENU + SPACE
    }

    /// The row above home and the exam, where it has something to hold.
    pub(super) fn menu_row(&mut self, ui: &mut Ui) {
        if self.width < WITH_NAVIGATION {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), TITLE), Sense::hover());
            self.menu_button(ui, rect);
        }
    }

    /// The question, the sentence and the presets. Their room is reserved whatever they say.
    pub(super) fn lesson_rows(&mut self, ui: &mut Ui) {
        let width = ui.available_width();
        if self.current.is_explorer() {
            return;
        }
        let (rect, _) = ui.allocate_exact_size(vec2(width, QUESTION), Sense::hover());
        let faint = theme::of(ui).faint;
        words::write(ui, rect, Align2::LEFT_CENTER, self.current.question(), theme::control(), faint);
        self.page().speak();
        let (rect, _) = ui.allocate_exact_size(vec2(width, 2.0 * theme::LESSON_LINE + 2.0), Sense::hover());
        self.lit = None;
        if let Some(complaint) = self.page().complaint() {
            // In the sentence's room, so that the figure stays where it is.
            let response = ui.allocate_rect(rect, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &complaint));
            words::paragraph(ui, rect, &complaint, theme::value(), theme::of(ui).broken);
            response.on_hover_text(&complaint);
        } else if let Some(caption) = self.page().caption() {
            // What the pointer is over lights the words that speak of it, and the other way round.
            let spans = caption.spans.clone();
            let over = ui.input(|i| i.pointer.hover_pos()).and_then(|at| {
                let panels = figures::page::panels(ui.ctx());
                panels.iter().position(|panel| panel.contains(at))
            });
            let pointed = words::lesson(ui, rect, &spans, over);
            self.lit = pointed.and_then(|span| span.panel);
            // The name of a preset is a button for it.
            let presets = &self.current.lesson().presets;
            let named = pointed.and_then(|span| presets.iter().position(|preset| preset.name == span.text));
            if let Some(preset) = named {
                ui.set_cursor_icon(egui::CursorIcon::PointingHand);
                if ui.input(|i| i.pointer.primary_clicked()) {
                    self.choose_preset(preset);
                }
            }
        }
        ui.add_space(4.0);
        self.presets(ui);
        ui.add_space(4.0);
    }

    fn presets(&mut self, ui: &mut Ui) {
        let presets = &self.current.lesson().presets;
        if presets.is_empty() {
            return;
        }
        let chosen = self.page().preset().map(|preset| preset.name.as_str());
        let written = |preset: &Preset| {
            let sign = if preset.tone == Tone::Plain { 0.0 } else { SIGN };
            words::width(ui, &preset.name, theme::value()).ceil() + sign
        };
        let widths: Vec<f32> = presets.iter().map(written).collect();
        let placed = placed(&widths, ui.available_width());
        let high = placed.last().map_or(0.0, Rect::bottom);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::hover());
        let mut clicked = None;
        for (i, (preset, own)) in presets.iter().zip(placed).enumerate() {
            let own = own.translate(rect.min.to_vec2());
            if chip(ui, own, preset, chosen == Some(preset.name.as_str()), i) {
                clicked = Some(i);
            }
        }
        if let Some(i) = clicked {
            self.choose_preset(i);
        }
    }

    /// Puts the settings of a preset in place of the page's.
    pub fn choose_preset(&mut self, index: usize) {
        let Some(preset) = self.current.lesson().presets.get(index) else { return };
        let settings = preset.settings();
        self.note_place();
        let before = self.page().settings();
        let applied = self.page().apply(&settings);
        let moved = self.page().settings().changed_since(&before);
        if self.glides {
            self.page().glide_from(before);
        }
        self.page().light(moved.iter().map(|(name, _)| name.to_owned()).collect());
        if let Err(refused) = applied {
            let text: Vec<String> = refused.iter().map(ToString::to_string).collect();
            self.notify(format!("the preset \"{}\" could not be set: {}", preset.name, text.join("; ")));
        }
    }

    /// Outlines the panel that the pointed at words of the sentence speak of.
    pub(super) fn lit_panel(&self, ui: &Ui) {
        let panels = figures::page::panels(ui.ctx());
        if let Some(panel) = self.lit.and_then(|at| panels.get(at)) {
            let stroke = Stroke::new(theme::FOCUS_STROKE, theme::of(ui).blue);
            ui.painter().rect_stroke(panel.expand(4.0), theme::RADIUS, stroke, StrokeKind::Inside);
        }
    }

    /// The control of networks in training, if there are some.
    pub(super) fn run_row(&mut self, ui: &mut Ui) {
        let Some(race) = state_of(self.page()) else { return };
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), RUN), Sense::hover());
        if let Some(event) = race::control(ui, rect, &race) {
            self.run_event(event);
        }
        ui.add_space(6.0);
    }

    /// Does what was asked of the networks in training.
    pub(super) fn run_event(&mut self, event: RaceEvent) {
        if let RaceEvent::Seed(seed) = event {
            // Another seed is another setting, so that it can be linked to and undone.
            let _ = self.page().set(&format!("seed={seed}"));
            return;
        }
        let page = self.page();
        page.stage.audit.reset();
        if let RaceEvent::Speed(speed) = event {
            page.speed = speed;
        }
        let Some(player) = page.player() else { return };
        match event {
            RaceEvent::Play | RaceEvent::More(_) => player.play(),
            RaceEvent::Pause => player.pause(),
            RaceEvent::Step => player.step_once(),
            RaceEvent::Home => player.show(0),
            RaceEvent::Seek(step) => player.show(step),
            RaceEvent::Seed(_) | RaceEvent::Speed(_) => {}
        }
    }
}

/// What the control shows; `None` where nothing trains.
fn state_of(page: &mut Page) -> Option<Race> {
    page.player()?;
    let seed = page.settings().get("seed").and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let speed = page.speed;
    let player = page.player()?;
    Some(Race {
        step: player.showing(),
        planned: player.planned().unwrap_or(u64::MAX),
        more: player.plan_by().unwrap_or(0),
        playing: player.is_playing(),
        speed,
        seed,
        rate: None,
        fresh: player.step() == 0,
    })
}

/// Places chips for words of these widths in a row, closer together if that makes room for all, or else in as many
/// rows as they take; from the left top corner.
fn placed(widths: &[f32], room: f32) -> Vec<Rect> {
    let whole = |[padding, gap]: [f32; 2]| widths.iter().map(|wide| wide + padding + gap).sum::<f32>() - gap;
    let [usual, close] = [[CHIP_PADDING, 8.0], [CLOSE_PADDING, 5.0]];
    let [padding, gap] = if whole(usual) > room && whole(close) <= room { close } else { usual };
    let mut at = Pos2::ZERO;
    let place = |wide: &f32| {
        let wide = (wide + padding).min(room);
        if at.x > 0.0 && at.x + wide > room {
            at = pos2(0.0, at.y + CHIP + 6.0);
        }
        let own = Rect::from_min_size(at, vec2(wide, CHIP));
        at.x += wide + gap;
        own
    };
    widths.iter().map(place).collect()
}

/// A preset; returns whether it was clicked.
fn chip(ui: &mut Ui, rect: Rect, preset: &Preset, chosen: bool, index: usize) -> bool {
    let response = ui.interact(rect, ui.scope_id().with(("preset", index)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &preset.name));
    let c = theme::of(ui);
    let (line, fill, ink, sign) = match preset.tone {
        Tone::Broken => (c.broken_line, c.broken_fill, c.broken, Some(Sign::Warning)),
        Tone::Mended => (c.good_line, c.good_fill, c.good, Some(Sign::Tick)),
        Tone::Plain => (if chosen { c.blue } else { c.line }, c.blue_fill, c.blue_text, None),
    };
    let ink = if chosen || preset.tone != Tone::Plain { ink } else { c.text };
    let stroke = Stroke::new(1.0, line);
    let fill = if chosen {
        fill
    } else if response.hovered() {
        c.hover
    } else {
        egui::Color32::TRANSPARENT
    };
    ui.painter().rect(rect, CHIP / 2.0, fill, stroke, StrokeKind::Inside);
    control::focus_ring(ui, &response, rect);
    let sign_wide = if sign.is_some() { SIGN } else { 0.0 };
    let wide = words::width(ui, &preset.name, theme::value()).ceil() + sign_wide;
    let mut left = rect.left() + ((rect.width() - wide) / 2.0).max(6.0);
    if let Some(sign) = sign {
        strokes::sign(ui.painter(), pos2(left + 6.0, rect.center().y), sign, ink);
        left += SIGN;
    }
    let room = Rect::from_min_max(pos2(left, rect.top()), rect.max - vec2(4.0, 0.0));
    words::write(ui, room, Align2::LEFT_CENTER, &preset.name, theme::value(), ink);
    response.on_hover_text(format!("{}\n(key {})", preset.claim, index + 1)).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_come_closer_together_before_they_take_another_row() {
        let rows = |room: f32| {
            let placed = placed(&[60.0, 80.0, 70.0], room);
            assert!(placed.iter().all(|chip| chip.right() <= room), "{placed:?}");
            assert!(placed.windows(2).all(|pair| !pair[0].intersects(pair[1])), "{placed:?}");
            (placed.last().unwrap().bottom(), placed[0].width())
        };
        assert_eq!(rows(400.0), (CHIP, 60.0 + CHIP_PADDING));
        assert_eq!(rows(270.0), (CHIP, 60.0 + CLOSE_PADDING));
        assert_eq!(rows(200.0), (2.0 * CHIP + 6.0, 60.0 + CHIP_PADDING));
        assert!(rows(90.0).0 > 3.0 * CHIP);
    }
}
