//! Rows below each other in a room that is wide enough for panels side by side.

use egui::{Rect, Vec2};

use super::place::{Cell, Metrics, Panel, Placement, Row, around, measured, snapped, thumb};

/// Least side of a picture of a comparison at the right of the hero, as a share of the room's height.
const THUMB_SHARE: f32 = 0.13;
/// Shares of the width that the comparison at the right is tried with.
const SIDES: std::ops::RangeInclusive<u32> = 10..=45;
/// Most share of the width that free panels are promised.
const FREE_SHARE: f32 = 0.7;

/// Share of its width by which a free panel grows where there is room.
const GROWN: f32 = 0.5;

/// Pictures of a comparison: how many beside each other, and their size.
struct Thumbs {
    columns: usize,
    lines: usize,
    size: Vec2,
}

impl Thumbs {
    /// Height of all with their title.
    fn height(&self, m: &Metrics) -> f32 {
        m.name + self.lines as f32 * (self.size.y + m.caption)
    }
}

/// Places `rows` in `room`. `beside`: the comparison stands at the right of the first hero.
pub fn wide(room: Vec2, rows: &[Row], m: &Metrics, beside: bool) -> Placement {
    let spaces = m.row * (rows.len().saturating_sub(1 + usize::from(beside))) as f32;
    let mut left = room.y - spaces;
    let mut heights: Vec<f32> = rows
        .iter()
        .map(|row| match row {
            Row::Fixed(height) | Row::Fill(height) => *height,
            Row::Measured(count) => measured(*count, 0.0, 0.0, room.x, m).1,
            Row::Hero(_) | Row::Compare { .. } => 0.0,
        })
        .collect();
    left -= heights.iter().sum::<f32>();
    let heroes = rows.iter().filter(|row| matches!(row, Row::Hero(_))).count();
    // The comparison gets its share before the hero, and what the hero cannot use after it.
    let extra = m.name + m.caption;
    let reserved = (left * m.compare).max(m.lowest + extra);
    let mut side = None;
    if !beside {
        for (height, row) in heights.iter_mut().zip(rows) {
            if let Row::Compare { count, aspect } = row {
                *height = (thumb_by_width(*count, *aspect, room.x, m) + extra).min(reserved).floor();
                left -= *height;
            }
        }
    }
    let each = left / heroes.max(1) as f32;
    for (height, row) in heights.iter_mut().zip(rows) {
        let Row::Hero(panels) = row else { continue };
        let mut width = room.x;
        if beside && side.is_none() {
            let found = column(rows, room, each, m);
            width -= found.as_ref().map_or(0.0, |(side, _)| side + 2.0 * m.gap);
            side = found;
        }
        *height = hero_height(panels, width, each, m);
        if let Some((_, thumbs)) = side.as_ref().filter(|_| beside) {
            *height = height.max(thumbs.height(m));
        }
        left -= *height;
    }
    if !beside {
        for (height, row) in heights.iter_mut().zip(rows) {
            if let Row::Compare { count, aspect } = row {
                let more = (thumb_by_width(*count, *aspect, room.x, m) + extra - *height)
                    .clamp(0.0, left.max(0.0))
                    .floor();
                *height += more;
                left -= more;
            }
        }
    }
    let fills = rows.iter().filter(|row| matches!(row, Row::Fill(_))).count();
    let (more, mut top) = ((left.max(0.0) / fills.max(1) as f32).floor(), 0.0);
    let mut placed = Vec::with_capacity(rows.len());
    let mut titles = vec![Rect::ZERO; rows.len()];
    let mut hero_span = None;
    for (i, row) in rows.iter().enumerate() {
        let mut height = heights[i];
        let cells = match row {
            Row::Hero(panels) => {
                let taken = side.as_ref().filter(|_| hero_span.is_none());
                let width = room.x - taken.map_or(0.0, |(side, _)| side + 2.0 * m.gap);
                hero_span = hero_span.or(Some((top, height)));
                line(panels, width, top, height, m)
            }
            Row::Compare { count, aspect } if !beside => {
                titles[i] = snapped(0.0, top, room.x, m.name);
                strip(*count, *aspect, room.x, top, height, m)
            }
            // Placed below, when the hero's place is known; it takes no row of its own.
            Row::Compare { .. } => {
                placed.push(Vec::new());
                continue;
            }
            Row::Measured(count) => measured(*count, 0.0, top, room.x, m).0,
            Row::Fixed(_) => vec![Cell::bare(snapped(0.0, top, room.x, height))],
            Row::Fill(_) => {
                height += more;
                vec![Cell::bare(snapped(0.0, top, room.x, height))]
            }
        };
        placed.push(cells);
        top += height.ceil() + m.row;
    }
    if let (Some((width, thumbs)), Some((begin, _))) = (side, hero_span) {
        for (i, row) in rows.iter().enumerate() {
            let Row::Compare { count, .. } = row else { continue };
            titles[i] = snapped(room.x - width, begin, width, m.name);
            let step = thumbs.size + Vec2::new(m.thumb_gap, m.caption);
            let from = room.x - width;
            placed[i] = (0..*count)
                .map(|n| {
                    let (column, line) = ((n % thumbs.columns) as f32, (n / thumbs.columns) as f32);
                    let at = Vec2::new(from + column * step.x, begin + m.name + line * step.y);
                    thumb(at.x, at.y, thumbs.size.x, thumbs.size.y, m)
                })
                .collect();
        }
    }
    Placement { rows: placed, titles, height: (top - m.row).max(0.0), folded: false, beside }
}

