//! Buttons, a slider's trough and a row of choices, as run control and header use them.

use egui::{Align2, Color32, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::strokes::{self, Sign};
use crate::viz::{theme, words};

/// What stands on a button.
#[derive(Clone, Copy, Debug)]
pub struct Face<'a> {
    /// Its sign, left of the words.
    pub sign: Option<Sign>,
    /// Its words.
    pub text: &'a str,
    /// What a screen reader says.
    pub spoken: &'a str,
    /// Whether it is the one thing to do here.
    pub primary: bool,
    /// Whether it is a circle.
    pub round: bool,
}

/// Draws a button into `rect`.
pub fn button(ui: &mut Ui, rect: Rect, salt: &str, face: Face<'_>) -> Response {
    let id = ui.scope_id().with(salt);
    let response = ui.interact(rect, id, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, face.spoken));
    let c = theme::of(ui);
    let (fill, ink) = match (face.primary, response.hovered() || response.has_focus()) {
        (true, false) => (c.blue, c.on_blue),
        (true, true) => (c.blue.lerp_to_gamma(c.text, 0.15), c.on_blue),
        (false, false) => (c.raised, c.text),
        (false, true) => (c.hover, c.text),
    };
    let painter = ui.painter();
    let radius = if face.round { rect.height() / 2.0 } else { theme::RADIUS };
    painter.rect_filled(rect, radius, fill);
    focus_ring(ui, &response, rect);
    let font = theme::semibold(13.0);
    let wide = words::width(ui, face.text, font.clone());
    let sign_wide = if face.sign.is_some() { 12.0 } else { 0.0 };
    let space = if sign_wide > 0.0 && wide > 0.0 { 6.0 } else { 0.0 };
    let left = rect.center().x - (wide + sign_wide + space).min(rect.width() - 8.0) / 2.0;
    if let Some(sign) = face.sign {
        strokes::sign(ui.painter(), pos2(left + sign_wide / 2.0, rect.center().y), sign, ink);
    }
    let room = Rect::from_min_max(pos2(left + sign_wide + space, rect.top()), rect.max - vec2(3.0, 0.0));
    if wide > 0.0 {
        words::write(ui, room, Align2::LEFT_CENTER, face.text, font, ink);
    }
    response
}

/// Where the keyboard is.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, theme::of(ui).blue_text);
        ui.painter().rect_stroke(rect, theme::RADIUS, stroke, StrokeKind::Inside);
    }
}

/// Draws a tab into `rect`.
pub fn tab(ui: &mut Ui, rect: Rect, text: &str, chosen: bool) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(("tab", text)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, text));
    let c = theme::of(ui);
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, if chosen { c.blue_fill } else { c.hover });
    }
    focus_ring(ui, &response, rect);
    let ink = if chosen { c.blue_text } else { c.dim };
    words::write(ui, rect, Align2::CENTER_CENTER, text, theme::value(), ink);
    response
}

/// Width of a button with `text` in points.
pub fn button_width(ui: &Ui, text: &str, with_sign: bool) -> f32 {
    words::width(ui, text, theme::semibold(13.0)).ceil() + if with_sign { 44.0 } else { 26.0 }
}

/// Options side by side in one field; gives the one that was clicked.
pub fn choices(
    ui: &mut Ui,
    rect: Rect,
    salt: &str,
    options: &[(&str, &str)],
    chosen: usize,
) -> Option<usize> {
    let c = theme::of(ui);
    ui.painter().rect_filled(rect, theme::RADIUS, c.raised);
    let each = rect.width() / options.len().max(1) as f32;
    let mut clicked = None;
    for (i, (text, spoken)) in options.iter().enumerate() {
        let at = rect.min + vec2(i as f32 * each, 0.0);
        let own = Rect::from_min_size(at, vec2(each, rect.height())).shrink(2.0);
        let response = ui.interact(own, ui.scope_id().with((salt, i)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, i == chosen, spoken));
        let ink = if i == chosen { c.blue_text } else { c.dim };
        if i == chosen {
            ui.painter().rect_filled(own, theme::RADIUS - 2.0, c.blue_fill);
        } else if response.hovered() {
            ui.painter().rect_filled(own, theme::RADIUS - 2.0, c.hover);
        }
        focus_ring(ui, &response, own);
        words::write(ui, own, Align2::CENTER_CENTER, text, theme::value(), ink);
        if response.clicked() {
            clicked = Some(i);
        }
    }
    clicked
}

/// A trough with a handle at `share` in 0..1 of its length; gives the share that it was moved to.
pub fn trough(
    ui: &mut Ui,
    rect: Rect,
    salt: &str,
    share: f32,
    radius: f32,
    label: &str,
    value: f64,
) -> Option<f32> {
    let hit = rect.expand2(vec2(radius, 0.0));
    let response = ui.interact(hit, ui.scope_id().with(salt), Sense::click_and_drag());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::slider(enabled, value, label));
    let c = theme::of(ui);
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let (y, x) = (rect.center().y, rect.left() + rect.width() * share);
    let bar = |from: f32, to: f32, ink: Color32| {
        let rect = Rect::from_min_max(pos2(from, y - 2.0), pos2(to.max(from), y + 2.0));
        ui.painter().rect_filled(rect, 2.0, ink);
    };
    bar(rect.left(), rect.right(), c.track);
    bar(rect.left(), x, c.blue);
    let grown = if response.hovered() || response.dragged() || response.has_focus() { 1.0 } else { 0.0 };
    ui.painter().circle(pos2(x, y), radius - 1.0 + grown, c.knob, Stroke::new(1.0, c.blue));
    let at = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked())?;
    Some(((at.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0))
}
