//! The file in which settings for models are kept from one time to the next.

use std::io;
use std::path::{Path, PathBuf};

use super::user_file;
use crate::models::network::kept::{Kept, MAX_BYTES};

/// Where the user's settings for models are kept, if the system has a place for that.
pub fn user_file() -> Option<PathBuf> {
    user_file::user_file("models.json")
}

/// What is kept in the file; see `user_file::load`.
pub fn load(file: &Path) -> Kept {
    let parse = |bytes: &[u8]| Kept::from_json(&String::from_utf8_lossy(bytes));
    user_file::load(file, MAX_BYTES, "the settings for models", parse)
}

/// Writes the file anew, and its folder where it is missing.
///
/// # Errors
/// Those of the file system.
pub fn save(file: &Path, kept: &Kept) -> io::Result<()> {
    user_file::save(file, kept.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Network;
    use crate::models::network::InputSettings;

    #[test]
    fn settings_survive_and_a_damaged_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/models.json");
        assert_eq!(load(&file), Kept::default());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx/node/test_relu/model.onnx");
        let network = Network::open(path).unwrap();
        let mut kept = Kept::default();
        kept.set_input(&network, Some(InputSettings::default()));
        kept.take_changed();
        save(&file, &kept).unwrap();
        assert_eq!(load(&file), kept);
        std::fs::write(&file, "{").unwrap();
        assert_eq!(load(&file), Kept::default());
        save(&file, &kept).unwrap();
        assert_eq!(load(&file), kept);
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}
