//! One cell of a layer and the windows that it reads, layer by layer back to the input.

use egui::{Pos2, Rect, Ui, pos2};

use super::place::Places;
use crate::viz::figures::strokes;
use crate::viz::theme;

/// First and last row, first and last column; in the padding negative or past the end.
pub type Region = [[i64; 2]; 2];

/// How far a frame reaches past its map in points where the window reaches into the padding.
const PAST: f32 = 3.0;

/// Where a region of a map lies on its front; what reaches further into the padding is cut off.
fn region_rect(front: Rect, [h, w]: [usize; 2], [rows, columns]: Region) -> Rect {
    let cell = [front.width() / w.max(1) as f32, front.height() / h.max(1) as f32];
    let at = |column: i64, row: i64| {
        pos2(front.left() + column as f32 * cell[0], front.top() + row as f32 * cell[1])
    };
    let whole = Rect::from_min_max(at(columns[0], rows[0]), at(columns[1] + 1, rows[1] + 1));
    let room = front.expand(PAST);
    Rect::from_min_max(whole.min.clamp(room.min, room.max), whole.max.clamp(room.min, room.max))
}

/// Frames each region on its node, from the input on, and links each to the one before. `maps`: height and
/// width of the map of each node; none for single numbers, over which the links pass. Gives the frame on the
/// input.
pub fn cone(ui: &Ui, at: &Places, maps: &[Option<[usize; 2]>], regions: &[Region]) -> Option<Rect> {
    let ink = theme::of(ui).focus;
    let (mut before, mut input): (Option<Rect>, _) = (None, None);
    for ((front, map), region) in at.nodes.iter().zip(maps).zip(regions) {
        let Some(map) = map else { continue };
        let rect = region_rect(*front, *map, *region);
        if let Some(before) = before {
            strokes::link(ui.painter(), before, before, rect, ink);
        }
        strokes::focus(ui.painter(), rect, ink);
        before = Some(rect);
        input = input.or(before);
    }
    input
}

/// Row and column of the cell of a map that lies at `at`, if it lies on the front.
pub fn cell_at(front: Rect, [h, w]: [usize; 2], at: Pos2) -> Option<[usize; 2]> {
    let share = (at - front.min) / front.size();
    let inside = front.contains(at) && share.x < 1.0 && share.y < 1.0;
    inside.then_some([(share.y * h as f32) as usize, (share.x * w as f32) as usize])
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    #[test]
    fn cells_and_regions_agree() {
        let front = Rect::from_min_size(pos2(10.0, 20.0), vec2(70.0, 35.0));
        assert_eq!(cell_at(front, [5, 7], pos2(45.0, 21.0)), Some([0, 3]));
        assert_eq!(cell_at(front, [5, 7], pos2(80.0, 21.0)), None);
        let rect = region_rect(front, [5, 7], [[0, 0], [3, 3]]);
        assert!(rect.contains(pos2(45.0, 21.0)) && rect.width() == 10.0, "{rect:?}");
        let padded = region_rect(front, [5, 7], [[-1, 1], [5, 7]]);
        assert_eq!(
            (padded.top(), padded.bottom(), padded.right()),
            (17.0, 34.0, 83.0),
            "cut off past the edge"
        );
    }
}
