//! The better of two placements.

use egui::Vec2;

use super::fold::fold;
use super::place::{Metrics, Placement, Row};
use super::wide::wide;

/// How much larger the hero must be for the comparison to stand at its right.
const WORTH: f32 = 1.1;

/// Lays `rows` out in `room`. Nothing overlaps and nothing leaves the room, but that a page is higher
/// than a room that is narrow or too low for it.
pub fn fit(room: Vec2, rows: &[Row], m: &Metrics) -> Placement {
    if room.x < m.fold {
        return fold(room.x.floor().max(0.0), rows, m);
    }
    let room = room.floor();
    let below = wide(room, rows, m, false);
    let comparisons = rows.iter().filter(|row| matches!(row, Row::Compare { .. })).count();
    if !m.beside || comparisons != 1 || !rows.iter().any(|row| matches!(row, Row::Hero(_))) {
        return below;
    }
    let beside = wide(room, rows, m, true);
    // A little more is not worth a comparison whose rows are torn apart.
    if beside.height <= room.y && beside.hero(rows) > WORTH * below.hero(rows) { beside } else { below }
}

#[cfg(test)]
mod tests {
    use egui::{Rect, vec2};

    use super::super::place::{Cell, Panel};
    use super::*;

    /// The page of mock-up 1.
    fn stride() -> Vec<Row> {
        let hero = vec![Panel::picture(1.0), Panel::free(104.0, 0.0), Panel::picture(1.0).bar()];
        vec![Row::Hero(hero), Row::Compare { count: 7, aspect: 1.0 }, Row::Measured(4)]
    }

    fn pages() -> Vec<Vec<Row>> {
        let live = vec![
            Row::Fixed(28.0),
            Row::Hero(vec![Panel::free(252.0, 0.0), Panel::free(300.0, 1.0)]),
            Row::Measured(3),
        ];
        let wide = vec![
            Row::Hero(vec![Panel::picture(4.0).bar().caption()]),
            Row::Compare { count: 12, aspect: 0.5 },
            Row::Fill(60.0),
        ];
        let mixed = vec![
            Row::Hero(vec![Panel::picture(0.4), Panel { weight: 0.5, ..Panel::picture(2.0) }.caption()]),
            Row::Hero(vec![Panel::free(900.0, 1.0), Panel::picture(1.0).unnamed()]),
            Row::Measured(7),
        ];
        vec![stride(), live, wide, mixed, vec![Row::Fill(0.0)], vec![]]
    }

    fn parts(cells: &[Cell]) -> impl Iterator<Item = Rect> {
        cells.iter().flat_map(|c| [c.rect, c.name, c.caption, c.bar]).filter(Rect::is_positive)
    }

    #[test]
    fn nothing_overlaps_or_leaves_the_room_at_any_size() {
        let sizes = [(552, 452), (800, 560), (1190, 860), (1600, 1200), (700, 300), (320, 240)];
        let swept = (300..1700).step_by(53).flat_map(|w| (200..1250).step_by(61).map(move |h| (w, h)));
        let m = Metrics::default();
        for (w, h) in sizes.into_iter().chain(swept) {
            let room = vec2(w as f32, h as f32);
            for rows in pages() {
                let placed = fit(room, &rows, &m);
                assert_eq!(placed.rows.len(), rows.len());
                let all: Vec<Rect> = placed
                    .rows
                    .iter()
                    .flat_map(|r| parts(r))
                    .chain(placed.titles.clone())
                    .filter(Rect::is_positive)
                    .collect();
                let inside = Rect::from_min_size(egui::Pos2::ZERO, vec2(room.x, placed.height));
                for (i, a) in all.iter().enumerate() {
                    assert!(inside.contains_rect(*a), "{a:?} leaves {inside:?}: {rows:?}");
                    assert_eq!(a.min, a.min.round(), "{a:?} is on whole points");
                    for b in &all[i + 1..] {
                        assert!(
                            !a.shrink(0.01).intersects(b.shrink(0.01)),
                            "{a:?} {b:?} at {room:?}: {rows:?}"
                        );
                    }
                }
                for (row, cells) in rows.iter().zip(&placed.rows) {
                    let count = match row {
                        Row::Hero(panels) => panels.len(),
                        Row::Compare { count, .. } | Row::Measured(count) => *count,
                        Row::Fixed(_) | Row::Fill(_) => 1,
                    };
                    assert_eq!(cells.len(), count);
                }
            }
        }
    }

    #[test]
    fn pages_of_ordinary_size_do_not_scroll() {
        for (w, h) in [(800.0, 560.0), (1190.0, 860.0), (1600.0, 1200.0)] {
            for rows in &pages()[..3] {
                let placed = fit(vec2(w, h), rows, &Metrics::default());
                assert!(placed.height <= h && !placed.folded, "{} of {h}: {rows:?}", placed.height);
            }
        }
    }

    #[test]
    fn panels_that_are_compared_are_alike_and_as_large_as_in_the_drawings() {
        // The body of mock-up 1: 768 wide, from the names at 184 to the foot at 752.
        let placed = fit(vec2(768.0, 568.0), &stride(), &Metrics::default());
        assert!(!placed.beside);
        let [input, output] = [placed.rows[0][0].rect, placed.rows[0][2].rect];
        assert_eq!(input.size(), output.size());
        assert!((270.0..300.0).contains(&input.height()), "{input:?}");
        assert_eq!(placed.rows[0][2].bar.right(), 768.0);
        let thumbs = &placed.rows[1];
        assert!(thumbs.windows(2).all(|t| t[0].rect.size() == t[1].rect.size()));
        assert!((84.0..110.0).contains(&thumbs[0].rect.height()), "{:?}", thumbs[0].rect);
    }

    #[test]
    fn the_comparison_stands_where_the_hero_is_larger() {
        let rows = [Row::Hero(vec![Panel::picture(1.0)]), Row::Compare { count: 6, aspect: 1.0 }];
        assert!(fit(vec2(1190.0, 560.0), &rows, &Metrics::default()).beside);
        let tall = fit(vec2(720.0, 1200.0), &rows, &Metrics::default());
        assert!(!tall.beside);
    }

    #[test]
    fn narrow_rooms_fold_into_one_column() {
        let placed = fit(vec2(552.0, 452.0), &stride(), &Metrics::default());
        assert!(placed.folded && placed.height > 452.0);
        let rects: Vec<Rect> = placed.rows[0].iter().map(|c| c.rect).collect();
        assert!(rects[0].bottom() <= rects[1].top() && rects[1].bottom() <= rects[2].top());
    }
}
