//! Many small pictures of one aspect in a room, as large as they can be.

use egui::{Rect, vec2};

/// Most space between two tiles of which more is left, in points.
const WIDEST: f32 = 28.0;

/// Rectangles of `count` tiles of `aspect` (width by height) in `rect`, line by line, with so many points between them
/// and below each.
pub fn tiles(rect: Rect, count: usize, aspect: f32, [space, below]: [f32; 2]) -> Vec<Rect> {
    let made = |columns: usize| {
        let lines = count.div_ceil(columns) as f32;
        let wide = (rect.width() - space * (columns - 1) as f32) / columns as f32;
        let high = (rect.height() - space * (lines - 1.0)) / lines - below;
        (columns, wide.min(high * aspect).max(1.0))
    };
    let best = (1..=count.max(1)).map(made).reduce(|best, next| if next.1 > best.1 { next } else { best });
    let (columns, wide) = best.unwrap_or((1, rect.width()));
    let size = vec2(wide, wide / aspect);
    // What is left goes between them, as far as they still belong together.
    let gap = (rect.width() - wide * columns as f32) / (columns - 1).max(1) as f32;
    let pitch = vec2(wide + gap.clamp(space, WIDEST.max(space)), size.y + below + space);
    let place = |i: usize| rect.min + vec2((i % columns) as f32, (i / columns) as f32) * pitch;
    (0..count).map(|i| Rect::from_min_size(place(i).round(), size.floor())).collect()
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn they_stay_apart_and_in_their_room() {
        for (count, aspect, below) in
            [(1, 1.0, 20.0), (3, 1.0, 20.0), (32, 1.0, 0.0), (3, 7.0, 0.0), (32, 1.0 / 7.0, 0.0)]
        {
            let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(600.0, 190.0));
            let tiles = tiles(rect, count, aspect, [8.0, below]);
            assert_eq!(tiles.len(), count);
            for (i, tile) in tiles.iter().enumerate() {
                let whole = tile.with_max_y(tile.bottom() + below);
                assert!(rect.expand(1.0).contains_rect(whole), "{count}: {tile:?}");
                assert!(tiles[..i].iter().all(|other| !other.intersects(*tile)), "{count}: {i}");
            }
        }
    }
}
