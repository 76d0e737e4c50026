//! From TeX to signs and strokes with their places, kept from frame to frame.

use std::sync::Arc;

use egui::{Context, Id, Vec2, vec2};
use ratex_layout::{LayoutOptions, layout, to_display_list, validate_layout};
use ratex_types::{DisplayItem, PathCommand};

use super::fill;

/// Longest source that is typeset, in bytes.
const LONGEST: usize = 4000;
/// Least thickness of a stroke in em.
const THIN: f64 = 0.04;

/// A formula with its places in em, from the left end of its baseline; y goes down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typeset {
    /// Width in em.
    pub width: f32,
    /// Height above the baseline in em.
    pub height: f32,
    /// Depth below the baseline in em.
    pub depth: f32,
    pub(super) glyphs: Vec<Glyph>,
    /// Corners of filled triangles.
    pub(super) triangles: Vec<[Vec2; 3]>,
    /// Filled rectangles: left top corner and size.
    pub(super) rules: Vec<(Vec2, Vec2)>,
    /// Lines that are stroked.
    pub(super) strokes: Vec<Vec<Vec2>>,
}

/// A letter at its place on its own baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Glyph {
    pub(super) at: Vec2,
    pub(super) scale: f32,
    pub(super) font: String,
    pub(super) letter: char,
}

/// Typesets `tex` once and keeps it. Err: a sentence that says what is wrong with it.
pub fn typeset(ctx: &Context, tex: &str) -> Arc<Result<Typeset, String>> {
    let id = Id::unique(("formula", tex));
    if let Some(kept) = ctx.data(|d| d.get_temp(id)) {
        return kept;
    }
    let made = Arc::new(make(tex));
    ctx.data_mut(|d| d.insert_temp(id, made.clone()));
    made
}

/// Typesets `tex`.
pub fn make(tex: &str) -> Result<Typeset, String> {
    if tex.len() > LONGEST {
        return Err(format!("the formula has {} bytes, more than {LONGEST}: split it", tex.len()));
    }
    let nodes = ratex_parser::parse(tex).map_err(|e| e.to_string())?;
    let boxed = layout(&nodes, &LayoutOptions::default());
    validate_layout(&boxed)?;
    let list = to_display_list(&boxed);
    // The list has its origin at the left top corner.
    let baseline = list.height;
    let mut made = Typeset {
        width: list.width as f32,
        height: list.height as f32,
        depth: list.depth as f32,
        ..Typeset::default()
    };
    let place = |x: f64, y: f64| vec2(x as f32, (y - baseline) as f32);
    for item in list.items {
        match item {
            DisplayItem::GlyphPath { x, y, scale, font, char_code, .. } => {
                let letter = char::from_u32(char_code).unwrap_or(char::REPLACEMENT_CHARACTER);
                made.glyphs.push(Glyph { at: place(x, y), scale: scale as f32, font, letter });
            }
            DisplayItem::Line { x, y, width, thickness, .. } => {
                let size = vec2(width as f32, thickness.max(THIN) as f32);
                made.rules.push((place(x, y) - vec2(0.0, size.y / 2.0), size));
            }
            DisplayItem::Rect { x, y, width, height, .. } => {
                made.rules.push((place(x, y), vec2(width as f32, height as f32)));
            }
            DisplayItem::Path { x, y, commands, fill, .. } => {
                for outline in outlines(&commands, place(x, y)) {
                    if fill {
                        made.triangles.extend(fill::triangles(&outline));
                    } else {
                        made.strokes.push(outline);
                    }
                }
            }
        }
    }
    Ok(made)
}

/// The lines of a path, its bends as short straight pieces.
fn outlines(commands: &[PathCommand], origin: Vec2) -> Vec<Vec<Vec2>> {
    const PIECES: u32 = 8;
    let mut all: Vec<Vec<Vec2>> = Vec::new();
    let mut line: Vec<Vec2> = Vec::new();
    let place = |x: f64, y: f64| origin + vec2(x as f32, y as f32);
    for command in commands {
        let from = line.last().copied().unwrap_or(origin);
        match *command {
            PathCommand::MoveTo { x, y } => {
                all.push(std::mem::take(&mut line));
                line.push(place(x, y));
            }
            PathCommand::LineTo { x, y } => line.push(place(x, y)),
            PathCommand::QuadTo { x1, y1, x, y } => {
                let (a, b) = (place(x1, y1), place(x, y));
                line.extend((1..=PIECES).map(|i| {
                    let t = i as f32 / PIECES as f32;
                    (from * (1.0 - t) + a * t) * (1.0 - t) + (a * (1.0 - t) + b * t) * t
                }));
            }
            PathCommand::CubicTo { x1, y1, x2, y2, x, y } => {
                let (a, b, c) = (place(x1, y1), place(x2, y2), place(x, y));
                line.extend((1..=PIECES).map(|i| {
                    let t = i as f32 / PIECES as f32;
                    let s = 1.0 - t;
                    from * (s * s * s) + a * (3.0 * s * s * t) + b * (3.0 * s * t * t) + c * (t * t * t)
                }));
            }
            PathCommand::Close => {
                if let Some(first) = line.first().copied() {
                    line.push(first);
                }
                all.push(std::mem::take(&mut line));
            }
        }
    }
    all.push(line);
    all.retain(|line| line.len() > 1);
    all
}
