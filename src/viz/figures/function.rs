//! The curve of a function of one number, with the point that is looked at and the tangent there.

use egui::{Align2, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use super::strokes;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Points of the curve, and share of the width that the tangent reaches to each side.
const POINTS: usize = 96;
const TANGENT: f32 = 0.16;
/// Share of the reach that has room below 0 at least: most activations have little there.
const BELOW: f32 = 0.3;
/// Room for the numbers at the ends of the axis.
const FOOT: f32 = 16.0;

/// A function and a point of it.
pub struct Function<'a> {
    /// Its name, for a screen reader.
    pub name: &'a str,
    /// The function.
    pub f: &'a dyn Fn(f32) -> f32,
    /// Its curve is drawn from minus this to this; values up to it have room.
    pub reach: f32,
    /// The point that is looked at, and the slope there; none while it is not known.
    pub at: Option<([f32; 2], f32)>,
}

/// Draws it into `rect`.
pub fn function(ui: &mut Ui, rect: Rect, of: &Function<'_>) {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("function", of.name)), Sense::hover());
    let said = of.at.map_or_else(String::new, |([x, y], _)| {
        format!(", {} becomes {}", words::short(x.into()), words::short(y.into()))
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, format!("Curve of {}{said}", of.name)));
    let across = Axis::linear(-of.reach, of.reach);
    let curve: Vec<[f32; 2]> = (0..=POINTS)
        .map(|i| {
            let x = across.value(i as f32 / POINTS as f32);
            [x, (of.f)(x)]
        })
        .collect();
    offer::table(ui, of.name, rect, || Table::numbers(["x", "y"], curve.iter().map(|p| p.to_vec())));
    let plot = Rect::from_min_max(rect.min, rect.max - vec2(0.0, FOOT));
    ui.painter().rect_filled(plot, theme::RADIUS_TAG, c.side);
    let inner = plot.shrink(6.0);
    let least = curve.iter().map(|p| p[1]).filter(|y| y.is_finite()).fold(-BELOW * of.reach, f32::min);
    let up = Axis::linear(least.max(-of.reach), of.reach);
    let down = Rangef::new(inner.bottom(), inner.top());
    let place = |[x, y]: [f32; 2]| pos2(across.place(x, inner.x_range()), up.place(y, down));
    let painter = ui.painter_at(plot);
    let zero = place([0.0, 0.0]);
    painter.hline(plot.x_range(), zero.y.round(), Stroke::new(1.0, c.line));
    painter.vline(zero.x.round(), plot.y_range(), Stroke::new(1.0, c.line));
    let points = curve.into_iter().map(place).collect();
    strokes::line(&painter, points, Stroke::new(theme::CURVE, c.text), None);
    if let Some(([x, y], slope)) = of.at.filter(|([x, y], _)| x.is_finite() && y.is_finite()) {
        let at = place([x.clamp(-of.reach, of.reach), y.clamp(up.lo, up.hi)]);
        let way = TANGENT * of.reach;
        let [from, to] = [-way, way].map(|by| place([x + by, y + slope * by]));
        painter.vline(at.x, Rangef::new(zero.y, at.y), Stroke::new(1.0, c.focus.gamma_multiply(0.6)));
        painter.line_segment([from, to], Stroke::new(theme::FOCUS_STROKE, c.focus));
        painter.circle(at, 4.0, c.focus, Stroke::new(1.0, c.ground));
    }
    let line = rect.with_min_y(plot.bottom());
    let end = words::short(of.reach.into());
    for (align, text) in [
        (Align2::LEFT_CENTER, format!("−{end}")),
        (Align2::CENTER_CENTER, "0".to_owned()),
        (Align2::RIGHT_CENTER, end.clone()),
    ] {
        words::write(ui, line, align, &text, theme::small(), c.faint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn a_point_beyond_the_curve_stays_in_the_picture_and_is_told() {
        for dark in [true, false] {
            for at in [None, Some(([-9.0, 0.0], 0.0)), Some(([f32::NAN; 2], 1.0))] {
                let rect = Rect::from_min_size(pos2(4.0, 4.0), vec2(140.0, 90.0));
                let mut trial = Trial::new(dark, vec2(148.0, 98.0));
                let of = Function { name: "ReLU", f: &|x| x.max(0.0), reach: 4.0, at };
                trial.frame(vec![], |ui| {
                    function(ui, rect, &of);
                    None::<()>
                });
                trial.inside(rect);
                trial.apart();
                trial.says(if at.is_some_and(|([x, _], _)| x < 0.0) {
                    "−9 becomes 0"
                } else {
                    "Curve of ReLU"
                });
            }
        }
    }
}
