//! The tour: a line above the page that says what to look at, and leads on.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{Shell, Tab};
use crate::exhibits::topic;
use crate::lessons::{Stop, tour};
use crate::viz::figures::control::{self, Face};
use crate::viz::{theme, words};

/// Height of the line above the text, and space around both.
const NAME: f32 = 18.0;
const INSIDE: [f32; 2] = [12.0, 6.0];

impl Shell {
    /// To its first stop.
    pub(super) fn begin_tour(&mut self) {
        self.stop_at(0);
    }

    fn stop_at(&mut self, at: usize) {
        let stop: &Stop = &tour()[at];
        let Some(topic) = topic(&stop.slug) else { return };
        self.tour = Some(at);
        self.open_topic(topic);
        self.tab = Tab::Explore;
        if let Some(i) = topic.lesson().presets.iter().position(|preset| preset.name == stop.preset) {
            self.choose_preset(i);
        }
    }

    /// What to look at here, with the way on.
    pub(super) fn tour_bar(&mut self, ui: &mut Ui) {
        let Some(at) = self.tour else { return };
        let (stop, last) = (&tour()[at], at + 1 == tour().len());
        if stop.slug != self.current.slug {
            // Who goes elsewhere has left the tour.
            self.tour = None;
            return;
        }
        let c = theme::of(ui);
        let onward = (if last { "Done" } else { "Next" }, (!last).then_some(at + 1));
        let end = (!last).then_some(("End", None));
        let back = (at > 0).then(|| ("Back", Some(at - 1)));
        let buttons: Vec<_> = end.into_iter().chain([onward]).chain(back).collect();
        // The text takes as many lines as it needs beside the buttons.
        let taken: f32 = buttons.iter().map(|(text, _)| control::button_width(ui, text, false) + 6.0).sum();
        let width = ui.available_width();
        let [inside, above] = INSIDE;
        let beside = width - taken - 2.0 * inside - 6.0;
        let text = ui.painter().layout(stop.text.clone(), theme::control(), c.text, beside);
        let high = NAME + text.size().y + 2.0 * above + 1.0;
        let (rect, _) = ui.allocate_exact_size(vec2(width, high), Sense::hover());
        let spoken = ui.interact(rect, ui.scope_id().with("tour"), Sense::hover());
        spoken.widget_info(|| WidgetInfo::labeled(Role::Label, true, &stop.text));
        let line = Stroke::new(1.0, c.blue);
        ui.painter().rect(rect, theme::RADIUS_CARD, c.blue_fill, line, StrokeKind::Inside);
        let mut right = rect.right() - 10.0;
        let mut wanted = None;
        for (text, to) in buttons {
            let wide = control::button_width(ui, text, false);
            let own = Rect::from_min_size(pos2(right - wide, rect.center().y - 14.0), vec2(wide, 28.0));
            right = own.left() - 6.0;
            let spoken = format!("{text}, tour");
            let face = Face { sign: None, text, spoken: &spoken, primary: text == "Next", round: false };
            if control::button(ui, own, text, face).clicked() {
                wanted = Some(to);
            }
        }
        let name = Rect::from_min_size(rect.min + vec2(inside, above), vec2(beside, NAME));
        let title = format!("{} of {}: {}", at + 1, tour().len(), stop.title);
        words::write(ui, name, Align2::LEFT_CENTER, &title, theme::panel(), c.blue_text);
        ui.painter().galley(name.left_bottom() + vec2(0.0, 1.0), text, c.text);
        ui.add_space(4.0);
        match wanted {
            Some(Some(to)) => self.stop_at(to),
            Some(None) => self.tour = None,
            None => {}
        }
    }
}
