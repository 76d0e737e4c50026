//! The network from left to right: a box a layer, as tall as its maps are wide, coloured by what it does,
//! with arcs where something is read that was made before the layer to the left.

use egui::epaint::CubicBezierShape;
use egui::scroll_area::ScrollBarVisibility;
use egui::style::{ScrollAnimation, ScrollStyle};
use egui::{
    Align, Color32, FontId, Pos2, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};

use super::classes;
use super::shown::{Shown, size};
use crate::models::network::{LayerId, TracedLayer, top};
use crate::viz::facts::grouped;
use crate::viz::{View, theme, words};

/// Height of the drawing, of its arcs, and of the lowest and the tallest box.
const HEIGHT: f32 = 106.0;
const ARCS: f32 = 26.0;
const LOW: f32 = 12.0;
const TALL: f32 = 74.0;
/// From box to box at least and at most, and how much of that is space: a share, but at most so much.
const PITCHES: [f32; 2] = [3.8, 39.0];
const SPACE_SHARE: f32 = 0.25;
const SPACE: f32 = 5.0;
/// Room for the most probable class at the right end.
const END: f32 = 150.0;

/// Names of the families of layers, in the order of [`theme::FAMILIES`].
const FAMILIES: [&str; 7] =
    ["convolution", "dense", "normalisation", "activation", "pooling", "join", "other"];

/// The family of an operator, as a place in [`theme::FAMILIES`].
pub fn family(operator: &str) -> usize {
    match operator {
        "Conv" | "ConvTranspose" | "DeformConv" => 0,
        "Gemm" | "MatMul" | "Einsum" => 1,
        "LRN" => 2,
        _ if operator.ends_with("Normalization") => 2,
        _ if operator.ends_with("Pool") || operator.starts_with("Reduce") => 4,
        "Add" | "Concat" | "Mul" | "Sum" | "Sub" | "Div" | "Max" | "Min" | "Mean" => 5,
        _ if is_activation(operator) => 3,
        _ => 6,
    }
}

fn is_activation(operator: &str) -> bool {
    let others =
        ["PRelu", "Selu", "Celu", "ThresholdedRelu", "Softmax", "LogSoftmax", "HardSigmoid", "Softsign"];
    let exchangeable = crate::models::network::ACTIVATIONS.iter().any(|(_, name)| *name == operator);
    exchangeable && operator != "Identity" || others.contains(&operator)
}

