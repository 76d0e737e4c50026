//! Absurd numbers in the places where formats keep sizes.

/// A variant: what was done, and the content.
pub type Absurd = (String, Vec<u8>);

/// Values that sizes should not have.
const NUMBERS: [u64; 4] = [u64::MAX, 0x7fff_ffff_ffff_ffff, 0, 60_000];

/// `intact` with each of [`NUMBERS`] at each place, of `width` bytes, `big` end first.
pub fn at(intact: &[u8], places: &[(usize, usize, bool)]) -> Vec<Absurd> {
    let mut all = Vec::new();
    for number in NUMBERS {
        for &(place, width, big) in places {
            let mut bytes = intact.to_vec();
            let (little, most) = (number.to_le_bytes(), number.to_be_bytes());
            // The largest numbers keep their leading bits in any width.
            let cut = if number > 1 << 32 { &most[..width] } else { &most[8 - width..] };
            let put = if big {
                cut.to_vec()
            } else if number > 1 << 32 {
                cut.iter().rev().copied().collect()
            } else {
                little[..width].to_vec()
            };
            bytes[place..place + width].copy_from_slice(&put);
            all.push((format!("{put:x?} at {place}"), bytes));
        }
    }
    all
}

/// `intact` with `from` replaced by each of `to`; text formats keep their numbers so.
pub fn replaced(intact: &[u8], from: &str, to: &[&str]) -> Vec<Absurd> {
    let place = find(intact, from.as_bytes());
    let put = |to: &&str| {
        let bytes = [&intact[..place], to.as_bytes(), &intact[place + from.len()..]].concat();
        (format!("{from} became {to}"), bytes)
    };
    to.iter().map(put).collect()
}

/// The place of the first `wanted`.
pub fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|w| w == wanted).unwrap()
}

/// PNG: sides in the first chunk, whose checksum is made anew, and the length of the data.
pub fn png(intact: &[u8]) -> Vec<Absurd> {
    let data = find(intact, b"IDAT") - 4;
    let mut all = at(intact, &[(16, 4, true), (20, 4, true), (data, 4, true)]);
    for (_, bytes) in &mut all {
        let sum = crc32(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&sum);
    }
    all
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |s, _| if s & 1 == 1 { (s >> 1) ^ 0xedb8_8320 } else { s >> 1 })
    })
}

/// JPEG: height and width of the frame and the length of its segment.
pub fn jpeg(intact: &[u8]) -> Vec<Absurd> {
    let frame = find(intact, &[0xff, 0xc0]);
    at(intact, &[(frame + 5, 2, true), (frame + 7, 2, true), (frame + 2, 2, true)])
}

/// GIF: sides of the screen and of the first frame.
pub fn gif(intact: &[u8]) -> Vec<Absurd> {
    let table = if intact[10] & 0x80 != 0 { 3 << ((intact[10] & 7) + 1) } else { 0 };
    let frame = 13 + table + find(&intact[13 + table..], &[0x2c]);
    at(intact, &[(6, 2, false), (8, 2, false), (frame + 5, 2, false), (frame + 7, 2, false)])
}

/// BMP: sides, place of the data, bits a pixel, number of colours.
pub fn bmp(intact: &[u8]) -> Vec<Absurd> {
    at(intact, &[(18, 4, false), (22, 4, false), (10, 4, false), (28, 2, false), (46, 4, false)])
}

/// WebP: the length of the whole and of the first chunk, and the sides.
pub fn webp(intact: &[u8]) -> Vec<Absurd> {
    at(intact, &[(4, 4, false), (16, 4, false), (21, 4, false)])
}

/// Safetensors: the length of the header, and a shape and places in it.
pub fn safetensors(intact: &[u8]) -> Vec<Absurd> {
    let mut all = at(intact, &[(0, 8, false)]);
    all.extend(replaced(intact, "\"shape\":[", &["\"shape\":[4294967296,4294967296,", "\"shape\":[0,"]));
    let offsets = ["\"data_offsets\":[9", "\"data_offsets\":[18446744073709551615,", "\"data_offsets\":[-"];
    all.extend(replaced(intact, "\"data_offsets\":[", &offsets));
    all
}

/// PyTorch's zip: sizes of the first entry, the number of entries and the place of their list; a shape.
pub fn zip(intact: &[u8]) -> Vec<Absurd> {
    let list = find(intact, b"PK\x01\x02");
    let end = find(intact, b"PK\x05\x06");
    let mut all = at(intact, &[(18, 4, false), (list + 20, 4, false), (list + 24, 4, false)]);
    all.extend(at(intact, &[(end + 10, 2, false), (end + 16, 4, false)]));
    all
}

/// PyTorch's stream: how many numbers the last storage has, and the numbers of elements in the pickle.
pub fn stream(intact: &[u8]) -> Vec<Absurd> {
    at(intact, &[(intact.len() - 20, 8, false), (intact.len() - 76, 8, false)])
}

/// NumPy: the length of the header and the shape in it.
pub fn npy(intact: &[u8]) -> Vec<Absurd> {
    let mut all = at(intact, &[(8, 2, false)]);
    let shapes = ["(4294967296, 4294967296, ", "(0, ", "(18446744073709551615, ", "(99999999, ", "(-1, "];
    all.extend(replaced(intact, "(", &shapes));
    all
}

/// Numbers in JSON: each of `keys` gets absurd values.
pub fn json(intact: &[u8], keys: &[&str]) -> Vec<Absurd> {
    let absurd = ["0,\"x\":", "16777216,\"x\":", "18446744073709551615,\"x\":", "-1,\"x\":", "1e308,\"x\":"];
    let mut all = Vec::new();
    for value in absurd {
        for key in keys {
            let from = format!("\"{key}\":");
            all.extend(replaced(intact, &from, &[&format!("{from}{value}")]));
        }
    }
    all
}
