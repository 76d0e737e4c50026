//! egui's shapes as elements of a document.

use egui::epaint::{
    CircleShape, ClippedShape, ColorMode, CubicBezierShape, EllipseShape, PathShape, QuadraticBezierShape,
    RectShape, Shape,
};
use egui::{Color32, Pos2, Rect, Stroke, StrokeKind, emath::GuiRounding as _, pos2};
use image::RgbaImage;

use super::document::{Document, paint, short, stroke};
use super::text;
use crate::app::still::Piece;

/// A drawing whose pictures have still to be painted.
pub struct Drawing {
    document: Document,
    rect: Rect,
    pieces: Vec<Piece>,
}

impl Drawing {
    /// The pictures that belong into it.
    pub fn take_pieces(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    /// The SVG, with its pictures.
    pub fn finish(self, title: &str, pictures: &[RgbaImage]) -> String {
        self.document.finish(title, self.rect.size(), pictures)
    }
}

/// Draws what lies in `rect`, on `ground`.
pub fn drawing(shapes: &[ClippedShape], rect: Rect, ground: Color32, pixels_per_point: f32) -> Drawing {
    let document = Document::new(rect);
    let mut writer = Writer { drawing: Drawing { document, rect, pieces: Vec::new() }, pixels_per_point };
    writer.rect(&RectShape::filled(rect, 0.0, ground), rect);
    for ClippedShape { clip_rect, shape, transform_after_tessellation } in shapes {
        let mut shape = shape.clone();
        shape.transform(*transform_after_tessellation);
        writer.shape(&shape, clip_rect.intersect(rect));
    }
    writer.drawing
}

struct Writer {
    drawing: Drawing,
    pixels_per_point: f32,
}

impl Writer {
    fn shape(&mut self, shape: &Shape, clip: Rect) {
        if let Shape::Vec(all) = shape {
            return all.iter().for_each(|shape| self.shape(shape, clip));
        }
        if !clip.is_positive() || !shape.visual_bounding_rect().intersects(clip) {
            return;
        }
        match shape {
            Shape::Noop | Shape::Vec(_) | Shape::Callback(_) => {}
            Shape::Circle(circle) => self.circle(circle, clip),
            Shape::Ellipse(ellipse) => self.ellipse(ellipse, clip),
            Shape::LineSegment { points, stroke } => {
                self.path(points, false, Color32::TRANSPARENT, *stroke, clip);
            }
            Shape::Path(PathShape { points, closed, fill, stroke }) => match stroke.color {
                ColorMode::Solid(color) => {
                    self.path(points, *closed, *fill, Stroke::new(stroke.width, color), clip);
                }
                ColorMode::UV(_) => self.picture(shape, clip),
            },
            Shape::Rect(rect) if rect.brush.is_some() || rect.blur_width > 0.0 => self.picture(shape, clip),
            Shape::Rect(rect) => self.rect(rect, clip),
            Shape::Text(shape) => {
                // Letters reach less far than the room that egui keeps for them.
                let bounds = shape.visual_bounding_rect().shrink(1.0);
                for element in text::elements(&self.drawing.document, shape) {
                    self.drawing.document.add(&element, bounds, clip);
                }
            }
            Shape::Mesh(_) | Shape::Band(_) => self.picture(shape, clip),
            Shape::QuadraticBezier(QuadraticBezierShape { points, closed, fill, stroke: line }) => {
                self.bezier(points, 'Q', [*closed, stroke_of(line).is_none()], *fill, stroke_of(line), clip);
            }
            Shape::CubicBezier(CubicBezierShape { points, closed, fill, stroke: line }) => {
                self.bezier(points, 'C', [*closed, stroke_of(line).is_none()], *fill, stroke_of(line), clip);
            }
        }
    }

    fn circle(&mut self, of: &CircleShape, clip: Rect) {
        let [x, y] = self.drawing.document.at(of.center);
        let look = paint("fill", of.fill) + &stroke(of.stroke);
        let element = format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"{look}/>", short(of.radius));
        self.drawing.document.add(&element, of.visual_bounding_rect(), clip);
    }

    fn ellipse(&mut self, of: &EllipseShape, clip: Rect) {
        let [x, y] = self.drawing.document.at(of.center);
        let turned = match of.angle {
            0.0 => String::new(),
            angle => format!(" transform=\"rotate({} {x} {y})\"", short(angle.to_degrees())),
        };
        let look = paint("fill", of.fill) + &stroke(of.stroke) + &turned;
        let [rx, ry] = [of.radius.x, of.radius.y].map(short);
        let element = format!("<ellipse cx=\"{x}\" cy=\"{y}\" rx=\"{rx}\" ry=\"{ry}\"{look}/>");
        self.drawing.document.add(&element, of.visual_bounding_rect(), clip);
    }

