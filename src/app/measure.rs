//! What a drawn frame says of its page: how much of the stage its figures fill, whether a text is cut off,
//! whether texts lie over each other. Told from egui's shapes alone, so that no page can leave anything out.

use egui::epaint::{ClippedShape, Shape};
use egui::{Color32, Rect};

/// Points by which a text may reach past its clip, or two texts into each other: what no eye sees.
const SLACK: f32 = 1.5;

/// What was measured of a page.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Measured {
    /// Share of the stage's area inside the bounding box of its figures.
    pub filled: f32,
    /// The larger of the shares of its width and its height.
    pub filled_axis: f32,
    /// Points by which figures reach past the stage, across and down.
    pub beyond: [f32; 2],
    /// What reaches past it, for whoever has to mend it.
    pub farthest: String,
    /// Texts that end in … for want of room.
    pub elided: Vec<String>,
    /// Texts that are cut off by the edge of what they are drawn in.
    pub clipped: usize,
    /// Pairs of texts that lie over each other.
    pub overlaps: usize,
    /// Such texts in words, for whoever has to mend them.
    pub complaints: Vec<String>,
    /// Every text that is seen on the stage.
    pub texts: Vec<String>,
    /// Where each of them stands.
    #[serde(skip)]
    pub places: Vec<Rect>,
}

/// A text, and where it stands.
struct Text {
    rect: Rect,
    clip: Rect,
    words: String,
    /// Whether its end was left out for want of room.
    elided: bool,
}

/// Measures what lies in `stage`.
pub fn measure(shapes: &[ClippedShape], stage: Rect) -> Measured {
    let mut drawn = Rect::NOTHING;
    let mut texts = Vec::new();
    for ClippedShape { clip_rect, shape, .. } in shapes {
        visit(shape, *clip_rect, stage, &mut drawn, &mut texts);
    }
    let (beyond, farthest) = beyond(shapes, stage);
    let mut measured = Measured { beyond, farthest, ..Measured::default() };
    let drawn = drawn.intersect(stage);
    if drawn.is_positive() && stage.is_positive() {
        measured.filled = drawn.area() / stage.area();
        measured.filled_axis = (drawn.width() / stage.width()).max(drawn.height() / stage.height());
    }
    for (i, text) in texts.iter().enumerate() {
        if text.elided {
            measured.elided.push(text.words.clone());
        }
        if !text.clip.expand(SLACK).contains_rect(text.rect) {
            measured.clipped += 1;
            measured.complaints.push(format!("\"{}\" is cut off", text.words));
        }
        for other in &texts[i + 1..] {
            if text.rect.shrink(SLACK).intersects(other.rect.shrink(SLACK)) {
                measured.overlaps += 1;
                measured.complaints.push(format!("\"{}\" lies over \"{}\"", other.words, text.words));
            }
        }
    }
    measured.places = texts.iter().map(|text| text.rect).collect();
    measured.texts = texts.into_iter().map(|text| text.words).collect();
    measured
}

/// Points by which what is drawn on the stage itself reaches past it. What has a smaller clip of its own,
/// such as a curve in its axes, is cut off on purpose.
fn beyond(shapes: &[ClippedShape], stage: Rect) -> ([f32; 2], String) {
    let own = |clip: Rect| clip.contains_rect(stage.shrink(1.0)) && stage.expand(8.0).contains_rect(clip);
    let (mut past, mut farthest) = ([0.0_f32; 2], String::new());
    for ClippedShape { shape, .. } in shapes.iter().filter(|clipped| own(clipped.clip_rect)) {
        let rect = shape.visual_bounding_rect();
        if !rect.is_positive() || !rect.is_finite() {
            continue;
        }
        let [across, down] = [rect.right() - stage.right(), rect.bottom() - stage.bottom()];
        if across > past[0] || down > past[1] {
            farthest = match shape {
                Shape::Text(text) => format!("\"{}\"", text.galley.text()),
                Shape::Mesh(_) => format!("a picture at {rect:?}"),
                _ => format!("a figure at {rect:?}"),
            };
        }
        past = [past[0].max(across), past[1].max(down)];
    }
    (past, farthest)
}

