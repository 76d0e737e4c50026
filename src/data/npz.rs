//! NumPy's `.npz` files: a zip archive of `.npy` files, stored or deflated.
//!
//! The directory stands at the end of the archive and says of each entry its name, its sizes and where it begins. Sizes are
//! limited before anything is unpacked. Source: PKWARE, "APPNOTE.TXT, .ZIP file format specification".

use std::io::Read as _;
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::npy::{MAX_BYTES, NpyError, NpyNumbers, file, npy_numbers};
use crate::untrusted::one_line;

/// Signature and length of the record that ends an archive, of an entry of its directory, and of what stands before the data.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
const LISTED: (&[u8], usize) = (b"PK\x01\x02", 46);
const LOCAL: (&[u8], usize) = (b"PK\x03\x04", 30);
/// Most entries that are listed.
const MAX_ENTRIES: usize = 10_000;

/// An array of an archive.
struct Entry {
    /// As numpy gives it: without `.npy`.
    name: String,
    /// 0 for stored, 8 for deflated.
    method: usize,
    /// Checksum of the content.
    crc: usize,
    packed: usize,
    size: usize,
    offset: usize,
}

/// Reads an array of the archive at `path`: the one called `wanted`; without one, the only one there is, or the one called
/// like what it is for, `purpose`.
///
/// # Errors
/// As [`read_npy_numbers`](super::npy::read_npy_numbers), [`NpyError::Format`] also if the archive is damaged, or has not
/// the array.
pub fn read_npz_numbers(
    path: impl AsRef<Path>,
    wanted: Option<&str>,
    purpose: &str,
) -> Result<(Vec<usize>, NpyNumbers), NpyError> {
    let path = path.as_ref();
    let bytes = file(path)?;
    let wrong = |reason: &str| NpyError::Format { reason: one_line(reason), file: path.to_owned() };
    let entries = directory(&bytes).map_err(wrong)?;
    let found = match (wanted, entries.as_slice()) {
        (None, [only]) => Some(only),
        _ => entries.iter().find(|entry| entry.name == wanted.unwrap_or(purpose)),
    };
    let Some(entry) = found else {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        return Err(NpyError::Entry {
            wanted: one_line(wanted.unwrap_or(purpose)),
            names: one_line(&names.join(", ")),
            file: path.to_owned(),
        });
    };
    npy_numbers(&unpacked(&bytes, entry).map_err(wrong)?, path)
}

/// A number of `N` bytes, the least first.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk::<N>()?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

/// The arrays of an archive, in its order.
fn directory(bytes: &[u8]) -> Result<Vec<Entry>, &'static str> {
    // A comment of up to 65,535 bytes may follow.
    let least = bytes.len().saturating_sub(END.1 + usize::from(u16::MAX));
    let end = (least..bytes.len().saturating_sub(END.1 - 1)).rev().find(|&at| bytes[at..].starts_with(END.0));
    let end = end.ok_or("the file does not end like a zip archive")?;
    let cut = "the directory of the archive is damaged";
    let (count, mut at) =
        (number::<2>(bytes, end + 10).ok_or(cut)?, number::<4>(bytes, end + 16).ok_or(cut)?);
    if count > MAX_ENTRIES {
        return Err("the archive has more than 10,000 entries");
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let rest = bytes.get(at..end).filter(|rest| rest.starts_with(LISTED.0)).ok_or(cut)?;
        let field = |at| number::<2>(rest, at).ok_or(cut);
        let long = |at| number::<4>(rest, at).ok_or(cut);
        let (flags, method) = (field(8)?, field(10)?);
        let [crc, packed, size, offset] = [long(16)?, long(20)?, long(24)?, long(42)?];
        let [name_len, more, comment] = [field(28)?, field(30)?, field(32)?];
        let name = rest.get(LISTED.1..LISTED.1 + name_len).ok_or(cut)?;
        let name = String::from_utf8_lossy(name);
        if flags & 1 != 0 {
            return Err("the archive is encrypted");
        }
        if let Some(name) = name.strip_suffix(".npy") {
            entries.push(Entry { name: name.to_owned(), method, crc, packed, size, offset });
        }
        at += LISTED.1 + name_len + more + comment;
    }
    Ok(entries)
}

