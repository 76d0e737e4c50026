//! Letters that the shipped fonts lack: from the system's fonts, and where these lack them too, as their code points.
//!
//! Nothing is looked for before a text needs such a letter.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use egui::{FallbackRequest, FontData, FontInsert, FontProvider, GlyphRasterizer};
use fontdb::{Database, FaceInfo, ID, Style};
use ttf_parser::{Face, OutlineBuilder};

use super::code_points;

/// What this machine has; shared by all contexts, since reading it takes a while.
static INSTALLED: OnceLock<Database> = OnceLock::new();

/// Lets texts of `ctx` be written in the system's fonts where the shipped ones lack a letter.
pub fn use_system_fonts(ctx: &egui::Context) {
    let installed = || {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        fonts
    };
    over(ctx, move || INSTALLED.get_or_init(installed));
}

/// The same with other fonts.
fn over(ctx: &egui::Context, fonts: impl Fn() -> &'static Database + Send + Sync + 'static) {
    ctx.add_font_provider(Arc::new(SystemFonts { fonts: Box::new(fonts), taken: Mutex::default() }));
    ctx.add_glyph_rasterizer(GlyphRasterizer::new("glassbox::code_points", |request| {
        code_points::drawn(request.cluster, request.font_size_px)
    }));
}

/// Finds fonts by the letters that they have.
struct SystemFonts {
    fonts: Box<dyn Fn() -> &'static Database + Send + Sync>,
    /// Those that were needed already, first to be asked.
    taken: Mutex<Vec<(ID, FontData)>>,
}

impl FontProvider for SystemFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let letter = request.cluster.chars().next()?;
        let fonts = (self.fonts)();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let known = taken.iter().find(|(id, _)| draws(fonts, *id, letter)).cloned();
        let (id, data) = match known {
            Some(known) => known,
            None => {
                let id = best(fonts, letter)?;
                let data = fonts.with_face_data(id, |bytes, index| FontData {
                    index,
                    ..FontData::from_owned(bytes.to_vec())
                })?;
                taken.push((id, data.clone()));
                (id, data)
            }
        };
        let name = format!("{} of the system, {id}", fonts.face(id)?.post_script_name);
        Some(FontInsert { name, data, families: Vec::new() })
    }
}

/// The plainest font that draws a letter: upright, of regular weight, without serifs.
fn best(fonts: &Database, letter: char) -> Option<ID> {
    let rank = |face: &&FaceInfo| {
        let name = face.families.first().map_or("", |(name, _)| name.as_str());
        let is_plain = name.contains("Sans") || name.contains("Gothic") || name.contains("Hei");
        // Some slanted fonts say so in their name alone.
        let is_slanted = face.style != Style::Normal || face.post_script_name.contains("Italic");
        (is_slanted, face.monospaced, face.weight.0.abs_diff(400), !is_plain)
    };
    let mut faces: Vec<&FaceInfo> = fonts.faces().collect();
    faces.sort_by_key(rank);
    faces.into_iter().map(|face| face.id).find(|id| draws(fonts, *id, letter))
}

/// Whether a font has an outline for a letter. Pictures, such as those of coloured emoji, are not drawn.
fn draws(fonts: &Database, id: ID, letter: char) -> bool {
    let found = fonts.with_face_data(id, |bytes, index| {
        let face = Face::parse(bytes, index).ok()?;
        let glyph = face.glyph_index(letter)?;
        Some(letter.is_whitespace() || face.outline_glyph(glyph, &mut Nowhere).is_some())
    });
    found.flatten() == Some(true)
}

/// Takes an outline and forgets it.
struct Nowhere;

impl OutlineBuilder for Nowhere {
    fn move_to(&mut self, _: f32, _: f32) {}
    fn line_to(&mut self, _: f32, _: f32) {}
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {}
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {}
    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use egui::{Color32, FontFamily, FontId};

    use super::super::theme;
    use super::*;

    /// What a text looks like with some fonts beside the shipped ones: its width, and what stands for its letters.
    fn written(text: &str, fonts: Option<&'static Database>) -> (f32, usize) {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        if let Some(fonts) = fonts {
            over(&ctx, move || fonts);
        }
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        ctx.fonts_mut(|f| {
            let font = FontId::new(14.0, FontFamily::Proportional);
            let width = f.layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x;
            (width, f.discovered_fonts().len())
        })
    }

    fn database(files: &[&'static [u8]]) -> &'static Database {
        let mut fonts = Database::new();
        files.iter().for_each(|bytes| fonts.load_font_data(bytes.to_vec()));
        Box::leak(Box::new(fonts))
    }

    #[test]
    fn letters_that_are_lacking_come_from_other_fonts_and_else_are_code_points() {
        // A mathematical letter, which the fonts of formulas have; egui uses them for formulas alone.
        const LETTER: &str = "⋉";
        let formulas = database(&[include_bytes!("../../assets/fonts/katex/AMS-Regular.ttf")]);
        let (boxed, none) = written(LETTER, None);
        let (found, one) = written(LETTER, Some(formulas));
        let (spelled, nothing) = written(LETTER, Some(database(&[])));
        assert_eq!([none, one, nothing], [0, 1, 0]);
        assert!(found != boxed && spelled > 2.0 * boxed, "{boxed} {found} {spelled}");
        // What the shipped fonts have asks for nothing.
        assert_eq!(written("cat", Some(formulas)), written("cat", None));
    }

    #[test]
    fn a_plain_font_is_taken_before_others() {
        let fonts = database(&[
            include_bytes!("../../assets/fonts/katex/Main-Italic.ttf"),
            include_bytes!("../../assets/fonts/katex/Main-Bold.ttf"),
            include_bytes!("../../assets/fonts/katex/Main-Regular.ttf"),
        ]);
        let face = fonts.face(best(fonts, 'a').unwrap()).unwrap();
        assert_eq!(face.post_script_name, "KaTeX_Main-Regular");
        assert_eq!(best(fonts, '你'), None);
        assert_eq!(best(database(&[]), 'a'), None);
    }
}
