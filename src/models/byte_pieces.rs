//! Pieces of byte-level BPE as text: their tokenizers write each byte of UTF-8 as one printable character.
//!
//! Radford et al., "Language models are unsupervised multitask learners", 2019 (the code of GPT-2).

/// What stands for a space in such a piece, and stays: it marks the beginning of a word.
const SPACE: char = 'Ġ';

/// The bytes that are no printable characters of Latin-1 come one after the other from here.
const OTHERS: u32 = 256;

/// The text that a piece stands for, a space in front as `Ġ`. A piece that ends within a character is its bytes:
/// `<E4 BD>`.
pub fn shown(piece: &str) -> String {
    let Some(bytes) = piece.chars().map(byte).collect::<Option<Vec<u8>>>() else { return piece.to_owned() };
    match String::from_utf8(bytes) {
        Ok(text) => text.replace(' ', &SPACE.to_string()).replace('\n', "Ċ"),
        Err(broken) => {
            let bytes: Vec<String> = broken.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
            format!("<{}>", bytes.join(" "))
        }
    }
}

/// The byte that a character stands for.
fn byte(written: char) -> Option<u8> {
    let is_itself = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if let Some(own) = u8::try_from(u32::from(written)).ok().filter(|&byte| is_itself(byte)) {
        return Some(own);
    }
    let place = u32::from(written).checked_sub(OTHERS)? as usize;
    (0..=u8::MAX).filter(|&byte| !is_itself(byte)).nth(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_text_that_they_stand_for() {
        for (piece, text) in [
            ("cat", "cat"),
            ("Ġcat", "Ġcat"),
            ("Ċ", "Ċ"),
            ("Ã©", "é"),
            ("ä½łå¥½", "你好"),
            ("Ġä½", "<20 E4 BD>"),
            ("<s>", "<s>"),
            ("你", "你"),
        ] {
            assert_eq!(shown(piece), text, "{piece}");
        }
        // Each byte has a character, and none has two.
        let all: std::collections::BTreeSet<u8> = ('\0'..'\u{144}').filter_map(byte).collect();
        assert_eq!(all.len(), 256);
        assert_eq!(byte('\u{144}'), None);
    }
}