/// The content of an entry.
fn unpacked(bytes: &[u8], entry: &Entry) -> Result<Vec<u8>, &'static str> {
    let cut = "an entry of the archive is damaged";
    let local = bytes.get(entry.offset..).filter(|rest| rest.starts_with(LOCAL.0)).ok_or(cut)?;
    let [name, more] = [26, 28].map(|at| number::<2>(local, at));
    let start = LOCAL.1 + name.ok_or(cut)? + more.ok_or(cut)?;
    let packed = local.get(start..).and_then(|rest| rest.get(..entry.packed)).ok_or(cut)?;
    if entry.size as u64 > MAX_BYTES {
        return Err("an entry of the archive has more than 1 GiB");
    }
    let mut content = Vec::new();
    match entry.method {
        0 => content.extend(packed),
        8 => {
            // One byte more than it claims shows that it claims too little. Room is made as bytes come, not for what is claimed.
            let mut decoder = DeflateDecoder::new(packed).take(entry.size as u64 + 1);
            decoder.read_to_end(&mut content).map_err(|_| cut)?;
        }
        _ => return Err("an entry of the archive is packed by another method than deflate"),
    }
    let mut crc = Crc::new();
    crc.update(&content);
    if content.len() != entry.size || crc.sum() as usize != entry.crc {
        return Err(cut);
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;
    use crate::data::npy::npy_bytes_of;

    /// An archive as numpy writes it, of arrays that are deflated or not.
    fn archive(arrays: &[(&str, &[i64])], deflated: bool) -> Vec<u8> {
        let (mut bytes, mut listed) = (Vec::new(), Vec::new());
        for (name, values) in arrays {
            let name = format!("{name}.npy");
            let numbers: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            let plain = npy_bytes_of("i8", &[values.len()], &numbers).unwrap();
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&plain).unwrap();
            let packed = if deflated { encoder.finish().unwrap() } else { plain.clone() };
            let mut crc = Crc::new();
            crc.update(&plain);
            let mut about = vec![20, 0, 0, 0, if deflated { 8 } else { 0 }, 0, 0, 0, 0, 0];
            about.extend(crc.sum().to_le_bytes());
            about.extend((packed.len() as u32).to_le_bytes());
            about.extend((plain.len() as u32).to_le_bytes());
            about.extend((name.len() as u16).to_le_bytes());
            let offset = bytes.len() as u32;
            bytes.extend([LOCAL.0, &about, &[0, 0], name.as_bytes(), &packed].concat());
            let rest = [&[0; 12][..], &offset.to_le_bytes()].concat();
            listed.extend([LISTED.0, &[20, 0], &about, &rest, name.as_bytes()].concat());
        }
        let count = (arrays.len() as u16).to_le_bytes();
        let [at, size] = [bytes.len(), listed.len()].map(|n| (n as u32).to_le_bytes());
        bytes.extend([&listed, END.0, &[0; 4], &count, &count, &size, &at, &[0, 0]].concat());
        bytes
    }

    fn read(bytes: &[u8], wanted: Option<&str>, purpose: &str) -> Result<Vec<i64>, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.npz");
        std::fs::write(&file, bytes).unwrap();
        match read_npz_numbers(&file, wanted, purpose) {
            Ok((shape, NpyNumbers::Ints(values))) if shape == [values.len()] => Ok(values),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_only_array_or_the_named_one_is_read() {
        let above = (1 << 53) + 1;
        for deflated in [false, true] {
            let one = archive(&[("arr_0", &[above, -1])], deflated);
            assert_eq!(read(&one, None, "x"), Ok(vec![above, -1]));
            let two = archive(&[("x", &[1]), ("labels", &[2, 3])], deflated);
            assert_eq!(read(&two, None, "x"), Ok(vec![1]));
            assert_eq!(read(&two, Some("labels"), "x"), Ok(vec![2, 3]));
            for (wanted, purpose) in [(Some("y"), "x"), (None, "y")] {
                let error = read(&two, wanted, purpose).unwrap_err();
                assert!(error.contains("no array y") && error.contains("x, labels"), "{error}");
            }
        }
    }

    #[test]
    fn every_cut_is_an_error_and_no_spoiled_byte_gives_other_numbers() {
        let good = archive(&[("x", &[1, 2, 3])], true);
        for len in 0..good.len() {
            assert!(read(&good[..len], None, "x").is_err(), "cut at {len}");
        }
        for at in 0..good.len() {
            for to in [0, 0x7F, 0xFF] {
                let mut bad = good.clone();
                bad[at] = to;
                if let Ok(values) = read(&bad, None, "x") {
                    assert_eq!(values, [1, 2, 3], "{to} at {at}");
                }
            }
        }
        let mut huge = good.clone();
        let size = good.windows(4).rposition(|w| w == LISTED.0).unwrap() + 24;
        huge[size..size + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&huge, None, "x").unwrap_err().contains("more than 1 GiB"));
    }
}
