//! Pictures of the user's own: image files in, `[3, H, W]` tensors out.
//!
//! Every file becomes 8-bit RGB, whatever it holds: grey is repeated over the three channels,
//! 16-bit values are rounded without a word, transparent parts are laid over white (the page most
//! pictures with transparency were drawn for), a phone's "this way up" mark is obeyed, and of an
//! animation the first frame is taken. What a viewer might wonder about is said in [`Picture::notes`].

use std::fmt::{self, Display};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb};
use thiserror::Error;

use super::animation::frame_count;
use super::jpeg;
use super::planar::Cut;
use crate::untrusted::one_line;

/// The longest side that is read, in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// The most memory that a file, or a decoded picture, may take, in bytes.
pub const MAX_BYTES: u64 = 512 * MIB;
const MIB: u64 = 1 << 20;

/// The photo that Glassbox starts with, as a file.
fn chelsea() -> &'static [u8] {
    crate::asset!("images/chelsea.png")
}

/// A decoded picture: 8-bit RGB, row by row from the top left. Cloning it shares the pixels.
#[derive(Clone)]
pub struct Picture {
    name: String,
    width: u32,
    height: u32,
    rgb: Arc<[u8]>,
    notes: Vec<String>,
    /// What [`Picture::centre`] made last.
    pub(super) cut: Arc<Mutex<Option<Cut>>>,
}

/// Why a picture could not be opened. Each message is one sentence that says what is wrong and
/// what to do, with the file's name last.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Nothing lies at the path.
    #[error("there is no such file, check the spelling of its path: {file}")]
    Missing {
        /// The path as given.
        file: String,
    },
    /// The file system refused.
    #[error("the file cannot be read ({source}), check that you may open it: {file}")]
    Read {
        /// What the system says.
        source: io::Error,
        /// The path as given.
        file: String,
    },
    /// A folder, a device or a pipe.
    #[error("this is no ordinary file, choose a picture inside it or elsewhere: {file}")]
    NotAFile {
        /// The path as given.
        file: String,
    },
    /// The file holds no bytes.
    #[error("the file is empty (0 bytes), export or copy the picture again: {file}")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// The file or the decoded picture would take more than [`MAX_BYTES`].
    #[error(
        "the {what} takes {} MiB and the limit is {} MiB, scale the picture down first: {file}",
        .bytes.div_ceil(MIB),
        MAX_BYTES / MIB
    )]
    TooLarge {
        /// `file` or `decoded picture`.
        what: &'static str,
        /// The size in bytes.
        bytes: u64,
        /// The file's name.
        file: String,
    },
    /// A side is longer than [`MAX_SIDE`].
    #[error(
        "the picture is {width} x {height} pixels and the limit is {MAX_SIDE} on each side, \
         scale it down first: {file}"
    )]
    TooManyPixels {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
        /// The file's name.
        file: String,
    },
    /// The picture has a side of length 0.
    #[error("the picture is {width} x {height} pixels and so shows nothing, export it again: {file}")]
    NoPixels {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
        /// The file's name.
        file: String,
    },
    /// The content begins like no picture at all.
    #[error("the content is no known picture format, open a PNG, JPEG, GIF, BMP or WebP file: {file}")]
    Unknown {
        /// The file's name.
        file: String,
    },
    /// A picture in a format that is not read here.
    #[error("{format} pictures cannot be read, save it as PNG or JPEG: {file}")]
    Unsupported {
        /// The format's name.
        format: String,
        /// The file's name.
        file: String,
    },
    /// The decoder gave up.
    #[error(
        "the {format} data are damaged or cut short ({reason}), copy or export the picture again: {file}"
    )]
    Broken {
        /// The format's name.
        format: String,
        /// What the decoder says, on one line.
        reason: String,
        /// The file's name.
        file: String,
    },
}

