//! Beside an answer: its headings, and the settings worth seeing.

use egui::{Color32, FontId, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{Shell, Tab};
use crate::lessons::{self, Preset, Tone};
use crate::viz::figures::control::focus_ring;
use crate::viz::figures::strokes::{self, Sign};
use crate::viz::{theme, words};

/// Least height of a row, and the space around the words of a preset.
const ROW: f32 = 26.0;
const INSIDE: f32 = 10.0;

impl Shell {
    pub(super) fn contents(&mut self, ui: &mut Ui) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.set_max_width(ui.available_width() - 8.0);
            ui.add_space(12.0);
            words::remark(ui, "On this page");
            ui.add_space(4.0);
            let lesson = self.current.lesson();
            for (i, title) in lesson.headings().into_iter().enumerate() {
                let title = lessons::plain(title, usize::MAX);
                if heading(ui, title.trim(), i == self.heading) {
                    self.heading_wanted = Some(i);
                }
            }
            if lesson.presets.is_empty() {
                return;
            }
            ui.add_space(16.0);
            words::remark(ui, "See it happen");
            ui.add_space(6.0);
            let labels = self.page().knobs();
            let label = |name: &str| labels.iter().find(|k| k.name == name).map(|k| k.label.to_owned());
            let chosen = self.page().preset().map(|preset| preset.name.as_str());
            let mut clicked = None;
            for (i, preset) in lesson.presets.iter().enumerate() {
                let claim = lessons::plain(&lessons::blocks(&preset.claim, &label), usize::MAX);
                if claimed(ui, preset, claim.trim(), chosen == Some(preset.name.as_str())) {
                    clicked = Some(i);
                }
                ui.add_space(8.0);
            }
            if let Some(i) = clicked {
                self.choose_preset(i);
                self.tab = Tab::Explore;
            }
        });
    }
}

/// A line of the contents; returns whether it was clicked.
fn heading(ui: &mut Ui, title: &str, in_view: bool) -> bool {
    let c = theme::of(ui);
    let ink = if in_view { c.blue_text } else { c.dim };
    let font = if in_view { theme::value() } else { theme::control() };
    let width = ui.available_width() - INSIDE - 4.0;
    let text = ui.painter().layout(title.to_owned(), font, ink, width);
    let high = (text.size().y + 8.0).max(ROW);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, in_view, title));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS_BAR, c.hover);
    }
    focus_ring(ui, &response, rect);
    let (wide, line) = if in_view { (2.0, c.blue) } else { (1.0, c.line) };
    ui.painter().vline(rect.left() + 1.0, rect.y_range(), Stroke::new(wide, line));
    let at = pos2(rect.left() + INSIDE, rect.center().y - text.size().y / 2.0);
    ui.painter().galley(at, text, ink);
    response.clicked()
}

/// A preset with its claim; returns whether it was clicked.
fn claimed(ui: &mut Ui, preset: &Preset, claim: &str, chosen: bool) -> bool {
    let c = theme::of(ui);
    let (ink, sign) = match preset.tone {
        Tone::Broken => (c.broken, Some(Sign::Warning)),
        Tone::Mended => (c.good, Some(Sign::Tick)),
        Tone::Plain => (c.text, None),
    };
    let width = ui.available_width();
    let shift = if sign.is_some() { 18.0 } else { 0.0 };
    let laid = |text: &str, font: FontId, ink: Color32, width: f32| {
        ui.painter().layout(text.to_owned(), font, ink, width)
    };
    let name = laid(&preset.name, theme::panel(), ink, width - 2.0 * INSIDE - shift);
    let about = laid(claim, theme::control(), c.dim, width - 2.0 * INSIDE);
    let high = name.size().y + about.size().y + 2.0 * INSIDE + 2.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, high), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, chosen, format!("{}: {claim}", preset.name))
    });
    let lit = chosen || response.hovered();
    let (fill, line) =
        (if response.hovered() { c.hover } else { c.ground }, if lit { c.blue } else { c.line });
    ui.painter().rect(rect, theme::RADIUS_CARD, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    focus_ring(ui, &response, rect);
    let at = rect.min + vec2(INSIDE, INSIDE);
    if let Some(sign) = sign {
        strokes::sign(ui.painter(), at + vec2(6.0, name.size().y / 2.0), sign, ink);
    }
    let below = at + vec2(0.0, name.size().y + 2.0);
    ui.painter().galley(at + vec2(shift, 0.0), name, ink);
    ui.painter().galley(below, about, c.dim);
    response.clicked()
}
