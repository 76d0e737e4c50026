//! NumPy's `.npy` files: written in version 1.0 and C order, read in any version and order.
//!
//! Layout: `\x93NUMPY`, version `1 0`, the header's length as a little-endian `u16` (`u32` from version 2.0 on), the header (a
//! Python dictionary, padded with spaces so that the data start at a multiple of 64 bytes), then
//! the values. Source: NumPy documentation, `numpy.lib.format`.

use std::io;
use std::path::{Path, PathBuf};

use half::f16;
use thiserror::Error;

use crate::files::write_whole;
use crate::gpu::shape_in_words;
use crate::untrusted::{one_line, read};

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy's own limit on the number of axes.
const MAX_AXES: usize = 64;
/// Most bytes of a file that is read.
pub(super) const MAX_BYTES: u64 = 1 << 30;

/// An array as it lies in a file: `values` in C order, as many as the product of `shape`.
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// The length of each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The values, last axis fastest.
    pub values: Vec<f32>,
}

/// The numbers of a file of any type that is read.
#[derive(Clone, Debug, PartialEq)]
pub enum NpyNumbers {
    /// `float32`, `float16`, and `float64` rounded.
    Floats(Vec<f32>),
    /// Integers with sign or without, and `bool` as 0 and 1.
    Ints(Vec<i64>),
}

/// Types by NumPy's names behind the order of their bytes, and the bytes of an element.
const TYPES: &[(&str, usize)] = &[
    ("f2", 2),
    ("f4", 4),
    ("f8", 8),
    ("i1", 1),
    ("i2", 2),
    ("i4", 4),
    ("i8", 8),
    ("u1", 1),
    ("u2", 2),
    ("u4", 4),
    ("u8", 8),
    ("b1", 1),
];

/// Why a `.npy` file could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The number of values is not the product of the shape, or there are more than 64 axes.
    #[error("{values} values do not fill an array of {}: {}", shape_in_words(shape), .file.display())]
    Shape {
        /// Values given or found.
        values: usize,
        /// The shape they should fill.
        shape: Vec<usize>,
        /// The file.
        file: PathBuf,
    },
    /// The file system refused.
    #[error("the file cannot be {} ({source}): {}", .action, .file.display())]
    Io {
        /// `read` or `written`.
        action: &'static str,
        /// What the system says.
        source: io::Error,
        /// The file.
        file: PathBuf,
    },
    /// The bytes are not a `.npy` file that is read here.
    #[error("{reason}; save it with numpy.save: {}", .file.display())]
    Format {
        /// What is wrong, as a clause.
        reason: String,
        /// The file.
        file: PathBuf,
    },
    /// An archive has not the array that is wanted.
    #[error("there is no array {wanted}, choose one as FILE.npz:NAME from {names}: {}", .file.display())]
    Entry {
        /// What was looked for.
        wanted: String,
        /// What there is.
        names: String,
        /// The archive.
        file: PathBuf,
    },
}

/// Writes `values` with `shape` to `path`, replacing what is there.
///
/// # Errors
/// [`NpyError::Shape`] if `values` is not as long as the product of `shape`, [`NpyError::Io`] if the
/// file cannot be written.
pub fn write_npy(path: impl AsRef<Path>, shape: &[usize], values: &[f32]) -> Result<(), NpyError> {
    let path = path.as_ref();
    let bytes = npy_bytes(shape, values).ok_or_else(|| NpyError::Shape {
        values: values.len(),
        shape: shape.to_vec(),
        file: path.to_owned(),
    })?;
    write_whole(path, bytes).map_err(|source| NpyError::Io {
        action: "written",
        source,
        file: path.to_owned(),
    })
}

/// The content of a file with `values` of `shape`; `None` if they do not fill it, or it has too many axes.
#[must_use]
pub fn npy_bytes(shape: &[usize], values: &[f32]) -> Option<Vec<u8>> {
    written("<f4", shape, values.len(), values.iter().flat_map(|v| v.to_le_bytes()))
}

/// The same of little-endian `bytes` in one of the types that are read, by its name (`i8` for `int64`); `None` also if there
/// is no such type.
#[must_use]
pub fn npy_bytes_of(kind: &str, shape: &[usize], bytes: &[u8]) -> Option<Vec<u8>> {
    let &(_, size) = TYPES.iter().find(|row| row.0 == kind)?;
    let descr = format!("{}{kind}", if size == 1 { '|' } else { '<' });
    let whole = bytes.len().is_multiple_of(size);
    whole.then(|| written(&descr, shape, bytes.len() / size, bytes.iter().copied())).flatten()
}

