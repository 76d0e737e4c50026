//! What figures are drawn with: dashes, hatches, link lines, signs.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

use crate::viz::theme;

/// How far from the corner of the window something is drawn at most, in points.
const FAR: f32 = 1e4;

/// How dark the thin edge beside the frame of a cell that is looked at is, of 255: on the yellow end of a map the frame alone
/// would not be seen.
const HALO: u8 = 110;
/// Side of a cell from which on that edge stands within the frame.
const ROOMY: f32 = 10.0;

/// A sign on a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A triangle to the right.
    Play,
    /// Two bars.
    Pause,
    /// A bar and a triangle to the left.
    Home,
    /// A triangle to the right and a bar.
    Step,
    /// A die.
    Dice,
    /// A triangle with an exclamation mark: broken on purpose.
    Warning,
    /// A tick: mended.
    Tick,
    /// A lock: what does not learn.
    Lock,
}

/// Draws a sign of about 11 points around `at`.
pub fn sign(painter: &Painter, at: Pos2, sign: Sign, ink: Color32) {
    let triangle = |x: f32, wide: f32| {
        let (x, y) = (at.x + x, at.y);
        let points = if wide > 0.0 {
            vec![pos2(x, y - 5.5), pos2(x + wide, y), pos2(x, y + 5.5)]
        } else {
            vec![pos2(x, y - 5.5), pos2(x, y + 5.5), pos2(x + wide, y)]
        };
        painter.add(Shape::convex_polygon(points, ink, Stroke::NONE));
    };
    let bar = |x: f32, wide: f32| {
        let rect = Rect::from_min_size(at + vec2(x, -5.5), vec2(wide, 11.0));
        painter.rect_filled(rect, 0.5, ink);
    };
    match sign {
        Sign::Play => triangle(-4.0, 9.5),
        Sign::Pause => [-4.5, 1.0].into_iter().for_each(|x| bar(x, 3.5)),
        Sign::Home => {
            bar(-5.5, 2.0);
            triangle(5.0, -8.0);
        }
        Sign::Step => {
            triangle(-5.0, 8.0);
            bar(3.5, 2.0);
        }
        Sign::Warning => {
            let points = vec![at + vec2(-6.0, 5.0), at + vec2(0.0, -6.0), at + vec2(6.0, 5.0)];
            painter.add(Shape::closed_line(points, Stroke::new(1.3, ink)));
            painter.line_segment([at + vec2(0.0, -2.0), at + vec2(0.0, 1.5)], Stroke::new(1.3, ink));
            painter.circle_filled(at + vec2(0.0, 3.2), 0.8, ink);
        }
        Sign::Tick => {
            let points = vec![at + vec2(-5.0, 0.5), at + vec2(-1.5, 4.0), at + vec2(5.0, -4.0)];
            painter.add(Shape::line(points, Stroke::new(1.6, ink)));
        }
        Sign::Lock => {
            let body = Rect::from_center_size(at + vec2(0.0, 2.5), vec2(9.0, 7.0));
            painter.rect_filled(body, 1.5, ink);
            let bow = Rect::from_min_max(at + vec2(-2.75, -6.0), at + vec2(2.75, 1.0));
            painter.rect_stroke(bow, 2.75, Stroke::new(1.5, ink), StrokeKind::Inside);
        }
        Sign::Dice => {
            let rect = Rect::from_center_size(at, Vec2::splat(12.0));
            painter.rect_stroke(rect, 2.5, Stroke::new(1.25, ink), StrokeKind::Inside);
            for (x, y) in [(-2.7, -2.7), (0.0, 0.0), (2.7, 2.7)] {
                painter.circle_filled(at + vec2(x, y), 1.1, ink);
            }
        }
    }
}

/// The frame of a cell that is looked at: 2 points, around its edge.
pub fn focus(painter: &Painter, rect: Rect, ink: Color32) {
    // Within, where there is room: at the edge of the stage nothing stands out further.
    let within = rect.size().min_elem() >= ROOMY;
    let edge =
        if within { rect.shrink(theme::FOCUS_STROKE - 0.5) } else { rect.expand(theme::FOCUS_STROKE - 0.5) };
    painter.rect_stroke(edge, 0.0, Stroke::new(1.0, Color32::from_black_alpha(HALO)), StrokeKind::Middle);
    painter.rect_stroke(rect, 0.0, Stroke::new(theme::FOCUS_STROKE, ink), StrokeKind::Middle);
}