    fn path(&mut self, points: &[Pos2], closed: bool, fill: Color32, line: Stroke, clip: Rect) {
        let Some((first, rest)) = points.split_first() else { return };
        let bounds = Rect::from_points(points).expand(line.width / 2.0);
        let document = &self.drawing.document;
        let d = document.path('M', &[*first]) + &document.path('L', rest);
        self.add_path(&d, closed, fill, line, bounds, clip);
    }

    fn bezier(
        &mut self,
        points: &[Pos2],
        letter: char,
        [closed, unseen]: [bool; 2],
        fill: Color32,
        line: Option<Stroke>,
        clip: Rect,
    ) {
        if unseen && fill == Color32::TRANSPARENT {
            return;
        }
        let Some((first, rest)) = points.split_first() else { return };
        let line = line.unwrap_or(Stroke::NONE);
        let document = &self.drawing.document;
        let d = document.path('M', &[*first]) + &document.path(letter, rest);
        let bounds = Rect::from_points(points).expand(line.width / 2.0);
        self.add_path(&d, closed, fill, line, bounds, clip);
    }

    fn add_path(&mut self, d: &str, closed: bool, fill: Color32, line: Stroke, bounds: Rect, clip: Rect) {
        let end = if closed { "Z" } else { "" };
        let look = paint("fill", fill) + &stroke(line);
        self.drawing.document.add(&format!("<path d=\"{}{end}\"{look}/>", d.trim_end()), bounds, clip);
    }

    fn rect(&mut self, of: &RectShape, clip: Rect) {
        // An SVG stroke lies astride the edge.
        let by = match of.stroke_kind {
            StrokeKind::Inside => -of.stroke.width / 2.0,
            StrokeKind::Middle => 0.0,
            StrokeKind::Outside => of.stroke.width / 2.0,
        };
        let seen = stroke(of.stroke);
        let rect = if seen.is_empty() { of.rect } else { of.rect.expand(by) };
        let look = paint("fill", of.fill) + &seen;
        let r = of.corner_radius;
        let document = &self.drawing.document;
        let element = if [r.ne, r.sw, r.se].iter().all(|other| *other == r.nw) {
            let [x, y] = document.at(rect.min);
            let [width, height] = [rect.width(), rect.height()].map(short);
            let round = match (r.nw, seen.is_empty()) {
                (0, _) => String::new(),
                (r, _) => format!(
                    " rx=\"{}\"",
                    short((f32::from(r) + by.min(0.0)).min(rect.size().min_elem() / 2.0))
                ),
            };
            format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round}{look}/>")
        } else {
            let corner = |at: Pos2, r: u8, [dx, dy]: [f32; 2]| {
                let r = f32::from(r).min(rect.size().min_elem() / 2.0);
                [pos2(at.x + dx * r, at.y), pos2(at.x, at.y + dy * r)]
            };
            let [nw, ne] = [corner(rect.min, r.nw, [1.0, 1.0]), corner(rect.right_top(), r.ne, [-1.0, 1.0])];
            let [se, sw] =
                [corner(rect.max, r.se, [-1.0, -1.0]), corner(rect.left_bottom(), r.sw, [1.0, -1.0])];
            let line = |letter, points: &[Pos2]| document.path(letter, points);
            let d = [
                line('M', &[nw[0]]),
                line('L', &[ne[0]]),
                line('Q', &[rect.right_top(), ne[1]]),
                line('L', &[se[1]]),
                line('Q', &[rect.max, se[0]]),
                line('L', &[sw[0]]),
                line('Q', &[rect.left_bottom(), sw[1]]),
                line('L', &[nw[1]]),
                line('Q', &[rect.min, nw[0]]),
            ];
            format!("<path d=\"{}Z\"{look}/>", d.concat())
        };
        self.drawing.document.add(&element, of.visual_bounding_rect(), clip);
    }

    /// What is no shape in SVG: a texture, or colours that run into each other.
    fn picture(&mut self, shape: &Shape, clip: Rect) {
        let seen = shape.visual_bounding_rect().intersect(clip);
        // Whole pixels, or its edges would be half transparent.
        let rect = seen.round_to_pixels(self.pixels_per_point);
        if rect.is_positive() {
            let shapes = vec![ClippedShape::new(clip, shape.clone())];
            self.drawing.pieces.push(Piece { shapes, rect, ground: Color32::TRANSPARENT });
            self.drawing.document.picture(rect);
        }
    }
}

/// A stroke of one colour.
fn stroke_of(line: &egui::epaint::PathStroke) -> Option<Stroke> {
    match line.color {
        ColorMode::Solid(color) => Some(Stroke::new(line.width, color)),
        ColorMode::UV(_) => None,
    }
}
