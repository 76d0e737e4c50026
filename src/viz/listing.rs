//! A listing: WGSL or Python with coloured syntax and numbered lines.

use egui::text::LayoutJob;
use egui::{Label, ScrollArea, TextFormat, TextStyle, Ui, vec2};

use super::theme::{self, Colors};

/// What a listing is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Shaders.
    Wgsl,
    /// What the code tab shows.
    Python,
}

impl Language {
    fn comment(self) -> &'static str {
        match self {
            Self::Wgsl => "//",
            Self::Python => "#",
        }
    }

    fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Wgsl => &[
                "alias",
                "break",
                "case",
                "const",
                "continue",
                "continuing",
                "default",
                "discard",
                "else",
                "enable",
                "false",
                "fn",
                "for",
                "if",
                "let",
                "loop",
                "override",
                "return",
                "struct",
                "switch",
                "true",
                "var",
                "while",
            ],
            Self::Python => &[
                "False", "None", "True", "and", "as", "assert", "break", "class", "continue", "def", "del",
                "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
                "lambda", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
            ],
        }
    }

    fn types(self) -> &'static [&'static str] {
        match self {
            Self::Wgsl => &[
                "array", "atomic", "bool", "f16", "f32", "i32", "mat2x2", "mat3x3", "mat4x4", "u32", "vec2",
                "vec2f", "vec2u", "vec3", "vec3f", "vec3u", "vec4", "vec4f", "vec4u",
            ],
            Self::Python => &["bool", "dict", "float", "int", "list", "str", "tuple"],
        }
    }
}

/// What a piece of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Comment,
    /// Keywords, attributes, decorators.
    Keyword,
    /// Types, and what is called.
    Name,
    Number,
    Text,
}

/// Length in bytes of the piece that `rest` begins with, and what it is. Never 0 for text that is not empty.
fn piece(rest: &str, language: Language) -> (usize, Kind) {
    let until =
        |from: usize, end: fn(char) -> bool| rest[from..].find(end).map_or(rest.len(), |at| from + at);
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let first = rest.chars().next().unwrap_or(' ');
    if rest.starts_with(language.comment()) {
        return (until(0, |c| c == '\n'), Kind::Comment);
    }
    if first == '@' {
        return (until(1, |c| !(c.is_alphanumeric() || c == '_')).max(1), Kind::Keyword);
    }
    if matches!(first, '"' | '\'') && language == Language::Python {
        let triple: String = std::iter::repeat_n(first, 3).collect();
        let quote = if rest.starts_with(&triple) { triple } else { first.to_string() };
        let end = rest[quote.len()..].find(&quote).map_or(rest.len(), |at| at + 2 * quote.len());
        return (end, Kind::Text);
    }
    if first.is_ascii_digit() {
        let mut end = until(0, |c| !(c.is_alphanumeric() || c == '.'));
        // The sign of an exponent.
        if rest[..end].ends_with(['e', 'E']) && !rest.starts_with("0x") && rest[end..].starts_with(['+', '-'])
        {
            end = until(end + 1, |c| !c.is_ascii_digit());
        }
        return (end, Kind::Number);
    }
    if word(first) {
        let end = until(0, |c| !(c.is_alphanumeric() || c == '_'));
        let name = &rest[..end];
        let kind = if language.keywords().contains(&name) {
            Kind::Keyword
        } else if language.types().contains(&name) || rest[end..].starts_with('(') {
            Kind::Name
        } else {
            Kind::Plain
        };
        return (end, kind);
    }
    (first.len_utf8(), Kind::Plain)
}

/// The pieces of a text, which together are the text.
fn pieces(text: &str, language: Language) -> impl Iterator<Item = (&str, Kind)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (end, kind) = (!rest.is_empty()).then(|| piece(rest, language))?;
        let (own, after) = rest.split_at(end);
        rest = after;
        Some((own, kind))
    })
}

/// The text in colours.
fn coloured(ui: &Ui, text: &str, language: Language) -> LayoutJob {
    let c: &Colors = theme::of(ui);
    let font = TextStyle::Monospace.resolve(ui.style());
    let mut job = LayoutJob::default();
    for (own, kind) in pieces(text, language) {
        let ink = match kind {
            Kind::Plain => c.text,
            Kind::Comment => c.faint,
            Kind::Keyword => c.blue,
            Kind::Name => c.code_name,
            Kind::Number => c.code_number,
            Kind::Text => c.code_text,
        };
        job.append(own, 0.0, TextFormat::simple(font.clone(), ink));
    }
    job
}

/// Draws a text into the room that is left: it scrolls, and can be selected without the numbers of its lines.
pub fn listing(ui: &mut Ui, text: &str, language: Language) {
    let text = text.trim_end();
    let font = TextStyle::Monospace.resolve(ui.style());
    let lines = text.lines().count();
    let digits = lines.to_string().len();
    let numbers: Vec<String> = (1..=lines).map(|line| format!("{line:>digits$}")).collect();
    let numbers =
        LayoutJob::simple(numbers.join("\n"), font, theme::of(ui).faint.gamma_multiply(0.7), f32::INFINITY);
    let job = coloured(ui, text, language);
    ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(14.0, 0.0);
            ui.add(Label::new(numbers).extend().selectable(false));
            ui.add(Label::new(job).extend().selectable(true));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, language: Language) -> Vec<(&str, Kind)> {
        pieces(text, language).filter(|(own, _)| !own.trim().is_empty()).collect()
    }

    #[test]
    fn code_is_cut_into_what_it_is() {
        let wgsl = kinds("@compute fn main(i: u32) { let x = 1.5e-3f; } // end", Language::Wgsl);
        let of = |own: &str| wgsl.iter().find(|(text, _)| *text == own).map(|(_, kind)| *kind);
        assert_eq!(of("@compute"), Some(Kind::Keyword));
        assert_eq!(of("fn"), Some(Kind::Keyword));
        assert_eq!((of("main"), of("u32")), (Some(Kind::Name), Some(Kind::Name)));
        assert_eq!(of("x"), Some(Kind::Plain));
        assert_eq!(wgsl.last(), Some(&("// end", Kind::Comment)));
        let python = kinds("x = \"a # b\"  # c\ny = f('''d\ne''')", Language::Python);
        for piece in
            [("\"a # b\"", Kind::Text), ("# c", Kind::Comment), ("f", Kind::Name), ("'''d\ne'''", Kind::Text)]
        {
            assert!(python.contains(&piece), "{python:?}");
        }
    }

    #[test]
    fn nothing_is_lost_of_any_code() {
        let shaders = crate::ops::KERNELS.iter().flat_map(|kernel| kernel.variants());
        let shaders = shaders.map(|variant| (variant.shader.text().into_owned(), Language::Wgsl));
        let odd = ["'", "\"\"\"ü", "@", "1e+", "é # 🐈", "x = f\"{y:.2f}\"\n"];
        let odd = odd.map(|text| (text.to_owned(), Language::Python));
        let texts: Vec<(String, Language)> = shaders.chain(odd).collect();
        for (text, language) in texts {
            assert_eq!(pieces(&text, language).map(|(own, _)| own).collect::<String>(), text);
        }
    }
}
