//! What outlives the window: the page, the settings of every page, theme, zoom, the user's own picture.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::user_file;

/// Most bytes of the file.
const MAX_BYTES: u64 = 1 << 20;

/// What outlives the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The page that was shown last.
    pub page: String,
    /// Whether home was shown and not the page.
    pub home: bool,
    /// Whether somebody has looked at a cell, and need not be told how.
    pub hinted: bool,
    /// Settings of each page that are not its defaults, as text.
    pub settings: BTreeMap<String, String>,
    /// `system`, `dark` or `light`.
    pub theme: String,
    /// Points per point: 1 as the system has it.
    pub zoom: f32,
    /// Where the user's picture comes from: a file, or `gallery:NAME`.
    pub picture: Option<String>,
}

/// Where it is kept, if the system has a place for that.
pub fn user_file() -> Option<PathBuf> {
    user_file::user_file("state.json")
}

impl State {
    /// What a file holds; see `user_file::load`.
    pub fn load(file: &Path) -> Self {
        user_file::load(file, MAX_BYTES, "the last state", |bytes| serde_json::from_slice(bytes))
    }

    /// Writes the file anew.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        user_file::save(file, serde_json::to_vec_pretty(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_survives_and_a_damaged_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/state.json");
        assert_eq!(State::load(&file), State::default());
        let mut state = State { page: "stride".into(), zoom: 1.5, ..State::default() };
        state.settings.insert("stride".into(), "stride=4&image=zone plate".into());
        state.picture = Some("cat.png".into());
        state.save(&file).unwrap();
        assert_eq!(State::load(&file), state);
        std::fs::write(&file, "{\"zoom\": \"wide\"").unwrap();
        assert_eq!(State::load(&file), State::default());
        // What a later version writes besides does no harm.
        std::fs::write(&file, "{\"page\": \"dropout\", \"tour\": 3}").unwrap();
        assert_eq!(State::load(&file).page, "dropout");
    }
}