/// A file of `count` numbers of `shape`.
fn written(descr: &str, shape: &[usize], count: usize, values: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    if shape.len() > MAX_AXES || product(shape) != Some(count) {
        return None;
    }
    let axes: String = shape.iter().map(|n| format!("{n},")).collect();
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}").into_bytes();
    let unpadded = MAGIC.len() + 4 + header.len() + 1;
    header.resize(header.len() + unpadded.next_multiple_of(64) - unpadded, b' ');
    header.push(b'\n');
    let header_len =
        u16::try_from(header.len()).expect("64 axes of at most 20 digits need less than 2 KiB of header");

    let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + header.len() + count * 4);
    bytes.extend(MAGIC);
    bytes.extend([1, 0]);
    bytes.extend(header_len.to_le_bytes());
    bytes.extend(header);
    bytes.extend(values);
    Some(bytes)
}

/// Reads a `float32` array from `path`.
///
/// # Errors
/// [`NpyError::Io`] if the file cannot be read, [`NpyError::Format`] if it is no file of little-endian `float32` in C order,
/// [`NpyError::Shape`] if it is shorter or longer than its shape says.
pub fn read_npy(path: impl AsRef<Path>) -> Result<NpyArray, NpyError> {
    let path = path.as_ref();
    let Contents { kind, big, fortran, shape, data } = contents(&file(path)?, path)?;
    let wrong = |reason: String| NpyError::Format { reason, file: path.to_owned() };
    if kind != "f4" || big {
        return Err(wrong(format!(
            "the number type is {}{kind} and only <f4 is read",
            if big { '>' } else { '<' }
        )));
    }
    if fortran {
        return Err(wrong("the array is not in C order".to_owned()));
    }
    let values = data.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    Ok(NpyArray { shape, values })
}

/// Reads an array of floats, integers or booleans from `path`: its shape and its numbers in C order.
///
/// # Errors
/// As [`read_npy`], for numbers of 1 to 8 bytes in either order of bytes and of axes; `uint64` up to the greatest `int64`.
pub fn read_npy_numbers(path: impl AsRef<Path>) -> Result<(Vec<usize>, NpyNumbers), NpyError> {
    let path = path.as_ref();
    npy_numbers(&file(path)?, path)
}

/// The same of the content of a file; `path` names it where something is wrong.
pub(super) fn npy_numbers(bytes: &[u8], path: &Path) -> Result<(Vec<usize>, NpyNumbers), NpyError> {
    let Contents { kind, big, fortran, shape, mut data } = contents(bytes, path)?;
    let size = TYPES.iter().find(|row| row.0 == kind).map_or(1, |row| row.1);
    if big {
        data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    let data = if fortran { in_c_order(&data, &shape, size) } else { data };
    let (b2, b4, b8) = (data.as_chunks().0, data.as_chunks().0, data.as_chunks().0);
    let floats = |values: Vec<f32>| NpyNumbers::Floats(values);
    let numbers = match kind {
        "f2" => floats(b2.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect()),
        "f4" => floats(b4.iter().map(|&b| f32::from_le_bytes(b)).collect()),
        "f8" => floats(b8.iter().map(|&b| f64::from_le_bytes(b) as f32).collect()),
        "i1" => NpyNumbers::Ints(data.iter().map(|&b| b.cast_signed().into()).collect()),
        "i2" => NpyNumbers::Ints(b2.iter().map(|&b| i16::from_le_bytes(b).into()).collect()),
        "i4" => NpyNumbers::Ints(b4.iter().map(|&b| i32::from_le_bytes(b).into()).collect()),
        "i8" => NpyNumbers::Ints(b8.iter().map(|&b| i64::from_le_bytes(b)).collect()),
        "u1" => NpyNumbers::Ints(data.iter().map(|&b| b.into()).collect()),
        "u2" => NpyNumbers::Ints(b2.iter().map(|&b| u16::from_le_bytes(b).into()).collect()),
        "u4" => NpyNumbers::Ints(b4.iter().map(|&b| u32::from_le_bytes(b).into()).collect()),
        "u8" => {
            let all =
                b8.iter().map(|&b| i64::try_from(u64::from_le_bytes(b)).ok()).collect::<Option<Vec<_>>>();
            let reason = || format!("a number is greater than {}", i64::MAX);
            NpyNumbers::Ints(all.ok_or_else(|| NpyError::Format { reason: reason(), file: path.to_owned() })?)
        }
        _ => NpyNumbers::Ints(data.iter().map(|&b| i64::from(b != 0)).collect()),
    };
    Ok((shape, numbers))
}

/// Elements of `size` bytes whose first axis runs fastest, with the last one fastest.
fn in_c_order(data: &[u8], shape: &[usize], size: usize) -> Vec<u8> {
    let mut sorted = Vec::with_capacity(data.len());
    let mut at = vec![0; shape.len()];
    for _ in 0..data.len() / size {
        let place = at.iter().zip(shape).rev().fold(0, |place, (i, n)| place * n + i);
        sorted.extend(&data[place * size..][..size]);
        for (i, n) in at.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < *n {
                break;
            }
            *i = 0;
        }
    }
    sorted
}

