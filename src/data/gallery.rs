//! A few free pictures that come with Glassbox; origin and licence of each are in `assets/README.md`.

use super::Picture;

/// A picture that comes with Glassbox.
#[derive(Debug)]
pub struct Sample {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What is on it.
    pub title: &'static str,
    file: &'static str,
    bytes: fn() -> &'static [u8],
}

macro_rules! sample {
    ($name:literal, $title:literal, $file:literal) => {
        Sample { name: $name, title: $title, file: $file, bytes: || $crate::asset!("images/", $file) }
    };
}

/// What stands before the name of a sample where a file may stand: `gallery:coffee`.
pub const SCHEME: &str = "gallery:";

/// All of them, the one that Glassbox starts with first.
pub static GALLERY: &[Sample] = &[
    sample!("chelsea", "Chelsea the cat", "chelsea.png"),
    sample!("coffee", "A cup of coffee", "coffee.jpg"),
    sample!("rocket", "A rocket taking off", "rocket.jpg"),
    sample!("camera", "A photographer with a tripod", "camera.jpg"),
    sample!("brick", "A brick wall", "brick.jpg"),
    sample!("palace", "A tower of a palace", "palace.jpg"),
];

impl Sample {
    /// The one called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        GALLERY.iter().find(|sample| sample.name == name)
    }

    /// The name of its file, which is also that of its [`Picture`].
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// The decoded picture.
    pub fn picture(&self) -> Picture {
        Picture::from_bytes(self.file, (self.bytes)())
            .expect("the embedded photos are decoded by a test of this module")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_opens_and_is_small() {
        for sample in GALLERY {
            let picture = sample.picture();
            assert_eq!(picture.name(), sample.file());
            assert!(picture.width().max(picture.height()) <= 512 && picture.notes().is_empty());
            assert_eq!(Sample::named(sample.name).unwrap().title, sample.title);
        }
        assert!(Sample::named("none").is_none());
    }
}
