//! The palette over the page: a line to write in, and what it finds.

use egui::{Align2, Id, Key, Modal, Rect, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, vec2};

use super::{Place, Shell, Tab};
use crate::app::palette::{Goal, Here, Hit, Palette, search};
use crate::viz::{offer, theme, words};

/// Width of the palette, and height of a hit and of the list.
const WIDTH: f32 = 560.0;
const HIT: f32 = 42.0;
const LIST: f32 = 8.5 * HIT;

impl Shell {
    /// Opens it, or closes it.
    pub(super) fn toggle_palette(&mut self) {
        self.palette = if self.palette.is_some() { None } else { Some(Palette::default()) };
    }

    /// Draws it, if it is open.
    pub(super) fn palette(&mut self, ui: &Ui) {
        let Some(mut palette) = self.palette.take() else { return };
        let mut taken = None;
        let modal = Modal::new(Id::unique("palette")).show(ui.ctx(), |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 48.0));
            // Before the field, which would move its cursor with them.
            let step = |ui: &Ui, key: Key| ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key));
            let (down, up) = (step(ui, Key::ArrowDown), step(ui, Key::ArrowUp));
            let edit = TextEdit::singleline(&mut palette.wanted)
                .hint_text("A page, a preset, a setting, something to do")
                .desired_width(f32::INFINITY);
            let field = ui.add(edit);
            field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search everything"));
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            field.request_focus();
            if field.changed() {
                palette.at = 0;
                palette.hits = None;
            }
            let hits = palette.hits.get_or_insert_with(|| {
                let here = self.here(ui.ctx());
                search(&palette.wanted, &here)
            });
            palette.at = (palette.at + usize::from(down)).saturating_sub(usize::from(up));
            palette.at = palette.at.min(hits.len().saturating_sub(1));
            ui.add_space(4.0);
            ScrollArea::vertical().max_height(LIST).show(ui, |ui| {
                for (i, hit) in hits.iter().enumerate() {
                    let chosen = i == palette.at;
                    let response = row(ui, hit, chosen);
                    if chosen && (up || down) {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() || (chosen && entered) {
                        taken = Some(hit.goal.clone());
                    }
                }
                if hits.is_empty() {
                    ui.label(format!("Nothing is called \"{}\".", palette.wanted.trim()));
                }
            });
        });
        match taken {
            Some(goal) => self.take(ui, goal),
            None if !modal.should_close() => self.palette = Some(palette),
            None => {}
        }
    }

    /// What the page on screen has to be found.
    fn here(&mut self, ctx: &egui::Context) -> Here {
        if self.place != Place::Page {
            return Here::default();
        }
        let figures = offer::all(ctx).into_iter().map(|offer| offer.title).collect();
        let page = self.page();
        Here {
            knobs: page.knobs(),
            figures,
            trains: page.player().is_some(),
            learns: page.learned().is_some(),
        }
    }

    fn take(&mut self, ui: &Ui, goal: Goal) {
        match goal {
            Goal::Page(topic) => self.open_topic(topic),
            Goal::Preset(topic, i) => {
                self.open_topic(topic);
                self.tab = Tab::Explore;
                self.choose_preset(i);
            }
            Goal::Knob(name) => {
                self.drawer = true;
                self.tab = Tab::Explore;
                self.page().light(vec![name.to_owned()]);
            }
            Goal::Command(command) => self.run(ui, command),
            Goal::Export(wanted) => self.export(wanted),
        }
    }
}

/// Name and the line that matched.
fn row(ui: &mut Ui, hit: &Hit, chosen: bool) -> egui::Response {
    let c = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HIT), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, chosen, format!("{}: {}", hit.name, hit.about))
    });
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, if chosen { c.blue_fill } else { c.hover });
    }
    let inner = rect.shrink2(vec2(10.0, 3.0));
    let [upper, lower] = [inner.with_max_y(inner.center().y), inner.with_min_y(inner.center().y)];
    let kind = match hit.goal {
        Goal::Page(_) => "page",
        Goal::Preset(..) => "preset",
        Goal::Knob(_) => "setting",
        Goal::Command(_) => "",
        Goal::Export(_) => "figure",
    };
    let end = words::write(ui, upper, Align2::RIGHT_CENTER, kind, theme::small(), c.faint).left();
    let name = Rect::from_min_max(upper.min, upper.max.min(egui::pos2(end - 8.0, upper.bottom())));
    let ink = if chosen { c.blue_text } else { c.text };
    words::write(ui, name, Align2::LEFT_CENTER, &hit.name, theme::panel(), ink);
    words::write(ui, lower, Align2::LEFT_CENTER, &hit.about, theme::small(), c.faint);
    response
}
