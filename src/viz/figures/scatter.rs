//! Points of a plane, by class, which can be dragged.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use crate::data::table::Table;
use crate::viz::{offer, theme, words};

/// Room for the numbers at the left and below.
const LEFT: f32 = 34.0;
const BELOW: f32 = 20.0;
/// Radius of a point, and distance in which it is taken hold of.
const RADIUS: f32 = 3.5;
/// Radius of one of many that lie on a picture.
const SMALL: f32 = 2.4;
const REACH: f32 = 10.0;

/// Points of a plane.
#[derive(Clone, Copy, Debug)]
pub struct Scatter<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    /// The points.
    pub points: &'a [[f32; 2]],
    /// Colour of each; shorter: the rest is blue.
    pub colors: &'a [Color32],
    /// Values from left to right.
    pub x: Axis,
    /// Values from below to above.
    pub y: Axis,
    /// Whether points can be dragged.
    pub draggable: bool,
    /// The point that is looked at.
    pub chosen: Option<usize>,
    /// Whether the plane has a ground and lines of its own; else what was drawn there before shows.
    pub ground: bool,
}

/// What was done with a scatter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScatterEvent {
    /// A point is pointed at.
    Hovered(usize),
    /// A point was dragged to here.
    Moved(usize, [f32; 2]),
    /// A place of the plane was clicked.
    Clicked([f32; 2]),
    /// A place of the plane is pointed at.
    At([f32; 2]),
}

/// Where the plane lies in `rect`: a picture of it goes there, drawn before.
pub fn plane(rect: Rect) -> Rect {
    let min = rect.min + vec2(LEFT.min(rect.width() / 3.0), 4.0);
    Rect::from_min_max(min, (rect.max - vec2(6.0, BELOW.min(rect.height() / 3.0))).max(min))
}

/// A point of a plane that cannot be dragged.
#[derive(Clone, Copy, Debug)]
pub struct Dot {
    /// Its place.
    pub at: [f32; 2],
    /// Its colour.
    pub ink: Color32,
    /// Whether it is drawn as a ring.
    pub hollow: bool,
}

/// Draws points over a picture of the plane that fills `plot`, `reach` from its middle to each edge.
pub fn dots(ui: &Ui, plot: Rect, reach: f32, dots: &[Dot]) {
    let c = theme::of(ui);
    let painter = ui.painter_at(plot);
    for dot in dots {
        let [x, y] = dot.at.map(|v| v / reach);
        let at = plot.center() + vec2(x, -y) * plot.size() / 2.0;
        if dot.hollow {
            painter.circle(at, SMALL, c.ground, Stroke::new(1.0, dot.ink));
        } else {
            painter.circle(at, SMALL, dot.ink, Stroke::new(1.0, c.ground));
        }
    }
}

/// Draws points into `rect`.
pub fn scatter(ui: &mut Ui, rect: Rect, of: &Scatter<'_>) -> Option<ScatterEvent> {
    let c = theme::of(ui);
    let plot = plane(rect);
    let id = ui.scope_id().with(("scatter", of.name));
    let response = ui.interact(plot, id, Sense::click_and_drag());
    let spoken = format!("{}: {}", of.name, words::plural(of.points.len(), "point", "points"));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    let place = |p: [f32; 2]| {
        let y = plot.bottom() - of.y.share(p[1]) * plot.height();
        pos2(of.x.place(p[0], plot.x_range()), y)
    };
    let value = |at: Pos2| {
        let at = at.clamp(plot.min, plot.max);
        let share = (at - plot.min) / plot.size().max(vec2(1.0, 1.0));
        [of.x.value(share.x), of.y.value(1.0 - share.y)]
    };
    axes(ui, rect, plot, of);
    offer::table(ui, of.name, rect, || Table::numbers(["x", "y"], of.points.iter().map(|p| p.to_vec())));
    let nearest = |at: Pos2| {
        let far = |i: &usize| place(of.points[*i]).distance(at);
        let all = (0..of.points.len()).filter(|i| far(i) <= REACH);
        all.min_by(|a, b| far(a).total_cmp(&far(b)))
    };
    if response.drag_started() {
        let held = ui.input(|i| i.pointer.press_origin()).and_then(nearest).filter(|_| of.draggable);
        ui.data_mut(|d| d.insert_temp(id, held));
    }
    let held: Option<usize> = ui.data(|d| d.get_temp::<Option<usize>>(id)).flatten();
    let held = held.filter(|i| response.dragged() && *i < of.points.len());
    let pointed = held.or(response.hover_pos().and_then(nearest));
    let painter = ui.painter_at(plot.expand(RADIUS + 1.0));
    let visible = |p: &[f32; 2]| p[0].is_finite() && p[1].is_finite();
    for (i, point) in of.points.iter().enumerate().filter(|(_, p)| visible(p)) {
        let at = place(*point);
        if plot.expand(1.0).contains(at) {
            let ink = of.colors.get(i).copied().unwrap_or(c.blue);
            painter.circle(at, RADIUS, ink, Stroke::new(1.0, c.ground));
        }
    }
    for (i, stroke) in [(of.chosen, c.focus), (pointed, c.text)] {
        if let Some(point) = i.and_then(|i| of.points.get(i)) {
            painter.circle_stroke(place(*point), RADIUS + 2.0, Stroke::new(theme::FOCUS_STROKE, stroke));
        }
    }
    if let Some((i, at)) = held.zip(response.interact_pointer_pos()) {
        let to = value(at);
        return (to != of.points[i]).then_some(ScatterEvent::Moved(i, to));
    }
    if response.clicked() {
        return response.interact_pointer_pos().map(|at| ScatterEvent::Clicked(value(at)));
    }
    pointed.map(ScatterEvent::Hovered).or(response.hover_pos().map(|at| ScatterEvent::At(value(at))))
}

