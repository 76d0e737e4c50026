//! Class-activation maps of layers at all depths, side by side over the picture.

use egui::{RichText, Sense, Stroke, StrokeKind, Ui, vec2};

use super::classes;
use super::shown::Shown;
use crate::gpu::Tensor;
use crate::models::network::{ActivationMaps, LayerId};
use crate::ops::arithmetic::number;
use crate::viz::{Look, Stats, View, theme};

/// Most layers in the row, and the space between two.
const MOST: usize = 24;
const SPACE: f32 = 6.0;
/// Points of a side of a small picture.
const SIDE: f32 = 62.0;

/// The layers shown: the last of each chain of one shape, and of those at most so many, the last always.
fn depths(shown: &Shown, maps: &ActivationMaps, most: usize) -> Vec<LayerId> {
    let shape = |id: LayerId| &shown.layers[id].shape;
    let goes_on = |id: LayerId| {
        let mut readers = maps.keys().filter(|&&other| shown.layers[other].reads.contains(&id));
        matches!((readers.next(), readers.next()), (Some(&one), None) if shape(one) == shape(id))
    };
    let ends: Vec<LayerId> = maps.keys().copied().filter(|&id| !goes_on(id)).collect();
    let count = ends.len().min(most);
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
    let name = classes::short(&name);
    let title =
        format!("Which places speak for {name}, from the first layers to the last: little blue, much white");
    ui.label(RichText::new(title).small().strong());
    let mut clicked = None;
    let fits = ((ui.available_width() + SPACE) / (SIDE + SPACE)) as usize;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE, 1.0);
        for id in depths(shown, maps, fits.clamp(1, MOST)) {
            ui.vertical(|ui| {
                let (wanted, stats) = small(ui, view, shown, &maps[&id], id, selected, opacity);
                if wanted {
                    clicked = Some(id);
                }
                let [_, h, w] = shown.layers[id].maps().unwrap_or_default();
                let caption = if is_empty(stats) { "nothing".into() } else { format!("{w} × {h}") };
                ui.label(RichText::new(caption).small().color(faint));
            });
        }
    });
    clicked
}

/// Whether nothing speaks for the class.
fn is_empty(stats: Option<Stats>) -> bool {
    stats.is_some_and(|s| s.hi <= 0.0)
}

/// A small picture with a layer's map over it. Returns whether it was clicked, and what the map holds.
fn small(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    map: &Tensor,
    id: LayerId,
    selected: LayerId,
    opacity: f32,
) -> (bool, Option<Stats>) {
    let layer = &shown.layers[id];
    let (rect, response) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::click());
    let label = format!("Class activation of {}", layer.name);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, id == selected, &label));
    if let Some(photo) = &shown.photo {
        view.overlay(ui, rect, photo, 0, Look::Rgb, 1.0);
    }
    let stats = view.overlay(ui, rect, map, 0, Look::Heat, opacity);
    if id == selected {
        ui.painter().rect_stroke(rect, 0.0, Stroke::new(2.0, theme::ACCENT), StrokeKind::Outside);
    }
    let most = match stats {
        Some(_) if is_empty(stats) => ": nothing".into(),
        Some(stats) => format!(", up to {}", number(stats.hi.into())),
        None => String::new(),
    };
    let about = format!("{} {}{most}", layer.operator, layer.name);
    (response.on_hover_text(about).clicked(), stats)
}
