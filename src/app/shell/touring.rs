//! The tour: a line above the page that says what to look at, and leads on.

use egui::{Align2, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::{Shell, Tab};
use crate::exhibits::topic;
use crate::lessons::{Stop, tour};
use crate::viz::figures::control::{self, Face};
use crate::viz::{theme, words};

/// Height of the line.
const BAR: f32 = 58.0;

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
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
        ui.painter().rect(
            rect,
            theme::RADIUS_CARD,
            c.blue_fill,
            Stroke::new(1.0, c.blue),
            StrokeKind::Inside,
        );
        let mut right = rect.right() - 10.0;
        let mut wanted = None;
        let buttons = [("End", None), (if last { "Done" } else { "Next" }, (!last).then_some(at + 1))];
        let back = (at > 0).then(|| ("Back", Some(at - 1)));
        for (text, to) in buttons.into_iter().filter(|(text, _)| !(last && *text == "End")).chain(back) {
            let wide = control::button_width(ui, text, false);
            let own = Rect::from_min_size(pos2(right - wide, rect.center().y - 14.0), vec2(wide, 28.0));
            right = own.left() - 6.0;
            let spoken = format!("{text}, tour");
            let face = Face { sign: None, text, spoken: &spoken, primary: text == "Next", round: false };
            if control::button(ui, own, text, face).clicked() {
                wanted = Some(to);
            }
        }
        let text = Rect::from_min_max(rect.min + vec2(12.0, 5.0), pos2(right - 8.0, rect.bottom() - 3.0));
        let name = text.with_max_y(text.top() + 18.0);
        let title = format!("{} of {}: {}", at + 1, tour().len(), stop.title);
        words::write(ui, name, Align2::LEFT_CENTER, &title, theme::panel(), c.blue_text);
        words::paragraph(ui, text.with_min_y(name.bottom()), &stop.text, theme::control(), c.text);
        ui.add_space(4.0);
        match wanted {
            Some(Some(to)) => self.stop_at(to),
            Some(None) => self.tour = None,
            None => {}
        }
    }
}
