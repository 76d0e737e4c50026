//! The plane of a code: a point for each picture in the colour of its kind, some pictures in their places, and the place
//! that is decoded.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::pictures::bright;
use super::squeezed::{Shown, Squeezed};
use crate::data::table::Table;
use crate::viz::figures::scatter::{Dot, dots};
use crate::viz::figures::strokes;
use crate::viz::{View, offer, theme, words};

/// Standard deviations from the middle to each edge, and to where a place can be dragged.
pub const REACH: f32 = 2.8;
/// See [`REACH`].
pub const FAR: f32 = 2.5;
/// Rows of kinds where a code is one number, from the middle.
const ROWS: f32 = 2.3;
/// Side of a picture in the plane as a share of the plane, least and largest; the same of the one that is decoded.
const SMALL: (f32, [f32; 2]) = (0.08, [15.0, 30.0]);
const LARGE: (f32, [f32; 2]) = (0.24, [42.0, 112.0]);
/// Radius of the ring, and space between it and the picture.
const RING: f32 = 5.0;
const BESIDE: f32 = 12.0;
/// Pictures in the plane at most.
const PICTURES: usize = 12;

/// The colour of a kind, and whether its points are rings.
pub fn ink(kind: usize) -> (Color32, bool) {
    (theme::SERIES[kind % theme::SERIES.len()], kind >= theme::SERIES.len())
}

fn side((share, [least, most]): (f32, [f32; 2]), plot: Rect) -> f32 {
    (plot.width() * share).clamp(least, most).round()
}

/// Where the pictures of a plane lie, in standard deviations: the first two numbers of each code, or the only one with a row
/// for each kind.
fn places(of: &Squeezed, codes: &[f32]) -> Vec<[f32; 2]> {
    let wide = codes.len() / of.kinds.len().max(1);
    let row = |kind: usize| {
        let all = of.asked.kinds.max(2) - 1;
        ROWS * (1.0 - 2.0 * kind as f32 / all as f32)
    };
    let at = |(code, kind): (&[f32], &usize)| match (of.asked.code, code) {
        (1, [x, ..]) => [*x, row(*kind)],
        (_, [x, y, ..]) => [*x, *y],
        _ => [f32::NAN; 2],
    };
    codes.chunks_exact(wide.max(1)).zip(of.kinds).map(at).collect()
}

