//! All heads of all layers as a grid of small maps, and one of them enlarged.

use egui::{Align2, Color32, FontId, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, vec2};

use super::focus::{Asked, Focus};
use super::recorded::Recorded;
use crate::viz::{Look, MapStyle, View, offer, theme};

/// Space for the numbers of the layers, in points.
const MARGIN: f32 = 18.0;
/// Between two small maps.
const SPACE: f32 = 3.0;
/// Side of a small map.
const SIDES: std::ops::RangeInclusive<f32> = 8.0..=44.0;
/// What is left of and above an enlarged map for the tokens, about.
const LABELS: f32 = 68.0;
/// The grid scrolls when it is higher.
const MAX_HEIGHT: f32 = 330.0;

/// Draws the grid: a row for each layer, a column for each head.
pub fn grid(ui: &mut Ui, view: &mut View<'_>, recorded: &Recorded, focus: Focus) -> Option<Asked> {
    let mut asked = None;
    let count = recorded.layers * recorded.heads;
    let title = match recorded.in_blocks() {
        true => format!("All {count} heads, the largest weight of each block of cells"),
        false => format!("All {count} heads: row = layer, column = head"),
    };
    ui.add(egui::Label::new(RichText::new(title).small().strong()).truncate());
    let room = (ui.available_width() - MARGIN) / recorded.heads as f32 - SPACE;
    let side = room.floor().clamp(*SIDES.start(), *SIDES.end());
    ScrollArea::vertical().id_salt("heads").max_height(MAX_HEIGHT).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE, SPACE);
        numbers(ui, recorded.heads, side, focus.head);
        for layer in 0..recorded.layers {
            ui.horizontal_top(|ui| {
                let (margin, _) = ui.allocate_exact_size(vec2(MARGIN - SPACE, side), Sense::hover());
                number(ui, margin, layer, layer == focus.layer);
                for head in 0..recorded.heads {
                    asked = small(ui, view, recorded, [layer, head], side, focus).or(asked);
                }
            });
        }
    });
    let hint = "Click a head to enlarge it, right-click it to mute it.";
    ui.label(RichText::new(hint).small().color(theme::faint(ui.visuals())));
    asked
}

/// The numbers of the heads.
fn numbers(ui: &mut Ui, heads: usize, side: f32, strong: usize) {
    ui.horizontal_top(|ui| {
        ui.allocate_exact_size(vec2(MARGIN - SPACE, 12.0), Sense::hover());
        for head in 0..heads {
            let (rect, _) = ui.allocate_exact_size(vec2(side, 12.0), Sense::hover());
            if side >= 14.0 {
                number(ui, rect, head, head == strong);
            }
        }
    });
}

fn number(ui: &Ui, rect: Rect, index: usize, strong: bool) {
    let ink = if strong { theme::accent_text(ui.visuals()) } else { theme::faint(ui.visuals()) };
    let font = FontId::proportional(11.0);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, (index + 1).to_string(), font, ink);
}

/// One head in the grid.
fn small(
    ui: &mut Ui,
    view: &mut View<'_>,
    recorded: &Recorded,
    [layer, head]: [usize; 2],
    side: f32,
    focus: Focus,
) -> Option<Asked> {
    let muted = recorded.muted.is_muted(layer, head);
    let state = if muted { ", muted" } else { "" };
    let name = format!("Layer {}, head {}{state}", layer + 1, head + 1);
    let style = MapStyle::new(&name, Look::Sequential, 0.0).size(vec2(side, side)).stretched();
    let map = view.map(ui, &recorded.thumbs[layer], head, style.without_bar().untitled().to_choose());
    if muted {
        mark_muted(ui, map.rect);
    }
    if (layer, head) == (focus.layer, focus.head) {
        let stroke = Stroke::new(2.0, theme::ACCENT);
        ui.painter().rect_stroke(map.rect.expand(1.0), 0.0, stroke, StrokeKind::Middle);
    }
    let response = map.response.on_hover_text(format!("{name}: click to enlarge, right-click to mute"));
    if response.clicked() {
        return Some(Asked::Head { layer, head });
    }
    response.secondary_clicked().then(|| {
        offer::take_click(ui);
        Asked::Mute { layer, head }
    })
}

/// Dims a map and strikes it out.
fn mark_muted(ui: &Ui, rect: Rect) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
    let stroke = Stroke::new(1.5, theme::BAD);
    painter.line_segment([rect.left_top(), rect.right_bottom()], stroke);
    painter.line_segment([rect.left_bottom(), rect.right_top()], stroke);
}

/// Draws one head with its tokens, and the buttons that mute.
pub fn enlarged(
    ui: &mut Ui,
    view: &mut View<'_>,
    recorded: &Recorded,
    focus: Focus,
    high: f32,
) -> Option<Asked> {
    let Focus { layer, head, .. } = focus;
    let mut asked = None;
    let muted = recorded.muted.is_muted(layer, head);
    ui.horizontal_wrapped(|ui| {
        let mut button = |text: &str, hover: &str, enabled: bool, wish: Asked| {
            let button = egui::Button::new(RichText::new(text).small());
            if ui.add_enabled(enabled, button).on_hover_text(hover).clicked() {
                asked = Some(wish);
            }
        };
        let text = if muted { "Unmute this head" } else { "Mute this head" };
        let hover = "What it found is multiplied by 0 before the heads are mixed";
        button(text, hover, true, Asked::Mute { layer, head });
        button("Mute the others", "All other heads of this layer", true, Asked::Only { layer, head });
        button(
            "Unmute all",
            "All heads of all layers work again",
            !recorded.muted.is_empty(),
            Asked::UnmuteAll,
        );
    });
    let labels = &recorded.first.labels;
    let room = ui.available_width().min(high) - LABELS;
    let state = if muted { ", muted" } else { "" };
    let title = format!("Layer {}, head {}{state}: row = query, column = key", layer + 1, head + 1);
    let style = MapStyle::new(&title, Look::Sequential, room).labels(labels, labels);
    let map = view.map(ui, &recorded.layer(layer).attention.probabilities, head, style);
    let row = map.cells(focus.query as f32, 0.0, 1.0, labels.len() as f32);
    ui.painter().rect_stroke(row, 0.0, Stroke::new(1.0, theme::ACCENT), StrokeKind::Outside);
    match map.hovered {
        Some([query, _]) if map.response.double_clicked() => Some(Asked::Query(query)),
        _ => asked,
    }
}
