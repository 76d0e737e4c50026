//! How nodes, edges and arcs look.

use egui::epaint::CubicBezierShape;
use egui::{Align2, Color32, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::place::{Edge, Network, Places, shape_text, unit};
use crate::viz::figures::strokes;
use crate::viz::{theme, words};

/// Distance to a line within which it is pointed at.
const NEAR: f32 = 4.0;
/// Arc by width at most, and its thickness.
const ARC: f32 = 1.5;

/// Whether the edges of `node` are drawn one by one.
pub fn has_edges(of: &Network<'_>, node: usize) -> Option<[usize; 2]> {
    let from = *of.nodes[node].inputs.first()?;
    let units = of.nodes[node].drawn_units()?;
    (from + 1 == node).then_some(())?;
    let read = of.nodes.get(from)?.drawn_units()?;
    Some([units, read])
}

/// The ends of an edge.
fn ends(at: &Places, of: &Network<'_>, edge: Edge) -> Option<[Pos2; 2]> {
    let [units, read] = has_edges(of, edge.node)?;
    let (from, radius) = unit(at.nodes[edge.node - 1], read, edge.from);
    let (to, other) = unit(at.nodes[edge.node], units, edge.to);
    Some([from + vec2(radius, 0.0), to - vec2(other, 0.0)])
}

/// The edge that is pointed at.
pub fn edge_at(at: &Places, of: &Network<'_>, pointer: Pos2) -> Option<Edge> {
    let mut best: Option<(f32, Edge)> = None;
    for node in 1..of.nodes.len() {
        let Some([units, read]) = has_edges(of, node) else { continue };
        if !(at.nodes[node - 1].right()..at.nodes[node].left()).contains(&pointer.x) {
            continue;
        }
        for (from, to) in (0..read).flat_map(|from| (0..units).map(move |to| (from, to))) {
            let edge = Edge { node, from, to };
            let Some([a, b]) = ends(at, of, edge) else { continue };
            let t = (pointer.x - a.x) / (b.x - a.x).max(1.0);
            let distance = (a.lerp(b, t).y - pointer.y).abs();
            if distance < NEAR && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, edge));
            }
        }
    }
    best.map(|(_, edge)| edge)
}

/// Lines, ribbons and arcs from what is read to what reads.
pub fn edges(ui: &Ui, at: &Places, of: &Network<'_>, lit: Option<Edge>) {
    let c = theme::of(ui);
    let map = theme::diverging(ui.visuals());
    for (i, node) in of.nodes.iter().enumerate() {
        if let Some([units, read]) = has_edges(of, i) {
            let weights = of.weights.get(i).copied().unwrap_or_default();
            let most = weights.iter().map(|w| w.abs()).filter(|w| w.is_finite()).fold(0.0, f32::max);
            for (to, from) in (0..units).flat_map(|to| (0..read).map(move |from| (to, from))) {
                let edge = Edge { node: i, from, to };
                let Some(points) = ends(at, of, edge) else { continue };
                let stroke = match weights.get(to * read + from) {
                    _ if lit == Some(edge) => Stroke::new(2.5, c.focus),
                    None => Stroke::new(1.0, c.line),
                    Some(w) if w.is_nan() => Stroke::new(1.5, theme::NAN),
                    Some(w) => {
                        let share = if most > 0.0 { w / most } else { 0.0 };
                        let ink = theme::along(map, 0.5 + share.signum() * (0.28 + 0.16 * share.abs()));
                        Stroke::new(0.5 + 2.5 * share.abs(), ink.gamma_multiply(0.35 + 0.65 * share.abs()))
                    }
                };
                ui.painter().line_segment(points, stroke);
            }
        }
        for from in node.inputs.iter().copied().filter(|from| *from < i) {
            let cut = of.cut.contains(&(i, from));
            if from + 1 < i {
                arc(ui, at, from, i, of.ink, cut);
            } else if has_edges(of, i).is_none() {
                join(ui, at, from, i, cut);
            }
        }
    }
}

/// From one node to the next: a ribbon where there is room for one, else a line.
fn join(ui: &Ui, at: &Places, from: usize, to: usize, cut: bool) {
    let c = theme::of(ui);
    let reach = at.behind[from].0 as f32 * at.behind[from].1;
    let (a, b) = (at.nodes[from], at.nodes[to]);
    let (left, right) = (a.right() + reach, b.left());
    let y = at.nodes[to].center().y;
    if cut || right - left < 8.0 {
        let ink = if cut { c.broken } else { c.faint };
        ui.painter().hline(a.right()..=right.max(a.right()), y, Stroke::new(1.0, ink));
        return;
    }
    let (a, b) = (a.translate(vec2(0.0, -reach / 2.0)).y_range(), b.y_range());
    let (a, b) = (a.shrink(a.span() * 0.2), b.shrink(b.span() * 0.2));
    let points = vec![
        pos2(left + 2.0, a.min),
        pos2(right - 2.0, b.min),
        pos2(right - 2.0, b.max),
        pos2(left + 2.0, a.max),
    ];
    ui.painter().add(Shape::convex_polygon(points, c.track.gamma_multiply(0.8), Stroke::NONE));
}

