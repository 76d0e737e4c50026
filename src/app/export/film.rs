//! Pictures of a training, put together on a thread of their own: as an animated GIF, or a PNG each.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, ImageResult, RgbaImage};

use super::wanted::Made;
use crate::data::png::png;

/// Time that a picture of a GIF stays, and the last one, in milliseconds.
const STAYS_MS: [u32; 2] = [80, 1600];
/// How fast a GIF's colours are chosen, 1 to 30: at 10 nobody sees a difference, and it takes a tenth of the time.
const SPEED: i32 = 10;

/// How a training moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One animated picture.
    Gif,
    /// Numbered pictures.
    Sequence,
}

/// A film while its pictures come.
pub struct Film {
    sender: Option<SyncSender<RgbaImage>>,
    /// A picture that the encoder had no time for yet.
    waiting: Option<RgbaImage>,
    encoder: Option<JoinHandle<ImageResult<Made>>>,
}

impl Film {
    /// A film of `count` pictures in files that are called by `stem`.
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn new(motion: Motion, stem: String, count: usize) -> std::io::Result<Self> {
        let (sender, pictures) = sync_channel(1);
        let encode = move || match motion {
            Motion::Gif => gif(&stem, &pictures, count),
            Motion::Sequence => sequence(&stem, &pictures),
        };
        let encoder = std::thread::Builder::new().name("film".into()).spawn(encode)?;
        Ok(Self { sender: Some(sender), waiting: None, encoder: Some(encoder) })
    }

    /// Whether the next picture would find room.
    pub fn has_room(&mut self) -> bool {
        let Some(picture) = self.waiting.take() else { return true };
        self.add(picture);
        self.waiting.is_none()
    }

    /// Adds a picture; never waits.
    pub fn add(&mut self, picture: RgbaImage) {
        let Some(sender) = &self.sender else { return };
        // Where the encoder has failed, the end says so.
        if let Err(TrySendError::Full(picture)) = sender.try_send(picture) {
            self.waiting = Some(picture);
        }
    }

    /// Says that all pictures were added, and gives the files once they are made. Never waits.
    pub fn finish(&mut self) -> Option<Result<Made, String>> {
        if self.waiting.is_some() && !self.has_room() {
            return None;
        }
        self.sender = None;
        let encoder = self.encoder.take_if(|encoder| encoder.is_finished())?;
        let made = encoder.join().map_err(|_| "its pictures could not be put together".to_owned());
        Some(made.and_then(|made| made.map_err(|e| e.to_string())))
    }
}

fn gif(stem: &str, pictures: &Receiver<RgbaImage>, count: usize) -> ImageResult<Made> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    for (i, picture) in pictures.iter().enumerate() {
        let stays = STAYS_MS[usize::from(i + 1 == count)];
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(stays, 1)))?;
    }
    drop(encoder);
    Ok(Made::file(format!("{stem}.gif"), bytes))
}

fn sequence(stem: &str, pictures: &Receiver<RgbaImage>) -> ImageResult<Made> {
    let mut files = Vec::new();
    for (i, picture) in pictures.iter().enumerate() {
        files.push((format!("{stem}-{:04}.png", i + 1), png(&picture)));
    }
    Ok(Made { name: stem.to_owned(), files })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn every_picture_comes_into_the_files_in_its_order() {
        for motion in [Motion::Gif, Motion::Sequence] {
            let mut film = Film::new(motion, "a".into(), 5).unwrap();
            for shade in 0..5 {
                while !film.has_room() {
                    std::thread::yield_now();
                }
                film.add(RgbaImage::from_pixel(4, 4, image::Rgba([shade * 40, 0, 0, 255])));
            }
            let made = loop {
                if let Some(made) = film.finish() {
                    break made.unwrap();
                }
                std::thread::yield_now();
            };
            match motion {
                Motion::Gif => {
                    assert_eq!((made.name.as_str(), made.files.len()), ("a.gif", 1));
                    use image::AnimationDecoder as _;
                    let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(&made.files[0].1)).unwrap();
                    let frames = decoder.into_frames().collect_frames().unwrap();
                    let shades: Vec<u8> = frames.iter().map(|f| f.buffer().get_pixel(0, 0).0[0]).collect();
                    assert_eq!(shades, [0, 40, 80, 120, 160]);
                }
                Motion::Sequence => {
                    let names: Vec<&str> = made.files.iter().map(|(name, _)| name.as_str()).collect();
                    assert_eq!(names, ["a-0001.png", "a-0002.png", "a-0003.png", "a-0004.png", "a-0005.png"]);
                    let last = image::load_from_memory(&made.files[4].1).unwrap().to_rgba8();
                    assert_eq!(last.get_pixel(0, 0).0[0], 160);
                }
            }
        }
    }
}