/// What a file holds.
struct Contents {
    /// One of [`TYPES`].
    kind: &'static str,
    /// The bytes of an element begin with the greatest.
    big: bool,
    /// The first axis runs fastest.
    fortran: bool,
    shape: Vec<usize>,
    /// As many bytes as the shape needs.
    data: Vec<u8>,
}

/// All of a file.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, NpyError> {
    read(path, MAX_BYTES).map_err(|source| NpyError::Io { action: "read", source, file: path.to_owned() })
}

fn contents(bytes: &[u8], path: &Path) -> Result<Contents, NpyError> {
    let wrong = |reason: String| NpyError::Format { reason: one_line(&reason), file: path.to_owned() };
    let ends = || wrong("the file ends inside its header".to_owned());
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| wrong("the file does not begin like a .npy file".to_owned()))?;
    let (header_len, rest) = match rest {
        [1, 0, low, high, rest @ ..] => (usize::from(u16::from_le_bytes([*low, *high])), rest),
        [2 | 3, 0, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        [1..=3, 0, ..] | [] | [_] => return Err(ends()),
        [major, minor, ..] => {
            return Err(wrong(format!(
                "the .npy version is {major}.{minor} and only 1.0, 2.0 and 3.0 are read"
            )));
        }
    };
    let (header, data) = rest.split_at_checked(header_len).ok_or_else(ends)?;
    let header = String::from_utf8_lossy(header);

    let named = value_of(&header, "descr")
        .and_then(|v| v.split('\'').nth(1))
        .ok_or_else(|| wrong("the header names no number type".to_owned()))?;
    let (order, name) = named.split_at_checked(1).unwrap_or_default();
    let known = TYPES.iter().find(|row| row.0 == name && matches!(order, "<" | ">" | "|" | "="));
    let Some(&(kind, size)) = known else {
        let read: Vec<&str> = TYPES.iter().map(|row| row.0).collect();
        return Err(wrong(format!("the number type is {named} and only {} are read", read.join(", "))));
    };
    let fortran = match value_of(&header, "fortran_order") {
        Some(v) if v.starts_with("False") => false,
        Some(v) if v.starts_with("True") => true,
        _ => return Err(wrong("the header does not tell the order of the axes".to_owned())),
    };
    let shape = value_of(&header, "shape")
        .and_then(parse_shape)
        .filter(|shape| shape.len() <= MAX_AXES)
        .ok_or_else(|| wrong("the header's shape cannot be understood".to_owned()))?;

    if product(&shape).and_then(|count| count.checked_mul(size)) != Some(data.len()) {
        return Err(NpyError::Shape { values: data.len() / size, shape, file: path.to_owned() });
    }
    Ok(Contents { kind, big: order == ">", fortran, shape, data: data.to_vec() })
}

/// The text behind `'key':` in the header's dictionary.
fn value_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    Some(rest.trim_start())
}

/// `(2, 3)`, `(4,)` or `()`.
fn parse_shape(text: &str) -> Option<Vec<usize>> {
    let (inside, _) = text.strip_prefix('(')?.split_once(')')?;
    inside.split(',').map(str::trim).filter(|axis| !axis.is_empty()).map(|axis| axis.parse().ok()).collect()
}