/// Draws a plane into `plot`; `chosen` are drawn as pictures before others. Gives the place that is asked for.
pub fn plane(
    ui: &mut Ui,
    view: &mut View<'_>,
    plot: Rect,
    name: &str,
    (of, shown): (&Squeezed, &Shown),
    chosen: &[usize],
) -> Option<[f32; 2]> {
    let c = theme::of(ui);
    let response = ui.interact(plot, ui.scope_id().with(("plane", name)), Sense::click_and_drag());
    let spoken =
        format!("{name}: {} and a place to drag", words::plural(of.kinds.len(), "picture", "pictures"));
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    let painter = ui.painter_at(plot);
    painter.rect_filled(plot, 0.0, c.side);
    let stroke = Stroke::new(1.0, c.line);
    painter.hline(plot.x_range(), plot.center().y, stroke);
    painter.vline(plot.center().x, plot.y_range(), stroke);
    ui.painter().rect_stroke(plot, 0.0, stroke, StrokeKind::Outside);
    let mut own = view.of(shown.of);
    let codes = own.values(&shown.codes);
    let at = codes.map(|codes| places(of, &codes)).unwrap_or_default();
    offer::table(ui, name, plot, || Table::numbers(["x", "y"], at.iter().map(|p| p.to_vec())));
    let screen = |[x, y]: [f32; 2]| plot.center() + vec2(x, -y) / REACH * plot.size() / 2.0;
    let dot = |(at, kind): (&[f32; 2], &usize)| {
        let (ink, hollow) = ink(*kind);
        Dot { at: *at, ink, hollow }
    };
    dots(ui, plot, REACH, &at.iter().zip(of.kinds).map(dot).collect::<Vec<_>>());
    let ring = screen(if of.asked.code == 1 { [of.asked.place[0], 0.0] } else { of.asked.place });
    let tile = beside(ring, plot);
    let side = side(SMALL, plot);
    let mut taken = vec![tile.expand(2.0), Rect::from_center_size(ring, Vec2::splat(2.0 * RING + 4.0))];
    let others = (0..at.len()).filter(|i| !chosen.contains(i));
    for i in chosen.iter().copied().chain(others).filter(|i| *i < at.len()) {
        let small = Rect::from_center_size(screen(at[i]), Vec2::splat(side)).round();
        if !plot.contains_rect(small) || taken.iter().any(|other| other.intersects(small.expand(1.0))) {
            continue;
        }
        view.tile(ui, small, &of.pictures[0], i, &bright("Pictures"));
        match ink(of.kinds[i]) {
            (ink, false) => {
                painter.rect_stroke(small, 0.0, Stroke::new(1.5, ink), StrokeKind::Outside);
            }
            (ink, true) => strokes::dashed(&painter, small.expand(1.0), ink),
        }
        taken.push(small);
        // On a line they would hide most points.
        if taken.len() >= 2 + if of.asked.code == 1 { PICTURES / 2 } else { PICTURES } {
            break;
        }
    }
    if of.asked.code == 1 {
        painter.vline(ring.x, plot.y_range(), Stroke::new(1.0, c.focus));
    }
    painter.line_segment([ring, tile.center()], Stroke::new(1.5, c.focus));
    view.of(shown.of).tile(ui, tile, &shown.decoded, 0, &bright("Decoded"));
    strokes::focus(&painter, tile, c.focus);
    painter.circle(ring, RING, c.ground, Stroke::new(theme::FOCUS_STROKE, c.focus));
    let to = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked())?;
    let value = (to - plot.center()) / plot.size() * 2.0 * REACH;
    // In hundredths: what stands in a link.
    let rounded = |v: f32| (v * 100.0).round() / 100.0;
    let wanted = [value.x, -value.y].map(|v| rounded(v.clamp(-FAR, FAR)));
    (wanted != of.asked.place).then_some(wanted)
}

/// Where the picture of a place stands: at its right above, or wherever the plane has room.
fn beside(ring: Pos2, plot: Rect) -> Rect {
    let side = side(LARGE, plot);
    let right = ring.x + BESIDE + side <= plot.right() - 2.0;
    let above = ring.y - BESIDE - side >= plot.top() + 2.0;
    let x = if right { ring.x + BESIDE } else { ring.x - BESIDE - side };
    let y = if above { ring.y - BESIDE - side } else { ring.y + BESIDE };
    Rect::from_min_size(pos2(x, y), Vec2::splat(side)).round()
}

/// Writes what colours stand for, side by side, and at the right what axes are, where there is room for it.
pub fn legend(ui: &Ui, rect: Rect, kinds: &[&str], axes: &str) {
    let c = theme::of(ui);
    let wide = |name: &&str| words::width(ui, name, theme::small()) + 30.0;
    let all: f32 = kinds.iter().map(wide).sum();
    let space = ((rect.width() - all) / kinds.len().max(1) as f32).clamp(0.0, 16.0);
    let mut x = rect.left();
    for (kind, name) in kinds.iter().enumerate() {
        let room = wide(name);
        if x + room - 14.0 > rect.right() + 1.0 {
            break;
        }
        let (ink, hollow) = ink(kind);
        let at = pos2(x + 6.0, rect.center().y);
        if hollow {
            ui.painter().circle_stroke(at, 4.0, Stroke::new(1.5, ink));
        } else {
            ui.painter().circle_filled(at, 4.5, ink);
        }
        let line = rect.with_min_x(x + 15.0).with_max_x(x + room);
        words::write(ui, line, Align2::LEFT_CENTER, name, theme::small(), c.dim);
        x += room + space;
    }
    if words::width(ui, axes, theme::small()) <= rect.right() - x {
        words::write(ui, rect, Align2::RIGHT_CENTER, axes, theme::small(), c.faint);
    }
}
