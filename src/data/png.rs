//! A picture as the bytes of a PNG file.

use std::io::Cursor;

use image::{ImageBuffer, ImageFormat, PixelWithColorType};

/// The file of a picture of eight bits a channel.
pub fn png<P: PixelWithColorType<Subpixel = u8>>(picture: &ImageBuffer<P, Vec<u8>>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a picture in memory is written to memory");
    bytes.into_inner()
}
