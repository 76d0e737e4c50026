//! Formulas: TeX, typeset by ratex, drawn with the fonts of KaTeX.

mod draw;
mod fill;
mod spoken;
mod typeset;

pub use draw::{displayed, formula, formula_at, paint};
pub use spoken::spoken;
pub use typeset::{Typeset, typeset};
