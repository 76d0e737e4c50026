//! Groups of pictures as the features that a network has of them.

use std::sync::Arc;

use crate::data::Picture;
use crate::data::groups::{GroupError, Groups, held_back};
use crate::models::network::{FeatureError, Features};

/// Why pictures cannot be learned from.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// Too few of them can be opened.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The network has no features of them.
    #[error(transparent)]
    Features(#[from] FeatureError),
}

/// Sides of the small copy of a picture that is kept.
pub const SIDE: usize = 40;
/// Numbers of that copy.
pub const PIXELS: usize = 3 * SIDE * SIDE;

/// A picture as a network's features of it.
#[derive(Clone, Debug)]
pub struct OwnPicture {
    /// Its file's name.
    pub name: String,
    /// The middle of it, small: red, green and blue, `[3, 40, 40]`, 0 to 1.
    pub pixels: Arc<[f32]>,
    /// The features.
    pub features: Arc<[f32]>,
    /// Whether it is held back, to judge by.
    pub held_back: bool,
}

impl OwnPicture {
    /// A picture with a network's features of it, not held back.
    pub fn new(picture: &Picture, features: Arc<[f32]>) -> Self {
        let pixels = picture.square(SIDE as u32).values;
        Self { name: picture.name().to_owned(), pixels, features, held_back: false }
    }
}

/// Pictures that belong together.
#[derive(Clone, Debug)]
pub struct OwnGroup {
    /// What they are called.
    pub name: String,
    /// At least one to learn from and one that is held back.
    pub pictures: Vec<OwnPicture>,
}

impl OwnGroup {
    /// How many are held back.
    pub fn held_back(&self) -> usize {
        self.pictures.iter().filter(|picture| picture.held_back).count()
    }
}

/// All groups.
#[derive(Clone, Debug)]
pub struct OwnPictures {
    /// At least two.
    pub groups: Vec<OwnGroup>,
    /// Whose features they are: [`Network::identity`](crate::models::Network::identity).
    pub model: String,
}

impl OwnPictures {
    /// Opens each picture and takes its features; none is held back. One that cannot be opened is left out: it joins those
    /// that `groups` says are skipped. `done` is told each file.
    ///
    /// # Errors
    /// [`OwnError`].
    pub fn look(
        groups: &mut Groups,
        features: &mut Features<'_>,
        mut done: impl FnMut(),
    ) -> Result<Self, OwnError> {
        let mut all = Vec::new();
        for group in &groups.all {
            let mut pictures = Vec::new();
            for file in &group.files {
                match Picture::open(file) {
                    Ok(picture) => pictures.push(OwnPicture::new(&picture, features.of(&picture)?.into())),
                    Err(error) => groups.skipped.push(error.to_string()),
                }
                done();
            }
            group.check(pictures.len())?;
            all.push(OwnGroup { name: group.name.clone(), pictures });
        }
        Ok(Self { groups: all, model: features.network().identity() })
    }

    /// The same with one of four pictures of each group held back, chosen by the seed.
    #[must_use]
    pub fn held_back(mut self, seed: u64) -> Self {
        for (number, group) in self.groups.iter_mut().enumerate() {
            let held = held_back(group.pictures.len(), number, seed);
            group.pictures.iter_mut().zip(held).for_each(|(picture, held)| picture.held_back = held);
        }
        self
    }

    /// The same with at most `most` pictures of each group to learn from; those that are held back all stay.
    #[must_use]
    pub fn with_examples(mut self, most: usize) -> Self {
        for group in &mut self.groups {
            let mut learned = 0;
            group.pictures.retain(|picture| {
                learned += usize::from(!picture.held_back);
                picture.held_back || learned <= most
            });
        }
        self
    }

    /// Number of pictures, held back or not.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.pictures.len()).sum()
    }

    /// Those that are held back, or the others, with their groups, counted from 0.
    pub fn set(&self, held_back: bool) -> impl Iterator<Item = (usize, &OwnPicture)> {
        let numbered = self.groups.iter().enumerate();
        let pictures =
            numbered.flat_map(|(number, group)| group.pictures.iter().map(move |own| (number, own)));
        pictures.filter(move |(_, own)| own.held_back == held_back)
    }
}
