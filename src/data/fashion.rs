//! Fashion-MNIST: 28x28 grey pictures of ten kinds of clothes (Xiao, Rasul and Vollgraf 2017).
//!
//! Glassbox carries the first 10,000 training and the first 2,000 test pictures in one PNG, a hundred a
//! row, and their labels beside it. The full set of 70,000 is read from the four published files where
//! the user points at their folder.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::OnceLock;

use flate2::read::GzDecoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageFormat, ImageReader};

use crate::gpu::Data;

/// Side of a picture in pixels.
pub const SIDE: usize = 28;
/// Pixels of a picture.
pub const PIXELS: usize = SIDE * SIDE;
/// Pictures carried: training, test.
pub const CARRIED: [usize; 2] = [10_000, 2_000];
/// Pictures in a row of the sheet.
const ACROSS: usize = 100;

/// What the labels mean.
pub const CLASSES: [&str; 10] =
    ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

/// Labelled pictures.
#[derive(Clone, Debug)]
pub struct Images {
    /// How many.
    pub n: usize,
    /// A byte a pixel, row by row, four in a word, lowest first.
    pub pixels: Data,
    /// A class each, 0 to 9.
    pub labels: Data,
}

/// Why the published files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FashionError {
    /// A file is missing or the system refuses it.
    #[error("{0}: the folder needs the four published .gz files ({1})")]
    File(std::io::Error, String),
    /// It is not what its name says.
    #[error("{0}: expected the published Fashion-MNIST file ({1})")]
    Format(String, String),
}

impl Images {
    /// Pictures of [`PIXELS`] bytes each, with a class each.
    pub(super) fn new(pixels: &[u8], labels: &[u8]) -> Self {
        let word = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let words: Vec<u32> = pixels.chunks_exact(4).map(word).collect();
        let labels: Vec<u32> = labels.iter().map(|&l| u32::from(l)).collect();
        Self { n: labels.len(), pixels: words.into(), labels: labels.into() }
    }

    /// Brightness of a picture halved in both directions, 0 to 255: the mean of four pixels.
    pub(crate) fn half(&self, picture: usize, row: usize, column: usize) -> f32 {
        let bytes = &self.pixels.bytes()[picture * PIXELS..][..PIXELS];
        let at = |down: usize, across: usize| f32::from(bytes[(2 * row + down) * SIDE + 2 * column + across]);
        (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4.0
    }

    /// The class of each picture.
    pub(crate) fn classes(&self) -> &[u32] {
        bytemuck::cast_slice(self.labels.bytes())
    }

    /// The training and the test pictures that Glassbox carries, decoded once.
    pub fn carried() -> &'static [Self; 2] {
        static CARRY: OnceLock<[Images; 2]> = OnceLock::new();
        CARRY.get_or_init(|| {
            let sheet = ImageReader::with_format(
                Cursor::new(crate::asset!("data/fashion-mnist.png")),
                ImageFormat::Png,
            )
            .decode()
            .expect("the sheet was written by the import and is tested")
            .to_luma8();
            let labels = crate::asset!("data/fashion-mnist.labels");
            let pixels = from_sheet(sheet.as_raw(), labels.len());
            let (train, test) = pixels.split_at(CARRIED[0] * PIXELS);
            [Self::new(train, &labels[..CARRIED[0]]), Self::new(test, &labels[CARRIED[0]..])]
        })
    }

    /// The full set, 60,000 and 10,000, from a folder with the four published files.
    ///
    /// # Errors
    /// If one is missing or not what its name says.
    pub fn full(folder: &Path) -> Result<[Self; 2], FashionError> {
        let read = |kind| published(folder, kind).map(|(pixels, labels)| Self::new(&pixels, &labels));
        Ok([read("train")?, read("t10k")?])
    }
}

/// Pictures one after the other from rows of `ACROSS` side by side.
fn from_sheet(sheet: &[u8], n: usize) -> Vec<u8> {
    let pitch = ACROSS * SIDE;
    let row = |i: usize, y: usize| ((i / ACROSS * SIDE + y) * pitch) + i % ACROSS * SIDE;
    (0..n).flat_map(|i| (0..SIDE).flat_map(move |y| &sheet[row(i, y)..row(i, y) + SIDE])).copied().collect()
}

fn to_sheet(pictures: &[u8]) -> (Vec<u8>, [usize; 2]) {
    let n = pictures.len() / PIXELS;
    let size = [ACROSS * SIDE, n.div_ceil(ACROSS) * SIDE];
    let mut sheet = vec![0; size[0] * size[1]];
    for (i, picture) in pictures.chunks_exact(PIXELS).enumerate() {
        for (y, line) in picture.chunks_exact(SIDE).enumerate() {
            let at = (i / ACROSS * SIDE + y) * size[0] + i % ACROSS * SIDE;
            sheet[at..at + SIDE].copy_from_slice(line);
        }
    }
    (sheet, size)
}

