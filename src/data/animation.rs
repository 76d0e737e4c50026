//! Counts the frames of an animated picture without decoding them.
//!
//! The `image` decoders give the first frame and do not say how many follow. Decoding all of them
//! to find out would cost a picture's worth of work per frame, so the counts are read from the
//! container instead: GIF89a image descriptors, the APNG `acTL` chunk, WebP `ANMF` chunks.

use image::ImageFormat;

/// The number of frames in `bytes`; 1 for formats that do not move. A file cut short gives the
/// frames found up to the cut.
pub(super) fn frame_count(format: ImageFormat, bytes: &[u8]) -> usize {
    let count = match format {
        ImageFormat::Gif => gif_frames(bytes),
        ImageFormat::Png => png_frames(bytes),
        ImageFormat::WebP => webp_frames(bytes),
        _ => 1,
    };
    count.max(1)
}

fn gif_frames(bytes: &[u8]) -> usize {
    const EXTENSION: u8 = 0x21;
    const IMAGE: u8 = 0x2C;
    let mut count = 0;
    let mut at = 13 + color_table_len(bytes.get(10));
    loop {
        match bytes.get(at) {
            Some(&EXTENSION) => at = after_sub_blocks(bytes, at + 2),
            Some(&IMAGE) => {
                count += 1;
                // The descriptor is 10 bytes long with its tag, its flags are the last of them;
                // one byte of LZW code size stands before the sub-blocks.
                let table = color_table_len(bytes.get(at + 9));
                at = after_sub_blocks(bytes, at + 10 + table + 1);
            }
            _ => return count,
        }
    }
}

/// Bytes of the colour table that a GIF flags byte announces.
fn color_table_len(flags: Option<&u8>) -> usize {
    match flags {
        Some(flags) if flags & 0x80 != 0 => 3 << ((flags & 0x07) + 1),
        _ => 0,
    }
}

/// The position behind a run of GIF sub-blocks: a length byte and that many bytes, until length 0.
fn after_sub_blocks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&len) = bytes.get(at) {
        at += 1 + usize::from(len);
        if len == 0 {
            break;
        }
    }
    at
}

fn png_frames(bytes: &[u8]) -> usize {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let [a, b, c, d, kind @ ..] = rest {
        let len = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if kind.starts_with(b"acTL") {
            return match kind.get(4..8) {
                Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]) as usize,
                _ => 1,
            };
        }
        // The standard puts `acTL` before the pixels.
        if kind.starts_with(b"IDAT") {
            return 1;
        }
        // Length, kind, data, checksum.
        rest = rest.get(len.saturating_add(12)..).unwrap_or_default();
    }
    1
}

fn webp_frames(bytes: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let [k0, k1, k2, k3, a, b, c, d, ..] = rest {
        if [*k0, *k1, *k2, *k3] == *b"ANMF" {
            count += 1;
        }
        let len = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        // Chunks are padded to even lengths.
        let step = len.saturating_add(len % 2).saturating_add(8);
        rest = rest.get(step..).unwrap_or_default();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apng_and_webp_frames_are_counted_from_their_chunks() {
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.extend(8_u32.to_be_bytes());
        png.extend(b"acTL");
        png.extend(7_u32.to_be_bytes());
        png.extend([0; 8]);
        assert_eq!(frame_count(ImageFormat::Png, &png), 7);

        let mut webp = b"RIFF\0\0\0\0WEBP".to_vec();
        for _ in 0..3 {
            webp.extend(b"ANMF\x01\0\0\0x\0");
        }
        assert_eq!(frame_count(ImageFormat::WebP, &webp), 3);
    }

    #[test]
    fn no_cut_of_a_file_panics_or_counts_zero() {
        let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
        assert_eq!(frame_count(ImageFormat::Gif, gif), 1);
        for len in 0..gif.len() {
            for format in [ImageFormat::Gif, ImageFormat::Png, ImageFormat::WebP] {
                assert_eq!(frame_count(format, &gif[..len]), 1);
            }
        }
    }
}
