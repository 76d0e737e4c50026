//! Pictures as they come: good, odd, broken and hostile.

use std::fs;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, Frame, ImageEncoder, RgbaImage};

use super::*;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn message(name: &str, bytes: &[u8]) -> String {
    let text = Picture::from_bytes(name, bytes).unwrap_err().to_string();
    assert!(text.ends_with(name), "the file comes last: {text}");
    assert!(!text.contains('\n') && !text.contains(". "), "one sentence: {text}");
    text
}

/// A PNG that claims `width` x `height` pixels of 8-bit grey and holds none.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
        })
    };
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut ihdr = b"IHDR".to_vec();
    ihdr.extend(width.to_be_bytes());
    ihdr.extend(height.to_be_bytes());
    ihdr.extend([8, 0, 0, 0, 0]);
    for chunk in [ihdr, b"IDAT\x78\x9c\x03\x00\x00\x00\x00\x01".to_vec(), b"IEND".to_vec()] {
        png.extend((chunk.len() as u32 - 4).to_be_bytes());
        png.extend(&chunk);
        png.extend(crc(&chunk).to_be_bytes());
    }
    png
}

#[test]
fn the_default_photo_is_a_cat_of_451_by_300() {
    let cat = Picture::chelsea();
    assert_eq!((cat.width(), cat.height()), (451, 300));
    assert_eq!(cat.rgb().len(), 451 * 300 * 3);
    assert!(cat.notes().is_empty());
    let square = cat.square(224);
    assert_eq!(square.shape(), [3, 224, 224]);
    assert_eq!(square.values.len(), 3 * 224 * 224);
    assert!(square.values.iter().all(|v| (0.0..=1.0).contains(v)));
}

#[test]
fn planes_are_red_green_blue_and_a_matching_side_leaves_the_bytes_alone() {
    let rgb = image::RgbImage::from_fn(4, 2, |x, y| Rgb([x as u8, 100 + y as u8, 255]));
    let picture = Picture::from_bytes("a.png", &encoded(&rgb.into(), ImageFormat::Png)).unwrap();
    let square = picture.square(2);
    let expected: Vec<f32> =
        [1, 2, 1, 2, 100, 100, 101, 101, 255, 255, 255, 255].iter().map(|v| *v as f32 / 255.0).collect();
    assert_eq!(&*square.values, expected);
    assert_eq!(picture.fit_within(1000).shape(), [3, 2, 4]);
    assert_eq!(picture.fit_within(2).shape(), [3, 1, 2]);
    assert_eq!(picture.square(0).shape(), [3, 1, 1]);
    assert_eq!(picture.square(7).shape(), [3, 7, 7]);
}

#[test]
fn a_very_long_picture_fits_without_a_giant_on_the_way() {
    let line = DynamicImage::new_rgb8(MAX_SIDE, 1);
    let picture = Picture::from_bytes("line.png", &encoded(&line, ImageFormat::Png)).unwrap();
    assert_eq!(picture.square(224).shape(), [3, 224, 224]);
    assert_eq!(picture.fit_within(100).shape(), [3, 1, 100]);
    assert_eq!(picture.fit_within(u32::MAX).shape(), [3, 1, 4096]);
}

#[test]
fn grey_16_bit_and_transparent_pictures_become_rgb() {
    let grey = DynamicImage::from(image::GrayImage::from_pixel(3, 2, image::Luma([51])));
    let picture = Picture::from_bytes("g.png", &encoded(&grey, ImageFormat::Png)).unwrap();
    assert!(picture.rgb().iter().all(|v| *v == 51) && picture.notes().is_empty());

    let deep = ImageBuffer::from_pixel(2, 2, image::Luma([0x8080_u16]));
    let deep = encoded(&DynamicImage::ImageLuma16(deep), ImageFormat::Png);
    let picture = Picture::from_bytes("d.png", &deep).unwrap();
    assert!(picture.rgb().iter().all(|v| *v == 0x80));
    assert!(picture.notes().is_empty(), "an ordinary picture needs no remark");

    let clear = RgbaImage::from_fn(3, 1, |x, _| image::Rgba([10, 20, 30, [0, 128, 255][x as usize]]));
    let picture = Picture::from_bytes("a.webp", &encoded(&clear.into(), ImageFormat::WebP)).unwrap();
    assert_eq!(**picture.rgb(), [255, 255, 255, 132, 137, 142, 10, 20, 30]);
    assert!(picture.notes()[0].contains("white"));
}

