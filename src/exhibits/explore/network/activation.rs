//! Class-activation maps of layers at all depths, side by side over the picture.

use egui::{RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, vec2};

use super::Shown;
use crate::gpu::Tensor;
use crate::models::network::{ActivationMaps, LayerId};
use crate::viz::{Look, Range, Request, View, theme};

/// Most layers in the row.
const MOST: usize = 24;
/// Points of a side of a small picture.
const SIDE: f32 = 62.0;

/// The layers shown: the last of each chain of one shape, and of those at most [`MOST`].
fn depths(shown: &Shown, maps: &ActivationMaps) -> Vec<LayerId> {
    let shape = |id: LayerId| &shown.layers[id].shape;
    let goes_on = |id: LayerId| {
        let mut readers = maps.keys().filter(|&&other| shown.layers[other].reads.contains(&id));
        matches!((readers.next(), readers.next()), (Some(&one), None) if shape(one) == shape(id))
    };
    let ends: Vec<LayerId> = maps.keys().copied().filter(|&id| !goes_on(id)).collect();
    let count = ends.len().min(MOST);
    (1..=count).map(|i| ends[i * ends.len() / count - 1]).collect()
}

/// Draws the row, or says why there is none; returns the layer that was clicked.
pub fn row(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    activation: &Result<ActivationMaps, String>,
    selected: LayerId,
    opacity: f32,
) -> Option<LayerId> {
    let faint = theme::faint(ui.visuals());
    let maps = match activation {
        Ok(maps) => maps,
        Err(why) => {
            let text = format!("There are no class-activation maps: {why}.");
            let text = RichText::new(text).small().color(theme::accent_text(ui.visuals()));
            ui.add(egui::Label::new(text).wrap());
            return None;
        }
    };
    let name = shown.class.map_or_else(|| "the most probable class".to_owned(), |c| shown.network.class(c));
    let title = format!("Which places speak for {name}, from the first layers to the last");
    ui.label(RichText::new(title).small().strong());
    let mut clicked = None;
    ScrollArea::horizontal().id_salt("activation").auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 1.0);
            for id in depths(shown, maps) {
                ui.vertical(|ui| {
                    if small(ui, view, shown, &maps[&id], id, selected, opacity) {
                        clicked = Some(id);
                    }
                    let [_, h, w] = shown.layers[id].maps().unwrap_or_default();
                    ui.label(RichText::new(format!("{w} × {h}")).small().color(faint));
                });
            }
        });
    });
    clicked
}

/// A small picture with a layer's map over it. Returns whether it was clicked.
fn small(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    map: &Tensor,
    id: LayerId,
    selected: LayerId,
    opacity: f32,
) -> bool {
    let layer = &shown.layers[id];
    let (rect, response) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::click());
    let label = format!("Class activation of {}", layer.name);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, id == selected, &label));
    if let Some(photo) = &shown.photo {
        view.overlay(ui, rect, photo, 0, Look::Rgb, 1.0);
    }
    view.overlay(ui, rect, map, 0, Look::Sequential, opacity);
    if id == selected {
        ui.painter().rect_stroke(rect, 0.0, Stroke::new(2.0, theme::ACCENT), StrokeKind::Outside);
    }
    let request = Request::of(map, Look::Sequential, Range::Own);
    let most = view.stage.display(&request).and_then(|d| d.stats(0)).map(|s| s.hi);
    let most = most.map_or_else(String::new, |hi| {
        if hi > 0.0 {
            format!(", up to {}", crate::ops::arithmetic::number(hi.into()))
        } else {
            ": nothing".into()
        }
    });
    response.on_hover_text(format!("{} {}{most}", layer.operator, layer.name)).clicked()
}
