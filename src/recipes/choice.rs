//! What the user may choose of a recipe's data.

use std::path::PathBuf;

use crate::data::fashion::{FashionError, Images};

/// What the user may choose of a recipe's data.
#[derive(Clone, Debug, Default)]
pub struct DataChoice {
    /// Folder with the full Fashion-MNIST instead of the part that is carried.
    pub data: Option<PathBuf>,
    /// Seed of data that is made.
    pub seed: u64,
}

impl DataChoice {
    /// Pictures of clothes to learn from and to judge by: the full set where the user points, or the carried part.
    ///
    /// # Errors
    /// If that folder has not the published files.
    pub fn clothes(&self) -> Result<[Images; 2], FashionError> {
        match &self.data {
            Some(folder) => Images::full(folder),
            None => Ok(Images::carried().clone()),
        }
    }
}
