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

/// A picture as a network's features of it.
#[derive(Clone, Debug)]
pub struct OwnPicture {
    /// Its file's name.
    pub name: String,
    /// The features.
    pub features: Arc<[f32]>,
    /// Whether it is held back, to judge by.
    pub held_back: bool,
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
    /// Opens each picture and takes its features; which of them are held back follows from the seed. One that cannot be
    /// opened is left out: it joins those that `groups` says are skipped. `done` is told each file.
    ///
    /// # Errors
    /// [`OwnError`].
    pub fn look(
        groups: &mut Groups,
        features: &mut Features<'_>,
        seed: u64,
        mut done: impl FnMut(),
    ) -> Result<Self, OwnError> {
        let mut all = Vec::new();
        for (number, group) in groups.all.iter().enumerate() {
            let mut seen = Vec::new();
            for file in &group.files {
                match Picture::open(file) {
                    Ok(picture) => seen.push((picture.name().to_owned(), features.of(&picture)?.into())),
                    Err(error) => groups.skipped.push(error.to_string()),
                }
                done();
            }
            group.check(seen.len())?;
            let held = held_back(seen.len(), number, seed);
            let pictures = seen.into_iter().zip(held).map(|((name, features), held_back)| OwnPicture {
                name,
                features,
                held_back,
            });
            all.push(OwnGroup { name: group.name.clone(), pictures: pictures.collect() });
        }
        Ok(Self { groups: all, model: features.network().identity() })
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        self.groups
            .iter()
            .flat_map(|group| &group.pictures)
            .next()
            .map_or(0, |picture| picture.features.len())
    }

    /// Those that are held back, or the others, with their groups, counted from 0.
    pub fn set(&self, held_back: bool) -> impl Iterator<Item = (usize, &OwnPicture)> {
        let numbered = self.groups.iter().enumerate();
        let pictures =
            numbered.flat_map(|(number, group)| group.pictures.iter().map(move |own| (number, own)));
        pictures.filter(move |(_, own)| own.held_back == held_back)
    }
}