fn axes(ui: &Ui, rect: Rect, plot: Rect, of: &Scatter<'_>) {
    let c = theme::of(ui);
    let painter = ui.painter_at(rect);
    let most = |length: f32| ((length / 50.0) as usize).clamp(3, 6);
    for value in of.x.ticks(most(plot.width())) {
        let x = of.x.place(value, plot.x_range()).round();
        if of.ground {
            painter.vline(x, plot.y_range(), Stroke::new(1.0, c.line));
        }
        let text = words::short(value.into());
        let half = words::width(ui, &text, theme::small()) / 2.0;
        let x = x.clamp(rect.left() + half, (rect.right() - half).max(rect.left() + half));
        words::put(ui, pos2(x, rect.bottom()), Align2::CENTER_BOTTOM, &text, theme::small(), c.faint);
    }
    for value in of.y.ticks(most(plot.height())) {
        let y = (plot.bottom() - of.y.share(value) * plot.height()).round();
        if of.ground {
            painter.hline(plot.x_range(), y, Stroke::new(1.0, c.line));
        }
        let middle = y.clamp(rect.top() + 8.0, (rect.bottom() - 8.0).max(rect.top() + 8.0));
        let room = Rect::from_min_max(pos2(rect.left(), middle - 9.0), pos2(plot.left() - 6.0, middle + 9.0));
        words::write(ui, room, Align2::RIGHT_CENTER, &words::short(value.into()), theme::small(), c.faint);
    }
    painter.rect_stroke(plot, 0.0, Stroke::new(1.0, c.line), StrokeKind::Outside);
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn a_point_follows_the_pointer() {
        let points = [[0.0, 0.0], [0.5, 0.5], [f32::NAN, 1.0]];
        for dark in [true, false] {
            let rect = Rect::from_min_size(pos2(5.0, 5.0), vec2(240.0, 224.0));
            let of = Scatter {
                name: "Samples",
                points: &points,
                colors: &[Color32::RED],
                x: Axis::linear(-1.0, 1.0),
                y: Axis::linear(-1.0, 1.0),
                draggable: true,
                chosen: Some(0),
                ground: true,
            };
            let plot = plane(rect);
            let from = plot.left_top() + plot.size() * vec2(0.75, 0.25);
            let to = plot.left_top() + plot.size() * vec2(0.25, 0.25);
            let mut trial = Trial::new(dark, vec2(250.0, 234.0));
            let events = trial.drag(from, to, |ui| scatter(ui, rect, &of));
            let moved = |e: &ScatterEvent| matches!(e, ScatterEvent::Moved(1, [x, y]) if (x + 0.5).abs() < 0.02 && (y - 0.5).abs() < 0.02);
            assert!(events.iter().any(moved), "{events:?}");
            trial.inside(rect);
            trial.apart();
            trial.says("Samples: 3 points");
            let still = Scatter { draggable: false, ..of };
            let events = trial.drag(from, to, |ui| scatter(ui, rect, &still));
            assert!(!events.iter().any(|e| matches!(e, ScatterEvent::Moved(..))));
        }
    }
}
