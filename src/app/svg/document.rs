//! An SVG document while it is written: elements, clips, and places for pictures that are painted later.

use std::fmt::Write as _;

use egui::{Color32, Pos2, Rect, Stroke};
use image::RgbaImage;

use super::base64::base64;

/// Points by which what is clipped may reach past its clip unseen.
const SLACK: f32 = 0.5;

/// What is written of a document.
#[derive(Default)]
pub struct Document {
    /// Text before each picture, and behind the last.
    parts: Vec<String>,
    /// Attributes of the pictures.
    pictures: Vec<String>,
    clips: Vec<Rect>,
    origin: Pos2,
}

/// A number with two decimals at most.
pub fn short(number: f32) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text between tags or in an attribute; what XML does not allow is left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    out
}

/// A colour as attributes `name` and `name-opacity`.
pub fn paint(name: &str, color: Color32) -> String {
    let [r, g, b, a] = color.to_srgba_unmultiplied();
    match a {
        0 => format!(" {name}=\"none\""),
        255 => format!(" {name}=\"#{r:02x}{g:02x}{b:02x}\""),
        _ => format!(" {name}=\"#{r:02x}{g:02x}{b:02x}\" {name}-opacity=\"{:.3}\"", f32::from(a) / 255.0),
    }
}

/// A stroke as attributes; nothing for one that is not seen.
pub fn stroke(stroke: Stroke) -> String {
    if stroke.width <= 0.0 || stroke.color == Color32::TRANSPARENT {
        return String::new();
    }
    format!("{} stroke-width=\"{}\"", paint("stroke", stroke.color), short(stroke.width))
}

impl Document {
    /// A document of what lies in `rect`.
    pub fn new(rect: Rect) -> Self {
        Self { parts: vec![String::new()], origin: rect.min, ..Self::default() }
    }

    /// `x` and `y` as they are written.
    pub fn at(&self, point: Pos2) -> [String; 2] {
        let at = point - self.origin;
        [short(at.x), short(at.y)]
    }

    /// Points as they stand in a path.
    pub fn path(&self, letter: char, points: &[Pos2]) -> String {
        points.iter().fold(letter.to_string(), |path, point| path + &self.at(*point).join(" ") + " ")
    }

    /// Adds an element that reaches over `bounds` and is seen in `clip`.
    pub fn add(&mut self, element: &str, bounds: Rect, clip: Rect) {
        let clip = self.clip(bounds, clip);
        let last = self.parts.last_mut().expect("there is always a part");
        last.push_str(&match clip {
            None => format!("{element}\n"),
            Some(id) => format!("<g clip-path=\"url(#c{id})\">{element}</g>\n"),
        });
    }

    /// The clip that cuts something off, if one does.
    fn clip(&mut self, bounds: Rect, clip: Rect) -> Option<usize> {
        if clip.expand(SLACK).contains_rect(bounds) {
            return None;
        }
        let known = self.clips.iter().position(|own| *own == clip);
        Some(known.unwrap_or_else(|| {
            self.clips.push(clip);
            self.clips.len() - 1
        }))
    }

    /// Leaves a place for a picture.
    pub fn picture(&mut self, rect: Rect) {
        let [x, y] = self.at(rect.min);
        let [width, height] = [rect.width(), rect.height()].map(short);
        self.pictures.push(format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""));
        self.parts.push(String::new());
    }

    /// The document with its pictures, in the order of their places.
    pub fn finish(self, title: &str, size: egui::Vec2, pictures: &[RgbaImage]) -> String {
        let [width, height] = [size.x, size.y].map(short);
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<title>{}</title>\n<defs>\n",
            escaped(title)
        );
        for (id, clip) in self.clips.iter().enumerate() {
            let [x, y] = self.at(clip.min);
            let [width, height] = [clip.width(), clip.height()].map(short);
            let _ = writeln!(
                text,
                "<clipPath id=\"c{id}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>"
            );
        }
        text.push_str("</defs>\n");
        for (i, part) in self.parts.iter().enumerate() {
            text.push_str(part);
            if let (Some(place), Some(picture)) = (self.pictures.get(i), pictures.get(i)) {
                let data = base64(&png(picture));
                // Older viewers know only this longer name of the attribute, newer ones both.
                let _ = writeln!(
                    text,
                    "<image {place} preserveAspectRatio=\"none\" xlink:href=\"data:image/png;base64,{data}\"/>"
                );
            }
        }
        text + "</svg>\n"
    }
}

/// A picture as PNG, its colours no longer premultiplied.
fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut plain = picture.clone();
    for pixel in plain.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        pixel.0 = Color32::from_rgba_premultiplied(r, g, b, a).to_srgba_unmultiplied();
    }
    crate::data::png::png(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_text_is_escaped() {
        assert_eq!([1.0, -0.001, 2.5, 10.126].map(short), ["1", "0", "2.5", "10.13"]);
        assert_eq!(escaped("a<b & \"c\"\u{1}\n"), "a&lt;b &amp; &quot;c&quot; ");
        assert_eq!(paint("fill", Color32::TRANSPARENT), " fill=\"none\"");
        assert_eq!(paint("fill", Color32::from_rgb(255, 0, 16)), " fill=\"#ff0010\"");
    }
}
