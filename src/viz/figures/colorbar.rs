//! A vertical colour bar: what the colours of a row of pictures mean.

use egui::{Align2, Color32, Mesh, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axis::{Axis, Scale};
use crate::viz::{theme, words};

/// Height of a label of the bar in points.
const LABEL: f32 = 15.0;

/// What a bar shows.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// Colours from the least to the greatest value, in equal steps.
    pub map: &'a [Color32],
    /// Values from the foot to the top.
    pub range: Axis,
    /// A value that is pointed at.
    pub hovered: Option<f32>,
    /// Whether values lie below and above the range: marked, not hidden.
    pub clipped: [bool; 2],
    /// How values are written.
    pub write: fn(f64) -> String,
}

/// Draws a bar into `rect`, 10 points of it, with its numbers at the right; says whether it was clicked,
/// which asks for another range.
pub fn colorbar(ui: &mut Ui, rect: Rect, bar: &Bar<'_>) -> bool {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("colour bar"), Sense::click());
    // What is nothing beside the range is 0, unless powers of ten are alike.
    let least = if bar.range.scale == Scale::Log { 0.0 } else { (bar.range.hi - bar.range.lo).abs() * 0.004 };
    let end = |value: f32| (bar.write)(if value.abs() < least { 0.0 } else { f64::from(value) });
    let spoken = format!("Colours from {} to {}", end(bar.range.lo), end(bar.range.hi));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let strip = Rect::from_min_size(rect.min, vec2(theme::BAR_WIDTH, rect.height()));
    ui.painter().add(gradient(strip, bar.map));
    // An arrowhead where colours end before the numbers do.
    for (beyond, y, to) in [(bar.clipped[0], strip.bottom(), 5.0), (bar.clipped[1], strip.top(), -5.0)] {
        if beyond {
            let corners = vec![pos2(strip.left(), y), pos2(strip.right(), y), pos2(strip.center().x, y + to)];
            ui.painter().add(Shape::convex_polygon(corners, c.dim, Stroke::NONE));
        }
    }
    let left = strip.right() + 5.0;
    let at = |value: f32| strip.bottom() - bar.range.share(value) * strip.height();
    let mut taken: Vec<f32> = Vec::new();
    let mut label = |ui: &Ui, y: f32, text: &str, font, ink, forced: bool| {
        let y =
            y.clamp(rect.top() + LABEL / 2.0, (rect.bottom() - LABEL / 2.0).max(rect.top() + LABEL / 2.0));
        if forced || taken.iter().all(|t| (t - y).abs() >= LABEL) {
            let room = Rect::from_min_max(pos2(left, y - 9.0), pos2(rect.right(), y + 9.0));
            words::write(ui, room, Align2::LEFT_CENTER, text, font, ink);
            taken.push(y);
        }
    };
    if let Some(value) = bar.hovered.filter(|v| v.is_finite()) {
        let y = at(value).clamp(strip.top(), strip.bottom());
        ui.painter().hline(strip.left() - 3.0..=strip.right() + 3.0, y, Stroke::new(2.0, c.focus));
        let font = theme::semibold(12.0);
        let exact = end(value);
        let fits =
            bar.range.scale != Scale::Log || words::width(ui, &exact, font.clone()) <= rect.right() - left;
        let text = if fits { exact } else { format!("≈{}", end(10_f32.powf(value.log10().round()))) };
        label(ui, y, &text, font, c.focus_text, true);
    }
    label(ui, strip.top(), &end(bar.range.hi), theme::small(), c.dim, false);
    label(ui, strip.bottom(), &end(bar.range.lo), theme::small(), c.dim, false);
    for value in bar.range.ticks(((rect.height() / 45.0) as usize).clamp(2, 5)) {
        label(ui, at(value), &end(value), theme::small(), c.dim, false);
    }
    response.on_hover_text(spoken).clicked()
}

/// Colours from the foot of `rect` to its top.
pub fn gradient(rect: Rect, map: &[Color32]) -> Mesh {
    let mut mesh = Mesh::default();
    let last = map.len().saturating_sub(1).max(1) as f32;
    for (i, &color) in map.iter().enumerate() {
        let y = rect.bottom() - rect.height() * i as f32 / last;
        let at = mesh.vertices.len() as u32;
        mesh.colored_vertex(pos2(rect.left(), y), color);
        mesh.colored_vertex(pos2(rect.right(), y), color);
        if at > 0 {
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn its_numbers_do_not_overlap_and_the_hovered_one_is_there() {
        for dark in [true, false] {
            for (height, hovered) in [(291.0, 0.85), (40.0, 0.5), (120.0, 0.99)] {
                let rect = Rect::from_min_size(pos2(6.0, 4.0), vec2(46.0, height));
                let mut trial = Trial::new(dark, vec2(60.0, height + 8.0));
                let bar = Bar {
                    map: &theme::BRIGHTNESS,
                    range: Axis::linear(0.0, 1.0),
                    hovered: Some(hovered),
                    clipped: [false, true],
                    write: words::cell,
                };
                let event = trial.click(rect.center(), |ui| colorbar(ui, rect, &bar).then_some(()));
                assert_eq!(event, Some(()));
                trial.inside(rect.expand(2.0));
                trial.apart();
                assert!(trial.texts().iter().any(|(t, _)| *t == words::cell(hovered.into())));
            }
        }
    }
}