fn thumb_by_width(count: usize, aspect: f32, width: f32, m: &Metrics) -> f32 {
    let count = count.max(1) as f32;
    ((width - m.thumb_gap * (count - 1.0)) / count / aspect).floor().max(1.0)
}

/// Lines above and below the pictures of a row.
fn lines(panels: &[Panel], m: &Metrics) -> [f32; 2] {
    let any = |f: fn(&Panel) -> bool, height: f32| if panels.iter().any(f) { height } else { 0.0 };
    [any(|p| p.name, m.name), any(|p| p.caption, m.caption)]
}

/// What of `width` is not pictures: spaces, bars, and what free panels are promised.
fn taken(panels: &[Panel], width: f32, m: &Metrics) -> [f32; 2] {
    let bars = panels.iter().filter(|p| p.bar).count() as f32 * m.bar;
    let gaps = panels.len().saturating_sub(1) as f32 * m.gap;
    let free: f32 = panels.iter().filter(|p| p.aspect.is_none()).map(|p| p.least).sum();
    [bars + gaps, free.min((width - bars - gaps).max(0.0) * FREE_SHARE)]
}

/// Height of the pictures of weight 1 that fill `width`, if there are any.
fn by_width(panels: &[Panel], width: f32, m: &Metrics) -> Option<f32> {
    let all: f32 = panels.iter().filter_map(|p| p.aspect.map(|aspect| aspect * p.weight)).sum();
    let [spaces, free] = taken(panels, width, m);
    (all > 0.0).then(|| (width - spaces - free).max(0.0) / all)
}

fn heaviest(panels: &[Panel]) -> f32 {
    panels.iter().filter(|p| p.aspect.is_some()).map(|p| p.weight).fold(0.0, f32::max)
}

fn hero_height(panels: &[Panel], width: f32, room: f32, m: &Metrics) -> f32 {
    let [above, below] = lines(panels, m);
    let limit = (room - above - below).max(m.lowest);
    let tallest = by_width(panels, width, m).map_or(limit, |h| h * heaviest(panels));
    (tallest.min(limit) + above + below).floor()
}