/// Settings, shape and parameters of a layer, as one line.
pub fn about(layer: &TracedLayer) -> String {
    let mut parts = vec![layer.detail.clone(), size(&layer.shape)];
    if layer.parameters > 0 {
        let shared = if layer.shared > 0 { ", shared with a layer before" } else { "" };
        parts.push(format!("{} parameters{shared}", grouped(layer.parameters as u64)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// Places of the boxes.
struct Boxes {
    left: f32,
    middle: f32,
    width: f32,
    pitch: f32,
    /// Rows of the largest map.
    largest: f32,
}

impl Boxes {
    fn of(&self, at: usize, layer: &TracedLayer) -> Rect {
        let side = layer.maps().map_or(1.0, |[_, h, w]| (h.max(w) as f32).max(1.0));
        let share = if self.largest > 1.0 { side.ln() / self.largest.ln() } else { 0.0 };
        let left = self.left + at as f32 * self.pitch;
        let size = vec2(self.width, LOW + (TALL - LOW) * share);
        Rect::from_center_size(pos2(left + self.width / 2.0, self.middle), size)
    }
}

/// Draws the network; returns the layer that was clicked. `follow`: bring the selected one into view.
pub fn strip(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    selected: LayerId,
    follow: bool,
) -> Option<LayerId> {
    let count = shown.ids.len();
    let best = best(view, shown);
    let end = if shown.scores.is_some() { END } else { 8.0 };
    let pitch = ((ui.available_width() - end) / count as f32).clamp(PITCHES[0], PITCHES[1]);
    let width = pitch - (pitch * SPACE_SHARE).clamp(1.0, SPACE);
    let whole = count as f32 * pitch + end;
    let mut clicked = None;
    let mut area = ScrollArea::horizontal().id_salt("network").auto_shrink([false, true]);
    let ordinary = ui.spacing().scroll;
    if whole > ui.available_width() + 1.0 {
        // What floats and fades does not tell that there is more.
        ui.spacing_mut().scroll = ScrollStyle::solid();
        area = area.scroll_bar_visibility(ScrollBarVisibility::AlwaysVisible);
    }
    area.show(ui, |ui| {
        let size = vec2(whole.max(ui.available_width()), HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let text = format!("Network of {count} layers, layer {} selected", shown.layers[selected].name);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &text));
        let side = |layer: &TracedLayer| layer.maps().map_or(1, |[_, h, w]| h.max(w));
        let largest = shown.ids.iter().map(|&id| side(&shown.layers[id])).max().unwrap_or(1) as f32;
        let middle = rect.top() + ARCS + TALL / 2.0;
        let boxes = Boxes { left: rect.left(), middle, width, pitch, largest };
        lines(ui, shown, &boxes);
        for (at, &id) in shown.ids.iter().enumerate() {
            let layer = &shown.layers[id];
            let own = boxes.of(at, layer);
            if !ui.is_rect_visible(own) {
                continue;
            }
            let color = theme::FAMILIES[family(&layer.operator)];
            if layer.output.as_ref().is_none_or(|output| view.is_there(output)) {
                ui.painter().rect_filled(own, 2.0, color);
            } else {
                // It has not run yet.
                let outline = Stroke::new(1.0, color.gamma_multiply(0.6));
                ui.painter().rect_stroke(own, 2.0, outline, StrokeKind::Inside);
            }
            if id == selected {
                let outline = Stroke::new(2.5, theme::ACCENT);
                ui.painter().rect_stroke(own.expand(2.0), 3.0, outline, StrokeKind::Outside);
            }
        }
        // At once: a page at rest draws no frames to scroll in.
        if follow && let Some(at) = shown.ids.iter().position(|&id| id == selected) {
            let own = boxes.of(at, &shown.layers[selected]);
            ui.scroll_to_rect_animation(own, Some(Align::Center), ScrollAnimation::none());
        }
        if let Some(best) = &best {
            let at = pos2(rect.left() + count as f32 * pitch + 6.0, middle);
            let ink = ui.visuals().text_color();
            let clip = Rect::from_min_size(at - vec2(0.0, 30.0), vec2(END - 8.0, 60.0));
            let galley = ui.painter().layout(best.clone(), FontId::proportional(12.0), ink, END - 10.0);
            let top = at - vec2(0.0, galley.size().y / 2.0);
            ui.painter_at(clip).galley(top, galley, ink);
        }
        let under = |p: Pos2| {
            let at = ((p.x - rect.left()) / pitch).max(0.0) as usize;
            shown.ids.get(at).copied()
        };
        if let Some(id) = response.hover_pos().and_then(under) {
            if response.clicked() {
                clicked = Some(id);
            }
            let layer = &shown.layers[id];
            response.on_hover_ui_at_pointer(|ui| {
                ui.label(RichText::new(format!("{}  {}", layer.operator, layer.name)).strong());
                ui.label(about(layer));
            });
        }
    });
    ui.spacing_mut().scroll = ordinary;
    legend(ui, shown);
    clicked
}

/// What is read by what: a line to the neighbour, an arc over those in between.
fn lines(ui: &Ui, shown: &Shown, boxes: &Boxes) {
    let ink = theme::faint(ui.visuals());
    let mut places = vec![None; shown.layers.len()];
    for (at, &id) in shown.ids.iter().enumerate() {
        places[id] = Some(at);
    }
    for (at, &id) in shown.ids.iter().enumerate() {
        let to = boxes.of(at, &shown.layers[id]);
        for &read in &shown.layers[id].reads {
            let Some(from) = places[read] else { continue };
            let start = boxes.of(from, &shown.layers[read]);
            if from + 1 == at {
                ui.painter().line_segment([start.right_center(), to.left_center()], (1.0, ink));
                continue;
            }
            let (a, b) = (start.center_top(), to.center_top());
            let lift = 12.0 + ((at - from) as f32).ln() * 5.0;
            let top = a.y.min(b.y) - lift;
            let points = [a, pos2(a.x, top), pos2(b.x, top), b];
            let arc = CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, (1.2, ink));
            ui.painter().add(arc);
        }
    }
}

/// The families that the network has, with their colours.
fn legend(ui: &mut Ui, shown: &Shown) {
    let mut there = [false; FAMILIES.len()];
    for &id in &shown.ids {
        there[family(&shown.layers[id].operator)] = true;
    }
    const SWATCH: f32 = 9.0;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(11.0, 2.0);
        for (i, name) in FAMILIES.iter().enumerate().filter(|(i, _)| there[*i]) {
            let galley =
                words::line(ui, name, theme::regular(12.0), theme::faint(ui.visuals()), f32::INFINITY);
            // In one piece, so that a colour and its word stay on one line.
            let size = vec2(SWATCH + 5.0 + galley.size().x, galley.size().y);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, *name));
            let swatch =
                Rect::from_center_size(rect.left_center() + vec2(SWATCH / 2.0, 0.0), vec2(SWATCH, SWATCH));
            ui.painter().rect_filled(swatch, 2.0, theme::FAMILIES[i]);
            let at = pos2(swatch.right() + 5.0, rect.top());
            ui.painter().galley(at, galley, theme::faint(ui.visuals()));
        }
    });
}

/// The most probable class with its probability.
fn best(view: &mut View<'_>, shown: &Shown) -> Option<String> {
    let scores = shown.scores.as_ref()?;
    let values = view.values(&scores.probabilities)?;
    let class = top(&values, 1).first().copied()?;
    let name = shown.network.class_of(class, values.len());
    Some(format!("{}\n{}", classes::short(&name), classes::percent(values[class])))
}