#[test]
fn of_an_animated_gif_the_first_frame_is_shown_and_said() {
    let mut gif = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut gif);
        for shade in [250_u8, 100, 0, 7] {
            let frame = RgbaImage::from_pixel(5, 4, image::Rgba([shade, shade, shade, 255]));
            encoder.encode_frame(Frame::new(frame)).unwrap();
        }
    }
    let picture = Picture::from_bytes("a.gif", &gif).unwrap();
    assert_eq!((picture.width(), picture.height()), (5, 4));
    assert_eq!(picture.rgb()[0], 250);
    assert_eq!(picture.notes(), ["animated GIF: the first of 4 frames is shown"]);
}

#[test]
fn the_content_decides_and_a_wrong_name_is_noted() {
    let png = encoded(&DynamicImage::new_rgb8(2, 2), ImageFormat::Png);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("holiday.jpg");
    fs::write(&file, &png).unwrap();
    let picture = Picture::open(&file).unwrap();
    assert_eq!(picture.name(), "holiday.jpg");
    assert_eq!(picture.notes(), ["named like a JPEG file, but its content is PNG"]);
    assert!(Picture::from_bytes("no extension", &png).unwrap().notes().is_empty());
}

#[test]
fn a_photo_on_its_side_is_turned_upright() {
    // Exif of one entry: orientation (0x0112), a short, 6 = turn by 90 degrees clockwise.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new(&mut jpeg);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(&[128; 8 * 16 * 3], 16, 8, ExtendedColorType::Rgb8).unwrap();
    let picture = Picture::from_bytes("phone.jpg", &jpeg).unwrap();
    assert_eq!((picture.width(), picture.height()), (8, 16));
    assert!(picture.notes()[0].contains("upright"));
}

#[test]
fn broken_files_are_refused_in_a_sentence() {
    assert!(message("none.png", b"").contains("0 bytes"));
    assert!(message("notes.png", b"Dear diary").contains("no known picture format"));
    assert!(message("scan.tif", b"II*\0\x08\0\0\0").contains("TIFF pictures"));
    let cut = &chelsea()[..chelsea().len() / 2];
    assert!(message("cut.png", cut).contains("cut short"));
    for len in (1..chelsea().len()).step_by(9973) {
        assert!(Picture::from_bytes("cut.png", &chelsea()[..len]).is_err());
    }
}

#[test]
fn hostile_sizes_are_refused_before_any_pixel_is_stored() {
    let text = message("bomb.png", &png_header(100_000, 100_000));
    assert!(text.contains("100000 x 100000") && text.contains("16384"), "{text}");
    assert!(message("none.png", &png_header(0, 5)).contains("none.png"));
    // Within the sides, but 16384 * 16384 * 3 bytes as a GIF's or PNG's colours.
    let mut wide = b"GIF89a".to_vec();
    wide.extend([0x00, 0x40, 0x00, 0x40, 0, 0, 0]);
    wide.extend(b"\x2c\0\0\0\0\0\x40\0\x40\0\x02\x01\x44\0\x3b");
    let text = message("wide.gif", &wide);
    assert!(text.contains("1024 MiB") && text.contains("512 MiB"), "{text}");
    assert!(message("gone.png", &png_header(16_384, 16_384)).contains("damaged"));
}

#[test]
fn paths_that_are_no_pictures_are_refused_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Picture::open(dir.path().join("absent.png")).unwrap_err();
    assert!(matches!(missing, PictureError::Missing { .. }), "{missing}");
    let folder = Picture::open(dir.path()).unwrap_err();
    assert!(matches!(folder, PictureError::NotAFile { .. }), "{folder}");
}

#[test]
fn the_same_cut_is_made_once_and_another_is_not_mistaken_for_it() {
    let picture = Picture::chelsea();
    let first = picture.centre(224, 224, 0.875);
    // Clones share it: recordings of one picture upload it once.
    let again = picture.clone().centre(224, 224, 0.875);
    assert!(Arc::ptr_eq(&first.values, &again.values));
    let other = picture.centre(224, 112, 0.875);
    assert_eq!(other.shape(), [3, 112, 224]);
    assert_ne!(picture.centre(224, 224, 0.5), first);
    assert_eq!(picture.centre(224, 224, 0.875), first);
}
