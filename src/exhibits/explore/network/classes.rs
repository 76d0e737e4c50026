//! The most probable classes with their probabilities.

use egui::{Align2, FontId, Rect, RichText, Sense, Ui, pos2, vec2};

use super::shown::Shown;
use crate::data::table::{Cell, Table};
use crate::models::network::top;
use crate::viz::{View, offer, theme, words};

/// Height of a row in points.
const ROW: f32 = 21.0;
/// Rows at least and at most.
const ROWS: [usize; 2] = [3, 10];

/// A probability as it is written.
pub fn percent(p: f32) -> String {
    if p.is_nan() {
        "NaN".into()
    } else if p >= 0.000_5 {
        format!("{:.1} %", p * 100.0)
    } else {
        "below 0.1 %".into()
    }
}

/// The first of the synonyms that are the name of a class.
pub fn short(name: &str) -> &str {
    name.split(',').next().unwrap_or(name).trim()
}

/// Draws the classes; returns the one that was clicked.
pub fn classes(ui: &mut Ui, view: &mut View<'_>, shown: &Shown) -> Option<usize> {
    let scores = shown.scores.as_ref()?;
    let values = view.values(&scores.probabilities)?;
    let before = shown.before.as_ref().and_then(|t| view.values(t));
    ui.spacing_mut().item_spacing.y = 2.0;
    let title = if before.is_some() { "Classes, and what they were before the changes" } else { "Classes" };
    ui.label(RichText::new(title).small().strong());
    let room = ((ui.available_height() - 10.0) / (ROW + 2.0)) as usize;
    let place = ui.available_rect_before_wrap();
    offer::table(ui, "Classes", place, || {
        let mut all: Vec<usize> = (0..values.len()).collect();
        all.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
        let row = |class: usize| {
            vec![Cell::Text(shown.network.class_of(class, values.len())), Cell::Number(values[class])]
        };
        Table { rows: all.into_iter().map(row).collect(), ..Table::new(["class", "probability"]) }
    });
    let mut order = top(&values, room.clamp(ROWS[0], ROWS[1]));
    let marked = shown.activation.as_ref().and_then(|_| shown.class.or(order.first().copied()));
    if let Some(class) = marked.filter(|class| !order.contains(class) && *class < values.len()) {
        order.pop();
        order.push(class);
    }
    let mut clicked = None;
    for class in order {
        let was = before.as_ref().and_then(|b| b.get(class).copied());
        if row(ui, &shown.network.class_of(class, values.len()), values[class], was, marked == Some(class)) {
            clicked = Some(class);
        }
    }
    clicked
}

/// A class: its name on a bar as long as it is probable. Returns whether it was clicked.
fn row(ui: &mut Ui, name: &str, p: f32, was: Option<f32>, marked: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let spoken = format!("{name}: {}", percent(p));
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, marked, &spoken));
    let visuals = ui.visuals();
    let (ink, faint) = (visuals.text_color(), theme::faint(visuals));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, visuals.faint_bg_color);
    let share = |p: f32| rect.left() + rect.width() * p.clamp(0.0, 1.0);
    let bar = Rect::from_min_max(rect.min, pos2(share(p), rect.bottom()));
    painter.rect_filled(bar, 3.0, visuals.selection.bg_fill);
    if let Some(was) = was {
        painter.vline(share(was).min(rect.right() - 1.0), rect.y_range(), (2.0, theme::FAMILIES[0]));
    }
    if marked || response.hovered() {
        painter.rect_stroke(rect, 3.0, (1.0, theme::ACCENT), egui::StrokeKind::Inside);
    }
    let font = FontId::proportional(12.5);
    let right = rect.right_center() - vec2(5.0, 0.0);
    let mut end = painter.text(right, Align2::RIGHT_CENTER, percent(p), font, ink).left();
    if let Some(was) = was {
        let at = pos2(end - 8.0, rect.center().y);
        end = painter
            .text(
                at,
                Align2::RIGHT_CENTER,
                format!("was {}", percent(was)),
                FontId::proportional(11.0),
                faint,
            )
            .left();
    }
    let room = Rect::from_min_max(rect.min + vec2(6.0, 0.0), pos2(end - 6.0, rect.bottom()));
    words::write(ui, room, Align2::LEFT_CENTER, short(name), theme::regular(12.5), ink);
    response.on_hover_text(format!("{spoken}. Click for its class-activation maps")).clicked()
}
