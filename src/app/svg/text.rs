//! Words as `<text>`, in the fonts of the program where the viewer has them.

use egui::epaint::TextShape;
use egui::text::TextFormat;
use egui::{Color32, Pos2};

use super::document::{Document, escaped, paint, short};
use crate::viz::css_font;

/// Letters of one row and one format.
struct Run {
    text: String,
    format: TextFormat,
    /// Begin of the base line, and width, in points from the galley's place.
    from: Pos2,
    width: f32,
}

/// One element for each run of letters that look alike.
pub fn elements(document: &Document, shape: &TextShape) -> Vec<String> {
    let [x, y] = document.at(shape.pos);
    let turned = match shape.angle {
        0.0 => String::new(),
        angle => format!(" transform=\"rotate({} {x} {y})\"", short(angle.to_degrees())),
    };
    runs(shape).into_iter().filter_map(|run| element(document, shape, &run, &turned)).collect()
}

fn element(document: &Document, shape: &TextShape, run: &Run, turned: &str) -> Option<String> {
    let color = match shape.override_text_color {
        Some(color) => color,
        None if run.format.color == Color32::PLACEHOLDER => shape.fallback_color,
        None => run.format.color,
    };
    let color = color.gamma_multiply(shape.opacity_factor);
    let text = run.text.trim_end();
    if text.trim().is_empty() || color.a() == 0 {
        return None;
    }
    let [x, y] = document.at(shape.pos + run.from.to_vec2());
    let font = css_font(&run.format.font_id.family);
    let slant = if font.italic || run.format.italics { " font-style=\"italic\"" } else { "" };
    let under = [run.format.underline, shape.underline].iter().any(|line| line.width > 0.0);
    let under = if under { " text-decoration=\"underline\"" } else { "" };
    // Fonts that stand in for these are set as wide.
    let wide = match text.chars().nth(1) {
        Some(_) if run.width > 0.0 => {
            format!(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", short(run.width))
        }
        _ => String::new(),
    };
    Some(format!(
        "<text x=\"{x}\" y=\"{y}\" font-family=\"{}\" font-size=\"{}\" font-weight=\"{}\"{slant}{under}{}{wide}{turned} \
         xml:space=\"preserve\">{}</text>",
        font.family,
        short(run.format.font_id.size),
        font.weight,
        paint("fill", color),
        escaped(text)
    ))
}

/// The rows of a text, cut where its format changes.
fn runs(shape: &TextShape) -> Vec<Run> {
    let job = &shape.galley.job;
    let starts: Vec<usize> = job.text.char_indices().map(|(at, _)| at).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut count = 0;
    for row in &shape.galley.rows {
        let mut last = None;
        for glyph in &row.glyphs {
            // Of the dots that stand for what was cut off, the last format.
            let byte = starts.get(count).or(starts.last()).copied().unwrap_or(0);
            count += 1;
            let section = job.sections.iter().position(|s| {
                let range = &s.byte_range;
                (range.start.0..range.end.0).contains(&byte)
            });
            let Some(section) = section.or(last) else { continue };
            let from = row.pos + glyph.pos.to_vec2();
            let end = from.x + glyph.advance_width;
            match runs.last_mut().filter(|_| last == Some(section)) {
                Some(run) => {
                    run.text.push(glyph.chr);
                    // Spaces behind the last letter are not written.
                    if !glyph.chr.is_whitespace() {
                        run.width = end - run.from.x;
                    }
                }
                None => runs.push(Run {
                    text: glyph.chr.to_string(),
                    format: job.sections[section].format.clone(),
                    from,
                    width: glyph.advance_width,
                }),
            }
            last = Some(section);
        }
        count += usize::from(row.ends_with_newline);
    }
    runs
}
