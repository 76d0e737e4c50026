//! A short text as characters: five sonnets by William Shakespeare (1609).

use crate::gpu::Data;

const SONNETS: &str = include_str!("../../assets/data/sonnets.txt");

/// A text as numbers, one a character.
#[derive(Clone, Debug, PartialEq)]
pub struct Characters {
    /// The characters that occur, in order.
    pub alphabet: Vec<char>,
    /// Their places in the alphabet, in the order of the text.
    pub ids: Vec<u32>,
}

impl Characters {
    /// The characters of a text.
    pub fn new(text: &str) -> Self {
        let mut alphabet: Vec<char> = text.chars().collect();
        alphabet.sort_unstable();
        alphabet.dedup();
        let id = |c| alphabet.binary_search(&c).map_or(0, |i| i as u32);
        let ids = text.chars().map(id).collect();
        Self { alphabet, ids }
    }

    /// The sonnets.
    pub fn sonnets() -> Self {
        Self::new(SONNETS)
    }

    /// The text of ids; unknown ones are left out.
    pub fn text(&self, ids: &[u32]) -> String {
        ids.iter().filter_map(|&i| self.alphabet.get(i as usize)).collect()
    }

    /// The ids, for the GPU.
    pub fn words(&self) -> Data {
        self.ids.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_back() {
        let sonnets = Characters::sonnets();
        assert!(sonnets.ids.len() > 3000 && sonnets.alphabet.len() < 64);
        assert_eq!(sonnets.text(&sonnets.ids), SONNETS);
    }
}