fn product(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn arrays_of_zero_to_four_axes_come_back_as_they_went() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.npy");
        for shape in [&[][..], &[1], &[5], &[2, 3], &[0, 4], &[2, 1, 3, 2]] {
            let count: usize = shape.iter().product();
            let values: Vec<f32> = (0..count).map(|i| i as f32 - 0.5).collect();
            write_npy(&file, shape, &values).unwrap();
            let bytes = fs::read(&file).unwrap();
            assert_eq!((bytes.len() - values.len() * 4) % 64, 0);
            let back = read_npy(&file).unwrap();
            assert_eq!((back.shape.as_slice(), back.values), (shape, values));
        }
    }

    #[test]
    fn other_numbers_are_read_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.npy");
        let above = (1_i64 << 24) + 1;
        for (kind, data, want) in [
            ("<f4", 1.5_f32.to_le_bytes().to_vec(), NpyNumbers::Floats(vec![1.5])),
            ("<f8", (-2.5_f64).to_le_bytes().to_vec(), NpyNumbers::Floats(vec![-2.5])),
            ("<i4", (-7_i32).to_le_bytes().to_vec(), NpyNumbers::Ints(vec![-7])),
            ("<i8", above.to_le_bytes().to_vec(), NpyNumbers::Ints(vec![above])),
            ("|b1", vec![1], NpyNumbers::Ints(vec![1])),
            ("<f2", f16::from_f32(0.5).to_le_bytes().to_vec(), NpyNumbers::Floats(vec![0.5])),
            ("|i1", vec![0xFF], NpyNumbers::Ints(vec![-1])),
            ("|u1", vec![0xFF], NpyNumbers::Ints(vec![255])),
            ("<i2", (-300_i16).to_le_bytes().to_vec(), NpyNumbers::Ints(vec![-300])),
            ("<u2", 65_535_u16.to_le_bytes().to_vec(), NpyNumbers::Ints(vec![65_535])),
            ("<u4", u32::MAX.to_le_bytes().to_vec(), NpyNumbers::Ints(vec![u32::MAX.into()])),
            ("<u8", 7_u64.to_le_bytes().to_vec(), NpyNumbers::Ints(vec![7])),
            (">f4", 1.5_f32.to_be_bytes().to_vec(), NpyNumbers::Floats(vec![1.5])),
            (">i8", above.to_be_bytes().to_vec(), NpyNumbers::Ints(vec![above])),
        ] {
            write_npy(&file, &[1], &[0.0]).unwrap();
            let mut bytes = fs::read(&file).unwrap();
            let at = bytes.windows(3).position(|w| w == b"<f4").unwrap();
            bytes[at..at + 3].copy_from_slice(kind.as_bytes());
            bytes.truncate(bytes.len() - 4);
            bytes.extend(data);
            fs::write(&file, &bytes).unwrap();
            assert_eq!(read_npy_numbers(&file).unwrap(), (vec![1], want), "{kind}");
            bytes.pop();
            fs::write(&file, &bytes).unwrap();
            assert!(matches!(read_npy_numbers(&file), Err(NpyError::Shape { .. })), "{kind}");
        }
    }

    #[test]
    fn other_orders_and_versions_are_read_as_numpy_has_them() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.npy");
        write_npy(&file, &[2, 3], &[0.0, 10.0, 1.0, 11.0, 2.0, 12.0]).unwrap();
        let mut bytes = fs::read(&file).unwrap();
        let at = bytes.windows(5).position(|w| w == b"False").unwrap();
        bytes[at..at + 5].copy_from_slice(b"True ");
        let want = (vec![2, 3], NpyNumbers::Floats(vec![0.0, 1.0, 2.0, 10.0, 11.0, 12.0]));
        fs::write(&file, &bytes).unwrap();
        assert_eq!(read_npy_numbers(&file).unwrap(), want);
        for version in [2, 3] {
            let mut newer = bytes.clone();
            newer[6] = version;
            newer.splice(10..10, [0, 0]);
            fs::write(&file, &newer).unwrap();
            assert_eq!(read_npy_numbers(&file).unwrap(), want, "version {version}");
        }
        bytes[6] = 4;
        fs::write(&file, &bytes).unwrap();
        assert!(read_npy_numbers(&file).unwrap_err().to_string().contains("version is 4.0"));
    }

    #[test]
    fn a_wrong_number_of_values_is_refused_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.npy");
        let error = write_npy(&file, &[2, 2], &[1.0; 3]).unwrap_err();
        assert!(error.to_string().contains("3 values"), "{error}");
        assert!(write_npy(&file, &[usize::MAX, 2], &[]).is_err());
        assert!(!file.exists());
    }

    #[test]
    fn every_cut_of_a_file_and_every_other_kind_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.npy");
        write_npy(&file, &[2, 3], &[1.0; 6]).unwrap();
        let good = fs::read(&file).unwrap();
        for len in 0..good.len() {
            fs::write(&file, &good[..len]).unwrap();
            assert!(read_npy(&file).is_err(), "cut at {len}");
        }
        for (from, to, says) in [
            ("<f4", "<i4", "<i4"),
            ("False", "True ", "C order"),
            ("(2,3,)", "(2,x,)", "shape"),
            ("(2,3,)", "(2,4,)", "6 values"),
        ] {
            let at = good.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
            let mut bad = good.clone();
            bad[at..at + to.len()].copy_from_slice(to.as_bytes());
            fs::write(&file, bad).unwrap();
            let error = read_npy(&file).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(matches!(read_npy(dir.path().join("absent.npy")), Err(NpyError::Io { .. })));
    }
}
