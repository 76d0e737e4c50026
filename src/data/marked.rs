//! Sentences written for Glassbox in which two entities and the word for their relation are marked:
//! `The [dog] <chased> the [cat].`

use std::ops::Range;

/// A sentence without its marks, and where they stood, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The sentence.
    pub text: String,
    /// The two entities.
    pub entities: [Range<usize>; 2],
    /// The word that says how they are related.
    pub relation: Range<usize>,
}

impl Marked {
    /// Reads a sentence with two words in `[]` and one in `<>`.
    pub fn read(line: &str) -> Option<Self> {
        let mut text = String::new();
        let (mut square, mut angle, mut begun) = (Vec::new(), Vec::new(), 0);
        for c in line.chars() {
            match c {
                '[' | '<' => begun = text.len(),
                ']' => square.push(begun..text.len()),
                '>' => angle.push(begun..text.len()),
                _ => text.push(c),
            }
        }
        let entities = square.try_into().ok()?;
        let [relation]: [Range<usize>; 1] = angle.try_into().ok()?;
        Some(Self { text, entities, relation })
    }

    /// All that Glassbox carries.
    pub fn all() -> Vec<Self> {
        let text = String::from_utf8_lossy(crate::asset!("data/marked-sentences.txt"));
        text.lines().filter_map(Self::read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_out_and_every_line_has_them() {
        let read = Marked::read("The [dog] <chased> a [cat].").unwrap();
        assert_eq!(read.text, "The dog chased a cat.");
        let of = |at: &Range<usize>| &read.text[at.clone()];
        assert_eq!([&read.entities[0], &read.entities[1], &read.relation].map(of), ["dog", "cat", "chased"]);
        assert_eq!(Marked::read("A [dog] barks."), None);
        let lines = String::from_utf8_lossy(crate::asset!("data/marked-sentences.txt")).lines().count();
        assert_eq!((Marked::all().len(), lines), (95, 95));
    }
}
