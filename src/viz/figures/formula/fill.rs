//! Fills an outline that bends inward, which egui cannot.

use egui::Vec2;

fn cross(a: Vec2, b: Vec2, c: Vec2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// Triangles that cover the inside of `outline`, a simple polygon in either direction: ears are cut off
/// one by one.
pub fn triangles(outline: &[Vec2]) -> Vec<[Vec2; 3]> {
    let mut left: Vec<Vec2> = outline.to_vec();
    left.dedup();
    if left.len() > 1 && left.first() == left.last() {
        left.pop();
    }
    let area: f32 = (0..left.len())
        .map(|i| {
            let (a, b) = (left[i], left[(i + 1) % left.len()]);
            a.x * b.y - b.x * a.y
        })
        .sum();
    if area < 0.0 {
        left.reverse();
    }
    let mut cut = Vec::with_capacity(left.len());
    while left.len() > 3 {
        let count = left.len();
        let ear = (0..count).find(|&i| {
            let [a, b, c] = [left[(i + count - 1) % count], left[i], left[(i + 1) % count]];
            let inside = |p: &Vec2| {
                ![a, b, c].contains(p)
                    && cross(a, b, *p) >= 0.0
                    && cross(b, c, *p) >= 0.0
                    && cross(c, a, *p) >= 0.0
            };
            cross(a, b, c) >= 0.0 && !left.iter().any(inside)
        });
        // An outline that crosses itself has no ear: what is left stays open rather than being wrong.
        let Some(i) = ear else { return cut };
        cut.push([left[(i + count - 1) % count], left[i], left[(i + 1) % count]]);
        left.remove(i);
    }
    if let [a, b, c] = left[..] {
        cut.push([a, b, c]);
    }
    cut
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    #[test]
    fn triangles_cover_the_area_of_an_outline_that_bends_inward() {
        let l =
            [(0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0)].map(|(x, y)| vec2(x, y));
        let mut back = l;
        back.reverse();
        for outline in [l, back] {
            let area: f32 = triangles(&outline).iter().map(|[a, b, c]| cross(*a, *b, *c).abs() / 2.0).sum();
            assert!((area - 5.0).abs() < 1e-5, "{area}");
        }
        assert!(triangles(&l[..2]).is_empty());
    }
}
