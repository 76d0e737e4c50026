//! The file in which settings for models are kept from one time to the next.

use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::files::write_whole;
use crate::models::network::kept::{Kept, MAX_BYTES};
use crate::untrusted::read;

/// Where the user's settings for models are kept, if the system has a place for that.
pub fn user_file() -> Option<PathBuf> {
    Some(ProjectDirs::from("", "", "glassbox")?.config_dir().join("models.json"))
}

/// What is kept in the file. Nothing if there is none, or if it is damaged: that is said in the log, and
/// the next change replaces it.
pub fn load(file: &Path) -> Kept {
    let text = match read(file, MAX_BYTES) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!("the settings for models cannot be read: {error}: {}", file.display());
            }
            return Kept::default();
        }
    };
    Kept::from_json(&text).unwrap_or_else(|error| {
        tracing::warn!("the settings for models are damaged and not used: {error}: {}", file.display());
        Kept::default()
    })
}

/// Writes the file anew, and its folder where it is missing.
///
/// # Errors
/// Those of the file system.
pub fn save(file: &Path, kept: &Kept) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_whole(file, kept.to_json())
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