/// Panels side by side in a row of `height`.
fn line(panels: &[Panel], width: f32, top: f32, height: f32, m: &Metrics) -> Vec<Cell> {
    let [above, below] = lines(panels, m);
    let tallest = (height - above - below).max(0.0);
    let unit = by_width(panels, width, m).map_or(tallest, |h| h.min(tallest / heaviest(panels).max(1e-6)));
    let [spaces, promised] = taken(panels, width, m);
    let asked: f32 = panels.iter().filter(|p| p.aspect.is_none()).map(|p| p.least).sum();
    let shrink = if asked > 0.0 { promised / asked } else { 1.0 };
    let wide = |p: &Panel| p.aspect.map_or(p.least * shrink, |aspect| (aspect * p.weight * unit).floor());
    let mut rest = (width - spaces - panels.iter().map(&wide).sum::<f32>()).max(0.0);
    let shares: f32 = panels.iter().filter(|p| p.aspect.is_none()).map(|p| p.weight).sum();
    let between = panels.len().saturating_sub(1) as f32;
    let (mut gap, mut at) = (m.gap, 0.0);
    let mut grown = 0.0;
    if shares <= 0.0 {
        // A lens beside large pictures is a little larger too; the rest goes between the panels.
        if promised > 0.0 {
            grown = (rest / 2.0 / promised).min(GROWN);
            rest -= grown * promised;
        }
        if between > 0.0 {
            gap = (m.gap + rest / between).min(m.widest_gap.max(m.gap)).floor();
        }
        at = ((rest - (gap - m.gap) * between) / 2.0).floor().max(0.0);
    }
    let mut cells = Vec::with_capacity(panels.len());
    for panel in panels {
        let mut own = wide(panel);
        if panel.aspect.is_none() {
            own += panel.least * shrink * grown;
        }
        let high = panel.aspect.map_or(tallest, |_| (unit * panel.weight).floor());
        if panel.aspect.is_none() && shares > 0.0 {
            own += rest * panel.weight / shares;
        }
        let rect = snapped(at, top + above, own, high);
        at += own + gap + if panel.bar { m.bar } else { 0.0 };
        cells.push(around(rect, panel, m));
    }
    cells
}

/// A comparison in one line.
fn strip(count: usize, aspect: f32, width: f32, top: f32, height: f32, m: &Metrics) -> Vec<Cell> {
    let high = (height - m.name - m.caption).max(1.0).min(thumb_by_width(count, aspect, width, m)).floor();
    let wide = (high * aspect).floor().max(1.0);
    let rest = width - wide * count as f32;
    let gap = (rest / count.saturating_sub(1).max(1) as f32).min(m.widest_gap).max(0.0).floor();
    (0..count).map(|i| thumb(i as f32 * (wide + gap), top + m.name, wide, high, m)).collect()
}

/// The narrowest column at the right in which the pictures of the comparison are not too small.
fn column(rows: &[Row], room: Vec2, height: f32, m: &Metrics) -> Option<(f32, Thumbs)> {
    let (count, aspect) = rows.iter().find_map(|row| match row {
        Row::Compare { count, aspect } => Some((*count, *aspect)),
        _ => None,
    })?;
    let least = room.y * THUMB_SHARE;
    let mut best: Option<(f32, Thumbs)> = None;
    for share in SIDES {
        let width = (room.x * share as f32 / 100.0).floor();
        for columns in 1..=count.clamp(1, 4) {
            let lines = count.div_ceil(columns).max(1);
            let wide = (width - m.thumb_gap * (columns - 1) as f32) / columns as f32;
            let high = ((height - m.name) / lines as f32 - m.caption).min(wide / aspect).floor();
            let size = Vec2::new((high * aspect).floor(), high);
            let larger = best.as_ref().is_none_or(|(_, b)| size.min_elem() > b.size.min_elem());
            if larger && high >= 1.0 {
                best = Some((width, Thumbs { columns, lines, size }));
            }
        }
        if best.as_ref().is_some_and(|(_, b)| b.size.min_elem() >= least) {
            break;
        }
    }
    best
}
