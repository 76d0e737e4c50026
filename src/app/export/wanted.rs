//! What somebody wants to take away, and what is made of it.

use crate::gpu::GpuError;

/// A picture, a drawing or numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A picture with so many times as many pixels on a side as on screen.
    Png(u32),
    /// Shapes and words.
    Svg,
    /// A table; of a map, its rows and columns.
    Csv,
    /// An array for NumPy; of a map, all of its tensor.
    Npy,
}

impl Kind {
    /// All, as menus have them, with what they are called.
    pub const ALL: [(Self, &str); 4] = [
        (Self::Png(1), "Picture (PNG)"),
        (Self::Svg, "Drawing (SVG)"),
        (Self::Csv, "Numbers (CSV)"),
        (Self::Npy, "Numbers (NPY)"),
    ];

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png(_) => "png",
            Self::Svg => "svg",
            Self::Csv => "csv",
            Self::Npy => "npy",
        }
    }

    /// Whether it is made of numbers, which only a figure has.
    pub fn is_numbers(self) -> bool {
        matches!(self, Self::Csv | Self::Npy)
    }
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The figure of this title; `None` for the page.
    pub figure: Option<String>,
    /// As what.
    pub kind: Kind,
    /// To the clipboard instead of a file; numbers only.
    pub copied: bool,
}

/// Files that were made and are to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The name of the file; of several, that of their folder.
    pub name: String,
    /// What is written, each with its name.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Made {
    /// A single file.
    pub fn file(name: String, bytes: Vec<u8>) -> Self {
        Self { files: vec![(name.clone(), bytes)], name }
    }
}

/// Why something cannot be taken away; one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A title that nothing on the page has.
    #[error("the page {page} has no figure \"{title}\"{hint}; it has {}", list(known))]
    Figure {
        /// The page.
        page: &'static str,
        /// What was asked for.
        title: String,
        /// What was probably meant.
        hint: String,
        /// The titles that there are.
        known: Vec<String>,
    },
    /// Numbers of a whole page.
    #[error("numbers belong to a figure, and the page {page} has {}: name one of them", list(known))]
    Page {
        /// The page.
        page: &'static str,
        /// The titles that there are.
        known: Vec<String>,
    },
    /// A table with names or gaps in it.
    #[error("\"{0}\" is a table with words or gaps and no matrix: save its numbers as CSV")]
    Matrix(String),
    /// The adapter refuses.
    #[error("{0}")]
    Gpu(#[from] GpuError),
}

fn list(titles: &[String]) -> String {
    if titles.is_empty() {
        return "none".to_owned();
    }
    titles.iter().map(|title| format!("\"{title}\"")).collect::<Vec<_>>().join(", ")
}

/// The name of a file of this page and figure, without its ending: `stride-output`.
pub fn file_stem(page: &str, figure: Option<&str>) -> String {
    let mut stem = page.to_owned();
    for word in
        figure.unwrap_or_default().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
    {
        stem.push('-');
        stem.push_str(&word.to_lowercase());
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_by_page_and_figure() {
        assert_eq!(file_stem("stride", None), "stride");
        assert_eq!(file_stem("stride", Some("Output")), "stride-output");
        assert_eq!(file_stem("x", Some("“it” asks: conv 3×3/é")), "x-it-asks-conv-3-3-é");
    }
}