fn visit(shape: &Shape, clip: Rect, stage: Rect, drawn: &mut Rect, texts: &mut Vec<Text>) {
    if let Shape::Vec(shapes) = shape {
        shapes.iter().for_each(|shape| visit(shape, clip, stage, drawn, texts));
        return;
    }
    let rect = shape.visual_bounding_rect();
    // What is scrolled away or lies elsewhere is not seen at all.
    if !rect.is_positive()
        || !rect.intersects(clip)
        || !stage.expand(1.0).contains(rect.intersect(clip).center())
    {
        return;
    }
    if let Shape::Text(text) = shape {
        let words = text.galley.text().trim().to_owned();
        if !words.is_empty()
            && text.galley.job.sections.iter().any(|s| s.format.color != Color32::TRANSPARENT)
        {
            // Letters reach less far than the lines that they stand on.
            let rect = Rect::from_center_size(rect.center(), rect.size() * egui::vec2(1.0, 0.7));
            texts.push(Text { rect, clip, words, elided: text.galley.elided });
        }
    }
    // A ground that covers all of the stage is no figure.
    let covers = rect.contains_rect(stage.shrink(2.0));
    if !covers {
        *drawn = drawn.union(rect.intersect(clip));
    }
}

#[cfg(test)]
mod tests {
    use egui::{FontId, Pos2, pos2, vec2};

    use super::*;

    const STAGE: Rect = Rect { min: Pos2::new(100.0, 50.0), max: Pos2::new(500.0, 350.0) };

    fn of(draw: impl Fn(&egui::Painter)) -> Measured {
        let ctx = egui::Context::default();
        let input = || egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(600.0, 400.0))),
            ..Default::default()
        };
        // The first frame has no fonts yet.
        for _ in 0..2 {
            let mut output = ctx.run_ui(input(), |ui| draw(&ui.painter().with_clip_rect(STAGE)));
            output.textures_delta.clear();
            if !output.shapes.is_empty() {
                let measured = measure(&output.shapes, STAGE);
                if measured != Measured::default() {
                    return measured;
                }
            }
        }
        Measured::default()
    }

    fn write(painter: &egui::Painter, at: Pos2, text: &str) {
        painter.text(at, egui::Align2::LEFT_TOP, text, FontId::proportional(14.0), Color32::WHITE);
    }

    #[test]
    fn what_is_filled_cut_off_and_covered_is_told() {
        let half = of(|p| {
            p.rect_filled(STAGE, 0.0, Color32::BLACK);
            p.rect_filled(Rect::from_min_size(STAGE.min, vec2(200.0, 300.0)), 0.0, Color32::RED);
        });
        assert!((half.filled - 0.5).abs() < 0.01 && half.filled_axis == 1.0, "{half:?}");
        assert_eq!(half.beyond, [0.0; 2]);
        let low = of(|p| {
            p.rect_filled(Rect::from_min_size(STAGE.left_bottom(), vec2(9.0, 30.0)), 0.0, Color32::RED);
        });
        assert_eq!(low.beyond, [0.0, 30.0]);
        let cut = of(|p| write(p, pos2(470.0, 100.0), "far too long for here"));
        assert_eq!((cut.clipped, cut.overlaps), (1, 0));
        let over = of(|p| {
            write(p, pos2(150.0, 100.0), "one");
            write(p, pos2(155.0, 103.0), "two");
            write(p, pos2(150.0, 130.0), "three");
        });
        assert_eq!((over.clipped, over.overlaps), (0, 1), "{over:?}");
        // What lies elsewhere is not the stage's.
        assert_eq!(of(|p| write(&p.with_clip_rect(Rect::EVERYTHING), pos2(10.0, 10.0), "aside")).clipped, 0);
    }
}