/// The frame around a picture that is chosen: 2 points, a point apart. At the edge of the stage it stands in the margin.
pub fn chosen(painter: &Painter, rect: Rect, ink: Color32) {
    let margin = 1.0 + theme::FOCUS_STROKE;
    let painter = painter.with_clip_rect(painter.clip_rect().expand(margin));
    painter.rect_stroke(rect.expand(1.0), 2.0, Stroke::new(theme::FOCUS_STROKE, ink), StrokeKind::Outside);
}

/// Lines of a lens: from the corners of a small rectangle `from` on `panel` to the corners of `to` that face
/// the panel.
pub fn link(painter: &Painter, panel: Rect, from: Rect, to: Rect, ink: Color32) {
    // Faint over the panel, whose numbers it crosses.
    let [inside, outside] = [0.22, 0.8].map(|share| Stroke::new(1.0, ink.gamma_multiply(share)));
    let pairs = if to.left() >= panel.right() {
        [(from.right_top(), to.left_top()), (from.right_bottom(), to.left_bottom())]
    } else if to.right() <= panel.left() {
        [(from.left_top(), to.right_top()), (from.left_bottom(), to.right_bottom())]
    } else if to.center().y >= from.center().y {
        [(from.left_bottom(), to.left_top()), (from.right_bottom(), to.right_top())]
    } else {
        [(from.left_top(), to.left_bottom()), (from.right_top(), to.right_bottom())]
    };
    for (a, b) in pairs {
        // Where it leaves the panel.
        let way = b - a;
        let until = |edge: f32, from: f32, by: f32| {
            if by == 0.0 { 1.0 } else { ((edge - from) / by).clamp(0.0, 1.0) }
        };
        let across = until(if way.x > 0.0 { panel.right() } else { panel.left() }, a.x, way.x);
        let down = until(if way.y > 0.0 { panel.bottom() } else { panel.top() }, a.y, way.y);
        let leaves = a + way * across.min(down);
        painter.line_segment([a, leaves], inside);
        painter.line_segment([leaves, b], outside);
    }
}

/// A dashed outline: padding.
pub fn dashed(painter: &Painter, rect: Rect, ink: Color32) {
    let corners =
        [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    painter.extend(Shape::dashed_line(&corners, Stroke::new(1.0, ink), 3.0, 3.0));
}

/// Slanted lines over `rect`: cells that nothing reads, or that have no value.
pub fn hatch(painter: &Painter, rect: Rect, ink: Color32) {
    const PITCH: f32 = 6.0;
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(rect));
    let count = ((rect.width() + rect.height()) / PITCH) as usize;
    for i in 1..=count {
        let x = rect.left() + i as f32 * PITCH;
        let to = pos2(x - rect.height(), rect.bottom());
        painter.line_segment([pos2(x, rect.top()), to], Stroke::new(1.0, ink));
    }
}

/// A line through `points`, dashed if `dash` says so. What is no place breaks it, and what lies far off is drawn nearer: egui
/// squares lengths.
pub fn line(painter: &Painter, points: Vec<Pos2>, stroke: Stroke, dash: Option<[f32; 2]>) {
    for run in runs(&points) {
        match dash {
            Some([on, off]) => {
                painter.extend(Shape::dashed_line(&run, stroke, on, off));
            }
            None => {
                painter.add(Shape::line(run, stroke));
            }
        }
    }
}

/// The parts of a line that have places, each of two points at least.
fn runs(points: &[Pos2]) -> impl Iterator<Item = Vec<Pos2>> {
    let near = |at: &Pos2| at.clamp(Pos2::new(-FAR, -FAR), Pos2::new(FAR, FAR));
    let parts = points.split(|at| !at.is_finite()).filter(|part| part.len() > 1);
    parts.map(move |part| part.iter().map(near).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_at_what_is_no_place_and_keeps_near() {
        let ys = [1.0, 2.0, f32::NAN, 3.0, f32::INFINITY, 4.0, f32::MAX, -f32::MAX];
        let points: Vec<Pos2> = (0_u8..).zip(ys).map(|(x, y)| pos2(x.into(), y)).collect();
        let drawn: Vec<Vec<f32>> = runs(&points).map(|run| run.iter().map(|at| at.y).collect()).collect();
        assert_eq!(drawn, [vec![1.0, 2.0], vec![4.0, FAR, -FAR]]);
    }
}