/// Pixels and labels of a published pair of files.
fn published(folder: &Path, kind: &str) -> Result<(Vec<u8>, Vec<u8>), FashionError> {
    let pictures = folder.join(format!("{kind}-images-idx3-ubyte.gz"));
    let (sizes, images) = idx(&pictures, 3)?;
    let (_, labels) = idx(&folder.join(format!("{kind}-labels-idx1-ubyte.gz")), 1)?;
    if sizes[1..] != [SIDE, SIDE] {
        let what = format!("pictures of {}x{} instead of {SIDE}x{SIDE} pixels", sizes[1], sizes[2]);
        return Err(FashionError::Format(what, pictures.display().to_string()));
    }
    if images.len() != labels.len() * PIXELS || labels.iter().any(|&l| usize::from(l) >= CLASSES.len()) {
        let what = format!("{} pixels for {} labels", images.len(), labels.len());
        return Err(FashionError::Format(what, folder.display().to_string()));
    }
    Ok((images, labels))
}

/// The length of each axis and the bytes of an IDX file of unsigned bytes with so many axes.
fn idx(path: &Path, axes: usize) -> Result<(Vec<usize>, Vec<u8>), FashionError> {
    /// More than the largest published file unpacks to.
    const MAX_BYTES: u64 = 64 << 20;
    let shown = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|e| FashionError::File(e, shown.clone()))?;
    let mut bytes = Vec::new();
    GzDecoder::new(file)
        .take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|e| FashionError::File(e, shown.clone()))?;
    let header = 4 + 4 * axes;
    let magic = [0, 0, 8, axes as u8];
    if bytes.len() < header || bytes[..4] != magic {
        return Err(FashionError::Format("the first bytes are others".into(), shown));
    }
    let size = |b: &[u8]| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize;
    let sizes: Vec<usize> = bytes[4..header].chunks_exact(4).map(size).collect();
    let product = sizes.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    if product != Some(bytes.len() - header) {
        return Err(FashionError::Format(format!("{} bytes", bytes.len()), shown));
    }
    Ok((sizes, bytes.split_off(header)))
}

/// Writes the carried part of the published files in `folder` as `fashion-mnist.png` and
/// `fashion-mnist.labels` into `output`.
///
/// # Errors
/// If a file is missing, wrong or cannot be written.
pub fn import(folder: &Path, output: &Path) -> Result<String, FashionError> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (kind, count) in ["train", "t10k"].into_iter().zip(CARRIED) {
        let (some, classes) = published(folder, kind)?;
        if classes.len() < count {
            let what = format!("{} pictures of {kind} where {count} are carried", classes.len());
            return Err(FashionError::Format(what, folder.display().to_string()));
        }
        pixels.extend_from_slice(&some[..count * PIXELS]);
        labels.extend_from_slice(&classes[..count]);
    }
    let (sheet, [width, height]) = to_sheet(&pixels);
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
        .write_image(&sheet, width as u32, height as u32, ExtendedColorType::L8)
        .map_err(|e| FashionError::Format(e.to_string(), output.display().to_string()))?;
    for (name, bytes) in [("fashion-mnist.png", &png), ("fashion-mnist.labels", &labels)] {
        let path = output.join(name);
        std::fs::write(&path, bytes).map_err(|e| FashionError::File(e, path.display().to_string()))?;
    }
    Ok(format!("{} pictures, {width}x{height} pixels, {} bytes", labels.len(), png.len()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_sheet_holds_the_pictures_in_order() {
        let pictures: Vec<u8> = (0..230 * PIXELS).map(|i| (i / 7 % 251) as u8).collect();
        let (sheet, _) = to_sheet(&pictures);
        assert!(from_sheet(&sheet, 230) == pictures);
    }

    #[test]
    fn the_carried_set_has_every_class_about_equally() {
        for (images, want) in Images::carried().iter().zip(CARRIED) {
            assert_eq!((images.n, images.pixels.len()), (want, want * PIXELS / 4));
            let labels = images.labels.to_f64();
            for (class, name) in CLASSES.iter().enumerate() {
                let share = labels.iter().filter(|&&l| l == class as f64).count() as f64 / want as f64;
                assert!((0.07..0.13).contains(&share), "{name}: {share}");
            }
        }
    }

    /// Writes a packed IDX file of zeros.
    fn write_idx(path: &Path, sizes: &[u32]) {
        let file = std::fs::File::create(path).unwrap();
        let mut packed = GzEncoder::new(file, flate2::Compression::fast());
        packed.write_all(&[0, 0, 8, sizes.len() as u8]).unwrap();
        sizes.iter().for_each(|n| packed.write_all(&n.to_be_bytes()).unwrap());
        packed.write_all(&vec![0; sizes.iter().product::<u32>() as usize]).unwrap();
        packed.finish().unwrap();
    }

    #[test]
    fn too_few_pictures_and_other_sides_are_refused_with_both_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let says = |sizes: [u32; 3]| {
            for kind in ["train", "t10k"] {
                write_idx(&folder.path().join(format!("{kind}-images-idx3-ubyte.gz")), &sizes);
                write_idx(&folder.path().join(format!("{kind}-labels-idx1-ubyte.gz")), &sizes[..1]);
            }
            let error = import(folder.path(), folder.path()).unwrap_err();
            assert!(matches!(error, FashionError::Format(..)));
            error.to_string()
        };
        assert!(says([5, 28, 28]).contains("5 pictures of train where 10000 are carried"));
        assert!(says([5, 14, 56]).contains("14x56 instead of 28x28"));
        assert!(Images::full(folder.path()).is_err());
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Images::full(folder.path()), Err(FashionError::File(..))));
        std::fs::write(folder.path().join("train-images-idx3-ubyte.gz"), b"nothing packed").unwrap();
        assert!(Images::full(folder.path()).is_err());
    }
}
