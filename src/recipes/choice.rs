//! What the user may choose of a recipe's data.

use std::path::PathBuf;

/// What the user may choose of a recipe's data.
#[derive(Clone, Debug, Default)]
pub struct DataChoice {
    /// Folder with the full Fashion-MNIST instead of the part that is carried.
    pub data: Option<PathBuf>,
    /// Seed of data that is made.
    pub seed: u64,
}