/// An arc above, from a node to one further on.
fn arc(ui: &Ui, at: &Places, from: usize, to: usize, ink: Color32, cut: bool) {
    let reach = at.behind[from].0 as f32 * at.behind[from].1;
    let a = at.nodes[from].center_top() + vec2(reach / 2.0, -reach);
    let b = at.nodes[to].center_top();
    let top = at.columns[from].top();
    let rise = ((b.x - a.x) * 0.55).min(a.y.min(b.y) - top).max(4.0);
    let ink = if cut { theme::of(ui).broken } else { ink };
    let up = vec2(0.0, -rise * 4.0 / 3.0);
    let stroke = Stroke::new(ARC, ink.gamma_multiply(0.85));
    if cut {
        let points = [a, pos2(a.x, a.y - rise * 0.7)];
        ui.painter().extend(Shape::dashed_line(&points, stroke, 2.0, 2.0));
    } else {
        let bend =
            CubicBezierShape::from_points_stroke([a, a + up, b + up, b], false, Color32::TRANSPARENT, stroke);
        ui.painter().add(bend);
    }
}

/// The node itself.
pub fn node(ui: &Ui, at: &Places, of: &Network<'_>, i: usize, hovered: bool, unit_lit: Option<usize>) {
    let c = theme::of(ui);
    let (node, front) = (&of.nodes[i], at.nodes[i]);
    let ink = theme::FAMILIES[node.family.min(theme::FAMILIES.len() - 1)];
    let chosen = of.chosen == Some(i);
    let outline = if chosen {
        Stroke::new(theme::FOCUS_STROKE, c.blue)
    } else {
        Stroke::new(1.0, if hovered { c.text } else { ink })
    };
    if node.shape.is_empty() {
        // What cannot be built, and all that would come behind it.
        let first = of.nodes[..i].iter().all(|before| !before.shape.is_empty());
        strokes::dashed(ui.painter(), front, if first { c.broken } else { c.pad });
        return;
    }
    if let Some(count) = node.drawn_units() {
        let values = of.units.get(i).copied().unwrap_or_default();
        let inks = of.inks.get(i).copied().unwrap_or_default();
        for n in 0..count {
            let (middle, radius) = unit(front, count, n);
            let fill = match (inks.get(n), values.get(n)) {
                (Some(own), _) => *own,
                (None, Some(v)) if v.is_nan() => theme::NAN,
                (None, Some(v)) => c.raised.lerp_to_gamma(ink, v.clamp(0.0, 1.0)),
                (None, None) => c.raised,
            };
            let own = if unit_lit == Some(n) { Stroke::new(theme::FOCUS_STROKE, c.focus) } else { outline };
            ui.painter().circle(middle, radius, fill, own);
        }
        return;
    }
    let (plates, shift) = at.behind[i];
    let fill = c.ground.lerp_to_gamma(ink, 0.28);
    for plate in (0..=plates).rev() {
        let own = front.translate(vec2(plate as f32 * shift, -(plate as f32) * shift));
        let radius = if front.width() < 12.0 { 2.0 } else { 1.0 };
        ui.painter().rect_filled(
            own,
            radius,
            if plate == 0 { fill } else { c.ground.lerp_to_gamma(ink, 0.16) },
        );
        let stroke = if plate == 0 { outline } else { Stroke::new(1.0, ink.gamma_multiply(0.6)) };
        ui.painter().rect_stroke(own, radius, stroke, StrokeKind::Inside);
    }
}

/// Name, shape and note below a node.
pub fn caption(ui: &Ui, at: &Places, of: &Network<'_>, i: usize) {
    let c = theme::of(ui);
    let node = &of.nodes[i];
    let foot = if of.bars.is_empty() { at.columns[i].bottom() } else { at.bars.top() };
    let shape = shape_text(node);
    let voices = [
        (node.name.as_str(), theme::semibold(12.0), c.text),
        (shape.as_str(), theme::small(), c.dim),
        (node.note.as_str(), theme::small(), c.faint),
    ];
    for (n, (text, font, ink)) in voices.into_iter().take(at.lines).enumerate() {
        let top = foot - (at.lines - n) as f32 * 16.0;
        let column = at.columns[i].shrink2(vec2(2.0, 0.0));
        let room = Rect::from_min_max(pos2(column.left(), top), pos2(column.right(), top + 16.0));
        words::write(ui, room, Align2::CENTER_CENTER, text, font, ink);
    }
}

/// The bar of a node: by powers of ten, NaN magenta and full.
pub fn bar(ui: &Ui, at: &Places, of: &Network<'_>, i: usize) {
    let Some(&value) = of.bars.get(i) else { return };
    let [lo, hi] = of.powers;
    let share = if value.is_nan() { 1.0 } else { (value.abs().log10() - lo) / (hi - lo).max(1e-6) };
    let room = Rect::from_x_y_ranges(at.columns[i].x_range(), at.bars.top() + 4.0..=at.bars.bottom());
    let wide = (room.width() * 0.8).min(room.width() - 1.0).max(1.0);
    let high = if value == 0.0 { 0.0 } else { (room.height() * share.clamp(0.0, 1.0)).max(1.5) };
    let ink = if value.is_nan() { theme::NAN } else { of.ink };
    let loud = of.chosen == Some(i) || value.is_nan();
    let own = Rect::from_min_size(pos2(room.center().x - wide / 2.0, room.bottom() - high), vec2(wide, high));
    let quiet = theme::of(ui).ground.lerp_to_gamma(ink, 0.7);
    ui.painter().rect_filled(own, 0.0, if loud { ink } else { quiet });
}
