//! The colour bar below a map.

use egui::{Align2, Color32, FontId, Sense, Ui, pos2, vec2};

use super::map::View;
use crate::ops::arithmetic::number;
use crate::viz::display::{Range, Request};
use crate::viz::theme;

impl View<'_> {
    pub(super) fn bar(&mut self, ui: &mut Ui, request: &Request, index: usize, width: f32) {
        let stats = self.stage.picture(self.of, request, index).and_then(|(_, _, stats)| stats);
        let range = match (request.range.clone(), stats) {
            (Range::Fixed(lo, hi), _) => Some((lo, hi)),
            (_, Some(s)) => Some((s.lo, s.hi)),
            _ => None,
        };
        let (rect, response) = ui.allocate_exact_size(vec2(width, theme::BAR_HEIGHT), Sense::hover());
        let mut mesh = egui::Mesh::default();
        let lut = request.look.lut();
        for (i, &packed) in lut.iter().step_by(15).enumerate() {
            let [r, g, b, a] = packed.to_le_bytes();
            let color = Color32::from_rgba_premultiplied(r, g, b, a);
            let x = rect.left() + rect.width() * i as f32 / 17.0;
            let at = mesh.vertices.len() as u32;
            mesh.colored_vertex(pos2(x, rect.top()), color);
            mesh.colored_vertex(pos2(x, rect.bottom()), color);
            if at > 0 {
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
        }
        ui.painter().add(mesh);
        let (ends, _) = ui.allocate_exact_size(vec2(width, 13.0), Sense::hover());
        let Some(range) = range else { return };
        let (lo, hi) = request.look.span(range);
        let font = FontId::proportional(11.0);
        let ink = theme::faint(ui.visuals());
        let painter = ui.painter();
        painter.text(ends.left_center(), Align2::LEFT_CENTER, number(lo.into()), font.clone(), ink);
        painter.text(ends.right_center(), Align2::RIGHT_CENTER, number(hi.into()), font.clone(), ink);
        if lo < 0.0 && hi > 0.0 && width > 110.0 {
            let x = rect.left() + rect.width() * (-lo / (hi - lo));
            painter.text(pos2(x, ends.center().y), Align2::CENTER_CENTER, "0", font, ink);
        }
        if let Some(stats) = stats {
            let bad = if stats.non_finite > 0.0 {
                format!("; {} values are NaN or infinite", stats.non_finite)
            } else {
                String::new()
            };
            let text = format!(
                "least {}, greatest {}, mean {}{bad}",
                number(stats.whole.0.into()),
                number(stats.whole.1.into()),
                number(stats.mean.into()),
            );
            response.on_hover_text(text);
        }
    }
}
