//! Whether a JPEG file is whole. The decoder fills what is missing with grey and says nothing.
//!
//! Segments are a marker (`ff` and another byte) and a length; a scan's entropy-coded data follow its
//! header and end at the next marker that is neither a restart nor a stuffed `ff 00`. Source: ITU-T T.81,
//! Annex B.

/// Start of image, and end of image.
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
/// Start of scan.
const SOS: u8 = 0xda;

/// Whether the end marker stands where the segments lead. What follows it does not matter.
pub fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 0;
    loop {
        // Any number of `ff` may fill up before a marker.
        let Some(marker) = bytes.get(at..).and_then(|rest| match rest.first()? {
            0xff => rest.iter().position(|&b| b != 0xff),
            _ => None,
        }) else {
            return false;
        };
        at += marker + 1;
        match bytes[at - 1] {
            EOI => return true,
            SOI | 0x01 | 0xd0..=0xd7 => {}
            kind => {
                let Some(length) = bytes.get(at..at + 2) else { return false };
                at += usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                if kind == SOS {
                    let data = bytes.get(at..).unwrap_or_default();
                    let is_end = |w: &[u8]| w[0] == 0xff && !matches!(w[1], 0 | 0xff | 0xd0..=0xd7);
                    let Some(length) = data.windows(2).position(is_end) else { return false };
                    at += length;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_is_found_and_what_follows_the_end_is_not_looked_at() {
        let photo = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([(x * 6) as u8, (y * 8) as u8, 200]));
        let mut file = std::io::Cursor::new(Vec::new());
        photo.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
        let mut bytes = file.into_inner();
        assert!(is_whole(&bytes));
        assert!((0..bytes.len()).all(|len| !is_whole(&bytes[..len])));
        bytes.extend(b"appended");
        assert!(is_whole(&bytes));
        // Filling before a marker, restarts and stuffed bytes in the data.
        assert!(is_whole(&[0xff, 0xd8, 0xff, 0xff, 0xda, 0, 2, 7, 0xff, 0, 0xff, 0xd3, 9, 0xff, 0xff, 0xd9]));
        assert!(!is_whole(&[0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 0xff, 0xd9]));
    }
}
