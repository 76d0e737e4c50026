//! A map in a place that the layout gave it: name and shape above, a vertical colour bar at its right, a
//! caption below.

use egui::{Align2, Color32, Rect, Sense, Ui, WidgetInfo, vec2};

use super::map::{MapResponse, MapStyle, Part, View, spoken};
use crate::gpu::Tensor;
use crate::viz::display::{Range, Request};
use crate::viz::figures::axis::Axis;
use crate::viz::figures::colorbar::{Bar, colorbar};
use crate::viz::figures::fit::Cell;
use crate::viz::inspect::Spot;
use crate::viz::{theme, words};

/// Colours of a vertical bar.
const BAR_STEPS: usize = 33;

impl View<'_> {
    /// Draws map `index` of a tensor into a cell of the layout, as large as fits there without changing its
    /// shape, unless the style stretches it. Hovering inspects, a click pins.
    pub fn panel(
        &mut self,
        ui: &mut Ui,
        cell: &Cell,
        tensor: &Tensor,
        index: usize,
        style: &MapStyle<'_>,
    ) -> MapResponse {
        let request = self.request(tensor, index, style);
        let [_, h, w] = request.maps;
        let part = style.part.unwrap_or(Part { start: [0, 0], size: [h, w] });
        let [h, w] = part.size;
        let room = cell.rect;
        let scale = (room.width() / w.max(1) as f32).min(room.height() / h.max(1) as f32);
        let size = if style.stretch { room.size() } else { vec2(w as f32, h as f32) * scale };
        let rect = Rect::from_min_size(room.min, size.round());
        let request = request.minified(h as f32 / (rect.height() * ui.pixels_per_point()));
        if cell.name.is_positive() && style.titled {
            words::panel_name(ui, cell.name, style.title, style.shape);
        }
        if cell.caption.is_positive() && !style.caption.is_empty() {
            let ink = theme::of(ui).dim;
            words::write(ui, cell.caption, Align2::LEFT_CENTER, style.caption, theme::control(), ink);
        }
        let id = ui.scope_id().with((style.title, self.of, tensor.buf.0, index));
        let mut response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| {
            WidgetInfo::labeled(egui::Role::Image, true, spoken(style.title, tensor, index, [h, w]))
        });
        let map = self.paint(ui, &mut response, rect, tensor, index, &request, style, part);
        if cell.bar.is_positive() && style.bar {
            self.vertical_bar(ui, cell.bar, &request, index, map.value);
        }
        let beside = [cell.bar, cell.caption].into_iter().filter(Rect::is_positive);
        let whole = beside.fold(cell.rect.union(rect), Rect::union);
        self.offer(ui, style.title, whole, tensor, index, style.look, style.labels);
        map
    }

    /// Draws map `index` of a tensor over what is in `rect`, in the colours of a panel. It is only looked at: what is below can
    /// be pointed at and dragged.
    pub fn tile(&mut self, ui: &Ui, rect: Rect, tensor: &Tensor, index: usize, style: &MapStyle<'_>) {
        let request = self.request(tensor, index, style);
        let [_, h, _] = request.maps;
        let request = request.minified(h as f32 / (rect.height() * ui.pixels_per_point()));
        if let Some((Some(texture), uv, _)) = self.stage.picture(self.of, &request, index) {
            ui.painter().image(texture, rect, uv, Color32::WHITE);
        }
    }

    /// The colour bar of a row of pictures.
    fn vertical_bar(&mut self, ui: &mut Ui, rect: Rect, request: &Request, index: usize, value: Option<f32>) {
        let stats = self.stage.picture(self.of, request, index).and_then(|(_, _, stats)| stats);
        let range = match (&request.range, stats) {
            (Range::Fixed(lo, hi), _) => (*lo, *hi),
            (_, Some(stats)) => (stats.lo, stats.hi),
            _ => return,
        };
        let (lo, hi) = request.look.span(range);
        let at = |i: usize| lo + (hi - lo) * i as f32 / (BAR_STEPS - 1) as f32;
        let map: Vec<_> = (0..BAR_STEPS).map(|i| request.look.color(at(i), range)).collect();
        let bar = Bar {
            map: &map,
            range: Axis::linear(lo, hi),
            hovered: value,
            clipped: stats.map_or([false; 2], |stats| stats.beyond()),
            write: words::cell,
        };
        ui.push_id(("bar", request.buf.0, index), |ui| colorbar(ui, rect, &bar));
    }

    /// Inspects an element that a figure without tensors has drawn, because the pointer is over it.
    pub fn point(&mut self, tensor: &Tensor, index: usize) {
        let place = match tensor.coordinates(index)[..] {
            [.., map, row, column] => [map, row, column],
            [row, column] => [0, row, column],
            [column] => [0, 0, column],
            [] => [0; 3],
        };
        self.stage.inspection.hover(Spot { element: self.element(tensor, index), place });
    }
}