impl Picture {
    /// Reads the picture at `path`. Its content decides the format, not its name.
    ///
    /// # Errors
    /// Any [`PictureError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, PictureError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let bytes = read_bounded(path, &file)?;
        let mut picture = Self::from_bytes(file, &bytes)?;
        if let Some(name) = path.file_name() {
            picture.name = name.to_string_lossy().into_owned();
        }
        Ok(picture)
    }

    /// Whether the content of a file begins like that of a picture. Nothing that cannot be read does.
    #[must_use]
    pub fn lies_at(path: &Path) -> bool {
        let mut head = Vec::new();
        let read = path.is_file() && File::open(path).and_then(|f| f.take(64).read_to_end(&mut head)).is_ok();
        // Two bytes are enough for some formats, and other files may begin so.
        use ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
        read && matches!(image::guess_format(&head), Ok(Png | Jpeg | Gif | Bmp | WebP))
    }

    /// Decodes a picture from memory. `name` stands in messages, and its extension is compared
    /// with the content.
    ///
    /// # Errors
    /// Any [`PictureError`] but those of the file system.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Self, PictureError> {
        let name = name.into();
        if bytes.is_empty() {
            return Err(PictureError::Empty { file: name });
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(PictureError::TooLarge { what: "file", bytes: bytes.len() as u64, file: name });
        }
        let Ok(format) = image::guess_format(bytes) else {
            return Err(PictureError::Unknown { file: name });
        };
        if !format.reading_enabled() {
            return Err(PictureError::Unsupported { format: format_name(format), file: name });
        }
        if format == ImageFormat::Jpeg && !jpeg::is_whole(bytes) {
            let reason = "they end before the picture does".to_owned();
            return Err(PictureError::Broken { format: format_name(format), reason, file: name });
        }
        let mut notes = Vec::new();
        if let Some(claimed) = Path::new(&name).extension().and_then(ImageFormat::from_extension)
            && claimed != format
        {
            notes.push(format!(
                "named like a {} file, but its content is {}",
                format_name(claimed),
                format_name(format)
            ));
        }
        let (decoded, orientation) = decode(&name, format, bytes)?;
        let frames = frame_count(format, bytes);
        if frames > 1 {
            notes.push(format!("animated {}: the first of {frames} frames is shown", format_name(format)));
        }
        let upright = turn_upright(decoded, orientation, &mut notes);
        Ok(Self::from_decoded(name, upright, notes))
    }

    /// A picture from pixels of red, green, blue and opacity, row by row, such as the clipboard has.
    /// `name` stands in messages.
    ///
    /// # Errors
    /// [`PictureError::NoPixels`], [`PictureError::TooManyPixels`], or [`PictureError::TooLarge`].
    pub fn from_rgba(name: &str, [width, height]: [u32; 2], rgba: Vec<u8>) -> Result<Self, PictureError> {
        check_size(name, width, height, 4 * u64::from(width) * u64::from(height))?;
        let pixels = ImageBuffer::from_raw(width, height, rgba).ok_or_else(|| PictureError::NoPixels {
            width,
            height,
            file: name.to_owned(),
        })?;
        Ok(Self::from_decoded(name.to_owned(), DynamicImage::ImageRgba8(pixels), Vec::new()))
    }

    /// The photo that Glassbox starts with: Chelsea the cat, 451 x 300 pixels.
    #[must_use]
    pub fn chelsea() -> Self {
        Self::from_bytes("chelsea.png", chelsea())
            .expect("the embedded photo is decoded by a test of this module")
    }

    fn from_decoded(name: String, decoded: DynamicImage, mut notes: Vec<String>) -> Self {
        let color = decoded.color();
        let rgb = if color.has_alpha() {
            let rgba = decoded.into_rgba8();
            if rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX) {
                notes.push("transparent parts are shown over white".to_owned());
            }
            ImageBuffer::from_fn(rgba.width(), rgba.height(), |x, y| {
                let [r, g, b, a] = rgba.get_pixel(x, y).0;
                Rgb([r, g, b].map(|c| over_white(c, a)))
            })
        } else {
            decoded.into_rgb8()
        };
        let (width, height) = (rgb.width(), rgb.height());
        Self { name, width, height, rgb: rgb.into_raw().into(), notes, cut: Arc::default() }
    }

    /// The file's name without its folder, or the name given to [`Picture::from_bytes`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Pixels from left to right, 1..=[`MAX_SIDE`].
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom, 1..=[`MAX_SIDE`].
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `[height, width, 3]` bytes, as the file encodes them (sRGB for most).
    #[must_use]
    pub fn rgb(&self) -> &Arc<[u8]> {
        &self.rgb
    }

    /// Remarks for the viewer, a clause each: an animation, a wrong extension, transparency.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("name", &self.name)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

