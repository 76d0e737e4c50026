//! Files of the user's own that outlive the window.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::files::write_whole;
use crate::untrusted::read;

/// Where a file of this name lies, if the system has a place for that.
pub fn user_file(name: &str) -> Option<PathBuf> {
    Some(ProjectDirs::from("", "", "glassbox")?.config_dir().join(name))
}

/// What `parse` makes of a file of at most `most` bytes. The default if there is none, or if it is damaged:
/// that is said in the log, of `what`, and the next change replaces it.
pub fn load<T: Default, E: Display>(
    file: &Path,
    most: u64,
    what: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) -> T {
    let bytes = match read(file, most) {
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!("{what} cannot be read: {error}: {}", file.display());
            }
            return T::default();
        }
    };
    parse(&bytes).unwrap_or_else(|error| {
        tracing::warn!("{what} cannot be used, the file is damaged: {error}: {}", file.display());
        T::default()
    })
}

/// Writes a file anew, and its folder where it is missing.
///
/// # Errors
/// Those of the file system.
pub fn save(file: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_whole(file, content)
}