fn read_bounded(path: &Path, file: &str) -> Result<Vec<u8>, PictureError> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => PictureError::Missing { file: file.to_owned() },
        _ => PictureError::Read { source, file: file.to_owned() },
    };
    // Asked before opening, because opening a pipe would wait for its other end.
    let about = path.metadata().map_err(refused)?;
    if !about.is_file() {
        return Err(PictureError::NotAFile { file: file.to_owned() });
    }
    if about.len() > MAX_BYTES {
        return Err(PictureError::TooLarge { what: "file", bytes: about.len(), file: file.to_owned() });
    }
    let mut bytes = Vec::new();
    // A file may grow between the question and the reading.
    File::open(path)
        .and_then(|opened| opened.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(refused)?;
    Ok(bytes)
}

/// What the PNG decoder says, up to where it prints a chunk as Rust has it.
fn without_chunk(reason: &str) -> &str {
    let told = reason.split_once("ChunkType {").map_or(reason, |(told, _)| told);
    told.trim_end().trim_end_matches("while decoding").trim_end_matches([' ', ':'])
}

fn decode(
    name: &str,
    format: ImageFormat,
    bytes: &[u8],
) -> Result<(DynamicImage, Orientation), PictureError> {
    let broken = |reason: &dyn Display| PictureError::Broken {
        format: format_name(format),
        reason: one_line(without_chunk(&reason.to_string())),
        file: name.to_owned(),
    };
    // The sides are compared here and not by the decoder, whose error would not tell them.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|error| broken(&error))?;

    let (width, height) = decoder.dimensions();
    check_size(name, width, height, decoder.total_bytes())?;
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    decoder.set_limits(limits).map_err(|error| broken(&error))?;
    // A mark that cannot be read is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| broken(&error))?;
    Ok((decoded, orientation))
}

/// Refuses a picture of no pixels or too many; `bytes` in memory.
fn check_size(name: &str, width: u32, height: u32, bytes: u64) -> Result<(), PictureError> {
    let file = name.to_owned();
    if width == 0 || height == 0 {
        return Err(PictureError::NoPixels { width, height, file });
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(PictureError::TooManyPixels { width, height, file });
    }
    if bytes > MAX_BYTES {
        return Err(PictureError::TooLarge { what: "decoded picture", bytes, file });
    }
    Ok(())
}

fn turn_upright(
    mut decoded: DynamicImage,
    orientation: Orientation,
    notes: &mut Vec<String>,
) -> DynamicImage {
    if orientation != Orientation::NoTransforms {
        decoded.apply_orientation(orientation);
        notes.push("turned upright, as the camera marked it".to_owned());
    }
    decoded
}

/// `c * a + 255 * (1 - a)` with `a` in 0..=255, rounded.
fn over_white(c: u8, a: u8) -> u8 {
    let (c, a) = (u32::from(c), u32::from(a));
    let blended = (c * a + 255 * (255 - a) + 127) / 255;
    u8::try_from(blended).expect("a mean of two bytes is a byte")
}

fn format_name(format: ImageFormat) -> String {
    match format {
        ImageFormat::Jpeg => "JPEG".to_owned(),
        ImageFormat::WebP => "WebP".to_owned(),
        ImageFormat::OpenExr => "OpenEXR".to_owned(),
        other => {
            other.extensions_str().first().map_or_else(|| format!("{other:?}"), |ext| ext.to_uppercase())
        }
    }
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
